// Package purchase keeps the orders that an ERP tells of, what each line of them brings and why, and sees to it that
// the points follow: pending while an order is on its way, active once it has arrived, taken back for what is returned.
//
// The rule that matters most: an order's record is the decision. What came of a message, and which points are to be
// moved for it, is one insert into the order's own stream; then the moves are carried out under keys that derive from
// that record, by whoever comes to it first, and a message decides only where the moves before it are done.
//
// Messages come late, twice and in any order. Each part of an order (its lines, whether it stands, when it arrived, what
// came back of each line, who bought) is taken from the newest revision that names it, so that any order of arrival ends
// in the same state.
package purchase

import (
	"time"

	"firebrand/catalog/purchase/rule"
)

// State is what a message says has happened, and how an order stands.
type State string

// The states. Of an order only Placed, Delivered and Cancelled are kept: Changed says nothing but new content, and what
// came back stands at each line. What arrived stays Delivered whatever is said of it later, unless it is cancelled.
const (
	Placed    State = "placed"
	Changed   State = "changed"
	Delivered State = "delivered"
	Cancelled State = "cancelled"
	Returned  State = "returned"
)

// States are the known states, in the order of an order's life.
var States = []State{Placed, Changed, Delivered, Cancelled, Returned}

// Message is what an ERP says of an order at one revision.
type Message struct {
	// ID is the ERP's own: up to 64 printable characters without slashes and spaces.
	ID string `json:"id"`
	// Revision counts the ERP's messages of this order from 1; the larger is the newer.
	Revision int64 `json:"revision"`
	State    State `json:"state"`
	// Placed is when the order was made; zero leaves it as it is, and where nothing ever said so it is when the first
	// message came. Delivered is when it arrived; zero with the state Delivered is when that message came.
	Placed    time.Time `json:"placed,omitzero"`
	Delivered time.Time `json:"delivered,omitzero"`
	Buyer     BuyerRef  `json:"buyer,omitzero"`
	// Channel is such as "app" or "phone", in the brand's own words; empty leaves it.
	Channel string `json:"channel,omitempty"`
	// Lines are all of them; none leaves them as they are.
	Lines []Line `json:"lines,omitempty"`
	// Returns name lines whose returned quantity is told without their content. The state Returned with neither returns
	// nor lines that name any says that everything came back.
	Returns []Return `json:"returns,omitempty"`
}

// BuyerRef is who bought, as the ERP knows them.
type BuyerRef struct {
	// Company is a company's id or code, Member a member's id, phone or e-mail. A member alone makes it a purchase of their
	// own; beside a company they are whoever ordered for it, and the company is the buyer.
	Company string `json:"company,omitempty"`
	Member  string `json:"member,omitempty"`
	// Name and Region are of a company that is not in the programme, for comparison.
	Name   string `json:"name,omitempty"`
	Region string `json:"region,omitempty"`
}

// Line is a line as a message tells it.
type Line struct {
	rule.Line
	// Returned is how many units came back so far, in all; above zero it counts like an entry of Message.Returns.
	Returned int64 `json:"returned,omitempty"`
}

// Return is how many units of a line came back so far, in all.
type Return struct {
	Line     string `json:"line"`
	Quantity int64  `json:"quantity"`
}

// Order is how an order stands: the content of its newest record. Its json names are short because every message writes
// it; pages and the API make views of their own.
type Order struct {
	ID string `json:"i"`
	// Seq is the order's last record, At the first one's time, Changed the last message's.
	Seq     int64     `json:"-"`
	At      time.Time `json:"t"`
	Changed time.Time `json:"u"`
	// Revision is the newest that was told.
	Revision int64     `json:"r"`
	State    State     `json:"s"`
	Placed   time.Time `json:"p"`
	// Delivered is zero until it arrived.
	Delivered time.Time `json:"d,omitzero"`
	Buyer     Buyer     `json:"b,omitzero"`
	Channel   string    `json:"c,omitempty"`
	// Version is the set of rules that valued it; 0 where none was in force or nothing was to be valued.
	Version int         `json:"v,omitempty"`
	Facts   *Facts      `json:"f,omitempty"`
	Lines   []OrderLine `json:"l,omitempty"`
	Shares  []Share     `json:"h,omitempty"`
	Slots   []Slot      `json:"a,omitempty"`
	// Trials are the different answers of its rules; lists leave them out.
	Trials []rule.Trial `json:"x,omitempty"`
	Marks  Marks        `json:"m"`
}

// Buyer is who bought, as the programme knew them when the order first named them; that stays.
type Buyer struct {
	// Company is a company's id, Member a member's. Both are empty for who is not in the programme.
	Company string `json:"c,omitempty"`
	Member  string `json:"m,omitempty"`
	// Name is the company's as the ERP writes it; never a person's. Code is the ERP's own number of who is not known.
	Name     string `json:"n,omitempty"`
	Code     string `json:"k,omitempty"`
	Region   string `json:"r,omitempty"`
	Size     string `json:"z,omitempty"`
	Industry string `json:"y,omitempty"`
	// Receivers are the accounts that the points go to, with their percents.
	Receivers []Receiver `json:"a,omitempty"`
	// Ref is the fingerprint of what the ERP named.
	Ref string `json:"f,omitempty"`
}

