package catalog_test

import (
	"fmt"
	"testing"
	"time"

	"firebrand/internal/fault"
)

// scene is a flow that is cut off at each of its writes in turn.
type scene struct {
	name  string
	build func(w world) (act func(p process) error)
	// ends are the ways the world may look afterwards.
	ends []outcome
}

// outcome is what a scene leaves of 100 points and 2 pieces.
type outcome struct{ alive, left int64 }

func scenes() []scene {
	redeem := func(perMember int, price int64) func(w world) func(p process) error {
		return func(w world) func(p process) error {
			w.reward(w.mug(), price, 2, perMember)
			w.award(w.ada(), 100)
			return func(p process) error {
				_, err := p.redeem(w.ada(), w.mug(), price, "form")
				return err
			}
		}
	}
	whole, nothing := outcome{70, 1}, outcome{100, 2}
	return []scene{
		{"redeeming", redeem(0, 30), []outcome{whole, nothing}},
		{"redeeming what is limited", redeem(1, 30), []outcome{whole, nothing}},
		{"redeeming with too few points", redeem(0, 130), []outcome{nothing}},
		{"redeeming more than the limit", func(w world) func(p process) error {
			act := redeem(1, 30)(w)
			_, err := w.redeem(w.ada(), w.mug(), 30, "before")
			must(w.t, err)
			return act
		}, []outcome{whole}},
		{"cancelling", func(w world) func(p process) error {
			act := redeem(1, 30)(w)
			must(w.t, act(w.process))
			mine, err := w.catalog.Mine(w.t.Context(), w.ada())
			must(w.t, err)
			return func(p process) error {
				_, err := p.catalog.Cancel(p.t.Context(), "desk", mine[0].ID, "broken", "key")
				return err
			}
		}, []outcome{whole, nothing}},
	}
}

// check holds the world against every law and the scene's outcomes.
func (sc scene) check(t *testing.T, w world) {
	t.Helper()
	w.agrees()
	got := outcome{w.balance(w.ada()).Alive, w.stock(w.mug())}
	for _, may := range sc.ends {
		if got == may {
			return
		}
	}
	t.Fatalf("ends with %+v, may end with %+v", got, sc.ends)
}

// eachWrite plays a scene anew for each of its writes until it has no more; cut prepares the death or the interruption
// and reports afterwards whether it happened.
func eachWrite(t *testing.T, sc scene, play func(t *testing.T, w world, n int, act func(p process) error) (reached bool)) {
	w := newWorld(t)
	for n := 1; ; n++ {
		w.turn++
		act := sc.build(w)
		reached := play(t, w, n, act)
		sc.check(t, w)
		if !reached {
			if n < 6 {
				t.Fatalf("only %d writes were met", n-1)
			}
			return
		}
	}
}

func TestACrashAtAnyWriteLeavesNothingHalf(t *testing.T) {
	for _, sc := range scenes() {
		for _, answerLost := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, swept, answer lost %v", sc.name, answerLost), func(t *testing.T) {
				eachWrite(t, sc, func(t *testing.T, w world, n int, act func(p process) error) bool {
					w.store.DieAt(n, answerLost)
					_ = act(w.process)
					died := w.store.Restart()
					w.sweep()
					return died
				})
			})
			t.Run(fmt.Sprintf("%s, sent again, answer lost %v", sc.name, answerLost), func(t *testing.T) {
				eachWrite(t, sc, func(t *testing.T, w world, n int, act func(p process) error) bool {
					w.store.DieAt(n, answerLost)
					first := act(w.process)
					died := w.store.Restart()
					if second := act(w.process); !died && !sameFault(first, second) {
						t.Fatalf("answered %v, then %v", first, second)
					}
					must(t, w.catalog.Sweep(t.Context()))
					return died
				})
			})
		}
	}
}

func TestACrashOfTheSweepItself(t *testing.T) {
	for _, sc := range scenes() {
		t.Run(sc.name, func(t *testing.T) {
			for _, cut := range []int{3, 5, 8} {
				eachWriteOfSweep(t, sc, cut)
			}
		})
	}
}

// eachWriteOfSweep cuts the flow off at one write, then the sweep that follows at each of its own.
func eachWriteOfSweep(t *testing.T, sc scene, cut int) {
	w := newWorld(t)
	for n := 1; ; n++ {
		w.turn++
		act := sc.build(w)
		w.store.DieAt(cut, n%2 == 0)
		_ = act(w.process)
		w.store.Restart()
		w.clock.pass(31 * time.Second)
		w.store.DieAt(n, cut%2 == 0)
		_ = w.catalog.Sweep(t.Context())
		died := w.store.Restart()
		w.sweep()
		sc.check(t, w)
		if !died {
			return
		}
	}
}

func TestASweepBetweenAnyTwoWritesLeavesNothingHalf(t *testing.T) {
	for _, sc := range scenes() {
		t.Run(sc.name, func(t *testing.T) {
			eachWrite(t, sc, func(t *testing.T, w world, n int, act func(p process) error) (reached bool) {
				other := w.another()
				w.store.Hook(func(k int) {
					if k == n {
						reached = true
						w.clock.pass(31 * time.Second)
						must(t, other.catalog.Sweep(t.Context()))
					}
				})
				err := act(w.process)
				w.store.Hook(nil)
				if err != nil && !fault.Is(err, fault.Conflict) {
					t.Fatal(err)
				}
				w.sweep()
				return reached
			})
		})
	}
}

func TestSomebodyTakesTheLastPieceBetweenAnyTwoWrites(t *testing.T) {
	sc := scene{ends: []outcome{{70, 0}, {100, 0}}, build: func(w world) func(p process) error {
		w.reward(w.mug(), 30, 1, 1)
		w.award(w.ada(), 100)
		w.award("bob"+w.ada(), 100)
		return func(p process) error {
			_, err := p.redeem(w.ada(), w.mug(), 30, "form")
			return err
		}
	}}
	eachWrite(t, sc, func(t *testing.T, w world, n int, act func(p process) error) (reached bool) {
		other := w.another()
		var bobs error
		w.store.Hook(func(k int) {
			if k == n {
				reached = true
				_, bobs = other.redeem("bob"+w.ada(), w.mug(), 30, "form")
			}
		})
		adas := act(w.process)
		w.store.Hook(nil)
		if reached && (adas == nil) == (bobs == nil) {
			t.Fatalf("write %d: one piece, and the answers are %v and %v", n, adas, bobs)
		}
		want(t, "all points", w.balance(w.ada()).Alive+w.balance("bob"+w.ada()).Alive, 170)
		return reached
	})
}

func sameFault(a, b error) bool {
	if a == nil || b == nil {
		return a == b
	}
	return fault.As(a).Key == fault.As(b).Key
}
