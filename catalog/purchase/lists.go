package purchase

import (
	"context"
	"slices"
	"strings"
	"time"

	"firebrand/internal/fault"
	"firebrand/internal/journal"
	"firebrand/internal/store"
)

// The bounds of lists.
const (
	MaxPage     = 200
	drawTries   = 20
	redrawBatch = 500
	// searched bounds how many orders one page of a filtered list looks at.
	searched = 5000
)

// Query asks for orders, the newest placed first. Zero fields ask for nothing.
type Query struct {
	// From and To bound when they were placed: from the one, before the other.
	From, To time.Time
	// Buyer is a Buyer.Key: an account, or the key of a buyer outside the programme.
	Buyer string
	// State is Placed, Delivered or Cancelled, Flag one of the flags.
	State State
	Flag  string
	// After is Page.Next of the page before.
	After string
	// Limit is at most 200, which is the default.
	Limit int
}

// Page is a part of a list. Next is empty at the end.
type Page struct {
	Orders []Order
	Next   string
}

// List are the orders that a query asks for. A page that is filtered may be short, or empty, before the end.
func (s *Service) List(ctx context.Context, q Query) (Page, error) {
	return s.list(ctx, q, func(o Order) bool {
		return (q.State == "" || o.State == q.State) && (q.Flag == "" || slices.Contains(o.Flags(), q.Flag))
	})
}

func (s *Service) list(ctx context.Context, q Query, fits func(Order) bool) (Page, error) {
	limit := limitOf(q.Limit)
	find := store.Query{Index: "placed", Desc: true, Limit: limit + 1}
	if q.Buyer != "" {
		find.Index, find.Equal = "buyer_placed", []any{q.Buyer}
	}
	find.From, find.To = longAgo, nil
	if !q.From.IsZero() {
		find.From = q.From
	}
	if !q.To.IsZero() {
		find.To = q.To
	}
	if q.After != "" {
		at, id, ok := readPlace(q.After)
		if !ok {
			return Page{}, fault.New(fault.Invalid, "purchase.after").On("after")
		}
		find.After = &store.Position{Values: []any{at}, ID: rowID(id)}
	}
	return s.page(ctx, find, limit, fits)
}

// page fills a page with the orders that fit, looking at so many at most.
func (s *Service) page(ctx context.Context, find store.Query, limit int, fits func(Order) bool) (Page, error) {
	var p Page
	for looked := 0; ; {
		rows, err := s.shadow.Find(ctx, find)
		if err != nil {
			return p, err
		}
		for _, row := range rows {
			o := row.Value.order()
			looked++
			if fits(o) {
				if len(p.Orders) == limit {
					p.Next = place(p.Orders[limit-1])
					return p, nil
				}
				p.Orders = append(p.Orders, o)
			}
			find.After = &store.Position{Values: []any{o.Placed}, ID: row.ID}
			if looked == searched {
				p.Next = place(o)
				return p, nil
			}
		}
		if len(rows) < find.Limit {
			return p, nil
		}
	}
}

// place is where an order stands in lists, as text.
func place(o Order) string { return o.Placed.UTC().Format(time.RFC3339Nano) + "/" + o.ID }

func readPlace(s string) (time.Time, string, bool) {
	when, id, ok := strings.Cut(s, "/")
	at, err := time.Parse(time.RFC3339Nano, when)
	return at, id, ok && err == nil
}

// Mine are the orders that an account bought or has a part of, the newest placed first: a person's own, and those of
// their company whose points go to them. Company may be empty. After and limit are as in Query; a page may be short, or
// empty, before the end.
func (s *Service) Mine(ctx context.Context, account, company, after string, limit int) (Page, error) {
	own, err := s.List(ctx, Query{Buyer: account, After: after, Limit: limit})
	if err != nil || company == "" {
		return own, err
	}
	shared, err := s.list(ctx, Query{Buyer: company, After: after, Limit: limit}, func(o Order) bool { return o.goesTo(account) })
	if err != nil {
		return Page{}, err
	}
	return merged(own, shared, limit), nil
}

// goesTo reports whether an account has a part of the order's points.
func (o Order) goesTo(account string) bool {
	return slices.ContainsFunc(o.Buyer.Receivers, func(r Receiver) bool { return r.Account == account })
}

// merged is the first page of two lists together, as far as both are known.
func merged(a, b Page, limit int) Page {
	all := slices.SortedStableFunc(slices.Values(slices.Concat(a.Orders, b.Orders)), func(a, b Order) int { return -compare(a, b) })
	p := Page{Orders: all}
	for _, next := range []string{a.Next, b.Next} {
		at, id, ok := readPlace(next)
		if !ok {
			continue
		}
		known := Order{Placed: at, ID: id}
		if i := slices.IndexFunc(p.Orders, func(o Order) bool { return compare(o, known) < 0 }); i >= 0 {
			p.Orders = p.Orders[:i]
		}
		if before, id, ok := readPlace(p.Next); !ok || compare(known, Order{Placed: before, ID: id}) > 0 {
			p.Next = next
		}
	}
	if limit = limitOf(limit); len(p.Orders) > limit {
		p.Orders = p.Orders[:limit]
		p.Next = place(p.Orders[limit-1])
	}
	return p
}

// compare orders orders as lists do.
func compare(a, b Order) int {
	if c := a.Placed.Compare(b.Placed); c != 0 {
		return c
	}
	return strings.Compare(a.ID, b.ID)
}

