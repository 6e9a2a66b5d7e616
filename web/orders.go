package web

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"firebrand/catalog/purchase"
	"firebrand/catalog/purchase/rule"
	"firebrand/internal/fault"
	"firebrand/internal/member"
	"firebrand/web/ui"
)

// boughtRoutes are orders as their buyers read them, and one order as marketers do.
var boughtRoutes = []route{
	{"GET", "/orders", players, (*Server).bought},
	{"GET", "/orders/:id", access{member.RoleMember, member.RolePrincipal, member.RoleMarketer, member.RoleAdmin}, (*Server).boughtOrder},
}

// boughtPage is how many orders stand on one page.
const boughtPage = 20

// boughtView is a page of orders: a person's own, or their company's.
type boughtView struct {
	// Principal sees both, Company says which this is.
	Principal, Company bool
	Orders             []boughtRow
	// First says that this is the newest page, Next is the address of the one after it, empty at the end.
	First bool
	Next  string
}

// boughtRow is an order in a list.
type boughtRow struct {
	ID, Href string
	Placed   time.Time
	// Stand is a text key, Good and Bad how it is shown.
	Stand     string
	Good, Bad bool
	Units     int64
	Money     string
	Does      []boughtPoints
}

// boughtPoints are points of an order and what they wait for: Key is a text key that takes points and day.
type boughtPoints struct {
	Key    string
	Points int64
	At     time.Time
}

// bought lists a person's orders, or their company's for its principal, newest first.
func (s *Server) bought(c *fiber.Ctx) error {
	ctx, me := c.UserContext(), s.me(c)
	view := boughtView{Principal: principals.allows(me.Role), First: c.Query("after") == ""}
	view.Company = view.Principal && c.Query("account") == "company"
	account, path := me.ID, "/orders?"
	found, err := s.boughtBy(ctx, me, view.Company, c.Query("after"))
	if err != nil {
		return err
	}
	if view.Company {
		account, path = me.Company, "/orders?account=company&"
	}
	if found.Next != "" {
		view.Next = path + url.Values{"after": {found.Next}}.Encode()
	}
	words := s.teller(s.lang(c))
	for _, o := range found.Orders {
		row, err := s.boughtRow(ctx, o, account, words)
		if err != nil {
			return err
		}
		view.Orders = append(view.Orders, row)
	}
	return s.page(c, "orders", ui.Page{Title: "orders.title", Data: view})
}

func (s *Server) boughtBy(ctx context.Context, me member.Member, company bool, after string) (purchase.Page, error) {
	if company {
		return s.Orders.List(ctx, purchase.Query{Buyer: me.Company, After: after, Limit: boughtPage})
	}
	return s.Orders.Mine(ctx, me.ID, me.Company, after, boughtPage)
}

func (s *Server) boughtRow(ctx context.Context, o purchase.Order, account string, words teller) (boughtRow, error) {
	row := boughtRow{
		ID: o.ID, Href: "/orders/" + url.PathEscape(o.ID), Placed: o.Placed, Units: o.Units(), Money: words.money(o.Net()),
	}
	row.Stand, row.Good, row.Bad = stands(o)
	var err error
	row.Does, err = s.does(ctx, o, account, waitsShort)
	return row, err
}

// stands is how an order stands, as a text key.
func stands(o purchase.Order) (key string, good, bad bool) {
	switch back := o.Back(); {
	case o.State == purchase.Cancelled:
		return "orders.state_cancelled", false, true
	case back > 0 && back == o.Units():
		return "orders.state_back_all", false, true
	case back > 0:
		return "orders.state_back", false, false
	case o.State == purchase.Delivered:
		return "orders.state_delivered", true, false
	}
	return "orders.state_placed", false, false
}

// boughtWaits are the text keys of points that wait for their order, for their day, and for nothing any more; none is
// said where there are no points, and empty where the reason is told.
type boughtWaits struct{ order, day, nothing, none string }

var (
	waitsShort = boughtWaits{"orders.waits", "orders.from", "orders.since", "orders.none"}
	waitsWhole = boughtWaits{"orders.waits_text", "orders.from_text", "orders.since_text", ""}
)

