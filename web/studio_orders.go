package web

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"firebrand/catalog/purchase"
	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/member"
	"firebrand/web/ui"
)

// orderRoutes are the orders of all buyers, for those who run the programme.
var orderRoutes = []route{
	{"GET", "/studio/orders", marketers, (*Server).orders},
	{"GET", "/studio/orders/import", marketers, (*Server).ordersFile},
	{"POST", "/studio/orders/import", marketers, (*Server).ordersFileSent},
	{"GET", "/studio/orders/import/:run", marketers, (*Server).ordersFileRun},
	{"POST", "/studio/orders/import/:run", marketers, (*Server).ordersFileDo},
	{"GET", "/studio/orders/import/:run/report.csv", marketers, (*Server).ordersFileReport},
}

// orderFlags are the flags by which orders are found.
var orderFlags = []string{
	purchase.FlagUnknownBuyer, purchase.FlagNoLines, purchase.FlagReturned, purchase.FlagReturnedMore, purchase.FlagCut, purchase.FlagOwed,
}

const (
	// ordersPage is how many orders stand on one page, ordersSearched how many one of them is looked for among.
	ordersPage     = 50
	ordersSearched = 5000
	// figuresLast is how long the figures of a time are shown before they are reckoned anew: they read every order of it.
	figuresLast = time.Minute
)

// ordersView is one page of the orders, with the figures of their time.
type ordersView struct {
	Filter  ordersFilter
	Regions []string
	States  []purchase.State
	Flags   []string
	Figures *ordersFigures
	Orders  []orderRow
	// First says that this is the newest page; Next is the address of the page after it, empty at the end.
	First bool
	Next  string
	// Wider is the address of the same without its bounds of time, where they hide everything.
	Wider string
}

// ordersFilter is what was asked for; empty fields ask for nothing.
type ordersFilter struct {
	From, To, State, Region, Buyer, Flag, After string
	from, to                                    time.Time
}

// orderRow is an order in a list.
type orderRow struct {
	ID, Href      string
	Placed        time.Time
	Buyer, Region string
	Known         bool
	Money         string
	Units, Points int64
	// Cut is what of the points the rules give was not given.
	Cut   int64
	State purchase.State
	Flags []string
}

// ordersFigures are a report in words.
type ordersFigures struct {
	purchase.Report
	Money, Repeat string
}

func figuresOf(r purchase.Report, words teller) *ordersFigures {
	return &ordersFigures{Report: r, Money: words.money(r.Money), Repeat: words.percent((r.Repeat + 5) / 10)}
}

// orders lists orders, newest first.
func (s *Server) orders(c *fiber.Ctx) error {
	ctx, words := c.UserContext(), s.teller(s.lang(c))
	regions, err := s.Members.Regions(ctx)
	if err != nil {
		return err
	}
	view := ordersView{Regions: regions, States: []purchase.State{purchase.Placed, purchase.Delivered, purchase.Cancelled}, Flags: orderFlags}
	if view.Filter, err = s.ordersAsked(c); err != nil {
		return s.again(c, err, "studio_orders", ordersListPage(view))
	}
	f := view.Filter
	buyer, err := s.buyerKey(ctx, f.Buyer)
	if err != nil {
		return err
	}
	found, next, err := s.findOrders(ctx, f, buyer)
	if err != nil {
		return s.again(c, err, "studio_orders", ordersListPage(view))
	}
	view.First = f.After == ""
	if next != "" {
		view.Next = f.At(next)
	}
	if f.Narrow() {
		view.Wider = "/studio/orders?from=1970-01-01"
	}
	if view.Orders, err = s.orderRows(ctx, found, words); err != nil {
		return err
	}
	report, err := s.figures.of(ctx, s, purchase.ReportQuery{From: f.from, To: f.to, Buyer: buyer})
	if err != nil {
		return err
	}
	view.Figures = figuresOf(report, words)
	return s.page(c, "studio_orders", ordersListPage(view))
}

func ordersListPage(view ordersView) ui.Page {
	return ui.Page{Title: "studio_orders.title", Wide: true, Data: view}
}

// Narrow reports whether more is asked for than a time.
func (f ordersFilter) Narrow() bool { return f.State+f.Region+f.Buyer+f.Flag != "" }

// At is the address of another page of the same.
func (f ordersFilter) At(after string) string {
	q := url.Values{}
	for name, value := range map[string]string{
		"from": f.From, "to": f.To, "state": f.State, "region": f.Region, "buyer": f.Buyer, "flag": f.Flag, "after": after,
	} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return "/studio/orders?" + q.Encode()
}

