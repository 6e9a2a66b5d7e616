package catalog_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"firebrand/catalog"
	"firebrand/internal/fault"
	"firebrand/internal/points"
)

func TestTheDeskIssuesOnce(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.reward("mug", 30, 5, 0)
	w.award("ada", 100)
	r, err := w.redeem("ada", "mug", 30, "form")
	must(t, err)

	t.Run("of eight desks that scan at once one issues, the others learn when", func(t *testing.T) {
		other := w.another()
		var issued int
		var mu sync.Mutex
		var wg sync.WaitGroup
		for i := range 8 {
			p := []process{w.process, other}[i%2]
			wg.Go(func() {
				got, err := p.catalog.Issue(ctx, fmt.Sprint("desk", i), r.ID, fmt.Sprint("scan", i))
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					issued++
					if got.State != catalog.Issued {
						t.Errorf("state %s", got.State)
					}
					return
				}
				if f := fault.As(err); f == nil || f.Key != "catalog.issued" || !f.Args["at"].(time.Time).Equal(w.clock.Now()) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		want(t, "issued", issued, 1)
	})
	t.Run("the desk whose answer was lost sends its key again", func(t *testing.T) {
		r, err := w.redeem("ada", "mug", 30, "form-2")
		must(t, err)
		for range 2 {
			got, err := w.catalog.Issue(ctx, "desk", r.ID, "scan")
			must(t, err)
			want(t, "by", got.By, "desk")
		}
	})
	t.Run("what was issued is not cancelled", func(t *testing.T) {
		_, err := w.catalog.Cancel(ctx, "desk", r.ID, "too late", "c")
		wantFault(t, err, fault.Conflict, "catalog.issued")
	})
	t.Run("what never was is not found", func(t *testing.T) {
		_, err := w.catalog.Issue(ctx, "desk", "nothing", "scan")
		wantFault(t, err, fault.NotFound, "catalog.redemption_missing")
		_, err = w.catalog.Redemption(ctx, "nothing")
		wantFault(t, err, fault.NotFound, "catalog.redemption_missing")
	})
	t.Run("the desk sees what was issued last", func(t *testing.T) {
		last, err := w.catalog.RecentlyIssued(ctx, 10)
		must(t, err)
		want(t, "how many", len(last), 2)
	})
	w.agrees()
}

func TestCancelGivesEverythingBack(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.reward("mug", 60, 5, 1)
	soon := w.clock.Now().Add(48 * time.Hour)
	_, err := w.points.Award(ctx, points.Award{Key: "soon", Account: "ada", Amount: 40, Source: points.SourceGrant, Expires: soon})
	must(t, err)
	w.award("ada", 100)
	before := w.balance("ada")
	r, err := w.redeem("ada", "mug", 60, "form")
	must(t, err)

	t.Run("only with a reason", func(t *testing.T) {
		_, err := w.catalog.Cancel(ctx, "desk", r.ID, "  ", "c")
		wantFault(t, err, fault.Invalid, "catalog.reason")
		_, err = w.catalog.Cancel(ctx, "desk", r.ID, strings.Repeat("я", 201), "c")
		wantFault(t, err, fault.Invalid, "catalog.reason")
	})
	t.Run("stock and points return, with the age they had", func(t *testing.T) {
		for range 2 {
			got, err := w.catalog.Cancel(ctx, "desk", r.ID, "It arrived broken", "c")
			must(t, err)
			want(t, "state", got.State, catalog.Cancelled)
			want(t, "reason", got.Reason, "It arrived broken")
		}
		after := w.balance("ada")
		want(t, "balance", after.Alive, before.Alive)
		want(t, "spent", after.Totals.Spent, 0)
		want(t, "what ends first", fmt.Sprint(after.Ends), fmt.Sprint(before.Ends))
		want(t, "stock", w.stock("mug"), 5)
	})
	t.Run("another desk, and the voucher, find it cancelled", func(t *testing.T) {
		_, err := w.catalog.Cancel(ctx, "desk2", r.ID, "again", "c2")
		wantFault(t, err, fault.Conflict, "catalog.cancelled")
		_, err = w.catalog.Issue(ctx, "desk2", r.ID, "i")
		wantFault(t, err, fault.Conflict, "catalog.cancelled")
		found, err := w.catalog.ByCode(ctx, strings.ToLower(r.Voucher()))
		must(t, err)
		want(t, "state", found.State, catalog.Cancelled)
	})
	t.Run("what was refused is not issued", func(t *testing.T) {
		_, err := w.redeem("bob", "mug", 60, "form")
		wantFault(t, err, fault.Conflict, "points.short")
		mine, err := w.catalog.Mine(ctx, "bob")
		must(t, err)
		want(t, "state", mine[0].State, catalog.Refused)
		_, err = w.catalog.Issue(ctx, "desk", mine[0].ID, "i")
		wantFault(t, err, fault.Conflict, "catalog.refused")
	})
	w.agrees()
}

func TestIssueAndCancelAtOnce(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.reward("mug", 1, 100, 0)
	w.award("ada", 100)
	other := w.another()
	for i := range 20 {
		r, err := w.redeem("ada", "mug", 1, fmt.Sprint("form", i))
		must(t, err)
		var issued, cancelled error
		var wg sync.WaitGroup
		wg.Go(func() { _, issued = w.catalog.Issue(ctx, "desk", r.ID, "i") })
		wg.Go(func() { _, cancelled = other.catalog.Cancel(ctx, "desk2", r.ID, "gone", "c") })
		wg.Wait()
		if (issued == nil) == (cancelled == nil) {
			t.Fatalf("issue answered %v, cancel %v", issued, cancelled)
		}
	}
	w.agrees()
}

func TestTheDesksLists(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.reward("mug", 1, 100, 0)
	w.award("ada", 100)
	var ids []string
	for i := range 7 {
		w.clock.pass(time.Second)
		r, err := w.redeem("ada", "mug", 1, fmt.Sprint("form", i))
		must(t, err)
		ids = append(ids, r.ID)
	}
	t.Run("what waits is paged, oldest first, while it is handed out", func(t *testing.T) {
		after, seen := "", []string{}
		for {
			page, err := w.catalog.Waiting(ctx, after, 3)
			must(t, err)
			if len(page) == 0 {
				break
			}
			for _, r := range page {
				seen = append(seen, r.ID)
				_, err := w.catalog.Issue(ctx, "desk", r.ID, "i")
				must(t, err)
			}
			after = page[len(page)-1].ID
		}
		want(t, "seen", fmt.Sprint(seen), fmt.Sprint(ids))
		_, err := w.catalog.Waiting(ctx, "nothing", 3)
		wantFault(t, err, fault.NotFound, "catalog.redemption_missing")
	})
	t.Run("lists that were lost are drawn again as they were", func(t *testing.T) {
		before, err := w.catalog.Mine(ctx, "ada")
		must(t, err)
		want(t, "newest first", before[0].ID, ids[6])
		must(t, w.catalog.Rebuild(ctx))
		after, err := w.catalog.Mine(ctx, "ada")
		must(t, err)
		want(t, "mine", fmt.Sprint(after), fmt.Sprint(before))
		w.agrees()
	})
	t.Run("a record that is heard late changes no list", func(t *testing.T) {
		recs, err := w.journal.Read(ctx, catalog.RedemptionStream(ids[0]), 1, 0)
		must(t, err)
		for _, rec := range slices.Backward(recs) {
			must(t, w.catalog.Follower().Handle(ctx, rec))
			w.agrees()
		}
	})
}
