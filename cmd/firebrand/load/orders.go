package load

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"firebrand/catalog/purchase"
	"firebrand/catalog/purchase/rule"
	"firebrand/cmd/firebrand/app"
	"firebrand/internal/member"
)

const (
	// orderWriters is how many orders are taken at once.
	orderWriters = 32
	// orderLimit is the most that an order may cost, in µs: 2,000 a second of one core's work.
	orderLimit = 500
	// growthLimit is the most that memory may grow from the first tenth of the orders to the last, in MiB.
	growthLimit = 32
	// dealers buy, in turn: enough that few come to a month's cap in a run of 20,000. orderLines are how many an order has.
	dealers    = 2000
	orderLines = 3
	// orderRounds are how often orders and bare inserts take turns.
	orderRounds = 5
)

// desk is the room under load.
type desk struct{ *app.App }

// driveOrders takes orders of three lines under eight rules, their points written, in rounds between rounds of bare inserts of
// the same size; then it sends as many again through a server of its own.
func driveOrders(ctx context.Context, r run) (err error) {
	d, err := openDesk(ctx, filepath.Join(r.dir, "orders"))
	if err != nil {
		return err
	}
	open := true
	defer func() {
		if open {
			err = errors.Join(err, d.Close())
		}
	}()
	// The first orders fill what is remembered: what grows after them grows for ever.
	warm := max(orderWriters, r.orders/10)
	if err := d.take(ctx, 0, warm); err != nil {
		return err
	}
	size, err := d.size(ctx)
	if err != nil {
		return err
	}
	base, err := openBare(ctx, r.dir, size)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, base.close()) }()
	heap, resident, err := memory()
	if err != nil {
		return err
	}
	orders, inserts, err := d.rounds(ctx, r, base, warm)
	if err != nil {
		return err
	}
	heapAfter, residentAfter, err := memory()
	if err != nil {
		return err
	}
	r.report(figure("orders.cpu", orders.each(), "µs").beside(inserts.each()).atMost(orderLimit))
	r.report(figure("orders.taken", orders.perSecond(), "1/s").beside(inserts.perSecond()))
	r.report(figure("orders.record", float64(size), "bytes"))
	r.report(figure("orders.memory", heapAfter-heap, "MiB").atMost(growthLimit))
	r.report(figure("orders.rss_growth", residentAfter-resident, "MiB"))
	r.report(figure("orders.rss", residentAfter, "MiB"))
	open = false
	if err := d.Close(); err != nil {
		return err
	}
	return bulkOverHTTP(ctx, r, orders.each())
}

// rounds takes the rest of the orders.
func (d desk) rounds(ctx context.Context, r run, base *bare, from int) (orders, inserts tally, err error) {
	each := max(1, (r.orders-from)/orderRounds)
	for range orderRounds {
		t, err := base.inserting(ctx, min(r.lasts/20, time.Second), orderWriters, accountsEach)
		if err != nil {
			return orders, inserts, err
		}
		inserts.add(t)
		before, err := ownCPU()
		start := time.Now()
		if err != nil {
			return orders, inserts, err
		}
		if err := d.take(ctx, from, each); err != nil {
			return orders, inserts, err
		}
		after, err := ownCPU()
		if err != nil {
			return orders, inserts, err
		}
		orders.add(tally{ops: int64(each), cpu: after - before, took: time.Since(start)})
		from += each
	}
	return orders, inserts, nil
}

// memory is what is alive on the heap and what is resident, in MiB.
func memory() (heap, resident float64, err error) {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	resident, err = memoryOf(os.Getpid(), "VmRSS")
	return float64(m.HeapAlloc) / (1 << 20), resident, err
}

