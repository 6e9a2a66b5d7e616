package cases_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"firebrand/catalog/purchase"
	"firebrand/catalog/purchase/cases"
	"firebrand/catalog/purchase/challenge"
	"firebrand/catalog/purchase/rule"
	"firebrand/content"
	"firebrand/internal/calendar"
	"firebrand/internal/journal"
	"firebrand/internal/member"
	"firebrand/internal/points"
	"firebrand/internal/testenv"
)

// book is one set of rules for ever: a point for each ten in money from 5,000 up, and 100 for the second order of a month.
type book struct{}

func (book) At(time.Time) rule.Set {
	name := map[string]string{"en": "Rule"}
	return rule.Set{Version: 1, Rules: []rule.Rule{
		{ID: "ten", Name: name, Kind: rule.Rate, Points: 1, Money: 10_00, Minimums: []rule.Minimum{{Amount: 5000_00}, {Region: "Lviv", Amount: 9000_00}}},
		{ID: "second", Name: name, Kind: rule.Nth, Points: 100, Period: rule.Month, N: 2, Onwards: true},
	}}
}

// programme is the real rooms together.
type programme struct {
	t         *testing.T
	clock     *testenv.Clock
	journal   *journal.Journal
	points    *points.Service
	orders    *purchase.Service
	challenge *challenge.Service
	cases     *cases.Service
	olena     member.Member
	revision  int64
}

func newProgramme(t *testing.T) *programme {
	t.Helper()
	ctx, clock, e := t.Context(), testenv.At("2026-11-05T10:00:00Z"), testenv.Engine(t)
	zone, err := calendar.Load("Europe/Kyiv")
	must(t, err)
	j := testenv.Journal(t, e, clock.Now, points.Family, purchase.Family, purchase.BuyerFamily, challenge.Family, "consent", "play")
	w := &programme{t: t, clock: clock, journal: j}
	w.points = &points.Service{Journal: j, Zone: zone, Policy: points.DefaultPolicy(), Now: clock.Now}
	people, err := member.Open(ctx, e, clock.Now)
	must(t, err)
	people.Journal = j
	admin := member.Member{ID: "admin", Role: member.RoleAdmin}
	north, err := people.CreateCompany(ctx, admin, member.Company{Name: "North", Region: "Kyiv"})
	must(t, err)
	w.olena, err = people.Create(ctx, admin, member.Member{Role: member.RoleMember, Company: north.ID, Name: "Olena", Email: "olena@example.com"})
	must(t, err)
	w.orders, err = purchase.Open(ctx, e, purchase.Service{Journal: j, Points: w.points, Buyers: people, Rules: book{}, Zone: zone, Now: clock.Now})
	must(t, err)
	w.challenge, err = challenge.Open(ctx, e, &challenge.Service{
		Journal: j, Points: w.points, People: challenge.Folk{Members: people}, Purchases: challenge.Orders{Purchases: w.orders}, Zone: zone, Now: clock.Now,
	})
	must(t, err)
	w.cases, err = cases.Open(ctx, e, &cases.Service{
		Journal: j, Orders: cases.Ledger{Purchases: w.orders, Rules: book{}, Points: w.points, Zone: zone}, Steps: cases.Challenges{}, Zone: zone, Now: clock.Now,
	})
	must(t, err)
	return w
}

// tell sends what an ERP says of an order of Olena's; lines are units of oil at 100.00.
func (w *programme) tell(id string, state purchase.State, units, returned int64) {
	w.t.Helper()
	w.revision++
	m := purchase.Message{ID: id, Revision: w.revision, State: state, Buyer: purchase.BuyerRef{Member: w.olena.ID}}
	if state == purchase.Placed {
		m.Lines = []purchase.Line{{Line: rule.Line{ID: "1", Product: "O-5", Group: "oil", Supplier: "velmar", Quantity: units, Price: 100_00}}}
		m.Placed = w.clock.Now()
	}
	if state == purchase.Returned {
		m.Returns = []purchase.Return{{Line: "1", Quantity: returned}}
	}
	_, err := w.orders.Take(w.t.Context(), "erp", m)
	must(w.t, err)
}

