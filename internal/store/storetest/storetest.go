// Package storetest is the contract of store.Engine as tests: every engine passes the same suite, so that the rooms above
// need not know which one they stand on.
package storetest

import (
	"context"
	"fmt"
	"os/exec"
	"testing"
	"time"

	"firebrand/internal/calendar"
	"firebrand/internal/store"
)

// Harness is what the suite has to know of an engine. The suite closes every engine that it opens.
type Harness struct {
	// Data makes an empty place for data and returns its handle: a folder, the name of a database.
	Data func(t testing.TB) string
	// Open opens the engine over that data, also where it was used before.
	Open func(ctx context.Context, data string) (store.Engine, error)
	// DropIndex removes an index behind the engine's back, while it is closed.
	DropIndex func(t testing.TB, data, collection, index string)
	// Exclusive says that one process has the data to itself.
	Exclusive bool
	// Full opens the engine over data that takes some megabytes and no more; giveBack frees some of it.
	// Nil where that cannot be arranged.
	Full func(t testing.TB, data string) (e store.Engine, giveBack func())
	// Child is this test binary, to be run again with RunChild at its start; nil where a process cannot be killed.
	Child func() *exec.Cmd
	// Skip leaves out what cannot be arranged, with the reason.
	Skip func(t testing.TB, reason string)
}

// Run holds the engine against the whole contract.
func Run(t *testing.T, h Harness) {
	for _, part := range []struct {
		name string
		run  func(*testing.T, Harness)
	}{
		{"writing", testWriting},
		{"many writers", testWriters},
		{"finding", testFinding},
		{"finding what a plain model finds", testModel},
		{"paging", testPaging},
		{"values", testValues},
		{"declaring", testDeclaring},
		{"contexts and closing", testEnds},
		{"a full disk", FullDisk},
		{"other processes", testProcesses},
	} {
		t.Run(part.name, func(t *testing.T) { part.run(t, h) })
	}
}

// thing is the document of most cases.
type thing struct {
	Group string         `json:"group"`
	Code  string         `json:"code,omitempty"`
	Rank  int64          `json:"rank"`
	Open  bool           `json:"open"`
	At    time.Time      `json:"at"`
	Month calendar.Month `json:"month"`
	Place place          `json:"place"`
	Tags  []string       `json:"tags,omitempty"`
	Note  string         `json:"note,omitempty"`
}

type place struct {
	City string `json:"city"`
}

var things = store.Spec{Name: "things", Indexes: []store.Index{
	{Name: "by_code", Fields: []string{"group", "code"}, Unique: true},
	{Name: "by_rank", Fields: []string{"group", "rank"}},
	{Name: "by_open", Fields: []string{"open", "at"}},
	{Name: "by_time", Fields: []string{"at"}},
	{Name: "by_month", Fields: []string{"month", "open", "rank"}},
	{Name: "by_city", Fields: []string{"place.city"}},
	{Name: "by_tag", Fields: []string{"tags"}},
}}

// start opens an engine over new data for the length of the test.
func start(t testing.TB, h Harness) store.Engine {
	t.Helper()
	return reopen(t, h, h.Data(t))
}

// reopen opens an engine over data for the length of the test.
func reopen(t testing.TB, h Harness, data string) store.Engine {
	t.Helper()
	e, err := h.Open(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

// collection opens a collection, which has to succeed.
func collection[T any](t testing.TB, e store.Engine, spec store.Spec) *store.Collection[T] {
	t.Helper()
	c, err := store.OpenCollection[T](t.Context(), e, spec)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// day is an instant with milliseconds; the cases count from it.
var day = time.Date(2026, 3, 28, 21, 59, 59, 123e6, time.UTC)

// must fails the test on an error.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// idsOf are the ids of an answer in its order.
func idsOf[T any](t testing.TB, c *store.Collection[T], q store.Query) []string {
	t.Helper()
	found, err := c.Find(t.Context(), q)
	must(t, err)
	ids := make([]string, len(found))
	for i, e := range found {
		ids[i] = e.ID
	}
	return ids
}

// same compares two lists as they print.
func same(t testing.TB, what string, got, want any) {
	t.Helper()
	if g, w := fmt.Sprint(got), fmt.Sprint(want); g != w {
		t.Errorf("%s:\n got %s\nwant %s", what, g, w)
	}
}
