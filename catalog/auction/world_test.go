package auction_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"firebrand/catalog"
	"firebrand/catalog/auction"
	"firebrand/content"
	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/journal"
	"firebrand/internal/member"
	"firebrand/internal/notify"
	"firebrand/internal/points"
	"firebrand/internal/store"
	"firebrand/internal/testenv"
)

// opening is when auctions of these tests open: a Monday at eleven in Kyiv.
var opening = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

var admin = member.Member{ID: "admin", Role: member.RoleAdmin}

// shared is a store that several processes write to, with the clock of the test.
type shared struct {
	*testenv.Flaky
	now func() time.Time
}

func (shared) Alone() bool { return false }

func (s shared) Now(context.Context) (time.Time, error) { return s.now(), nil }

// players says who has finished a game; everyone but those named.
type players struct{ idle map[string]bool }

func (p players) Finished(_ context.Context, member string, _ calendar.Month) (bool, error) {
	return !p.idle[member], nil
}

// process is one running program over a store.
type process struct {
	t       testing.TB
	journal *journal.Journal
	points  *points.Service
	catalog *catalog.Service
	members *member.Service
	notify  *notify.Service
	auction *auction.Service
}

func start(t testing.TB, e store.Engine, now func() time.Time, redis *store.Redis) process {
	t.Helper()
	ctx := context.Background()
	j, err := journal.Open(ctx, e, now, points.Family, catalog.StockFamily, catalog.RedemptionFamily, auction.Family)
	must(t, err)
	zone, err := calendar.Load("Europe/Kyiv")
	must(t, err)
	p := process{t: t, journal: j, points: &points.Service{Journal: j, Zone: zone, Policy: points.DefaultPolicy(), Now: now}}
	p.catalog, err = catalog.New(ctx, e, j, p.points, now, rand.Reader)
	must(t, err)
	p.members, err = member.Open(ctx, e, now)
	must(t, err)
	p.notify, err = notify.Open(ctx, e, now)
	must(t, err)
	p.auction, err = auction.Open(ctx, e, auction.Service{
		Journal: j, Points: p.points, Catalog: p.catalog, Members: p.members, Notify: p.notify, Redis: redis, Zone: zone, Now: now,
		Game: players{map[string]bool{"idle": true}},
	})
	must(t, err)
	return p
}

// world is a process over a store of its own that can be made to fail, and the clock of both.
type world struct {
	process
	clock *testenv.Clock
	store *testenv.Flaky
	admin member.Member
	redis *store.Redis
}

func newWorld(t testing.TB) *world { return worldOver(t, nil) }

func worldOver(t testing.TB, redis *store.Redis) *world {
	t.Helper()
	w := &world{clock: testenv.At(opening.Format(time.RFC3339)), store: &testenv.Flaky{Engine: testenv.Engine(t)}, redis: redis}
	w.process, w.admin = start(t, shared{w.store, w.clock.Now}, w.clock.Now, redis), admin
	return w
}

// another starts a second process over the same store; nothing makes its writes fail.
func (w *world) another() process {
	return start(w.t, shared{&testenv.Flaky{Engine: w.store.Engine}, w.clock.Now}, w.clock.Now, w.redis)
}

// restart forgets all that the process remembers.
func (w *world) restart() { w.process = start(w.t, shared{w.store, w.clock.Now}, w.clock.Now, w.redis) }

// person enters somebody with a company of their own, or the one named behind, and gives them points of this month.
func (w *world) person(id string, amount int64, company ...string) string {
	w.t.Helper()
	ctx, firm := context.Background(), "firm-"+id
	if len(company) > 0 {
		firm = company[0]
	}
	_, err := w.members.CreateCompany(ctx, w.admin, member.Company{ID: firm, Name: "Firm " + firm, Region: "south"})
	if err != nil && !fault.Is(err, fault.Conflict) {
		w.t.Fatal(err)
	}
	_, err = w.members.Create(ctx, w.admin, member.Member{
		ID: id, Role: member.RoleMember, Company: firm, Name: "Person " + id, Email: id + "@example.com",
	})
	must(w.t, err)
	if amount > 0 {
		w.award(id, amount)
	}
	return id
}

func (p process) award(id string, amount int64) {
	p.t.Helper()
	_, err := p.points.Award(context.Background(), points.Award{
		Key: rand.Text(), Account: id, Amount: amount, Source: points.SourceGame, Played: true, Ref: "game",
	})
	must(p.t, err)
}

