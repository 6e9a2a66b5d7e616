package budget_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"firebrand/internal/points"
	"firebrand/internal/points/budget"
	"firebrand/internal/store"
	"firebrand/internal/testenv"
)

// second is another process on the same store.
func (w *world) second() *world {
	w.t.Helper()
	other := *w
	other.journal = testenv.Journal(w.t, w.engine, w.clock.Now, points.Family, budget.Family)
	other.start()
	return &other
}

// An award that failed makes its process compare what it counted with the journal. What the other process gave of its
// own chunk was not missed.
func TestTwoProcessesCountNothingTwice(t *testing.T) {
	w := newWorld(t)
	w.engine = testenv.Shared(w.engine, w.clock.Now)
	w.start()
	w.budget("nov", 1000)
	other := w.second()
	w.award("a", 50, "velmar")
	other.award("b", 60, "velmar")

	w.fail()
	for range 3 {
		w.clock.Add(20 * time.Second)
		must(t, w.budgets.Sweep(t.Context()))
		must(t, other.budgets.Sweep(t.Context()))
	}
	given := int64(110)
	for range 100 {
		given += w.award("a", 10, "velmar").Moved + other.award("b", 10, "velmar").Moved
	}
	if given != 1000 {
		t.Errorf("%d points given of 1000", given)
	}
	must(t, w.budgets.Sweep(t.Context()))
	if v := w.view("nov"); v.WarnedAt.IsZero() {
		t.Errorf("nobody was warned: %+v", v)
	}
	w.verify()
}

// fail lets an award fail behind the budget, so that its count is compared with the journal later on.
func (w *world) fail() {
	w.t.Helper()
	failed, cancel := context.WithCancel(w.t.Context())
	w.points.Budget = canceling{w.budgets, cancel}
	defer func() { w.points.Budget = w.budgets }()
	if _, err := w.points.Award(failed, points.Award{
		Key: uuid.NewString(), Account: "a", Amount: 5, Source: points.SourceGrant, Funding: "velmar", Ref: "test",
	}); err == nil {
		w.t.Fatal("the award did not fail")
	}
}

// canceling ends the request as soon as the budget was asked.
type canceling struct {
	points.Budget
	cancel func()
}

func (c canceling) Take(ctx context.Context, funding string, at time.Time, amount int64) (func(), string, error) {
	undo, refused, err := c.Budget.Take(ctx, funding, at, amount)
	c.cancel()
	return undo, refused, err
}

// An award that was written although its store did not answer is found, also where others are on their way meanwhile.
func TestWhatWasMissedIsFound(t *testing.T) {
	w := newWorld(t)
	w.budget("nov", 100)
	unseen := func(key string, amount int64) {
		accounts := &points.Service{Journal: w.journal, Zone: w.zone, Policy: points.DefaultPolicy(), Now: w.clock.Now}
		_, err := accounts.Award(t.Context(), points.Award{Key: key, Account: "b", Amount: amount, Source: points.SourceGrant, Funding: "velmar"})
		must(t, err)
	}
	unseen("missed", 30)
	w.fail()
	_, _, err := w.budgets.Take(t.Context(), "velmar", w.clock.Now(), 50)
	must(t, err)
	w.clock.Add(20 * time.Second)
	must(t, w.budgets.Sweep(t.Context()))
	unseen("on its way", 50)
	w.clock.Add(20 * time.Second)
	must(t, w.budgets.Sweep(t.Context()))
	if w.award("a", 21, "velmar").Moved != 0 || w.award("a", 20, "velmar").Moved != 20 {
		t.Error("not exactly what is left")
	}
	w.verify()
}

// What a reversal brought back is remembered by the process alone until its next record; where it is killed, the next
// start reads it from the journal, also when no chunk was open.
func TestKilledAfterAReversal(t *testing.T) {
	w := newWorld(t)
	w.budget("nov", 100)
	r := w.award("a", 100, "velmar")
	must(t, w.budgets.Close(t.Context()))
	w.start()
	_, err := w.points.Reverse(t.Context(), points.Reverse{
		Key: "back", Actor: "marta", Account: "a", Award: r.Record.Key, Amount: 40, Mode: points.ModeBalance, Ref: "by mistake",
	})
	must(t, err)
	w.start() // killed
	if got := w.award("a", 40, "velmar").Moved; got != 40 {
		t.Errorf("%d of the 40 that came back", got)
	}
	w.verify()
}