// Receiver is an account and its part of an order's points.
type Receiver struct {
	Account string `json:"a"`
	Percent int    `json:"p"`
}

// Known reports whether the buyer is in the programme: only then an order brings points.
func (b Buyer) Known() bool { return b.Company != "" || b.Member != "" }

// Party is the account that bought: the member's, or the company's; empty for who is not in the programme.
func (b Buyer) Party() string {
	if b.Member != "" {
		return b.Member
	}
	return b.Company
}

// Key tells buyers apart, those outside the programme too; empty where nobody was named yet.
func (b Buyer) Key() string {
	switch {
	case b.Known():
		return b.Party()
	case b.Code != "":
		return outside + b.Code
	case b.Ref != "":
		return outside + b.Ref
	}
	return ""
}

// outside begins the keys of buyers who are not in the programme.
const outside = "?"

// Facts are what was claimed in the buyer's stream for this order.
type Facts struct {
	// Groups are bought for the first time with it.
	Groups []string `json:"g,omitempty"`
	// Nth is the order's number among the buyer's of each period, Periods which month, quarter and year those are.
	Nth     map[string]int    `json:"n,omitempty"`
	Periods map[string]string `json:"p,omitempty"`
}

// OrderLine is a line as it stands.
type OrderLine struct {
	Line
	// Tried are the rules that were tried on it, as pairs: the trial's place in Order.Trials and the points that it gave
	// here.
	Tried []int64 `json:"t,omitempty"`
}

// Share is what one payer gives under one cap for the order as it was ordered, line by line.
type Share struct {
	Funding string  `json:"f,omitempty"`
	Cap     string  `json:"c,omitempty"`
	Most    int64   `json:"m,omitempty"`
	ByLine  []int64 `json:"l"`
}

// Slot is what one account has of the order from one payer under one cap.
type Slot struct {
	Account string `json:"a"`
	Funding string `json:"f,omitempty"`
	Cap     string `json:"c,omitempty"`
	// Asked is what the order is worth to it now, Given what of that it has: the difference was cut.
	Asked int64 `json:"n,omitempty"`
	Given int64 `json:"g,omitempty"`
	// Parts are the awards and deliveries that brought it, oldest first.
	Parts []Part `json:"p,omitempty"`
	// Cuts say what was cut and by what, as points name it ("policy:…", "cap:…", "budget:…").
	Cuts []Cut `json:"x,omitempty"`
	// Owed became a debt when goods came back, Forgiven was let go; both are sums over all returns.
	Owed     int64 `json:"o,omitempty"`
	Forgiven int64 `json:"v,omitempty"`
}

// Part is an award or a delivery by the move that made it, and how much of it stands.
type Part struct {
	Seq  int64 `json:"s"`
	Move int   `json:"n"`
	Left int64 `json:"l"`
	// Delivered says that it has its dates.
	Delivered bool `json:"d,omitempty"`
}

// Cut is what was not given, and by what.
type Cut struct {
	By     string `json:"b"`
	Points int64  `json:"p"`
}

// Marks are the revisions that each part of the order was taken from; 0 is none.
type Marks struct {
	// Seen are the revisions that came, as pairs of first and last.
	Seen      []int64 `json:"s"`
	State     int64   `json:"a,omitempty"`
	Placed    int64   `json:"p,omitempty"`
	Delivered int64   `json:"d,omitempty"`
	Buyer     int64   `json:"b,omitempty"`
	Channel   int64   `json:"c,omitempty"`
	Lines     int64   `json:"l,omitempty"`
	// AllReturned is the newest revision that said that everything came back.
	AllReturned int64        `json:"w,omitempty"`
	Returns     []ReturnMark `json:"r,omitempty"`
}

// ReturnMark is what a revision said came back of a line.
type ReturnMark struct {
	Line     string `json:"l"`
	Quantity int64  `json:"q"`
	Revision int64  `json:"r"`
}

// Outcome says what a message did.
type Outcome string

// The outcomes. Repeated came before and did nothing, Superseded was kept but newer revisions had said all it names.
const (
	Taken      Outcome = "taken"
	Repeated   Outcome = "repeated"
	Superseded Outcome = "superseded"
)

// Result is the answer to a message.
type Result struct {
	Order   Order
	Outcome Outcome
	// Points are the order's as it stands now.
	Points Points
	// Notes say what the sender should know although the message was taken.
	Notes []Note
}

// Points are an order's sums over all accounts.
type Points struct {
	// Value is what the rules give for what was ordered, Kept what is left of that after returns.
	Value, Kept int64
	// Given is what the accounts have of it: Pending waits for the delivery, Delivered has its dates.
	Given, Pending, Delivered int64
	// Cut is what caps and budgets took off.
	Cut int64
	// Owed and Forgiven are of returns whose points were spent.
	Owed, Forgiven int64
}

// Note is a message key with its arguments, and the field it speaks of.
type Note struct {
	Key   string
	Args  map[string]any
	Field string
}

// The flags by which lists find orders that somebody should look at; see Order.Flags.
const (
	FlagUnknownBuyer = "unknown_buyer"
	FlagNoLines      = "no_lines"
	FlagReturnedMore = "returned_more"
	FlagReturned     = "returned"
	FlagCut          = "cut"
	FlagOwed         = "owed"
)
