package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/store"
)

func march(offset int) calendar.Month { return calendar.Month{Year: 2026, Mon: time.March}.Add(offset) }

// shelf are the documents that the questions are asked of.
var shelf = map[string]thing{
	"a": {Group: "g", Code: "1", Rank: 3, Open: true, At: day, Month: march(0), Place: place{"Київ"},
		Tags: []string{"x", "y"}},
	"b": {Group: "g", Code: "2", Rank: 1, At: day.Add(time.Millisecond), Month: march(-1), Place: place{"Kyiv"},
		Tags: []string{"y"}},
	"c": {Group: "g", Code: "3", Rank: 3, Open: true, At: day.Add(-time.Hour), Month: march(0), Tags: []string{"x", "x"}},
	"d": {Group: "g", Rank: -7, At: day, Month: march(10), Place: place{"kyiv"}},
	"e": {Group: "h", Code: "1", Rank: 2, At: time.Time{}, Place: place{"Kyi"}},
}

// questions are what is asked of the shelf, and the ids that answer it.
var questions = []struct {
	story string
	q     store.Query
	want  string
}{
	{"no index is the order of ids", store.Query{}, "[a b c d e]"},
	{"ids run down too", store.Query{Desc: true, Limit: 2}, "[e d]"},
	{"ids have a range", store.Query{From: "b", To: "d"}, "[b c]"},
	{"a prefix of the index is enough, equal values come by id",
		store.Query{Index: "by_rank", Equal: []any{"g"}}, "[d b a c]"},
	{"ids run down with the index", store.Query{Index: "by_rank", Equal: []any{"g"}, Desc: true}, "[c a b d]"},
	{"the whole index is equality", store.Query{Index: "by_rank", Equal: []any{"g", 3}}, "[a c]"},
	{"a set comes in the index's order, each value once",
		store.Query{Index: "by_rank", Equal: []any{"g"}, In: []any{3, -7, 3}}, "[d a c]"},
	{"a set runs down", store.Query{Index: "by_rank", Equal: []any{"g"}, In: []any{-7, 3}, Desc: true}, "[c a d]"},
	{"an empty set finds nothing", store.Query{Index: "by_rank", In: []any{}}, "[]"},
	{"a limit holds over a set",
		store.Query{Index: "by_rank", Equal: []any{"g"}, In: []any{3, -7}, Limit: 2}, "[d a]"},
	{"from is inclusive and to is not",
		store.Query{Index: "by_rank", Equal: []any{"g"}, From: -7, To: 3}, "[d b]"},
	{"one side may be open", store.Query{Index: "by_rank", Equal: []any{"g"}, From: 2}, "[a c]"},
	{"times are compared to the millisecond",
		store.Query{Index: "by_time", From: day.Add(999 * time.Microsecond)}, "[a d b]"},
	{"times before 1970 come first", store.Query{Index: "by_time", To: day}, "[e c]"},
	{"a time in another zone is the same time",
		store.Query{Index: "by_time", Equal: []any{day.In(time.FixedZone("", 7200))}}, "[a d]"},
	{"a bool is a value, false first", store.Query{Index: "by_open", In: []any{true, false}}, "[e d b c a]"},
	{"a month is its text", store.Query{Index: "by_month", Equal: []any{march(0), true}}, "[a c]"},
	{"months sort by time", store.Query{Index: "by_month", From: march(-1), To: march(1)}, "[b a c]"},
	{"no month is the empty text", store.Query{Index: "by_month", Equal: []any{calendar.Month{}}}, "[e]"},
	{"a field of a struct has its path", store.Query{Index: "by_city", Equal: []any{"Київ"}}, "[a]"},
	{"texts are compared by their bytes", store.Query{Index: "by_city", From: "Kyi"}, "[e b d a]"},
	{"a unique index keeps its order", store.Query{Index: "by_code", Equal: []any{"g"}, Desc: true}, "[c b a]"},
	{"a unique value finds one", store.Query{Index: "by_code", Equal: []any{"g", "2"}}, "[b]"},
	{"a slice is found by each element", store.Query{Index: "by_tag", Equal: []any{"x"}}, "[a c]"},
	{"a slice's index answers a set element by element",
		store.Query{Index: "by_tag", In: []any{"y", "x"}}, "[a c a b]"},
	{"a slice's index runs down", store.Query{Index: "by_tag", Equal: []any{"y"}, Desc: true}, "[b a]"},
	{"a value nobody has finds nothing", store.Query{Index: "by_rank", Equal: []any{"none"}}, "[]"},
}

func testFinding(t *testing.T, h Harness) {
	c := collection[thing](t, start(t, h), things)
	for id, doc := range shelf {
		must(t, c.Insert(t.Context(), id, doc))
	}
	for _, row := range questions {
		t.Run(row.story, func(t *testing.T) { same(t, "found", idsOf(t, c, row.q), row.want) })
	}
	testReading(t, c)
}

