package cases

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"firebrand/catalog/purchase"
	"firebrand/catalog/purchase/challenge"
	"firebrand/catalog/purchase/rule"
	"firebrand/internal/calendar"
	"firebrand/internal/journal"
	"firebrand/internal/points"
)

// Ledger is the Orders of the real rooms.
type Ledger struct {
	Purchases *purchase.Service
	Rules     purchase.Rules
	Points    *points.Service
	Zone      calendar.Zone
}

// Sale reads an order's newest record, and where something came back its history, for when.
func (l Ledger) Sale(ctx context.Context, stream string) (Sale, error) {
	id := purchase.IDOf(stream)
	o, err := l.Purchases.Order(ctx, id)
	if err != nil {
		return Sale{}, err
	}
	sale := l.saleOf(o)
	if o.Back() == 0 {
		return sale, nil
	}
	events, err := l.Purchases.History(ctx, id)
	var before int64
	for _, e := range events {
		if back := e.After.Back(); back != before {
			before, sale.Returned = back, e.At
		}
	}
	return sale, err
}

// Near asks the list of a buyer's orders.
func (l Ledger) Near(ctx context.Context, buyer string, from, to time.Time, limit int) ([]Sale, error) {
	page, err := l.Purchases.List(ctx, purchase.Query{Buyer: buyer, From: from, To: to, Limit: limit})
	sales := make([]Sale, len(page.Orders))
	for i, o := range page.Orders {
		sales[i] = l.saleOf(o)
	}
	slices.Reverse(sales)
	return sales, err
}

// saleOf is an order as it stands. When something came back is the time of its last message, which Sale knows better.
func (l Ledger) saleOf(o purchase.Order) Sale {
	sum := o.Points()
	sale := Sale{
		Order: o.ID, Buyer: o.Buyer.Party(), Channel: o.Channel, Placed: o.Placed, Delivered: o.Delivered,
		Cancelled: o.State == purchase.Cancelled, Points: sum.Value, Short: sum.Owed + sum.Forgiven,
	}
	if sum.Value > 0 && !o.Delivered.IsZero() {
		sale.Active = l.Points.PolicyAt(o.Delivered).Settles(l.Zone, o.Delivered)
	}
	for _, line := range o.Lines {
		sale.Lines = append(sale.Lines, SaleLine{Product: line.Product, Quantity: line.Quantity, Returned: line.Returned, Net: line.Net()})
	}
	if o.Back() > 0 {
		sale.Returned = o.Changed
	}
	if sale.Buyer != "" {
		sale.Minimums, sale.Bonuses = l.asked(o)
	}
	return sale
}

// asked are the minimums that the rules in force asked of an order's region, and how many fixed bonuses they gave it.
func (l Ledger) asked(o purchase.Order) (minimums []int64, bonuses int) {
	set := l.Rules.At(o.Placed)
	for i := range set.Rules {
		if m := minimum(set.Rules[i], o.Buyer.Region); m > 0 && !slices.Contains(minimums, m) {
			minimums = append(minimums, m)
		}
	}
	if o.Facts == nil {
		return minimums, 0
	}
	given := map[string]bool{}
	for _, line := range set.Value(o.Ruled()).Lines {
		for _, t := range line.Trials {
			r, _ := set.Rule(t.Rule)
			if t.Applied && t.Points > 0 && (r.Kind == rule.First || r.Kind == rule.Nth) {
				given[t.Rule] = true
			}
		}
	}
	return minimums, len(given)
}

// minimum is what a rule asks of a region's orders.
func minimum(r rule.Rule, region string) int64 {
	var elsewhere int64
	for _, m := range r.Minimums {
		switch {
		case m.Region == "":
			elsewhere = m.Amount
		case strings.EqualFold(m.Region, region):
			return m.Amount
		}
	}
	return elsewhere
}

// Challenges are the Steps of the real rooms.
type Challenges struct{}

// Reopened reads a record of a challenge's stream.
func (Challenges) Reopened(rec journal.Record) (Reopened, bool, error) {
	if challenge.Kind(rec.Kind) != challenge.KindReopened {
		return Reopened{}, false, nil
	}
	st, err := challenge.StandingOf(rec)
	if err != nil {
		return Reopened{}, false, err
	}
	step, moving := st.Moving()
	if !moving {
		return Reopened{}, false, nil
	}
	return Reopened{
		Account: st.Account, Key: fmt.Sprintf("%s/%s/%d", st.Challenge, step.Step, step.Round),
		Paid: step.Reached, At: rec.At, Points: step.Given,
	}, true, nil
}
