package sqlite_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"firebrand/internal/store"
	"firebrand/internal/store/sqlite"
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
	{Name: "by_place", Fields: []string{"rank", "at"}, Unique: true},
	{Name: "by_rank", Fields: []string{"owner", "rank", "at"}},
	{Name: "by_tag", Fields: []string{"tags"}},
}}

// at and after are a time and a place that the plans speak of.
var at = time.UnixMilli(0)

func after(values ...any) *store.Position { return &store.Position{Values: values, ID: "x"} }

// planRows are the shapes of question, and a part of the plan of each.
var planRows = []struct {
	story string
	q     store.Query
	want  string
	// down is the plan in the other direction, empty where it is the same.
	down string
}{
	{"all ids", store.Query{}, "SCAN parcels USING INDEX sqlite_autoindex_parcels_1", ""},
	{"a range of ids", store.Query{From: "a", To: "b"}, "(_id>? AND _id<?)", ""},
	{"a page of ids", store.Query{From: "a", To: "b", After: after()}, "(_id>? AND _id<?)", ""},
	{"a unique value", store.Query{Index: "by_code", Equal: []any{"o", "c"}},
		"parcels.by_code (owner=? AND code=?)", ""},
	{"a unique prefix", store.Query{Index: "by_code", Equal: []any{"o"}}, "parcels.by_code (owner=?)", ""},
	{"a page of a unique prefix", store.Query{Index: "by_code", Equal: []any{"o"}, After: after("c")},
		"parcels.by_code (owner=? AND code>?)", "parcels.by_code (owner=? AND code<?)"},
	{"a whole unique index", store.Query{Index: "by_place"}, "SCAN parcels USING INDEX parcels.by_place", ""},
	{"a page of a whole unique index", store.Query{Index: "by_place", After: after(1, at)},
		"parcels.by_place ((rank,at)>(?,?))", "parcels.by_place ((rank,at)<(?,?))"},
	{"a prefix", store.Query{Index: "by_rank", Equal: []any{"o"}}, "parcels.by_rank (owner=?)", ""},
	{"a set", store.Query{Index: "by_rank", Equal: []any{"o"}, In: []any{1, 2}},
		"parcels.by_rank (owner=? AND rank=?)", ""},
	{"a range", store.Query{Index: "by_rank", Equal: []any{"o"}, From: 1, To: 2},
		"parcels.by_rank (owner=? AND rank>? AND rank<?)", ""},
	{"a page of a range", store.Query{Index: "by_rank", Equal: []any{"o"}, From: 1, To: 5, After: after(2, at)},
		"parcels.by_rank (owner=? AND (rank,at,_id)>(?,?,?)", "parcels.by_rank (owner=? AND rank>? AND (rank,at,_id)<(?,?,?)"},
	{"a page of equal values", store.Query{Index: "by_rank", Equal: []any{"o", 1, at}, After: after()},
		"parcels.by_rank (owner=? AND rank=? AND at=? AND _id>?)", "parcels.by_rank (owner=? AND rank=? AND at=? AND _id<?)"},
	{"a tag", store.Query{Index: "by_tag", Equal: []any{"t"}}, "SEARCH s USING PRIMARY KEY (value=?)", ""},
	{"a page of a tag", store.Query{Index: "by_tag", Equal: []any{"t"}, After: after()},
		"SEARCH s USING PRIMARY KEY (value=? AND id>?)", "SEARCH s USING PRIMARY KEY (value=? AND id<?)"},
}

// TestPlans holds that every shape of question enters its index at the right place and reads in its order: a sort, or a
// walk over what an earlier page has read, would only show when the data has grown.
func TestPlans(t *testing.T) {
	e, err := sqlite.Open(t.Context(), t.TempDir(), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if _, err := e.Open(t.Context(), parcels); err != nil {
		t.Fatal(err)
	}
	for _, row := range planRows {
		for _, desc := range []bool{false, true} {
			row.q.Desc = desc
			name, want := row.story, row.want
			if desc {
				name += ", down"
			}
			if desc && row.down != "" {
				want = row.down
			}
			t.Run(name, func(t *testing.T) {
				steps, err := e.Plan(t.Context(), parcels, row.q)
				if err != nil {
					t.Fatal(err)
				}
				plan := strings.Join(steps, "; ")
				if strings.Contains(plan, "TEMP B-TREE") || !strings.Contains(plan, want) {
					t.Errorf("got %s\nwant %s and no sort", plan, want)
				}
			})
		}
	}
}
