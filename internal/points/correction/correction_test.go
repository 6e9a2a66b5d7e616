package correction_test

import (
	"math"
	"sync"
	"testing"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/points"
	"firebrand/internal/points/correction"
	"firebrand/internal/store"
	"firebrand/internal/testenv"
)

type world struct {
	t           *testing.T
	clock       *testenv.Clock
	engine      store.Engine
	points      *points.Service
	corrections *correction.Service
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, clock: testenv.At("2026-11-10T10:00:00Z"), engine: testenv.Engine(t)}
	policy := points.DefaultPolicy()
	policy.SecondAbove, policy.ManualMost = 100, 5000
	w.points = &points.Service{
		Journal: testenv.Journal(t, w.engine, w.clock.Now, points.Family), Zone: calendar.Zone{}, Policy: policy, Now: w.clock.Now,
	}
	var err error
	w.corrections, err = correction.Open(t.Context(), w.engine, w.points, w.clock.Now)
	must(t, err)
	return w
}

func (w *world) propose(key string, amount int64) correction.Correction {
	w.t.Helper()
	c, err := w.corrections.Propose(w.t.Context(), "marta", correction.Proposal{Key: key, Account: "olena", Amount: amount, Reason: "wrong quiz"})
	must(w.t, err)
	return c
}

func (w *world) alive() int64 {
	w.t.Helper()
	v, err := w.points.Balance(w.t.Context(), "olena")
	must(w.t, err)
	return v.Alive
}

func TestSmallOnesAreDoneAtOnce(t *testing.T) {
	w := newWorld(t)
	c := w.propose("a", 100)
	if c.Status != correction.Done || c.Moved != 100 || c.Second != "" || w.alive() != 100 {
		t.Errorf("%+v, alive %d", c, w.alive())
	}
	t.Run("sent twice it acts once", func(t *testing.T) {
		if again := w.propose("a", 100); again != c || w.alive() != 100 {
			t.Errorf("%+v, alive %d", again, w.alive())
		}
	})
	t.Run("another one under the same key is refused", func(t *testing.T) {
		_, err := w.corrections.Propose(t.Context(), "marta", correction.Proposal{Key: "a", Account: "olena", Amount: 99, Reason: "wrong quiz"})
		if !fault.Is(err, fault.KeyReused) {
			t.Error(err)
		}
	})
	t.Run("taking reaches what is there", func(t *testing.T) {
		must(t, func() error {
			_, err := w.points.Spend(t.Context(), points.Spend{Key: "s", Account: "olena", Amount: 70})
			return err
		}())
		if c := w.propose("b", -50); c.Status != correction.Done || c.Moved != 30 || w.alive() != 0 {
			t.Errorf("%+v, alive %d", c, w.alive())
		}
	})
}

