// Package cases keeps what somebody should look at: orders that look as if points were drawn by trick. Stocking up and
// giving back, one receipt told twice, one purchase split into several.
//
// The rule that matters most: a case is a question to a person and nothing else. No point is ever taken here; what
// follows from a look is a correction that somebody answers for. A case has an id made from what it is about, so that
// however often the same orders are looked at there is one, and it opens again only when something new is found.
//
// Who may look is decided by the caller; an actor is the id of a member.
package cases

import (
	"context"
	"time"

	"firebrand/internal/journal"
)

// Kind is what a case suspects.
type Kind string

// The kinds.
const (
	// StockUp: bought until the points were there, then given back.
	StockUp Kind = "stock_up"
	// Twice: one receipt told under two ids.
	Twice Kind = "twice"
	// Split: one purchase in several orders, for their minimums or their bonuses.
	Split Kind = "split"
)

// Kinds are the known kinds, in the order of the page.
var Kinds = []Kind{StockUp, Twice, Split}

// Thresholds are where a suspicion begins. They are set so that an honest return or a second order of a day is none.
type Thresholds struct {
	// LargeShare is the part of an order's money, in permille, from which a return is large.
	LargeShare int64
	// ReturnDays is within how many days after it arrived, or was placed where it never did, a return that leaves less
	// than the minimum counts.
	ReturnDays int
	// StepDays is within how many days after a challenge's step was paid its reopening counts.
	StepDays int
	// TwiceDays is within how many days two orders of the same lines are one receipt.
	TwiceDays int
	// SplitOrders is how many orders of one buyer and day, each just over the minimum, are a split one.
	SplitOrders int
	// JustOver is how far above the minimum is just over it, in permille of the minimum.
	JustOver int64
	// BonusOrders is how many orders of one buyer and day look split when Bonuses of them brought a fixed bonus.
	BonusOrders int
	Bonuses     int
}

// DefaultThresholds are what a programme has that chose nothing else.
var DefaultThresholds = Thresholds{
	LargeShare: 500, ReturnDays: 14, StepDays: 14, TwiceDays: 3, SplitOrders: 3, JustOver: 150, BonusOrders: 3, Bonuses: 2,
}

// State is where a case stands.
type State string

// The states. Waiting waits for somebody to look. A case that was looked at opens again when something new is found.
const (
	Waiting State = "open"
	Fine    State = "fine"
	NotFine State = "not_fine"
)

// Reason is one thing that speaks for a case: a text key below "cases.why." and its numbers.
type Reason struct {
	Key  string           `json:"key"`
	Args map[string]int64 `json:"args,omitempty"`
	// Order is the one that it is about, empty where it is about all.
	Order string `json:"order,omitempty"`
}

// Look is what somebody found.
type Look struct {
	By   string    `json:"by"`
	At   time.Time `json:"at"`
	Fine bool      `json:"fine"`
	Note string    `json:"note"`
}

// Case is one suspicion.
type Case struct {
	ID   string `json:"id"`
	Kind Kind   `json:"kind"`
	// Buyer is the account that bought.
	Buyer string `json:"buyer"`
	// Orders are the ids of those that it is about, oldest first.
	Orders  []string  `json:"orders"`
	Reasons []Reason  `json:"reasons"`
	State   State     `json:"state"`
	Found   time.Time `json:"found"`
	// Changed is when it was found, looked at, or opened again.
	Changed time.Time `json:"changed"`
	// Looks are all of them, oldest first.
	Looks []Look `json:"looks,omitempty"`
	// Version is what Decide wants back, to notice that something new was found meanwhile.
	Version int64 `json:"-"`
}

// Again reports whether the case was looked at before and is open once more.
func (c Case) Again() bool { return c.State == Waiting && len(c.Looks) > 0 }

// Sale is an order as this room judges it.
type Sale struct {
	Order string
	// Buyer is the account that bought; empty for who is not in the programme, who is never judged.
	Buyer     string
	Channel   string
	Placed    time.Time
	Cancelled bool
	// Delivered and Active are when it arrived and when its points became spendable; zero while not.
	Delivered, Active time.Time
	// Returned is when something came back last; zero where nothing did.
	Returned time.Time
	Lines    []SaleLine
	// Minimums are the least amounts of money that the rules in force asked of it.
	Minimums []int64
	// Points is what the order was worth; Short what of it could not be taken back because it was spent.
	Points, Short int64
	// Bonuses is how many fixed bonuses it brought, such as for a first or an n-th order.
	Bonuses int
}

// SaleLine is a line of a sale; Net is the money paid for all of it.
type SaleLine struct {
	Product            string
	Quantity, Returned int64
	Net                int64
}

// Orders is what the room of orders tells.
type Orders interface {
	// Sale is the order whose stream this is as it stands now.
	Sale(ctx context.Context, stream string) (Sale, error)
	// Near are up to limit orders of a buyer placed at or after from and before to, by the time they were placed. One
	// just written may show a moment later.
	Near(ctx context.Context, buyer string, from, to time.Time, limit int) ([]Sale, error)
}

// Steps is what the room of challenges tells.
type Steps interface {
	// Reopened is what a record says when goods came back after a step was paid: whose, how many days after, and of
	// which challenge, step and round, as one word. Found is false for any other record.
	Reopened(rec journal.Record) (r Reopened, found bool, err error)
}

// Reopened is a step that was paid and is no more.
type Reopened struct {
	Account string
	// Key names the challenge, the step and the round.
	Key string
	// Paid is when it was reached, At when goods had come back.
	Paid, At time.Time
	Points   int64
}
