package store_test

import (
	"fmt"
	"testing"

	"firebrand/internal/store"
)

func TestRecent(t *testing.T) {
	const most = 10
	var r store.Recent[int]
	count := func(n int) (known int) {
		for i := range n {
			if v, ok := r.Get(fmt.Sprint(i)); ok && v == i {
				known++
			}
		}
		return known
	}
	t.Run("the latest half is remembered, and never more than was allowed", func(t *testing.T) {
		for i := range 100 {
			r.Put(fmt.Sprint(i), i, most)
			for back := range min(i+1, most/2) {
				if v, ok := r.Get(fmt.Sprint(i - back)); !ok || v != i-back {
					t.Fatalf("behind %d, %d is forgotten", i, i-back)
				}
			}
			if n := count(i + 1); n > most {
				t.Fatalf("%d of %d are remembered", n, i+1)
			}
		}
	})
	t.Run("what is put again is what was put last", func(t *testing.T) {
		r.Put("98", 1, most)
		if v, _ := r.Get("98"); v != 1 {
			t.Errorf("got %d", v)
		}
	})
	t.Run("what is dropped is gone, wherever it was", func(t *testing.T) {
		for _, key := range []string{"95", "99"} {
			r.Drop(key)
			if _, ok := r.Get(key); ok {
				t.Errorf("%s is remembered", key)
			}
		}
	})
	t.Run("cleared it is empty", func(t *testing.T) {
		if r.Clear(); count(100) != 0 {
			t.Error("something is remembered")
		}
	})
}
