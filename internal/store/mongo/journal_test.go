package mongo_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"firebrand/internal/fault"
	"firebrand/internal/journal"
	"firebrand/internal/store/mongo"
	"firebrand/internal/testenv"
)

// TestJournal lets two processes, an engine and a journal each, write into one stream at once.
func TestJournal(t *testing.T) {
	uri, _ := testenv.Mongo(t)
	var journals []*journal.Journal
	for range 2 {
		e, err := mongo.Open(t.Context(), uri, mongo.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = e.Close() })
		journals = append(journals, testenv.Journal(t, e, time.Now, "points"))
	}
	const writers, each = 16, 6
	t.Run("nothing is lost and nothing repeated", func(t *testing.T) {
		var all sync.WaitGroup
		for w := range writers {
			all.Go(func() {
				for n := range each {
					if _, err := patient(t, journals[w%2], "points/busy", fmt.Sprintf("%d-%d", w, n)); err != nil {
						t.Errorf("writer %d: %v", w, err)
					}
				}
			})
		}
		all.Wait()
		_, records, err := journals[0].Verify(t.Context(), "points", func(string, []journal.Record) error { return nil })
		if err != nil || records != writers*each {
			t.Errorf("%d records, want %d; %v", records, writers*each, err)
		}
	})
	testOneKey(t, journals)
}

// patient repeats as careful clients do: FerretDB takes one message at a time, so that on a busy machine the last of a
// queue are told that it is too long.
func patient(t *testing.T, j *journal.Journal, stream, key string) (rec journal.Record, err error) {
	for {
		if rec, err = count(t.Context(), j, stream, key); !fault.Is(err, fault.Unavailable) {
			return rec, err
		}
	}
}

func testOneKey(t *testing.T, journals []*journal.Journal) {
	t.Run("the same key 64 times at once acts once", func(t *testing.T) {
		var all sync.WaitGroup
		var acted atomic.Int64
		for w := range 64 {
			all.Go(func() {
				rec, err := patient(t, journals[w%2], "points/once", "only")
				if err != nil || rec.Seq != 1 {
					t.Errorf("seq %d, %v", rec.Seq, err)
				}
				if !rec.Replayed {
					acted.Add(1)
				}
			})
		}
		all.Wait()
		last, err := journals[0].Last(t.Context(), "points/once")
		if err != nil || last.Seq != 1 || acted.Load() > 1 {
			t.Errorf("%d of 64 acted, and the stream has %d records; %v", acted.Load(), last.Seq, err)
		}
	})
}
