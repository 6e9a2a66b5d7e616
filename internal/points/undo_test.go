package points_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"firebrand/internal/fault"
	"firebrand/internal/points"
	"firebrand/internal/testenv"
)

// Five hundred awards, each reversed twice at once under different keys, half of them from a second process: five
// hundred succeed. The account remembers far fewer, so that the journal is asked too.
func TestNoAwardIsReversedTwice(t *testing.T) {
	clock := testenv.At("2026-03-02T10:00:00Z")
	e := testenv.Engine(t)
	tills := []*points.Service{
		{Journal: testenv.Journal(t, e, clock.Now, points.Family), Policy: points.DefaultPolicy(), Now: clock.Now},
		{Journal: testenv.Journal(t, e, clock.Now, points.Family), Policy: points.DefaultPolicy(), Now: clock.Now},
	}
	const awards = 500
	account := func(i int) string { return fmt.Sprint("m", i%4) }
	for i := range awards {
		must(t)(tills[0].Award(t.Context(), points.Award{
			Key: fmt.Sprint("a", i), Account: account(i), Amount: 10, Source: points.SourcePurchase, Undelivered: i%2 == 0,
		}))
	}
	var succeeded, refused atomic.Int64
	var wg sync.WaitGroup
	turns := make(chan int)
	for range 16 {
		wg.Go(func() {
			for n := range turns {
				r := points.Reverse{
					Key: fmt.Sprint("r", n), Account: account(n / 2), Award: fmt.Sprint("a", n/2), Amount: 10, Mode: points.ModeBalance,
				}
				_, err := tills[n%2].Reverse(t.Context(), r)
				for fault.Is(err, fault.Unavailable) {
					_, err = tills[n%2].Reverse(t.Context(), r)
				}
				switch f := fault.As(err); {
				case err == nil:
					succeeded.Add(1)
				case f != nil && f.Key == "points.reversed":
					refused.Add(1)
				default:
					t.Error(err)
				}
			}
		})
	}
	for n := range 2 * awards {
		turns <- n
	}
	close(turns)
	wg.Wait()
	if succeeded.Load() != awards || refused.Load() != awards {
		t.Errorf("%d succeeded, %d were refused", succeeded.Load(), refused.Load())
	}
	verify(t, tills[0].Journal, 4)
}

// What was undone long ago is not undone again: more spends and awards are undone than an account remembers.
func TestWhatIsForgottenIsLookedUp(t *testing.T) {
	s, _ := newService(t)
	ctx := t.Context()
	const n = points.UndoneKept + 12
	for i := range n {
		must(t)(s.Award(ctx, points.Award{Key: fmt.Sprint("a", i), Account: "m1", Amount: 10, Source: points.SourceGrant}))
		must(t)(s.Spend(ctx, points.Spend{Key: fmt.Sprint("s", i), Account: "m1", Amount: 4}))
	}
	reverse := func(key string, i int, amount int64) error {
		_, err := s.Reverse(ctx, points.Reverse{Key: key, Account: "m1", Award: fmt.Sprint("a", i), Amount: amount, Ref: "a mistake"})
		return err
	}
	for i := range n {
		must(t)(s.Refund(ctx, points.Refund{Key: fmt.Sprint("f", i), Account: "m1", Spend: fmt.Sprint("s", i), Amount: 3}))
		if err := reverse(fmt.Sprint("r", i), i, 4); err != nil {
			t.Fatal(err)
		}
	}
	state, err := s.StateAt(ctx, "m1", s.Now())
	if err != nil || len(state.Undone) != points.UndoneKept {
		t.Fatalf("%d undone records are remembered, %v", len(state.Undone), err)
	}
	for _, i := range []int{0, 1, n - 1} {
		wantFault(t, reverse(fmt.Sprint("more", i), i, 7), fault.Conflict, "points.reversed")
		if err := reverse(fmt.Sprint("rest", i), i, 6); err != nil {
			t.Error(err)
		}
		wantFault(t, reverse(fmt.Sprint("again", i), i, 1), fault.Conflict, "points.reversed")
		if r := must(t)(s.Refund(ctx, points.Refund{Key: fmt.Sprint("g", i), Account: "m1", Spend: fmt.Sprint("s", i)})); r.Moved != 1 {
			t.Errorf("the rest of spend %d was %d", i, r.Moved)
		}
		_, err := s.Refund(ctx, points.Refund{Key: fmt.Sprint("h", i), Account: "m1", Spend: fmt.Sprint("s", i)})
		wantFault(t, err, fault.Conflict, "points.refunded")
	}
	verify(t, s.Journal, 1)
}

// What an award brought is delivered and taken back once in all, where the delivery names it.
func TestADeliveryUsesUpItsAward(t *testing.T) {
	s, _ := newService(t)
	ctx := t.Context()
	for _, key := range []string{"order-1", "order-2"} {
		must(t)(s.Award(ctx, points.Award{Key: key, Account: "m1", Amount: 100, Source: points.SourcePurchase, Undelivered: true}))
	}
	must(t)(s.Deliver(ctx, points.Deliver{Key: "d1", Account: "m1", Amount: 70, Award: "order-1"}))
	_, err := s.Deliver(ctx, points.Deliver{Key: "d2", Account: "m1", Amount: 31, Award: "order-1"})
	wantFault(t, err, fault.Conflict, "points.reversed")
	_, err = s.Reverse(ctx, points.Reverse{Key: "r1", Account: "m1", Award: "order-1", Amount: 31})
	wantFault(t, err, fault.Conflict, "points.reversed")
	must(t)(s.Reverse(ctx, points.Reverse{Key: "r2", Account: "m1", Award: "order-1", Amount: 30}))
	must(t)(s.Reverse(ctx, points.Reverse{Key: "r3", Account: "m1", Award: "d1", Amount: 70}))
	if v := balance(t, s); v.Pending != 100 || len(v.Starts) != 1 || !v.Starts[0].At.IsZero() {
		t.Errorf("the other order has %+v", v)
	}
	verify(t, s.Journal, 1)
}