// openDesk makes a programme with dealers and rules that have been in force for an hour.
func openDesk(ctx context.Context, dir string) (d desk, err error) {
	past := func() time.Time { return time.Now().Add(-time.Hour) }
	a, err := app.Open(ctx, app.Settings{Data: dir, Zone: homeZone, Brand: "Load", Now: past})
	if err != nil {
		return d, err
	}
	if err := furnishDesk(ctx, a, past()); err != nil {
		return d, errors.Join(err, a.Close())
	}
	if err := a.Close(); err != nil {
		return d, err
	}
	a, err = app.Open(ctx, app.Settings{Data: dir, Zone: homeZone, Brand: "Load"})
	return desk{a}, err
}

func furnishDesk(ctx context.Context, a *app.App, now time.Time) error {
	admin := member.Member{ID: "load", Role: member.RoleAdmin}
	err := all(ctx, dealers, writers, func(ctx context.Context, i int) error {
		c := member.Company{Name: fmt.Sprintf("Dealer %d", i), Region: [3]string{"Kyiv", "Lviv", "Odesa"}[i%3], Code: code(i)}
		_, err := a.Members.CreateCompany(ctx, admin, c)
		return err
	})
	if err != nil {
		return err
	}
	draft, err := a.Rules.Begin(ctx, "load", 0)
	if err != nil {
		return err
	}
	draft.Rules = loadRules()
	if draft, err = a.Rules.Save(ctx, "load", draft); err != nil {
		return err
	}
	_, err = a.Rules.Publish(ctx, "load", draft.Revision, now.Add(2*time.Minute), "load")
	return err
}

func code(i int) string { return fmt.Sprintf("D-%d", i) }

// loadRules are eight rules of every kind but those that need the buyer's other orders to be claimed.
func loadRules() []rule.Rule {
	named := func(id string, r rule.Rule) rule.Rule {
		r.ID, r.Name = id, map[string]string{"ru": id, "uk": id, "en": id}
		return r
	}
	minimums := []rule.Minimum{{Region: "Kyiv", Amount: 500_000}, {Region: "Lviv", Amount: 1_000_000}, {Amount: 400_000}}
	return []rule.Rule{
		named("base", rule.Rule{Kind: rule.Rate, Points: 1, Money: 10_000, Minimums: minimums, CapMonth: 3000, Stack: "rate", Funding: "brand"}),
		named("kyiv", rule.Rule{Kind: rule.Rate, Points: 2, Money: 10_000, When: rule.Conditions{Regions: []string{"Kyiv"}}, Stack: "rate", Funding: "brand"}),
		named("app", rule.Rule{Kind: rule.Rate, Points: 3, Money: 20_000, When: rule.Conditions{Channels: []string{"app"}}, Stack: "rate", Funding: "brand"}),
		named("paint", rule.Rule{Kind: rule.Unit, Points: 2, When: rule.Conditions{Groups: []string{"paint"}}, Funding: "supplier"}),
		named("primer", rule.Rule{Kind: rule.Unit, Points: 1, When: rule.Conditions{Groups: []string{"primer"}, Suppliers: []string{"Terra"}}, Funding: "supplier"}),
		named("tools", rule.Rule{Kind: rule.Rate, Points: 1, Money: 5_000, When: rule.Conditions{Groups: []string{"tools"}}, Not: rule.Exclusions{Discounted: true, DiscountOver: 100}, Funding: "brand"}),
		named("person", rule.Rule{Kind: rule.Rate, Points: 1, Money: 10_000, When: rule.Conditions{Buyer: rule.Person}, Funding: "brand"}),
		named("large", rule.Rule{Kind: rule.Unit, Points: 1, When: rule.Conditions{Sizes: []string{"large"}}, Funding: "brand"}),
	}
}

// take takes n orders, the first of them being the from-th.
func (d desk) take(ctx context.Context, from, n int) error {
	placed := time.Now().Add(-time.Minute)
	return all(ctx, n, orderWriters, func(ctx context.Context, i int) error {
		result, err := d.Orders.Take(ctx, "load", message("L", from+i, placed))
		if err == nil && (result.Outcome != purchase.Taken || result.Points.Given == 0) {
			err = fmt.Errorf("order %d: %s, %+v", from+i, result.Outcome, result.Points)
		}
		return err
	})
}

