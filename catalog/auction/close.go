package auction

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"firebrand/catalog"
	"firebrand/internal/fault"
	"firebrand/internal/journal"
	"firebrand/internal/points"
	"firebrand/internal/store"
)

const (
	// patience is how long a flow may rest before Sweep takes it for broken off, and how long after an end something that
	// a slow flow did may still come: more than flowTime and the journal's deadline together.
	patience = 30 * time.Second
	// hands is how many members' holds are brought in line at once.
	hands = 8
)

// ended is what every step of an end asks, so that any process may repeat it.
type ended struct{ Step string }

// step writes one record of an end under its own name.
func (s *Service) step(ctx context.Context, t *table, op Op) error {
	_, _, err := s.decide(ctx, t, journal.Request{Key: string(op.Kind), What: ended{string(op.Kind)}}, op)
	return err
}

// finish takes an auction as far to its end as the clock allows. Safe to repeat, at once in several processes and after
// a crash anywhere: each step is a record under its own name, or repeats what one says.
func (s *Service) finish(ctx context.Context, t *table) error {
	now := s.Journal.Now()
	var end Kind
	var settled bool
	var closes time.Time
	t.read(func(st *State) { end, settled, closes = st.End, st.Settled, st.ClosesAt })
	if settled {
		return s.done(ctx, t)
	}
	if end == "" {
		if now.Before(closes) {
			return nil
		}
		if err := s.step(ctx, t, Op{Kind: KindClosing}); err != nil {
			return err
		}
		end = KindClosing
	}
	if end == KindClosing {
		if err := s.chooseWinners(ctx, t); err != nil {
			return err
		}
	}
	return s.settle(ctx, t, now)
}

// chooseWinners claims the month's win for the best bids, one after another, and writes down who won. A claim answers the
// same however often it is asked, also about somebody who has left since, so that every process comes to the same winners.
// What nobody may have goes back to the stock, where no standing bid is left: points that were outbid are not held again.
func (s *Service) chooseWinners(ctx context.Context, t *table) error {
	var a Auction
	var ranking []Bidder
	var left int
	t.read(func(st *State) { a, ranking, left = st.Settings, append(ranking, st.ranking()...), st.left() })
	op := Op{Kind: KindClosed}
	for _, b := range ranking {
		if left == 0 || b.Max < a.Reserve {
			break
		}
		got, err := s.mayWin(ctx, a, b.Member)
		if err != nil {
			return err
		}
		if got {
			left--
		} else {
			op.Denied = append(op.Denied, b.Member)
		}
	}
	return s.step(ctx, t, op)
}

// mayWin reports whether a bidder still is dealer staff, as who bids must be, and has won nothing else this month where
// that counts.
func (s *Service) mayWin(ctx context.Context, a Auction, member string) (bool, error) {
	_, err := s.dealerStaff(ctx, member)
	gone := fault.Is(err, fault.Forbidden)
	switch {
	case err != nil && !gone:
		return false, err
	case a.ManyWins:
		return !gone, nil
	}
	return s.claim(ctx, a, member, closeKey(a.ID), gone)
}

// settle does what an end means: winners pay and get their redemptions, everybody else's points are free, units that
// nobody won are back, everyone is told. When no slow flow can have left anything behind it writes that all is settled.
// A winner who cannot pay keeps it from being settled, and nobody from their points.
func (s *Service) settle(ctx context.Context, t *table, now time.Time) error {
	var st State
	t.read(func(now *State) { st = *now })
	if st.End == "" || st.End == KindClosing {
		return nil // what won is not known here yet
	}
	s.show(ctx, t)
	unpaid := s.payAll(ctx, t, st.Wins)
	if fault.Is(unpaid, fault.Unavailable) {
		return unpaid
	}
	if err := errors.Join(s.clear(ctx, t, &st), s.tellEnd(ctx, t), unpaid); err != nil || now.Before(st.At.Add(patience)) {
		return err
	}
	if clean, err := s.alignAll(ctx, t, align{end: true}); err != nil || !clean {
		return err
	}
	if err := s.step(ctx, t, Op{Kind: KindSettled}); err != nil {
		return err
	}
	return s.done(ctx, t)
}

