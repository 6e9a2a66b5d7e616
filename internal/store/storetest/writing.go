package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"firebrand/internal/fault"
	"firebrand/internal/store"
)

// expect checks kind and key of a fault.
func expect(t testing.TB, err error, kind fault.Kind, key string) {
	t.Helper()
	if !fault.Is(err, kind) || fault.As(err).Key != key {
		t.Errorf("got %v, want %v %s", err, kind, key)
	}
}

func testWriting(t *testing.T, h Harness) {
	ctx := t.Context()
	c := collection[thing](t, start(t, h), things)
	first := thing{Group: "g", Code: "c", Note: "first", Tags: []string{"a", "b"}}
	must(t, c.Insert(ctx, "first", first))

	t.Run("a document begins with version 1", func(t *testing.T) {
		e, err := c.Get(ctx, "first")
		must(t, err)
		if e.ID != "first" || e.Version != 1 || e.Value.Note != "first" {
			t.Errorf("got %+v", e)
		}
	})
	t.Run("an id is given once", func(t *testing.T) {
		expect(t, c.Insert(ctx, "first", thing{Group: "other", Code: "other"}), fault.Conflict, "store.duplicate")
	})
	t.Run("the value of a unique index is given once", func(t *testing.T) {
		expect(t, c.Insert(ctx, "second", thing{Group: "g", Code: "c"}), fault.Conflict, "store.duplicate")
		_, err := c.Get(ctx, "second")
		expect(t, err, fault.NotFound, "store.missing")
	})
	t.Run("a refused document leaves nothing in a slice's index", func(t *testing.T) {
		refused := thing{Group: "g", Code: "c", Tags: []string{"refused"}}
		expect(t, c.Insert(ctx, "second", refused), fault.Conflict, "store.duplicate")
		same(t, "found", idsOf(t, c, store.Query{Index: "by_tag", Equal: []any{"refused"}}), "[]")
	})
	t.Run("documents without the optional field do not get in each other's way", func(t *testing.T) {
		must(t, c.Insert(ctx, "bare-1", thing{Group: "g"}))
		must(t, c.Insert(ctx, "bare-2", thing{Group: "g"}))
		must(t, c.Insert(ctx, "bare-3", thing{Code: "c"}))
		must(t, c.Insert(ctx, "bare-4", thing{Code: "c"}))
		same(t, "by the index", idsOf(t, c, store.Query{Index: "by_code"}), "[first]")
	})
	t.Run("a document cannot move onto a value that is taken", func(t *testing.T) {
		expect(t, c.Replace(ctx, "bare-1", first, 1), fault.Conflict, "store.duplicate")
	})
	testReplacing(t, c)
	testDeleting(t, c)
}

func testReplacing(t *testing.T, c *store.Collection[thing]) {
	ctx := t.Context()
	t.Run("a replaced document has the next version, and its old values are free", func(t *testing.T) {
		must(t, c.Replace(ctx, "first", thing{Group: "g", Code: "d", Tags: []string{"b", "c"}}, 1))
		e, err := c.Get(ctx, "first")
		must(t, err)
		same(t, "version", e.Version, 2)
		same(t, "by the old tag", idsOf(t, c, store.Query{Index: "by_tag", Equal: []any{"a"}}), "[]")
		same(t, "by the kept tag", idsOf(t, c, store.Query{Index: "by_tag", Equal: []any{"b"}}), "[first]")
		must(t, c.Insert(ctx, "heir", thing{Group: "g", Code: "c"}))
	})
	t.Run("a version that was replaced meanwhile is refused", func(t *testing.T) {
		expect(t, c.Replace(ctx, "first", thing{Tags: []string{"stale"}}, 1), fault.Conflict, "store.changed")
		same(t, "by its tag", idsOf(t, c, store.Query{Index: "by_tag", Equal: []any{"stale"}}), "[]")
	})
	t.Run("a document that is not there cannot be replaced", func(t *testing.T) {
		expect(t, c.Replace(ctx, "nobody", thing{}, 1), fault.Conflict, "store.changed")
	})
}

func testDeleting(t *testing.T, c *store.Collection[thing]) {
	ctx := t.Context()
	t.Run("a deleted document is gone from every index, and its id is free", func(t *testing.T) {
		must(t, c.Delete(ctx, "first"))
		_, err := c.Get(ctx, "first")
		expect(t, err, fault.NotFound, "store.missing")
		same(t, "by tag", idsOf(t, c, store.Query{Index: "by_tag", Equal: []any{"b"}}), "[]")
		same(t, "by code", idsOf(t, c, store.Query{Index: "by_code", Equal: []any{"g", "d"}}), "[]")
		must(t, c.Insert(ctx, "first", thing{Group: "g", Code: "d"}))
		e, err := c.Get(ctx, "first")
		must(t, err)
		same(t, "version", e.Version, 1)
	})
	t.Run("what is not there cannot be deleted", func(t *testing.T) {
		expect(t, c.Delete(ctx, "nobody"), fault.NotFound, "store.missing")
	})
	t.Run("an update ends with the error of its change, unwritten", func(t *testing.T) {
		no := errors.New("no")
		_, err := c.Update(ctx, "first", func(d *thing) error { d.Note = "changed"; return no })
		if !errors.Is(err, no) {
			t.Errorf("got %v", err)
		}
		e, err := c.Get(ctx, "first")
		must(t, err)
		same(t, "note", e.Value.Note, "")
	})
	t.Run("an update of nothing finds nothing", func(t *testing.T) {
		_, err := c.Update(ctx, "nobody", func(*thing) error { return nil })
		expect(t, err, fault.NotFound, "store.missing")
	})
}