func TestLargeOnesNeedASecondPerson(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	if c := w.propose("a", 101); c.Status != correction.Waiting || w.alive() != 0 {
		t.Fatalf("%+v", c)
	}
	refuses := func(key string, err error) {
		t.Helper()
		if f := fault.As(err); f == nil || f.Key != key {
			t.Errorf("%v, want %s", err, key)
		}
	}
	_, err := w.corrections.Approve(ctx, "marta", "a")
	refuses("correction.own", err)
	_, err = w.corrections.Refuse(ctx, "ivan", "a", " ")
	refuses("correction.note", err)
	_, err = w.corrections.Withdraw(ctx, "ivan", "a")
	refuses("correction.not_yours", err)
	_, err = w.corrections.Approve(ctx, "ivan", "nothing")
	refuses("correction.missing", err)
	waiting, err := w.corrections.Waiting(ctx)
	must(t, err)
	if len(waiting) != 1 || w.alive() != 0 {
		t.Fatalf("%+v", waiting)
	}
	t.Run("approved it is carried out once, and says who and when", func(t *testing.T) {
		var all sync.WaitGroup
		for range 16 {
			all.Go(func() {
				if _, err := w.corrections.Approve(ctx, "ivan", "a"); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		c, err := w.corrections.ByID(ctx, "a")
		must(t, err)
		if c.Status != correction.Done || c.Second != "ivan" || c.Decided.IsZero() || c.Seq != 1 || w.alive() != 101 {
			t.Errorf("%+v, alive %d", c, w.alive())
		}
		_, err = w.corrections.Refuse(ctx, "oleh", "a", "late")
		refuses("correction.decided", err)
	})
	t.Run("refused it moves nothing", func(t *testing.T) {
		w.propose("b", -101)
		c, err := w.corrections.Refuse(ctx, "ivan", "b", "no proof")
		must(t, err)
		if c.Status != correction.Refused || c.Note != "no proof" || w.alive() != 101 {
			t.Errorf("%+v", c)
		}
	})
	t.Run("withdrawn it moves nothing", func(t *testing.T) {
		w.propose("c", 5000)
		c, err := w.corrections.Withdraw(ctx, "marta", "c")
		must(t, err)
		if c.Status != correction.Withdrawn || w.alive() != 101 {
			t.Errorf("%+v", c)
		}
	})
	t.Run("above the policy's most nobody may", func(t *testing.T) {
		_, err := w.corrections.Propose(ctx, "marta", correction.Proposal{Key: "d", Account: "olena", Amount: -5001, Reason: "x"})
		refuses("correction.most", err)
	})
	t.Run("nor as far below nothing as a number goes", func(t *testing.T) {
		_, err := w.corrections.Propose(ctx, "marta", correction.Proposal{Key: "f", Account: "olena", Amount: math.MinInt64, Reason: "x"})
		refuses("correction.amount", err)
	})
	t.Run("without a reason nobody may", func(t *testing.T) {
		_, err := w.corrections.Propose(ctx, "marta", correction.Proposal{Key: "e", Account: "olena", Amount: 1, Reason: "  "})
		refuses("points.reason", err)
	})
	recent, err := w.corrections.Recent(ctx, "olena", 10)
	must(t, err)
	if len(recent) != 3 {
		t.Errorf("%d corrections of the account", len(recent))
	}
}

// Two people press the button at once: one of them agreed, the other reads that it is decided, the points move once.
func TestTwoApproveAtOnce(t *testing.T) {
	w := newWorld(t)
	w.propose("a", 500)
	var all sync.WaitGroup
	decided := make([]error, 2)
	for i, who := range []string{"ivan", "oleh"} {
		all.Go(func() { _, decided[i] = w.corrections.Approve(t.Context(), who, "a") })
	}
	all.Wait()
	lost := decided[0]
	if lost == nil {
		lost = decided[1]
	}
	if f := fault.As(lost); f == nil || f.Key != "correction.decided" || (decided[0] == nil) == (decided[1] == nil) {
		t.Errorf("%v and %v", decided[0], decided[1])
	}
	c, err := w.corrections.ByID(t.Context(), "a")
	must(t, err)
	if c.Status != correction.Done || w.alive() != 500 {
		t.Errorf("%+v, alive %d", c, w.alive())
	}
}

// TestKilledBetween approves while the accounts' store is gone, as a process does that dies between its decision and the
// account's record.
func TestKilledBetween(t *testing.T) {
	w := newWorld(t)
	w.propose("a", 500)
	w.points.Journal = testenv.Journal(t, w.engine, w.clock.Now) // knows no accounts
	if _, err := w.corrections.Approve(t.Context(), "ivan", "a"); err == nil {
		t.Fatal("carried out without a journal")
	}
	w.points.Journal = testenv.Journal(t, w.engine, w.clock.Now, points.Family)
	if w.alive() != 0 {
		t.Fatal("moved before the sweep")
	}
	for range 2 {
		must(t, w.corrections.Sweep(t.Context()))
	}
	c, err := w.corrections.ByID(t.Context(), "a")
	must(t, err)
	if c.Status != correction.Done || w.alive() != 500 {
		t.Errorf("%+v, alive %d", c, w.alive())
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