// deaf is an engine that falls silent once it is told to: the next insert is written, and nothing is answered any more.
type deaf struct {
	store.Engine
	told, silent *atomic.Bool
}

func (d deaf) Open(ctx context.Context, spec store.Spec) (store.Table, error) {
	table, err := d.Engine.Open(ctx, spec)
	return deafTable{table, d}, err
}

type deafTable struct {
	store.Table
	deaf deaf
}

var errSilent = errors.New("the answer was lost")

func (d deafTable) Insert(ctx context.Context, id string, doc any) error {
	if d.deaf.silent.Load() {
		return errSilent
	}
	err := d.Table.Insert(ctx, id, doc)
	if err == nil && d.deaf.told.Load() {
		d.deaf.silent.Store(true)
		return errSilent
	}
	return err
}

func (d deafTable) Get(ctx context.Context, id string, doc any) (int64, error) {
	if d.deaf.silent.Load() {
		return 0, errSilent
	}
	return d.Table.Get(ctx, id, doc)
}

func (d deafTable) Find(ctx context.Context, q store.Query, each func(store.Raw) error) error {
	if d.deaf.silent.Load() {
		return errSilent
	}
	return d.Table.Find(ctx, q, each)
}

// A process that closed its chunk without hearing of it gives nothing more of it: it may be another's by then.
func TestAChunkClosedUnheard(t *testing.T) {
	for how, close := range map[string]func(w *world) error{
		"by the end of the process": func(w *world) error { return w.budgets.Close(t.Context()) },
		"by a new limit": func(w *world) error {
			_, err := w.budgets.Save(t.Context(), "marta", "new", november("nov", 1000), 1)
			return err
		},
	} {
		t.Run(how, func(t *testing.T) {
			w := newWorld(t)
			var told, silent atomic.Bool
			w.engine = testenv.Shared(deaf{w.engine, &told, &silent}, w.clock.Now)
			w.journal = testenv.Journal(t, w.engine, w.clock.Now, points.Family, budget.Family)
			w.start()
			w.budget("nov", 1000)
			w.award("a", 1, "velmar")
			told.Store(true)
			if err := close(w); err == nil || !silent.Load() {
				t.Fatalf("it was heard: %v", err)
			}
			told.Store(false)
			silent.Store(false)
			other, given := w.second(), int64(1)
			for range 1000 {
				n := other.award("b", 9, "velmar").Moved
				if given += n; n == 0 {
					break
				}
			}
			for range 200 {
				given += w.award("a", 1, "velmar").Moved
			}
			if given > 1000 {
				t.Errorf("%d points given of 1000", given)
			}
		})
	}
}

// A budget that somebody sets binds the other processes, too: the new one at once where they are told, and by their next
// sweep where they are not.
func TestALimitSetElsewhere(t *testing.T) {
	two := func(t *testing.T) (w, other *world) {
		w = newWorld(t)
		w.engine = testenv.Shared(w.engine, w.clock.Now)
		w.start()
		return w, w.second()
	}
	t.Run("the next sweep finds it", func(t *testing.T) {
		w, other := two(t)
		w.budget("nov", 1000)
		must(t, other.budgets.Sweep(t.Context()))
		given := other.award("b", 10, "velmar").Moved
		_, err := w.budgets.Save(t.Context(), "marta", "low", november("nov", given), 1)
		must(t, err)
		must(t, other.budgets.Sweep(t.Context()))
		if more := other.award("b", 1, "velmar").Moved; more != 0 {
			t.Errorf("%d given above the new limit, out of what was reserved under the old one", more)
		}
	})
	t.Run("a notice makes it known at once", func(t *testing.T) {
		url := testenv.RedisURL(t)
		w, other := two(t)
		for _, p := range []*world{w, other} {
			redis, err := store.OpenRedis(t.Context(), url)
			must(t, err)
			n := store.OpenNotices(redis, nil)
			stop := p.budgets.Connect(n, func(err error) { t.Error(err) })
			t.Cleanup(func() { stop(); _ = n.Close(); _ = redis.Close() })
		}
		for try := range 1000 {
			w.budget(fmt.Sprintf("nov-%d", try), 0)
			time.Sleep(20 * time.Millisecond)
			if other.award("b", 1, "velmar").Moved == 0 {
				return
			}
		}
		t.Fatal("the other process never heard of it")
	})
}
