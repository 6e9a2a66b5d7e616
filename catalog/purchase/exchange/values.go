package exchange

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"firebrand/catalog/purchase"
	"firebrand/internal/calendar"
	"firebrand/internal/fault"
)

// values reads cells as a file of its kind writes them.
type values struct {
	zone       calendar.Zone
	monthFirst bool
	// workbook says that numbers are those of a workbook: the point is the decimal sign, and a date may be a number of
	// days, counted from 1904 in some.
	workbook, from1904 bool
}

// most is more than any amount or quantity of an order can be.
const most = 1e12

var (
	isoDay     = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}$`)
	compactDay = regexp.MustCompile(`^(19|20)\d{6}$`)
	pointDay   = regexp.MustCompile(`^\d{1,2}\.\d{1,2}\.\d{4}$`)
	slashDay   = regexp.MustCompile(`^\d{1,2}/\d{1,2}/\d{4}$`)
	serialDay  = regexp.MustCompile(`^\d{4,6}(\.\d+)?$`)
)

// instant reads a date, with a time or without: without one it is the day's start in the zone.
func (v values) instant(cell string, c Column) (time.Time, *fault.Error) {
	bad := fails("orders_in.date", string(c), "value", cut(cell))
	if at, err := time.Parse(time.RFC3339Nano, cell); err == nil {
		return calendar.Milli(at), within(at, bad)
	}
	day, clock, timed := strings.Cut(strings.Replace(cell, "T", " ", 1), " ")
	form := ""
	switch {
	case v.workbook && serialDay.MatchString(cell) && !compactDay.MatchString(cell):
		return v.serial(cell, bad)
	case isoDay.MatchString(day):
		form = "2006-01-02"
	case compactDay.MatchString(day):
		form = "20060102"
	case pointDay.MatchString(day):
		form = "2.1.2006"
	case slashDay.MatchString(day) && !v.monthFirst:
		return time.Time{}, fails("orders_in.date_slashes", string(c), "value", cut(cell))
	case slashDay.MatchString(day):
		form = "1/2/2006"
	default:
		return time.Time{}, bad
	}
	date, err := time.Parse(form, day)
	if err != nil {
		return time.Time{}, bad
	}
	if !timed {
		y, m, d := date.Date()
		at := v.zone.StartOf(calendar.Date{Year: y, Mon: m, Day: d})
		return at, within(at, bad)
	}
	for _, f := range []string{"15:04:05", "15:04", "15:04:05.000"} {
		if at, err := time.ParseInLocation(form+" "+f, day+" "+clock, v.zone.Location()); err == nil {
			return calendar.Milli(at), within(at, bad)
		}
	}
	return time.Time{}, bad
}

// serial reads a workbook's number of days.
func (v values) serial(cell string, bad *fault.Error) (time.Time, *fault.Error) {
	days, err := strconv.ParseFloat(cell, 64)
	if err != nil {
		return time.Time{}, bad
	}
	at, err := excelize.ExcelDateToTime(days, v.from1904)
	if err != nil {
		return time.Time{}, bad
	}
	at = at.Round(time.Second)
	y, m, d := at.Date()
	if at.Equal(time.Date(y, m, d, 0, 0, 0, 0, time.UTC)) {
		at = v.zone.StartOf(calendar.Date{Year: y, Mon: m, Day: d})
	} else {
		at = calendar.Milli(time.Date(y, m, d, at.Hour(), at.Minute(), at.Second(), 0, v.zone.Location()))
	}
	return at, within(at, bad)
}

// within refuses years that no order can be of.
func within(at time.Time, bad *fault.Error) *fault.Error {
	if at.Year() < 1970 || at.Year() > 2200 {
		return bad
	}
	return nil
}

// money reads an amount in minor units.
func (v values) money(cell string, c Column) (int64, *fault.Error) {
	return v.decimal(cell, 2, c)
}

// whole reads a count.
func (v values) whole(cell string, c Column) (int64, *fault.Error) {
	return v.decimal(cell, 0, c)
}

var (
	currency = regexp.MustCompile(`(?i)^[$€₴₽£]|(грн|руб|р|uah|usd|eur|rub|шт|[$€₴₽£])\.?$`)
	gaps     = strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", "\u2009", "", "−", "-")
	grouped  = regexp.MustCompile(`^\d{1,3}([.,]\d{3})+$`)
	digits   = regexp.MustCompile(`^\d+$`)
)

// decimal reads a number with as many places at most, as an integer of its last place. A number such as 1,234 could be
// two numbers and is refused.
func (v values) decimal(cell string, places int, c Column) (int64, *fault.Error) {
	bad := fails("orders_in.number", string(c), "value", cut(cell))
	s := gaps.Replace(cell)
	if v.workbook {
		return workbookNumber(s, places, bad)
	}
	s = strings.TrimSpace(currency.ReplaceAllString(s, ""))
	negative := strings.HasPrefix(s, "-")
	s = strings.TrimPrefix(s, "-")
	whole, part := s, ""
	point, comma := strings.LastIndexByte(s, '.'), strings.LastIndexByte(s, ',')
	at := max(point, comma)
	switch {
	case at < 0:
	case point >= 0 && comma >= 0:
		whole, part = s[:at], s[at+1:]
		if !grouped.MatchString(whole) || strings.IndexByte(whole, s[at]) >= 0 {
			return 0, bad
		}
		whole = strings.NewReplacer(".", "", ",", "").Replace(whole)
	case strings.Count(s, s[at:at+1]) > 1:
		if !grouped.MatchString(s) {
			return 0, bad
		}
		whole = strings.ReplaceAll(s, s[at:at+1], "")
	case len(s)-at-1 == 3 && whole[:at] != "0" && at <= 3:
		return 0, fails("orders_in.number_ambiguous", string(c), "value", cut(cell))
	default:
		whole, part = s[:at], s[at+1:]
	}
	return fixed(whole, part, places, negative, bad)
}

// fixed puts the parts of a number together.
func fixed(whole, part string, places int, negative bool, bad *fault.Error) (int64, *fault.Error) {
	part = strings.TrimRight(part, "0")
	if !digits.MatchString(whole) || part != "" && !digits.MatchString(part) || len(part) > places || len(whole) > 13 {
		return 0, bad
	}
	part += strings.Repeat("0", places-len(part))
	n, err := strconv.ParseInt(whole+part, 10, 64)
	if err != nil || n > most {
		return 0, bad
	}
	if negative {
		n = -n
	}
	return n, nil
}

// workbookNumber reads a number as a workbook keeps it: a binary fraction, so that 29.33 may be 29.330000000000002.
func workbookNumber(s string, places int, bad *fault.Error) (int64, *fault.Error) {
	f, err := strconv.ParseFloat(strings.Replace(s, ",", ".", 1), 64)
	scaled := f * math.Pow10(places)
	if err != nil || math.Abs(scaled) > most || math.IsNaN(scaled) || math.Abs(scaled-math.Round(scaled)) > 1e-4 {
		return 0, bad
	}
	return int64(math.Round(scaled)), nil
}

// stateWords are what files call the states.
var stateWords = func() map[string]purchase.State {
	words := map[string]purchase.State{}
	for state, list := range map[purchase.State]string{
		purchase.Placed: `placed, new, open, paid, accepted, новый, размещен, принят, оформлен, оплачен, в работе, новий, розміщено,
			прийнято, оформлено, оплачено, в роботі`,
		purchase.Changed:   `changed, updated, изменен, змінено`,
		purchase.Delivered: `delivered, done, completed, closed, доставлен, выполнен, закрыт, получен, доставлено, виконано, закрито, отримано`,
		purchase.Cancelled: `cancelled, canceled, void, отменен, отмена, аннулирован, скасовано, скасований, анульовано`,
		purchase.Returned:  `returned, refunded, возвращен, возврат, повернено, повернення`,
	} {
		for word := range strings.SplitSeq(list, ",") {
			words[headerWord(word)] = state
		}
	}
	return words
}()

func (v values) state(cell string) (purchase.State, *fault.Error) {
	if state, known := stateWords[headerWord(cell)]; known {
		return state, nil
	}
	return "", fails("orders_in.state", string(StateIs), "value", cut(cell))
}

// dialled is a phone as people write it. A number without a plus, a bracket or a country's or an area's beginning may be
// a company's code.
var dialled = regexp.MustCompile(`^(?:\+\d{10,15}|380\d{9}|[78]\d{10}|0[3-9]\d{8})$`)

// phoneMarks are what phones are written with.
var phoneMarks = strings.NewReplacer(" ", "", "\u00a0", "", "-", "", "(", "", ")", "", ".", "")

// isContact reports whether a cell is a phone or an e-mail.
func isContact(cell string) bool {
	at := strings.LastIndexByte(cell, '@')
	return at > 0 && at < len(cell)-1 || dialled.MatchString(phoneMarks.Replace(cell))
}

// cut shortens what is quoted in a message.
func cut(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:39]) + "…"
	}
	return s
}
