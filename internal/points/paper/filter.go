package paper

import (
	"strconv"
	"time"

	"firebrand/internal/calendar"
	"firebrand/internal/points"
)

// What is a kind of lines that a statement can be narrowed to.
type What string

// The kinds; every line is of exactly one. All is every line.
const (
	All       What = ""
	Won       What = "won"
	Bought    What = "bought"
	Spent     What = "spent"
	Ended     What = "ended"
	Corrected What = "corrected"
)

// Whats are the kinds in the order in which they are offered.
var Whats = []What{All, Won, Bought, Spent, Ended, Corrected}

// Has reports whether a line is of this kind.
func (w What) Has(line points.Line) bool { return w == All || whatOf(line) == w }

// known reports whether this is one of the kinds.
func (w What) known() bool {
	for _, one := range Whats {
		if one == w {
			return true
		}
	}
	return false
}

// ParseWhat reads a kind out of a request; what is none is All.
func ParseWhat(text string) What {
	if w := What(text); w.known() {
		return w
	}
	return All
}

// whatOf is the kind of a line.
func whatOf(line points.Line) What {
	switch line.Why {
	case points.WhyExpires, points.WhyBurns:
		return Ended
	case points.WhyActive, points.WhyRepaid:
		return Bought
	}
	switch points.Kind(line.Kind) {
	case points.KindForfeit, points.KindWarn:
		return Ended
	case points.KindPlayed:
		return Won
	case points.KindDeliver:
		return Bought
	case points.KindCorrect, points.KindMergeIn, points.KindMergeOut, points.KindSettle:
		return Corrected
	case points.KindAward, points.KindRefused, points.KindReverse:
		return bySource(line)
	}
	return Spent
}

// bySource is the kind of a line that brings points or takes them back.
func bySource(line points.Line) What {
	switch {
	case line.Source == points.SourcePurchase:
		return Bought
	case points.Kind(line.Kind) != points.KindReverse && (line.Source == points.SourceGame || line.Source == points.SourceChallenge):
		return Won
	}
	return Corrected
}

// The periods that have a word; any other is a year as 2026, and the empty one is everything.
const (
	ThisMonth = "month"
	LastMonth = "last"
)

// Period is what a period's word means today: from ≤ t < to, from zero for everything. What is no period is everything,
// whose word is empty.
func Period(word string, z calendar.Zone, now time.Time) (known string, from, to time.Time) {
	month := z.Month(now)
	switch word {
	case ThisMonth:
		return word, z.StartOfMonth(month), z.EndOfMonth(month)
	case LastMonth:
		return word, z.StartOfMonth(month.Prev()), z.EndOfMonth(month.Prev())
	}
	if year, err := strconv.Atoi(word); err == nil && year >= 2000 && year <= month.Year {
		first := calendar.Month{Year: year, Mon: time.January}
		return strconv.Itoa(year), z.StartOfMonth(first), z.StartOfMonth(first.Add(12))
	}
	return "", time.Time{}, z.EndOf(z.Date(now))
}
