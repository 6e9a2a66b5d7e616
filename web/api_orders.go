package web

import (
	"net/http"
	"time"

	"github.com/gofiber/fiber/v2"

	"firebrand/catalog/purchase"
	"firebrand/catalog/purchase/rule"
	"firebrand/internal/fault"
	"firebrand/internal/member"
)

// apiMessage is what an ERP says of an order.
type apiMessage struct {
	ID        string        `json:"id" minLength:"1" maxLength:"64" doc:"The ERP's own: printable ASCII without spaces and slashes."`
	Revision  int64         `json:"revision" minimum:"1" doc:"Counts the ERP's messages of this order; the larger is the newer. Messages may come late, twice and out of order."`
	State     string        `json:"state" enum:"placed,changed,delivered,cancelled,returned" doc:"returned with neither returns nor returned quantities says that everything came back."`
	Placed    time.Time     `json:"placed,omitzero" required:"false" doc:"When the order was made; absent leaves it."`
	Delivered time.Time     `json:"delivered,omitzero" required:"false" doc:"When it arrived; absent with the state delivered is now."`
	Buyer     apiBuyer      `json:"buyer,omitzero" required:"false" doc:"Absent leaves it."`
	Channel   string        `json:"channel,omitempty" maxLength:"120" doc:"Such as app or phone; absent leaves it."`
	Lines     []apiLineIn   `json:"lines,omitempty" maxItems:"500" doc:"All of them; absent leaves them as they are."`
	Returns   []apiReturnIn `json:"returns,omitempty" maxItems:"500" doc:"What came back so far, of lines that are not told anew."`
}

type apiBuyer struct {
	Company string `json:"company,omitempty" maxLength:"120" doc:"The company's id here, or its number in the ERP."`
	Member  string `json:"member,omitempty" maxLength:"120" doc:"A member's id, phone or e-mail, for a purchase of their own; beside a company it is ignored, the company buys."`
	Name    string `json:"name,omitempty" maxLength:"120" doc:"Of a company that is not in the programme."`
	Region  string `json:"region,omitempty" maxLength:"120"`
}

type apiLineIn struct {
	ID       string `json:"id" minLength:"1" maxLength:"64"`
	Product  string `json:"product" minLength:"1" maxLength:"120"`
	Group    string `json:"group,omitempty" maxLength:"120"`
	Supplier string `json:"supplier,omitempty" maxLength:"120"`
	Quantity int64  `json:"quantity" minimum:"0"`
	Price    int64  `json:"price" minimum:"0" doc:"Of one unit, in minor units."`
	Discount int64  `json:"discount,omitempty" minimum:"0" doc:"Of the whole line, in minor units."`
	Cost     int64  `json:"cost,omitempty" minimum:"0" doc:"Of one unit to the brand, in minor units."`
	Returned int64  `json:"returned,omitempty" minimum:"0" doc:"How many units came back so far, in all."`
}

type apiReturnIn struct {
	Line     string `json:"line" minLength:"1" maxLength:"64"`
	Quantity int64  `json:"quantity" minimum:"0" doc:"How many units came back so far, in all."`
}

// message is what the room is told.
func (m apiMessage) message() purchase.Message {
	told := purchase.Message{
		ID: m.ID, Revision: m.Revision, State: purchase.State(m.State), Placed: m.Placed, Delivered: m.Delivered,
		Buyer: purchase.BuyerRef(m.Buyer), Channel: m.Channel,
	}
	for _, l := range m.Lines {
		told.Lines = append(told.Lines, purchase.Line{Line: rule.Line{
			ID: l.ID, Product: l.Product, Group: l.Group, Supplier: l.Supplier, Quantity: l.Quantity, Price: l.Price,
			Discount: l.Discount, Cost: l.Cost,
		}, Returned: l.Returned})
	}
	for _, r := range m.Returns {
		told.Returns = append(told.Returns, purchase.Return(r))
	}
	return told
}

// apiOrder is how an order stands.
type apiOrder struct {
	ID        string           `json:"id"`
	Revision  int64            `json:"revision" doc:"The newest that was told."`
	State     string           `json:"state" enum:"placed,delivered,cancelled"`
	Placed    time.Time        `json:"placed"`
	Delivered time.Time        `json:"delivered,omitzero"`
	Company   string           `json:"company,omitempty" doc:"The buyer's id here; absent for who is not in the programme."`
	Member    string           `json:"member,omitempty"`
	Known     bool             `json:"known" doc:"Only orders of buyers in the programme bring points; others are kept for comparison."`
	Channel   string           `json:"channel,omitempty"`
	Rules     int              `json:"rules,omitempty" doc:"The version of the rules that valued it."`
	Points    apiOrderPoints   `json:"points"`
	Lines     []apiOrderLine   `json:"lines"`
	Notes     []apiOrderNote   `json:"notes" doc:"What the sender should know although the message was taken."`
	Flags     []string         `json:"flags" doc:"What somebody should look at."`
	Receivers []apiReceiver    `json:"receivers" doc:"The accounts that the points go to, with their percents."`
	Outcome   purchase.Outcome `json:"outcome,omitempty" enum:"taken,repeated,superseded" doc:"What the message did; absent where nothing was sent."`
}

