package app_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"firebrand/catalog/purchase"
	"firebrand/catalog/purchase/rule"
	"firebrand/cmd/firebrand/app"
	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/member"
	"firebrand/internal/points"
	"firebrand/internal/points/budget"
	"firebrand/internal/points/liability"
	"firebrand/internal/testenv"
)

// perDealer is how many of the members work for one dealer.
const perDealer = 8

// programme is a programme that lives through a year of 2026 in Kyiv, day by day, with nothing running in the
// background: what falls due is written by whoever writes next, and only now and then by a sweep.
type programme struct {
	*app.App
	t       *testing.T
	clock   *testenv.Clock
	people  []*person
	dealers []member.Company
	// mail are the ERP's messages by the day on which they come.
	mail   map[int][]purchase.Message
	random *rand.Rand
	orders int
	told   map[calendar.Month]liability.Liability
}

// person is a member with habits.
type person struct {
	id     string
	random *rand.Rand
	// eager is how likely they play on a day, in permille.
	eager  int
	spends []string
	awards []string
	n      int
	// counted is how far the statement was read, and what its lines summed up to.
	seq, sum int64
}

func newProgramme(t *testing.T) *programme {
	clock := testenv.At("2025-12-31T10:00:00Z")
	p := &programme{
		t: t, clock: clock, mail: map[int][]purchase.Message{}, random: rand.New(rand.NewPCG(2026, 1)),
		told: map[calendar.Month]liability.Liability{},
	}
	p.App = open(t, app.Settings{Now: clock.Now})
	ctx, admin := t.Context(), member.Member{ID: "admin", Role: member.RoleAdmin}
	for i := range yearMembers {
		if i%perDealer == 0 {
			d, err := p.Members.CreateCompany(ctx, admin, member.Company{Name: fmt.Sprint("Dealer ", i/perDealer), Region: []string{"Kyiv", "Lviv"}[i/perDealer%2]})
			p.must(err)
			p.dealers = append(p.dealers, d)
		}
		m, err := p.Members.Create(ctx, admin, member.Member{
			Role: member.RoleMember, Company: p.dealers[len(p.dealers)-1].ID, Name: fmt.Sprint("Person ", i), Email: fmt.Sprintf("p%d@example.com", i),
		})
		p.must(err)
		p.people = append(p.people, &person{id: m.ID, random: rand.New(rand.NewPCG(uint64(i), 7)), eager: []int{250, 120, 60, 20}[i%4]})
	}
	p.rules(ctx)
	p.budgets(ctx)
	return p
}

// rules gives two points for each 100.00 from 500.00 up, at most 3,000 a month.
func (p *programme) rules(ctx context.Context) {
	d, err := p.Rules.Begin(ctx, "marta", 0)
	p.must(err)
	d.Rules = []rule.Rule{{
		ID: "two", Name: map[string]string{"en": "Two points for each hundred", "ru": "Два балла за сотню", "uk": "Два бали за сотню"}, Kind: rule.Rate,
		Points: 2, Money: 100_00, Minimums: []rule.Minimum{{Amount: 500_00}}, CapMonth: 3000, Funding: "velmar",
	}}
	d, err = p.Rules.Save(ctx, "marta", d)
	p.must(err)
	_, err = p.Rules.Publish(ctx, "marta", d.Revision, p.clock.Now().Add(2*time.Minute), "for the year")
	p.must(err)
}

// budgets bound what games and purchases give: in a year, and tightly in one month.
func (p *programme) budgets(ctx context.Context) {
	for _, b := range []budget.Budget{
		{ID: "year", Funding: "velmar", Name: "Purchases 2026", From: day(1, 1), To: day(12, 31), Limit: 1_000_000, WarnShare: 800},
		{ID: "may", Funding: "velmar", Name: "Purchases in May", From: day(5, 1), To: day(5, 31), Limit: yearMembers * 5, WarnShare: 800},
		{ID: "games", Funding: "games", Name: "Games 2026", From: day(1, 1), To: day(12, 31), Limit: yearMembers * 600, WarnShare: 800},
	} {
		_, err := p.Budgets.Save(ctx, "marta", b.ID, b, 0)
		p.must(err)
	}
}