// waiting lets every follower of the rooms read on.
func (w *programme) waiting() []cases.Case {
	w.t.Helper()
	followers := append([]journal.Follower{w.orders.Follower()}, w.challenge.Followers()...)
	for _, f := range append(followers, w.cases.Followers()...) {
		must(w.t, w.journal.CatchUp(w.t.Context(), f))
	}
	list, err := w.cases.List(context.Background(), cases.Waiting)
	must(w.t, err)
	return list
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestRealOrders(t *testing.T) {
	t.Run("a challenge is paid by orders that arrive and reopened by those that come back", func(t *testing.T) {
		w := newProgramme(t)
		c, err := w.challenge.Save(t.Context(), "mark", "", challenge.Terms{
			Name: content.Text{"en": "Forty"}, Goal: challenge.GoalBuy,
			Goods: challenge.Goods{Groups: []string{"OIL"}, Suppliers: []string{"velmar"}, Regions: []string{"Kyiv"}},
			From:  calendar.Date{Year: 2026, Mon: 11, Day: 1}, To: calendar.Date{Year: 2026, Mon: 11, Day: 20},
			Steps: []challenge.Step{{Target: 40, Points: 300}},
		}, 0, true)
		must(t, err)
		w.tell("A", purchase.Placed, 32, 0)
		w.tell("A", purchase.Delivered, 0, 0)
		w.tell("B", purchase.Placed, 8, 0)
		cards, err := w.challenge.Mine(t.Context(), w.olena.ID)
		must(t, err)
		if len(cards) != 1 || cards[0].Have != 32 || cards[0].Coming != 8 || cards[0].Left() != 8 {
			t.Fatalf("%+v", cards)
		}
		w.clock.Add(24 * time.Hour)
		w.tell("B", purchase.Delivered, 0, 0)
		st, err := w.challenge.Evaluate(t.Context(), c.ID, w.olena.ID)
		must(t, err)
		if st.Net() != 300 {
			t.Fatalf("%+v", st)
		}
		w.clock.Add(4 * 24 * time.Hour)
		w.tell("B", purchase.Returned, 0, 2)
		st, err = w.challenge.Evaluate(t.Context(), c.ID, w.olena.ID)
		must(t, err)
		if st.Net() != 0 || len(st.Steps) != 1 || st.Steps[0].Stand != challenge.StandOpen {
			t.Fatalf("%+v", st)
		}
		open := w.waiting()
		if len(open) != 1 || keys(open[0])[0] != "step" || !slices.Equal(open[0].Orders, []string{"B"}) || open[0].Reasons[0].Args["n"] != 4 {
			t.Fatalf("%+v", open)
		}
	})
	t.Run("all of an order back once its points are there is a case, points and all", func(t *testing.T) {
		w := newProgramme(t)
		w.tell("A", purchase.Placed, 60, 0)
		w.tell("A", purchase.Delivered, 0, 0)
		w.clock.Add(10 * 24 * time.Hour)
		_, err := w.points.Spend(t.Context(), points.Spend{Key: "prize", Actor: w.olena.ID, Account: w.olena.ID, Amount: 500})
		must(t, err)
		if len(w.waiting()) > 0 {
			t.Fatal("nothing came back yet")
		}
		before, err := w.points.Balance(t.Context(), w.olena.ID)
		must(t, err)
		w.tell("A", purchase.Returned, 0, 60)
		w.clock.Add(40 * 24 * time.Hour)
		w.tell("A", purchase.Changed, 0, 0)
		after, err := w.points.Balance(t.Context(), w.olena.ID)
		must(t, err)
		open := w.waiting()
		if len(open) != 1 || !slices.Equal(keys(open[0]), []string{"spent", "active", "minimum"}) || open[0].Reasons[0].Args["points"] != 500 {
			t.Fatalf("%+v", open)
		}
		last, err := w.points.Balance(t.Context(), w.olena.ID)
		must(t, err)
		if before.Alive != 100 || after.Debt != 500 || last.Debt != after.Debt {
			t.Errorf("points %+v, %+v, %+v", before, after, last)
		}
	})
	t.Run("three orders of a day with two bonuses for the n-th are a split one", func(t *testing.T) {
		w := newProgramme(t)
		for i := range int64(3) {
			w.tell(fmt.Sprint("S", i), purchase.Placed, 2+i, 0)
		}
		open := w.waiting()
		if len(open) != 1 || open[0].Kind != cases.Split || keys(open[0])[0] != "bonuses" || open[0].Reasons[0].Args["bonuses"] != 2 {
			t.Fatalf("%+v", open)
		}
	})
	t.Run("the same receipt under another id is a case, and redrawing adds none", func(t *testing.T) {
		w := newProgramme(t)
		w.tell("A", purchase.Placed, 7, 0)
		w.clock.Add(30 * time.Hour)
		w.tell("A-again", purchase.Placed, 7, 0)
		open := w.waiting()
		if len(open) != 1 || open[0].Kind != cases.Twice || open[0].Buyer != w.olena.ID {
			t.Fatalf("%+v", open)
		}
		if again := w.waiting(); len(again) != 1 || again[0].Version != open[0].Version {
			t.Fatalf("%+v", again)
		}
	})
}
