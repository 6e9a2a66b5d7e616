package journal_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"firebrand/internal/fault"
	"firebrand/internal/journal"
	"firebrand/internal/store/sqlite"
	"firebrand/internal/testenv"
)

// count is the body of the tests' records: how many there have been.
type count struct {
	N int `json:"n"`
}

// step appends a record that counts one on from the last.
func step(ctx context.Context, j *journal.Journal, stream, key string, what any) (journal.Record, error) {
	return j.Decide(ctx, stream, journal.Request{Key: key, Actor: "tester", What: what}, func(last journal.Record, _ time.Time) (string, any, error) {
		var c count
		if last.Seq > 0 {
			if err := json.Unmarshal(last.Body, &c); err != nil {
				return "", nil, err
			}
		}
		return "counted", count{c.N + 1}, nil
	})
}

func TestWriters(t *testing.T) {
	clock := testenv.At("2026-11-21T10:00:00Z")
	e := testenv.Engine(t)
	// Two journals over one store stand for two processes: each orders its own writers, the index orders both.
	one := testenv.Journal(t, e, clock.Now, "points")
	two := testenv.Journal(t, e, clock.Now, "points")

	t.Run("64 writers on one stream lose nothing and repeat nothing", func(t *testing.T) {
		const writers, each = 64, 8
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				for n := range each {
					j := one
					if w%2 == 1 {
						j = two
					}
					if _, err := step(t.Context(), j, "points/busy", fmt.Sprintf("w%d-%d", w, n), n); err != nil {
						t.Errorf("writer %d: %v", w, err)
					}
				}
			})
		}
		wg.Wait()
		recs, err := one.Read(t.Context(), "points/busy", 0, 1000)
		if err != nil || len(recs) != writers*each {
			t.Fatalf("%d records, %v; want %d", len(recs), err, writers*each)
		}
		keys, prev := map[string]bool{}, journal.Record{}
		for i, rec := range recs {
			var c count
			if err := json.Unmarshal(rec.Body, &c); err != nil || c.N != i+1 {
				t.Fatalf("record %d counted %d, %v", i+1, c.N, err)
			}
			if err := journal.CheckChain(prev, rec); err != nil {
				t.Fatal(err)
			}
			keys[rec.Key], prev = true, rec
		}
		if len(keys) != writers*each {
			t.Fatalf("%d different keys, want %d", len(keys), writers*each)
		}
	})

	t.Run("the same key 64 times at once acts once", func(t *testing.T) {
		var wg sync.WaitGroup
		var fresh atomic.Int32
		for w := range 64 {
			wg.Go(func() {
				j := one
				if w%2 == 1 {
					j = two
				}
				rec, err := step(t.Context(), j, "points/once", "only", "this")
				if err != nil || rec.Seq != 1 {
					t.Errorf("seq %d, %v", rec.Seq, err)
				}
				if !rec.Replayed {
					fresh.Add(1)
				}
			})
		}
		wg.Wait()
		if fresh.Load() != 1 {
			t.Errorf("%d of 64 acted, want one", fresh.Load())
		}
		if last, err := one.Last(t.Context(), "points/once"); err != nil || last.Seq != 1 {
			t.Errorf("the stream ends at %d, %v", last.Seq, err)
		}
	})

	t.Run("the same key with another request is refused", func(t *testing.T) {
		if _, err := step(t.Context(), one, "points/once", "only", "something else"); !fault.Is(err, fault.KeyReused) {
			t.Errorf("%v, want key reused", err)
		}
	})

	t.Run("a key that is no UTF-8 is refused, since the chain would not hold", func(t *testing.T) {
		if _, err := step(t.Context(), one, "points/once", "client/\xff", nil); !fault.Is(err, fault.Invalid) {
			t.Errorf("%v, want invalid", err)
		}
	})

	t.Run("a key that acted answers the same even when it would be refused now", func(t *testing.T) {
		no := errors.New("no more")
		rec, err := one.Decide(t.Context(), "points/once", journal.Request{Key: "only", What: "this"}, func(journal.Record, time.Time) (string, any, error) {
			return "", nil, no
		})
		if err != nil || !rec.Replayed {
			t.Errorf("replayed %v, %v", rec.Replayed, err)
		}
		_, err = one.Decide(t.Context(), "points/once", journal.Request{Key: "new", What: "this"}, func(journal.Record, time.Time) (string, any, error) {
			return "", nil, no
		})
		if !errors.Is(err, no) {
			t.Errorf("%v, want the decision's own error", err)
		}
	})

	t.Run("time does not run back within a stream", func(t *testing.T) {
		clock.Add(-5e9)
		rec, err := step(t.Context(), one, "points/once", "later", nil)
		if err != nil || rec.At.Format("15:04:05") != "10:00:00" {
			t.Errorf("at %s, %v", rec.At, err)
		}
	})
}

