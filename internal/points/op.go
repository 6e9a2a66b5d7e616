package points

import (
	"time"

	"firebrand/internal/calendar"
)

// Op is one operation on an account: what was asked, then what the journal and the policy add to it. Callers use the
// requests of the Service (Award, Spend …); Op is for the rules and for replaying.
type Op struct {
	Kind    Kind
	Key     string
	Actor   string
	Account string
	// Amount is in points, as it was asked for. Resize: what the hold shall have afterwards. Refund: zero is all that is
	// left of the spend. Correct: below zero takes.
	Amount  int64
	Source  Source
	Funding string
	// From and Expires bound the lot of an award; zero leaves them to the policy.
	From, Expires time.Time
	Month         calendar.Month
	Idles, Played bool
	// Undelivered points wait for a deliver operation and have no dates yet.
	Undelivered bool
	// Delivered is when the order arrived; zero is the instant of the operation.
	Delivered time.Time
	// Manual is a person's own decision. It needs a reason in Ref and, above the policy's limit, a Second who is not
	// the actor.
	Manual bool
	Second string
	// Hold is the id of the hold at hand, Of the key of the record that is undone: a spend, a capture or an award.
	Hold, Of string
	// As is the new id of a hold that is resized; Sole lets a hold be the only one of its Ref.
	As   string
	Sole bool
	Ref  string
	Mode Mode
	// Cap is the caller's own bound of an award.
	Cap Cap
	// Other is the other account of a merge.
	Other string

	// Pieces come from the record named by Of: the points it moved, in its order; in a merge they are the source's. OfSeq
	// is that record's seq, in the stream of OfAccount, empty for the account itself; OfAt is its instant.
	Pieces    []Lot
	OfSeq     int64
	OfAccount string
	OfAt      time.Time
	// Before is how much of that record was undone before, where the account does not remember it.
	Before int64
	// Refused is the id of the budget that could not pay for the award.
	Refused string
	// Debt, Spent and Months are what else the source of a merge brings.
	Debt   int64
	Spent  int64
	Months []MonthTotal

	// Caps are all that the award comes under, in the local month CapMonth; a delivery and a reverse have those of their
	// award.
	Caps     []Cap
	CapMonth calendar.Month

	// Policy is the version that filled in From, Expires and the instants below.
	Policy int
	// IdleUntil and BurnsAt are what the operation sets; a finished game without BurnsAt clears it.
	IdleUntil, BurnsAt time.Time
	// Grace is until when points live that come back after their end.
	Grace time.Time
}

// lot is what an award or a delivery asks to bring.
func (op Op) lot() Lot {
	return Lot{
		Amount: op.Amount, Source: op.Source, Funding: op.Funding,
		From: op.From, Expires: op.Expires, Idles: op.Idles, Month: op.Month,
	}
}

// asks is how many points the operation asks to bring or to take.
func (op Op) asks() int64 { return max(op.Amount, -op.Amount) }

// request is what its caller asked, without anything that was looked up for it: it tells one request from another.
func (op Op) request() Op {
	op.Pieces, op.OfSeq, op.OfAccount, op.OfAt, op.Before, op.Refused = nil, 0, "", time.Time{}, 0, ""
	op.Debt, op.Spent, op.Months, op.Caps, op.CapMonth = 0, 0, nil, nil, calendar.Month{}
	return op
}
