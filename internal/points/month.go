package points

import (
	"slices"
	"time"

	"firebrand/internal/calendar"
)

// MonthsKept is how many months' totals an account keeps: the running one, the one it is compared with, and two more for
// what still comes or ends late. A month that is over is asked of a record of that month (Service.StateAt), which keeps
// it: so an account of three years is as short as one of some months.
const MonthsKept = 4

// MonthTotal is what was won by playing and challenges in a month, and what of it was lost again. Spending and holding
// never move it.
type MonthTotal struct {
	Month calendar.Month
	Won   int64
	// Lost is what of Won burned, expired or was reversed.
	Lost int64
	// Since is when Won - Lost reached its value: of two equal accounts the earlier one leads.
	Since time.Time
}

// Total is what counts on the month's boards, in points.
func (m MonthTotal) Total() int64 { return m.Won - m.Lost }

// Won is what counts for the account on a month's boards at an instant: won by playing and challenges in that month,
// less what of it burned, expired or was reversed by then. Since is when it reached that total, and changesAt the next
// instant at which the clock alone changes it, zero where it does not. A month that the account no longer keeps
// (MonthsKept), or never won in, is zero.
func (s State) Won(month calendar.Month, at time.Time) (total int64, since, changesAt time.Time) {
	settled, _ := s.Settle(at)
	i, found := settled.month(month)
	if !found {
		return 0, time.Time{}, time.Time{}
	}
	for _, l := range settled.Lots {
		if end, _ := l.End(settled.BurnsAt); l.Month == month && (changesAt.IsZero() || end.Before(changesAt)) {
			changesAt = end
		}
	}
	return settled.Months[i].Total(), settled.Months[i].Since, changesAt
}

// month finds the place of a month's total.
func (s *State) month(m calendar.Month) (int, bool) {
	return slices.BinarySearchFunc(s.Months, m, func(t MonthTotal, m calendar.Month) int {
		switch {
		case t.Month == m:
			return 0
		case t.Month.Before(m):
			return -1
		}
		return 1
	})
}

// win counts points for a month and lets the oldest month go where there are too many.
func (s *State) win(m calendar.Month, won, lost int64, at time.Time) {
	if m.IsZero() {
		return
	}
	i, found := s.month(m)
	if !found {
		s.Months = slices.Insert(s.Months, i, MonthTotal{Month: m, Since: at})
	}
	s.Months[i].Won += won
	s.Months[i].Lost += lost
	if won != lost {
		s.Months[i].Since = at
	}
	if len(s.Months) > MonthsKept {
		s.Months = slices.Delete(s.Months, 0, len(s.Months)-MonthsKept)
	}
}

// lose takes a lot that ended or was taken back off its month; a month that is no longer kept does not come back.
func (s *State) lose(l Lot, at time.Time) {
	if i, found := s.month(l.Month); found {
		s.Months[i].Lost += l.Amount
		s.Months[i].Since = at
	}
}
