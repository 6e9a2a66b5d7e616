package cases_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"firebrand/catalog/purchase/cases"
	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/journal"
	"firebrand/internal/testenv"
)

// ledger is the room of orders, as far as cases ask it.
type ledger struct {
	journal *journal.Journal
	sales   map[string]cases.Sale
	read    int
	// down is a store that does not answer.
	down bool
}

func (l *ledger) Sale(_ context.Context, stream string) (cases.Sale, error) {
	l.read++
	s, found := l.sales[stream]
	if !found {
		return s, fault.New(fault.NotFound, "purchase.missing")
	}
	return s, nil
}

func (l *ledger) Near(_ context.Context, buyer string, from, to time.Time, limit int) ([]cases.Sale, error) {
	l.read++
	if l.down {
		return nil, fault.New(fault.Unavailable, "store.down")
	}
	var near []cases.Sale
	for _, s := range l.sales {
		if s.Buyer == buyer && !s.Placed.Before(from) && s.Placed.Before(to) {
			near = append(near, s)
		}
	}
	slices.SortFunc(near, func(a, b cases.Sale) int { return a.Placed.Compare(b.Placed) })
	return near[:min(limit, len(near))], nil
}

// Reopened reads what a test wrote.
func (l *ledger) Reopened(rec journal.Record) (r cases.Reopened, found bool, err error) {
	err = json.Unmarshal(rec.Body, &r)
	return r, rec.Kind == "reopened", err
}

type world struct {
	*cases.Service
	t      *testing.T
	ledger *ledger
	clock  *testenv.Clock
	told   int
}

