package points

import (
	"strings"
	"time"
	"unicode/utf8"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
)

// fill adds what the policy says at this instant, to a state that is settled to it, and refuses what is malformed.
func (op Op) fill(s State, at time.Time, p Policy, z calendar.Zone) (Op, error) {
	if err := op.check(p); err != nil {
		return op, err
	}
	op.Policy = p.Version
	switch op.Kind {
	case KindAward, KindPlayed:
		return op.fillAward(s, at, p, z)
	case KindCorrect:
		return op.fillCorrect(at, p, z)
	case KindDeliver:
		return op.fillDeliver(at, p, z)
	case KindForfeit:
		return op.fillMonth(at, z)
	case KindRelease, KindRefund, KindResize:
		op.Grace = endOfDay(z, at, p.GraceDays)
	case KindReverse:
		op.Mode = op.mode(p)
	case KindMergeOut:
		return op.fillMergeOut(s)
	case KindMergeIn:
		op.Grace = endOfDay(z, at, p.GraceDays)
		op.BurnsAt = op.mergedBurn(s, at, p)
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
	switch {
	case op.Key == "":
		return fault.New(fault.Invalid, "points.key").On("key")
	case op.Account == "" || !nameable(op.Account) || !nameable(op.Other):
		return fault.New(fault.Invalid, "points.account").On("account")
	case op.asks() < op.least() || op.asks() > MaxAmount || op.Amount < 0 && op.Kind != KindCorrect:
		return fault.New(fault.Invalid, "points.amount", "most", int64(MaxAmount)).On("amount")
	case !listable(op.Funding):
		return fault.New(fault.Invalid, "points.funding").On("funding")
	case !listable(op.Cap.ID) || op.Cap.Most < 0:
		return fault.New(fault.Invalid, "points.cap").On("cap")
	case (op.manual() || op.Kind == KindMergeOut) && op.Ref == "":
		return fault.New(fault.Invalid, "points.reason").On("reason")
	case op.manual() && p.ManualMost > 0 && op.asks() > p.ManualMost:
		return fault.New(fault.Forbidden, "points.manual_most", "most", p.ManualMost)
	case op.manual() && op.asks() > p.SecondAbove && (op.Second == "" || op.Second == op.Actor):
		return fault.New(fault.Forbidden, "points.second", "above", p.SecondAbove)
	}
	return op.checkWords()
}

// listable reports whether a text can stand in a record's lists.
func listable(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, between) < 0 }

// nameable reports whether an account can have this id: one with a slash would stand among the records of another.
func nameable(account string) bool { return listable(account) && strings.IndexByte(account, '/') < 0 }

// least is how many points the operation must ask for.
func (op Op) least() int64 {
	switch op.Kind {
	case KindPlayed, KindCapture, KindRelease, KindVoid, KindWarn, KindRefund, KindSettle, KindMergeOut, KindMergeIn:
		return 0
	}
	return 1
}

// manual reports whether a person corrects: taking back what was not bought always is.
func (op Op) manual() bool {
	return op.Manual || op.Kind == KindCorrect ||
		op.Kind == KindReverse && len(op.Pieces) == 1 && op.Pieces[0].Source != SourcePurchase
}

// mode is how far a reverse reaches, the policy's word where the request has none.
func (op Op) mode(p Policy) Mode {
	bought := len(op.Pieces) == 1 && op.Pieces[0].Source == SourcePurchase
	switch {
	case op.Mode != "":
		return op.Mode
	case p.Returns == "" || p.Returns == ModeDebt && !bought:
		return ModeBalance
	}
	return p.Returns
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
		if op.Mode != "" && !op.Mode.known() {
			return fault.New(fault.Invalid, "points.mode").On("mode")
		}
	}
	return nil
}

func (op Op) fillAward(s State, at time.Time, p Policy, z calendar.Zone) (Op, error) {
	if op.Played {
		op.IdleUntil = endOfDay(z, at, p.IdleDays)
		if !p.Warnings {
			op.BurnsAt = op.IdleUntil
		}
	}
	if op.Kind == KindPlayed {
		return op, nil
	}
	if op.Caps = op.caps(p); len(op.Caps) > 0 {
		op.CapMonth = z.Month(at)
		if op.CapMonth.Before(s.CapMonth) {
			op.CapMonth = s.CapMonth // a policy moved the zone
		}
	}
	op.Idles = op.Idles || op.Source == SourceGame
	if op.Undelivered {
		op.From, op.Expires, op.Idles = Never, Never, false
		return op.fillMonth(at, z)
	}
	switch {
	case op.From.IsZero() && op.Source == SourcePurchase:
		op.From = p.Settles(z, op.arrived(at))
	case op.From.IsZero():
		op.From = z.StartOfMonth(z.Month(at))
	}
	op, err := op.fillExpiry(at, p, z)
	if err != nil {
		return op, err
	}
	return op.fillMonth(at, z)
}

// arrived is when the order arrived, at the latest now.
func (op Op) arrived(at time.Time) time.Time {
	if op.Delivered.IsZero() || op.Delivered.After(at) {
		return at
	}
	return calendar.Milli(op.Delivered)
}

func (op Op) fillDeliver(at time.Time, p Policy, z calendar.Zone) (Op, error) {
	op.Delivered = op.arrived(at)
	op.Source, op.From = SourcePurchase, p.Settles(z, op.Delivered)
	return op.fillExpiry(at, p, z)
}

// fillCorrect lets what a person gives live as a grant.
func (op Op) fillCorrect(at time.Time, p Policy, z calendar.Zone) (Op, error) {
	if op.Amount < 0 {
		return op, nil
	}
	op.Source, op.From = SourceGrant, z.StartOfMonth(z.Month(at))
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
		op.Expires = p.Expiry(z, op.Source, from)
	}
	op.Expires = dayEnd(z, calendar.Milli(op.Expires))
	if !op.Expires.After(from) || !op.Expires.Before(Never) {
		return op, fault.New(fault.Invalid, "points.dates").On("expires")
	}
	return op, nil
}

// farthest is how far two zones can be apart: a month may have begun in the programme's that has not in the policy's.
const farthest = 26 * time.Hour

// fillMonth names the month on whose boards won points count; points that were not won have none.
func (op Op) fillMonth(at time.Time, z calendar.Zone) (Op, error) {
	switch {
	case !op.Source.won():
		op.Month = calendar.Month{}
	case op.Month.IsZero():
		op.Month = z.Month(at)
	case z.Month(at.Add(farthest)).Before(op.Month):
		return op, fault.New(fault.Invalid, "points.month").On("month")
	}
	return op, nil
}
