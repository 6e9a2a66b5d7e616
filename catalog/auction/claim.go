package auction

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"firebrand/catalog"
	"firebrand/internal/fault"
	"firebrand/internal/journal"
)

// The kinds of record in a claim stream. Won and denied share their key: whoever asks again under it is answered the
// same, so that closing an auction can be repeated.
const (
	claimWon    = "won"
	claimDenied = "denied"
	claimFreed  = "freed"
)

// claimRecord is the body of a claim's record: who has the month's win after it.
type claimRecord struct {
	Auction string `json:"auction"`
	// Holder is the auction that has it, empty where none; Key is the key under which it got it.
	Holder string `json:"holder,omitempty"`
	Key    string `json:"key,omitempty"`
}

func claimOf(rec journal.Record) (c claimRecord, err error) {
	if rec.Seq == 0 {
		return c, nil
	}
	if err = json.Unmarshal(rec.Body, &c); err != nil {
		err = fmt.Errorf("auction: record %s: %w", rec.ID(), err)
	}
	return c, err
}

// closeKey is the key under which an auction claims at its end; no bid's id looks like it.
func closeKey(auction string) string { return "close/" + auction }

// claimed asks for a member's win of the month, once for each key.
type claimed struct{ Claim string }

// claim takes the member's win of the month for an auction, unless another one has it or the member is gone; got says
// which. What was said once is said again, whether or not the member is gone or back by then. Safe to repeat.
func (s *Service) claim(ctx context.Context, a Auction, member, key string, gone bool) (got bool, err error) {
	if err := s.freeCancelled(ctx, a, member); err != nil {
		return false, err
	}
	req := journal.Request{Key: key, Actor: member, What: claimed{key}}
	rec, err := s.Journal.Decide(ctx, ClaimStream(a.Month.String(), member), req, func(last journal.Record, _ time.Time) (string, any, error) {
		c, err := claimOf(last)
		c.Auction = a.ID
		if err != nil || gone || c.Holder != "" {
			return claimDenied, c, err
		}
		c.Holder, c.Key = a.ID, key
		return claimWon, c, nil
	})
	return rec.Kind == claimWon, err
}

// unclaim gives the win back that a key took, and makes sure that it never takes it. Safe to repeat.
func (s *Service) unclaim(ctx context.Context, a Auction, member, key string) error {
	stream := ClaimStream(a.Month.String(), member)
	rec, err := s.Journal.Decide(ctx, stream, journal.Request{Key: key, Actor: member, What: claimed{key}},
		func(last journal.Record, _ time.Time) (string, any, error) {
			c, err := claimOf(last)
			c.Auction = a.ID
			return claimDenied, c, err
		})
	if err != nil || rec.Kind != claimWon {
		return err
	}
	_, err = s.Journal.Decide(ctx, stream, journal.Request{Key: key + "/back", Actor: member, What: claimed{key}},
		func(last journal.Record, _ time.Time) (string, any, error) {
			c, err := claimOf(last)
			c.Auction = a.ID
			if c.Key == key {
				c.Holder, c.Key = "", ""
			}
			return claimFreed, c, err
		})
	return err
}

// claimFor claims the month's win for a purchase, before it is written.
func (s *Service) claimFor(ctx context.Context, t *table, f *flow) error {
	var a Auction
	t.read(func(st *State) { a = st.Settings })
	if f.op.Kind != KindBought || a.ManyWins {
		return nil
	}
	if err := s.enter(ctx, t, f.op.Member); err != nil {
		return err
	}
	got, err := s.claim(ctx, a, f.op.Member, f.op.Key, false)
	if err == nil && !got {
		return winDenied()
	}
	f.claimed = err == nil
	return err
}

