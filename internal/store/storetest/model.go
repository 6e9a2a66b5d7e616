package storetest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"firebrand/internal/store"
)

// modelSeed makes the random run the same each time.
const modelSeed = 20260311

// testModel asks 400 random questions and compares the answers with those of a sorted slice.
func testModel(t *testing.T, h Harness) {
	c := collection[thing](t, start(t, h), things)
	random := rand.New(rand.NewPCG(modelSeed, 0))
	docs := map[string]thing{}
	for n := range 150 {
		id := fmt.Sprintf("%02d", random.IntN(1000))
		doc := thing{
			Group: pick(random, "", "g", "h"), Rank: random.Int64N(4) - 2, Open: random.IntN(2) == 0,
			At: day.Add(time.Duration(random.IntN(5)) * time.Millisecond), Code: pick(random, "", fmt.Sprint(n)),
			Month: march(random.IntN(3)), Place: place{pick(random, "a", "b", "c")},
		}
		if _, taken := docs[id]; !taken {
			must(t, c.Insert(t.Context(), id, doc))
			docs[id] = doc
		}
	}
	for range 400 {
		q := randomQuery(random, docs)
		found, err := c.Find(t.Context(), q)
		if err != nil {
			t.Fatalf("%+v: %v", q, err)
		}
		var got []string
		for _, e := range found {
			got = append(got, e.ID)
		}
		if want := answer(docs, q); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("seed %d, query %+v:\n got %v\nwant %v", modelSeed, q, got, want)
		}
	}
}

func pick(random *rand.Rand, from ...string) string { return from[random.IntN(len(from))] }

// modelIndexes are the fields of each index that the model knows; the empty name is the order of ids.
var modelIndexes = map[string][]string{
	"": nil, "by_code": {"group", "code"}, "by_rank": {"group", "rank"}, "by_open": {"open", "at"}, "by_time": {"at"},
	"by_month": {"month", "open", "rank"}, "by_city": {"place.city"},
}

func valueOf(d thing, field string) any {
	return map[string]any{
		"group": d.Group, "code": d.Code, "rank": d.Rank, "open": d.Open, "at": d.At, "month": d.Month, "place.city": d.Place.City,
	}[field]
}

// randomQuery draws its values from documents, so that questions find something.
func randomQuery(random *rand.Rand, docs map[string]thing) store.Query {
	ids := sortedKeys(docs)
	draw := func() (string, thing) { id := ids[random.IntN(len(ids))]; return id, docs[id] }
	q := store.Query{Index: sortedKeys(modelIndexes)[random.IntN(len(modelIndexes))], Desc: random.IntN(2) == 0}
	q.Limit = random.IntN(20)
	fields := modelIndexes[q.Index]
	fixed := random.IntN(len(fields) + 1)
	_, doc := draw()
	for _, f := range fields[:fixed] {
		q.Equal = append(q.Equal, valueOf(doc, f))
	}
	rest := fields[fixed:]
	next := func() any {
		id, doc := draw()
		if q.Index == "" {
			return id
		}
		return valueOf(doc, rest[0])
	}
	ranged := len(rest) > 0 || q.Index == ""
	switch how := random.IntN(4); {
	case how == 1 && ranged:
		q.From = next()
	case how == 2 && ranged:
		q.From, q.To = next(), next()
	case how == 3 && len(rest) > 0:
		q.In = []any{next(), next()}
	}
	if random.IntN(2) == 0 {
		id, doc := draw()
		q.After = &store.Position{ID: id}
		for _, f := range rest {
			q.After.Values = append(q.After.Values, valueOf(doc, f))
		}
		if q.Index == "by_code" && doc.Code == "" {
			q.After = nil // a document outside of the index has no place in it
		}
	}
	return q
}

// answer is what a sorted slice would say.
func answer(docs map[string]thing, q store.Query) []string {
	fields := modelIndexes[q.Index]
	rest := fields[len(q.Equal):]
	place := func(id string) []any {
		var key []any
		for _, f := range rest {
			key = append(key, valueOf(docs[id], f))
		}
		return append(key, id)
	}
	var found []string
	for id, d := range docs {
		if matches(id, d, q, fields) && (q.Index != "by_code" || d.Group != "" && d.Code != "") {
			found = append(found, id)
		}
	}
	slices.SortFunc(found, func(a, b string) int { return order(place(a), place(b), q.Desc) })
	if q.After != nil {
		after := append(slices.Clone(q.After.Values), q.After.ID)
		found = slices.DeleteFunc(found, func(id string) bool { return order(place(id), after, q.Desc) <= 0 })
	}
	if q.Limit > 0 && len(found) > q.Limit {
		found = found[:q.Limit]
	}
	return found
}

func matches(id string, d thing, q store.Query, fields []string) bool {
	for i, v := range q.Equal {
		if order([]any{v}, []any{valueOf(d, fields[i])}, false) != 0 {
			return false
		}
	}
	var v any = id
	if len(fields) > len(q.Equal) {
		v = valueOf(d, fields[len(q.Equal)])
	}
	if q.In != nil && !slices.ContainsFunc(q.In, func(in any) bool { return order([]any{in}, []any{v}, false) == 0 }) {
		return false
	}
	below := q.From != nil && order([]any{v}, []any{q.From}, false) < 0
	above := q.To != nil && order([]any{v}, []any{q.To}, false) >= 0
	return !below && !above
}

// order compares two keys value by value.
func order(a, b []any, desc bool) int {
	for i := range a {
		if c := strings.Compare(sortable(a[i]), sortable(b[i])); c != 0 {
			if desc {
				return -c
			}
			return c
		}
	}
	return 0
}

// sortable is a text that sorts as the value does.
func sortable(v any) string {
	switch v := v.(type) {
	case int64:
		return fmt.Sprintf("%019d", v+1000)
	case time.Time:
		return v.Format("2006-01-02T15:04:05.000")
	}
	return fmt.Sprint(v)
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
