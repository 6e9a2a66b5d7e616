package journal_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"firebrand/internal/fault"
	"firebrand/internal/journal"
	"firebrand/internal/store"
	"firebrand/internal/testenv"
)

func leases(t *testing.T, e store.Engine, holder string, now func() time.Time) *journal.Leases {
	t.Helper()
	l, err := journal.OpenLeases(t.Context(), e, holder, now)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestLeases(t *testing.T) {
	clock := testenv.At("2026-11-21T10:00:00Z")
	e := testenv.Shared(testenv.Engine(t), clock.Now)
	one, two := leases(t, e, "one", clock.Now), leases(t, e, "two", clock.Now)
	ctx := t.Context()

	t.Run("one holds a name, the other may hold another", func(t *testing.T) {
		if !one.Held(ctx, "sweep") || two.Held(ctx, "sweep") || !two.Held(ctx, "board") || one.Held(ctx, "board") {
			t.Error("held by none or both")
		}
	})
	t.Run("who goes on asking keeps it", func(t *testing.T) {
		for range 40 {
			clock.Add(time.Second)
			if !one.Held(ctx, "sweep") || two.Held(ctx, "sweep") {
				t.Fatal("lost while it was renewed")
			}
		}
	})
	t.Run("the other's turn comes when the holder is gone for 15 seconds, not before", func(t *testing.T) {
		gone := clock.Now()
		for !two.Held(ctx, "sweep") {
			clock.Add(time.Second)
			if clock.Now().Sub(gone) > 17*time.Second {
				t.Fatal("not taken")
			}
		}
		if took := clock.Now().Sub(gone); took < 10*time.Second {
			t.Errorf("taken after %v", took)
		}
		if one.Held(ctx, "sweep") {
			t.Error("who came back holds it too")
		}
	})
	t.Run("work is done by the holder only", func(t *testing.T) {
		done := 0
		for _, l := range []*journal.Leases{one, two} {
			if err := l.Do(ctx, "sweep", func(context.Context) error { done++; return nil }); err != nil {
				t.Error(err)
			}
		}
		if done != 1 {
			t.Errorf("done %d times", done)
		}
	})
	t.Run("what is closed gives back at once and takes nothing more", func(t *testing.T) {
		if err := two.Close(ctx); err != nil {
			t.Fatal(err)
		}
		clock.Add(time.Second)
		if !one.Held(ctx, "sweep") || two.Held(ctx, "sweep") || two.Held(ctx, "new") {
			t.Error("not given back")
		}
	})
	t.Run("what was being renewed when it closed is given back, too", func(t *testing.T) {
		three, four := leases(t, e, "three", clock.Now), leases(t, e, "four", clock.Now)
		if !three.Held(ctx, "renewed") {
			t.Fatal("not held")
		}
		clock.Add(6 * time.Second)
		ending, end := context.WithCancel(ctx)
		end()
		if three.Held(ending, "renewed") || four.Held(ctx, "renewed") {
			t.Error("held without an answer")
		}
		if err := three.Close(ctx); err != nil {
			t.Fatal(err)
		}
		clock.Add(time.Second)
		if !four.Held(ctx, "renewed") {
			t.Error("not given back")
		}
	})
	t.Run("a store that does not answer means not held", func(t *testing.T) {
		down, cancel := context.WithCancel(ctx)
		cancel()
		clock.Add(6 * time.Second)
		if one.Held(down, "sweep") {
			t.Error("held without the store")
		}
		if clock.Add(2 * time.Second); !one.Held(ctx, "sweep") {
			t.Error("not taken up again")
		}
	})
}

func TestLeasesRace(t *testing.T) {
	clock := testenv.At("2026-11-21T10:00:00Z")
	e := testenv.Shared(testenv.Engine(t), clock.Now)
	for range 20 {
		var held atomic.Int32
		var wg sync.WaitGroup
		for i := range 8 {
			l := leases(t, e, string(rune('a'+i)), clock.Now)
			wg.Go(func() {
				if l.Held(t.Context(), "one") {
					held.Add(1)
				}
			})
		}
		wg.Wait()
		if held.Load() != 1 {
			t.Fatalf("%d of 8 hold it", held.Load())
		}
		clock.Add(20 * time.Second)
	}
}

func TestLeasesAlone(t *testing.T) {
	clock := testenv.At("2026-11-21T10:00:00Z")
	l := leases(t, testenv.Engine(t), "one", clock.Now)
	var none *journal.Leases
	for _, l := range []*journal.Leases{l, none} {
		done := false
		err := l.Do(t.Context(), "sweep", func(context.Context) error { done = true; return nil })
		if !l.Held(t.Context(), "sweep") || !done || err != nil {
			t.Errorf("done %v, %v", done, err)
		}
		if err := l.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

func TestClockThatIsOff(t *testing.T) {
	theirs, ours := testenv.At("2026-11-21T10:00:00Z"), testenv.At("2026-11-21T10:00:00Z")
	e, ctx := testenv.Shared(testenv.Engine(t), theirs.Now), t.Context()
	j := testenv.Journal(t, e, ours.Now, "points")
	l := leases(t, e, "one", ours.Now)
	write := func(key string) error {
		_, err := step(ctx, j, "points/a", key, key)
		return err
	}
	move := func(d time.Duration) { theirs.Add(d); ours.Add(d) }
	if err := write("a"); err != nil || !l.Held(ctx, "sweep") || j.Ready(ctx) != nil {
		t.Fatalf("a right clock: %v", err)
	}
	move(31 * time.Second)
	ours.Add(1900 * time.Millisecond)
	if err := write("b"); err != nil {
		t.Errorf("less than two seconds off: %v", err)
	}
	testenv.Eventually(t, "the clock is compared", func() bool { return j.Stats().ClockOff == 1900*time.Millisecond })
	ours.Add(1100 * time.Millisecond)
	t.Run("3 s off it refuses to write within a minute, is not ready and holds nothing", func(t *testing.T) {
		move(time.Minute)
		err := write("c")
		if !fault.Is(err, fault.Unavailable) || fault.As(err).Key != "journal.clock" {
			t.Errorf("written with a wrong clock: %v", err)
		}
		if err := j.Ready(ctx); !fault.Is(err, fault.Unavailable) {
			t.Errorf("ready: %v", err)
		}
		if l.Held(ctx, "sweep") {
			t.Error("it keeps others from the work")
		}
		if s := j.Stats(); s.Refused == 0 || s.ClockOff != 3*time.Second || s.Appends != 2 {
			t.Errorf("%+v", s)
		}
	})
	t.Run("set right it writes again soon", func(t *testing.T) {
		ours.Add(-3 * time.Second)
		move(2 * time.Second)
		if err := write("c"); err != nil || j.Ready(ctx) != nil || !l.Held(ctx, "sweep") {
			t.Errorf("%v", err)
		}
	})
	t.Run("it is not asked at every write", func(t *testing.T) {
		ours.Add(10 * time.Second)
		if err := write("d"); err != nil {
			t.Error(err)
		}
		ours.Add(-10 * time.Second)
	})
	t.Run("half a minute on it is compared beside the writes", func(t *testing.T) {
		ours.Add(40 * time.Second)
		if err := write("e"); err != nil {
			t.Errorf("a write waited for the comparison: %v", err)
		}
		testenv.Eventually(t, "the clock is found off", func() bool { return j.Stats().ClockOff > 30*time.Second })
		if err := write("f"); !fault.Is(err, fault.Unavailable) {
			t.Errorf("%v", err)
		}
	})
}
