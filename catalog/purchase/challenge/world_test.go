package challenge_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"firebrand/catalog/purchase/challenge"
	"firebrand/content"
	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/journal"
	"firebrand/internal/points"
	"firebrand/internal/testenv"
)

// shop stands for the rooms that hold progress. Orders are kept as the room of orders would show them now.
type shop struct {
	sync.Mutex
	orders map[string]sold
	plays  map[string][]time.Time
	reads  map[string]int64
	of     int64
	people map[string]challenge.Person
	staff  map[string][]string
	down   bool
	// closed is a store that does not answer who reads.
	closed bool
}

// sold is an order of one line.
type sold struct {
	account string
	placed  time.Time
	challenge.Bought
}

func (s *shop) Bought(_ context.Context, account string, from, to time.Time, each func(challenge.Bought) error) error {
	s.Lock()
	defer s.Unlock()
	for _, o := range s.orders {
		if o.account == account && !o.placed.Before(from) && o.placed.Before(to) {
			if err := each(o.Bought); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *shop) Told(_ context.Context, rec journal.Record) (time.Time, []string, error) {
	s.Lock()
	defer s.Unlock()
	o := s.orders[rec.Stream]
	return o.placed, []string{o.account}, nil
}

// games and library are the shop under other names, because two of its methods would have one.
type games struct{ *shop }

func (g games) Finished(_ context.Context, member string, from, to time.Time) (n int64, err error) {
	g.Lock()
	defer g.Unlock()
	for _, at := range g.plays[member] {
		if !at.Before(from) && at.Before(to) {
			n++
		}
	}
	return n, nil
}

func (g games) Told(rec journal.Record) (string, error) { return rec.Actor, nil }

type library struct{ *shop }

func (l library) Read(_ context.Context, member string, _ calendar.Month, _ time.Time) (have, of int64, err error) {
	if l.closed {
		return 0, 0, fault.New(fault.Unavailable, "store.down")
	}
	return l.reads[member], l.of, nil
}

type folk struct{ *shop }

func (f folk) Person(_ context.Context, account string) (challenge.Person, bool, error) {
	p, found := f.people[account]
	return p, found, nil
}

func (f folk) Each(_ context.Context, companies bool, each func(challenge.Person) error) error {
	for _, p := range f.people {
		if p.Company == companies {
			if err := each(p); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f folk) Staff(_ context.Context, company string) ([]string, error) {
	return f.staff[company], nil
}

// purse is the real account of points, with a switch that fails as a crash between record and award would.
type purse struct {
	*points.Service
	shop *shop
}

var errCut = errors.New("cut off")

func (p purse) Award(ctx context.Context, r points.Award) (points.Receipt, error) {
	if p.shop.down {
		return points.Receipt{}, errCut
	}
	return p.Service.Award(ctx, r)
}

func (p purse) Reverse(ctx context.Context, r points.Reverse) (points.Receipt, error) {
	if p.shop.down {
		return points.Receipt{}, errCut
	}
	return p.Service.Reverse(ctx, r)
}

type world struct {
	*challenge.Service
	t     *testing.T
	shop  *shop
	clock *testenv.Clock
	purse *points.Service
	told  int
}

// newWorld is a programme in Kyiv's zone at noon of 5 November 2026 with Olena of Kyiv, Ivan of Lviv, and Ivan's company.
func newWorld(t *testing.T, returns points.Mode) *world {
	t.Helper()
	clock, e := testenv.At("2026-11-05T10:00:00Z"), testenv.Engine(t)
	zone, err := calendar.Load("Europe/Kyiv")
	must(t, err)
	j := testenv.Journal(t, e, clock.Now, "points", challenge.Family, "order", "play")
	policy := points.DefaultPolicy()
	policy.Returns = returns
	p := &points.Service{Journal: j, Zone: zone, Policy: policy, Now: clock.Now}
	s := &shop{
		orders: map[string]sold{}, plays: map[string][]time.Time{}, reads: map[string]int64{}, of: 3,
		people: map[string]challenge.Person{
			"olena": {Account: "olena", CompanyID: "north", Region: "Kyiv", Size: "A", Joined: clock.Now(), Active: true},
			"ivan":  {Account: "ivan", CompanyID: "west", Region: "Lviv", Size: "B", Joined: clock.Now().AddDate(-1, 0, 0), Active: true},
			"west":  {Account: "west", Company: true, CompanyID: "west", Region: "Lviv", Size: "B", Active: true},
		},
		staff: map[string][]string{"west": {"ivan", "petro"}},
	}
	c, err := challenge.Open(t.Context(), e, &challenge.Service{
		Journal: j, Points: purse{p, s}, People: folk{s}, Purchases: s, Plays: games{s}, Reads: library{s}, Zone: zone, Now: clock.Now,
		Failed: func(err error) { t.Error(err) },
	})
	must(t, err)
	return &world{c, t, s, clock, p, 0}
}

// november are the terms that tests begin with: buy 10, 25 and 40 of group oil in November.
func november() challenge.Terms {
	return challenge.Terms{
		Name: content.Text{"en": "Forty of oil"}, Goal: challenge.GoalBuy, Goods: challenge.Goods{Groups: []string{"oil"}},
		From: calendar.Date{Year: 2026, Mon: 11, Day: 1}, To: calendar.Date{Year: 2026, Mon: 11, Day: 20},
		Steps: []challenge.Step{{ID: "a", Target: 10, Points: 100}, {ID: "b", Target: 25, Points: 200}, {ID: "c", Target: 40, Points: 300}},
	}
}

// publish makes a challenge of terms that is in force.
func (w *world) publish(t challenge.Terms) challenge.Challenge {
	w.t.Helper()
	c, err := w.Save(w.t.Context(), "mark", "", t, 0, true)
	must(w.t, err)
	return c
}

// buy tells that an order holds so many of group oil now; the same id again says how many are left of it.
func (w *world) buy(id, account string, quantity int64, delivered bool) {
	w.t.Helper()
	stream := "order/" + id
	w.shop.Lock()
	o, known := w.shop.orders[stream]
	if !known {
		o = sold{account: account, placed: w.clock.Now()}
	}
	o.Bought = challenge.Bought{Order: id, Group: "oil", Quantity: quantity, Delivered: delivered}
	w.shop.orders[stream] = o
	w.shop.Unlock()
	w.record(stream, "told", account)
}

// record appends something to a stream, for followers to hear.
func (w *world) record(stream, kind, actor string) {
	w.t.Helper()
	w.told++
	req := journal.Request{Key: fmt.Sprint("told/", w.told), Actor: actor}
	_, err := w.Journal.Decide(w.t.Context(), stream, req, func(journal.Record, time.Time) (string, any, error) { return kind, struct{}{}, nil })
	must(w.t, err)
}

// catchUp lets every follower read on.
func (w *world) catchUp() {
	w.t.Helper()
	for _, f := range w.Followers() {
		must(w.t, w.Journal.CatchUp(w.t.Context(), f))
	}
}

func (w *world) evaluate(c challenge.Challenge, account string) challenge.Standing {
	w.t.Helper()
	st, err := w.Evaluate(w.t.Context(), c.ID, account)
	must(w.t, err)
	return st
}

// has is what an account has: alive and pending, less its debt.
func (w *world) has(account string) int64 {
	w.t.Helper()
	v, err := w.purse.Balance(w.t.Context(), account)
	must(w.t, err)
	return v.Alive + v.Pending - v.Debt
}

func (w *world) wantPoints(account string, want int64) {
	w.t.Helper()
	if got := w.has(account); got != want {
		w.t.Errorf("%s has %d points, want %d", account, got, want)
	}
}

// check verifies every stream of challenges and that the accounts agree with it.
func (w *world) check() {
	w.t.Helper()
	_, _, err := w.Journal.Verify(w.t.Context(), challenge.Family, func(stream string, recs []journal.Record) error {
		if err := challenge.CheckStream(stream, recs); err != nil {
			return err
		}
		return w.Agree(w.t.Context(), recs[len(recs)-1])
	})
	must(w.t, err)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
