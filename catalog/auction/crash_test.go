package auction_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"firebrand/catalog/auction"
	"firebrand/internal/fault"
)

// scene is a flow that is cut off at each of its writes in turn.
type scene struct {
	name string
	// build sets the stage for an auction of this id and returns what is cut off.
	build func(w *world, id string, people [3]string) (act func(p process) error)
	// least is how many writes it has at least.
	least int
}

func scenes() []scene {
	bid := func(who int, amount, most int64) func(w *world, id string, people [3]string) func(p process) error {
		return func(_ *world, id string, people [3]string) func(p process) error {
			return func(p process) error {
				_, err := p.auction.Bid(context.Background(), auction.Bid{Key: "form", Member: people[who], Auction: id, Amount: amount, Max: most})
				return err
			}
		}
	}
	sell := func(change func(a *auction.Auction), first int64, then func(w *world, id string, people [3]string) func(p process) error) func(w *world, id string, people [3]string) func(p process) error {
		return func(w *world, id string, people [3]string) func(p process) error {
			w.sell(id, change)
			if first > 0 {
				must(w.t, w.bid(id, people[0], first))
			}
			return then(w, id, people)
		}
	}
	plain, proxy := func(*auction.Auction) {}, func(a *auction.Auction) { a.Proxy = true }
	return []scene{
		{"the first bid", sell(plain, 0, bid(1, 150, 0)), 3},
		{"a bid that displaces another", sell(plain, 100, bid(1, 150, 0)), 4},
		{"a proxy that is beaten at once", sell(proxy, 300, bid(1, 150, 0)), 3},
		{"raising one's own bid", sell(proxy, 150, bid(0, 300, 0)), 2},
		{"raising a sealed bid", sell(func(a *auction.Auction) { a.Form = auction.Sealed }, 150, bid(0, 300, 0)), 2},
		{"a bid beyond the balance", sell(plain, 100, bid(1, 5000, 0)), 0},
		{"buying at once while another leads", sell(func(a *auction.Auction) { a.BuyNow = 400 }, 100,
			func(_ *world, id string, people [3]string) func(p process) error {
				return func(p process) error {
					_, err := p.auction.BuyNow(context.Background(), auction.Buy{Key: "form", Member: people[1], Auction: id, Price: 400})
					return err
				}
			}), 8},
		{"voiding", sell(plain, 100, func(_ *world, id string, _ [3]string) func(p process) error {
			return func(p process) error { return p.auction.Void(context.Background(), "marketer", id, "broken") }
		}), 3},
		{"closing", func(w *world, id string, people [3]string) func(p process) error {
			w.sell(id, func(a *auction.Auction) { a.Units, a.Form = 2, auction.Sealed })
			for i, who := range people {
				must(w.t, w.bid(id, who, int64(100+i)))
			}
			w.clock.Set(w.view(id, "").ClosesAt)
			return func(p process) error { return p.auction.Sweep(context.Background()) }
		}, 12},
		{"closing where the best has left", func(w *world, id string, people [3]string) func(p process) error {
			w.sell(id, func(a *auction.Auction) { a.Units, a.Form = 2, auction.Sealed })
			for i, who := range people {
				must(w.t, w.bid(id, who, int64(100+i)))
			}
			must(w.t, w.members.Dismiss(context.Background(), w.admin, people[2]))
			w.clock.Set(w.view(id, "").ClosesAt)
			return func(p process) error { return p.auction.Sweep(context.Background()) }
		}, 12},
		{"closing where an earlier win was cancelled", func(w *world, id string, people [3]string) func(p process) error {
			w.wonAndCancelled(id+"-before", people[0])
			w.sell(id)
			must(w.t, w.bid(id, people[0], 100))
			w.clock.Set(w.view(id, "").ClosesAt)
			return func(p process) error { return p.auction.Sweep(context.Background()) }
		}, 7},
	}
}

// eachWrite plays a scene anew for each of its writes until it has no more.
func eachWrite(t *testing.T, sc scene, play func(w *world, n int, act func(p process) error) (reached bool)) {
	w := newWorld(t)
	for n := 1; ; n++ {
		id := fmt.Sprint("sale", n)
		var people [3]string
		for i := range people {
			people[i] = w.person(fmt.Sprintf("p%d-%d", n, i), 1000)
		}
		act := sc.build(w, id, people)
		reached := play(w, n, act)
		if _, err := w.auction.VerifyAuction(t.Context(), id); err != nil {
			t.Fatalf("write %d: %v", n, err)
		}
		w.end(id)
		w.end(id)
		w.free(people[:]...)
		w.whole(id)
		winners := len(w.view(id, "").Leads)
		if stock := w.stock(id); int(stock)+winners != w.view(id, "").Auction.Units {
			t.Fatalf("write %d: %d in stock and %d winners", n, stock, winners)
		}
		if !reached {
			if n <= sc.least {
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
				eachWrite(t, sc, func(w *world, n int, act func(p process) error) bool {
					w.store.DieAt(n, answerLost)
					_ = act(w.process)
					died := w.store.Restart()
					w.restart()
					w.clock.Add(31 * time.Second)
					w.sweep()
					return died
				})
			})
			t.Run(fmt.Sprintf("%s, sent again, answer lost %v", sc.name, answerLost), func(t *testing.T) {
				eachWrite(t, sc, func(w *world, n int, act func(p process) error) bool {
					w.store.DieAt(n, answerLost)
					first := act(w.process)
					died := w.store.Restart()
					w.restart()
					if second := act(w.process); !died && !sameFault(first, second) {
						t.Fatalf("answered %v, then %v", first, second)
					}
					return died
				})
			})
		}
	}
}

