// Package budget keeps what may be given: how many points a funding source gives in a period, and a stop at the limit.
// Marketers set budgets and read here what is given, expected and spent; the account asks before every award.
//
// The rule that matters most: nothing above a limit is ever given, and asking costs no write. A process reserves a chunk
// of a budget in the budget's stream, and awards take from that chunk in memory; the last chunks are small. What a
// budget has given is what the points journal says, never what a process remembers: a chunk whose process was killed is
// counted anew from the journal, so nothing leaks.
//
// What counts is when: an award counts in the period in which it is recorded, a reversal comes back to the period in
// which it happens.
package budget

import (
	"time"
	"unicode/utf8"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
)

// Family is the journal family of all budgets; journal.Open must name it.
const Family = "budget"

// Stream is the journal stream of a budget.
func Stream(id string) string { return Family + "/" + id }

// MaxLimit bounds a budget, so that no sum can overflow.
const MaxLimit = 1_000_000_000_000

// Budget is what a funding source may give in a period of local days.
type Budget struct {
	// ID is at most 64 bytes of letters, digits, "-" and "_".
	ID string
	// Funding is the awards' own word for who pays, at most 64 bytes. Awards that name nobody are not bounded.
	Funding string
	// Name is what people call it, at most 80 characters.
	Name string
	// From and To are the first and the last day, in the programme's zone.
	From, To calendar.Date
	// Limit is in points, net of what reversals brought back.
	Limit int64
	// WarnShare is the share of the limit, in permille, at which marketers are warned; 0 warns of nothing.
	WarnShare int
}

// covers reports whether what happens on a day counts in the budget.
func (b Budget) covers(day calendar.Date) bool { return !day.Before(b.From) && !b.To.Before(day) }

// warnsAt is how many points given make the warning due; 0 never.
func (b Budget) warnsAt() int64 {
	if b.WarnShare == 0 {
		return 0
	}
	whole, rest := b.Limit/1000, b.Limit%1000
	return max(1, whole*int64(b.WarnShare)+(rest*int64(b.WarnShare)+999)/1000)
}

// check refuses what could not be kept or would mean nothing.
func (b Budget) check() error {
	switch {
	case !wellNamed(b.ID):
		return fault.New(fault.Invalid, "budget.id").On("id")
	case b.Name == "" || utf8.RuneCountInString(b.Name) > 80 || !utf8.ValidString(b.Name):
		return fault.New(fault.Invalid, "budget.name", "most", 80).On("name")
	case b.Funding == "" || len(b.Funding) > 64 || !utf8.ValidString(b.Funding):
		return fault.New(fault.Invalid, "budget.funding", "most", 64).On("funding")
	case b.From.Year < 2000 || b.To.Year > 9000 || b.To.Before(b.From):
		return fault.New(fault.Invalid, "budget.period").On("to")
	case b.Limit < 0 || b.Limit > MaxLimit:
		return fault.New(fault.Invalid, "budget.limit", "most", int64(MaxLimit)).On("limit")
	case b.WarnShare < 0 || b.WarnShare > 1000:
		return fault.New(fault.Invalid, "budget.warn_share").On("warn")
	}
	return nil
}

func wellNamed(id string) bool {
	if id == "" || len(id) > 64 {
		return false
	}
	for _, r := range id {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_':
		default:
			return false
		}
	}
	return true
}

// View is a budget with what became of it, in points.
type View struct {
	Budget
	// Committed is what was given in the period, net of what reversals brought back. Expected is how much of what the
	// source gave is pending now: its order is on the way or its day has not come. Spent is what was spent of the source's
	// points in the period, net of refunds.
	Committed, Expected, Spent int64
	// Ended is what of the source's points expired or burned in the period.
	Ended int64
	// Left may still be given; below zero where the limit was lowered under what was given.
	Left int64
	// Warned is set once the share was reached, WarnedAt is when that was recorded.
	Warned   bool
	WarnedAt time.Time
	// Stopped says that nothing more is given: the limit is reached, or less is left than an award asked for that was
	// refused at StoppedAt.
	Stopped   bool
	StoppedAt time.Time
	// Refused is how many points that award asked for, 0 where none was refused.
	Refused int64
	// By is who set the budget last, and Version counts how often it was set.
	By      string
	Version int64
}
