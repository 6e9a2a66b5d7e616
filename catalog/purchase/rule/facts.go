package rule

import (
	"strconv"
	"time"

	"firebrand/internal/calendar"
)

// PeriodOf names the local period that an instant lies in: "2026-11", "2026-q4" or "2026".
func PeriodOf(z calendar.Zone, p Period, at time.Time) string {
	m := z.Month(at)
	switch p {
	case Month:
		return m.String()
	case Quarter:
		return strconv.Itoa(m.Year) + "-q" + strconv.Itoa((int(m.Mon)+2)/3)
	}
	return strconv.Itoa(m.Year)
}

// history is what one buyer bought so far, as orders are read in the order they were placed.
type history struct {
	groups map[string]bool
	// periods are the buyer's running month, quarter and year, and counts the orders in them.
	periods [3]string
	counts  [3]int
}

// claim adds the order and returns its facts. The maps are made only where somebody asks for them.
func (h *history) claim(z calendar.Zone, o *Order) Facts {
	f := Facts{NewGroups: map[string]bool{}, Nth: map[Period]int{}}
	if h.groups == nil {
		h.groups = map[string]bool{}
	}
	for i := range o.Lines {
		l := &o.Lines[i]
		if l.Group != "" && l.Quantity > 0 && !h.groups[l.Group] {
			h.groups[l.Group], f.NewGroups[l.Group] = true, true
		}
	}
	for i, p := range Periods {
		if name := PeriodOf(z, p, o.Placed); h.periods[i] != name {
			h.periods[i], h.counts[i] = name, 0
		}
		h.counts[i]++
		f.Nth[p] = h.counts[i]
	}
	return f
}