// ordersAsked reads the filter; without a beginning the list begins with the running month.
func (s *Server) ordersAsked(c *fiber.Ctx) (ordersFilter, error) {
	f := ordersFilter{
		From: c.Query("from"), To: c.Query("to"), State: c.Query("state"), Region: strings.TrimSpace(c.Query("region")),
		Buyer: strings.TrimSpace(c.Query("buyer")), Flag: c.Query("flag"), After: c.Query("after"),
	}
	if f.From == "" && f.To == "" {
		f.From = s.Zone.Month(s.Now()).First().String()
	}
	bad := func(field string) error { return fault.New(fault.Invalid, "studio_orders.period").On(field) }
	if f.From != "" {
		day, err := calendar.ParseDate(f.From)
		if err != nil {
			return f, bad("from")
		}
		f.from = s.Zone.StartOf(day)
	}
	if f.To != "" {
		day, err := calendar.ParseDate(f.To)
		if err != nil || s.Zone.EndOf(day).Before(f.from) {
			return f, bad("to")
		}
		f.to = s.Zone.EndOf(day)
	}
	return f, nil
}

// buyerKey is whom a filter's text names: a company by id or number, a member by id, phone or e-mail, or a number that is
// not in the programme.
func (s *Server) buyerKey(ctx context.Context, text string) (string, error) {
	if text == "" {
		return "", nil
	}
	for _, ref := range []member.BuyerRef{{Company: text}, {Member: text}} {
		found, err := s.Members.Buyer(ctx, ref)
		if err != nil && !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.NotFound) {
			return "", err
		}
		switch {
		case err != nil || !found.Known:
		case found.Member.ID != "":
			return found.Member.ID, nil
		default:
			return found.Company.ID, nil
		}
	}
	return purchase.Buyer{Code: text}.Key(), nil
}

// findOrders reads one page; a region is looked for among the orders themselves, so that such a page can be shorter or
// longer.
func (s *Server) findOrders(ctx context.Context, f ordersFilter, buyer string) (found []purchase.Order, next string, err error) {
	q := purchase.Query{
		From: f.from, To: f.to, Buyer: buyer, State: purchase.State(f.State), Flag: f.Flag, After: f.After, Limit: ordersPage,
	}
	for looked := 0; looked < ordersSearched; looked += q.Limit {
		page, err := s.Orders.List(ctx, q)
		if err != nil {
			return nil, "", err
		}
		for _, o := range page.Orders {
			if f.Region == "" || strings.EqualFold(o.Buyer.Region, f.Region) {
				found = append(found, o)
			}
		}
		if q.After = page.Next; page.Next == "" || len(found) >= ordersPage/2 {
			break
		}
	}
	return found, q.After, nil
}

// orderRows puts orders into words.
func (s *Server) orderRows(ctx context.Context, found []purchase.Order, words teller) (rows []orderRow, err error) {
	names := map[string]string{}
	for _, o := range found {
		party := o.Buyer.Party()
		name, known := names[party]
		if !known && party != "" {
			if name, err = s.partyName(ctx, o.Buyer); err != nil {
				return nil, err
			}
			names[party] = name
		}
		row := orderRow{
			ID: o.ID, Href: "/orders/" + url.PathEscape(o.ID), Placed: o.Placed, Buyer: name, Region: o.Buyer.Region, Known: o.Buyer.Known(),
			Money: words.money(o.Net()), Units: o.Units(), Points: o.Points().Given, Cut: o.Points().Cut, State: o.State, Flags: o.Flags(),
		}
		if !row.Known {
			row.Buyer = strings.TrimSpace(o.Buyer.Name + " " + o.Buyer.Code)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// partyName is what a buyer in the programme is called; one who is gone is called by their id.
func (s *Server) partyName(ctx context.Context, b purchase.Buyer) (string, error) {
	if b.Member != "" {
		m, err := s.Members.ByID(ctx, b.Member)
		if fault.Is(err, fault.NotFound) {
			return b.Member, nil
		}
		return m.Name, err
	}
	c, err := s.Members.CompanyByID(ctx, b.Company)
	if fault.Is(err, fault.NotFound) {
		return b.Company, nil
	}
	return c.Name, err
}

// orderFigures remembers the reports that were asked for last.
type orderFigures struct {
	mu   sync.Mutex
	kept map[string]keptFigures
}

type keptFigures struct {
	report purchase.Report
	at     time.Time
}

// of is a report, reckoned within the last minute.
func (f *orderFigures) of(ctx context.Context, s *Server, q purchase.ReportQuery) (purchase.Report, error) {
	key := fmt.Sprint(q.From.UnixMilli(), q.To.UnixMilli(), q.Buyer)
	f.mu.Lock()
	kept, known := f.kept[key]
	f.mu.Unlock()
	if age := s.Now().Sub(kept.at); known && age >= 0 && age < figuresLast {
		return kept.report, nil
	}
	report, err := s.Orders.Report(ctx, q)
	if err != nil {
		return report, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.kept == nil || len(f.kept) >= 16 {
		f.kept = map[string]keptFigures{}
	}
	f.kept[key] = keptFigures{report, s.Now()}
	return report, nil
}
