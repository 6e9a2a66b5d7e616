package purchase_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"firebrand/catalog/purchase"
	"firebrand/catalog/purchase/rule"
	"firebrand/internal/fault"
	"firebrand/internal/member"
	"firebrand/internal/points"
)

func TestTwoStages(t *testing.T) {
	w := newWorld(t, tenPercent(), nil)
	t.Run("what is ordered is pending at once", func(t *testing.T) {
		r := w.take(placed("A1", goods("1", 4), goods("2", 2)))
		want(t, "outcome", r.Outcome, purchase.Taken)
		want(t, "points", r.Points, purchase.Points{Value: 30, Kept: 30, Given: 30, Pending: 30})
		b := w.balance("c1")
		want(t, "alive", b.Alive, 0)
		want(t, "pending", b.Pending, 30)
	})
	t.Run("what arrives becomes active with the next settlement day, by the clock", func(t *testing.T) {
		r := w.take(delivered("A1", 2))
		want(t, "points", r.Points, purchase.Points{Value: 30, Kept: 30, Given: 30, Delivered: 30})
		want(t, "alive", w.balance("c1").Alive, 0)
		records := w.records("c1")
		w.clock.Set(time.Date(2026, 12, 10, 22, 0, 0, 0, time.UTC))
		want(t, "alive on the 11th", w.balance("c1").Alive, 30)
		want(t, "records that it took", w.records("c1")-records, 0)
	})
	t.Run("a returned unit takes its part of its line's points back", func(t *testing.T) {
		r := w.take(returned("A1", 3, "1", 1))
		want(t, "points", r.Points, purchase.Points{Value: 30, Kept: 25, Given: 25, Delivered: 25})
		want(t, "alive", w.balance("c1").Alive, 25)
		stories := r.Order.Stories()
		want(t, "left of line 1", stories[0].Given, 15)
		want(t, "left of line 2", stories[1].Given, 10)
	})
	t.Run("a cancellation takes the rest, and what was spent becomes a debt", func(t *testing.T) {
		_, err := w.points.Spend(t.Context(), points.Spend{Key: "s", Account: "c1", Amount: 20, Ref: "prize"})
		must(t, err)
		r := w.take(cancelled("A1", 4))
		want(t, "left", r.Points.Given, 0)
		want(t, "owed and forgiven", r.Points.Owed+r.Points.Forgiven, 20)
		want(t, "debt", w.balance("c1").Debt, r.Points.Owed)
		want(t, "notes", len(r.Notes), 1)
	})
	t.Run("the same message again does nothing", func(t *testing.T) {
		records := w.records("c1")
		for _, m := range []purchase.Message{placed("A1", goods("1", 4), goods("2", 2)), delivered("A1", 2), cancelled("A1", 4)} {
			r := w.take(m)
			want(t, "outcome", r.Outcome, purchase.Repeated)
			want(t, "left", r.Points.Given, 0)
		}
		want(t, "records that it took", w.records("c1")-records, 0)
	})
	t.Run("another message under a revision that came is refused", func(t *testing.T) {
		_, err := w.purchase.Take(t.Context(), "erp", delivered("A1", 4))
		wantFault(t, err, fault.KeyReused, "purchase.revision_reused", "revision")
	})
	w.sound()
}

