package exchange

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"

	"firebrand/internal/fault"
)

// Sheet writes what became of every row as a CSV that spreadsheets open.
type Sheet struct {
	out *csv.Writer
	say func(*fault.Error) string
}

// NewSheet begins with a byte order mark, without which spreadsheets take the text for another encoding, and the titles of
// the six columns: line, order, outcome, points, column, why. Say puts a fault into words.
func NewSheet(w io.Writer, titles []string, say func(*fault.Error) string) (*Sheet, error) {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return nil, err
	}
	s := &Sheet{out: csv.NewWriter(w), say: say}
	return s, s.out.Write(titles)
}

// Row writes one row; outcome is its outcome in words.
func (s *Sheet) Row(r Row, outcome string) error {
	column, why, worth := "", "", ""
	if r.Fault != nil {
		column, why = r.Fault.Field, s.say(r.Fault)
	}
	if r.Points != 0 {
		worth = strconv.FormatInt(r.Points, 10)
	}
	return s.out.Write([]string{strconv.Itoa(r.Line), plain(r.Order), outcome, worth, plain(column), plain(why)})
}

// Flush writes what is still held back.
func (s *Sheet) Flush() error {
	s.out.Flush()
	return s.out.Error()
}

// plain keeps a spreadsheet from taking what a file says for a formula.
func plain(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
