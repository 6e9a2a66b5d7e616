package auction

import (
	"context"
	"time"

	"firebrand/internal/fault"
	"firebrand/internal/points"
)

// alignTries bounds how often one alignment looks again.
const alignTries = 8

// align says how much an alignment may do.
type align struct {
	// end voids a flow of the member that is not decided; else it is left alone.
	end bool
	// before leaves holds alone that are not older than this instant; zero leaves none.
	before time.Time
}

// release frees a bid that was displaced. A hold that is not there any more was freed before, or is on its way to a new
// bid of the same member, which sees to it.
func (s *Service) release(ctx context.Context, auction string, b Bidder) error {
	_, err := s.Points.Release(ctx, points.End{Key: b.Bid + "/release", Account: b.Member, Hold: b.Bid, Ref: Stream(auction)})
	s.touch(b.Member)
	if inTheWay(err) {
		return nil
	}
	return err
}

// align brings a member's hold in line with what the stream says, whatever a flow left: released where no bid of theirs
// stands, back at the standing bid where another flow took it and was voided. It reports whether nothing is left to do.
// Safe to repeat and at once with anything: the hold is read before the stream, and only what is decided there is acted on.
func (s *Service) align(ctx context.Context, t *table, member string, how align) (clean bool, err error) {
	for range alignTries {
		h, found, err := s.Points.OpenHold(ctx, member, Stream(t.id)) // there is at most one
		if err != nil {
			return false, err
		}
		if err := t.refresh(ctx, s.Journal); err != nil {
			return false, err
		}
		if !found {
			return true, s.freeClaim(ctx, t, member, how)
		}
		done, err := s.alignOne(ctx, t, member, h, how)
		if done || err != nil {
			return false, err
		}
		if s.covers(t, member, h) {
			return true, s.freeClaim(ctx, t, member, how)
		}
	}
	return false, nil
}

// covers reports whether a hold is the one that the stream wants.
func (s *Service) covers(t *table, member string, h points.Hold) (so bool) {
	t.read(func(st *State) {
		if w, won := st.win(member); won && (w.Bid == h.ID || st.redemption(w.Unit) == h.ID) {
			so = true
			return
		}
		b, stands := st.stands(member)
		so = stands && b.Bid == h.ID && b.Max == h.Amount()
	})
	return so
}

// alignOne takes one step with an open hold; done says that it is to be left as it is for now.
func (s *Service) alignOne(ctx context.Context, t *table, member string, h points.Hold, how align) (done bool, err error) {
	if s.covers(t, member, h) {
		return false, nil
	}
	if !how.before.IsZero() && !h.At.Before(how.before) {
		return true, nil
	}
	var want Bidder
	var unit string
	var stands, ended bool
	t.read(func(st *State) {
		want, stands = st.stands(member)
		if w, won := st.win(member); won {
			want, stands, unit = Bidder{Bid: w.Bid, Max: w.Price}, true, st.redemption(w.Unit)
		}
		ended = st.End != ""
	})
	if unit != "" {
		// What was won is paid from one hold only: another one beside it is free.
		_, paid, err := s.Points.Record(ctx, member, unit)
		if err != nil {
			return false, err
		}
		stands = !paid
	}
	if !t.didAct(h.ID) && !ended {
		if !how.end {
			return true, nil
		}
		_, err := s.void(ctx, t, h.ID, "")
		return false, err
	}
	if stands {
		_, err = s.Points.Resize(ctx, points.Resize{
			Key: h.ID + "/back", Account: member, Hold: h.ID, As: want.Bid, Amount: want.Max, Ref: Stream(t.id),
		})
	} else {
		_, err = s.Points.Release(ctx, points.End{Key: h.ID + "/release", Account: member, Hold: h.ID, Ref: Stream(t.id)})
	}
	s.touch(member)
	if inTheWay(err) {
		err = nil // another one was quicker
	}
	return false, err
}

// touch says that a member's held points or standing changed.
func (s *Service) touch(member string) {
	if s.Changed != nil && member != "" {
		s.Changed(member)
	}
}

// verdict reports whether an error is a decision, not a store that did not answer.
func verdict(err error) bool { return fault.As(err) != nil && !fault.Is(err, fault.Unavailable) }
