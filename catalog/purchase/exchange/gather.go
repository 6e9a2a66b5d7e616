package exchange

import (
	"strconv"
	"time"

	"firebrand/catalog/purchase"
	"firebrand/catalog/purchase/rule"
	"firebrand/internal/fault"
	"firebrand/internal/sheet"
)

// draft is an order put together from rows.
type draft struct {
	// key is the order and, where the file tells it, the revision.
	key     string
	message purchase.Message
	// lines are the rows' places in the file.
	lines []int
	// told says that the file itself gives the revision.
	told bool
	// fault is why it cannot be taken, at the row badLine.
	fault   *fault.Error
	badLine int
}

// refuse keeps the first thing that is wrong.
func (d *draft) refuse(line int, f *fault.Error) {
	if d.fault == nil && f != nil {
		d.fault, d.badLine = f, line
	}
}

// rowReader turns rows into drafts by a layout.
type rowReader struct {
	layout
	values
	cells []string
	line  int
	draft *draft
}

// flaws are what keeps a row from being read at all.
var flaws = map[sheet.Flaw]*fault.Error{
	sheet.Quotes:   fault.New(fault.Invalid, "orders_in.flaw_quotes"),
	sheet.Encoding: fault.New(fault.Invalid, "orders_in.flaw_encoding"),
	sheet.Long:     fault.New(fault.Invalid, "orders_in.flaw_long"),
}

// add adds a row to an order: its first row tells of the order, each one of a line.
func (r *rowReader) add(d *draft, row sheet.Row) {
	r.cells, r.line, r.draft = row.Cells, row.Line, d
	d.lines = append(d.lines, row.Line)
	before, first := d.message, len(d.lines) == 1
	if first {
		if d.message.ID = r.get(ID); d.message.ID == "" {
			d.refuse(row.Line, fails("orders_in.no_id", string(ID)))
		}
	}
	r.order(&d.message)
	if !first && differs(before, d.message) {
		d.refuse(row.Line, fails("orders_in.differs", string(ID), "first", d.lines[0]))
	}
	if r.lines {
		r.orderLine(&d.message)
	} else if came := r.number(Came); came > 0 && r.get(LineID) != "" {
		d.message.Returns = append(d.message.Returns, purchase.Return{Line: r.get(LineID), Quantity: came})
	}
}

func (r *rowReader) get(c Column) string { return r.cell(r.cells, c) }

// order reads what a row says of its whole order; what is empty leaves what an earlier row said.
func (r *rowReader) order(m *purchase.Message) {
	r.text(&m.Buyer.Company, Company)
	r.text(&m.Buyer.Member, Member)
	r.buyer(m)
	r.text(&m.Buyer.Name, Name)
	r.text(&m.Buyer.Region, Region)
	r.text(&m.Channel, Channel)
	r.date(&m.Placed, Placed)
	r.date(&m.Delivered, Delivered)
	if text := r.get(StateIs); text != "" {
		state, bad := r.state(text)
		r.draft.refuse(r.line, bad)
		m.State = state
	}
	if n := r.number(Revision); n > 0 {
		m.Revision, r.draft.told = n, true
	}
}

// buyer reads a column that may name a member or a company. Beside a column of companies it names members only: there a
// name stands more often than a number.
func (r *rowReader) buyer(m *purchase.Message) {
	switch text := r.get(Buyer); {
	case text == "":
	case isContact(text):
		if r.get(Member) == "" {
			m.Buyer.Member = text
		}
	case !r.has(Company):
		m.Buyer.Company = text
	}
}

func (r *rowReader) text(into *string, c Column) {
	if text := r.get(c); text != "" {
		*into = text
	}
}

func (r *rowReader) date(into *time.Time, c Column) {
	if text := r.get(c); text != "" {
		at, bad := r.instant(text, c)
		r.draft.refuse(r.line, bad)
		*into = at
	}
}

// differs reports whether a later row contradicts what the rows before it said of their order.
func differs(before, after purchase.Message) bool {
	changed := func(a, b string) bool { return a != "" && a != b }
	moved := func(a, b time.Time) bool { return !a.IsZero() && !a.Equal(b) }
	return changed(before.Buyer.Company, after.Buyer.Company) || changed(before.Buyer.Member, after.Buyer.Member) ||
		changed(before.Channel, after.Channel) || changed(string(before.State), string(after.State)) ||
		moved(before.Placed, after.Placed) || moved(before.Delivered, after.Delivered)
}

// orderLine reads the line that a row speaks of. A line without a number of its own has its place among the order's rows.
func (r *rowReader) orderLine(m *purchase.Message) {
	l := purchase.Line{Line: rule.Line{
		ID: r.get(LineID), Product: r.get(Product), Group: r.get(Group), Supplier: r.get(Supplier),
		Discount: r.amount(Discount), Cost: r.amount(Cost),
	}, Returned: r.number(Came)}
	if l.ID == "" {
		l.ID = strconv.Itoa(len(m.Lines) + 1)
	}
	quantity, bad := int64(0), fails("orders_in.no_quantity", string(Quantity))
	if text := r.get(Quantity); text != "" {
		quantity, bad = r.whole(text, Quantity)
	}
	r.draft.refuse(r.line, bad)
	l.Quantity = quantity
	r.price(&l)
	m.Lines = append(m.Lines, l)
}

// price fills in what a line costs from its price, its total or both. A total that the quantity does not divide is kept to
// the last unit by a price rounded up and a discount.
func (r *rowReader) price(l *purchase.Line) {
	priced, summed := r.get(Price) != "", r.get(Total) != ""
	price, total := r.amount(Price), r.amount(Total)
	switch {
	case l.Quantity <= 0 || price < 0 || total < 0 || l.Discount < 0:
		l.Price = price // the room tells what is wrong with it
		if total < 0 {
			r.draft.refuse(r.line, fails("orders_in.negative", string(Total)))
		}
	case priced && summed:
		l.Price = price
		gross := rule.Line{Quantity: l.Quantity, Price: price}.Gross()
		if r.get(Discount) == "" && gross >= total {
			l.Discount = gross - total
		} else if l.Net() != total {
			r.draft.refuse(r.line, fails("orders_in.total_differs", string(Total)))
		}
	case priced:
		l.Price = price
	case summed:
		full := total + l.Discount
		l.Price = (full + l.Quantity - 1) / l.Quantity
		l.Discount = l.Quantity*l.Price - total
	default:
		r.draft.refuse(r.line, fails("orders_in.no_price", string(Price)))
	}
}

// number reads a count that may be absent.
func (r *rowReader) number(c Column) int64 {
	text := r.get(c)
	if text == "" {
		return 0
	}
	n, bad := r.whole(text, c)
	if bad == nil && n < 0 {
		bad = fails("orders_in.negative", string(c))
	}
	r.draft.refuse(r.line, bad)
	return n
}

// amount reads money that may be absent.
func (r *rowReader) amount(c Column) int64 {
	text := r.get(c)
	if text == "" {
		return 0
	}
	n, bad := r.money(text, c)
	r.draft.refuse(r.line, bad)
	return n
}
