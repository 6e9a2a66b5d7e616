package journal_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"firebrand/internal/journal"
	"firebrand/internal/testenv"
)

// shadow is a follower's shadow as rooms keep theirs: the newest seq of each stream beside a total, and the checkpoint.
type shadow struct {
	mu      sync.Mutex
	seqs    map[string]int64
	cursor  journal.Cursor
	drawn   bool
	handled int
	// dieAt is the number of the call at which the process is killed; zero lives.
	dieAt, calls int
}

var errKilled = errors.New("killed")

func (s *shadow) call() error {
	s.calls++
	if s.dieAt > 0 && s.calls >= s.dieAt {
		return errKilled
	}
	return nil
}

func (s *shadow) follower() journal.Follower {
	return journal.Follower{
		Family: "points",
		Load: func(context.Context) (journal.Cursor, bool, error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			return s.cursor, s.drawn, s.call()
		},
		Save: func(_ context.Context, c journal.Cursor) error {
			s.mu.Lock()
			defer s.mu.Unlock()
			if err := s.call(); err != nil {
				return err
			}
			s.cursor, s.drawn = c, true
			return nil
		},
		Redraw: func(context.Context) (journal.Cursor, error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			clear(s.seqs)
			return journal.Cursor{}, s.call()
		},
		Handle: func(_ context.Context, rec journal.Record) error {
			s.mu.Lock()
			defer s.mu.Unlock()
			if err := s.call(); err != nil {
				return err
			}
			s.handled++
			s.seqs[rec.Stream] = max(s.seqs[rec.Stream], rec.Seq)
			return nil
		},
	}
}

func (s *shadow) state() map[string]int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.seqs)
}

// fill writes records over some minutes and returns the last seq of each stream.
func fill(t *testing.T, j *journal.Journal, clock *testenv.Clock, r *rand.Rand, n int) map[string]int64 {
	t.Helper()
	want := map[string]int64{}
	for i := range n {
		stream := fmt.Sprintf("points/%d", r.IntN(9))
		rec, err := step(t.Context(), j, stream, fmt.Sprint(i), i)
		if err != nil {
			t.Fatal(err)
		}
		want[stream] = rec.Seq
		clock.Add(time.Duration(r.IntN(1500)) * time.Millisecond)
	}
	return want
}

func TestFollowerKilledAnywhere(t *testing.T) {
	clock := testenv.At("2026-11-21T10:00:00Z")
	j := testenv.Journal(t, testenv.Engine(t), clock.Now, "points")
	want := fill(t, j, clock, rand.New(rand.NewPCG(1, 2)), 600)
	for dieAt := 1; dieAt < 640; dieAt += 7 {
		s := &shadow{seqs: map[string]int64{}, dieAt: dieAt}
		err := j.CatchUp(t.Context(), s.follower())
		if err != nil && !errors.Is(err, errKilled) {
			t.Fatal(err)
		}
		s.dieAt = 0
		if err := j.CatchUp(t.Context(), s.follower()); err != nil {
			t.Fatal(err)
		}
		if got := s.state(); !maps.Equal(got, want) {
			t.Fatalf("killed at call %d: %v, want %v", dieAt, got, want)
		}
	}
}

func TestCheckpoint(t *testing.T) {
	clock := testenv.At("2026-11-21T10:00:00Z")
	j := testenv.Journal(t, testenv.Engine(t), clock.Now, "points")
	want := fill(t, j, clock, rand.New(rand.NewPCG(3, 4)), 300)
	s := &shadow{seqs: map[string]int64{}}
	if err := j.CatchUp(t.Context(), s.follower()); err != nil {
		t.Fatal(err)
	}
	t.Run("it stays the overlap behind the clock", func(t *testing.T) {
		if s.cursor.At.After(clock.Now().Add(-journal.Overlap)) || s.cursor.At.Before(clock.Now().Add(-journal.Overlap-5*time.Second)) {
			t.Errorf("checkpoint %s at %s", s.cursor.At, clock.Now())
		}
	})
	t.Run("a second run reads the overlap again and nothing older", func(t *testing.T) {
		s.handled = 0
		if err := j.CatchUp(t.Context(), s.follower()); err != nil {
			t.Fatal(err)
		}
		if s.handled == 0 || s.handled > 150 {
			t.Errorf("%d records handled again", s.handled)
		}
	})
	t.Run("a shadow that is gone is redrawn whole", func(t *testing.T) {
		s.drawn = false
		clear(s.seqs)
		if err := j.CatchUp(t.Context(), s.follower()); err != nil {
			t.Fatal(err)
		}
		if !maps.Equal(s.state(), want) {
			t.Errorf("%v, want %v", s.state(), want)
		}
	})
}

func TestFollowerIsToldAtOnceAndRepairsItself(t *testing.T) {
	clock := testenv.At("2026-11-21T10:00:00Z")
	j := testenv.Journal(t, testenv.Engine(t), clock.Now, "points")
	want := fill(t, j, clock, rand.New(rand.NewPCG(5, 6)), 50)
	s := &shadow{seqs: map[string]int64{}}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { j.Run(ctx, s.follower()); close(done) }()
	same := func() bool { return maps.Equal(s.state(), want) }
	testenv.Eventually(t, "the old records", same)
	for i := range 20 {
		rec, err := step(t.Context(), j, "points/new", fmt.Sprint(i), i)
		if err != nil {
			t.Fatal(err)
		}
		want["points/new"] = rec.Seq
	}
	testenv.Eventually(t, "the new records", same)
	s.mu.Lock()
	s.drawn = false
	clear(s.seqs)
	s.mu.Unlock()
	testenv.Eventually(t, "the lost shadow", same)
	stop()
	<-done
}