func day(month time.Month, d int) calendar.Date { return calendar.Date{Year: 2026, Mon: month, Day: d} }

func (p *programme) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// live lets one day pass: everybody does what they do, at the same time as everybody else.
func (p *programme) live(n int, today calendar.Date) {
	p.clock.Set(p.Zone.StartOf(today).Add(11 * time.Hour))
	var all sync.WaitGroup
	hands := make(chan func() error)
	for range 16 {
		all.Go(func() {
			for do := range hands {
				if err := do(); err != nil {
					p.t.Error(err)
				}
			}
		})
	}
	for _, one := range p.people {
		hands <- func() error { return p.act(one, today) }
	}
	p.buy(n)
	for _, m := range p.mail[n] {
		hands <- func() error {
			_, err := p.Orders.Take(p.t.Context(), "erp", m)
			return err
		}
	}
	close(hands)
	all.Wait()
	delete(p.mail, n)
	if today.Mon != time.August && today.Weekday() == time.Monday { // in August every job is dead
		p.must(p.Sweep(p.t.Context()))
	}
	if p.t.Failed() {
		p.t.FailNow()
	}
}

// act is one person's day.
func (p *programme) act(one *person, today calendar.Date) error {
	ctx, r := p.t.Context(), one.random
	one.n++
	key := func(what string) string { return fmt.Sprintf("%s-%s-%d", what, one.id, one.n) }
	if today.Mon != time.August { // the warner is dead in August: nobody is warned, nothing burns
		if err := p.warn(ctx, one, key("warn")); err != nil {
			return err
		}
	}
	if r.IntN(1000) < one.eager {
		_, err := p.Points.Award(ctx, points.Award{
			Key: key("game"), Account: one.id, Amount: 5 + r.Int64N(40), Source: points.SourceGame, Funding: "games", Played: true, Ref: "play/x",
		})
		if err != nil {
			return err
		}
		one.awards = append(one.awards, key("game"))
	}
	switch r.IntN(60) {
	case 0:
		return p.forfeit(ctx, one, key("left"))
	case 1, 2:
		return p.spend(ctx, one, key("spend"))
	case 3:
		return p.hold(ctx, one, key("hold"))
	case 4:
		return p.undo(ctx, one, key("undo"))
	}
	return nil
}

// warn warns whoever a warning is due for.
func (p *programme) warn(ctx context.Context, one *person, key string) error {
	v, err := p.Points.Balance(ctx, one.id)
	if err != nil || v.WarnsAt.IsZero() || p.clock.Now().Before(v.WarnsAt) {
		return err
	}
	_, err = p.Points.Warn(ctx, one.id, key, "")
	return err
}

func (p *programme) forfeit(ctx context.Context, one *person, key string) error {
	_, err := p.Points.Forfeit(ctx, points.Forfeit{Key: key, Account: one.id, Amount: 9, Source: points.SourceGame, Ref: "play/y"})
	return err
}

func (p *programme) spend(ctx context.Context, one *person, key string) error {
	v, err := p.Points.Balance(ctx, one.id)
	if err != nil || v.Alive < 10 {
		return err
	}
	_, err = p.Points.Spend(ctx, points.Spend{Key: key, Account: one.id, Amount: v.Alive / 2, Ref: "reward/x"})
	one.spends = append(one.spends, key)
	return err
}

// hold sets points aside and ends that, one way or the other.
func (p *programme) hold(ctx context.Context, one *person, key string) error {
	v, err := p.Points.Balance(ctx, one.id)
	if err != nil || v.Alive < 10 {
		return err
	}
	if _, err = p.Points.Hold(ctx, points.HoldRequest{Key: key, Account: one.id, Amount: v.Alive / 3, Ref: "auction/x"}); err != nil {
		return err
	}
	end := points.End{Key: key + "/end", Account: one.id, Hold: key}
	if one.random.IntN(2) == 0 {
		_, err = p.Points.Capture(ctx, end)
	} else {
		_, err = p.Points.Release(ctx, end)
	}
	return err
}

