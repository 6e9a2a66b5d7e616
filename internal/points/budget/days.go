package budget

import (
	"context"
	"slices"
	"sync"
	"time"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/journal"
	"firebrand/internal/points"
	"firebrand/internal/store"
)

// Sums are what records did to the points of one funding source, in points.
type Sums struct {
	// Awards is how many awards brought something.
	Awards int64 `json:"awards,omitempty"`
	// Given came in by awards, Reversed was taken back.
	Given    int64 `json:"given,omitempty"`
	Reversed int64 `json:"reversed,omitempty"`
	Spent    int64 `json:"spent,omitempty"`
	Refunded int64 `json:"refunded,omitempty"`
	// Expired and Burned count on the day on which a record wrote them down.
	Expired int64 `json:"expired,omitempty"`
	Burned  int64 `json:"burned,omitempty"`
}

// Net is what was given less what was taken back.
func (s Sums) Net() int64 { return s.Given - s.Reversed }

func (s Sums) add(o Sums) Sums {
	return Sums{
		s.Awards + o.Awards, s.Given + o.Given, s.Reversed + o.Reversed, s.Spent + o.Spent, s.Refunded + o.Refunded,
		s.Expired + o.Expired, s.Burned + o.Burned,
	}
}

// ByFunding are sums by funding source.
type ByFunding map[string]Sums

func (b ByFunding) add(funding string, s Sums) { b[funding] = b[funding].add(s) }

// day is a day's sums as they are stored, once the day is over: counted whole from the journal, and never touched again.
type day struct {
	Day  string    `json:"day"`
	Sums []funding `json:"sums"`
}

// funding is one source's part of a day. It is a list and no map because a source's name may be any text.
type funding struct {
	Funding string `json:"funding"`
	Sums    Sums   `json:"totals"`
}

// Days are the sums of every day by funding source: stored for the days that are over, read on from a place in memory
// for those that are not. It is safe for concurrent use.
type Days struct {
	journal *journal.Journal
	zone    calendar.Zone
	now     func() time.Time
	stored  *store.Collection[day]

	mu sync.Mutex
	// begun says that cursor stands behind the last stored day.
	begun  bool
	cursor journal.Cursor
	// open are the sums up to cursor of the days that are not stored yet.
	open map[calendar.Date]ByFunding
}

// OpenDays opens the sums of days; nothing is counted yet.
func OpenDays(ctx context.Context, e store.Engine, j *journal.Journal, zone calendar.Zone, now func() time.Time) (*Days, error) {
	stored, err := store.OpenCollection[day](ctx, e, store.Spec{Name: "points_days"})
	if err != nil {
		return nil, err
	}
	return &Days{journal: j, zone: zone, now: now, stored: stored, open: map[calendar.Date]ByFunding{}}, nil
}

// CatchUp stores the days that are over. It may run in several processes at once and be killed anywhere.
func (d *Days) CatchUp(ctx context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, err := d.readOn(ctx)
	return err
}

// Between are the sums of the days from one to another, both included. They hold every record that was committed before
// the call.
func (d *Days) Between(ctx context.Context, from, to calendar.Date) (ByFunding, error) {
	table, err := d.table(ctx, from, to)
	if err != nil {
		return nil, err
	}
	return table.between(from, to), nil
}

// byDay are sums by day and funding source.
type byDay map[calendar.Date]ByFunding

func (t byDay) add(on calendar.Date, funding string, s Sums) {
	if t[on] == nil {
		t[on] = ByFunding{}
	}
	t[on].add(funding, s)
}

func (t byDay) between(from, to calendar.Date) ByFunding {
	all := ByFunding{}
	for on, sums := range t {
		if on.Before(from) || to.Before(on) {
			continue
		}
		for funding, s := range sums {
			all.add(funding, s)
		}
	}
	return all
}

// table reads the sums of the days from one to another.
func (d *Days) table(ctx context.Context, from, to calendar.Date) (byDay, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	table, err := d.readOn(ctx)
	if err != nil {
		return nil, err
	}
	for on, sums := range d.open {
		for funding, s := range sums {
			table.add(on, funding, s)
		}
	}
	return table, d.readStored(ctx, table, from, to)
}

// readStored puts the stored days of a span into a table; what is stored of a day is all of it.
func (d *Days) readStored(ctx context.Context, table byDay, from, to calendar.Date) error {
	q := store.Query{From: from.String(), To: to.Add(1).String(), Limit: 400}
	for {
		found, err := d.stored.Find(ctx, q)
		if err != nil {
			return err
		}
		for _, e := range found {
			on, err := calendar.ParseDate(e.Value.Day)
			if err != nil {
				return err
			}
			delete(table, on)
			for _, f := range e.Value.Sums {
				table.add(on, f.Funding, f.Sums)
			}
			q.After = &store.Position{ID: e.ID}
		}
		if len(found) < q.Limit {
			return nil
		}
	}
}

// readOn reads the journal from the cursor to its end. What lies further back than the overlap is counted for good, and
// days that are over by then are stored; the sums of what is younger come back.
func (d *Days) readOn(ctx context.Context) (young byDay, err error) {
	if err := d.begin(ctx); err != nil {
		return nil, err
	}
	young = byDay{}
	settled := d.now().Add(-journal.Overlap)
	const page = 500
	for at := d.cursor; ; {
		recs, err := d.journal.Follow(ctx, points.Family, at, page)
		if err != nil {
			return nil, err
		}
		for _, rec := range recs {
			at = journal.Cursor{At: rec.At, ID: rec.ID()}
			if !rec.At.Before(settled) {
				if err := count(young, d.zone.Date(rec.At), rec); err != nil {
					return nil, err
				}
				continue
			}
			if err := d.store(ctx, rec.At); err != nil {
				return nil, err
			}
			if err := count(d.open, d.zone.Date(rec.At), rec); err != nil {
				return nil, err
			}
			d.cursor = at
		}
		if len(recs) < page {
			return young, d.store(ctx, settled)
		}
	}
}

// begin puts the cursor behind the last day that is stored.
func (d *Days) begin(ctx context.Context) error {
	if d.begun {
		return nil
	}
	last, err := d.stored.Find(ctx, store.Query{Desc: true, Limit: 1})
	if err != nil {
		return err
	}
	d.begun = true
	if len(last) == 0 {
		return nil
	}
	on, err := calendar.ParseDate(last[0].Value.Day)
	d.cursor = journal.Cursor{At: d.zone.EndOf(on)}
	return err
}

// store writes the open days that ended by an instant up to which everything is counted. A day that another process
// stored is the same.
func (d *Days) store(ctx context.Context, by time.Time) error {
	if len(d.open) == 0 {
		return nil
	}
	var over []calendar.Date
	for on := range d.open {
		if !d.zone.EndOf(on).After(by) {
			over = append(over, on)
		}
	}
	slices.SortFunc(over, func(a, b calendar.Date) int { return b.DaysUntil(a) })
	for _, on := range over {
		doc := day{Day: on.String()}
		for name, sums := range d.open[on] {
			doc.Sums = append(doc.Sums, funding{name, sums})
		}
		if err := d.stored.Insert(ctx, doc.Day, doc); err != nil && !fault.Is(err, fault.Conflict) {
			return err
		}
		delete(d.open, on)
	}
	return nil
}
