package mongo

import (
	"reflect"
	"sync"
	"time"

	"firebrand/internal/calendar"
)

var timeType = reflect.TypeFor[time.Time]()

// timed remembers which types can hold a time.
var timed sync.Map

// cutTimes cuts the times within what doc points to to the millisecond in UTC, wherever they are nested. Types without
// times cost a look-up.
func cutTimes(doc any) {
	v := reflect.ValueOf(doc)
	if v.Kind() == reflect.Pointer && !v.IsNil() {
		cut(v.Elem())
	}
}

// cut works on a value that can be set.
func cut(v reflect.Value) {
	t := v.Type()
	if t == timeType {
		at := v.Addr().Interface().(*time.Time)
		*at = calendar.Milli(*at)
		return
	}
	if !isTimed(t) {
		return
	}
	switch t.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			cut(v.Elem())
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			cut(v.Index(i))
		}
	case reflect.Map:
		// A map's values cannot be set in place.
		for _, key := range v.MapKeys() {
			value := reflect.New(t.Elem()).Elem()
			value.Set(v.MapIndex(key))
			cut(value)
			v.SetMapIndex(key, value)
		}
	case reflect.Struct:
		for i := range t.NumField() {
			if f := t.Field(i); isReached(f) && isTimed(f.Type) {
				cut(v.Field(i))
			}
		}
	}
}

// isReached reports whether JSON fills the field, or fields within it.
func isReached(f reflect.StructField) bool {
	return f.IsExported() || f.Anonymous && f.Type.Kind() == reflect.Struct
}

func isTimed(t reflect.Type) bool {
	if known, ok := timed.Load(t); ok {
		return known.(bool)
	}
	holds := holdsTimes(t, map[reflect.Type]bool{})
	timed.Store(t, holds)
	return holds
}

// holdsTimes searches a type; seen ends the search in types that contain themselves.
func holdsTimes(t reflect.Type, seen map[reflect.Type]bool) bool {
	if t == timeType {
		return true
	}
	if seen[t] {
		return false
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		return holdsTimes(t.Elem(), seen)
	case reflect.Struct:
		for i := range t.NumField() {
			if f := t.Field(i); isReached(f) && holdsTimes(f.Type, seen) {
				return true
			}
		}
	}
	return false
}