func limitOf(limit int) int {
	if limit < 1 || limit > MaxPage {
		return MaxPage
	}
	return limit
}

// eachPage is how many orders are read at once.
const eachPage = 500

// Each calls each with every order placed from the one instant and before the other, oldest first; a zero instant leaves
// that side open. An error of each ends it and is returned.
func (s *Service) Each(ctx context.Context, from, to time.Time, each func(Order) error) error {
	return s.each(ctx, store.Query{Index: "placed"}, from, to, each)
}

func (s *Service) each(ctx context.Context, find store.Query, from, to time.Time, each func(Order) error) error {
	find.Limit, find.From = eachPage, longAgo
	if !from.IsZero() {
		find.From = from
	}
	if !to.IsZero() {
		find.To = to
	}
	for {
		rows, err := s.shadow.Find(ctx, find)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if err := each(row.Value.order()); err != nil {
				return err
			}
		}
		if len(rows) < eachPage {
			return nil
		}
		last := rows[len(rows)-1]
		find.After = &store.Position{Values: []any{last.Value.Placed}, ID: last.ID}
	}
}

// Bought calls each with every line of the standing orders of one buyer, placed from the one instant and before the
// other: whether the order has arrived, and how many units are left after returns. The buyer is a Buyer.Key.
func (s *Service) Bought(ctx context.Context, buyer string, from, to time.Time, each func(o Order, l OrderLine, delivered bool, net int64) error) error {
	find := store.Query{Index: "buyer_placed", Equal: []any{buyer}}
	return s.each(ctx, find, from, to, func(o Order) error {
		if o.State == Cancelled {
			return nil
		}
		for _, l := range o.Lines {
			if err := each(o, l, o.State == Delivered, l.Quantity-l.Returned); err != nil {
				return err
			}
		}
		return nil
	})
}

// draw writes an order into the lists, unless something newer is there. Fresh says that nothing is there yet.
func (s *Service) draw(ctx context.Context, o Order, fresh bool) error {
	row := shadowRow{Seq: o.Seq, Buyer: o.Buyer.Key(), Placed: o.Placed, Order: o.brief()}
	for try := range drawTries {
		err := s.drawOnce(ctx, row, fresh && try == 0)
		if !fault.Is(err, fault.Conflict) {
			return err
		}
		if err := store.Backoff(ctx, try); err != nil {
			return err
		}
	}
	return fault.New(fault.Unavailable, "store.busy")
}

// brief is an order as lists keep it: without why each rule did what it did.
func (o Order) brief() Order {
	o.Trials = nil
	o.Lines = slices.Clone(o.Lines)
	for i := range o.Lines {
		o.Lines[i].Tried = nil
	}
	return o
}

func (s *Service) drawOnce(ctx context.Context, row shadowRow, fresh bool) error {
	id := rowID(row.Order.ID)
	if fresh {
		return s.shadow.Insert(ctx, id, row)
	}
	e, err := s.shadow.Get(ctx, id)
	switch {
	case fault.Is(err, fault.NotFound):
		return s.shadow.Insert(ctx, id, row)
	case err != nil:
		return err
	case e.Value.Seq >= row.Seq:
		return nil
	}
	return s.shadow.Replace(ctx, id, row, e.Version)
}

// Follower carries out the moves of every record that a crash left undone, and draws the lists: journal.Run keeps it
// going. The call that wrote a record does both itself, so that it only matters after a crash and between processes.
func (s *Service) Follower() journal.Follower {
	return journal.Follower{
		Family: Family,
		Lease:  "order lists",
		Load: func(ctx context.Context) (journal.Cursor, bool, error) {
			e, err := s.shadow.Get(ctx, markID)
			if fault.Is(err, fault.NotFound) {
				return journal.Cursor{}, false, nil
			}
			return e.Value.Mark, err == nil, err
		},
		// Of two followers that save at once either may win: both have drawn what lies behind theirs.
		Save: func(ctx context.Context, c journal.Cursor) error {
			return s.shadow.Put(ctx, markID, func(row *shadowRow) error { row.Mark = c; return nil })
		},
		Redraw: func(ctx context.Context) (journal.Cursor, error) {
			err := s.clearShadow(ctx)
			s.done.forget()
			return journal.Cursor{}, err
		},
		Handle: s.follow,
	}
}

// follow waits for a call of this process that is at work on the order, and goes on where it failed.
func (s *Service) follow(ctx context.Context, rec journal.Record) error {
	if err := s.flights.wait(ctx, rec.Stream); err != nil {
		return err
	}
	if s.done.has(rec.Stream, rec.Seq) {
		return nil
	}
	// Only the last record of a stream can have moves that are not carried out.
	last, err := s.Journal.Last(ctx, rec.Stream)
	if err != nil {
		return err
	}
	_, err = s.settle(ctx, last)
	return err
}

// Rebuild empties the lists and draws them anew. Lists are short of what is not drawn yet while it runs.
func (s *Service) Rebuild(ctx context.Context) error {
	return s.Journal.Redraw(ctx, s.Follower())
}

func (s *Service) clearShadow(ctx context.Context) error {
	for {
		entries, err := s.shadow.Find(ctx, store.Query{Limit: redrawBatch})
		if err != nil || len(entries) == 0 {
			return err
		}
		for _, e := range entries {
			if err := s.shadow.Delete(ctx, e.ID); err != nil && !fault.Is(err, fault.NotFound) {
				return err
			}
		}
	}
}
