package exchange

import (
	"context"
	"errors"
	"io"
	"regexp"
	"strconv"
	"time"

	"firebrand/catalog/purchase"
	"firebrand/internal/fault"
)

// heard is after how many orders Progress hears again.
const heard = 200

// done is what became of an order of a file.
type done struct {
	*draft
	outcome purchase.Outcome
	points  int64
	placed  time.Time
	notes   []purchase.Note
	// unknown says that its buyer is not in the programme.
	unknown bool
}

// zeroOutcomes counts every outcome from zero.
func zeroOutcomes() map[purchase.Outcome]int {
	m := map[purchase.Outcome]int{}
	for _, o := range Outcomes {
		m[o] = 0
	}
	return m
}

// Import takes the orders of a file of size bytes in, or tries to. A file that does not tell revisions says how an order
// stands now: where that is not what was taken last it becomes the order's next revision. So the same file again repeats,
// and the whole of a file that was cut off completes it. Actor is who sends it, a member's id or a name of its own.
//
// Faults of the whole file, all Invalid: "orders_in.encoding", "orders_in.unreadable", "orders_in.large",
// "orders_in.header", "orders_in.quantity_column", "orders_in.price_column", "orders_in.map_missing",
// "orders_in.scattered". After any other error a part of the file is taken, of which Row has heard: take it again.
func Import(ctx context.Context, orders *purchase.Service, actor string, r io.ReaderAt, size int64, o Options) (Report, error) {
	runs, err := scattered(r, size, o)
	if err != nil {
		return Report{}, err
	}
	src, err := open(r, size, o)
	if err != nil {
		return Report{}, err
	}
	defer src.shut() //nolint:errcheck // it was only read
	src.runs = runs
	if o.Workers < 1 {
		o.Workers = 32
	}
	t := taker{Service: orders, actor: actor, dry: o.DryRun}
	tell := teller{report: src.report, options: o, done: src.in.Done}
	err = pipe(ctx, o.Workers, src.next, t.do, tell.hear)
	if err == nil && o.Progress != nil {
		o.Progress(src.report.Rows, 1)
	}
	return *src.report, err
}

// teller counts and passes on what became of the orders.
type teller struct {
	report  *Report
	options Options
	done    func() float64
}

func (t *teller) hear(d done) error {
	t.report.count(d)
	if t.options.Row != nil {
		for i, line := range d.lines {
			row := Row{Line: line, Order: d.message.ID, Outcome: d.outcome, Fault: d.faultAt(line)}
			if i == 0 {
				row.Points, row.Notes = d.points, d.notes
			}
			if err := t.options.Row(row); err != nil {
				return err
			}
		}
	}
	if t.options.Progress != nil && t.report.Orders%heard == 0 {
		t.options.Progress(t.report.Rows, t.done())
	}
	return nil
}

// faultAt is what a row is told: what is wrong with it, or which row of its order keeps it out.
func (d done) faultAt(line int) *fault.Error {
	if d.fault == nil || line == d.badLine {
		return d.fault
	}
	return fault.New(fault.Invalid, "orders_in.with", "line", d.badLine)
}

// taker takes orders into the room.
type taker struct {
	*purchase.Service
	actor string
	dry   bool
}

// do takes one order. Only what is no fault ends the whole.
func (t taker) do(ctx context.Context, d *draft) (done, error) {
	out := done{draft: d, outcome: Refused}
	if d.fault != nil {
		return out, nil
	}
	d.message.ID = storedID(d.message.ID)
	for i := range d.message.Lines {
		d.message.Lines[i].ID = storedID(d.message.Lines[i].ID)
	}
	if d.message.State == "" {
		d.message.State = purchase.Placed
	}
	result, err := t.newest(ctx, d)
	if err != nil {
		f := fault.As(err)
		if f == nil || f.Kind == fault.Unavailable {
			return out, err
		}
		d.blame(f)
		return out, nil
	}
	out.outcome, out.points, out.notes = result.Outcome, result.Points.Kept, result.Notes
	out.placed, out.unknown = result.Order.Placed, !result.Order.Buyer.Known()
	if out.placed.IsZero() {
		out.placed = d.message.Placed
	}
	return out, nil
}

// revisions bounds how often a newer revision is looked for while others write the same order.
const revisions = 8

// newest takes a message under the revision that it tells; one that tells none repeats the first or the newest revision,
// or becomes the next.
func (t taker) newest(ctx context.Context, d *draft) (purchase.Result, error) {
	m := d.message
	if d.told {
		return t.take(ctx, m)
	}
	m.Revision = 1
	for range revisions {
		result, err := t.take(ctx, m)
		if !fault.Is(err, fault.KeyReused) {
			return result, err
		}
		order, err := t.Order(ctx, m.ID)
		if err != nil {
			return purchase.Result{}, err
		}
		m.Revision = max(order.Revision, m.Revision)
		if m.Revision == order.Revision && order.Revision > 1 {
			if result, err = t.take(ctx, m); !fault.Is(err, fault.KeyReused) {
				return result, err
			}
		}
		m.Revision++
	}
	return purchase.Result{}, fault.New(fault.Unavailable, "store.busy")
}

// retries is how often a store that does not answer is asked again, the first time after a twentieth of a second.
const retries = 6

func (t taker) take(ctx context.Context, m purchase.Message) (result purchase.Result, err error) {
	for wait := range retries {
		if t.dry {
			result, err = t.Try(ctx, m)
		} else {
			result, err = t.Take(ctx, t.actor, m)
		}
		if !fault.Is(err, fault.Unavailable) {
			return result, err
		}
		select {
		case <-ctx.Done():
			return result, errors.Join(ctx.Err(), err)
		case <-time.After(50 * time.Millisecond << wait):
		}
	}
	return result, err
}

var pathOf = regexp.MustCompile(`^(?:lines|returns)\[(\d+)\]\.(\w+)$`)

// columnsOf are the columns of a message's fields that have another name here.
var columnsOf = map[string]Column{
	"buyer.company": Company, "buyer.member": Member, "buyer.name": Name, "buyer.region": Region, "state": StateIs,
	"id": ID, "revision": Revision, "placed": Placed, "delivered": Delivered, "channel": Channel,
}

// blame puts a fault of the room to the row and the column that it speaks of.
func (d *draft) blame(f *fault.Error) {
	line, column := d.lines[0], columnsOf[f.Field]
	if at := pathOf.FindStringSubmatch(f.Field); at != nil {
		if i, err := strconv.Atoi(at[1]); err == nil && i < len(d.lines) {
			line = d.lines[i]
		}
		if column = Column(at[2]); column == "id" {
			column = LineID
		}
	}
	d.refuse(line, f.On(string(column)))
}
