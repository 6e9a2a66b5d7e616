// Package points keeps the accounts of points, of members and of companies: what they won and bought, what they may
// spend, when it ends. Games, purchases, the catalogue and auctions move points through it, and everybody reads here.
//
// The rule that matters most: a balance changes only through a record of this package, and what a balance is at an
// instant is a pure function of the account's last record and that instant. Points become active, expire and burn by
// the clock; no job does it, and whoever writes next writes down what fell due.
//
// An account is the journal stream "points/<account>". The rules are pure: Apply takes a State, an Op and an instant
// and gives a Change; the Service loads, applies and appends.
package points

import (
	"strings"
	"time"

	"firebrand/internal/calendar"
)

// Family is the journal family of all accounts; journal.Open must name it.
const Family = "points"

// MaxAmount bounds what one operation moves, so that no sum of an account can overflow.
const MaxAmount = 1_000_000_000

// Stream is the journal stream of an account.
func Stream(account string) string { return Family + "/" + account }

// AccountOf is the account whose stream this is; empty where the stream is of another family.
func AccountOf(stream string) string {
	account, ok := strings.CutPrefix(stream, Family+"/")
	if !ok {
		return ""
	}
	return account
}

// Source is where points came from.
type Source string

// The sources. Game and challenge points are won: they count on the boards of their month. Only purchase points are
// taken for a return and repay debt. Refund is for a spend that this account holds no record of; Service.Refund gives
// points back under the source they had.
const (
	SourceGame      Source = "game"
	SourcePurchase  Source = "purchase"
	SourceChallenge Source = "challenge"
	SourceGrant     Source = "grant"
	SourceRefund    Source = "refund"
)

// won reports whether points of this source count on a month's boards.
func (s Source) won() bool { return s == SourceGame || s == SourceChallenge }

func (s Source) known() bool {
	switch s {
	case SourceGame, SourcePurchase, SourceChallenge, SourceGrant, SourceRefund:
		return true
	}
	return false
}

// Kind is what a record of an account did; it is the journal record's kind.
type Kind string

// The kinds. Award, played, deliver, release, refund and merge_in can add to what is spendable; spend, hold, reverse and
// merge_out take from it; resize and correct do either; settle writes down what the clock did.
const (
	KindAward   Kind = "award"
	KindPlayed  Kind = "played" // a finished game that won nothing, such as practice
	KindDeliver Kind = "deliver"
	KindSpend   Kind = "spend"
	KindHold    Kind = "hold"
	KindResize  Kind = "resize"
	KindCapture Kind = "capture"
	KindRelease Kind = "release"
	KindVoid    Kind = "void"
	KindForfeit Kind = "forfeit"
	KindRefund  Kind = "refund"
	KindReverse Kind = "reverse"
	KindWarn    Kind = "warn"
	// KindRefused is an award of which a cap or a budget left nothing.
	KindRefused  Kind = "refused"
	KindCorrect  Kind = "correct"
	KindMergeOut Kind = "merge_out"
	KindMergeIn  Kind = "merge_in"
	KindSettle   Kind = "settle"
)

// Mode says how far a return may reach once the points are no longer pending.
type Mode string

// The modes of a return. ModeDebt is for purchase points only.
const (
	ModePending Mode = "pending" // drops what is pending, takes nothing else
	ModeBalance Mode = "balance" // takes what is there, forgives the rest
	ModeDebt    Mode = "debt"    // takes what is there, the rest becomes debt
)

func (m Mode) known() bool { return m == ModePending || m == ModeBalance || m == ModeDebt }

// Totals are the sums over the whole life of an account, in points. What came in, Earned + MovedIn, equals
// alive + pending + held + Spent + Expired + Burned + Reversed + MovedOut at every instant.
type Totals struct {
	Earned int64
	// Spent is net of refunds.
	Spent   int64
	Expired int64
	Burned  int64
	// Reversed is what was taken back by returns and corrections or repaid a debt; debt itself stands outside.
	Reversed int64
	// MovedIn came from other accounts of the same person, MovedOut went to one, what was spent included, since it may
	// still be given back; see Service.Merge.
	MovedIn, MovedOut int64
}

// State is an account as its last record left it. Read it through View or Settle: what fell due since At is still in
// it. States are values: no function of this package changes one that it was given.
type State struct {
	// Owner is the account: a member's or a company's id.
	Owner string
	// Seq and At are the last record's; zero for an account that does not exist yet.
	Seq int64
	At  time.Time
	// Lots are sorted by (expires, from, source, funding, idles, month), no two of one identity.
	Lots []Lot
	// Holds are the open ones, oldest first.
	Holds []Hold
	// Debt is what returns could not take; the next purchase points that become active repay it.
	Debt int64
	// IdleUntil is the end of the local day until which no play is needed; zero before the first finished game.
	IdleUntil time.Time
	// BurnsAt is when the idling lots burn; zero while nobody was warned. It stays after the burn, until the next
	// finished game, so that a hold released then knows that its points' time has passed.
	BurnsAt time.Time
	Totals
	// Months are the totals of the newest MonthsKept months in which something was won, oldest first.
	Months []MonthTotal
	// CapMonth is the local month that Capped speaks of.
	CapMonth calendar.Month
	// Capped say what came under which cap in that month, sorted by cap; see CapsMost.
	Capped []Capped
	// Undone say how much of which record was undone, the one undone longest ago first, at most UndoneKept; what was
	// undone of a record that is not among them was undone up to UndoneTo.
	Undone   []Undone
	UndoneTo int64
	// MergedInto is the account that this one was merged into, empty while it stands for itself.
	MergedInto string
}
