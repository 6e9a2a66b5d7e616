package mongo_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"firebrand/internal/store"
	"firebrand/internal/store/mongo"
	"firebrand/internal/testenv"
)

// parcel has an index of each kind.
type parcel struct {
	Owner string    `json:"owner"`
	Code  string    `json:"code"`
	Rank  int       `json:"rank"`
	At    time.Time `json:"at"`
	Tags  []string  `json:"tags"`
}

var parcels = store.Spec{Name: "parcels", Type: reflect.TypeFor[parcel](), Indexes: []store.Index{
	{Name: "by_code", Fields: []string{"owner", "code"}, Unique: true},
	{Name: "by_rank", Fields: []string{"owner", "rank", "at"}},
	{Name: "by_tag", Fields: []string{"tags"}},
}}

func after(values ...any) *store.Position { return &store.Position{Values: values, ID: "x"} }

// planRows are the shapes of question.
var planRows = []struct {
	story string
	q     store.Query
}{
	{"all ids", store.Query{}},
	{"a page of ids", store.Query{From: "a", To: "z", After: after()}},
	{"a unique value", store.Query{Index: "by_code", Equal: []any{"o", "c"}}},
	{"a page of a unique prefix", store.Query{Index: "by_code", Equal: []any{"o"}, After: after("c")}},
	{"a whole unique index", store.Query{Index: "by_code"}},
	{"a prefix", store.Query{Index: "by_rank", Equal: []any{"o"}}},
	{"a set", store.Query{Index: "by_rank", Equal: []any{"o"}, In: []any{1, 2}}},
	{"a range", store.Query{Index: "by_rank", Equal: []any{"o"}, From: 1, To: 2}},
	{"a page of a range",
		store.Query{Index: "by_rank", Equal: []any{"o"}, From: 1, To: 5, After: after(2, time.UnixMilli(0))}},
	{"a tag", store.Query{Index: "by_tag", Equal: []any{"t"}}},
	{"a page of a tag", store.Query{Index: "by_tag", Equal: []any{"t"}, After: after()}},
}

// TestPlans holds, on a genuine MongoDB, that every shape of question reads an index in its order: a sort, or a walk over
// the collection, would only show when the data has grown.
func TestPlans(t *testing.T) {
	s := testenv.MongoDB(t)
	if !s.Genuine {
		t.Log("only a genuine MongoDB shows its plans: FerretDB reads whole collections")
		return
	}
	e, err := mongo.Open(t.Context(), s.Database(), mongo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	c, err := store.OpenCollection[parcel](t.Context(), e, parcels)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Insert(t.Context(), "x", parcel{Owner: "o", Code: "c", Tags: []string{"t", "u"}}); err != nil {
		t.Fatal(err)
	}
	for _, row := range planRows {
		for _, desc := range []bool{false, true} {
			row.q.Desc = desc
			plans, err := e.Plans(t.Context(), parcels, row.q)
			if err != nil {
				t.Fatalf("%s: %v", row.story, err)
			}
			for _, plan := range plans {
				text := strings.ReplaceAll(plan.Lookup("queryPlanner", "winningPlan").String(), " ", "")
				if strings.Contains(text, `"stage":"SORT"`) || strings.Contains(text, `"stage":"COLLSCAN"`) ||
					!strings.Contains(text, `"stage":"IXSCAN"`) {
					t.Errorf("%s, down %v: %s", row.story, desc, text)
				}
			}
		}
	}
}