func TestACrashOfTheSweepItself(t *testing.T) {
	for _, sc := range scenes() {
		for _, cut := range []int{2, 4} {
			t.Run(fmt.Sprintf("%s, cut at %d", sc.name, cut), func(t *testing.T) {
				eachWrite(t, scene{sc.name, sc.build, 0}, func(w *world, n int, act func(p process) error) bool {
					w.store.DieAt(cut, n%2 == 0)
					_ = act(w.process)
					w.store.Restart()
					w.restart()
					w.clock.Add(31 * time.Second)
					w.store.DieAt(n, cut%2 == 0)
					_ = w.auction.Sweep(t.Context())
					died := w.store.Restart()
					w.restart()
					w.clock.Add(31 * time.Second)
					w.sweep()
					return died
				})
			})
		}
	}
}

func TestASweepBetweenAnyTwoWritesLeavesNothingHalf(t *testing.T) {
	for _, sc := range scenes() {
		t.Run(sc.name, func(t *testing.T) {
			eachWrite(t, scene{sc.name, sc.build, 0}, func(w *world, n int, act func(p process) error) (reached bool) {
				other := w.another()
				w.store.Hook(func(k int) {
					if k == n {
						reached = true
						w.clock.Add(31 * time.Second)
						must(t, other.auction.Sweep(t.Context()))
					}
				})
				err := act(w.process)
				w.store.Hook(nil)
				if err != nil && !fault.Is(err, fault.Conflict) {
					t.Fatal(err)
				}
				w.clock.Add(31 * time.Second)
				w.sweep()
				return reached
			})
		})
	}
}

func TestSomebodyBidsMoreBetweenAnyTwoWrites(t *testing.T) {
	for _, sc := range scenes()[:6] {
		t.Run(sc.name, func(t *testing.T) {
			eachWrite(t, scene{sc.name, sc.build, 0}, func(w *world, n int, act func(p process) error) (reached bool) {
				other, id := w.another(), fmt.Sprint("sale", n)
				w.store.Hook(func(k int) {
					if k == n {
						reached = true
						_ = other.bid(id, fmt.Sprintf("p%d-2", n), 400)
						_ = other.bid(id, fmt.Sprintf("p%d-1", n), 500) // the same person, from another phone
					}
				})
				err := act(w.process)
				w.store.Hook(nil)
				if err != nil && !fault.Is(err, fault.Conflict) {
					t.Fatal(err)
				}
				w.clock.Add(31 * time.Second)
				w.sweep()
				return reached
			})
		})
	}
}

func TestACrashWhileSchedulingKeepsTheStock(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	for n := 1; ; n++ {
		id := fmt.Sprint("sale", n)
		w.reward("reward-"+id, 3)
		_, err := w.auction.Save(ctx, "marketer", auction.Auction{
			ID: id, Title: map[string]string{"en": "x"}, Reward: "reward-" + id, Units: 3, Start: 1, Step: 1,
			Opens: w.clock.Now(), Closes: w.clock.Now().Add(time.Hour),
		}, 0)
		must(t, err)
		w.store.DieAt(n, n%2 == 0)
		_, _ = w.auction.Schedule(ctx, "marketer", id)
		died := w.store.Restart()
		w.restart()
		w.clock.Add(31 * time.Second)
		w.sweep()
		doc, err := w.auction.ByID(ctx, id)
		must(t, err)
		switch doc.Stage {
		case auction.Draft:
			want(t, "stock of a draft", w.stock(id), 3)
		case auction.Active:
			want(t, "stock of what is announced", w.stock(id), 0)
		default:
			t.Fatalf("write %d leaves it %s", n, doc.Stage)
		}
		_, err = w.auction.Schedule(ctx, "marketer", id)
		must(t, err)
		want(t, "stock", w.stock(id), 0)
		w.end(id)
		want(t, "stock, nothing sold", w.stock(id), 3)
		w.whole(id)
		if !died {
			return
		}
	}
}

func sameFault(a, b error) bool {
	if a == nil || b == nil {
		return a == b
	}
	return fault.As(a).Key == fault.As(b).Key
}
