package demo_test

import (
	"testing"
	"time"

	"firebrand/catalog/auction"
	"firebrand/catalog/purchase"
	"firebrand/cmd/firebrand/app"
	"firebrand/cmd/firebrand/demo"
	"firebrand/internal/calendar"
	"firebrand/internal/member"
)

// The demo is made on whatever day somebody looks at it: the month's first minutes, the settlement day, its last hour.
func TestLoadOnHardDays(t *testing.T) {
	zone, err := calendar.Load("Europe/Kyiv")
	if err != nil {
		t.Fatal(err)
	}
	for name, now := range map[string]time.Time{
		"in the first minutes of a month": time.Date(2026, 12, 1, 0, 5, 0, 0, zone.Location()),
		"on the settlement day":           time.Date(2026, 11, 11, 0, 10, 0, 0, zone.Location()),
		"in the middle of a month":        time.Date(2026, 11, 22, 8, 30, 0, 0, zone.Location()),
		"in the last hour of a year":      time.Date(2026, 12, 31, 23, 40, 0, 0, zone.Location()),
	} {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			a, err := app.Open(ctx, app.Settings{Data: t.TempDir(), Zone: "Europe/Kyiv", Brand: "Velmar", Now: func() time.Time { return now }})
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := a.Close(); err != nil {
					t.Error(err)
				}
			}()
			a.Members.Cost = member.Cost{Memory: 64, Passes: 1, Lanes: 1}
			loaded, err := demo.Load(ctx, a, func(int, int) {})
			if err != nil {
				t.Fatal(err)
			}
			roles := map[member.Role]bool{}
			for _, in := range loaded.SignIns {
				roles[in.Role] = true
			}
			if len(roles) != 5 {
				t.Errorf("there are sign-ins of %d roles, not of all five", len(roles))
			}
			ordered(t, a, now)
			governed(t, a)
			auctioned(t, a, loaded)
		})
	}
}

// ordered checks that orders stand in every state that a visitor should meet.
func ordered(t *testing.T, a *app.App, now time.Time) {
	t.Helper()
	met := map[string]int{}
	err := a.Orders.Each(t.Context(), time.Time{}, time.Time{}, func(o purchase.Order) error {
		if o.Placed.After(now) || o.Changed.After(now) {
			t.Errorf("order %s is of the future", o.ID)
		}
		p := o.Points()
		for what, holds := range map[string]bool{
			"waits for its order": p.Pending > 0, "delivered": p.Delivered > 0, "came back": o.Back() > 0,
			"cancelled": o.State == purchase.Cancelled, "cut": p.Cut > 0, "of nobody": !o.Buyer.Known(),
		} {
			if holds {
				met[what]++
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, what := range []string{"waits for its order", "delivered", "came back", "cancelled", "cut", "of nobody"} {
		if met[what] == 0 {
			t.Errorf("no order is there that is: %s (%v)", what, met)
		}
	}
	o, err := a.Orders.Order(t.Context(), "V-20081")
	if err != nil {
		t.Fatal(err)
	}
	starts, err := a.Orders.Starts(t.Context(), o, o.Buyer.Party())
	if err != nil || len(starts) != 1 || !starts[0].At.After(now) {
		t.Errorf("the delivered order does not wait for its settlement day: %v, %v", starts, err)
	}
	view, err := a.Points.Balance(t.Context(), o.Buyer.Party())
	if err != nil || view.Alive < 300 {
		t.Errorf("the first dealer's own account has %d points: %v", view.Alive, err)
	}
}

// governed checks what marketers look after.
func governed(t *testing.T, a *app.App) {
	t.Helper()
	budgets, err := a.Budgets.List(t.Context())
	if err != nil || len(budgets) != 2 {
		t.Fatalf("%d budgets: %v", len(budgets), err)
	}
	for _, b := range budgets {
		if b.Stopped {
			t.Errorf("the budget %q has stopped", b.Name)
		}
	}
	waiting, err := a.Corrections.Waiting(t.Context())
	if err != nil || len(waiting) != 1 {
		t.Errorf("%d corrections wait: %v", len(waiting), err)
	}
	posed, err := a.Challenges.List(t.Context())
	if err != nil || len(posed) != 3 {
		t.Errorf("%d challenges: %v", len(posed), err)
	}
}

// auctioned checks that an auction stands in every state, that the guest leads in one and was outbid in another, and that
// a prize waits at the desk.
func auctioned(t *testing.T, a *app.App, loaded demo.Loaded) {
	t.Helper()
	ctx := t.Context()
	guest, _, err := a.Members.SignIn(ctx, loaded.SignIns[0].Login, demo.Password, member.Device{})
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]struct {
		phase    auction.Phase
		standing auction.Standing
		bids     int64
	}{
		"warm-shift":     {auction.PhaseClosed, auction.None, 4},
		"two-headlamps":  {auction.PhaseOpen, auction.Outbid, 4},
		"coffee-week":    {auction.PhaseOpen, auction.Leading, 3},
		"sealed-toolbox": {auction.PhaseOpen, auction.None, 3},
		"power-for-all":  {auction.PhaseUpcoming, auction.None, 0},
	} {
		v, err := a.Auctions.View(ctx, id, guest.ID)
		if err != nil {
			t.Fatal(err)
		}
		if v.Phase != want.phase || v.Mine.Standing != want.standing || v.Count < want.bids {
			t.Errorf("%s is %s, the guest %s, with %d bids", id, v.Phase, v.Mine.Standing, v.Count)
		}
		if v.Phase == auction.PhaseOpen && !v.Mine.May {
			t.Errorf("the guest may not bid in %s: %s", id, v.Mine.Why)
		}
		if _, err := a.Auctions.VerifyAuction(ctx, id); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
	if n, err := a.Messages.Unread(ctx, guest.ID); err != nil || n == 0 {
		t.Errorf("the guest has %d messages: %v", n, err)
	}
	won, err := a.Auctions.View(ctx, "warm-shift", guest.ID)
	if err != nil || len(won.Leads) != 1 || won.Unsold != 0 {
		t.Errorf("%d won: %v", len(won.Leads), err)
	}
}
