package storetest

import (
	"fmt"
	"strings"
	"testing"

	"firebrand/internal/fault"
	"firebrand/internal/store"
)

// refusesNaming checks that a collection does not open and that the error names the index.
func refusesNaming(t *testing.T, e store.Engine, spec store.Spec, index string) {
	t.Helper()
	_, err := store.OpenCollection[thing](t.Context(), e, spec)
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%q", index)) || !strings.Contains(err.Error(), spec.Name) {
		t.Errorf("got %v, want an error that names index %s of %s", err, index, spec.Name)
	}
}

// with is the spec with other indexes.
func with(indexes ...store.Index) store.Spec { return store.Spec{Name: things.Name, Indexes: indexes} }

func testDeclaring(t *testing.T, h Harness) {
	ctx := t.Context()
	t.Run("documents and indexes are there after a restart", func(t *testing.T) {
		data := h.Data(t)
		e := reopen(t, h, data)
		must(t, collection[thing](t, e, things).Insert(ctx, "a", thing{Group: "g", Code: "c", Tags: []string{"x"}}))
		must(t, e.Close())
		c := collection[thing](t, reopen(t, h, data), things)
		expect(t, c.Insert(ctx, "b", thing{Group: "g", Code: "c"}), fault.Conflict, "store.duplicate")
		same(t, "by tag", idsOf(t, c, store.Query{Index: "by_tag", Equal: []any{"x"}}), "[a]")
	})
	for _, index := range []string{"by_code", "by_time"} {
		t.Run("an index dropped behind our back is found at the next start: "+index, func(t *testing.T) {
			data := h.Data(t)
			e := reopen(t, h, data)
			must(t, collection[thing](t, e, things).Insert(ctx, "a", thing{}))
			must(t, e.Close())
			h.DropIndex(t, data, things.Name, index)
			refusesNaming(t, reopen(t, h, data), things, index)
		})
	}
	t.Run("an index that differs from its declaration is named", func(t *testing.T) {
		data := h.Data(t)
		e := reopen(t, h, data)
		collection[thing](t, e, with(store.Index{Name: "by_code", Fields: []string{"code"}}))
		must(t, e.Close())
		changed := with(store.Index{Name: "by_code", Fields: []string{"code"}, Unique: true})
		refusesNaming(t, reopen(t, h, data), changed, "by_code")
	})
	t.Run("one process declares a collection one way", func(t *testing.T) {
		e := start(t, h)
		first := collection[thing](t, e, things)
		second := collection[thing](t, e, things)
		must(t, first.Insert(ctx, "a", thing{}))
		must(t, second.Delete(ctx, "a"))
		if _, err := store.OpenCollection[thing](ctx, e, with()); err == nil {
			t.Error("a second declaration took the indexes of the first away")
		}
	})
	testBuilding(t, h)
	testWrongSpecs(t, h)
}

// testBuilding adds indexes to a collection that already has documents.
func testBuilding(t *testing.T, h Harness) {
	ctx := t.Context()
	t.Run("a new index holds the documents that were there before", func(t *testing.T) {
		data := h.Data(t)
		e := reopen(t, h, data)
		c := collection[thing](t, e, with(store.Index{Name: "by_city", Fields: []string{"place.city"}}))
		together(t, func(w int) error {
			for n := w; n < 1200; n += crowd {
				if err := c.Insert(ctx, fmt.Sprintf("%04d", n), kept(n%120)); err != nil {
					return err
				}
			}
			return nil
		}, conflict)
		must(t, e.Close())
		e = reopen(t, h, data)
		later := with(
			store.Index{Name: "by_rank", Fields: []string{"rank", "at"}},
			store.Index{Name: "by_tag", Fields: []string{"tags"}},
		)
		c = collection[thing](t, e, later)
		same(t, "by rank", len(idsOf(t, c, store.Query{Index: "by_rank", Equal: []any{3}})), 240)
		same(t, "by tag", len(idsOf(t, c, store.Query{Index: "by_tag", Equal: []any{"all"}, Limit: 2000})), 1200)

		t.Run("one that is declared no longer holds everything when it returns", func(t *testing.T) {
			must(t, c.Insert(ctx, "while away", thing{Place: place{"Львів"}}))
			must(t, e.Close())
			e = reopen(t, h, data)
			c := collection[thing](t, e, with(store.Index{Name: "by_city", Fields: []string{"place.city"}}))
			same(t, "by city", idsOf(t, c, store.Query{Index: "by_city", Equal: []any{"Львів"}}), "[while away]")
			must(t, e.Close())
		})
		t.Run("those that are declared no longer are named, or gone, and go when they are told to", func(t *testing.T) {
			e = reopen(t, h, data)
			collection[thing](t, e, with(store.Index{Name: "by_city", Fields: []string{"place.city"}}))
			want := "[things.by_rank things.by_tag]"
			if e.Alone() {
				want = "[]"
			}
			same(t, "unused", fmt.Sprint(e.Unused()), want)
			for range 2 {
				must(t, e.DropUnused(ctx))
				same(t, "unused", fmt.Sprint(e.Unused()), "[]")
			}
			must(t, e.Close())
			e = reopen(t, h, data)
			collection[thing](t, e, with(store.Index{Name: "by_city", Fields: []string{"place.city"}}))
			same(t, "unused after a restart", fmt.Sprint(e.Unused()), "[]")
		})
	})
	t.Run("a new unique index is refused where documents share its values", func(t *testing.T) {
		data := h.Data(t)
		e := reopen(t, h, data)
		c := collection[thing](t, e, with())
		must(t, c.Insert(ctx, "a", thing{Code: "same"}))
		must(t, c.Insert(ctx, "b", thing{Code: "same"}))
		must(t, e.Close())
		e = reopen(t, h, data)
		refusesNaming(t, e, with(store.Index{Name: "by_code", Fields: []string{"code"}, Unique: true}), "by_code")
		same(t, "documents", len(idsOf(t, collection[thing](t, e, with()), store.Query{})), 2)
	})
}

func testWrongSpecs(t *testing.T, h Harness) {
	e := start(t, h)
	for _, row := range []struct {
		story string
		spec  store.Spec
	}{
		{"a name with other characters", store.Spec{Name: `a"b`}},
		{"an index over a field that is not there", with(store.Index{Name: "x", Fields: []string{"nothing"}})},
		{"an index over a struct", with(store.Index{Name: "x", Fields: []string{"place"}})},
		{"an index without fields", with(store.Index{Name: "x"})},
		{"two indexes of one name",
			with(store.Index{Name: "x", Fields: []string{"at"}}, store.Index{Name: "x", Fields: []string{"rank"}})},
		{"a slice among other fields", with(store.Index{Name: "x", Fields: []string{"group", "tags"}})},
		{"a slice in a unique index", with(store.Index{Name: "x", Fields: []string{"tags"}, Unique: true})},
	} {
		t.Run(row.story+" does not open", func(t *testing.T) {
			if _, err := store.OpenCollection[thing](t.Context(), e, row.spec); err == nil || fault.As(err) != nil {
				t.Errorf("got %v", err)
			}
		})
	}
}