func TestWhatComesBack(t *testing.T) {
	w := newWorld(t, tenPercent(), nil)
	t.Run("more than was bought is refused, with the line and by how much", func(t *testing.T) {
		w.take(placed("B1", goods("1", 4), goods("2", 2)))
		_, err := w.purchase.Take(t.Context(), "erp", returned("B1", 2, "1", 7))
		f := wantFault(t, err, fault.Invalid, "purchase.returned_more", "returns[0].quantity")
		want(t, "args", fmt.Sprintf("%v %v", f.Args["line"], f.Args["over"]), "1 3")
		_, err = w.purchase.Take(t.Context(), "erp", returned("B1", 2, "9", 1))
		f = wantFault(t, err, fault.Invalid, "purchase.return_line", "returns[0].line")
		want(t, "args", fmt.Sprint(f.Args["line"]), "9")
	})
	t.Run("of a line that a missing revision may bring it is kept, and said to be unknown", func(t *testing.T) {
		w.take(placed("B9", goods("1", 4)))
		r := w.take(returned("B9", 3, "4", 60))
		want(t, "note", fmt.Sprint(r.Notes[0].Key, r.Notes[0].Args), "purchase.note_line_unknownmap[line:4]")
		want(t, "flagged", slices.Contains(r.Order.Flags(), purchase.FlagReturnedMore), true)
		want(t, "units back", r.Order.Back(), 0)
	})
	t.Run("a line placed with nothing is taken and said, a changed one may have nothing", func(t *testing.T) {
		m := placed("B10", goods("1", 4), goods("2", 0))
		want(t, "note", w.take(m).Notes[0].Key, "purchase.note_no_quantity")
		m.Revision, m.State = 2, purchase.Changed
		want(t, "notes", len(w.take(m).Notes), 0)
	})
	t.Run("more than was bought of lines that are not known yet is kept, counts for all, and is said", func(t *testing.T) {
		w.take(returned("B2", 2, "1", 7))
		r := w.take(placed("B2", goods("1", 4), goods("2", 4)))
		want(t, "left", r.Points.Given, 20)
		want(t, "flagged", slices.Contains(r.Order.Flags(), purchase.FlagReturnedMore), true)
		want(t, "note", r.Notes[0].Key, "purchase.note_returned_more")
	})
	t.Run("the minimum is judged on what was ordered", func(t *testing.T) {
		w.take(placed("B3", goods("1", 2)))
		r := w.take(returned("B3", 2, "1", 1))
		want(t, "left", r.Points.Given, 5)
	})
	t.Run("an order that comes back whole leaves nothing", func(t *testing.T) {
		w.take(placed("B4", goods("1", 3), goods("2", 3)))
		r := w.take(purchase.Message{ID: "B4", Revision: 2, State: purchase.Returned})
		want(t, "points", r.Points, purchase.Points{Value: 30})
		want(t, "units back", r.Order.Back(), 6)
	})
	t.Run("a return may be put right downwards", func(t *testing.T) {
		r := w.take(returned("B4", 3, "1", 1))
		want(t, "left", r.Points.Given, 10)
	})
	w.sound()
}

func TestTheCancelComesFirst(t *testing.T) {
	w := newWorld(t, tenPercent(), nil)
	r := w.take(cancelled("C1", 2))
	want(t, "state", r.Order.State, purchase.Cancelled)
	r = w.take(placed("C1", goods("1", 4)))
	want(t, "state", r.Order.State, purchase.Cancelled)
	want(t, "points", r.Points, purchase.Points{})
	want(t, "records in the account", w.records("c1"), 0)
	w.sound()
}