// crowd is how many writers meet.
const crowd = 32

// together runs write in as many goroutines as the crowd has and counts those without an error.
func together(t testing.TB, write func(n int) error, allowed func(error) bool) int {
	t.Helper()
	var won atomic.Int64
	var all sync.WaitGroup
	gate := make(chan struct{})
	for n := range crowd {
		all.Go(func() {
			<-gate
			switch err := write(n); {
			case err == nil:
				won.Add(1)
			case !allowed(err):
				t.Errorf("writer %d: %v", n, err)
			}
		})
	}
	close(gate)
	all.Wait()
	return int(won.Load())
}

func conflict(err error) bool { return fault.Is(err, fault.Conflict) }

func testWriters(t *testing.T, h Harness) {
	ctx := t.Context()
	c := collection[thing](t, start(t, h), things)
	t.Run("of 32 that insert one id one succeeds", func(t *testing.T) {
		same(t, "winners", together(t, func(int) error { return c.Insert(ctx, "id", thing{}) }, conflict), 1)
	})
	t.Run("of 32 that insert one unique value one succeeds", func(t *testing.T) {
		same(t, "winners", together(t, func(n int) error {
			return c.Insert(ctx, fmt.Sprint("code-", n), thing{Group: "g", Code: "c"})
		}, conflict), 1)
		same(t, "found", len(idsOf(t, c, store.Query{Index: "by_code", Equal: []any{"g", "c"}})), 1)
	})
	t.Run("of 32 that replace one version one succeeds", func(t *testing.T) {
		for version := range int64(5) {
			same(t, "winners", together(t, func(n int) error {
				return c.Replace(ctx, "id", thing{Rank: int64(n)}, version+1)
			}, conflict), 1)
		}
	})
	testUpdating(t, c)
}

func testUpdating(t *testing.T, c *store.Collection[thing]) {
	ctx := t.Context()
	t.Run("32 writers that update one document lose no increment", func(t *testing.T) {
		must(t, c.Insert(ctx, "counter", thing{}))
		const each = 5
		together(t, func(int) error {
			for range each {
				if err := increment(ctx, c); err != nil {
					return err
				}
			}
			return nil
		}, conflict)
		e, err := c.Get(ctx, "counter")
		must(t, err)
		same(t, "count", e.Value.Rank, crowd*each)
		same(t, "version", e.Version, crowd*each+1)
	})
	t.Run("an update that loses every race gives up", func(t *testing.T) {
		tries := 0
		_, err := c.Update(ctx, "counter", func(*thing) error { tries++; return increment(ctx, c) })
		expect(t, err, fault.Unavailable, "store.busy")
		same(t, "tries", tries, 20)
	})
	t.Run("8 writers that put a document that is not there yet lose nothing", func(t *testing.T) {
		together(t, func(n int) error {
			if n >= 8 {
				return nil
			}
			return c.Put(ctx, "put", func(d *thing) error { d.Rank++; return nil })
		}, conflict)
		e, err := c.Get(ctx, "put")
		must(t, err)
		same(t, "count", e.Value.Rank, 8)
	})
	t.Run("a put ends with the error of its change, unwritten", func(t *testing.T) {
		no := errors.New("no")
		if err := c.Put(ctx, "unput", func(*thing) error { return no }); !errors.Is(err, no) {
			t.Errorf("got %v", err)
		}
		_, err := c.Get(ctx, "unput")
		expect(t, err, fault.NotFound, "store.missing")
	})
	t.Run("a put whose change finds something missing ends with that, and runs it once", func(t *testing.T) {
		runs := 0
		err := c.Put(ctx, "put", func(*thing) error { runs++; return fault.New(fault.NotFound, "fault.not_found") })
		expect(t, err, fault.NotFound, "fault.not_found")
		same(t, "runs", runs, 1)
	})
	t.Run("what one has written the next one reads", func(t *testing.T) {
		together(t, func(n int) error {
			id := fmt.Sprint("own-", n)
			if err := c.Insert(ctx, id, thing{Rank: int64(n)}); err != nil {
				return err
			}
			if e, err := c.Get(ctx, id); err != nil || e.Value.Rank != int64(n) {
				return fmt.Errorf("read %+v: %w", e, err)
			}
			return nil
		}, conflict)
	})
}

// increment updates the counter, again where so many others were quicker that Update gave up.
func increment(ctx context.Context, c *store.Collection[thing]) error {
	for {
		_, err := c.Update(ctx, "counter", func(d *thing) error { d.Rank++; return nil })
		if !fault.Is(err, fault.Unavailable) || fault.As(err).Key != "store.busy" || ctx.Err() != nil {
			return err
		}
	}
}
