package budget_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/journal"
	"firebrand/internal/points"
	"firebrand/internal/points/budget"
	"firebrand/internal/store"
	"firebrand/internal/testenv"
)

// world is accounts with budgets over a store of their own, in Kyiv's zone.
type world struct {
	t       testing.TB
	clock   *testenv.Clock
	engine  store.Engine
	journal *journal.Journal
	zone    calendar.Zone
	points  *points.Service
	budgets *budget.Service
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, clock: testenv.At("2026-11-10T10:00:00Z"), engine: testenv.Engine(t)}
	w.journal = testenv.Journal(t, w.engine, w.clock.Now, points.Family, budget.Family)
	var err error
	w.zone, err = calendar.Load("Europe/Kyiv")
	must(t, err)
	w.start()
	return w
}

// start opens the services anew on the same store, as a process does after one that was killed.
func (w *world) start() {
	w.t.Helper()
	w.points = &points.Service{Journal: w.journal, Zone: w.zone, Policy: points.DefaultPolicy(), Now: w.clock.Now}
	var err error
	w.budgets, err = budget.Open(context.Background(), w.engine, w.journal, w.points, w.zone, w.clock.Now)
	must(w.t, err)
	w.points.Budget = w.budgets
}

// budget makes a budget for November 2026 of the source "velmar".
func (w *world) budget(id string, limit int64) budget.View {
	w.t.Helper()
	return w.save(november(id, limit), 0)
}

func november(id string, limit int64) budget.Budget {
	return budget.Budget{
		ID: id, Name: id, Funding: "velmar", Limit: limit, WarnShare: 800,
		From: calendar.Date{Year: 2026, Mon: 11, Day: 1}, To: calendar.Date{Year: 2026, Mon: 11, Day: 30},
	}
}

func (w *world) save(b budget.Budget, version int64) budget.View {
	w.t.Helper()
	v, err := w.budgets.Save(context.Background(), "marta", uuid.NewString(), b, version)
	must(w.t, err)
	return v
}

func (w *world) view(id string) budget.View {
	w.t.Helper()
	v, err := w.budgets.View(context.Background(), id)
	must(w.t, err)
	return v
}

// award gives points of a source and reports how many came.
func (w *world) award(account string, amount int64, funding string) points.Receipt {
	w.t.Helper()
	r, err := w.points.Award(context.Background(), points.Award{
		Key: uuid.NewString(), Account: account, Amount: amount, Source: points.SourceGrant, Funding: funding, Ref: "test",
	})
	must(w.t, err)
	return r
}

// verify holds every budget against the accounts.
func (w *world) verify() {
	w.t.Helper()
	_, _, err := w.journal.Verify(context.Background(), budget.Family, func(stream string, recs []journal.Record) error {
		if err := budget.CheckStream(stream, recs); err != nil {
			return err
		}
		return w.budgets.Agree(context.Background(), recs[len(recs)-1])
	})
	must(w.t, err)
}

// race lets 64 writers award by ones, each so many times, and counts what came.
func (w *world) race(each int, funding string) int64 {
	w.t.Helper()
	var given atomic.Int64
	var all sync.WaitGroup
	for i := range 64 {
		all.Go(func() {
			for n := range each {
				r, err := w.points.Award(context.Background(), points.Award{
					Key: fmt.Sprint(uuid.NewString(), n), Account: fmt.Sprintf("writer-%d", i), Amount: 1,
					Source: points.SourceGrant, Funding: funding,
				})
				if err != nil {
					w.t.Error(err)
					return
				}
				given.Add(r.Moved)
			}
		})
	}
	all.Wait()
	return given.Load()
}

func TestExactlyTheLimit(t *testing.T) {
	w := newWorld(t)
	w.budget("nov", 1000)
	if given := w.race(20, "velmar"); given != 1000 {
		t.Errorf("%d points given of 1000", given)
	}
	v := w.view("nov")
	if v.Committed != 1000 || v.Left != 0 || !v.Stopped || !v.Warned || v.WarnedAt.IsZero() || v.StoppedAt.IsZero() {
		t.Errorf("%+v", v)
	}
	recs, err := w.journal.Read(t.Context(), budget.Stream("nov"), 1, 1000)
	must(t, err)
	kinds := map[string]int{}
	for _, r := range recs {
		kinds[r.Kind]++
	}
	t.Logf("1,000 awards took %v", kinds)
	if kinds["warned"] != 1 || kinds["stopped"] != 1 || kinds["reserve"] > 60 {
		t.Errorf("records of the budget: %v", kinds)
	}
	w.verify()
}

