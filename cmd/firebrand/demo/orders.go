package demo

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"firebrand/catalog/purchase"
	"firebrand/catalog/purchase/rule"
	"firebrand/internal/calendar"
	"firebrand/internal/member"
)

// sender is whose name stands under what the ERP told.
const sender = "demo-erp"

// product is something that dealers buy; Price is in minor units.
type product struct {
	name, group, supplier string
	price                 int64
}

var products = []product{
	{"Клей для плитки Velmar Flex, 25 кг", adhesives, "Velmar", 389_00},
	{"Ґрунтовка Velmar Deep, 10 л", primers, "Velmar", 465_00},
	{"Гідроізоляція Velmar Dry, 5 кг", waterproof, "Velmar", 890_00},
	{"Мінеральна вата Velmar Warm, 100 мм", insulation, "Velmar", 1_240_00},
	{"Шуруповерт Forma 18 В", tools, "Forma", 3_650_00},
}

// pallet is what the exclusion takes out.
var pallet = product{"Піддон дерев’яний", pallets, "Velmar", 250_00}

// told is a message of the ERP and when it came.
type told struct {
	at time.Time
	purchase.Message
}

// take takes the messages that came before the instant t, in their order, and returns the others.
func (l *life) take(ctx context.Context, all []told, t time.Time) ([]told, error) {
	for len(all) > 0 && all[0].at.Before(t) {
		l.at = all[0].at
		if _, err := l.orders.Take(ctx, sender, all[0].Message); err != nil {
			return nil, fmt.Errorf("order %s: %w", all[0].ID, err)
		}
		all = all[1:]
	}
	return all, nil
}

// line is some units of a product.
func (p product) line(id string, units int64) purchase.Line {
	return purchase.Line{Line: rule.Line{
		ID: id, Product: p.name, Group: p.group, Supplier: p.supplier, Quantity: units, Price: p.price, Cost: p.price * 7 / 10,
	}}
}

// basket draws what a buyer of that size orders.
func basket(r *rand.Rand, size string) []purchase.Line {
	least := map[string]int64{large: 24, medium: 12}[size]
	var lines []purchase.Line
	from := r.IntN(len(products))
	for n := range 1 + r.IntN(3) {
		p := products[(from+n)%len(products)]
		lines = append(lines, p.line(fmt.Sprint(n+1), 6+least+r.Int64N(12+least)))
	}
	if r.IntN(4) == 0 {
		lines = append(lines, pallet.line(fmt.Sprint(len(lines)+1), 4))
	}
	return lines
}

// ordered is an order and, where a time is given, its delivery.
func ordered(id string, by purchase.BuyerRef, placed, delivered time.Time, channel string, lines ...purchase.Line) []told {
	all := []told{{placed, purchase.Message{
		ID: id, Revision: 1, State: purchase.Placed, Placed: placed, Buyer: by, Channel: channel, Lines: lines,
	}}}
	if !delivered.IsZero() {
		all = append(all, told{delivered, purchase.Message{ID: id, Revision: 2, State: purchase.Delivered, Delivered: delivered}})
	}
	return all
}

// past tells what a dealer ordered since the demo's history began: some two orders a month, each delivered some days
// later unless it still is on its way.
func past(r *rand.Rand, z calendar.Zone, now time.Time, i int, c member.Company) (all []told) {
	by, month := purchase.BuyerRef{Company: c.Code}, z.Month(now)
	for back := 2; back >= 0; back-- {
		from, to := z.StartOfMonth(month.Add(-back)), z.EndOfMonth(month.Add(-back))
		if to.After(now) {
			to = now
		}
		for n := range 1 + r.IntN(2) {
			placed := within(r, from, to)
			delivered := placed.Add(time.Duration(40+r.IntN(120)) * time.Hour)
			if delivered.After(now) {
				delivered = time.Time{}
			}
			id := fmt.Sprintf("V-%05d", 20_000+i*100+back*10+n)
			all = append(all, ordered(id, by, placed, delivered, channelOf(r), basket(r, c.Size)...)...)
		}
	}
	return all
}

// within is an instant after from and before to.
func within(r *rand.Rand, from, to time.Time) time.Time {
	return from.Add(time.Duration(r.Int64N(max(1, int64(to.Sub(from)))))).Truncate(time.Second)
}

func channelOf(r *rand.Rand) string { return []string{"app", "phone", "manager"}[r.IntN(3)] }

