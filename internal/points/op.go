package points

import (
	"time"
	"unicode/utf8"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
)

// Op is one operation on an account: what was asked, then what the journal and the policy add to it. Callers use the
// requests of the Service (Award, Spend …); Op is for the rules and for replaying.
type Op struct {
	Kind    Kind
	Key     string
	Actor   string
	Account string
	// Amount is in points. Resize: what the hold shall have afterwards. Refund: zero is all that is left of the spend.
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
	Ref      string
	Mode     Mode

	// Pieces and OfSeq come from the record named by Of: the points it moved, in its order.
	Pieces []Lot
	OfSeq  int64

	// Policy is the version that filled in From, Expires and the instants below.
	Policy int
	// IdleUntil and BurnsAt are what the operation sets; a finished game without BurnsAt clears it.
	IdleUntil, BurnsAt time.Time
	// Grace is until when points live that come back after their end.
	Grace time.Time
}

// fill adds what the policy says at this instant, to a state that is settled to it, and refuses what is malformed.
func (op Op) fill(s State, at time.Time, p Policy, z calendar.Zone) (Op, error) {
	if err := op.check(p); err != nil {
		return op, err
	}
	op.Policy = p.Version
	switch op.Kind {
	case KindAward, KindPlayed:
		return op.fillAward(at, p, z)
	case KindDeliver:
		return op.fillDeliver(at, p, z)
	case KindForfeit:
		return op.fillMonth(at, z)
	case KindRelease, KindRefund, KindResize:
		op.Grace = endOfDay(z, at, p.GraceDays)
	case KindWarn:
		due := s.WarnsAt(p)
		if due.IsZero() || at.Before(due) {
			return op, fault.New(fault.Conflict, "points.warn_early")
		}
		op.BurnsAt = p.burnsAt(z, s.IdleUntil, at)
	}
	return op, nil
}

// check refuses what no state of the account could make right.
func (op Op) check(p Policy) error {
	least := int64(1)
	switch op.Kind {
	case KindPlayed, KindCapture, KindRelease, KindVoid, KindWarn, KindRefund:
		least = 0
	}
	switch {
	case op.Key == "":
		return fault.New(fault.Invalid, "points.key").On("key")
	case op.Account == "":
		return fault.New(fault.Invalid, "points.account").On("account")
	case op.Amount < least || op.Amount > MaxAmount:
		return fault.New(fault.Invalid, "points.amount", "most", int64(MaxAmount)).On("amount")
	case !utf8.ValidString(op.Funding):
		return fault.New(fault.Invalid, "points.funding").On("funding")
	case op.manual() && op.Ref == "":
		return fault.New(fault.Invalid, "points.reason").On("ref")
	case op.manual() && op.Amount > p.SecondAbove && (op.Second == "" || op.Second == op.Actor):
		return fault.New(fault.Forbidden, "points.second", "above", p.SecondAbove)
	}
	return op.checkWords()
}

// manual reports whether a person corrects: taking back what was not bought always is.
func (op Op) manual() bool {
	return op.Manual || op.Kind == KindReverse && len(op.Pieces) == 1 && op.Pieces[0].Source != SourcePurchase
}

// checkWords refuses a source or mode that does not exist or does not go with the operation.
func (op Op) checkWords() error {
	switch op.Kind {
	case KindAward, KindForfeit:
		if !op.Source.known() {
			return fault.New(fault.Invalid, "points.source").On("source")
		}
		if op.Undelivered && op.Source != SourcePurchase {
			return fault.New(fault.Invalid, "points.source").On("source")
		}
	case KindReverse:
		switch op.Mode {
		case ModePending, ModeBalance, ModeDebt:
		default:
			return fault.New(fault.Invalid, "points.mode").On("mode")
		}
	}
	return nil
}

func (op Op) fillAward(at time.Time, p Policy, z calendar.Zone) (Op, error) {
	if op.Played {
		op.IdleUntil = endOfDay(z, at, p.IdleDays)
		if !p.Warnings {
			op.BurnsAt = op.IdleUntil
		}
	}
	if op.Kind == KindPlayed {
		return op, nil
	}
	op.Idles = op.Idles || op.Source == SourceGame
	if op.Undelivered {
		op.From, op.Expires, op.Idles = Never, Never, false
		return op.fillMonth(at, z)
	}
	switch {
	case op.From.IsZero() && op.Source == SourcePurchase:
		op.From = p.Settles(z, at)
	case op.From.IsZero():
		op.From = z.StartOf(z.Date(at))
	}
	op, err := op.fillExpiry(at, p, z)
	if err != nil {
		return op, err
	}
	return op.fillMonth(at, z)
}

func (op Op) fillDeliver(at time.Time, p Policy, z calendar.Zone) (Op, error) {
	if op.Delivered.IsZero() || op.Delivered.After(at) {
		op.Delivered = at
	}
	op.Source, op.From = SourcePurchase, p.Settles(z, calendar.Milli(op.Delivered))
	return op.fillExpiry(at, p, z)
}

// fillExpiry makes the end of the lot the end of a local day, and refuses one that is past before the lot begins.
func (op Op) fillExpiry(at time.Time, p Policy, z calendar.Zone) (Op, error) {
	op.From = calendar.Milli(op.From)
	from := op.From
	if from.Before(at) {
		from = at
	}
	if op.Expires.IsZero() {
		op.Expires = p.expiry(z, from)
	}
	op.Expires = dayEnd(z, calendar.Milli(op.Expires))
	if !op.Expires.After(from) || !op.Expires.Before(Never) {
		return op, fault.New(fault.Invalid, "points.dates").On("expires")
	}
	return op, nil
}

// fillMonth names the month on whose boards won points count; points that were not won have none.
func (op Op) fillMonth(at time.Time, z calendar.Zone) (Op, error) {
	now := z.Month(at)
	switch {
	case !op.Source.won():
		op.Month = calendar.Month{}
	case op.Month.IsZero():
		op.Month = now
	case now.Before(op.Month):
		return op, fault.New(fault.Invalid, "points.month").On("month")
	}
	return op, nil
}
