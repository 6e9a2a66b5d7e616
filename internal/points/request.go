package points

import (
	"time"

	"firebrand/internal/calendar"
)

// Award asks for points to come in. In every request Key makes it act once, Actor is the id of whoever asks, empty for
// the programme itself, and Ref is the id of what it is for, shown on the statement.
type Award struct {
	Key, Actor, Account string
	// Amount is above zero; it may be 0 where Played is set.
	Amount  int64
	Source  Source
	Funding string
	// From is when the points become spendable. Zero: at once, but purchase points at the next settlement day.
	From time.Time
	// Delivered is when the order of purchase points arrived, now at the latest; zero is now. Without From they become
	// active at the first start of a settlement day after it.
	Delivered time.Time
	// Expires is moved up to the end of its local day. Zero: by Policy.Lives.
	Expires time.Time
	// Month is the month on whose boards game and challenge points count; zero is the running one, a coming one is Invalid.
	Month calendar.Month
	// Played says that a finished game brings this: it moves IdleUntil and clears BurnsAt.
	Played bool
	Ref    string
	// Idles says that the points burn with idleness; game points always do.
	Idles bool
	// Undelivered points of a purchase stay pending until Service.Deliver; From, Expires and Idles come with it.
	Undelivered bool
	// Cap, where it has an ID, cuts the award to what is left under it; Policy.Caps cut it too.
	Cap Cap
	// Manual is a correction by a person: Ref must say why, and above Policy.SecondAbove Second names who agreed.
	Manual bool
	Second string
}

func (r Award) op() Op {
	kind := KindAward
	if r.Played && r.Amount == 0 {
		kind = KindPlayed
	}
	return Op{
		Kind: kind, Key: r.Key, Actor: r.Actor, Account: r.Account, Amount: r.Amount, Source: r.Source, Funding: r.Funding,
		From: r.From, Expires: r.Expires, Month: r.Month, Played: r.Played, Ref: r.Ref, Idles: r.Idles,
		Undelivered: r.Undelivered, Delivered: r.Delivered, Cap: r.Cap, Manual: r.Manual, Second: r.Second,
	}
}

// Deliver asks for undelivered purchase points to get their dates, because their order arrived.
type Deliver struct {
	Key, Actor, Account string
	Amount              int64
	// Funding is that of the award whose points these are.
	Funding string
	// Delivered is when the order arrived, now at the latest; zero is now. The points become active at the first start
	// of a settlement day after it.
	Delivered time.Time
	// Expires as in Award.
	Expires time.Time
	Idles   bool
	Ref     string
	// Award, where set, is the key of the award whose points these are: no more of it can be delivered and taken back
	// together than it brought. What was delivered is taken back under the delivery's key from then on.
	Award string
	// Caps and CapMonth are those of an award that is not named, as its record has them: what is taken back of the
	// delivery within that month makes room under them again.
	Caps     []Cap
	CapMonth calendar.Month
}

func (r Deliver) op() Op {
	return Op{
		Kind: KindDeliver, Key: r.Key, Actor: r.Actor, Account: r.Account, Amount: r.Amount, Funding: r.Funding,
		Delivered: r.Delivered, Expires: r.Expires, Idles: r.Idles, Ref: r.Ref, Of: r.Award, Caps: r.Caps, CapMonth: r.CapMonth,
	}
}

// Spend asks for points to be spent at once, soonest end first.
type Spend struct {
	Key, Actor, Account string
	Amount              int64
	Ref                 string
	// Month, where set, lets only points won in that month be spent.
	Month calendar.Month
}

func (r Spend) op() Op {
	return Op{
		Kind: KindSpend, Key: r.Key, Actor: r.Actor, Account: r.Account, Amount: r.Amount, Ref: r.Ref, Month: r.Month,
	}
}

// HoldRequest asks for points to be set aside. Key is the hold's id from then on.
type HoldRequest struct {
	Key, Actor, Account string
	Amount              int64
	Ref                 string
	// Month, where set, lets only points won in that month be held.
	Month calendar.Month
	// Sole refuses the hold where another one of the same Ref is open: "points.hold_other" with its id as hold.
	Sole bool
}

