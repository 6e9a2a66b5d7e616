package store

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"firebrand/internal/calendar"
)

// Kind is what an indexed field holds, as databases order it.
type Kind int

// The kinds of field. Texts is a slice of strings.
const (
	Text Kind = iota + 1
	Bool
	Int
	Time
	Texts
)

// Field is one indexed field of a document type, found by its json name.
type Field struct {
	Name string
	Kind Kind
	path []int
}

var (
	timeType = reflect.TypeFor[time.Time]()
	textType = reflect.TypeFor[encoding.TextMarshaler]()
)

// FieldOf finds the field of a struct type by its json name; "a.b" reaches into the struct a.
// It fails where there is none, or where its type cannot be indexed.
func FieldOf(doc reflect.Type, name string) (Field, error) {
	f := Field{Name: name}
	at := doc
	for part := range strings.SplitSeq(name, ".") {
		path := jsonPath(at, part)
		if path == nil {
			return f, fmt.Errorf("%v has no field %q", doc, name)
		}
		f.path = append(f.path, path...)
		at = at.FieldByIndex(path).Type
	}
	f.Kind = kindOf(at)
	if f.Kind == 0 && at.Kind() == reflect.Slice && kindOf(at.Elem()) == Text {
		f.Kind = Texts
	}
	if f.Kind == 0 {
		return f, fmt.Errorf("field %q of %v is a %v, which cannot be indexed", name, doc, at)
	}
	return f, nil
}

// jsonPath is where encoding/json finds the field called name, or nil: the struct's own fields come before those of
// structs embedded in it. Embedded pointers are not followed, since they may be nil.
func jsonPath(doc reflect.Type, name string) []int {
	if doc.Kind() != reflect.Struct {
		return nil
	}
	for i := range doc.NumField() {
		sf := doc.Field(i)
		tag, _, _ := strings.Cut(sf.Tag.Get("json"), ",")
		if sf.IsExported() && tag != "-" && (tag == name || tag == "" && sf.Name == name && !sf.Anonymous) {
			return []int{i}
		}
	}
	for i := range doc.NumField() {
		if sf := doc.Field(i); sf.Anonymous && sf.Tag.Get("json") == "" {
			if deeper := jsonPath(sf.Type, name); deeper != nil {
				return append([]int{i}, deeper...)
			}
		}
	}
	return nil
}

// kindOf is the kind of a single value, or zero where it has no order that every engine keeps.
func kindOf(t reflect.Type) Kind {
	switch {
	case t == timeType:
		return Time
	case t.Kind() == reflect.Pointer:
		return 0
	case t.Implements(textType), t.Kind() == reflect.String:
		return Text
	case t.Kind() == reflect.Bool:
		return Bool
	case reflect.Int <= t.Kind() && t.Kind() <= reflect.Int64,
		reflect.Uint8 <= t.Kind() && t.Kind() <= reflect.Uint32:
		return Int
	}
	return 0
}

// Of reads the field out of a document: a string, bool, int64, time.Time cut to the millisecond in UTC, or for Texts
// the different strings in their order.
func (f Field) Of(doc reflect.Value) (any, error) {
	v := doc.FieldByIndex(f.path)
	if f.Kind != Texts {
		return plain(v, f.Kind)
	}
	texts := make([]string, 0, v.Len())
	for i := range v.Len() {
		text, err := plain(v.Index(i), Text)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(texts, text.(string)) {
			texts = append(texts, text.(string))
		}
	}
	return texts, nil
}

// Value turns a value of a query into the form that Of gives; for Texts it is one element.
// A value of another kind is an error.
func (f Field) Value(v any) (any, error) {
	want := f.Kind
	if want == Texts {
		want = Text
	}
	if v == nil || kindOf(reflect.TypeOf(v)) != want {
		return nil, fmt.Errorf("field %q cannot be compared with a %T", f.Name, v)
	}
	return plain(reflect.ValueOf(v), want)
}

func plain(v reflect.Value, kind Kind) (any, error) {
	switch kind {
	case Time:
		return calendar.Milli(v.Interface().(time.Time)), nil
	case Bool:
		return v.Bool(), nil
	case Int:
		if v.CanUint() {
			return int64(v.Uint()), nil
		}
		return v.Int(), nil
	}
	if v.Type().Implements(textType) {
		text, err := v.Interface().(encoding.TextMarshaler).MarshalText()
		return string(text), err
	}
	return v.String(), nil
}