func TestWhoGetsThePoints(t *testing.T) {
	w := newWorld(t, tenPercent(), map[string][]member.Share{
		"c2": {{Member: "m1", Percent: 33}, {Member: "m2", Percent: 33}, {Member: "m3", Percent: 34}},
	})
	of := func(id string, b purchase.BuyerRef) purchase.Message {
		m := placed(id, goods("1", 4))
		m.Buyer = b
		return m
	}
	t.Run("those whom the principal named, to the point", func(t *testing.T) {
		w.take(of("D1", purchase.BuyerRef{Company: "c2"}))
		want(t, "m1", w.balance("m1").Pending, 7)
		want(t, "m2", w.balance("m2").Pending, 6)
		want(t, "m3", w.balance("m3").Pending, 7)
		want(t, "c2", w.balance("c2").Pending, 0)
	})
	t.Run("they stay those of this order", func(t *testing.T) {
		w.sharing["c2"] = nil
		w.take(delivered("D1", 2))
		w.take(returned("D1", 3, "1", 4))
		for _, who := range []string{"m1", "m2", "m3", "c2"} {
			want(t, who, w.balance(who).Pending, 0)
		}
	})
	t.Run("a member who buys for themselves", func(t *testing.T) {
		r := w.take(of("D2", purchase.BuyerRef{Member: "m9"}))
		want(t, "m9", w.balance("m9").Pending, 20)
		want(t, "party", r.Order.Buyer.Party(), "m9")
	})
	t.Run("the company where somebody ordered for it", func(t *testing.T) {
		w.take(of("D6", purchase.BuyerRef{Company: "c7", Member: "m8"}))
		want(t, "c7", w.balance("c7").Pending, 20)
		want(t, "m8", w.balance("m8").Pending, 0)
	})
	t.Run("nobody where the buyer is not in the programme", func(t *testing.T) {
		r := w.take(of("D3", purchase.BuyerRef{Company: "900", Name: "Elsewhere Ltd", Region: "Lviv"}))
		want(t, "points", r.Points, purchase.Points{})
		want(t, "note", r.Notes[0].Key, "purchase.note_unknown_buyer")
		want(t, "key", r.Order.Buyer.Key(), "?900")
	})
	t.Run("no phone stands in a record", func(t *testing.T) {
		w.take(of("D4", purchase.BuyerRef{Member: "+380671234567", Name: "Olena Koval"}))
		rec, err := w.journal.Last(t.Context(), purchase.Stream("D4"))
		must(t, err)
		if body := string(rec.Body); strings.Contains(body, "38067") || strings.Contains(body, "Olena") {
			t.Fatal(body)
		}
	})
	t.Run("a buyer who is put right gets what the first one had", func(t *testing.T) {
		w.take(of("D5", purchase.BuyerRef{Company: "c5"}))
		w.take(purchase.Message{ID: "D5", Revision: 2, State: purchase.Changed, Buyer: purchase.BuyerRef{Company: "c6"}})
		want(t, "c5", w.balance("c5").Pending, 0)
		want(t, "c6", w.balance("c6").Pending, 20)
	})
	w.sound()
}

func TestCaps(t *testing.T) {
	set := tenPercent()
	set.Rules[0].CapMonth = 30
	w := newWorld(t, set, nil)
	w.take(placed("E1", goods("1", 4)))
	r := w.take(placed("E2", goods("1", 2), goods("2", 2)))
	t.Run("what is above the month's cap is cut, and each line says so", func(t *testing.T) {
		want(t, "points", r.Points, purchase.Points{Value: 20, Kept: 20, Given: 10, Pending: 10, Cut: 10})
		for _, s := range r.Order.Stories() {
			want(t, "given", s.Given, 5)
			want(t, "cut", s.Cuts[0], purchase.Cut{By: "cap:rule:ten", Points: 5})
		}
		want(t, "note", r.Notes[0].Key, "purchase.note_cut")
	})
	t.Run("a return comes off what was cut first", func(t *testing.T) {
		r := w.take(returned("E2", 2, "1", 1))
		want(t, "points", r.Points, purchase.Points{Value: 20, Kept: 15, Given: 10, Pending: 10, Cut: 5})
		r = w.take(returned("E2", 3, "1", 2))
		want(t, "points", r.Points, purchase.Points{Value: 20, Kept: 10, Given: 10, Pending: 10})
		r = w.take(returned("E2", 4, "2", 1))
		want(t, "points", r.Points, purchase.Points{Value: 20, Kept: 5, Given: 5, Pending: 5})
	})
	w.sound()
}

