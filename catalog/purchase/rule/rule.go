// Package rule turns what was bought into points: rules that marketers write as a form and publish in numbered, dated
// sets, what each of them gives for every line of an order and why it gives nothing, and a draft's cost over past orders.
//
// The rule that matters most: an order's value is a pure function of the order, the facts about its buyer and one
// published set, the one in force when the order was placed; a set that was published never changes. Integers only: what
// the lines bring adds up to what the order brings, to the point.
package rule

import (
	"math"
	"time"
)

// Line is one line of an order. Money is in minor units.
type Line struct {
	// ID names the line within its order.
	ID       string `json:"id"`
	Product  string `json:"product"`
	Group    string `json:"group,omitempty"`
	Supplier string `json:"supplier,omitempty"`
	Quantity int64  `json:"quantity"`
	// Price is of one unit, Discount of the whole line, Cost of one unit to the brand; 0 where it is not told.
	Price    int64 `json:"price"`
	Discount int64 `json:"discount,omitempty"`
	Cost     int64 `json:"cost,omitempty"`
}

// MaxNet is the most money, in minor units, that one line counts with: absurd figures stop here instead of overflowing.
const MaxNet = 10_000_000_000_000

// Gross is what the line cost before its discount: never below 0, never above MaxNet.
func (l Line) Gross() int64 {
	if l.Quantity <= 0 || l.Price <= 0 {
		return 0
	}
	if l.Quantity > MaxNet/l.Price {
		return MaxNet
	}
	return l.Quantity * l.Price
}

// Net is what was paid for the line: its gross less its discount, never below 0, never above MaxNet.
func (l Line) Net() int64 { return max(0, l.Gross()-max(0, l.Discount)) }

// Order is what rules look at.
type Order struct {
	ID string `json:"id"`
	// Placed decides which set counts.
	Placed time.Time `json:"placed"`
	// Buyer is the account that bought, only told apart from others: facts and differences are kept by it.
	Buyer    string `json:"buyer,omitempty"`
	Channel  string `json:"channel,omitempty"`
	Region   string `json:"region,omitempty"`
	Size     string `json:"size,omitempty"`
	Industry string `json:"industry,omitempty"`
	// Personal says that a member bought, not a company.
	Personal bool   `json:"personal,omitempty"`
	Lines    []Line `json:"lines"`
}

// Net is what the order cost, the sum of its lines.
func (o Order) Net() int64 {
	var sum int64
	for i := range o.Lines {
		sum = add(sum, o.Lines[i].Net())
	}
	return sum
}

// Facts are what is known of the buyer's other orders.
type Facts struct {
	// NewGroups holds the groups that the buyer buys for the first time with this order.
	NewGroups map[string]bool
	// Nth says which order of the buyer this is in its local month, quarter and year, the first being 1.
	Nth map[Period]int
}

// Period is over what orders are counted.
type Period = string

// The periods that orders are counted over.
const (
	Month   Period = "month"
	Quarter Period = "quarter"
	Year    Period = "year"
)

// Periods are the known periods, the shortest first.
var Periods = []Period{Month, Quarter, Year}

// Kind is what a rule gives points for.
type Kind string

// The kinds of rule.
const (
	// Rate: Points for every Money of the order's matching lines together, rounded once, half up.
	Rate Kind = "rate"
	// Unit: Points for every unit of a matching line.
	Unit Kind = "unit"
	// First: Points for each group that the buyer had never bought before.
	First Kind = "first"
	// Nth: Points for the buyer's N-th order of the Period, or for each from the N-th on.
	Nth Kind = "nth"
)

// Kinds are the known kinds, in the order of a form.
var Kinds = []Kind{Rate, Unit, First, Nth}

// Rule is one way to earn.
type Rule struct {
	// ID is made once and goes with the rule through every version.
	ID string `json:"id"`
	// Name is what members read, by language.
	Name   map[string]string `json:"name"`
	Kind   Kind              `json:"kind"`
	Points int64             `json:"points"`
	// Money is what a rate gives its points for, in minor units.
	Money int64 `json:"money,omitempty"`
	// Period, N and Onwards are of the kind Nth.
	Period  Period `json:"period,omitempty"`
	N       int    `json:"n,omitempty"`
	Onwards bool   `json:"onwards,omitempty"`

	When Conditions `json:"when"`
	Not  Exclusions `json:"not"`
	// Minimums are the least that the whole order must cost, by region; the one without a region is for every other.
	Minimums []Minimum `json:"minimums,omitempty"`
	// CapMonth is the most that the rule brings one account in a local month; 0 is no cap.
	CapMonth int64 `json:"capMonth,omitempty"`
	// Priority goes before the order of the list within a stack: the higher first.
	Priority int `json:"priority,omitempty"`
	// Stack names rules of which only one applies to a line; empty is a rule that adds to every other.
	Stack string `json:"stack,omitempty"`
	// Funding is who pays, as budgets name it.
	Funding string `json:"funding,omitempty"`
}

