package mongo_test

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"testing"
	"time"

	"firebrand/catalog"
	"firebrand/catalog/purchase/cases"
	"firebrand/catalog/purchase/challenge"
	"firebrand/catalog/purchase/rule"
	"firebrand/content"
	"firebrand/internal/calendar"
	"firebrand/internal/journal"
	"firebrand/internal/member"
	"firebrand/internal/points"
	"firebrand/internal/points/correction"
	"firebrand/internal/store"
	"firebrand/internal/store/mongo"
	"firebrand/internal/testenv"
)

// TestTypes holds that what the rooms store comes back from here as it does from the embedded store, with every field
// filled with what is hard to keep.
func TestTypes(t *testing.T) {
	uri, _ := testenv.Mongo(t)
	e, err := mongo.Open(t.Context(), uri, mongo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	embedded := testenv.Engine(t)
	for _, engine := range []struct {
		name string
		store.Engine
	}{{"mongo", e}, {"embedded", embedded}} {
		t.Run(engine.name, func(t *testing.T) {
			roundTrip[content.Edition](t, engine)
			roundTrip[content.Article](t, engine)
			roundTrip[content.Quiz](t, engine)
			roundTrip[content.Medium](t, engine)
			roundTrip[catalog.Reward](t, engine)
			roundTrip[catalog.Redemption](t, engine)
			roundTrip[member.Company](t, engine)
			roundTrip[member.Member](t, engine)
			roundTrip[points.Policy](t, engine)
			roundTrip[correction.Correction](t, engine)
			roundTrip[rule.Draft](t, engine)
			roundTrip[cases.Case](t, engine)
			roundTrip[challenge.Challenge](t, engine)
			roundTrip[journal.Record](t, engine)
		})
	}
}

// roundTrip stores a filled T, an empty one and one that replaces it, and compares each with what its JSON says.
func roundTrip[T any](t *testing.T, e store.Engine) {
	name := fmt.Sprintf("%T", *new(T))
	t.Run(name, func(t *testing.T) {
		c, err := store.OpenCollection[T](t.Context(), e, store.Spec{Name: collectionName(name)})
		if err != nil {
			t.Fatal(err)
		}
		var empty, filled T
		filling(reflect.ValueOf(&filled).Elem(), 0)
		holds := func(id string, want T) {
			t.Helper()
			got, err := c.Get(t.Context(), id)
			if err != nil || !reflect.DeepEqual(got.Value, asJSON(t, want)) {
				t.Errorf("%s, %v:\n got %+v\nwant %+v", id, err, got.Value, want)
			}
		}
		for id, doc := range map[string]T{"empty": empty, "filled": filled} {
			if err := c.Insert(t.Context(), id, doc); err != nil {
				t.Fatal(err)
			}
			holds(id, doc)
		}
		if err := c.Replace(t.Context(), "empty", filled, 1); err != nil {
			t.Error(err)
		}
		holds("empty", filled)
	})
}

// collectionName makes a collection's name of a type's.
func collectionName(name string) string {
	low := []byte("of_")
	for _, b := range []byte(name) {
		switch {
		case 'A' <= b && b <= 'Z':
			low = append(low, b+'a'-'A')
		case 'a' <= b && b <= 'z':
			low = append(low, b)
		default:
			low = append(low, '_')
		}
	}
	return string(low)
}

// asJSON is what JSON keeps of a value.
func asJSON[T any](t *testing.T, value T) (kept T) {
	t.Helper()
	text, err := json.Marshal(value)
	if err == nil {
		err = json.Unmarshal(text, &kept)
	}
	if err != nil {
		t.Fatal(err)
	}
	return kept
}

var (
	monthType = reflect.TypeFor[calendar.Month]()
	timeType  = reflect.TypeFor[time.Time]()
	rawType   = reflect.TypeFor[json.RawMessage]()
)

// filling sets every exported field within v, three structs deep where a type contains itself.
func filling(v reflect.Value, deep int) {
	switch v.Type() {
	case monthType:
		v.Set(reflect.ValueOf(calendar.Month{Year: 2026, Mon: time.November}))
		return
	case timeType:
		v.Set(reflect.ValueOf(time.Date(2026, 3, 28, 21, 59, 59, 123e6, time.UTC)))
		return
	case rawType:
		v.SetBytes([]byte(`{"$set":{"a.b":9007199254740993}}`))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString("$a.b\x00ґє<&>\"😀")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int64:
		v.SetInt(math.MinInt64 + 1)
	case reflect.Int, reflect.Int32, reflect.Int16, reflect.Int8:
		v.SetInt(-7)
	case reflect.Uint, reflect.Uint64, reflect.Uint32, reflect.Uint16, reflect.Uint8:
		v.SetUint(200)
	case reflect.Float64, reflect.Float32:
		v.SetFloat(0.1)
	case reflect.Interface:
		if v.NumMethod() == 0 {
			v.Set(reflect.ValueOf(map[string]any{"a.b": "$c", "": 1.5}))
		}
	default:
		fillingMany(v, deep)
	}
}

func fillingMany(v reflect.Value, deep int) {
	if deep > 8 {
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		filling(v.Elem(), deep+1)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		filling(v.Index(0), deep+1)
	case reflect.Array:
		for i := range v.Len() {
			filling(v.Index(i), deep+1)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		filling(key, deep+1)
		filling(value, deep+1)
		v.SetMapIndex(key, value)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				filling(v.Field(i), deep+1)
			}
		}
	}
}