// payAll pays every win; one that cannot be paid does not keep the others from theirs, but a store that is down is not
// asked for each of them.
func (s *Service) payAll(ctx context.Context, t *table, wins []Win) error {
	var failed error
	for _, w := range wins {
		err := s.pay(ctx, t, w)
		failed = errors.Join(failed, err)
		if fault.Is(err, fault.Unavailable) {
			break
		}
	}
	return failed
}

// clear frees what nobody won: points and units. What was done once is not done again by this process.
func (s *Service) clear(ctx context.Context, t *table, st *State) error {
	if t.isCleared() {
		return nil
	}
	if _, err := s.alignAll(ctx, t, align{end: true}); err != nil {
		return err
	}
	for unit := len(st.Wins); unit < st.Settings.Units; unit++ {
		if err := s.Catalog.ReturnUnit(ctx, st.Settings.SavedBy, st.Settings.Reward, st.redemption(unit)); err != nil {
			return err
		}
	}
	t.setCleared()
	return nil
}

func (t *table) isCleared() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.cleared
}

func (t *table) setCleared() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.cleared = true
}

// pay captures a winner's hold for the price and places the redemption. The hold first takes the redemption's id and the
// price in one record; from there on it is a redemption like any other. Safe to repeat.
func (s *Service) pay(ctx context.Context, t *table, w Win) error {
	t.mu.Lock()
	done := t.paid[w.Unit]
	st := t.state
	t.mu.Unlock()
	if done {
		return nil
	}
	id := st.redemption(w.Unit)
	if _, err := s.align(ctx, t, w.Member, align{end: st.End != ""}); err != nil {
		return err
	}
	_, err := s.Points.Resize(ctx, points.Resize{
		Key: id, Actor: w.Member, Account: w.Member, Hold: w.Bid, As: id, Amount: w.Price, Ref: Stream(t.id),
	})
	if err != nil {
		return fmt.Errorf("auction %s: unit %d of %s: %w", t.id, w.Unit, w.Member, err)
	}
	_, err = s.Catalog.PlaceWon(ctx, catalog.Won{
		ID: id, Member: w.Member, Company: w.Company, Reward: st.Settings.Reward, Version: st.Settings.RewardVersion,
		Name: st.Settings.RewardName, Price: w.Price, Auction: Stream(t.id),
	})
	if err != nil {
		return fmt.Errorf("auction %s: unit %d of %s: %w", t.id, w.Unit, w.Member, err)
	}
	t.mu.Lock()
	t.paid[w.Unit] = true
	t.mu.Unlock()
	s.touch(w.Member)
	return nil
}

// alignAll brings everybody's hold in line who ever tried to bid; clean says that nothing is left to do.
func (s *Service) alignAll(ctx context.Context, t *table, how align) (clean bool, err error) {
	clean = true
	q := store.Query{Index: "auction", Equal: []any{t.id}, Limit: readPage}
	for {
		page, err := s.parties.Find(ctx, q)
		if err != nil {
			return false, err
		}
		g, ctx := errgroup.WithContext(ctx)
		g.SetLimit(hands)
		cleanOnes := make([]bool, len(page))
		for i, p := range page {
			g.Go(func() (err error) {
				cleanOnes[i], err = s.align(ctx, t, p.Value.Member, how)
				return err
			})
		}
		if err := g.Wait(); err != nil {
			return false, err
		}
		for _, one := range cleanOnes {
			clean = clean && one
		}
		if len(page) < readPage {
			return clean, nil
		}
		q.After = &store.Position{Values: []any{}, ID: page[len(page)-1].ID}
	}
}

// done marks the document of an auction that is settled.
func (s *Service) done(ctx context.Context, t *table) error {
	var went Phase
	var ended time.Time
	t.read(func(st *State) { went, ended = st.phase(st.At), st.ClosesAt })
	return s.mark(ctx, t.id, func(a *Auction) { a.Stage, a.Went, a.Ended = Done, went, ended })
}

// errMarked ends a change of a document that says already what it is to say.
var errMarked = errors.New("auction: marked already")

// mark keeps how far an auction is in its document, which only says where Sweep has to look and what lists show.
func (s *Service) mark(ctx context.Context, id string, change func(a *Auction)) error {
	_, err := s.docs.Update(ctx, id, func(a *Auction) error {
		before := *a
		if change(a); a.Stage == before.Stage && a.Went == before.Went {
			return errMarked
		}
		return nil
	})
	if errors.Is(err, errMarked) || fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}