// reward publishes a reward with some stock.
func (p process) reward(id string, stock int64) {
	p.t.Helper()
	_, err := p.catalog.SaveReward(context.Background(), "marketer", catalog.Reward{
		ID: id, Name: content.Text{"en": "Bicycle " + id}, Price: 999, State: catalog.Published,
	}, 0)
	must(p.t, err)
	_, err = p.catalog.AddStock(context.Background(), "marketer", id, stock, "first")
	must(p.t, err)
}

// sell schedules an auction of an hour over a reward of its own; change may alter it.
func (w *world) sell(id string, change ...func(*auction.Auction)) auction.Auction {
	w.t.Helper()
	a := auction.Auction{
		ID: id, Title: content.Text{"en": "A bicycle"}, Reward: "reward-" + id, Units: 1, Start: 100, Step: 10,
		Opens: w.clock.Now(), Closes: w.clock.Now().Add(time.Hour),
	}
	for _, c := range change {
		c(&a)
	}
	w.reward(a.Reward, int64(a.Units))
	_, err := w.auction.Save(context.Background(), "marketer", a, 0)
	must(w.t, err)
	_, err = w.auction.Schedule(context.Background(), "marketer", id)
	must(w.t, err)
	a, err = w.auction.ByID(context.Background(), id)
	must(w.t, err)
	return a
}

// bid bids under a key of its own.
func (p process) bid(id, who string, amount int64) error {
	_, err := p.auction.Bid(context.Background(), auction.Bid{Key: rand.Text(), Member: who, Auction: id, Amount: amount})
	return err
}

func (p process) proxy(id, who string, most int64) error {
	_, err := p.auction.Bid(context.Background(), auction.Bid{Key: rand.Text(), Member: who, Auction: id, Amount: 1, Max: most})
	return err
}

func (p process) view(id, who string) auction.View {
	p.t.Helper()
	v, err := p.auction.View(context.Background(), id, who)
	must(p.t, err)
	return v
}

func (p process) account(who string) points.View {
	p.t.Helper()
	v, err := p.points.Balance(context.Background(), who)
	must(p.t, err)
	return v
}

func (p process) stock(id string) int64 {
	p.t.Helper()
	left, err := p.catalog.Stock(context.Background(), "reward-"+id)
	must(p.t, err)
	return left
}

func (p process) sweep() {
	p.t.Helper()
	must(p.t, p.auction.Sweep(context.Background()))
}

// end lets the clock pass the end, sweeps, and again when no slow flow can be left.
func (w *world) end(id string) {
	w.t.Helper()
	if closes := w.view(id, "").ClosesAt; closes.After(w.clock.Now()) {
		w.clock.Set(closes)
	}
	w.sweep()
	w.clock.Add(31 * time.Second)
	w.sweep()
}

// whole checks every law on everything that is stored.
func (p process) whole(ids ...string) {
	p.t.Helper()
	must(p.t, p.laws(ids...))
}

func (p process) laws(ids ...string) error {
	ctx := context.Background()
	for _, id := range ids {
		if _, err := p.auction.VerifyAuction(ctx, id); err != nil {
			return err
		}
	}
	_, _, a := p.journal.Verify(ctx, auction.Family, auction.CheckStream)
	_, _, b := p.journal.Verify(ctx, points.Family, func(_ string, recs []journal.Record) error { return points.VerifyStream(recs) })
	_, _, c := p.journal.Verify(ctx, catalog.StockFamily, catalog.CheckStock)
	_, _, d := p.journal.Verify(ctx, catalog.RedemptionFamily, func(stream string, recs []journal.Record) error {
		if err := catalog.CheckRedemption(stream, recs); err != nil {
			return err
		}
		r, err := catalog.StateOf(recs[len(recs)-1])
		if err != nil {
			return err
		}
		return p.catalog.Agree(ctx, r)
	})
	return errors.Join(a, b, c, d)
}

// free checks that nobody's points are held.
func (p process) free(who ...string) {
	p.t.Helper()
	for _, m := range who {
		want(p.t, "held of "+m, p.account(m).Held, 0)
	}
}

// atOnce lets n do at the same time.
func atOnce(n int, do func(i int)) {
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { do(i) })
	}
	all.Wait()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantFault checks that err is the fault with this message key, and returns it.
func wantFault(t testing.TB, err error, kind fault.Kind, key string) *fault.Error {
	t.Helper()
	f := fault.As(err)
	if f == nil || f.Kind != kind || f.Key != key {
		t.Fatalf("got %v, want %s: %s", err, kind, key)
	}
	return f
}

func want[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Fatalf("%s: got %v, want %v", what, got, want)
	}
}

func name(i int) string { return fmt.Sprint("m", i) }
