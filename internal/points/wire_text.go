package points

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"firebrand/internal/calendar"
)

// Each list of a record is one text, its entries divided by bars: an account has dozens of lots and months, every earn
// and spend decodes them all, and as JSON objects they took four fifths of that time. The words of an entry stand in a
// fixed order, numbers are to base 36, instants are Unix milliseconds (0: none), and what may hold spaces stands last.
// Short is what counts: an account of three years is read in nearly the time of one of a week.

// between divides the entries of a list. It is a character that JSON writes as it is: a text without escapes is read
// several times faster.
const between = '|'

// base is that of the lists' numbers.
const base = 36

// line writes such texts straight into their JSON.
type line []byte

func (l line) digits(n int64) line { return strconv.AppendInt(l, n, base) }

// int writes a number and the space behind it.
func (l line) int(n int64) line { return append(l.digits(n), ' ') }

func (l line) word(s string) line { return append(l.quoted(s), ' ') }

// quoted writes a text as it stands between the quotes of JSON.
func (l line) quoted(s string) line {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			q, _ := json.Marshal(s) // a string always can be
			return append(l, q[1:len(q)-1]...)
		}
	}
	return append(l, s...)
}

// words reads one line; bad is set where it is not what line wrote.
type words struct {
	rest string
	bad  bool
}

func (w *words) word() string {
	for i := range len(w.rest) {
		if w.rest[i] == ' ' {
			word := w.rest[:i]
			w.rest = w.rest[i+1:]
			return word
		}
	}
	word := w.rest
	w.rest = ""
	return word
}

// int reads a number, short ones by hand: a state has a hundred.
func (w *words) int() int64 {
	word, n := w.word(), int64(0)
	if len(word) == 0 || len(word) > 11 {
		return w.parse(word)
	}
	for i := range len(word) {
		switch c := word[i]; {
		case c >= '0' && c <= '9':
			n = n*base + int64(c-'0')
		case c >= 'a' && c <= 'z':
			n = n*base + int64(c-'a'+10)
		default:
			return w.parse(word)
		}
	}
	return n
}

func (w *words) parse(word string) int64 {
	n, err := strconv.ParseInt(word, base, 64)
	w.bad = w.bad || err != nil
	return n
}

// parse reads a list and fails where one of its lines is not well formed.
func parse[A any](text string, read func(*words) A) ([]A, error) {
	if text == "" {
		return nil, nil
	}
	to := make([]A, 0, strings.Count(text, "|")+1)
	var w words
	for more := true; more; {
		var entry string
		entry, text, more = strings.Cut(text, "|")
		w.rest = entry
		if to = append(to, read(&w)); w.bad {
			return nil, errors.New("cannot read " + strconv.Quote(entry))
		}
	}
	return to, nil
}

func (l line) lot(o Lot) line {
	idles := int64(0)
	if o.Idles {
		idles = 1
	}
	l = l.int(o.Amount).int(calendar.Millis(o.From)).int(calendar.Millis(o.Expires)).int(idles).int(monthNumber(o.Month))
	return l.word(string(o.Source)).quoted(o.Funding)
}

func readLot(w *words) Lot {
	return Lot{
		Amount: w.int(), From: calendar.Instant(w.int()), Expires: calendar.Instant(w.int()), Idles: w.int() == 1, Month: month(w.int()),
		Source: Source(w.word()), Funding: w.rest,
	}
}

func (l line) month(m MonthTotal) line {
	return l.int(monthNumber(m.Month)).int(m.Won).int(m.Lost).digits(calendar.Millis(m.Since) - firstMilli(m.Month))
}

func readMonth(w *words) MonthTotal {
	m := MonthTotal{Month: month(w.int()), Won: w.int(), Lost: w.int()}
	m.Since = calendar.Instant(firstMilli(m.Month) + w.int())
	return m
}

// firstMilli is the first millisecond of the month in UTC, from which its instant is counted.
func firstMilli(m calendar.Month) int64 {
	return time.Date(m.Year, m.Mon, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
}

func (l line) cap(c Cap) line { return l.int(c.Most).quoted(c.ID) }

func readCap(w *words) Cap { return Cap{Most: w.int(), ID: w.rest} }

func (l line) capped(c Capped) line { return l.int(c.Amount).quoted(c.Cap) }

func readCapped(w *words) Capped { return Capped{Amount: w.int(), Cap: w.rest} }

func (l line) undone(u Undone) line { return l.int(u.Seq).int(u.Amount).int(u.Last).quoted(u.Account) }

func readUndone(w *words) Undone {
	return Undone{Seq: w.int(), Amount: w.int(), Last: w.int(), Account: w.rest}
}

func (l line) fell(f Fell) line {
	pending := int64(0)
	if f.Pending {
		pending = 1
	}
	l = l.int(calendar.Millis(f.At)).int(f.Amount).int(pending).word(string(f.Why)).word(string(f.Source))
	return l.quoted(f.Funding)
}

func readFell(w *words) Fell {
	return Fell{
		At: calendar.Instant(w.int()), Amount: w.int(), Pending: w.int() == 1, Why: Why(w.word()), Source: Source(w.word()),
		Funding: w.rest,
	}
}

// monthNumber is year*100 + month, 0 for the zero month.
func monthNumber(m calendar.Month) int64 { return int64(m.Year*100 + int(m.Mon)) }

func month(n int64) calendar.Month {
	return calendar.Month{Year: int(n / 100), Mon: time.Month(n % 100)}
}
