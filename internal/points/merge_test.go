package points_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"firebrand/internal/fault"
	"firebrand/internal/journal"
	"firebrand/internal/points"
)

func viewOf(t testing.TB, s *points.Service, account string) points.View {
	t.Helper()
	v, err := s.Balance(t.Context(), account)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestTwoAccountsOfOnePersonAreMerged(t *testing.T) {
	s, _ := newService(t)
	ctx := t.Context()
	award := func(account, key string, source points.Source, n int64) points.Award {
		return points.Award{Key: key, Account: account, Amount: n, Source: source, Played: source == points.SourceGame}
	}
	must(t)(s.Award(ctx, award("old", "g", points.SourceGame, 50)))
	must(t)(s.Award(ctx, award("old", "o", points.SourcePurchase, 70)))
	must(t)(s.Award(ctx, award("old", "gift", points.SourceGrant, 30)))
	must(t)(s.Spend(ctx, points.Spend{Key: "mug", Account: "old", Amount: 20}))
	must(t)(s.Award(ctx, award("new", "g", points.SourceGame, 5)))
	must(t)(s.Hold(ctx, points.HoldRequest{Key: "h", Account: "old", Amount: 10}))
	merge := points.Merge{Key: "one person", Actor: "ann", From: "old", Into: "new", Reason: "signed up twice"}

	t.Run("not while something holds its points", func(t *testing.T) {
		_, err := s.Merge(ctx, merge)
		wantFault(t, err, fault.Conflict, "points.merge_holds")
		must(t)(s.Release(ctx, points.End{Key: "free", Account: "old", Hold: "h"}))
	})
	t.Run("not without a reason, nor into itself", func(t *testing.T) {
		_, err := s.Merge(ctx, points.Merge{Key: "x", From: "old", Into: "new"})
		wantFault(t, err, fault.Invalid, "points.reason")
		_, err = s.Merge(ctx, points.Merge{Key: "x", From: "old", Into: "old", Reason: "why"})
		wantFault(t, err, fault.Invalid, "points.merge_self")
	})
	t.Run("all it has goes along, its month on the boards too", func(t *testing.T) {
		must(t)(s.Merge(ctx, merge))
		was, is := viewOf(t, s, "old"), viewOf(t, s, "new")
		if was.Alive+was.Pending != 0 || was.MergedInto != "new" || was.Totals.MovedOut != 150 || len(was.Months) != 0 {
			t.Errorf("the old account %+v", was)
		}
		if is.Alive != 65 || is.Pending != 70 || is.Totals.MovedIn != 150 || is.Months[0].Won != 55 {
			t.Errorf("the new account %+v", is)
		}
	})
	t.Run("repeated, by any key, nothing moves again", func(t *testing.T) {
		must(t)(s.Merge(ctx, merge))
		merge.Key = "another day"
		must(t)(s.Merge(ctx, merge))
		if v := viewOf(t, s, "new"); v.Totals.MovedIn != 150 {
			t.Errorf("%+v", v)
		}
		_, err := s.Merge(ctx, points.Merge{Key: "y", From: "old", Into: "third", Reason: "why"})
		wantFault(t, err, fault.Conflict, "points.merged")
	})
	t.Run("no circle", func(t *testing.T) {
		_, err := s.Merge(ctx, points.Merge{Key: "back", From: "new", Into: "old", Reason: "why"})
		wantFault(t, err, fault.Conflict, "points.merge_circle")
	})
	t.Run("what is asked of the old account happens in the new", func(t *testing.T) {
		late := award("old", "late", points.SourceGrant, 7)
		r := must(t)(s.Award(ctx, late))
		if again := must(t)(s.Award(ctx, late)); r.Record.Stream != points.Stream("new") || !again.Record.Replayed {
			t.Errorf("%+v, then %+v", r.Record, again.Record)
		}
		must(t)(s.Hold(ctx, points.HoldRequest{Key: "h2", Account: "old", Amount: 3}))
		must(t)(s.Capture(ctx, points.End{Key: "c2", Account: "old", Hold: "h2"}))
		_, err := s.Release(ctx, points.End{Key: "r2", Account: "old", Hold: "h2"})
		wantFault(t, err, fault.Conflict, "points.hold_ended")
		if v := viewOf(t, s, "new"); v.Alive != 69 {
			t.Errorf("%+v", v)
		}
		if again := must(t)(s.Award(ctx, award("old", "g", points.SourceGame, 50))); !again.Record.Replayed || again.Record.Stream != points.Stream("old") {
			t.Errorf("a key that acted before the merge: %+v", again.Record)
		}
	})
	t.Run("what the old account did is undone in the new, once", func(t *testing.T) {
		must(t)(s.Refund(ctx, points.Refund{Key: "back1", Account: "old", Spend: "mug", Amount: 15}))
		_, err := s.Refund(ctx, points.Refund{Key: "back2", Account: "old", Spend: "mug", Amount: 6})
		wantFault(t, err, fault.Conflict, "points.refunded")
		must(t)(s.Reverse(ctx, points.Reverse{Key: "ret1", Account: "old", Award: "o", Amount: 40}))
		_, err = s.Reverse(ctx, points.Reverse{Key: "ret2", Account: "old", Award: "o", Amount: 31})
		wantFault(t, err, fault.Conflict, "points.reversed")
		must(t)(s.Reverse(ctx, points.Reverse{Key: "ret3", Account: "old", Award: "late", Amount: 7, Ref: "a mistake"}))
		if v := viewOf(t, s, "new"); v.Pending != 30 {
			t.Errorf("%+v", v)
		}
	})
	t.Run("merged on, it is still the same", func(t *testing.T) {
		must(t)(s.Merge(ctx, points.Merge{Key: "again", From: "new", Into: "last", Reason: "a third account"}))
		_, err := s.Reverse(ctx, points.Reverse{Key: "ret4", Account: "old", Award: "o", Amount: 31})
		wantFault(t, err, fault.Conflict, "points.reversed")
		must(t)(s.Reverse(ctx, points.Reverse{Key: "ret5", Account: "old", Award: "o", Amount: 30}))
		if v := viewOf(t, s, "last"); v.Pending != 0 || v.Totals.Reversed != 30 {
			t.Errorf("%+v", v)
		}
	})
	verify(t, s.Journal, 3)
}

// Nothing burns unwarned by a merge.
func TestAMergeBurnsNothingUnwarned(t *testing.T) {
	s, clock := newService(t)
	ctx := t.Context()
	must(t)(s.Award(ctx, points.Award{Key: "g", Account: "warned", Amount: 10, Source: points.SourceGame, Played: true}))
	clock.Add(6 * 24 * time.Hour)
	must(t)(s.Warn(ctx, "warned", "w", ""))
	must(t)(s.Award(ctx, points.Award{Key: "g", Account: "unwarned", Amount: 20, Source: points.SourceGame, Played: true}))
	must(t)(s.Merge(ctx, points.Merge{Key: "m", From: "unwarned", Into: "warned", Reason: "one person"}))
	if v := viewOf(t, s, "warned"); !v.BurnsAt.IsZero() || v.Alive != 30 {
		t.Errorf("after the merge %+v", v)
	}
	clock.Add(30 * 24 * time.Hour)
	if v := viewOf(t, s, "warned"); v.Alive != 30 {
		t.Errorf("a month later %+v", v)
	}
}

// A crash between the two accounts is finished by a sweep, and by the same request.
func TestACrashInAMergeIsFinished(t *testing.T) {
	for _, finish := range []string{"sweep", "merge"} {
		t.Run(finish, func(t *testing.T) {
			s, _ := policed(t)
			ctx := t.Context()
			must(t)(s.Award(ctx, points.Award{Key: "g", Account: "old", Amount: 50, Source: points.SourceGrant}))
			merge := points.Merge{Key: "m", From: "old", Into: "new", Reason: "one person"}
			cut, cancel := context.WithCancel(ctx)
			stop := s.Journal.Listen(points.Family, func(rec journal.Record) {
				if rec.Kind == string(points.KindMergeOut) {
					cancel()
				}
			})
			if _, err := s.Merge(cut, merge); err == nil {
				t.Fatal("the merge went through")
			}
			stop()
			open, err := s.OpenMerges(ctx)
			if err != nil || len(open) != 1 || open[0].From != "old" || open[0].Into != "new" {
				t.Fatalf("open merges %+v, %v", open, err)
			}
			if finish == "sweep" {
				if _, err := s.Sweep(ctx); err != nil {
					t.Fatal(err)
				}
			} else {
				must(t)(s.Merge(ctx, merge))
			}
			if v := viewOf(t, s, "new"); v.Alive != 50 {
				t.Errorf("%+v", v)
			}
			if open, err := s.OpenMerges(ctx); err != nil || len(open) != 0 {
				t.Errorf("open merges %+v, %v", open, err)
			}
			verify(t, s.Journal, 2)
		})
	}
}

// Requests run into a merge: whatever was answered is there in the end.
func TestRequestsDuringAMerge(t *testing.T) {
	s, _ := newService(t)
	ctx := t.Context()
	must(t)(s.Award(ctx, points.Award{Key: "g", Account: "old", Amount: 1000, Source: points.SourceGrant}))
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := range 20 {
				_, err := s.Spend(ctx, points.Spend{Key: fmt.Sprint(w, "/", i), Account: "old", Amount: 1})
				if err != nil { // not even between the two records, when nothing is on either side
					t.Error(err)
				}
			}
		})
	}
	wg.Go(func() { must(t)(s.Merge(ctx, points.Merge{Key: "m", From: "old", Into: "new", Reason: "one person"})) })
	wg.Wait()
	was, is := viewOf(t, s, "old"), viewOf(t, s, "new")
	if is.Alive+was.Totals.Spent+is.Totals.Spent != 1000 || was.Alive != 0 {
		t.Errorf("%+v and %+v", was, is)
	}
	for _, account := range []string{"old", "new"} {
		story, err := s.Story(ctx, account, s.Now().AddDate(-1, 0, 0), time.Time{})
		if err != nil || points.VerifyFrom(story.Opening, story.Records) != nil {
			t.Errorf("%s: %v", account, err)
		}
	}
}
