package purchase

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
)

// The bounds of a message. What lies beyond is a mistake, never a purchase.
const (
	MaxID       = 64
	MaxRevision = 1_000_000_000_000_000
	MaxLines    = 500
	MaxQuantity = 1_000_000
	// MaxPrice bounds price, discount and cost, in minor units.
	MaxPrice = 100_000_000_000
	maxText  = 120
	// ahead is how far a date may lie in the future: clocks and zones differ, years do not.
	ahead = 24 * time.Hour
	// maxMessages bounds the messages of one order.
	maxMessages = 1000
)

// longAgo is before any order: dates before it are a mistake in a file.
var longAgo = time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)

// normal is a message with its times to the millisecond, or what is wrong with it: Invalid with the field as a path
// such as "lines[2].quantity".
func normal(m Message, now time.Time) (Message, error) {
	m.Placed, m.Delivered = milli(m.Placed), milli(m.Delivered)
	if err := checkHead(m, now); err != nil {
		return m, err
	}
	if len(m.Lines) > MaxLines {
		return m, fault.New(fault.Invalid, "purchase.lines", "most", int64(MaxLines)).On("lines")
	}
	bought := make(map[string]int64, len(m.Lines))
	for i, l := range m.Lines {
		if err := checkLine(l); err != nil {
			return m, err.On(fmt.Sprintf("lines[%d].%s", i, err.Field))
		}
		if _, twice := bought[l.ID]; twice {
			return m, fault.New(fault.Invalid, "purchase.line_twice", "line", l.ID).On(fmt.Sprintf("lines[%d].id", i))
		}
		bought[l.ID] = l.Quantity
		if l.Returned > l.Quantity {
			return m, returnedMore(l.ID, l.Quantity, l.Returned, fmt.Sprintf("lines[%d].returned", i))
		}
	}
	return m, checkReturns(m.Returns)
}

func milli(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return calendar.Milli(t)
}

func checkHead(m Message, now time.Time) error {
	switch {
	case !goodID(m.ID):
		return fault.New(fault.Invalid, "purchase.id", "most", int64(MaxID)).On("id")
	case m.Revision < 1 || m.Revision > MaxRevision:
		return fault.New(fault.Invalid, "purchase.revision").On("revision")
	case !m.State.known():
		return fault.New(fault.Invalid, "purchase.state", "state", clip(string(m.State))).On("state")
	case !goodText(m.Channel):
		return fault.New(fault.Invalid, "purchase.text", "most", int64(maxText)).On("channel")
	}
	for _, text := range [...]struct{ field, text string }{
		{"buyer.company", m.Buyer.Company}, {"buyer.member", m.Buyer.Member}, {"buyer.name", m.Buyer.Name}, {"buyer.region", m.Buyer.Region},
	} {
		if !goodText(text.text) {
			return fault.New(fault.Invalid, "purchase.text", "most", int64(maxText)).On(text.field)
		}
	}
	return checkDates(m, now)
}

func checkDates(m Message, now time.Time) error {
	for _, date := range [...]struct {
		field string
		at    time.Time
	}{{"placed", m.Placed}, {"delivered", m.Delivered}} {
		switch {
		case date.at.IsZero():
		case date.at.After(now.Add(ahead)):
			return fault.New(fault.Invalid, "purchase.date_ahead").On(date.field)
		case date.at.Before(longAgo):
			return fault.New(fault.Invalid, "purchase.date_early").On(date.field)
		}
	}
	return nil
}

func (s State) known() bool {
	switch s {
	case Placed, Changed, Delivered, Cancelled, Returned:
		return true
	}
	return false
}