// message is the n-th order.
func message(series string, n int, placed time.Time) purchase.Message {
	m := purchase.Message{
		ID: fmt.Sprintf("%s-%d", series, n), Revision: 1, State: purchase.Placed, Placed: placed,
		Buyer: purchase.BuyerRef{Company: code(n % dealers)}, Channel: [2]string{"app", "phone"}[n%2],
	}
	for i := range orderLines {
		m.Lines = append(m.Lines, purchase.Line{Line: rule.Line{
			ID: fmt.Sprint(i + 1), Product: fmt.Sprintf("P-%d", (n+i)%40), Group: [3]string{"paint", "primer", "tools"}[i],
			Supplier: "Terra", Quantity: int64(1 + n%5), Price: 150_000, Discount: 5_000,
		}})
	}
	return m
}

// size is how many bytes an order's record takes.
func (d desk) size(ctx context.Context) (int, error) {
	last, err := d.Journal.Last(ctx, purchase.Stream("L-0"))
	if err != nil {
		return 0, err
	}
	raw, err := json.Marshal(last)
	return len(raw), err
}

// bulkOverHTTP sends orders to a server with data of its own as one bulk, and charges them with what it used for that: its
// followers, which look at every order too, included. Bare is what an order cost without all that.
func bulkOverHTTP(ctx context.Context, r run, bare float64) (err error) {
	dir := filepath.Join(r.dir, "bulk")
	a, err := openDesk(ctx, dir)
	if err != nil {
		return err
	}
	_, token, err := a.Members.MakeAPIKey(ctx, member.Member{ID: "load", Role: member.RoleAdmin}, member.APIKey{
		Name: "load", Scopes: []string{member.ScopeOrdersWrite},
	})
	if err = errors.Join(err, a.Close()); err != nil {
		return err
	}
	server, err := serve(ctx, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.stop()) }()
	if err := sendBulk(ctx, server.url, token, 0, max(orderWriters, r.orders/10)); err != nil {
		return err
	}
	before, err := memoryOf(server.pid(), "VmRSS")
	if err != nil {
		return err
	}
	t, err := server.spent(ctx, r.orders, func() error { return sendBulk(ctx, server.url, token, r.orders, r.orders) })
	if err != nil {
		return err
	}
	after, err := memoryOf(server.pid(), "VmRSS")
	r.report(figure("orders.bulk_cpu", t.each(), "µs").beside(bare))
	r.report(figure("orders.bulk", t.perSecond(), "1/s"))
	r.report(figure("orders.bulk_rss_growth", after-before, "MiB"))
	return err
}

// sendBulk writes n orders, the first of them being the from-th, while they are read, and wants all of them taken.
func sendBulk(ctx context.Context, url, token string, from, n int) error {
	in, out := io.Pipe()
	placed := time.Now().Add(-time.Minute).UTC().Truncate(time.Millisecond)
	go func() {
		to := json.NewEncoder(out)
		var err error
		for i := 0; i < n && err == nil; i++ {
			err = to.Encode(message("H", from+i, placed))
		}
		_ = out.CloseWithError(err) // it always closes
	}()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/api/v1/orders/bulk", in)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/x-ndjson")
	res, err := (&http.Client{Transport: &http.Transport{DisableCompression: true}}).Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close() //nolint:errcheck // read to its end below
	var last struct {
		Sum struct{ Lines, Taken int }
	}
	for d := json.NewDecoder(res.Body); ; {
		err := d.Decode(&last)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
	}
	if res.StatusCode != http.StatusOK || last.Sum.Taken != n {
		return fmt.Errorf("%s: %d of %d orders taken", res.Status, last.Sum.Taken, n)
	}
	return nil
}