func TestNeverHalfAReward(t *testing.T) {
	w := newWorld(t)
	w.budget("nov", 100)
	w.award("olena", 70, "velmar")
	r := w.award("olena", 31, "velmar")
	if r.Moved != 0 || r.Asked != 31 || r.Cut != 31 || r.CutBy != "budget:nov" || r.Record.Kind != string(points.KindRefused) {
		t.Errorf("%+v", r)
	}
	v := w.view("nov")
	if v.Left != 30 || !v.Stopped || v.Refused != 31 {
		t.Errorf("%+v", v)
	}
	t.Run("a smaller reward still fits", func(t *testing.T) {
		if r := w.award("olena", 30, "velmar"); r.Moved != 30 {
			t.Errorf("moved %d", r.Moved)
		}
	})
	t.Run("other sources and unnamed ones are not bounded by it", func(t *testing.T) {
		if w.award("olena", 500, "other").Moved != 500 || w.award("olena", 500, "").Moved != 500 {
			t.Error("cut")
		}
	})
	t.Run("a repeated award takes nothing twice", func(t *testing.T) {
		w.save(november("nov", 200), 1)
		a := points.Award{Key: "once", Account: "olena", Amount: 60, Source: points.SourceGrant, Funding: "velmar"}
		for range 3 {
			r, err := w.points.Award(t.Context(), a)
			must(t, err)
			if r.Moved != 60 {
				t.Errorf("moved %d", r.Moved)
			}
		}
		if v := w.view("nov"); v.Committed != 160 || v.Left != 40 {
			t.Errorf("%+v", v)
		}
	})
	w.verify()
}

func TestMonthAndYear(t *testing.T) {
	w := newWorld(t)
	year := november("year", 150)
	year.From.Mon, year.To = 1, calendar.Date{Year: 2026, Mon: 12, Day: 31}
	w.budget("nov", 100)
	w.save(year, 0)
	if r := w.award("a", 100, "velmar"); r.Moved != 100 {
		t.Fatalf("%+v", r)
	}
	t.Run("the month refuses, and the year has lost nothing by it", func(t *testing.T) {
		if r := w.award("a", 10, "velmar"); r.CutBy != "budget:nov" {
			t.Errorf("%+v", r)
		}
		if v := w.view("year"); v.Left != 50 || v.Stopped {
			t.Errorf("%+v", v)
		}
	})
	t.Run("in December only the year is left, and it refuses", func(t *testing.T) {
		w.clock.Set(w.zone.StartOf(calendar.Date{Year: 2026, Mon: 12, Day: 1}))
		if r := w.award("a", 51, "velmar"); r.CutBy != "budget:year" {
			t.Errorf("%+v", r)
		}
		if r := w.award("a", 50, "velmar"); r.Moved != 50 {
			t.Errorf("%+v", r)
		}
	})
	if v := w.view("nov"); v.Committed != 100 {
		t.Errorf("%+v", v)
	}
	must(t, w.budgets.Sweep(t.Context()))
	w.verify()
}

func TestKilledWithAChunkOpen(t *testing.T) {
	w := newWorld(t)
	w.budget("nov", 1000)
	var given int64
	for round := range 6 {
		given += w.race(2, "velmar")
		w.start() // the process before is gone, with its chunk open
		if v := w.view("nov"); v.Committed != given || v.Left != 1000-given {
			t.Fatalf("round %d: %+v, given %d", round, v, given)
		}
	}
	if given += w.race(10, "velmar"); given != 1000 {
		t.Errorf("%d points given of 1000", given)
	}
	w.verify()
}