func TestChangedByteIsFound(t *testing.T) {
	dir, clock := t.TempDir(), testenv.At("2026-11-21T10:00:00Z")
	write := func(change string) {
		t.Helper()
		e, err := sqlite.Open(t.Context(), dir, sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		j := testenv.Journal(t, e, clock.Now, "points")
		if change == "" {
			for _, stream := range []string{"points/a", "points/b", "points/c"} {
				for n := range 5 {
					if _, err := step(t.Context(), j, stream, fmt.Sprint(n), n); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		streams, records, err := j.Verify(t.Context(), "points", func(string, []journal.Record) error { return nil })
		var broken *journal.Broken
		switch {
		case change == "" && (err != nil || streams != 3 || records != 15):
			t.Fatalf("%d streams, %d records, %v", streams, records, err)
		case change != "" && (!errors.As(err, &broken) || broken.ID != "points/b/000000000003"):
			t.Errorf("after %s: %v, want record 3 of points/b", change, err)
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
	}
	write("")
	for _, change := range []string{
		`_body = replace(_body, '"actor":"tester"', '"actor":"cheater"')`,
		`_body = replace(_body, '"kind":"counted"', '"kind":"Counted"')`,
		`_body = replace(_body, '"at":"2026-11-21T10:00:00Z"', '"at":"2026-11-21T10:00:00.001Z"')`,
	} {
		tamper(t, dir, change, `_id = 'points/b/000000000003'`)
		write(change)
		tamper(t, dir, invert(change), `_id = 'points/b/000000000003'`)
	}
}

// invert swaps what a replace() puts in with what it takes out.
func invert(change string) string {
	parts := strings.SplitN(strings.TrimSuffix(change, ")"), ", ", 3)
	return parts[0] + ", " + parts[2] + ", " + parts[1] + ")"
}

// tamper changes a row behind the program's back.
func tamper(t *testing.T, dir, set, where string) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, "firebrand.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	set = strings.ReplaceAll(set, "replace(_body,", "replace(CAST(_body AS TEXT),")
	res, err := db.Exec(`UPDATE journal_points SET ` + strings.Replace(set, "_body = replace(", "_body = CAST(replace(", 1) + ` AS BLOB) WHERE ` + where)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := res.RowsAffected(); err != nil || n != 1 {
		t.Fatalf("%d rows changed, %v", n, err)
	}
}

func TestReading(t *testing.T) {
	j := testenv.Journal(t, testenv.Engine(t), testenv.At("2026-11-21T10:00:00Z").Now, "points")
	for n := range 5 {
		if _, err := step(t.Context(), j, "points/a", fmt.Sprint(n), n); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("backwards from a place", func(t *testing.T) {
		recs, err := j.ReadBack(t.Context(), "points/a", 4, 2)
		if err != nil || len(recs) != 2 || recs[0].Seq != 3 || recs[1].Seq != 2 {
			t.Errorf("%v, %v", recs, err)
		}
	})
	t.Run("by key", func(t *testing.T) {
		rec, found, err := j.ByKey(t.Context(), "points/a", "3")
		if err != nil || !found || rec.Seq != 4 {
			t.Errorf("%v %v %v", rec.Seq, found, err)
		}
		if _, found, err := j.ByKey(t.Context(), "points/a", "33"); found || err != nil {
			t.Errorf("%v %v", found, err)
		}
	})
	t.Run("a stream of no family is the caller's defect", func(t *testing.T) {
		if _, err := j.Last(t.Context(), "nothing/a"); err == nil || fault.KindOf(err) != 0 {
			t.Errorf("%v", err)
		}
	})
}

func TestFreshStreams(t *testing.T) {
	clock := testenv.At("2026-11-21T10:00:00Z")
	e, ctx := testenv.Engine(t), t.Context()
	write := func(key, what string) (journal.Record, error) {
		j := testenv.Journal(t, e, clock.Now, "points") // one that remembers no end
		return j.Decide(ctx, "points/fresh", journal.Request{Key: key, What: what, Fresh: true}, func(last journal.Record, _ time.Time) (string, any, error) {
			if last.Seq >= 2 {
				return "", nil, fault.New(fault.Conflict, "points.full")
			}
			return "step", last.Seq + 1, nil
		})
	}
	for i, key := range []string{"a", "b"} {
		if rec, err := write(key, key); err != nil || rec.Seq != int64(i+1) {
			t.Fatalf("record %d: %+v, %v", i+1, rec, err)
		}
	}
	if rec, err := write("a", "a"); err != nil || !rec.Replayed || rec.Seq != 1 {
		t.Errorf("sent again: %+v, %v", rec, err)
	}
	if _, err := write("a", "other"); !fault.Is(err, fault.KeyReused) {
		t.Errorf("another request under the key: %v", err)
	}
	if _, err := write("c", "c"); !fault.Is(err, fault.Conflict) {
		t.Errorf("the guess of an empty stream let a refused record through: %v", err)
	}
	if rec, err := testenv.Journal(t, e, clock.Now, "points").Last(ctx, "points/fresh"); err != nil || rec.Seq != 2 {
		t.Errorf("the stream ends at %d, %v", rec.Seq, err)
	}
}
