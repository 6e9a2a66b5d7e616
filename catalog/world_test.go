package catalog_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"
	"testing"
	"time"

	"firebrand/catalog"
	"firebrand/content"
	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/journal"
	"firebrand/internal/points"
	"firebrand/internal/store"
	"firebrand/internal/store/sqlite"
	"firebrand/internal/testenv"
)

// clock is set by hand.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock { return &clock{t: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// process is one running program over a store.
type process struct {
	t       testing.TB
	journal *journal.Journal
	points  *points.Service
	catalog *catalog.Service
}

func start(t testing.TB, e store.Engine, now func() time.Time) process {
	t.Helper()
	ctx := t.Context()
	j, err := journal.Open(ctx, e, now, points.Family, catalog.StockFamily, catalog.RedemptionFamily)
	must(t, err)
	zone, err := calendar.Load("Europe/Kyiv")
	must(t, err)
	p := &points.Service{Journal: j, Zone: zone, Policy: points.DefaultPolicy(), Now: now}
	s, err := catalog.New(ctx, e, j, p, now, rand.Reader)
	must(t, err)
	return process{t, j, p, s}
}

// world is a process over a store of its own that can be made to fail, and the clock of both.
type world struct {
	process
	clock *clock
	store *testenv.Flaky
	// turn gives each turn of a test that plays one scene many times its own member and reward.
	turn int
}

func (w world) ada() string { return fmt.Sprint("ada", w.turn) }
func (w world) mug() string { return fmt.Sprint("mug", w.turn) }

func newWorld(t testing.TB) world {
	t.Helper()
	e, err := sqlite.Open(t.Context(), t.TempDir(), sqlite.Options{})
	must(t, err)
	t.Cleanup(func() { must(t, e.Close()) })
	c, f := newClock(), &testenv.Flaky{Engine: e}
	return world{process: start(t, f, c.Now), clock: c, store: f}
}

// another starts a second process over the same store; nothing makes its writes fail.
func (w world) another() process { return start(w.t, w.store.Engine, w.clock.Now) }

// reward publishes a reward with some stock.
func (p process) reward(id string, price int64, stock int64, perMember int) catalog.Reward {
	p.t.Helper()
	r, err := p.catalog.SaveReward(p.t.Context(), "marketer", catalog.Reward{
		ID: id, Name: content.Text{"en": "Thermos " + id}, Price: price, State: catalog.Published, PerMember: perMember,
	}, 0)
	must(p.t, err)
	if stock > 0 {
		_, err = p.catalog.AddStock(p.t.Context(), "marketer", id, stock, "first")
		must(p.t, err)
	}
	return r
}

// award gives a member points that live for three months.
func (p process) award(member string, amount int64) {
	p.t.Helper()
	_, err := p.points.Award(p.t.Context(), points.Award{
		Key: rand.Text(), Account: member, Amount: amount, Source: points.SourceGrant, Ref: "welcome",
	})
	must(p.t, err)
}

func (p process) redeem(member, reward string, price int64, key string) (catalog.Redemption, error) {
	return p.catalog.Redeem(p.t.Context(), catalog.Order{Key: key, Member: member, Reward: reward, Price: price})
}

func (p process) balance(member string) points.View {
	p.t.Helper()
	v, err := p.points.Balance(p.t.Context(), member)
	must(p.t, err)
	return v
}

func (p process) stock(reward string) int64 {
	p.t.Helper()
	left, err := p.catalog.Stock(p.t.Context(), reward)
	must(p.t, err)
	return left
}

// sweep lets half a minute pass and ends what is open.
func (w world) sweep() {
	w.t.Helper()
	w.clock.pass(31 * time.Second)
	must(w.t, w.catalog.Sweep(w.t.Context()))
}

// agrees checks every law on everything that is stored: the chains, points, stock, and that for each redemption the
// three tell the same, nothing is open, and the lists show it.
func (p process) agrees() {
	p.t.Helper()
	must(p.t, p.agreement(p.t.Context()))
}

func (p process) agreement(ctx context.Context) error {
	open, err := p.catalog.Open(ctx)
	if err != nil || len(open) > 0 {
		return fmt.Errorf("open flows %v: %w", open, err)
	}
	held := func(stream string, recs []journal.Record) error {
		state, err := points.StateOf(recs[len(recs)-1])
		if err == nil && len(state.Holds) > 0 {
			err = fmt.Errorf("%s still holds %+v", stream, state.Holds)
		}
		if err != nil {
			return err
		}
		return points.VerifyStream(recs)
	}
	if _, _, err := p.journal.Verify(ctx, points.Family, held); err != nil {
		return err
	}
	if _, _, err := p.journal.Verify(ctx, catalog.StockFamily, catalog.CheckStock); err != nil {
		return err
	}
	lists := map[string][]catalog.Redemption{}
	_, _, err = p.journal.Verify(ctx, catalog.RedemptionFamily, func(stream string, recs []journal.Record) error {
		if err := catalog.CheckRedemption(stream, recs); err != nil {
			return err
		}
		r, err := catalog.StateOf(recs[len(recs)-1])
		if err != nil {
			return err
		}
		if err := p.catalog.Agree(ctx, r); err != nil {
			return err
		}
		if lists[r.Member] == nil {
			if lists[r.Member], err = p.catalog.Mine(ctx, r.Member); err != nil {
				return err
			}
		}
		return p.listed(ctx, lists[r.Member], r)
	})
	return err
}

// listed checks that the member's list and the voucher show the redemption as it stands.
func (p process) listed(ctx context.Context, mine []catalog.Redemption, r catalog.Redemption) error {
	for _, m := range mine {
		if m.ID != r.ID {
			continue
		}
		if m.State != r.State || m.Seq != r.Seq || m.Code != r.Code {
			return fmt.Errorf("listed as %+v, is %+v", m, r)
		}
		if r.Code == "" {
			return nil
		}
		found, err := p.catalog.ByCode(ctx, r.Voucher())
		if err == nil && found.ID != r.ID {
			err = fmt.Errorf("the voucher of %s finds %s", r.ID, found.ID)
		}
		return err
	}
	return fmt.Errorf("redemption %s is not listed", r.ID)
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