type apiOrderPoints struct {
	Value     int64 `json:"value" doc:"What the rules give for what was ordered."`
	Kept      int64 `json:"kept" doc:"What is left of that after returns."`
	Given     int64 `json:"given" doc:"What the accounts have of it."`
	Pending   int64 `json:"pending" doc:"What of it waits for the delivery."`
	Delivered int64 `json:"delivered" doc:"What of it has its dates."`
	Cut       int64 `json:"cut" doc:"What caps and budgets took off."`
	Owed      int64 `json:"owed,omitempty" doc:"What returns made a debt."`
	Forgiven  int64 `json:"forgiven,omitempty" doc:"What returns could not take and let go."`
}

type apiOrderLine struct {
	ID       string        `json:"id"`
	Product  string        `json:"product"`
	Quantity int64         `json:"quantity"`
	Returned int64         `json:"returned,omitempty"`
	Net      int64         `json:"net" doc:"What was paid for it, in minor units."`
	Value    int64         `json:"value" doc:"What the rules give for it, in points."`
	Kept     int64         `json:"kept"`
	Given    int64         `json:"given"`
	Why      []apiTrial    `json:"why" doc:"The rules that were tried, in their order."`
	Cuts     []apiOrderCut `json:"cuts" doc:"What was not given, and by what."`
}

type apiTrial struct {
	Rule    string `json:"rule,omitempty"`
	Applied bool   `json:"applied"`
	Points  int64  `json:"points"`
	Code    string `json:"code" doc:"A word for programs that stays the same."`
	Text    string `json:"text" doc:"The same in words."`
}

type apiOrderCut struct {
	By     string `json:"by" example:"cap:month"`
	Points int64  `json:"points"`
}

type apiOrderNote struct {
	Code  string `json:"code"`
	Text  string `json:"text"`
	Field string `json:"field,omitempty"`
}

type apiReceiver struct {
	Account string `json:"account"`
	Percent int    `json:"percent"`
}

// apiOrdersReport is what was bought in some time.
type apiOrdersReport struct {
	Orders        int64 `json:"orders"`
	Cancelled     int64 `json:"cancelled" doc:"Orders that count in none of the other figures."`
	Units         int64 `json:"units"`
	Money         int64 `json:"money" doc:"In minor units, after discounts."`
	UnitsReturned int64 `json:"units_returned"`
	MoneyReturned int64 `json:"money_returned"`
	Customers     int64 `json:"customers"`
	CustomerDays  int64 `json:"customer_days" doc:"Different pairs of a customer and a local day."`
	OneDay        int64 `json:"one_day" doc:"Customers who bought on one day only."`
	RepeatRate    int64 `json:"repeat_rate" doc:"How many of all customers bought on more than one day, in ten-thousandths."`
	Since         int64 `json:"since" doc:"Customers who bought at or after since."`
	Known         int64 `json:"known" doc:"Orders of buyers in the programme."`
	Points        int64 `json:"points" doc:"What the accounts were given for the orders, after returns, limits and budgets."`
}

func ordersOperations(a *api) {
	operation(a, http.MethodPost, "/orders", marketers, about{
		id: "reportOrder", tag: "orders", summary: "Tell of an order", scope: member.ScopeOrdersWrite, body: 256 << 10,
		detail: "Safe to repeat: the order's id and revision tell messages apart, so that no Idempotency-Key is needed. Another message under a revision that came before is a problem with the kind key_reused. A key without orders:read is not told the order's buyer and lines.",
	}, (*Server).apiReportOrder)
	operation(a, http.MethodGet, "/orders/report", marketers, about{
		id: "getOrdersReport", tag: "orders", summary: "What was bought in some time", scope: member.ScopeReportsRead,
	}, (*Server).apiOrdersReport)
	operation(a, http.MethodGet, "/orders/{id}", marketers, about{
		id: "getOrder", tag: "orders", summary: "How an order stands, what it brought and why", scope: member.ScopeOrdersRead,
		also: []int{http.StatusNotFound},
	}, (*Server).apiGetOrder)
	a.bulkOperation()
}

