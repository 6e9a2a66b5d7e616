package ui

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// thin is the narrow no-break space between groups of digits: a number never breaks over two lines.
const thin = "\u202f"

// Number writes an integer with its digits in groups of three.
func Number(n int64) string {
	s := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, s = "−", s[1:]
	}
	var groups []string
	for len(s) > 3 {
		groups = append([]string{s[len(s)-3:]}, groups...)
		s = s[:len(s)-3]
	}
	return sign + strings.Join(append([]string{s}, groups...), thin)
}

// Day writes a date in words: "24 марта", with the year where it is not the year of now.
func (u *UI) Day(lang string, t, now time.Time) string {
	local := t.In(u.zone.Location())
	day := u.Texts.Say(lang, "format.day", map[string]any{
		"day": local.Day(), "month": u.Texts.Say(lang, fmt.Sprintf("format.month_of.%d", local.Month()), nil),
	})
	if local.Year() != now.In(u.zone.Location()).Year() {
		day += " " + strconv.Itoa(local.Year())
	}
	return day
}

// Clock writes the time of day in the programme's zone: "21:00".
func (u *UI) Clock(t time.Time) string { return t.In(u.zone.Location()).Format("15:04") }

// MonthName writes a month by itself: "ноябрь 2026".
func (u *UI) MonthName(lang string, year int, month time.Month) string {
	return u.Texts.Say(lang, fmt.Sprintf("format.month.%d", month), nil) + " " + strconv.Itoa(year)
}

// Until writes when something ends so that nobody has to reckon: "today at 21:00", "tomorrow at 21:00", "Friday,
// 27 November at 21:00". An end at the very end of a day is written as the end of that day, never as 00:00 of the next:
// "midnight" would be read as either.
func (u *UI) Until(lang string, t, now time.Time) string {
	shown, clock := t, u.Clock(t)
	key := "format.at"
	if before := t.Add(-time.Millisecond); u.zone.Date(before) != u.zone.Date(t) {
		shown, key = before, "format.at_day_end"
	}
	days := u.zone.Date(now).DaysUntil(u.zone.Date(shown))
	var day string
	switch {
	case days == 0:
		day = u.Texts.Say(lang, "format.today", nil)
	case days == 1:
		day = u.Texts.Say(lang, "format.tomorrow", nil)
	case days > 1 && days < 7:
		weekday := u.Texts.Say(lang, fmt.Sprintf("format.weekday.%d", shown.In(u.zone.Location()).Weekday()), nil)
		day = weekday + ", " + u.Day(lang, shown, now)
	default:
		day = u.Day(lang, shown, now)
	}
	return u.Texts.Say(lang, key, map[string]any{"day": day, "clock": clock})
}
