package points_test

import (
	"context"
	"fmt"
	"testing"

	"firebrand/internal/fault"
	"firebrand/internal/journal"
	"firebrand/internal/points"
)

// cutMerge merges from into into as a process does that dies between the two records.
func cutMerge(t *testing.T, s *points.Service, from, into string) {
	t.Helper()
	cut, cancel := context.WithCancel(t.Context())
	defer cancel()
	stop := s.Journal.Listen(points.Family, func(rec journal.Record) {
		if rec.Kind == string(points.KindMergeOut) && rec.Stream == points.Stream(from) {
			cancel()
		}
	})
	defer stop()
	if _, err := s.Merge(cut, points.Merge{Key: "cut", From: from, Into: into, Reason: "one person"}); err == nil {
		t.Fatal("the merge went through")
	}
}

// What is asked of an account whose merge was cut in half finds all that the account had.
func TestARequestFinishesACutMerge(t *testing.T) {
	s, _ := policed(t)
	ctx := t.Context()
	must(t)(s.Award(ctx, points.Award{Key: "g", Account: "old", Amount: 50, Source: points.SourceGrant}))
	must(t)(s.Spend(ctx, points.Spend{Key: "mug", Account: "old", Amount: 20}))
	t.Run("what was spent there can be refunded", func(t *testing.T) {
		cutMerge(t, s, "old", "new")
		must(t)(s.Refund(ctx, points.Refund{Key: "back", Account: "old", Spend: "mug"}))
		if v := viewOf(t, s, "new"); v.Alive != 50 || v.Totals.Spent != 0 {
			t.Errorf("%+v", v)
		}
	})
	t.Run("and what was there can be spent, through two merges cut in half", func(t *testing.T) {
		must(t)(s.Award(ctx, points.Award{Key: "g", Account: "older", Amount: 5, Source: points.SourceGrant}))
		cutMerge(t, s, "older", "old2")
		cutMerge(t, s, "old2", "new")
		must(t)(s.Spend(ctx, points.Spend{Key: "all", Account: "older", Amount: 55}))
	})
	if open, err := s.OpenMerges(ctx); err != nil || len(open) != 0 {
		t.Errorf("open merges %+v, %v", open, err)
	}
	verify(t, s.Journal, 4)
}

// Both accounts of a person may come under many caps in one month; what they are under together is counted on.
func TestCapsOfTwoAccountsAreCountedTogether(t *testing.T) {
	s, _ := newService(t)
	ctx := t.Context()
	game := func(account, id string) (points.Receipt, error) {
		return s.Award(ctx, points.Award{
			Key: id, Account: account, Amount: 6, Source: points.SourceGame, Cap: points.Cap{ID: id, Most: 9},
		})
	}
	for i := range points.CapsMost {
		must(t)(game("old", fmt.Sprint("old", i)))
		must(t)(game("new", fmt.Sprint("new", i)))
	}
	must(t)(s.Merge(ctx, points.Merge{Key: "m", From: "old", Into: "new", Reason: "one person"}))
	r := must(t)(s.Award(ctx, points.Award{Key: "more", Account: "new", Amount: 6, Source: points.SourceGame, Cap: points.Cap{ID: "old3", Most: 9}}))
	if r.Moved != 3 || r.CutBy != "cap:old3" {
		t.Errorf("%+v", r.Change)
	}
	_, err := game("new", "another")
	wantFault(t, err, fault.Conflict, "points.caps")
	verify(t, s.Journal, 2)
}

// An account with a slash in its id would stand among another's records.
func TestNoAccountHasASlash(t *testing.T) {
	s, _ := newService(t)
	ctx := t.Context()
	_, err := s.Award(ctx, points.Award{Key: "a", Account: "olena/000000000001", Amount: 1, Source: points.SourceGrant})
	wantFault(t, err, fault.Invalid, "points.account")
	must(t)(s.Award(ctx, points.Award{Key: "a", Account: "olena", Amount: 1, Source: points.SourceGrant}))
	_, err = s.Merge(ctx, points.Merge{Key: "m", From: "olena", Into: "olena/2", Reason: "one person"})
	wantFault(t, err, fault.Invalid, "points.account")
	verify(t, s.Journal, 1)
}