// testReading holds the ways in which an answer can end, and questions that no index answers.
func testReading(t *testing.T, c *store.Collection[thing]) {
	for _, row := range []struct {
		story string
		q     store.Query
	}{
		{"an index that was not declared", store.Query{Index: "by_note"}},
		{"more values than fields", store.Query{Index: "by_rank", Equal: []any{"g", 1, 2}}},
		{"a value without an index", store.Query{Equal: []any{"a"}}},
		{"a value of another kind", store.Query{Index: "by_rank", Equal: []any{7}}},
		{"nothing as a value", store.Query{Index: "by_rank", Equal: []any{nil}}},
		{"a range behind the last field", store.Query{Index: "by_time", Equal: []any{day}, From: day}},
		{"a set behind the last field", store.Query{Index: "by_time", Equal: []any{day}, In: []any{day}}},
		{"a set and a range", store.Query{Index: "by_rank", In: []any{"g"}, From: "a"}},
		{"a range over a slice", store.Query{Index: "by_tag", From: "x"}},
		{"a place with too few values", store.Query{Index: "by_rank", After: &store.Position{ID: "a"}}},
	} {
		t.Run(row.story+" is a defect, not a fault", func(t *testing.T) {
			_, err := c.Find(t.Context(), row.q)
			if err == nil || fault.As(err) != nil {
				t.Errorf("got %v", err)
			}
		})
	}
	t.Run("the reading room may ask the store again while it reads", func(t *testing.T) {
		found, err := c.Find(t.Context(), store.Query{})
		must(t, err)
		for _, e := range found {
			_, err := c.Get(t.Context(), e.ID)
			must(t, err)
		}
	})
}

func testPaging(t *testing.T, h Harness) {
	ctx := t.Context()
	c := collection[thing](t, start(t, h), things)
	var ids []string
	for n := range 120 {
		id := fmt.Sprintf("kept-%03d", n)
		ids = append(ids, id)
		must(t, c.Insert(ctx, id, kept(n)))
	}
	stop := make(chan struct{})
	ended := make(chan error, 2)
	for w := range 2 {
		go func() { ended <- disturb(c, w, stop) }()
	}
	for _, row := range []struct {
		story    string
		q        store.Query
		position func(e store.Entry[thing]) []any
	}{
		{"by ids", store.Query{}, func(store.Entry[thing]) []any { return nil }},
		{"by a rank that many share", store.Query{Index: "by_rank", Equal: []any{"page"}},
			func(e store.Entry[thing]) []any { return []any{e.Value.Rank} }},
		{"by a set of ranks", store.Query{Index: "by_rank", Equal: []any{"page"}, In: []any{0, 1, 2, 3, 4}},
			func(e store.Entry[thing]) []any { return []any{e.Value.Rank} }},
		{"by a range of times", store.Query{Index: "by_time", From: day, To: day.Add(time.Minute)},
			func(e store.Entry[thing]) []any { return []any{e.Value.At} }},
		{"by three fields", store.Query{Index: "by_month"},
			func(e store.Entry[thing]) []any { return []any{e.Value.Month, e.Value.Open, e.Value.Rank} }},
		{"by a unique code", store.Query{Index: "by_code", Equal: []any{"page"}},
			func(e store.Entry[thing]) []any { return []any{e.Value.Code} }},
		{"by a tag", store.Query{Index: "by_tag", Equal: []any{"all"}}, func(store.Entry[thing]) []any { return nil }},
	} {
		for _, desc := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, down %v", row.story, desc), func(t *testing.T) {
				row.q.Desc = desc
				pagesHoldAll(t, c, row.q, row.position, len(ids))
			})
		}
	}
	close(stop)
	must(t, errors.Join(<-ended, <-ended))
}

// kept is the n-th document that stays where it is; many share a rank, an instant and a month.
func kept(n int) thing {
	return thing{
		Group: "page", Code: fmt.Sprintf("%03d", n*37%120), Rank: int64(n % 5), Open: n%3 == 0,
		At: day.Add(time.Duration(n%11) * time.Second), Month: march(n % 2), Tags: []string{"all"},
	}
}

// disturb inserts and deletes documents all over the same indexes until stop.
func disturb(c *store.Collection[thing], w int, stop <-chan struct{}) error {
	ctx := contextOf(stop)
	for n := w; ; n += 2 {
		doc := kept(n)
		doc.Code = fmt.Sprintf("%03d-%d", n%120, n)
		id := fmt.Sprintf("kept-%03d-%d", n*7%120, n)
		if err := c.Insert(ctx, id, doc); err != nil {
			return ended(ctx, err)
		}
		if err := c.Delete(ctx, id); err != nil {
			return ended(ctx, err)
		}
	}
}

// pagesHoldAll reads page by page and compares the kept documents with those of one great page.
func pagesHoldAll(t *testing.T, c *store.Collection[thing], q store.Query, position func(store.Entry[thing]) []any, want int) {
	var paged []string
	page := q
	page.Limit = 7
	for {
		found, err := c.Find(t.Context(), page)
		must(t, err)
		for _, e := range found {
			if len(e.ID) == len("kept-000") {
				paged = append(paged, e.ID)
			}
		}
		if len(found) < page.Limit {
			break
		}
		last := found[len(found)-1]
		page.After = &store.Position{Values: position(last), ID: last.ID}
	}
	var whole []string
	for _, id := range idsOf(t, c, q) {
		if len(id) == len("kept-000") {
			whole = append(whole, id)
		}
	}
	same(t, "pages", paged, whole)
	same(t, "documents", len(whole), want)
}
