package challenge

import (
	"context"
	"time"

	"firebrand/catalog/purchase"
	"firebrand/internal/journal"
)

// Orders are the Purchases of the real rooms.
type Orders struct{ Purchases *purchase.Service }

// Bought tells the lines of what the account itself bought: a member's own orders, or their company's for the company.
func (o Orders) Bought(ctx context.Context, account string, from, to time.Time, each func(Bought) error) error {
	return o.Purchases.Bought(ctx, account, from, to, func(o purchase.Order, l purchase.OrderLine, delivered bool, net int64) error {
		return each(Bought{
			Order: o.ID, Region: o.Buyer.Region, Channel: o.Channel, Product: l.Product, Group: l.Group, Supplier: l.Supplier,
			Quantity: net, Delivered: delivered,
		})
	})
}

// Told is the buyer of an order's record.
func (o Orders) Told(_ context.Context, rec journal.Record) (time.Time, []string, error) {
	order, err := purchase.OrderOf(rec)
	if err != nil || !order.Buyer.Known() {
		return time.Time{}, nil, err
	}
	return order.Placed, []string{order.Buyer.Party()}, nil
}
