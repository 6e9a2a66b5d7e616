package points_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"firebrand/internal/fault"
	"firebrand/internal/journal"
	"firebrand/internal/points"
)

// An account at any instant: before its first record, between two, at one, now and to come.
func TestAnAccountAtAnyInstant(t *testing.T) {
	s, clock := newService(t)
	start := clock.Now()
	for i := range 20 {
		clock.Set(start.Add(time.Duration(i) * time.Hour))
		granted(t, s, fmt.Sprint(i), 1)
	}
	for _, c := range []struct {
		at   time.Time
		want int64
	}{
		{start.Add(-time.Millisecond), 0}, {start, 1}, {start.Add(time.Hour - time.Millisecond), 1}, {start.Add(time.Hour), 2},
		{start.Add(11*time.Hour + time.Minute), 12}, {start.Add(19 * time.Hour), 20}, {start.AddDate(0, 1, 0), 20},
		{start.AddDate(1, 0, 0), 0},
	} {
		state, err := s.StateAt(t.Context(), "m1", c.at)
		if got := state.View(c.at).Alive; err != nil || got != c.want {
			t.Errorf("at %s: %d, %v, want %d", c.at, got, err, c.want)
		}
	}
	if state, err := s.StateAt(t.Context(), "nobody", start); err != nil || state.Owner != "nobody" || state.Seq != 0 {
		t.Errorf("%+v, %v", state, err)
	}
}

func TestAStoryCanBeVerifiedAlone(t *testing.T) {
	s, clock := newService(t)
	start := clock.Now()
	for i := range 10 {
		clock.Set(start.Add(time.Duration(i) * 24 * time.Hour))
		played(t, s, fmt.Sprint("g", i), 10)
		must(t)(s.Spend(t.Context(), points.Spend{Key: fmt.Sprint("s", i), Account: "m1", Amount: 4}))
	}
	must(t)(s.Refund(t.Context(), points.Refund{Key: "r", Account: "m1", Spend: "s0"}))
	story, err := s.Story(t.Context(), "m1", start.Add(3*24*time.Hour), start.Add(6*24*time.Hour))
	if err != nil || story.Opening.Seq != 6 || len(story.Records) != 6 || len(story.Lines) != 6 || story.Lines[0].Balance != 28 {
		t.Fatalf("%d records behind %d, %d lines, %v", len(story.Records), story.Opening.Seq, len(story.Lines), err)
	}
	if err := points.VerifyFrom(story.Opening, story.Records); err != nil {
		t.Error(err)
	}
	if err := points.VerifyFrom(journal.Record{}, story.Records); err == nil {
		t.Error("without its opening it verifies")
	}
	t.Run("to the end, with what undoes something from before", func(t *testing.T) {
		story, err := s.Story(t.Context(), "m1", start.Add(3*24*time.Hour), time.Time{})
		if err != nil || len(story.Records) != 15 || points.VerifyFrom(story.Opening, story.Records) != nil {
			t.Errorf("%d records, %v", len(story.Records), err)
		}
	})
	t.Run("before anything happened", func(t *testing.T) {
		story, err := s.Story(t.Context(), "m1", start.AddDate(-1, 0, 0), start)
		if err != nil || story.Opening.Seq != 0 || len(story.Records) != 0 {
			t.Errorf("%+v, %v", story, err)
		}
	})
}

// A hold is resolved once under capture, release and void together: the void finds it and leaves it to the others.
func TestAHoldIsResolvedOnceUnderCaptureReleaseAndVoid(t *testing.T) {
	s, _ := newService(t)
	ctx := t.Context()
	granted(t, s, "g", 1000)
	for i := range 20 {
		hold := fmt.Sprint("hold-", i)
		must(t)(s.Hold(ctx, points.HoldRequest{Key: hold, Account: "m1", Amount: 10}))
		var wg sync.WaitGroup
		var ended atomic.Int64
		for n := range 9 {
			wg.Go(func() {
				end := points.End{Key: fmt.Sprint(hold, "/", n), Account: "m1", Hold: hold}
				var err error
				switch n % 3 {
				case 0:
					_, err = s.Capture(ctx, end)
				case 1:
					_, err = s.Release(ctx, end)
				default:
					r, voided := s.Void(ctx, "m1", hold, "sweep")
					if voided != nil || r.Op.Kind != points.KindHold {
						t.Errorf("void answered %s, %v", r.Op.Kind, voided)
					}
					return
				}
				if err == nil {
					ended.Add(1)
				} else if !fault.Is(err, fault.Conflict) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if ended.Load() != 1 {
			t.Errorf("%s ended %d times", hold, ended.Load())
		}
	}
	if v := balance(t, s); v.Held != 0 || v.Alive+v.Totals.Spent != 1000 {
		t.Errorf("in the end %+v", v)
	}
	verify(t, s.Journal, 1)
}