func TestFacts(t *testing.T) {
	set := rule.Set{Version: 2, Rules: []rule.Rule{
		{ID: "breadth", Kind: rule.First, Points: 50},
		{ID: "third", Kind: rule.Nth, Period: rule.Month, N: 2, Points: 7},
	}}
	w := newWorld(t, set, nil)
	t.Run("the first of a group counts once", func(t *testing.T) {
		want(t, "first", w.take(placed("F1", goods("1", 1))).Points.Given, 50)
		want(t, "second, which is the month's second order", w.take(placed("F2", goods("1", 1))).Points.Given, 7)
		want(t, "third", w.take(placed("F3", goods("1", 1))).Points.Given, 0)
	})
	t.Run("what is cancelled gives its place back", func(t *testing.T) {
		want(t, "left", w.take(cancelled("F1", 2)).Points.Given, 0)
		want(t, "next", w.take(placed("F4", goods("1", 1))).Points.Given, 50)
		want(t, "nothing twice", w.take(placed("F5", goods("1", 1))).Points.Given, 0)
	})
	t.Run("a change keeps its own", func(t *testing.T) {
		m := placed("F4", goods("1", 3))
		m.Revision, m.State = 2, purchase.Changed
		want(t, "changed", w.take(m).Points.Given, 50)
	})
	t.Run("rules that look at no other order claim nothing", func(t *testing.T) {
		plain := newWorld(t, tenPercent(), nil)
		plain.take(placed("F6", goods("1", 4)))
		last, err := plain.journal.Last(t.Context(), purchase.BuyerStream("c1"))
		must(t, err)
		want(t, "records", last.Seq, 0)
	})
	w.sound()
}

func TestBadMessages(t *testing.T) {
	w := newWorld(t, tenPercent(), nil)
	for _, c := range []struct {
		name, key, field string
		spoil            func(m *purchase.Message)
	}{
		{"no id", "purchase.id", "id", func(m *purchase.Message) { m.ID = "" }},
		{"an id with a slash", "purchase.id", "id", func(m *purchase.Message) { m.ID = "a/b" }},
		{"no revision", "purchase.revision", "revision", func(m *purchase.Message) { m.Revision = 0 }},
		{"an unknown state", "purchase.state", "state", func(m *purchase.Message) { m.State = "lost" }},
		{"a date next year", "purchase.date_ahead", "placed", func(m *purchase.Message) { m.Placed = m.Placed.AddDate(1, 0, 0) }},
		{"a date before all", "purchase.date_early", "delivered", func(m *purchase.Message) { m.Delivered = m.Placed.AddDate(-99, 0, 0) }},
		{"a negative quantity", "purchase.quantity", "lines[1].quantity", func(m *purchase.Message) { m.Lines[1].Quantity = -1 }},
		{"an absurd quantity", "purchase.quantity", "lines[0].quantity", func(m *purchase.Message) { m.Lines[0].Quantity = 1e9 }},
		{"a negative price", "purchase.price", "lines[0].price", func(m *purchase.Message) { m.Lines[0].Price = -5 }},
		{"a discount above the price", "purchase.discount", "lines[0].discount", func(m *purchase.Message) { m.Lines[0].Discount = 1e9 }},
		{"no product", "purchase.product", "lines[0].product", func(m *purchase.Message) { m.Lines[0].Product = "" }},
		{"a line twice", "purchase.line_twice", "lines[1].id", func(m *purchase.Message) { m.Lines[1].ID = "1" }},
		{"more returned than the line has", "purchase.returned_more", "lines[0].returned", func(m *purchase.Message) { m.Lines[0].Returned = 9 }},
		{"too many lines", "purchase.lines", "lines", func(m *purchase.Message) { m.Lines = make([]purchase.Line, purchase.MaxLines+1) }},
		{"control characters", "purchase.text", "buyer.name", func(m *purchase.Message) { m.Buyer.Name = "a\x00b" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := placed("G1", goods("1", 4), goods("2", 2))
			c.spoil(&m)
			_, err := w.purchase.Take(t.Context(), "erp", m)
			wantFault(t, err, fault.Invalid, c.key, c.field)
		})
	}
	want(t, "records in the account", w.records("c1"), 0)
}

