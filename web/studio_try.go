package web

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"firebrand/catalog/purchase/rule"
	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/web/ui"
)

// tryView is an order tried against a set: a form that asks, and every rule's answer to every line.
type tryView struct {
	// Draft says that the draft is tried, not the set in force on the order's date.
	Draft bool
	// HasDraft says that there is one.
	HasDraft bool
	// Order is the id of a stored order, V the typed fields by name, Lines the names of the lines' rows.
	Order string
	V     map[string]string
	Rows  []string
	Wrong map[string]string
	// Answer is nil before anything was asked.
	Answer *triedView
}

// triedView is what an order brings and why.
type triedView struct {
	Points  int64
	Net     string
	Version int
	Lines   []triedLine
	// Caps are what a month's cap may still take.
	Caps []string
}

// triedLine is one line with every rule's answer.
type triedLine struct {
	rule.Line
	Net    string
	Points int64
	Trials []triedRule
}

// triedRule is one rule's answer to one line.
type triedRule struct {
	Name, Why string
	Applied   bool
	Points    int64
}

// tryRows is how many lines an example order can have.
const tryRows = 5

// rulesTry tries an order that was typed in, or a stored one. It changes nothing, so that it is asked by address.
func (s *Server) rulesTry(c *fiber.Ctx) error {
	view := tryView{Draft: c.Query("set") == "draft", Order: strings.TrimSpace(c.Query("order")), V: map[string]string{}, Wrong: map[string]string{}}
	values := url.Values{}
	for name, value := range c.Queries() {
		view.V[name] = value
		values.Set(name, value)
	}
	for i := range tryRows {
		view.Rows = append(view.Rows, strconv.Itoa(i))
	}
	d, err := s.Rules.Draft(c.UserContext())
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	view.HasDraft = err == nil
	if view.V["placed"] == "" {
		view.V["placed"] = s.Zone.Date(s.Now()).String()
	}
	if err := s.try(c, &view, values, d); err != nil {
		return err
	}
	return s.page(c, "studio_rules_try", ui.Page{Title: "studio_rules.try_title", Wide: true, Data: view})
}

// try fills the answer in where something was asked.
func (s *Server) try(c *fiber.Ctx, view *tryView, values url.Values, d rule.Draft) error {
	if !values.Has("order") && !values.Has("0.quantity") {
		return nil
	}
	o, facts, wrong := orderTyped(values, s.Zone)
	if view.Order != "" {
		var err error
		o, facts, err = s.storedOrder(c, view.Order)
		if f := fault.As(err); f != nil && f.Kind == fault.NotFound {
			wrong = []*fault.Error{fault.New(fault.NotFound, "studio_rules.no_order").On("order")}
		} else if err != nil {
			return err
		} else {
			wrong = nil
		}
	}
	for _, f := range wrong {
		view.Wrong[f.Field] = s.say(c, f)
	}
	if len(wrong) > 0 {
		return nil
	}
	set := d.Set
	if !view.Draft || !view.HasDraft {
		set = s.Rules.At(o.Placed)
	}
	view.Answer = s.teller(s.lang(c)).tried(set, o, facts)
	return nil
}

// orderTyped is an example order as it was typed, with what could not be read of it.
func orderTyped(values url.Values, zone calendar.Zone) (rule.Order, rule.Facts, []*fault.Error) {
	r := fieldReader{values: values, zone: zone}
	word := func(at string) string { return strings.TrimSpace(values.Get(at)) }
	o := rule.Order{
		ID: "example", Channel: word("channel"), Region: word("region"), Size: word("size"), Industry: word("industry"),
		Personal: values.Get("buyer") == string(rule.Person), Placed: r.day("placed", false),
	}
	facts := rule.Facts{NewGroups: map[string]bool{}, Nth: map[string]int{}}
	for _, p := range rule.Periods {
		facts.Nth[p] = int(r.number("nth"))
	}
	for i := range tryRows {
		at := strconv.Itoa(i) + "."
		l := rule.Line{
			ID: strconv.Itoa(i + 1), Product: word(at + "product"), Group: word(at + "group"), Supplier: word(at + "supplier"),
			Quantity: r.number(at + "quantity"), Price: r.money(at + "price"), Discount: r.money(at + "discount"), Cost: r.money(at + "cost"),
		}
		if l.Quantity == 0 && l.Price == 0 && l.Product == "" {
			continue
		}
		o.Lines = append(o.Lines, l)
		if values.Get("first") != "" {
			facts.NewGroups[l.Group] = true
		}
	}
	if len(o.Lines) == 0 {
		r.fail("0.quantity", "studio_rules.no_lines")
	}
	return o, facts, r.wrong
}

// tried is what a set gives an order, in words.
func (w teller) tried(set rule.Set, o rule.Order, facts rule.Facts) *triedView {
	v := set.Value(o, facts)
	view := &triedView{Points: v.Points, Net: w.money(o.Net()), Version: v.Version}
	for i, line := range v.Lines {
		row := triedLine{Line: o.Lines[i], Net: w.money(o.Lines[i].Net()), Points: line.Points}
		for _, t := range line.Trials {
			r, _ := set.Rule(t.Rule)
			row.Trials = append(row.Trials, triedRule{w.name(r), w.trial(t, set, false), t.Applied, t.Points})
		}
		view.Lines = append(view.Lines, row)
	}
	for _, share := range v.Shares {
		if share.CapID != "" {
			view.Caps = append(view.Caps, w.say("studio_rules.cap_may", "n", share.CapMost))
		}
	}
	return view
}
