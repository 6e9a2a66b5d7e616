package points

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"firebrand/internal/calendar"
)

// Lots and months are one text each within a record: an account has dozens of them, every earn and spend decodes them
// all, and as JSON objects they took four fifths of that time. The words stand in a fixed order, numbers are plain,
// instants are Unix milliseconds (0: none), and what may hold spaces stands last.

// line builds one text.
type line []byte

func (l line) int(n int64) line {
	if len(l) > 0 {
		l = append(l, ' ')
	}
	return strconv.AppendInt(l, n, 10)
}

func (l line) word(s string) line { return append(append(l, ' '), s...) }

// words reads one text; bad is set where it is not what line wrote.
type words struct {
	rest string
	bad  bool
}

func (w *words) word() string {
	word, rest, _ := strings.Cut(w.rest, " ")
	w.rest = rest
	return word
}

func (w *words) int() int64 {
	n, err := strconv.ParseInt(w.word(), 10, 64)
	w.bad = w.bad || err != nil
	return n
}

// parse reads texts into values of one kind and fails where one of them is not well formed.
func parse[A any](texts []string, read func(*words) A) ([]A, error) {
	if len(texts) == 0 {
		return nil, nil
	}
	to := make([]A, len(texts))
	for i, text := range texts {
		w := words{rest: text}
		if to[i] = read(&w); w.bad {
			return nil, errors.New("cannot read " + strconv.Quote(text))
		}
	}
	return to, nil
}

func lotText(l Lot) string {
	idles := int64(0)
	if l.Idles {
		idles = 1
	}
	text := make(line, 0, 64).int(l.Amount).int(milli(l.From)).int(milli(l.Expires)).int(idles).int(monthNumber(l.Month))
	return string(text.word(string(l.Source)).word(l.Funding))
}

func readLot(w *words) Lot {
	return Lot{
		Amount: w.int(), From: instant(w.int()), Expires: instant(w.int()), Idles: w.int() == 1, Month: month(w.int()),
		Source: Source(w.word()), Funding: w.rest,
	}
}

func monthText(m MonthTotal) string {
	return string(make(line, 0, 48).int(monthNumber(m.Month)).int(m.Won).int(m.Lost).int(milli(m.Since)))
}

func readMonth(w *words) MonthTotal {
	return MonthTotal{Month: month(w.int()), Won: w.int(), Lost: w.int(), Since: instant(w.int())}
}

func refundText(r Refunded) string { return string(make(line, 0, 24).int(r.Seq).int(r.Amount)) }

func readRefund(w *words) Refunded { return Refunded{Seq: w.int(), Amount: w.int()} }

func fellText(f Fell) string {
	pending := int64(0)
	if f.Pending {
		pending = 1
	}
	text := make(line, 0, 64).int(milli(f.At)).int(f.Amount).int(pending)
	return string(text.word(string(f.Why)).word(string(f.Source)).word(f.Funding))
}

func readFell(w *words) Fell {
	return Fell{
		At: instant(w.int()), Amount: w.int(), Pending: w.int() == 1, Why: Why(w.word()), Source: Source(w.word()),
		Funding: w.rest,
	}
}

func milli(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func instant(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// monthNumber is year*100 + month, 0 for the zero month.
func monthNumber(m calendar.Month) int64 { return int64(m.Year*100 + int(m.Mon)) }

func month(n int64) calendar.Month {
	return calendar.Month{Year: int(n / 100), Mon: time.Month(n % 100)}
}
