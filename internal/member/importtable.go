package member

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"

	"firebrand/internal/fault"
	"firebrand/internal/sheet"
)

const (
	maxFile = 10 << 20
	maxRows = 20_000
)

// record is one row by column.
type record struct {
	line  int
	flaw  sheet.Flaw
	cells [columnCount]string
}

// table is a file whose header was found.
type table struct {
	records []record
	ignored []string
}

// readTable reads a file of either kind.
func readTable(r io.Reader) (table, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return table{}, unreadable(err)
	}
	if len(data) > maxFile {
		return table{}, fault.New(fault.Invalid, "member.import_too_big", "mb", maxFile>>20).On("file")
	}
	in, err := sheet.Open(bytes.NewReader(data), int64(len(data)), sheet.Options{
		Score: func(cells []string) int { _, n := headerOf(cells); return n }, MaxCells: 100 * maxRows,
	})
	if err != nil {
		return table{}, unreadable(err)
	}
	defer in.Close() //nolint:errcheck // it was only read
	h, _ := headerOf(in.Header().Cells)
	if err := h.check(); err != nil {
		return table{}, err
	}
	return h.table(in)
}

// unreadable is what is wrong with a file as a whole.
func unreadable(err error) error {
	key := "member.import_unreadable"
	if errors.Is(err, sheet.ErrEncoding) {
		key = "member.import_encoding"
	}
	return fault.New(fault.Invalid, key).On("file").Because(err)
}

// header is the row that names the columns.
type header struct {
	// places are the cells of each column, in the file's order.
	places  [columnCount][]int
	ignored []string
}

// headerOf reads a row as a header; score is how many of our columns it names.
func headerOf(cells []string) (h header, score int) {
	for place, cell := range cells {
		if cell = tidy(cell); cell == "" {
			continue
		}
		c, known := headerWords[headerWord(cell)]
		if !known {
			h.ignored = append(h.ignored, cell)
			continue
		}
		if len(h.places[c]) == 0 {
			score++
		}
		h.places[c] = append(h.places[c], place)
	}
	return h, score
}

// check refuses a header from which no row can be understood.
func (h header) check() error {
	has := func(c column) bool { return len(h.places[c]) > 0 }
	fails := func(key string, pairs ...any) error { return fault.New(fault.Invalid, key, pairs...).On("file") }
	for c := range columnCount {
		if len(h.places[c]) > 1 {
			return fails("member.import_column_twice", "column", columnNames[c])
		}
	}
	if !has(colCompany) && !has(colName) {
		return fails("member.import_header")
	}
	if has(colName) && !has(colPhone) && !has(colEmail) {
		return fails("member.import_contact_column")
	}
	return nil
}

// table puts what follows the header under its columns and leaves empty rows out.
func (h header) table(in *sheet.Reader) (table, error) {
	t := table{ignored: h.ignored}
	for {
		row, err := in.Next()
		if errors.Is(err, io.EOF) {
			return t, nil
		}
		if err != nil {
			return table{}, unreadable(err)
		}
		rec := record{line: row.Line, flaw: row.Flaw}
		for c, places := range h.places {
			if len(places) == 1 && places[0] < len(row.Cells) {
				rec.cells[c] = row.Cells[places[0]]
			}
		}
		empty := !slices.ContainsFunc(rec.cells[:], func(cell string) bool { return tidy(cell) != "" })
		if empty && rec.flaw == "" {
			continue
		}
		if len(t.records) == maxRows {
			return table{}, fault.New(fault.Invalid, "member.import_too_many_rows", "n", maxRows).On("file")
		}
		t.records = append(t.records, rec)
	}
}

// headerMarks are what headers are decorated with.
var headerMarks = strings.NewReplacer(".", "", "*", "", ":", "", "-", "", "_", " ")

// headerWord is the form in which headers are compared: "Ф.И.О.*" and "фио" are one.
func headerWord(cell string) string {
	return strings.Join(strings.Fields(headerMarks.Replace(fold(cell))), " ")
}