// Conditions must all hold. An empty list holds always; words are compared without regard to case.
type Conditions struct {
	Regions    []string `json:"regions,omitempty"`
	Channels   []string `json:"channels,omitempty"`
	Buyer      Buyer    `json:"buyer,omitempty"`
	Sizes      []string `json:"sizes,omitempty"`
	Industries []string `json:"industries,omitempty"`
	Groups     []string `json:"groups,omitempty"`
	Products   []string `json:"products,omitempty"`
	Suppliers  []string `json:"suppliers,omitempty"`
	// From and Until bound when the order was placed: from the one, before the other; zero leaves that side open.
	From  time.Time `json:"from,omitzero"`
	Until time.Time `json:"until,omitzero"`
}

// Buyer is who buys.
type Buyer string

// The buyers a rule may be for; empty is both.
const (
	AnyBuyer Buyer = ""
	Company  Buyer = "company"
	Person   Buyer = "person"
)

// Exclusions take lines out that the conditions let in.
type Exclusions struct {
	Groups    []string `json:"groups,omitempty"`
	Products  []string `json:"products,omitempty"`
	Suppliers []string `json:"suppliers,omitempty"`
	// Discounted takes out lines whose discount is more than DiscountOver permille of their gross.
	Discounted   bool  `json:"discounted,omitempty"`
	DiscountOver int64 `json:"discountOver,omitempty"`
	// Cheap takes out lines whose cost is known and whose margin is less than MarginUnder permille of their net; with 0,
	// what was sold below its cost.
	Cheap       bool  `json:"cheap,omitempty"`
	MarginUnder int64 `json:"marginUnder,omitempty"`
}

// Minimum is the least that an order of a region must cost, in minor units; an empty region is every other one.
type Minimum struct {
	Region string `json:"region,omitempty"`
	Amount int64  `json:"amount"`
}

// Set is a version of all rules. Version 0 is a draft, or the time before the first set.
type Set struct {
	Version int `json:"version"`
	// From is when it comes into force: orders placed from then on.
	From time.Time `json:"from,omitzero"`
	Made time.Time `json:"made,omitzero"`
	By   string    `json:"by,omitempty"`
	Note string    `json:"note,omitempty"`
	// Rules stand in the order of the list.
	Rules []Rule `json:"rules"`
	// Picks says how one rule of a stack is picked; a stack that is not named picks the best.
	Picks map[string]Pick `json:"picks,omitempty"`
}

// Pick is how one rule of a stack is picked for a line.
type Pick string

// The ways to pick.
const (
	// Best takes what brings the buyer most for the line.
	Best Pick = "best"
	// Foremost takes the first that holds: by priority, then by the list.
	Foremost Pick = "first"
)

// Needs reports whether facts about the buyer's other orders are needed: the set counts first purchases or orders.
func (s Set) Needs() bool {
	for i := range s.Rules {
		if k := s.Rules[i].Kind; k == First || k == Nth {
			return true
		}
	}
	return false
}

// Rule returns the rule of an id.
func (s Set) Rule(id string) (Rule, bool) {
	for i := range s.Rules {
		if s.Rules[i].ID == id {
			return s.Rules[i], true
		}
	}
	return Rule{}, false
}

// Value is what an order brings.
type Value struct {
	// Version is the set's; 0 where none was in force.
	Version int `json:"version"`
	// Lines stand as in the order.
	Lines  []LineValue    `json:"lines"`
	Shares []FundingShare `json:"shares,omitempty"`
	// Points is the sum of the lines, and of the shares.
	Points int64 `json:"points"`
}

// LineValue is what a line brings, and every rule that was tried on it.
type LineValue struct {
	Line   string  `json:"line"`
	Points int64   `json:"points"`
	Trials []Trial `json:"trials,omitempty"`
}

// FundingShare is what one payer gives under one cap.
type FundingShare struct {
	Funding string `json:"funding,omitempty"`
	// CapID and CapMost are the cap that it comes under; empty and 0 where there is none.
	CapID   string `json:"cap,omitempty"`
	CapMost int64  `json:"capMost,omitempty"`
	Points  int64  `json:"points"`
	// ByLine is the share of every line of the order, in its order.
	ByLine []int64 `json:"byLine"`
}

// CapID names the cap of a rule for the account that it bounds.
func (r Rule) CapID() string {
	if r.CapMonth <= 0 {
		return ""
	}
	return "rule:" + r.ID
}

// MaxPoints is the most that one rule gives for one order, whatever its figures say.
const MaxPoints = 1_000_000_000_000

// add is a sum that stops at the largest number instead of overflowing; neither part is negative.
func add(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}