func newWorld(t *testing.T) *world {
	t.Helper()
	clock, e := testenv.At("2026-11-24T10:00:00Z"), testenv.Engine(t)
	j := testenv.Journal(t, e, clock.Now, "order", "challenge")
	zone, err := calendar.Load("Europe/Kyiv")
	if err != nil {
		t.Fatal(err)
	}
	l := &ledger{journal: j, sales: map[string]cases.Sale{}}
	s, err := cases.Open(t.Context(), e, &cases.Service{
		Journal: j, Orders: l, Steps: l, Zone: zone, Now: clock.Now, Failed: func(err error) { t.Error(err) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return &world{s, t, l, clock, 0}
}

// tell keeps a sale and writes its record.
func (w *world) tell(s cases.Sale) {
	w.t.Helper()
	stream := "order/" + s.Order
	w.ledger.sales[stream] = s
	w.record(stream, "placed", nil)
}

func (w *world) record(stream, kind string, body any) {
	w.t.Helper()
	w.told++
	req := journal.Request{Key: fmt.Sprint("told/", w.told)}
	_, err := w.ledger.journal.Decide(w.t.Context(), stream, req, func(journal.Record, time.Time) (string, any, error) {
		return kind, body, nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// looked lets the followers read on and returns the cases that wait.
func (w *world) looked() []cases.Case {
	w.t.Helper()
	for _, f := range w.Followers() {
		if err := w.ledger.journal.CatchUp(w.t.Context(), f); err != nil {
			w.t.Fatal(err)
		}
	}
	waiting, err := w.List(w.t.Context(), cases.Waiting)
	if err != nil {
		w.t.Fatal(err)
	}
	return waiting
}

// sale is an order of one product at a price of 100.00 each.
func (w *world) sale(id string, quantity int64) cases.Sale {
	return cases.Sale{
		Order: id, Buyer: "olena", Placed: w.clock.Now(), Points: 50,
		Lines: []cases.SaleLine{{Product: "oil", Quantity: quantity, Net: quantity * 10000}},
	}
}

func keys(c cases.Case) []string {
	var all []string
	for _, r := range c.Reasons {
		all = append(all, r.Key)
	}
	return all
}

func TestStockUp(t *testing.T) {
	day := 24 * time.Hour
	for _, row := range []struct {
		name string
		want []string
		sale func(s *cases.Sale)
	}{
		{"a return before the points are there is none", nil, func(s *cases.Sale) {
			s.Delivered, s.Active, s.Returned, s.Lines[0].Returned = s.Placed, s.Placed.Add(17*day), s.Placed.Add(3*day), 10
		}},
		{"a small return after the points are there is none", nil, func(s *cases.Sale) {
			s.Delivered, s.Active, s.Returned, s.Lines[0].Returned = s.Placed, s.Placed.Add(17*day), s.Placed.Add(30*day), 4
		}},
		{"half of it back after the points are there", []string{"active"}, func(s *cases.Sale) {
			s.Delivered, s.Active, s.Returned, s.Lines[0].Returned = s.Placed, s.Placed.Add(17*day), s.Placed.Add(17*day), 5
		}},
		{"all of it back after the points were spent", []string{"spent", "active"}, func(s *cases.Sale) {
			s.Delivered, s.Active, s.Returned, s.Lines[0].Returned = s.Placed, s.Placed.Add(17*day), s.Placed.Add(18*day), 10
			s.Short = 50
		}},
		{"less than the minimum is left some days after it came", []string{"minimum"}, func(s *cases.Sale) {
			s.Minimums, s.Delivered, s.Active = []int64{80000}, s.Placed.Add(day), s.Placed.Add(17*day)
			s.Returned, s.Lines[0].Returned = s.Placed.Add(14*day), 6
		}},
		{"a late return that leaves less than the minimum is none", nil, func(s *cases.Sale) {
			s.Minimums, s.Delivered, s.Active = []int64{80000}, s.Placed.Add(day), s.Placed.Add(100*day)
			s.Returned, s.Lines[0].Returned = s.Placed.Add(15*day), 6
		}},
		{"an order that brought nothing is none", nil, func(s *cases.Sale) {
			s.Points, s.Delivered, s.Active, s.Returned, s.Lines[0].Returned = 0, s.Placed, s.Placed, s.Placed.Add(day), 10
		}},
		{"a buyer who is not in the programme is none", nil, func(s *cases.Sale) {
			s.Buyer, s.Delivered, s.Active, s.Returned, s.Lines[0].Returned = "", s.Placed, s.Placed, s.Placed.Add(day), 10
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := newWorld(t)
			s := w.sale("A-1", 10)
			row.sale(&s)
			w.tell(s)
			waiting := w.looked()
			if len(row.want) == 0 {
				if len(waiting) > 0 {
					t.Fatalf("flagged %v", keys(waiting[0]))
				}
				return
			}
			if len(waiting) != 1 || waiting[0].Kind != cases.StockUp || !slices.Equal(keys(waiting[0]), row.want) {
				t.Fatalf("%+v, want reasons %v", waiting, row.want)
			}
		})
	}
}

func TestChallengeStepGivenBack(t *testing.T) {
	w := newWorld(t)
	s := w.sale("A-1", 10)
	s.Returned, s.Lines[0].Returned = w.clock.Now(), 2
	w.tell(s)
	paid := w.clock.Now()
	w.clock.Add(5 * 24 * time.Hour)
	w.record("challenge/c1/olena", "reopened", cases.Reopened{Account: "olena", Key: "c1/s/1", Paid: paid, At: w.clock.Now(), Points: 300})
	w.record("challenge/c1/ivan", "reopened", cases.Reopened{Account: "ivan", Key: "c1/s/1", Paid: paid.Add(-20 * 24 * time.Hour), At: w.clock.Now(), Points: 300})
	waiting := w.looked()
	if len(waiting) != 1 || waiting[0].Buyer != "olena" || !slices.Equal(waiting[0].Orders, []string{"A-1"}) || waiting[0].Reasons[0].Args["n"] != 5 {
		t.Fatalf("%+v", waiting)
	}
}

func TestOneReceiptTwice(t *testing.T) {
	w := newWorld(t)
	first := w.sale("A-1", 3)
	first.Lines = append(first.Lines, cases.SaleLine{Product: "filter", Quantity: 1, Net: 900})
	w.tell(first)
	again := first
	again.Order, again.Placed = "B-1", first.Placed.Add(30*time.Hour)
	again.Lines = []cases.SaleLine{first.Lines[1], first.Lines[0]}
	w.tell(again)
	other := again
	other.Order, other.Buyer = "C-1", "ivan"
	w.tell(other)
	later := first
	later.Order, later.Placed = "D-1", first.Placed.Add(20*24*time.Hour)
	w.tell(later)
	waiting := w.looked()
	t.Run("the same lines in another order within some days are one case", func(t *testing.T) {
		if len(waiting) != 1 || waiting[0].Kind != cases.Twice || !slices.Equal(waiting[0].Orders, []string{"A-1", "B-1"}) {
			t.Fatalf("%+v", waiting)
		}
	})
	t.Run("looking again makes no second one", func(t *testing.T) {
		w.tell(first)
		w.tell(again)
		now := w.looked()
		if len(now) != 1 || now[0].Version != waiting[0].Version {
			t.Fatalf("%+v", now)
		}
	})
	t.Run("a decision needs a note and the case as it was seen", func(t *testing.T) {
		c := waiting[0]
		if _, err := w.Decide(t.Context(), "mark", c.ID, true, "  ", c.Version); !fault.Is(err, fault.Invalid) {
			t.Fatal(err)
		}
		if _, err := w.Decide(t.Context(), "mark", c.ID, true, "late", c.Version+1); !fault.Is(err, fault.Conflict) {
			t.Fatal(err)
		}
		c, err := w.Decide(t.Context(), "mark", c.ID, true, "Two branches, one price list.", c.Version)
		if err != nil || c.State != cases.Fine || c.Looks[0].By != "mark" {
			t.Fatal(c, err)
		}
		if len(w.looked()) > 0 {
			t.Fatal("still waits")
		}
	})
	t.Run("the same evidence leaves it closed, a third telling opens it again", func(t *testing.T) {
		w.tell(again)
		if len(w.looked()) > 0 {
			t.Fatal("opened by what was known")
		}
		third := again
		third.Order, third.Placed = "E-1", again.Placed.Add(time.Hour)
		w.tell(third)
		open := w.looked()
		if len(open) != 1 || !open[0].Again() || len(open[0].Orders) != 3 || len(open[0].Looks) != 1 {
			t.Fatalf("%+v", open)
		}
	})
}

func TestSplit(t *testing.T) {
	t.Run("three orders of a day just over the minimum", func(t *testing.T) {
		w := newWorld(t)
		for i, quantity := range []int64{50, 52, 56, 90} {
			s := w.sale(fmt.Sprint("S-", i), quantity)
			s.Minimums, s.Placed = []int64{500000}, s.Placed.Add(time.Duration(i)*time.Hour)
			w.tell(s)
			if i == 1 && len(w.looked()) > 0 {
				t.Fatal("two are none")
			}
		}
		waiting := w.looked()
		if len(waiting) != 1 || waiting[0].Kind != cases.Split || !slices.Equal(waiting[0].Orders, []string{"S-0", "S-1", "S-2"}) {
			t.Fatalf("%+v", waiting)
		}
	})
	t.Run("orders of two local days are none", func(t *testing.T) {
		w := newWorld(t)
		w.clock.Set(w.clock.Now().Add(11 * time.Hour)) // 23:00 in Kyiv
		for i := range 3 {
			s := w.sale(fmt.Sprint("S-", i), int64(50+i))
			s.Minimums, s.Placed = []int64{500000}, s.Placed.Add(time.Duration(i)*45*time.Minute)
			w.tell(s)
		}
		if waiting := w.looked(); len(waiting) > 0 {
			t.Fatalf("%+v", waiting)
		}
	})
	t.Run("three orders of a day, two with a fixed bonus", func(t *testing.T) {
		w := newWorld(t)
		for i := range 3 {
			s := w.sale(fmt.Sprint("S-", i), int64(2+i))
			s.Bonuses = min(1, i)
			w.tell(s)
		}
		waiting := w.looked()
		if len(waiting) != 1 || keys(waiting[0])[0] != "bonuses" || len(waiting[0].Orders) != 3 {
			t.Fatalf("%+v", waiting)
		}
	})
	t.Run("a cancelled one does not count", func(t *testing.T) {
		w := newWorld(t)
		for i := range 3 {
			s := w.sale(fmt.Sprint("S-", i), int64(2+i))
			s.Bonuses, s.Cancelled = 1, i == 0
			w.tell(s)
		}
		if waiting := w.looked(); len(waiting) > 0 {
			t.Fatalf("%+v", waiting)
		}
	})
}

func TestWorkIsBounded(t *testing.T) {
	w := newWorld(t)
	const orders = 400
	for i := range orders {
		s := w.sale(fmt.Sprint("N-", i), int64(1+i))
		s.Buyer, s.Placed = fmt.Sprint("b", i%20), s.Placed.Add(-time.Duration(i)*time.Minute)
		w.tell(s)
	}
	w.looked()
	if w.ledger.read > orders+20 {
		t.Errorf("%d reads for %d orders of 20 buyers", w.ledger.read, orders)
	}
}

func TestAnOrderThatCannotBeReadHidesNoOther(t *testing.T) {
	w := newWorld(t)
	failed := 0
	w.Failed = func(error) { failed++ }
	w.record("order/a-broken-one", "placed", nil)
	w.tell(w.sale("V-1", 4))
	w.tell(w.sale("V-2", 4))
	w.ledger.down = true
	if err := w.ledger.journal.CatchUp(t.Context(), w.Followers()[0]); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a store that does not answer: %v", err)
	}
	w.ledger.down = false
	if found := w.looked(); len(found) != 1 || failed == 0 {
		t.Errorf("%d cases, %d failures", len(found), failed)
	}
}
