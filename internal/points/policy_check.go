package points

import (
	"fmt"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
)

// The bounds of a policy.
const (
	daysMost  = 3660
	monthMost = 120
	noteMost  = 500
)

// Validate says what of a policy cannot be, each Invalid with the field at fault, such as "lives.2.n":
// "points.policy_number" (with args least and most), "points.policy_choice", "points.policy_twice",
// "points.policy_dates" and "points.policy_zone".
func (p Policy) Validate() error {
	if p.Zone != "" {
		if _, err := calendar.Load(p.Zone); err != nil || p.Zone == "Local" {
			return wrong("zone", "points.policy_zone")
		}
	}
	for _, n := range []struct {
		field              string
		value, least, most int64
	}{
		{"idle_days", int64(p.IdleDays), 1, 366}, {"warn_days", int64(p.WarnDays), 0, 60},
		{"grace_days", int64(p.GraceDays), 0, 366}, {"settle_day", int64(p.SettleDay), 1, 31},
		{"second_above", p.SecondAbove, 0, MaxAmount}, {"manual_most", p.ManualMost, 0, MaxAmount},
		{"note", int64(len([]rune(p.Note))), 0, noteMost},
	} {
		if err := bounded(n.field, n.value, n.least, n.most); err != nil {
			return err
		}
	}
	if p.Warnings && p.WarnDays > p.IdleDays {
		return bounded("warn_days", int64(p.WarnDays), 0, int64(p.IdleDays))
	}
	if !p.Returns.known() {
		return wrong("returns", "points.policy_choice")
	}
	if err := checkLives(p.Lives); err != nil {
		return err
	}
	return checkCaps(p.Caps)
}

func wrong(field, key string) error { return fault.New(fault.Invalid, key).On(field) }

func bounded(field string, n, least, most int64) error {
	if n < least || n > most {
		return fault.New(fault.Invalid, "points.policy_number", "least", least, "most", most).On(field)
	}
	return nil
}

func checkLives(lives []Life) error {
	seen := map[Source]bool{}
	for i, l := range lives {
		field := func(name string) string { return entryField("lives", i, name) }
		if l.Source != "" && !l.Source.known() {
			return wrong(field("source"), "points.policy_choice")
		}
		if seen[l.Source] {
			return wrong(field("source"), "points.policy_twice")
		}
		seen[l.Source] = true
		if err := l.check(field); err != nil {
			return err
		}
	}
	return nil
}

func (l Life) check(field func(string) string) error {
	switch l.Kind {
	case LifeDays:
		return bounded(field("n"), int64(l.N), 1, daysMost)
	case LifeMonths, LifeMonthEnd, LifeQuarterEnd:
		return bounded(field("n"), int64(l.N), 1, monthMost)
	case LifeDates:
		if len(l.Dates) == 0 || len(l.Dates) > 366 {
			return wrong(field("dates"), "points.policy_dates")
		}
		for _, d := range l.Dates {
			// In a leap year every day of the year is one.
			if d.Month < 1 || d.Month > 12 || d.Day < 1 || d.Day > (calendar.Month{Year: 2028, Mon: d.Month}).Days() {
				return wrong(field("dates"), "points.policy_dates")
			}
		}
		return nil
	}
	return wrong(field("kind"), "points.policy_choice")
}

func checkCaps(caps []SourceCap) error {
	seen := map[Source]bool{}
	for i, c := range caps {
		switch {
		case !c.Source.known():
			return wrong(entryField("caps", i, "source"), "points.policy_choice")
		case seen[c.Source]:
			return wrong(entryField("caps", i, "source"), "points.policy_twice")
		}
		seen[c.Source] = true
		if err := bounded(entryField("caps", i, "month"), c.Month, 1, MaxAmount); err != nil {
			return err
		}
	}
	return nil
}

// entryField names the field of an entry of a list.
func entryField(list string, i int, name string) string {
	return fmt.Sprintf("%s.%d.%s", list, i, name)
}
