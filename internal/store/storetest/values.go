package storetest

import (
	"bytes"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"firebrand/internal/store"
)

// holder has values in every place a type can put them.
type holder struct {
	Big    int64                `json:"big"`
	Small  int64                `json:"small"`
	Bytes  []byte               `json:"bytes"`
	Text   string               `json:"text"`
	At     time.Time            `json:"at"`
	Maybe  *time.Time           `json:"maybe"`
	Never  *time.Time           `json:"never"`
	List   []time.Time          `json:"list"`
	Two    [2]time.Time         `json:"two"`
	ByName map[string]time.Time `json:"by_name"`
	Tree   *node                `json:"tree"`
	Steps  map[string][]step    `json:"steps"`
}

type step struct {
	At time.Time `json:"at"`
}

// node contains itself.
type node struct {
	Step step    `json:"step"`
	Kids []*node `json:"kids"`
}

var holders = store.Spec{Name: "holders", Indexes: []store.Index{
	{Name: "by_big", Fields: []string{"big"}},
	{Name: "by_text", Fields: []string{"text"}},
}}

func testValues(t *testing.T, h Harness) {
	c := collection[holder](t, start(t, h), holders)
	t.Run("times come back cut to the millisecond in UTC, wherever they stand", func(t *testing.T) { testTimes(t, c) })
	t.Run("integers keep all of their 64 bits, in a document and in an index", func(t *testing.T) { testIntegers(t, c) })
	t.Run("bytes are kept as they are", func(t *testing.T) { testBytes(t, c) })
	t.Run("a document may have a megabyte", func(t *testing.T) { testLarge(t, c) })
	t.Run("texts and ids may hold any character", func(t *testing.T) { testTexts(t, c) })
}

func testTimes(t *testing.T, c *store.Collection[holder]) {
	ctx := t.Context()
	long := day.In(time.FixedZone("", 2*3600)).Add(456789 * time.Nanosecond)
	tree := func(at time.Time) *node {
		return &node{step{at}, []*node{nil, {step{at}, []*node{{Step: step{at}}}}}}
	}
	full := func(at time.Time) holder {
		return holder{
			At: at, Maybe: &at, List: []time.Time{at, {}}, Two: [2]time.Time{at, at}, ByName: map[string]time.Time{"a": at},
			Tree: tree(at), Steps: map[string][]step{"s": {{at}, {at}}},
		}
	}
	must(t, c.Insert(ctx, "times", full(long)))
	e, err := c.Get(ctx, "times")
	must(t, err)
	if !reflect.DeepEqual(e.Value, full(day)) {
		t.Errorf("got %+v, want %+v", e.Value, full(day))
	}
	found, err := c.Find(ctx, store.Query{From: "times", Limit: 1})
	must(t, err)
	if !reflect.DeepEqual(found[0].Value, full(day)) {
		t.Errorf("found %+v", found[0].Value)
	}
}

func testIntegers(t *testing.T, c *store.Collection[holder]) {
	ctx := t.Context()
	for i, n := range []int64{math.MinInt64, -1<<53 - 1, 1<<53 + 1, 1<<53 + 2, math.MaxInt64 - 1, math.MaxInt64} {
		id := fmt.Sprint("int-", i)
		must(t, c.Insert(ctx, id, holder{Big: n, Small: -n}))
		e, err := c.Get(ctx, id)
		must(t, err)
		same(t, "big", e.Value.Big, n)
		same(t, "by index", idsOf(t, c, store.Query{Index: "by_big", Equal: []any{n}}), "["+id+"]")
	}
	between := store.Query{Index: "by_big", From: int64(1<<53 + 1), To: int64(math.MaxInt64 - 1)}
	same(t, "range", idsOf(t, c, between), "[int-2 int-3]")
}

func testBytes(t *testing.T, c *store.Collection[holder]) {
	ctx := t.Context()
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	must(t, c.Insert(ctx, "bytes", holder{Bytes: all}))
	must(t, c.Insert(ctx, "no bytes", holder{Bytes: []byte{}}))
	e, err := c.Get(ctx, "bytes")
	must(t, err)
	none, err := c.Get(ctx, "no bytes")
	must(t, err)
	if !bytes.Equal(e.Value.Bytes, all) || len(none.Value.Bytes) != 0 {
		t.Errorf("got %v and %v", e.Value.Bytes, none.Value.Bytes)
	}
}

func testLarge(t *testing.T, c *store.Collection[holder]) {
	ctx := t.Context()
	text := strings.Repeat("мегабайт ", 1<<20/17)
	must(t, c.Insert(ctx, "large", holder{Text: "large", Bytes: []byte(text)}))
	must(t, c.Replace(ctx, "large", holder{Text: "larger", Bytes: []byte(text + text)}, 1))
	e, err := c.Get(ctx, "large")
	must(t, err)
	if string(e.Value.Bytes) != text+text {
		t.Errorf("got %d bytes", len(e.Value.Bytes))
	}
}

func testTexts(t *testing.T, c *store.Collection[holder]) {
	ctx := t.Context()
	for _, text := range []string{"'", `"`, `\`, "%", "a/b?c#d", "<&>", "ґє\u2028😀", " ", "\t\n"} {
		must(t, c.Insert(ctx, text, holder{Text: text}))
		e, err := c.Get(ctx, text)
		must(t, err)
		same(t, "text", e.Value.Text, text)
		same(t, "by text", idsOf(t, c, store.Query{Index: "by_text", Equal: []any{text}}), "["+text+"]")
	}
}
