package store

import (
	"reflect"
	"sync"
	"time"

	"firebrand/internal/calendar"
)

// cutter cuts every time within a value to the millisecond in UTC. The value can be set.
type cutter func(reflect.Value)

// cutters keeps the plan of each type that was decoded: a *cutter, nil where the type holds no times.
var cutters sync.Map

// CutTimes cuts the times within what doc points to, wherever they are nested, to the millisecond in UTC: engines keep
// documents as JSON, and hand them out so. Types without times cost a look-up.
func CutTimes(doc any) {
	v := reflect.ValueOf(doc)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return
	}
	t := v.Type().Elem()
	plan, known := cutters.Load(t)
	if !known {
		plan, _ = cutters.LoadOrStore(t, planCut(t, map[reflect.Type]*cutter{}))
	}
	if cut := plan.(cutter); cut != nil {
		cut(v.Elem())
	}
}

// planCut makes the plan of t, nil where it holds no times. Under way are the types above t: one that contains itself
// meets its own plan there, before it is finished.
func planCut(t reflect.Type, underWay map[reflect.Type]*cutter) cutter {
	if t == timeType {
		return func(v reflect.Value) {
			at := v.Addr().Interface().(*time.Time)
			*at = calendar.Milli(*at)
		}
	}
	if !holdsTimes(t, map[reflect.Type]bool{}) {
		return nil
	}
	if plan := underWay[t]; plan != nil {
		return func(v reflect.Value) { (*plan)(v) }
	}
	plan := new(cutter)
	underWay[t] = plan
	switch t.Kind() {
	case reflect.Pointer:
		inner := planCut(t.Elem(), underWay)
		*plan = func(v reflect.Value) {
			if !v.IsNil() {
				inner(v.Elem())
			}
		}
	case reflect.Slice, reflect.Array:
		inner := planCut(t.Elem(), underWay)
		*plan = func(v reflect.Value) {
			for i := range v.Len() {
				inner(v.Index(i))
			}
		}
	case reflect.Map:
		*plan = cutMap(t, planCut(t.Elem(), underWay))
	case reflect.Struct:
		*plan = cutStruct(t, underWay)
	}
	delete(underWay, t)
	return *plan
}

// cutMap works on copies, since a map's values cannot be set in place.
func cutMap(t reflect.Type, inner cutter) cutter {
	return func(v reflect.Value) {
		for _, key := range v.MapKeys() {
			value := reflect.New(t.Elem()).Elem()
			value.Set(v.MapIndex(key))
			inner(value)
			v.SetMapIndex(key, value)
		}
	}
}

func cutStruct(t reflect.Type, underWay map[reflect.Type]*cutter) cutter {
	type part struct {
		field int
		cut   cutter
	}
	var parts []part
	for i := range t.NumField() {
		if f := t.Field(i); f.IsExported() || f.Anonymous && f.Type.Kind() == reflect.Struct {
			if cut := planCut(f.Type, underWay); cut != nil {
				parts = append(parts, part{i, cut})
			}
		}
	}
	return func(v reflect.Value) {
		for _, p := range parts {
			p.cut(v.Field(p.field))
		}
	}
}

// holdsTimes reports whether a decoded value of type t can hold a time; seen ends the search in types that contain
// themselves.
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
			if f := t.Field(i); f.IsExported() || f.Anonymous && f.Type.Kind() == reflect.Struct {
				if holdsTimes(f.Type, seen) {
					return true
				}
			}
		}
	}
	return false
}
