package cases

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"firebrand/internal/fault"
	"firebrand/internal/journal"
)

// nearMost bounds how many of a buyer's orders one look reads.
const nearMost = 200

// Followers are what must run for this room (journal.Run): over orders, and over challenges where Steps are given.
func (s *Service) Followers() []journal.Follower {
	all := []journal.Follower{s.follower("order", s.hear, s.lookTold)}
	if s.Steps != nil {
		all = append(all, s.follower("challenge", s.hearStep, nil))
	}
	return all
}

// follower listens to a family; flush works off what it noted before each checkpoint, so that nothing is lost with the
// process.
func (s *Service) follower(family string, hear func(context.Context, journal.Record) error, flush func(context.Context) error) journal.Follower {
	return journal.Follower{
		Family: family,
		Lease:  "cases of " + family,
		Load: func(ctx context.Context) (journal.Cursor, bool, error) {
			e, err := s.places.Get(ctx, family)
			if fault.Is(err, fault.NotFound) {
				return journal.Cursor{}, false, nil
			}
			return journal.Cursor{At: e.Value.At, ID: e.Value.ID}, err == nil, err
		},
		Save: func(ctx context.Context, c journal.Cursor) error {
			return s.places.Put(ctx, family, func(p *place) error { p.At, p.ID = c.At, c.ID; return nil })
		},
		Redraw: func(context.Context) (journal.Cursor, error) { return journal.Cursor{}, nil },
		Handle: hear,
		Flush:  flush,
		Failed: s.Failed,
	}
}

// hear notes an order; many records of one order are one look.
func (s *Service) hear(_ context.Context, rec journal.Record) error {
	s.told.Lock()
	defer s.told.Unlock()
	if s.told.streams == nil {
		s.told.streams = map[string]bool{}
	}
	s.told.streams[rec.Stream] = true
	return nil
}

// lookTold looks at the orders that were noted, a buyer at a time. Where a store does not answer they are noted again.
func (s *Service) lookTold(ctx context.Context) error {
	s.told.Lock()
	streams := slices.Sorted(maps.Keys(s.told.streams))
	s.told.streams = nil
	s.told.Unlock()
	err := s.look(ctx, streams)
	if err == nil {
		return nil
	}
	if fault.Is(err, fault.Unavailable) || ctx.Err() != nil {
		for _, stream := range streams {
			_ = s.hear(ctx, journal.Record{Stream: stream}) // it only notes
		}
		return err
	}
	if s.Failed != nil {
		s.Failed(err)
	}
	return nil
}

// look reads orders and files what speaks against them. It goes on past one that fails.
func (s *Service) look(ctx context.Context, streams []string) error {
	byBuyer := map[string][]Sale{}
	var failed []error
	for _, stream := range streams {
		sale, err := s.Orders.Sale(ctx, stream)
		switch {
		case fault.Is(err, fault.Unavailable):
			return err
		case err != nil:
			failed = append(failed, fmt.Errorf("%s: %w", stream, err))
		case sale.judged():
			byBuyer[sale.Buyer] = append(byBuyer[sale.Buyer], sale)
		}
	}
	for _, buyer := range slices.Sorted(maps.Keys(byBuyer)) {
		if err := s.lookAt(ctx, buyer, byBuyer[buyer]); fault.Is(err, fault.Unavailable) {
			return err // not behind other errors: all is looked at again
		} else if err != nil {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

// lookAt judges one buyer's orders beside those that were placed around the same days.
func (s *Service) lookAt(ctx context.Context, buyer string, sales []Sale) error {
	slices.SortFunc(sales, func(a, b Sale) int { return a.Placed.Compare(b.Placed) })
	var failed []error
	for len(sales) > 0 {
		// Orders of many months are read month by month, so that one look stays bounded.
		n := 1
		for n < len(sales) && sales[n].Placed.Sub(sales[0].Placed) < days(31) {
			n++
		}
		err := s.lookNear(ctx, buyer, sales[:n])
		if fault.Is(err, fault.Unavailable) {
			return err
		}
		failed = append(failed, err)
		sales = sales[n:]
	}
	return errors.Join(failed...)
}

func (s *Service) lookNear(ctx context.Context, buyer string, sales []Sale) error {
	margin := days(max(1, s.Thresholds.TwiceDays))
	near, err := s.Orders.Near(ctx, buyer, sales[0].Placed.Add(-margin), sales[len(sales)-1].Placed.Add(margin), nearMost)
	if err != nil {
		return err
	}
	near = together(near, sales)
	for _, c := range s.judge(buyer, sales, near) {
		if err := s.file(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// together are the orders that lists show with those that were just read, which lists may not show yet.
func together(near, read []Sale) []Sale {
	byID := map[string]Sale{}
	for _, list := range [][]Sale{near, read} {
		for _, s := range list {
			byID[s.Order] = s
		}
	}
	return slices.SortedFunc(maps.Values(byID), func(a, b Sale) int { return a.Placed.Compare(b.Placed) })
}

// judge is every case that some of a buyer's orders give rise to.
func (s *Service) judge(buyer string, sales, near []Sale) []Case {
	var all []Case
	looked := map[any]bool{}
	once := func(what any) bool {
		first := !looked[what]
		looked[what] = true
		return first
	}
	for _, sale := range sales {
		if why := stockUp(sale, s.Thresholds); len(why) > 0 {
			all = append(all, found(StockUp, buyer, "order/"+sale.Order, []Sale{sale}, why))
		}
		if same := twins(sale, near, s.Thresholds); len(same) > 0 && once(sale.receipt()+"\n"+same[0].Order) {
			why := []Reason{{Key: "same", Args: map[string]int64{"n": int64(len(same)), "days": int64(s.Thresholds.TwiceDays)}}}
			all = append(all, found(Twice, buyer, sale.receipt(), same, why))
		}
		if day := s.Zone.Date(sale.Placed); once(day) {
			if which, why := split(ofDay(near, day, s.Zone), s.Thresholds); len(why) > 0 {
				all = append(all, found(Split, buyer, day.String(), which, why))
			}
		}
	}
	return all
}

// hearStep files a step that was paid and reopened within some days, with the orders that something came back of.
func (s *Service) hearStep(ctx context.Context, rec journal.Record) error {
	r, is, err := s.Steps.Reopened(rec)
	if err != nil || !is || r.Points <= 0 || !r.At.Before(r.Paid.Add(days(s.Thresholds.StepDays))) {
		return err
	}
	since := r.Paid.Add(-stepOrders)
	near, err := s.Orders.Near(ctx, r.Account, since, r.At.Add(time.Millisecond), nearMost)
	if err != nil {
		return err
	}
	var back []Sale
	for _, sale := range near {
		if sale.Back() > 0 || sale.Cancelled {
			back = append(back, sale)
		}
	}
	within := max(1, int64((r.At.Sub(r.Paid)+24*time.Hour-1)/(24*time.Hour)))
	why := []Reason{{Key: "step", Args: map[string]int64{"n": within, "points": r.Points}}}
	return s.file(ctx, found(StockUp, r.Account, "challenge/"+r.Key, back, why))
}

// stepOrders is how far before a step was reached its orders may lie.
const stepOrders = 60 * 24 * time.Hour
