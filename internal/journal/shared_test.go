package journal_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"firebrand/internal/fault"
	"firebrand/internal/journal"
	"firebrand/internal/store"
	"firebrand/internal/testenv"
)

// worker is a process that follows with a lease.
type worker struct {
	j    *journal.Journal
	stop func()
}

func follow(t *testing.T, e store.Engine, name string, s *shadow, now func() time.Time) *worker {
	t.Helper()
	w := &worker{j: testenv.Journal(t, e, now, "points")}
	w.j.Leases = leases(t, e, name, now)
	ctx, cancel := context.WithCancel(t.Context())
	var done sync.WaitGroup
	done.Go(func() {
		f := s.follower()
		f.Lease = "points lists"
		w.j.Run(ctx, f)
	})
	w.stop = func() { cancel(); done.Wait() }
	t.Cleanup(w.stop)
	return w
}

func (w *worker) holds() bool {
	s := w.j.Stats().Followers
	return len(s) == 1 && s[0].Held && !s[0].Read.IsZero()
}

func TestFollowersShareByLease(t *testing.T) {
	t.Parallel()
	e := testenv.Shared(testenv.Engine(t), time.Now)
	clock := testenv.At("2026-11-21T10:00:00Z")
	clock.Set(time.Now().Add(-time.Hour))
	old := testenv.Journal(t, testenv.Shared(e, clock.Now), clock.Now, "points")
	want := fill(t, old, clock, rand.New(rand.NewPCG(5, 6)), 50)
	s := &shadow{seqs: map[string]int64{}} // one shadow in the store, as it were, for both
	same := func() bool { return maps.Equal(s.state(), want) }
	one := follow(t, e, "one", s, time.Now)
	testenv.Eventually(t, "the first reads what stands there", same)
	two := follow(t, e, "two", s, time.Now)
	write := func(j *journal.Journal, stream string, n int) {
		t.Helper()
		for i := range n {
			rec, err := step(t.Context(), j, stream, fmt.Sprint(stream, i, time.Now()), i)
			if err != nil {
				t.Fatal(err)
			}
			want[stream] = rec.Seq
		}
	}

	t.Run("each handles at once what it wrote, and one reads", func(t *testing.T) {
		write(one.j, "points/one", 5)
		write(two.j, "points/two", 5)
		begun := time.Now()
		testenv.Eventually(t, "both", same)
		if took := time.Since(begun); took > 8*time.Second { // they read every ten
			t.Errorf("only after %v", took)
		}
		if !one.holds() || two.holds() {
			t.Errorf("%+v %+v", one.j.Stats().Followers, two.j.Stats().Followers)
		}
	})
	t.Run("what a process wrote and was killed before handling, the holder brings", func(t *testing.T) {
		killed := testenv.Journal(t, e, time.Now, "points")
		write(killed, "points/killed", 3)
		testenv.Eventually(t, "the killed one's records", same)
	})
	t.Run("a lost shadow is redrawn by the holder alone", func(t *testing.T) {
		s.mu.Lock()
		s.drawn = false
		clear(s.seqs)
		s.mu.Unlock()
		testenv.Eventually(t, "all again", same)
	})
	t.Run("the holder gives back and the other reads on at once", func(t *testing.T) {
		one.stop()
		killed := testenv.Journal(t, e, time.Now, "points")
		write(killed, "points/late", 3)
		if err := one.j.Leases.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		testenv.Eventually(t, "the other holds", two.holds)
		testenv.Eventually(t, "and has read", same)
		if took := time.Since(begun); took > 14*time.Second { // a lease that is not given back lasts fifteen
			t.Errorf("only after %v", took)
		}
	})
}

func TestRedrawBesideFollowers(t *testing.T) {
	clock := testenv.At("2026-11-21T10:00:00Z")
	j := testenv.Journal(t, testenv.Engine(t), clock.Now, "points")
	want := fill(t, j, clock, rand.New(rand.NewPCG(7, 8)), 700)
	s := &shadow{seqs: map[string]int64{"points/never": 3}, drawn: true, cursor: journal.Cursor{At: clock.Now()}}
	if err := j.Redraw(t.Context(), s.follower()); err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(s.state(), want) {
		t.Errorf("%v, want %v", s.state(), want)
	}
}