func (r HoldRequest) op() Op {
	return Op{
		Kind: KindHold, Key: r.Key, Actor: r.Actor, Account: r.Account, Amount: r.Amount, Ref: r.Ref, Month: r.Month, Sole: r.Sole,
	}
}

// Resize asks for an open hold to become larger or smaller, as when somebody raises their own bid.
type Resize struct {
	Key, Actor, Account string
	Hold                string
	// Amount is what the hold shall have afterwards, above zero.
	Amount int64
	Ref    string
	// As, where set, is the hold's id from then on, in the same record: of two requests that resize one hold at once only
	// one finds it under the id that both read.
	As string
}

func (r Resize) op() Op {
	return Op{
		Kind: KindResize, Key: r.Key, Actor: r.Actor, Account: r.Account, Hold: r.Hold, Amount: r.Amount, Ref: r.Ref, As: r.As,
	}
}

// End asks for a hold to end, by capture or by release.
type End struct {
	Key, Actor, Account string
	Hold                string
	Ref                 string
}

func (r End) op(kind Kind) Op {
	return Op{Kind: kind, Key: r.Key, Actor: r.Actor, Account: r.Account, Hold: r.Hold, Ref: r.Ref}
}

// Forfeit records points that a game won and lost before they were in the account, because it was left.
type Forfeit struct {
	Key, Actor, Account string
	Amount              int64
	Source              Source
	// Month as in Award.
	Month calendar.Month
	Ref   string
}

func (r Forfeit) op() Op {
	return Op{
		Kind: KindForfeit, Key: r.Key, Actor: r.Actor, Account: r.Account, Amount: r.Amount, Source: r.Source,
		Month: r.Month, Ref: r.Ref,
	}
}

// Refund asks for a spend to be given back.
type Refund struct {
	Key, Actor, Account string
	// Spend is the key of the spend or of the capture.
	Spend string
	// Amount, where set, gives back that much; zero gives back all that was not given back yet.
	Amount int64
	Ref    string
}

func (r Refund) op() Op {
	return Op{
		Kind: KindRefund, Key: r.Key, Actor: r.Actor, Account: r.Account, Of: r.Spend, Amount: r.Amount, Ref: r.Ref,
	}
}

// Reverse asks for points to be taken back: those of a returned order, or those that were given by mistake.
type Reverse struct {
	Key, Actor, Account string
	// Award is the key of the award that brought the points, or of the delivery once they were delivered. All reversals
	// of one award together ask for no more than it brought.
	Award  string
	Amount int64
	// Mode says how far to reach where the points are no longer pending; ModeDebt is for purchase points only. Empty is
	// Policy.Returns, and for other than purchase points ModeBalance.
	Mode Mode
	// Ref is the return's id. For other than purchase points it is the reason, and above Policy.SecondAbove Second names
	// who agreed.
	Ref    string
	Second string
}

func (r Reverse) op() Op {
	return Op{
		Kind: KindReverse, Key: r.Key, Actor: r.Actor, Account: r.Account, Of: r.Award, Amount: r.Amount, Mode: r.Mode,
		Ref: r.Ref, Second: r.Second,
	}
}

// Correct asks for points to be given or taken by a person's decision.
type Correct struct {
	Key, Actor, Account string
	// Amount is above zero to give, below zero to take; taking reaches what is spendable, at most.
	Amount int64
	// Reason is shown to the account's owner. Above Policy.SecondAbove Second names who agreed, above
	// Policy.ManualMost nobody may.
	Reason, Second string
	// Funding says who pays for what is given.
	Funding string
}

func (r Correct) op() Op {
	return Op{
		Kind: KindCorrect, Key: r.Key, Actor: r.Actor, Account: r.Account, Amount: r.Amount, Ref: r.Reason, Second: r.Second,
		Funding: r.Funding,
	}
}

// Merge asks for an account to become part of another of the same person.
type Merge struct {
	Key, Actor string
	// From ends as an account of its own, Into goes on.
	From, Into string
	// Reason is kept with both accounts; Second names who agreed, where somebody had to.
	Reason, Second string
}

func (r Merge) op() Op {
	return Op{
		Kind: KindMergeOut, Key: r.Key, Actor: r.Actor, Account: r.From, Other: r.Into, Ref: r.Reason, Second: r.Second,
	}
}