func TestLimitMovedUnderWriters(t *testing.T) {
	w := newWorld(t)
	w.budget("nov", 600)
	done := make(chan int64)
	go func() { done <- w.race(30, "velmar") }()
	w.save(november("nov", 900), 1)
	w.save(november("nov", 1500), 2)
	if given := <-done; given != 1500 {
		t.Errorf("%d points given of 1500", given)
	}
	t.Run("lowered below what is given it stops at once", func(t *testing.T) {
		v := w.save(november("nov", 700), 3)
		if !v.Stopped || v.Left != -800 {
			t.Errorf("%+v", v)
		}
		if r := w.award("a", 1, "velmar"); r.CutBy != "budget:nov" {
			t.Errorf("%+v", r)
		}
	})
	t.Run("raised again it goes on", func(t *testing.T) {
		w.save(november("nov", 1501), 4)
		if w.award("a", 1, "velmar").Moved != 1 || w.award("a", 1, "velmar").Moved != 0 {
			t.Error("not exactly one more")
		}
	})
	w.verify()
}

func TestReversalsComeBack(t *testing.T) {
	w := newWorld(t)
	w.budget("nov", 100)
	r := w.award("a", 100, "velmar")
	if w.award("a", 1, "velmar").Moved != 0 {
		t.Fatal("above the limit")
	}
	_, err := w.points.Reverse(t.Context(), points.Reverse{
		Key: "back", Actor: "marta", Account: "a", Award: r.Record.Key, Amount: 40, Mode: points.ModeBalance, Ref: "by mistake",
	})
	must(t, err)
	if v := w.view("nov"); v.Committed != 60 || v.Left != 40 || v.Stopped {
		t.Errorf("%+v", v)
	}
	if w.award("a", 40, "velmar").Moved != 40 || w.award("a", 1, "velmar").Moved != 0 {
		t.Error("not exactly what came back")
	}
	w.start()
	if w.award("a", 1, "velmar").Moved != 0 {
		t.Error("more after a start")
	}
	w.verify()
}

func TestBudgetMadeInTheMiddle(t *testing.T) {
	w := newWorld(t)
	w.award("a", 30, "velmar")
	if v := w.budget("nov", 100); v.Committed != 30 || v.Left != 70 {
		t.Errorf("%+v", v)
	}
	done := make(chan int64)
	go func() { done <- w.race(10, "spring") }()
	spring := november("spring", 400)
	spring.Funding = "spring"
	w.save(spring, 0)
	given := <-done
	w.clock.Set(w.clock.Now().Add(20 * time.Second))
	must(t, w.budgets.Sweep(t.Context()))
	w.verify()
	t.Logf("made under 64 writers: %d of 400 given", given)
}

func TestSaving(t *testing.T) {
	w := newWorld(t)
	w.budget("nov", 100)
	refuses := func(key string, b budget.Budget, version int64) {
		t.Helper()
		_, err := w.budgets.Save(t.Context(), "marta", uuid.NewString(), b, version)
		if f := fault.As(err); f == nil || f.Key != key {
			t.Errorf("%v, want %s", err, key)
		}
	}
	other := november("nov", 100)
	other.Funding = "else"
	refuses("budget.fixed", other, 1)
	refuses("budget.changed", november("nov", 200), 0)
	refuses("budget.changed", november("nov", 200), 2)
	refuses("budget.limit", november("nov", -1), 1)
	refuses("budget.id", november("a/b", 1), 0)
	nameless := november("x", 1)
	nameless.Name = " "
	refuses("budget.name", nameless, 0)
	turned := november("x", 1)
	turned.From, turned.To = turned.To, turned.From
	refuses("budget.period", turned, 0)
	unpaid := november("x", 1)
	unpaid.Funding = ""
	refuses("budget.funding", unpaid, 0)
	past := november("nov", 100)
	past.To.Day = 9
	refuses("budget.period", past, 1)
	t.Run("a form sent twice acts once", func(t *testing.T) {
		for range 2 {
			v, err := w.budgets.Save(t.Context(), "marta", "same", november("nov", 300), 1)
			must(t, err)
			if v.Version != 2 || v.Limit != 300 {
				t.Errorf("%+v", v)
			}
		}
	})
	t.Run("what is over stays", func(t *testing.T) {
		w.clock.Set(w.zone.EndOf(november("", 0).To))
		refuses("budget.over", november("nov", 500), 2)
	})
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
