// Package catalog keeps the rewards that points buy, their stock, and the redemptions that join the two: dealer staff
// redeem, marketers write the rewards, suppliers hand them out at a desk against a voucher.
//
// The rule that matters most: points and stock move together or not at all. A redemption takes several steps in several
// streams and there is no transaction over them; flow.go says how the steps stay whole.
//
// Who may do what is decided by the caller: an actor here is a member's id that goes into the records.
package catalog

import (
	"time"

	"firebrand/content"
	"firebrand/internal/fault"
)

// RewardState is where a reward stands between the marketer's desk and the shelf.
type RewardState string

// The states of a reward. Only a published one can be redeemed; what was redeemed before it was withdrawn is honoured.
const (
	Draft     RewardState = "draft"
	Published RewardState = "published"
	Withdrawn RewardState = "withdrawn"
)

// Reward is one thing that points buy. Every change makes a new version; the earlier ones stay readable.
type Reward struct {
	// ID is lower-case letters, digits and hyphens, up to 64 of them. It never changes.
	ID string `json:"id"`
	// Version counts the saves from 1.
	Version     int64        `json:"version"`
	Name        content.Text `json:"name"`
	Description content.Text `json:"description,omitempty"`
	// Price is in points, MinPrice to MaxPrice.
	Price int64 `json:"price"`
	// Picture is a media id; Alt says what it shows and is needed with it before the reward is published.
	Picture string       `json:"picture,omitempty"`
	Alt     content.Text `json:"alt,omitempty"`
	// Supplier is who hands it out, in the marketer's words.
	Supplier string      `json:"supplier,omitempty"`
	State    RewardState `json:"state"`
	// PerMember is how many one member may have, cancelled ones not counted; 0 is no limit.
	PerMember int `json:"perMember,omitempty"`
	// SavedBy and Saved are of this version.
	SavedBy string    `json:"savedBy"`
	Saved   time.Time `json:"saved"`
}

// State is where a redemption stands.
type State string

// The states of a redemption. Requested and Cancelling are short: steps are under way, and Sweep ends what a crash left
// there. Placed waits at the desk. Issued, Cancelled and Refused are ends.
const (
	Requested  State = "requested"
	Placed     State = "placed"
	Issued     State = "issued"
	Cancelling State = "cancelling"
	Cancelled  State = "cancelled"
	Refused    State = "refused"
)

// Open reports whether steps are still to be taken, by the request that began them or by Sweep.
func (s State) Open() bool { return s == Requested || s == Cancelling }

// Order is a member's wish for one reward.
type Order struct {
	// Key is the form's idempotency key: one key of one member is one redemption, however often it is sent.
	Key string
	// Member is who orders and collects, and whose limit counts; Company is where they work, for the desk's and the
	// programme's figures.
	Member  string
	Company string
	// Account is whose points pay: empty is the member's own. Whether the member may spend another is the caller's to
	// know.
	Account string
	Reward  string
	// Price is what the person saw, in points.
	Price int64
}

// Redemption is one reward redeemed by one member, as its newest record left it.
type Redemption struct {
	ID      string `json:"id"`
	Member  string `json:"member"`
	Company string `json:"company,omitempty"`
	// Account is the account that pays where it is not the member's own: their company's. See Payer.
	Account string `json:"account,omitempty"`
	// Reward, Version, Name and Price are the reward as it was when it was ordered; Limit is its PerMember then.
	Reward  string       `json:"reward"`
	Version int64        `json:"version"`
	Name    content.Text `json:"name"`
	Price   int64        `json:"price"`
	Limit   int          `json:"limit,omitempty"`
	State   State        `json:"state"`
	// Code is the voucher's, eight characters; empty until the redemption is placed. Whoever knows it can collect.
	Code string `json:"code,omitempty"`
	// Auction is the stream of the auction in which it was won; empty where it was ordered. Its points were held there.
	Auction string `json:"auction,omitempty"`
	// At is when it was requested, Changed when it came into its state.
	At      time.Time `json:"at"`
	Changed time.Time `json:"changed"`
	// By is who issued or cancelled it, Reason why it was cancelled.
	By     string `json:"by,omitempty"`
	Reason string `json:"reason,omitempty"`
	// Refusal is why it was refused; nil in every other state.
	Refusal *Refusal `json:"refusal,omitempty"`
	// Seq is that of the newest record: of two readings the one with the higher Seq is newer.
	Seq int64 `json:"seq"`
}

// Payer is the account whose points pay for the redemption, and to which they return.
func (r Redemption) Payer() string {
	if r.Account != "" {
		return r.Account
	}
	return r.Member
}

// Refusal is a fault as it is kept, so that a repeated request is answered as the first one was.
type Refusal struct {
	// Kind is the fault's kind as its word.
	Kind string           `json:"kind"`
	Key  string           `json:"key"`
	Args map[string]int64 `json:"args,omitempty"`
}

// Fault is the refusal as an error again.
func (f Refusal) Fault() *fault.Error {
	e := fault.New(fault.Conflict, f.Key)
	for kind := fault.Invalid; kind <= fault.Unavailable; kind++ {
		if kind.String() == f.Kind {
			e.Kind = kind
		}
	}
	for name, value := range f.Args {
		if e.Args == nil {
			e.Args = map[string]any{}
		}
		e.Args[name] = value
	}
	return e
}