func TestFlush(t *testing.T) {
	clock := testenv.At("2026-11-21T10:00:00Z")
	j := testenv.Journal(t, testenv.Engine(t), clock.Now, "points")
	fill(t, j, clock, rand.New(rand.NewPCG(7, 8)), 20)
	clock.Add(time.Minute)
	s := &shadow{seqs: map[string]int64{}}
	var order []string
	f := s.follower()
	save := f.Save
	f.Save = func(ctx context.Context, c journal.Cursor) error { order = append(order, "save"); return save(ctx, c) }
	refuse := errors.New("no")
	f.Flush = func(context.Context) error {
		order = append(order, "flush")
		return refuse
	}
	s.drawn = true
	if err := j.CatchUp(t.Context(), f); !errors.Is(err, refuse) {
		t.Errorf("%v", err)
	}
	if fmt.Sprint(order) != "[flush]" {
		t.Errorf("saved though what was noted is not worked off: %v", order)
	}
	refuse = nil
	if err := j.CatchUp(t.Context(), f); err != nil || fmt.Sprint(order) != "[flush flush save]" {
		t.Errorf("%v, %v", order, err)
	}
}

func TestLag(t *testing.T) {
	t.Parallel()
	clock := testenv.At("2026-11-21T10:00:00Z")
	j := testenv.Journal(t, testenv.Engine(t), clock.Now, "points")
	s := &shadow{seqs: map[string]int64{}}
	f := s.follower()
	f.Load = func(context.Context) (journal.Cursor, bool, error) { return journal.Cursor{}, false, errKilled }
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go j.Run(ctx, f)
	lag := func() journal.Lag {
		if all := j.Stats().Followers; len(all) == 1 {
			return all[0]
		}
		return journal.Lag{}
	}
	testenv.Eventually(t, "it fails", func() bool { return lag().Failed > 0 })
	clock.Add(time.Minute)
	if l := lag(); l.Behind != time.Minute || l.Follower != "points" || !l.Held || !l.Read.IsZero() {
		t.Errorf("%+v", l)
	}
}

// deaf is an engine whose answers to inserts are lost while lost is set: what was written is, and nobody hears of it.
type deaf struct {
	store.Engine
	lost *atomic.Bool
}

func (d deaf) Open(ctx context.Context, spec store.Spec) (store.Table, error) {
	table, err := d.Engine.Open(ctx, spec)
	return deafTable{table, d.lost}, err
}

type deafTable struct {
	store.Table
	lost *atomic.Bool
}

func (d deafTable) Insert(ctx context.Context, id string, doc any) error {
	err := d.Table.Insert(ctx, id, doc)
	if err == nil && d.lost.Load() {
		return fault.New(fault.Unavailable, "store.busy")
	}
	return err
}

// A record whose writer never heard that it was written is followed all the same, also where one process has the store
// alone and reads nothing but what it was told.
func TestAWriteThatNobodyHeardOf(t *testing.T) {
	t.Parallel()
	clock := testenv.At("2026-11-21T10:00:00Z")
	var lost atomic.Bool
	j := testenv.Journal(t, deaf{testenv.Engine(t), &lost}, clock.Now, "points")
	s := &shadow{seqs: map[string]int64{}}
	ctx, stop := context.WithCancel(t.Context())
	var done sync.WaitGroup
	done.Go(func() { j.Run(ctx, s.follower()) })
	defer func() { stop(); done.Wait() }()
	testenv.Eventually(t, "it runs", func() bool { return len(j.Stats().Followers) == 1 && !j.Stats().Followers[0].Read.IsZero() })
	lost.Store(true)
	if _, err := step(t.Context(), j, "points/a", "1", 1); err == nil {
		t.Fatal("the answer came")
	}
	lost.Store(false)
	testenv.Eventually(t, "it is followed", func() bool { return s.state()["points/a"] == 1 })
}
