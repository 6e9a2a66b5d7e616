package journal_test

import (
	"testing"
	"time"

	"firebrand/internal/fault"
	"firebrand/internal/journal"
	"firebrand/internal/testenv"
)

// knowing is a decision of somebody who read the stream up to seq.
func knowing(seq int64, asked *[]int64) journal.Decision {
	return func(last journal.Record, _ time.Time) (string, any, error) {
		*asked = append(*asked, last.Seq)
		if last.Seq < seq {
			return "", nil, journal.ErrStale
		}
		return "counted", count{1}, nil
	}
}

func TestStaleDecisions(t *testing.T) {
	e := testenv.Shared(testenv.Engine(t), time.Now)
	one, two := testenv.Journal(t, e, time.Now, "points"), testenv.Journal(t, e, time.Now, "points")
	for i, j := range []*journal.Journal{one, two} {
		if _, err := step(t.Context(), j, "points/a", string(rune('a'+i)), i); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("who knows of a newer record than this process remembers is asked again on the stored one", func(t *testing.T) {
		var asked []int64
		rec, err := one.Decide(t.Context(), "points/a", journal.Request{Key: "c"}, knowing(2, &asked))
		if err != nil || rec.Seq != 3 || len(asked) != 2 || asked[0] != 1 || asked[1] != 2 {
			t.Errorf("wrote %d after it was asked on %v: %v", rec.Seq, asked, err)
		}
	})
	t.Run("who read what was written after the stored end was looked at is asked until that is seen", func(t *testing.T) {
		reader := testenv.Journal(t, e, time.Now, "points")
		var asked []int64
		meanwhile := func(last journal.Record, at time.Time) (string, any, error) {
			if len(asked) == 0 {
				if _, err := step(t.Context(), two, "points/a", "d", 1); err != nil {
					t.Error(err)
				}
			}
			return knowing(4, &asked)(last, at)
		}
		rec, err := reader.Decide(t.Context(), "points/a", journal.Request{Key: "e"}, meanwhile)
		if err != nil || rec.Seq != 5 || len(asked) != 2 {
			t.Errorf("wrote %d after it was asked on %v: %v", rec.Seq, asked, err)
		}
	})
	t.Run("who is never content is told so, and does not try for ever", func(t *testing.T) {
		var asked []int64
		_, err := one.Decide(t.Context(), "points/a", journal.Request{Key: "f"}, knowing(1000, &asked))
		if !fault.Is(err, fault.Unavailable) || len(asked) < 2 {
			t.Errorf("asked %d times: %v", len(asked), err)
		}
	})
}

func TestAside(t *testing.T) {
	j := testenv.Journal(t, testenv.Engine(t), time.Now, "points")
	_, err := j.Decide(t.Context(), "points/a", journal.Request{Key: "outer"}, func(last journal.Record, _ time.Time) (string, any, error) {
		if last.Seq == 0 {
			// The turn of this stream is held by the caller.
			inner := journal.Request{Key: "inner", Aside: true}
			if _, err := j.Decide(t.Context(), "points/a", inner, knowing(0, new([]int64))); err != nil {
				return "", nil, err
			}
		}
		return "counted", count{2}, nil
	})
	if last, lookErr := j.Last(t.Context(), "points/a"); err != nil || lookErr != nil || last.Seq != 2 || last.Key != "outer" {
		t.Errorf("the stream ends with %+v: %v, %v", last, err, lookErr)
	}
}