func (s *Server) apiReportOrder(c *fiber.Ctx, in *struct{ Body apiMessage }) (apiOrder, error) {
	result, err := s.Orders.Take(c.UserContext(), s.actor(c), in.Body.message())
	if err != nil {
		return apiOrder{}, err
	}
	view, err := s.orderOf(c, result.Order)
	view.Outcome = result.Outcome
	view.Notes = notesOf(s.teller(s.apiLang(c)), result.Notes)
	if w, _ := c.Locals("who").(who); w.keyed && !w.key.Allows(member.ScopeOrdersRead) {
		// An empty message of any order would otherwise read it.
		view.Company, view.Member, view.Channel = "", "", ""
		view.Lines, view.Receivers = []apiOrderLine{}, []apiReceiver{}
	}
	return view, err
}

func (s *Server) apiGetOrder(c *fiber.Ctx, in *struct {
	ID string `path:"id" maxLength:"64"`
}) (apiOrder, error) {
	order, err := s.Orders.Order(c.UserContext(), in.ID)
	if err != nil {
		return apiOrder{}, err
	}
	return s.orderOf(c, order)
}

func (s *Server) apiOrdersReport(c *fiber.Ctx, in *struct {
	From  time.Time `query:"from" doc:"Orders placed from then on; absent for all."`
	To    time.Time `query:"to" doc:"Orders placed before."`
	Since time.Time `query:"since" doc:"For the figure since."`
}) (apiOrdersReport, error) {
	if !in.To.IsZero() && in.To.Before(in.From) {
		return apiOrdersReport{}, fault.New(fault.Invalid, "studio_orders.period").On("to")
	}
	r, err := s.Orders.Report(c.UserContext(), purchase.ReportQuery{From: in.From, To: in.To, Since: in.Since})
	return apiOrdersReport{
		Orders: r.Orders, Cancelled: r.Cancelled, Units: r.Units, Money: r.Money, UnitsReturned: r.Back, MoneyReturned: r.BackMoney,
		Customers: r.Customers, CustomerDays: r.Days, OneDay: r.OneDay, RepeatRate: r.Repeat, Since: r.Since, Known: r.Known,
		Points: r.Points.Given,
	}, err
}

// orderOf is an order as the API shows it, with the reasons in words.
func (s *Server) orderOf(c *fiber.Ctx, o purchase.Order) (apiOrder, error) {
	words := s.teller(s.apiLang(c))
	set, err := s.setOf(c.UserContext(), o)
	if err != nil {
		return apiOrder{}, err
	}
	p := o.Points()
	view := apiOrder{
		ID: o.ID, Revision: o.Revision, State: string(o.State), Placed: o.Placed, Delivered: o.Delivered, Company: o.Buyer.Company,
		Member: o.Buyer.Member, Known: o.Buyer.Known(), Channel: o.Channel, Rules: o.Version, Flags: o.Flags(),
		Points: apiOrderPoints{p.Value, p.Kept, p.Given, p.Pending, p.Delivered, p.Cut, p.Owed, p.Forgiven},
		Lines:  []apiOrderLine{}, Notes: []apiOrderNote{}, Receivers: []apiReceiver{},
	}
	if view.Flags == nil {
		view.Flags = []string{}
	}
	for _, line := range o.Stories() {
		l := apiOrderLine{
			ID: line.ID, Product: line.Product, Quantity: line.Quantity, Returned: line.Returned, Net: line.Net(), Value: line.Value,
			Kept: line.Kept, Given: line.Given, Why: []apiTrial{}, Cuts: []apiOrderCut{},
		}
		for _, t := range line.Why {
			l.Why = append(l.Why, apiTrial{t.Rule, t.Applied, t.Points, t.Why, words.trial(t, set, false)})
		}
		for _, cut := range line.Cuts {
			l.Cuts = append(l.Cuts, apiOrderCut(cut))
		}
		view.Lines = append(view.Lines, l)
	}
	view.Notes = append(view.Notes, notesOf(words, o.Notes())...)
	for _, r := range o.Buyer.Receivers {
		view.Receivers = append(view.Receivers, apiReceiver{r.Account, r.Percent})
	}
	return view, nil
}

func notesOf(words teller, notes []purchase.Note) (list []apiOrderNote) {
	for _, n := range notes {
		list = append(list, apiOrderNote{n.Key, words.texts.Say(words.lang, n.Key, n.Args), n.Field})
	}
	return list
}