// does says what an account's points of an order wait for, or why there are none.
func (s *Server) does(ctx context.Context, o purchase.Order, account string, say boughtWaits) ([]boughtPoints, error) {
	starts, err := s.Orders.Starts(ctx, o, account)
	if err != nil {
		return nil, err
	}
	if len(starts) == 0 {
		if say.none != "" {
			return []boughtPoints{{Key: say.none}}, nil
		}
		return []boughtPoints{{Key: bringsNone(o, account)}}, nil
	}
	now := s.Now()
	policy := s.Points.PolicyAt(now)
	all := make([]boughtPoints, len(starts))
	for i, start := range starts {
		p := boughtPoints{Key: say.nothing, Points: start.Points, At: start.At}
		switch {
		case start.At.IsZero():
			p.Key, p.At = say.order, policy.Settles(policy.In(s.Zone), now)
		case start.At.After(now):
			p.Key = say.day
		}
		all[i] = p
	}
	return all, nil
}

// bringsNone is why an account has no points of an order, as a text key.
func bringsNone(o purchase.Order, account string) string {
	p := o.Points()
	switch {
	case o.State == purchase.Cancelled:
		return "orders.no_cancelled"
	case !o.Buyer.Known():
		return "orders.no_outside"
	case len(o.Lines) == 0:
		return "orders.no_lines"
	case o.Back() > 0 && o.Back() == o.Units():
		return "orders.no_back"
	case p.Given > 0 && o.PointsOf(account).Kept == 0:
		return "orders.part_none"
	case p.Kept > 0 && p.Given == 0:
		return "orders.no_cut"
	}
	return "orders.no_points"
}

// boughtOrder shows one order: to whose it is in plain words, to marketers with everything that was tried and told.
func (s *Server) boughtOrder(c *fiber.Ctx) error {
	ctx, me := c.UserContext(), s.me(c)
	id, err := url.PathUnescape(c.Params("id"))
	if err != nil {
		return fault.New(fault.NotFound, "purchase.missing", "order", c.Params("id"))
	}
	o, err := s.Orders.Order(ctx, id)
	if err != nil {
		return err
	}
	if !maySee(me, o) {
		return fault.New(fault.NotFound, "purchase.missing", "order", o.ID)
	}
	view, err := s.boughtOrderView(ctx, me, o, s.teller(s.lang(c)))
	if err != nil {
		return err
	}
	title := s.UI.Texts.Say(s.lang(c), "orders.number", map[string]any{"id": o.ID})
	return s.page(c, "order", ui.Page{Title: title, TitleIsText: true, Wide: view.Full, Data: view})
}

// maySee reports whether somebody may see an order: whose it is or who has a part of it, the principal of the company
// that bought, and those who run the programme.
func maySee(me member.Member, o purchase.Order) bool {
	switch {
	case marketers.allows(me.Role):
		return true
	case o.Buyer.Member == me.ID:
		return true
	case principals.allows(me.Role) && o.Buyer.Member == "" && o.Buyer.Company == me.Company:
		return true
	}
	return slices.ContainsFunc(o.Buyer.Receivers, func(r purchase.Receiver) bool { return r.Account == me.ID })
}

// whose is the account from whose side a person looks at an order, and whether it is the company's.
func whose(me member.Member, o purchase.Order) (account string, company bool) {
	if principals.allows(me.Role) && o.Buyer.Member == "" && o.Buyer.Company == me.Company &&
		!slices.ContainsFunc(o.Buyer.Receivers, func(r purchase.Receiver) bool { return r.Account == me.ID }) {
		return me.Company, true
	}
	return me.ID, false
}

// setOf is the set of rules that valued an order; the empty one where none did.
func (s *Server) setOf(ctx context.Context, o purchase.Order) (rule.Set, error) {
	if set := s.Rules.At(o.Placed); set.Version == o.Version || o.Version == 0 {
		return set, nil
	}
	set, err := s.Rules.Version(ctx, o.Version)
	if fault.Is(err, fault.NotFound) {
		err = nil
	}
	return set, err
}

// cutWords says what took points off a line.
func (w teller) cutWords(c purchase.Cut, set rule.Set) string {
	said := w.say("points.count", "n", c.Points)
	kind, id, _ := strings.Cut(c.By, ":")
	switch kind {
	case "cap":
		r, _ := set.Rule(strings.TrimPrefix(id, "rule:"))
		return w.say("orders.cut_rule", "n", c.Points, "points", said, "name", w.name(r))
	case "policy":
		return w.say("orders.cut_policy", "n", c.Points, "points", said)
	case "budget":
		return w.say("orders.cut_budget", "n", c.Points, "points", said)
	}
	return w.say("orders.cut_other", "points", said)
}
