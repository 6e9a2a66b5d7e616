package store_test

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/store"
)

type word string

type inner struct {
	City  string `json:"city"`
	Plain int
}

type base struct {
	Made time.Time `json:"made"`
	Name string    `json:"name"`
}

type document struct {
	base
	Name   word           `json:"name,omitempty"`
	Count  uint32         `json:"count"`
	Huge   uint64         `json:"huge"`
	Yes    bool           `json:"yes"`
	Month  calendar.Month `json:"month"`
	Inner  inner          `json:"inner"`
	Maybe  *string        `json:"maybe"`
	Far    *inner         `json:"far"`
	Words  []word         `json:"words"`
	Bytes  []byte         `json:"bytes"`
	Share  float64        `json:"share"`
	Hidden string         `json:"-"`
	lower  string
}

func TestFields(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 1_999_999, time.FixedZone("", 3600))
	doc := reflect.ValueOf(document{
		base: base{at, "covered"}, Name: "n", Count: 1<<32 - 1, Yes: true, Month: calendar.Month{Year: 2026, Mon: 3},
		Inner: inner{"c", 7}, Words: []word{"b", "a", "b"}, lower: "x",
	})
	for _, row := range []struct {
		name string
		kind store.Kind
		want any
	}{
		{"name", store.Text, "n"},
		{"made", store.Time, time.Date(2026, 3, 1, 11, 0, 0, 1e6, time.UTC)},
		{"count", store.Int, int64(1<<32 - 1)},
		{"yes", store.Bool, true},
		{"month", store.Text, "2026-03"},
		{"inner.city", store.Text, "c"},
		{"inner.Plain", store.Int, int64(7)},
		{"words", store.Texts, []string{"b", "a"}},
	} {
		t.Run(row.name+" is read as the databases order it", func(t *testing.T) {
			f, err := store.FieldOf(doc.Type(), row.name)
			if err != nil {
				t.Fatal(err)
			}
			got, err := f.Of(doc)
			if err != nil || f.Kind != row.kind || !reflect.DeepEqual(got, row.want) {
				t.Errorf("kind %v, value %#v, %v", f.Kind, got, err)
			}
		})
	}
	for _, name := range []string{
		"huge", "maybe", "far.city", "bytes", "share", "inner", "Hidden", "lower", "-", "none", "inner.none", "name.x", "",
	} {
		t.Run(fmt.Sprintf("%q cannot be indexed", name), func(t *testing.T) {
			if f, err := store.FieldOf(doc.Type(), name); err == nil {
				t.Errorf("got %+v", f)
			}
		})
	}
}

func TestLayoutValues(t *testing.T) {
	l, err := store.NewLayout(store.Spec{Name: "words", Type: reflect.TypeFor[base](), Indexes: []store.Index{
		{Name: "by_name", Fields: []string{"name"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Run("a document may be given by pointer", func(t *testing.T) {
		if got, err := l.Values(&base{Name: "n"}); err != nil || !reflect.DeepEqual(got, []any{"n"}) {
			t.Errorf("got %v, %v", got, err)
		}
	})
	for _, doc := range []any{nil, (*base)(nil), inner{}, "text"} {
		t.Run(fmt.Sprintf("%T is no document of this collection", doc), func(t *testing.T) {
			if _, err := l.Values(doc); err == nil || fault.As(err) != nil {
				t.Errorf("got %v", err)
			}
		})
	}
}
