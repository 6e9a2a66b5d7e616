package storetest

import (
	"fmt"
	"testing"

	"firebrand/internal/fault"
	"firebrand/internal/store"
)

// fullAfter bounds how many documents of 64 KB the test writes before it gives up on filling the disk.
const fullAfter = 2000

// fill inserts until the disk is full and returns the ids that were acknowledged.
func fill(t *testing.T, c *store.Collection[holder], large holder) (ids []string) {
	for n := range fullAfter {
		id := fmt.Sprintf("%05d", n)
		err := c.Insert(t.Context(), id, large)
		if err == nil {
			ids = append(ids, id)
			continue
		}
		expect(t, err, fault.Unavailable, "store.full")
		_, err = c.Get(t.Context(), id)
		expect(t, err, fault.NotFound, "store.missing")
		return ids
	}
	t.Fatal("the disk did not fill")
	return nil
}

// FullDisk is the part of Run that fills the disk, for an engine that has several ways to run out of it.
func FullDisk(t *testing.T, h Harness) {
	if h.Full == nil {
		h.Skip(t, "this engine's disk cannot be made full here")
	}
	ctx := t.Context()
	data := h.Data(t)
	e, giveBack := h.Full(t, data)
	t.Cleanup(func() { e.Close() })
	c := collection[holder](t, e, holders)
	large := holder{Text: "t", Bytes: make([]byte, 48<<10)}
	var ids []string
	t.Run("a full disk refuses the write and says so", func(t *testing.T) { ids = fill(t, c, large) })
	t.Run("of many writers at once everyone is refused", func(t *testing.T) {
		same(t, "winners", together(t, func(n int) error {
			return c.Insert(ctx, fmt.Sprint("refused-", n), large)
		}, func(err error) bool { return fault.Is(err, fault.Unavailable) && fault.As(err).Key == "store.full" }), 0)
	})
	t.Run("reads go on", func(t *testing.T) {
		_, err := c.Get(ctx, ids[0])
		must(t, err)
		same(t, "documents", idsOf(t, c, store.Query{Index: "by_text", Equal: []any{"t"}, Limit: fullAfter}), ids)
		must(t, e.Ping(ctx))
	})
	t.Run("once space is given back writes go on", func(t *testing.T) {
		giveBack()
		must(t, c.Insert(ctx, "again", large))
		ids = append(ids, "again")
	})
	t.Run("what was acknowledged is there after a restart, and nothing else", func(t *testing.T) {
		must(t, e.Close())
		same(t, "documents", idsOf(t, collection[holder](t, reopen(t, h, data), holders), store.Query{Limit: fullAfter}), ids)
	})
}