// freeClaim gives back a win that a purchase claimed and that is none; see align for what may be done.
func (s *Service) freeClaim(ctx context.Context, t *table, member string, how align) error {
	var a Auction
	var won, ended bool
	t.read(func(st *State) { a = st.Settings; _, won = st.win(member); ended = st.End != "" })
	if a.ManyWins || a.BuyNow == 0 || won {
		return nil
	}
	last, err := s.Journal.Last(ctx, ClaimStream(a.Month.String(), member))
	if err != nil || last.Seq == 0 {
		return err
	}
	c, err := claimOf(last)
	if err != nil || c.Holder != a.ID || strings.HasPrefix(c.Key, "close/") || !how.before.IsZero() && !last.At.Before(how.before) {
		return err
	}
	if !t.didAct(c.Key) {
		if !ended && !how.end {
			return nil
		}
		kind, err := s.void(ctx, t, c.Key, "")
		if err != nil || kind != KindVoid {
			return err
		}
	}
	return s.unclaim(ctx, a, member, c.Key)
}

// hasWon reports whether the member's win of the auction's month is taken by another auction.
func (s *Service) hasWon(ctx context.Context, a Auction, member string) (bool, error) {
	c, cancelled, err := s.elsewhere(ctx, a, member)
	return c.Holder != "" && !cancelled, err
}

// elsewhere is who else has the member's win of an auction's month, and whether what was won there was cancelled; without
// a holder where nobody else has it.
func (s *Service) elsewhere(ctx context.Context, a Auction, member string) (c claimRecord, cancelled bool, err error) {
	last, err := s.Journal.Last(ctx, ClaimStream(a.Month.String(), member))
	if err == nil {
		c, err = claimOf(last)
	}
	if err != nil || c.Holder == "" || c.Holder == a.ID {
		return claimRecord{}, false, err
	}
	cancelled, err = s.cancelled(ctx, c, member)
	return c, cancelled, err
}

// freeCancelled gives the month's win back where another auction has it and what was won there was cancelled at the desk
// or by a marketer, with its points given back: such a win is none.
func (s *Service) freeCancelled(ctx context.Context, a Auction, member string) error {
	c, cancelled, err := s.elsewhere(ctx, a, member)
	if err != nil || !cancelled {
		return err
	}
	return s.unclaim(ctx, Auction{ID: c.Holder, Month: a.Month}, member, c.Key)
}

// cancelled reports whether what a member won by a claim was cancelled, which is final. The catalogue is asked each time,
// so that nothing has to be kept in step with it.
func (s *Service) cancelled(ctx context.Context, c claimRecord, member string) (bool, error) {
	t, err := s.fresh(ctx, c.Holder)
	if err != nil {
		return false, err
	}
	var id string
	t.read(func(st *State) {
		if w, won := st.win(member); won {
			id = st.redemption(w.Unit)
		}
	})
	if id == "" {
		return false, nil // it is being decided there
	}
	r, err := s.Catalog.Redemption(ctx, id)
	if fault.Is(err, fault.NotFound) {
		return false, nil // on its way
	}
	return r.State == catalog.Cancelled, err
}

// checkClaims is the law of a claim stream: a win is taken only where none was, and given back only by who took it.
func checkClaims(recs []journal.Record) error {
	var before claimRecord
	for _, rec := range recs {
		c, err := claimOf(rec)
		broken := func(why string) error { return &journal.Broken{ID: rec.ID(), Why: why} }
		switch {
		case err != nil:
			return broken(err.Error())
		case rec.Kind == claimWon && (before.Holder != "" || c.Holder != c.Auction || c.Key != rec.Key):
			return broken("takes a win that is taken")
		case rec.Kind == claimDenied && (c.Holder != before.Holder || c.Key != before.Key):
			return broken("is denied and changes who has it")
		case rec.Kind == claimFreed && c.Holder != "" && c.Key != before.Key:
			return broken("gives back and changes who has it")
		case rec.Kind != claimWon && rec.Kind != claimDenied && rec.Kind != claimFreed:
			return broken("has the unknown kind " + rec.Kind)
		}
		before = c
	}
	return nil
}

// winDenied is the fault of somebody who has won this month.
func winDenied() error { return fault.New(fault.Conflict, "auction.won_month") }