// special are the orders that a visitor should meet, by the place of their dealer among the companies. All of them came
// before now, whatever day it is.
func special(z calendar.Zone, settles func(time.Time) time.Time, now time.Time, i int, c member.Company) (all []told) {
	by := purchase.BuyerRef{Company: c.Code}
	ago := func(days, hours int) time.Time {
		return now.AddDate(0, 0, -days).Add(-time.Duration(hours) * time.Hour)
	}
	begin := z.StartOfMonth(z.Month(now).Add(-2))
	id := func(n int) string { return fmt.Sprintf("V-%05d", 20_080+i*100+n) }
	switch i {
	case 0: // the dealer of those whom visitors sign in as: active, waiting for the settlement day, on its way, too small
		all = append(all, ordered(id(0), by, begin.Add(60*time.Hour), begin.Add(130*time.Hour), "app",
			products[0].line("1", 120), products[3].line("2", 60), pallet.line("3", 6))...)
		all = append(all, ordered(id(1), by, ago(12, 5), waiting(settles, now), "manager", products[2].line("1", 48), products[1].line("2", 30))...)
		all = append(all, ordered(id(2), by, ago(0, 20), time.Time{}, "app", products[3].line("1", 25), products[4].line("2", 4))...)
		all = append(all, ordered(id(3), by, ago(3, 2), time.Time{}, "phone", products[0].line("1", 10))...)
	case 1: // some of it came back
		all = append(all, ordered(id(0), by, ago(34, 0), ago(31, 0), "manager", products[2].line("1", 60), products[0].line("2", 80))...)
		all = append(all, told{ago(24, 0), purchase.Message{
			ID: id(0), Revision: 3, State: purchase.Returned, Returns: []purchase.Return{{Line: "1", Quantity: 12}},
		}})
	case 2:
		all = append(all, ordered(id(0), by, ago(6, 0), time.Time{}, "phone", products[1].line("1", 90))...)
		all = append(all, told{ago(5, 3), purchase.Message{ID: id(0), Revision: 2, State: purchase.Cancelled}})
	case 3: // more than the month's cap lets through
		all = append(all, ordered(id(0), by, ago(1, 6), time.Time{}, "manager", products[4].line("1", 90), products[3].line("2", 140))...)
	case 4: // the same receipt twice
		for n := range 2 {
			all = append(all, ordered(id(n), by, ago(2, 7-5*n), time.Time{}, "app", products[0].line("1", 64), products[1].line("2", 22))...)
		}
	}
	return all
}

// outside are the orders of a dealer who is not in the programme: taken for comparison, and bringing nothing.
func outside(now time.Time, region string) (all []told) {
	by := purchase.BuyerRef{Company: "V-9001", Name: "ТОВ «Нова Покрівля»", Region: region}
	for n, days := range []int{40, 9} {
		placed := now.AddDate(0, 0, -days)
		all = append(all, ordered(fmt.Sprintf("V-9900%d", n), by, placed, placed.AddDate(0, 0, 4), "manager", products[3].line("1", 30))...)
	}
	return all
}

// waiting is a delivery shortly before now whose settlement day is still to come, on the settlement day itself too.
func waiting(settles func(time.Time) time.Time, now time.Time) time.Time {
	for _, since := range []time.Duration{50 * time.Hour, 3 * time.Hour, 20 * time.Minute} {
		if at := now.Add(-since); settles(at).After(now) {
			return at
		}
	}
	return now.Add(-time.Second)
}

// inOrder puts messages in the order in which they came.
func inOrder(all []told) []told {
	slices.SortStableFunc(all, func(a, b told) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.Revision, b.Revision)) })
	return all
}

// dealer lives what a dealer bought.
func (l *life) dealer(ctx context.Context, i int, c member.Company) error {
	_, err := l.take(ctx, l.bought(i, c), l.end)
	return err
}

// bought are a dealer's messages in the order in which they came.
func (l *life) bought(i int, c member.Company) []told {
	r := rand.New(rand.NewPCG(uint64(i), 23))
	settles := func(t time.Time) time.Time { return l.points.PolicyAt(t).Settles(l.zone, t) }
	all := special(l.zone, settles, l.end, i, c)
	if i%4 != 0 || i > 4 {
		all = append(all, past(r, l.zone, l.end, i, c)...)
	}
	if i == 5 {
		all = append(all, outside(l.end, c.Region)...)
	}
	return inOrder(all)
}

// personal are a member's own purchases of the month before, handed over within it; a message tells all of one.
func (l *life) personal(i int, m member.Member) (all []told) {
	from := l.zone.StartOfMonth(l.month.Prev())
	for n := range l.r.IntN(3) {
		placed := from.Add(time.Duration(l.r.IntN(9*24)) * time.Hour)
		if m.Joined.After(placed) {
			continue
		}
		all = append(all, told{placed.Add(49 * time.Hour), purchase.Message{
			ID: fmt.Sprintf("P-%05d", 40_000+i*10+n), Revision: 1, State: purchase.Delivered, Placed: placed, Delivered: placed.Add(49 * time.Hour),
			Buyer: purchase.BuyerRef{Member: m.Phone}, Channel: channelOf(l.r), Lines: []purchase.Line{products[l.r.IntN(4)].line("1", 28+l.r.Int64N(70))},
		}})
	}
	return inOrder(all)
}