// checkLine checks one line; the fault names the field within it.
func checkLine(l Line) *fault.Error {
	switch {
	case !goodID(l.ID):
		return fault.New(fault.Invalid, "purchase.line_id", "most", int64(MaxID)).On("id")
	case l.Product == "" || !goodText(l.Product):
		return fault.New(fault.Invalid, "purchase.product", "most", int64(maxText)).On("product")
	case !goodText(l.Group):
		return fault.New(fault.Invalid, "purchase.text", "most", int64(maxText)).On("group")
	case !goodText(l.Supplier):
		return fault.New(fault.Invalid, "purchase.text", "most", int64(maxText)).On("supplier")
	case l.Quantity < 0 || l.Quantity > MaxQuantity:
		return fault.New(fault.Invalid, "purchase.quantity", "have", l.Quantity, "most", int64(MaxQuantity)).On("quantity")
	case l.Price < 0 || l.Price > MaxPrice:
		return fault.New(fault.Invalid, "purchase.price", "have", l.Price).On("price")
	case l.Cost < 0 || l.Cost > MaxPrice:
		return fault.New(fault.Invalid, "purchase.price", "have", l.Cost).On("cost")
	case l.Discount < 0 || l.Discount > l.Gross():
		return fault.New(fault.Invalid, "purchase.discount", "have", l.Discount).On("discount")
	case l.Returned < 0 || l.Returned > MaxQuantity:
		return fault.New(fault.Invalid, "purchase.quantity", "have", l.Returned, "most", int64(MaxQuantity)).On("returned")
	}
	return nil
}

func checkReturns(returns []Return) error {
	if len(returns) > MaxLines {
		return fault.New(fault.Invalid, "purchase.lines", "most", int64(MaxLines)).On("returns")
	}
	seen := make(map[string]bool, len(returns))
	for i, r := range returns {
		var wrong *fault.Error
		switch {
		case !goodID(r.Line):
			wrong = fault.New(fault.Invalid, "purchase.line_id", "most", int64(MaxID)).On("line")
		case seen[r.Line]:
			wrong = fault.New(fault.Invalid, "purchase.line_twice", "line", r.Line).On("line")
		case r.Quantity < 0 || r.Quantity > MaxQuantity:
			wrong = fault.New(fault.Invalid, "purchase.quantity", "have", r.Quantity, "most", int64(MaxQuantity)).On("quantity")
		}
		if wrong != nil {
			return wrong.On(fmt.Sprintf("returns[%d].%s", i, wrong.Field))
		}
		seen[r.Line] = true
	}
	return nil
}

// returnedMore is the fault of a return of more than was bought.
func returnedMore(line string, bought, returned int64, field string) *fault.Error {
	return fault.New(fault.Invalid, "purchase.returned_more",
		"line", line, "bought", bought, "returned", returned, "over", returned-bought).On(field)
}

// goodID reports whether an id is 1 to 64 printable bytes of ASCII without slashes and spaces, so that it can stand in a
// stream's name and in an address, where "." and ".." are other places.
func goodID(id string) bool {
	if id == "" || len(id) > MaxID || id == "." || id == ".." {
		return false
	}
	for i := range len(id) {
		if c := id[i]; c <= ' ' || c > '~' || c == '/' {
			return false
		}
	}
	return true
}

func goodText(s string) bool {
	return len(s) <= maxText && utf8.ValidString(s) && strings.IndexFunc(s, unicode.IsControl) < 0
}

// clip makes what somebody sent short enough to be said back.
func clip(s string) string {
	s = strings.ToValidUTF8(s, "?")
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}

// print is the fingerprint of how an ERP names a buyer: records tell one from another by it without naming a person.
func (b BuyerRef) print() string {
	sum := sha256.Sum256([]byte(b.Company + "\x00" + b.Member + "\x00" + b.Name + "\x00" + b.Region))
	return hex.EncodeToString(sum[:8])
}

// returns are what a message says came back, by line, and whether it says that everything did.
func (m Message) returns() (lines []Return, all bool) {
	lines = m.Returns
	for _, l := range m.Lines {
		if l.Returned > 0 {
			lines = append(lines[:len(lines):len(lines)], Return{l.ID, l.Returned})
		}
	}
	return lines, m.State == Returned && len(lines) == 0
}
