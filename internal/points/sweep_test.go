package points_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"firebrand/internal/calendar"
	"firebrand/internal/journal"
	"firebrand/internal/points"
	"firebrand/internal/store"
	"firebrand/internal/testenv"
)

// policed is a service with policies of its own.
func policed(t testing.TB) (*points.Service, *testenv.Clock) {
	t.Helper()
	clock := testenv.At("2026-03-02T10:00:00Z")
	return worker(t, testenv.Engine(t), clock), clock
}

// worker is one process over a store.
func worker(t testing.TB, e store.Engine, clock *testenv.Clock) *points.Service {
	t.Helper()
	z, err := calendar.Load("Europe/Kyiv")
	if err != nil {
		t.Fatal(err)
	}
	policies, err := points.OpenPolicies(t.Context(), e, clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	j := testenv.Journal(t, e, clock.Now, points.Family)
	return &points.Service{Journal: j, Zone: z, Policies: policies, Now: clock.Now}
}

// recordsOf counts the records of all accounts, and those of one kind.
func recordsOf(t testing.TB, s *points.Service, kind points.Kind) (all, of int) {
	t.Helper()
	_, _, err := s.Journal.Verify(t.Context(), points.Family, func(_ string, recs []journal.Record) error {
		all += len(recs)
		for _, rec := range recs {
			if rec.Kind == string(kind) {
				of++
			}
		}
		return points.VerifyStream(recs)
	})
	if err != nil {
		t.Fatal(err)
	}
	return all, of
}

func TestSweepWritesWhatEnded(t *testing.T) {
	e, clock := testenv.Engine(t), testenv.At("2026-03-02T10:00:00Z")
	s := worker(t, e, clock)
	ctx := t.Context()
	const accounts = 450
	for i := range accounts {
		id := fmt.Sprintf("m%03d", i)
		must(t)(s.Award(ctx, points.Award{Key: "o", Account: id, Amount: 5, Source: points.SourcePurchase}))
		if i%3 == 0 {
			must(t)(s.Award(ctx, points.Award{Key: "g", Account: id, Amount: 5, Source: points.SourceGrant, Expires: time.Date(2026, 3, 12, 10, 0, 0, 0, time.UTC)}))
		}
	}
	t.Run("the settlement day itself writes nothing", func(t *testing.T) {
		clock.Set(time.Date(2026, 3, 10, 22, 0, 0, 0, time.UTC))
		if v := viewOf(t, s, "m001"); v.Alive != 5 {
			t.Errorf("on the 11th %+v", v)
		}
		before, _ := recordsOf(t, s, points.KindSettle)
		if swept, err := s.Sweep(ctx); err != nil || swept.Written != 0 || swept.Looked != accounts || swept.Lag != 0 {
			t.Errorf("%+v, %v", swept, err)
		}
		if after, _ := recordsOf(t, s, points.KindSettle); after != before {
			t.Errorf("%d records became %d", before, after)
		}
	})
	t.Run("many workers at once write each end once", func(t *testing.T) {
		clock.Set(time.Date(2026, 3, 21, 10, 0, 0, 0, time.UTC))
		var mu sync.Mutex
		var all points.Swept
		var wg sync.WaitGroup
		for range 6 {
			w := worker(t, e, clock)
			wg.Go(func() {
				swept, err := w.Sweep(ctx)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				all.Written += swept.Written
				all.Lag = max(all.Lag, swept.Lag)
			})
		}
		wg.Wait()
		// The gifts ended at 22:00Z on 12 March.
		if all.Written != accounts/3 || all.Lag != 8*24*time.Hour+12*time.Hour {
			t.Errorf("%+v", all)
		}
		if _, settled := recordsOf(t, s, points.KindSettle); settled != accounts/3 {
			t.Errorf("%d records of settling", settled)
		}
	})
	t.Run("nothing is left to write", func(t *testing.T) {
		if swept, err := s.Sweep(ctx); err != nil || swept.Written != 0 || swept.Lag != 0 {
			t.Errorf("%+v, %v", swept, err)
		}
		if written, err := s.Settle(ctx, "nobody"); written || err != nil {
			t.Errorf("an account without records: %v, %v", written, err)
		}
	})
	t.Run("accounts are listed page by page", func(t *testing.T) {
		var got []string
		for after := ""; ; after = got[len(got)-1] {
			page, err := s.Accounts(ctx, after, 100)
			if err != nil {
				t.Fatal(err)
			}
			if got = append(got, page...); len(page) < 100 {
				break
			}
		}
		if len(got) != accounts || got[0] != "m000" || got[accounts-1] != "m449" {
			t.Errorf("%d accounts from %s", len(got), got[0])
		}
	})
}

// A worker that dies in the middle of a round leaves the rest of it to the next.
func TestASweepGoesOnWhereAnotherStopped(t *testing.T) {
	s, clock := policed(t)
	for i := range 250 {
		must(t)(s.Award(t.Context(), points.Award{
			Key: "g", Account: fmt.Sprintf("m%03d", i), Amount: 5, Source: points.SourceGrant, Expires: clock.Now(),
		}))
	}
	clock.Add(48 * time.Hour)
	dead, cancel := context.WithCancel(t.Context())
	stop := s.Journal.Listen(points.Family, func(journal.Record) { cancel() })
	if _, err := s.Sweep(dead); err == nil {
		t.Fatal("the worker lived")
	}
	stop()
	// What the dead worker had taken on waits for the next round; here it is the first page.
	first, err := s.Sweep(t.Context())
	if err != nil || first.Looked != 50 {
		t.Errorf("%+v, %v", first, err)
	}
	second, err := s.Sweep(t.Context())
	if err != nil || second.Looked != 250 {
		t.Errorf("%+v, %v", second, err)
	}
	if _, settled := recordsOf(t, s, points.KindSettle); settled != 250 {
		t.Errorf("%d records of settling", settled)
	}
}

// A year with every job dead gives the same balances as a year of sweeps, at every month's end.
func TestAYearWithEveryJobDead(t *testing.T) {
	const members = 12
	swept, sweptClock := policed(t)
	dead, deadClock := policed(t)
	rnd := rand.New(rand.NewPCG(7, 7))
	written := 0
	for day := range 365 {
		at := sweptClock.Now().AddDate(0, 0, 1)
		sweptClock.Set(at)
		deadClock.Set(at)
		for range 3 {
			id := fmt.Sprint("m", rnd.IntN(members))
			act := something(rnd, fmt.Sprint("k", day, "/", rnd.Int64()), id)
			one, errOne := act(t, swept)
			two, errTwo := act(t, dead)
			if (errOne == nil) != (errTwo == nil) || one.Moved != two.Moved || one.Delta != two.Delta || one.Owed != two.Owed {
				t.Fatalf("day %d: %+v, %v, but with dead jobs %+v, %v", day, one, errOne, two, errTwo)
			}
		}
		if day%2 == 0 {
			done, err := swept.Sweep(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			written += done.Written
		}
		if day%30 == 29 {
			for m := range members {
				sameView(t, viewOf(t, swept, fmt.Sprint("m", m)), viewOf(t, dead, fmt.Sprint("m", m)))
			}
		}
	}
	if _, settled := recordsOf(t, swept, points.KindSettle); settled != written || written == 0 {
		t.Errorf("the sweeps wrote %d records and counted %d", settled, written)
	}
	recordsOf(t, dead, points.KindSettle)
}

// sameView compares what people see of an account.
func sameView(t *testing.T, a, b points.View) {
	t.Helper()
	a.Seq, b.Seq = 0, 0
	if x, y := fmt.Sprint(a), fmt.Sprint(b); x != y {
		t.Errorf("with sweeps\n%s\nwith dead jobs\n%s", x, y)
	}
}

// something is one random request, the same for two programmes.
func something(rnd *rand.Rand, key, id string) func(*testing.T, *points.Service) (points.Receipt, error) {
	n := int64(1 + rnd.IntN(200))
	award := points.Award{Key: key, Account: id, Amount: n}
	switch rnd.IntN(8) {
	case 0, 1, 2:
		award.Source, award.Played = points.SourceGame, true
	case 3, 4:
		award.Source, award.Funding = points.SourcePurchase, "brand"
	case 5:
		return func(t *testing.T, s *points.Service) (points.Receipt, error) {
			return s.Correct(t.Context(), points.Correct{Key: key, Actor: "ann", Account: id, Amount: -n, Reason: "a mistake"})
		}
	case 6:
		return func(t *testing.T, s *points.Service) (points.Receipt, error) {
			return s.Warn(t.Context(), id, key, "")
		}
	default:
		return func(t *testing.T, s *points.Service) (points.Receipt, error) {
			return s.Spend(t.Context(), points.Spend{Key: key, Account: id, Amount: n})
		}
	}
	return func(t *testing.T, s *points.Service) (points.Receipt, error) { return s.Award(t.Context(), award) }
}