func TestListsAndReport(t *testing.T) {
	w := newWorld(t, tenPercent(), map[string][]member.Share{})
	for i := range 7 {
		m := placed(fmt.Sprint("H", i), goods("1", 4))
		m.Placed = placedAt.Add(time.Duration(i) * 24 * time.Hour).Add(-10 * 24 * time.Hour)
		m.Buyer.Company = fmt.Sprint("c", i%3)
		w.take(m)
	}
	w.take(cancelled("H0", 2))
	t.Run("a list is read page by page, the newest first", func(t *testing.T) {
		var ids []string
		q := purchase.Query{Limit: 3, From: placedAt.AddDate(0, -1, 0)}
		for {
			p, err := w.purchase.List(t.Context(), q)
			must(t, err)
			for _, o := range p.Orders {
				ids = append(ids, o.ID)
			}
			if q.After = p.Next; p.Next == "" {
				break
			}
		}
		want(t, "ids", strings.Join(ids, " "), "H6 H5 H4 H3 H2 H1 H0")
	})
	t.Run("of one buyer, of one state", func(t *testing.T) {
		p, err := w.purchase.List(t.Context(), purchase.Query{Buyer: "c0", State: purchase.Placed})
		must(t, err)
		want(t, "orders", len(p.Orders), 2)
	})
	t.Run("a person's own, and what they have a part of", func(t *testing.T) {
		w.sharing["c9"] = []member.Share{{Member: "m1", Percent: 50}, {Member: "m2", Percent: 50}}
		for i, b := range []purchase.BuyerRef{{Member: "m1"}, {Company: "c9"}, {Member: "m2"}, {Company: "c9"}, {Member: "m1"}} {
			m := placed(fmt.Sprint("M", i), goods("1", 4))
			m.Placed, m.Buyer = placedAt.AddDate(-1, 0, i), b
			w.take(m)
		}
		w.sharing["c9"] = nil
		m := placed("M9", goods("1", 4))
		m.Placed, m.Buyer = placedAt.AddDate(-1, 0, 9), purchase.BuyerRef{Company: "c9"}
		w.take(m)
		ids, after := "", ""
		for range 9 {
			p, err := w.purchase.Mine(t.Context(), "m1", "c9", after, 2)
			must(t, err)
			for _, o := range p.Orders {
				ids += o.ID + " "
			}
			if after = p.Next; after == "" {
				break
			}
		}
		want(t, "orders", ids, "M4 M3 M1 M0 ")
	})
	t.Run("a report counts what stands", func(t *testing.T) {
		r, err := w.purchase.Report(t.Context(), purchase.ReportQuery{From: placedAt.AddDate(0, -1, 0)})
		must(t, err)
		want(t, "orders", r.Orders, 6)
		want(t, "units", r.Units, 24)
		want(t, "customers", r.Customers, 3)
		want(t, "days", r.Days, 6)
		want(t, "one day only", r.OneDay, 0)
		want(t, "repeat", r.Repeat, 10_000)
	})
	t.Run("what a buyer bought, net of returns", func(t *testing.T) {
		w.take(returned("H4", 2, "1", 3))
		var net int64
		err := w.purchase.Bought(t.Context(), "c1", time.Time{}, time.Time{}, func(_ purchase.Order, _ purchase.OrderLine, delivered bool, n int64) error {
			net += n
			want(t, "delivered", delivered, false)
			return nil
		})
		must(t, err)
		want(t, "units", net, 5)
	})
	t.Run("lists that were lost are drawn anew", func(t *testing.T) {
		before, err := w.purchase.List(t.Context(), purchase.Query{})
		must(t, err)
		must(t, w.purchase.Rebuild(t.Context()))
		after, err := w.purchase.List(t.Context(), purchase.Query{})
		must(t, err)
		want(t, "orders", fmt.Sprint(after), fmt.Sprint(before))
	})
	w.sound()
}

// records is how many records an account has.
func (p process) records(account string) int64 {
	p.t.Helper()
	last, err := p.journal.Last(p.t.Context(), points.Stream(account))
	must(p.t, err)
	return last.Seq
}
