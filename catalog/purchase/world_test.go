package purchase_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"firebrand/catalog/purchase"
	"firebrand/catalog/purchase/rule"
	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/journal"
	"firebrand/internal/member"
	"firebrand/internal/points"
	"firebrand/internal/store"
	"firebrand/internal/store/sqlite"
	"firebrand/internal/testenv"
)

// town is who may buy: companies "c…" and members "m…" are in the programme, everybody else is not.
type town struct{ sharing map[string][]member.Share }

func (w town) Buyer(_ context.Context, ref member.BuyerRef) (member.Buyer, error) {
	var b member.Buyer
	if ref.Member != "" && ref.Member[0] == 'm' {
		b.Member, b.Known = member.Member{ID: ref.Member, Role: member.RoleMember, Company: "c1"}, true
		b.Company = member.Company{ID: "c1", Region: "Kyiv"}
	} else if ref.Member == "" && ref.Company != "" && ref.Company[0] == 'c' {
		b.Company, b.Known = member.Company{ID: ref.Company, Name: "Dealer " + ref.Company, Region: "Kyiv", Size: "S"}, true
	}
	return b, nil
}

func (w town) Sharing(_ context.Context, company string) (member.Sharing, error) {
	return member.Sharing{Company: company, Shares: w.sharing[company]}, nil
}

// book is one set of rules for ever.
type book struct{ set rule.Set }

func (b book) At(time.Time) rule.Set { return b.set }

// tenPercent gives a point for each ten in money, from 100.00 up.
func tenPercent() rule.Set {
	return rule.Set{Version: 3, Rules: []rule.Rule{{
		ID: "ten", Name: map[string]string{"en": "A point for every ten"}, Kind: rule.Rate, Points: 1, Money: 10_00,
		Minimums: []rule.Minimum{{Amount: 100_00}}, Funding: "velmar",
	}}}
}

// process is one running program over a store.
type process struct {
	t        testing.TB
	journal  *journal.Journal
	points   *points.Service
	purchase *purchase.Service
	town     town
}

func start(t testing.TB, e store.Engine, now func() time.Time, set rule.Set, sharing map[string][]member.Share) process {
	t.Helper()
	j, err := journal.Open(t.Context(), e, now, points.Family, purchase.Family, purchase.BuyerFamily)
	must(t, err)
	zone, err := calendar.Load("Europe/Kyiv")
	must(t, err)
	p := &points.Service{Journal: j, Zone: zone, Policy: points.DefaultPolicy(), Now: now}
	w := town{sharing}
	s, err := purchase.Open(t.Context(), e, purchase.Service{Journal: j, Points: p, Buyers: w, Rules: book{set}, Zone: zone, Now: now})
	must(t, err)
	return process{t, j, p, s, w}
}

// world is a process over a store of its own that can be made to fail, and the clock of both.
type world struct {
	process
	clock   *testenv.Clock
	store   *testenv.Flaky
	set     rule.Set
	sharing map[string][]member.Share
}

func newWorld(t testing.TB, set rule.Set, sharing map[string][]member.Share) world {
	t.Helper()
	e, err := sqlite.Open(t.Context(), t.TempDir(), sqlite.Options{})
	must(t, err)
	t.Cleanup(func() { must(t, e.Close()) })
	c, f := testenv.At("2026-11-24T10:00:00Z"), &testenv.Flaky{Engine: e}
	return world{start(t, f, c.Now, set, sharing), c, f, set, sharing}
}

// another starts a second process over the same store; nothing makes its writes fail.
func (w world) another() process { return start(w.t, w.store.Engine, w.clock.Now, w.set, w.sharing) }

// placedAt is when the tests' orders are placed.
var placedAt = time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)

// goods is a line of some units at 50.00.
func goods(id string, quantity int64) purchase.Line {
	return purchase.Line{Line: rule.Line{ID: id, Product: "P-" + id, Group: "primers", Supplier: "velmar", Quantity: quantity, Price: 50_00}}
}

// placed is the first message of an order of company c1.
func placed(id string, lines ...purchase.Line) purchase.Message {
	return purchase.Message{
		ID: id, Revision: 1, State: purchase.Placed, Placed: placedAt, Buyer: purchase.BuyerRef{Company: "c1"}, Channel: "app", Lines: lines,
	}
}

func delivered(id string, revision int64) purchase.Message {
	return purchase.Message{ID: id, Revision: revision, State: purchase.Delivered, Delivered: placedAt.Add(48 * time.Hour)}
}

func returned(id string, revision int64, line string, quantity int64) purchase.Message {
	return purchase.Message{ID: id, Revision: revision, State: purchase.Returned, Returns: []purchase.Return{{Line: line, Quantity: quantity}}}
}

func cancelled(id string, revision int64) purchase.Message {
	return purchase.Message{ID: id, Revision: revision, State: purchase.Cancelled}
}

func (p process) take(m purchase.Message) purchase.Result {
	p.t.Helper()
	r, err := p.purchase.Take(p.t.Context(), "erp", m)
	must(p.t, err)
	return r
}

func (p process) balance(account string) points.View {
	p.t.Helper()
	v, err := p.points.Balance(p.t.Context(), account)
	must(p.t, err)
	return v
}

// sound checks everything that is stored: chains, the laws of points, of orders and of buyers, that both agree and that
// nothing is open.
func (p process) sound() {
	p.t.Helper()
	must(p.t, p.soundness(p.t.Context()))
}

func (p process) soundness(ctx context.Context) error {
	if _, _, err := p.journal.Verify(ctx, points.Family, func(_ string, recs []journal.Record) error { return points.VerifyStream(recs) }); err != nil {
		return err
	}
	if _, _, err := p.journal.Verify(ctx, purchase.BuyerFamily, purchase.CheckBuyer); err != nil {
		return err
	}
	_, _, err := p.journal.Verify(ctx, purchase.Family, func(stream string, recs []journal.Record) error {
		if err := purchase.CheckStream(stream, recs); err != nil {
			return err
		}
		open, err := p.purchase.Agree(ctx, recs[len(recs)-1])
		if err == nil && open {
			err = fmt.Errorf("%s is open", stream)
		}
		return err
	})
	return err
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantFault(t testing.TB, err error, kind fault.Kind, key, field string) *fault.Error {
	t.Helper()
	f := fault.As(err)
	if f == nil || f.Kind != kind || f.Key != key || f.Field != field {
		t.Fatalf("got %v, want %s: %s (%s)", err, kind, key, field)
	}
	return f
}

func want[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Fatalf("%s: got %v, want %v", what, got, want)
	}
}
