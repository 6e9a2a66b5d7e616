package purchase

import (
	"context"
	"time"

	"firebrand/internal/calendar"
)

// Report is what was bought in some time, by orders that were not cancelled, of buyers in the programme and outside.
type Report struct {
	Orders, Cancelled int64
	// Units and Money are of what was ordered, Money in minor units after discounts; Back and BackMoney of what came back.
	Units, Money, Back, BackMoney int64
	// Customers are the different buyers; Days are the different pairs of a customer and a local day.
	Customers, Days int64
	// OneDay are the customers who bought on one day only. Repeat is how many of all customers bought on more, in
	// ten-thousandths, half up.
	OneDay int64
	Repeat int64
	// Since are the customers who bought at or after ReportQuery.Since.
	Since int64
	// Known are the orders of buyers in the programme.
	Known int64
	// Points are the sums over all orders.
	Points Points
}

// ReportQuery bounds a report. Zero instants leave that side open.
type ReportQuery struct {
	From, To time.Time
	// Since counts customers, see Report.Since; zero counts all.
	Since time.Time
	// Buyer, where set, is the one Buyer.Key it is about.
	Buyer string
}

// customer is what a report remembers of a buyer: no more than it needs, since there may be many.
type customer struct {
	first calendar.Date
	days  map[calendar.Date]bool
	since bool
}

// Report reads every order of the time once. Orders that name no buyer count as nobody's.
func (s *Service) Report(ctx context.Context, q ReportQuery) (Report, error) {
	var r Report
	customers := map[string]*customer{}
	each := func(o Order) error {
		if q.Buyer != "" && o.Buyer.Key() != q.Buyer {
			return nil
		}
		r.add(o)
		if key := o.Buyer.Key(); key != "" && o.State != Cancelled {
			c := customers[key]
			if c == nil {
				c = &customer{}
				customers[key] = c
			}
			c.bought(s.Zone.Date(o.Placed))
			c.since = c.since || !o.Placed.Before(q.Since)
		}
		return nil
	}
	if err := s.Each(ctx, q.From, q.To, each); err != nil {
		return Report{}, err
	}
	for _, c := range customers {
		r.customer(c)
	}
	if r.Customers > 0 {
		r.Repeat = (2*10_000*(r.Customers-r.OneDay) + r.Customers) / (2 * r.Customers)
	}
	return r, nil
}

func (r *Report) add(o Order) {
	if o.State == Cancelled {
		r.Cancelled++
		return
	}
	r.Orders++
	if o.Buyer.Known() {
		r.Known++
	}
	for _, l := range o.Lines {
		r.Units += l.Quantity
		r.Money += l.Net()
		r.Back += l.Returned
		r.BackMoney += l.Net() - l.kept(l.Net())
	}
	p := o.Points()
	r.Points.Value += p.Value
	r.Points.Kept += p.Kept
	r.Points.Given += p.Given
	r.Points.Pending += p.Pending
	r.Points.Delivered += p.Delivered
	r.Points.Cut += p.Cut
	r.Points.Owed += p.Owed
	r.Points.Forgiven += p.Forgiven
}

// bought notes a day; most customers have one, which needs no map.
func (c *customer) bought(day calendar.Date) {
	switch {
	case c.days != nil:
		c.days[day] = true
	case c.first == calendar.Date{}:
		c.first = day
	case c.first != day:
		c.days = map[calendar.Date]bool{c.first: true, day: true}
	}
}

func (r *Report) customer(c *customer) {
	r.Customers++
	r.Days += int64(max(1, len(c.days)))
	if c.days == nil {
		r.OneDay++
	}
	if c.since {
		r.Since++
	}
}
