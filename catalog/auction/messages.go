package auction

import (
	"context"
	"fmt"
	"time"

	"firebrand/content"
	"firebrand/internal/notify"
)

// Event is what a person who is here is told at once: the data of an event in their own room.
type Event struct {
	// Kind is "outbid", "won", "lost" or "called_off".
	Kind    string       `json:"kind"`
	Auction string       `json:"auction"`
	Title   content.Text `json:"title"`
	// Next is the least bid that would lead again.
	Next     int64     `json:"next,omitempty"`
	Amount   int64     `json:"amount,omitempty"`
	ClosesAt time.Time `json:"closesAt"`
}

// link is the auction's page.
func link(id string) string { return "/auctions/" + id }

// tellOutbid tells those whose bids were displaced: at once where they are here, and in their inbox once an auction.
func (s *Service) tellOutbid(ctx context.Context, t *table, c Change) {
	if len(c.Out) == 0 {
		return
	}
	var a Auction
	var e Event
	t.read(func(st *State) {
		a = st.Settings
		e = Event{Kind: "outbid", Auction: a.ID, Title: a.Title, Next: st.next(), ClosesAt: st.ClosesAt}
	})
	for _, o := range c.Out {
		if o.Member == c.Op.Member {
			continue // the answer to their own bid says so
		}
		if !t.once(o.Bid) {
			continue // a bid that was sent again
		}
		s.event(o.Member, e)
		if t.once(o.Member) {
			s.failed(s.send(ctx, a, o.Member, "outbid", map[string]any{"title": a.Title, "n": o.Amount}))
		}
	}
}

// once reports whether nobody was told of this displaced bid, or this member, before.
func (t *table) once(what string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, told := t.outbid[what]
	t.outbid[what] = struct{}{}
	return !told
}

func (s *Service) event(member string, e Event) {
	if s.Hub != nil {
		s.Hub.Tell(member, e)
	}
}

// send puts a message of an auction into an inbox, once for each member and kind.
func (s *Service) send(ctx context.Context, a Auction, member, kind string, args map[string]any) error {
	if s.Notify == nil {
		return nil
	}
	err := s.Notify.Send(ctx, notify.Message{
		ID: fmt.Sprintf("auction/%s/%s/%s", a.ID, kind, member), Member: member, Key: "auction.told_" + kind, Args: args,
		Link: link(a.ID), At: s.now(),
	})
	if err != nil {
		return fmt.Errorf("auction %s: telling %s: %w", a.ID, member, err)
	}
	return nil
}

// tellEnd tells everyone who bid how it ended, once.
func (s *Service) tellEnd(ctx context.Context, t *table) error {
	t.mu.Lock()
	told, st := t.told, t.state
	everyone := make([]Bidder, 0, len(st.All))
	for _, b := range st.All {
		everyone = append(everyone, b)
	}
	t.mu.Unlock()
	if told {
		return nil
	}
	for _, b := range everyone {
		kind, args := "lost", map[string]any{"title": st.Settings.Title}
		w, won := st.win(b.Member)
		switch {
		case won:
			kind, args["n"] = "won", w.Price
		case st.End == KindVoided:
			kind, args["reason"] = "called_off", st.Reason
		}
		if err := s.send(ctx, st.Settings, b.Member, kind, args); err != nil {
			return err
		}
		s.event(b.Member, Event{Kind: kind, Auction: t.id, Title: st.Settings.Title, Amount: w.Price, ClosesAt: st.ClosesAt})
		s.touch(b.Member)
	}
	t.mu.Lock()
	t.told = true
	t.mu.Unlock()
	return nil
}