// undo gives an old spend back, takes an old game back, or corrects by hand.
func (p *programme) undo(ctx context.Context, one *person, key string) (err error) {
	switch n := one.random.IntN(3); {
	case n == 0 && len(one.spends) > 0:
		_, err = p.Points.Refund(ctx, points.Refund{Key: key, Account: one.id, Spend: one.spends[one.random.IntN(len(one.spends))]})
	case n == 1 && len(one.awards) > 0:
		_, err = p.Points.Reverse(ctx, points.Reverse{
			Key: key, Actor: "marta", Account: one.id, Award: one.awards[one.random.IntN(len(one.awards))], Amount: 3, Mode: points.ModeBalance, Ref: "by mistake",
		})
	case n == 2:
		_, err = p.Points.Correct(ctx, points.Correct{Key: key, Actor: "marta", Account: one.id, Amount: one.random.Int64N(60) - 29, Reason: "by hand", Funding: "games"})
	}
	switch fault.KindOf(err) {
	case fault.Conflict, fault.NotFound, fault.Invalid: // given back already, an award that a budget refused, nothing to correct
		return nil
	}
	return err
}

// buy lets dealers order: the ERP's messages come on their days, some twice, some goods come back, some never come.
func (p *programme) buy(n int) {
	for _, d := range p.dealers {
		if p.random.IntN(100) >= 12 {
			continue
		}
		p.orders++
		m := purchase.Message{
			ID: fmt.Sprintf("E-%05d", p.orders), Revision: 1, State: purchase.Placed, Placed: p.clock.Now(), Buyer: purchase.BuyerRef{Company: d.ID},
			Lines: []purchase.Line{
				{Line: rule.Line{ID: "1", Product: "P1", Group: "paint", Quantity: 1 + p.random.Int64N(9), Price: 190_00}},
				{Line: rule.Line{ID: "2", Product: "P2", Group: "tools", Quantity: 1 + p.random.Int64N(4), Price: 330_00}},
			},
		}
		p.mail[n] = append(p.mail[n], m)
		arrives := n + 2 + p.random.IntN(12)
		switch p.random.IntN(10) {
		case 0:
			p.send(n+1, purchase.Message{ID: m.ID, Revision: 2, State: purchase.Cancelled})
			continue
		case 1:
			p.send(arrives+20, purchase.Message{ID: m.ID, Revision: 3, State: purchase.Returned, Returns: []purchase.Return{{Line: "1", Quantity: 1}}})
		case 2:
			p.send(arrives+40, purchase.Message{ID: m.ID, Revision: 3, State: purchase.Returned})
		case 3:
			p.send(n+1, m) // told twice
		}
		p.send(arrives, purchase.Message{ID: m.ID, Revision: 2, State: purchase.Delivered})
	}
}

func (p *programme) send(on int, m purchase.Message) { p.mail[on] = append(p.mail[on], m) }

// accounts are everybody's and the dealers'.
func (p *programme) accounts() []string {
	ids, err := p.Points.Accounts(p.t.Context(), "", 10_000)
	p.must(err)
	return ids
}

// close checks a month's end: every statement sums up to its balance, what everybody was told will happen is what is
// owed later, and what was owed before is still said to have been.
func (p *programme) close(month calendar.Month, sums map[string]*person) {
	t, ctx, now := p.t, p.t.Context(), p.Zone.EndOfMonth(month).Add(-time.Second)
	p.clock.Set(now)
	later := p.Zone.EndOfMonth(month.Add(2))
	var alive, pending, held, coming, debt int64
	for _, id := range p.accounts() {
		v, err := p.Points.Balance(ctx, id)
		p.must(err)
		alive, pending, held, debt = alive+v.Alive, pending+v.Pending, held+v.Held, debt+v.Debt
		if got := p.statement(id, sums); got != v.Alive {
			t.Fatalf("%s, %s: the statement's lines sum up to %d, the balance is %d", month, id, got, v.Alive)
		}
		f, err := p.Points.Forecast(ctx, id)
		p.must(err)
		then := forecast(f, later)
		state, err := p.Points.StateAt(ctx, id, later)
		p.must(err)
		if got := state.View(later).Alive; got != then {
			t.Fatalf("%s, %s: forecast %d at %s, the clock makes it %d", month, id, then, later, got)
		}
		coming += then
	}
	l, err := liability.At(ctx, p.Points, now, liability.Options{})
	p.must(err)
	if l.Alive != alive || l.Pending != pending || l.Held != held || l.Debt != debt {
		t.Fatalf("%s: owed %+v, debt %d; the accounts have %d, %d, %d, debt %d", month, l.Amounts, l.Debt, alive, pending, held, debt)
	}
	ahead, err := liability.At(ctx, p.Points, later, liability.Options{})
	p.must(err)
	if ahead.Alive != coming {
		t.Fatalf("%s: %d will be owed, the forecasts say %d", month, ahead.Alive, coming)
	}
	if before, told := p.told[month.Prev()]; told {
		again, err := liability.At(ctx, p.Points, before.At, liability.Options{})
		p.must(err)
		if fmt.Sprint(again) != fmt.Sprint(before) {
			t.Fatalf("%s: a month later %+v was owed, then it was %+v", month, again, before)
		}
	}
	p.told[month] = l
}

// forecast is what will be spendable, by what the owner is told for certain.
func forecast(f points.Forecast, at time.Time) int64 {
	n := f.Alive
	for _, e := range f.Events {
		switch {
		case e.At.After(at) || !e.Certain:
		case e.Why == points.WhyActive:
			n += e.Amount
		default:
			n -= e.Amount
		}
	}
	return n
}

// statement reads on where it stopped last month and sums every line that there ever was.
func (p *programme) statement(id string, sums map[string]*person) int64 {
	ctx := p.t.Context()
	one := sums[id]
	if one == nil {
		one = &person{}
		sums[id] = one
	}
	for {
		recs, err := p.Journal.Read(ctx, points.Stream(id), one.seq+1, 500)
		p.must(err)
		lines, err := points.LinesOf(recs...)
		p.must(err)
		for _, l := range lines {
			one.sum += l.Amount
		}
		one.seq += int64(len(recs))
		if len(recs) < 500 {
			break
		}
	}
	newest, err := p.Points.Statement(ctx, id, 0, 1)
	p.must(err)
	sum := one.sum
	for _, l := range newest {
		if l.Unwritten {
			sum += l.Amount
		}
	}
	return sum
}

func TestYear(t *testing.T) {
	p := newProgramme(t)
	began := time.Now()
	sums := map[string]*person{}
	n := 0
	for month := (calendar.Month{Year: 2026, Mon: 1}); month.Year == 2026; month = month.Next() {
		for d := month.First(); !month.Last().Before(d); d = d.Add(1) {
			p.live(n, d)
			n++
		}
		p.close(month, sums)
	}
	t.Logf("%d orders, the year took %s", p.orders, time.Since(began))
	p.outcome()
	began = time.Now()
	p.must(p.Sweep(t.Context()))
	if err := p.Verify(t.Context(), func(line string) { t.Log(line) }); err != nil {
		t.Error(err)
	}
	t.Logf("verified in %s", time.Since(began))
}

// outcome checks that the year had everything in it that it is about.
func (p *programme) outcome() {
	p.t.Helper()
	var all points.Totals
	for _, id := range p.accounts() {
		v, err := p.Points.Balance(p.t.Context(), id)
		p.must(err)
		all.Earned, all.Spent, all.Expired = all.Earned+v.Totals.Earned, all.Spent+v.Totals.Spent, all.Expired+v.Totals.Expired
		all.Burned, all.Reversed = all.Burned+v.Totals.Burned, all.Reversed+v.Totals.Reversed
	}
	p.t.Logf("%+v", all)
	if all.Earned == 0 || all.Spent == 0 || all.Expired == 0 || all.Burned == 0 || all.Reversed == 0 {
		p.t.Errorf("something never happened: %+v", all)
	}
	views, err := p.Budgets.List(p.t.Context())
	p.must(err)
	for _, v := range views {
		p.t.Logf("budget %s: %d of %d, warned %t, stopped %t", v.ID, v.Committed, v.Limit, v.Warned, v.Stopped)
		if v.Committed > v.Limit || v.Committed == 0 {
			p.t.Errorf("budget %s gave %d of %d", v.ID, v.Committed, v.Limit)
		}
		if v.ID == "may" && v.StoppedAt.IsZero() {
			p.t.Error("the tight month never stopped anything")
		}
	}
}
