package member

import (
	"bytes"
	"io"
	"slices"
	"strings"

	"firebrand/internal/fault"
)

const (
	maxFile = 10 << 20
	maxRows = 20_000
	// headerWithin is among how many first rows the header is looked for: files begin with titles and instructions.
	headerWithin = 10
)

// line is one row of a file: its number, its cells, and whether it could not be split into cells.
type line struct {
	number int
	cells  []string
	broken bool
}

// record is one row by column.
type record struct {
	line   int
	broken bool
	cells  [columnCount]string
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
		return table{}, fault.New(fault.Invalid, "member.import_unreadable").On("file").Because(err)
	}
	if len(data) > maxFile {
		return table{}, fault.New(fault.Invalid, "member.import_too_big", "mb", maxFile>>20).On("file")
	}
	var lines []line
	var h header
	if bytes.HasPrefix(data, []byte("PK\x03\x04")) {
		lines, h, err = readXLSX(data)
	} else {
		lines, h, err = readCSV(data)
	}
	if err != nil {
		return table{}, err
	}
	if err := h.check(); err != nil {
		return table{}, err
	}
	return h.table(lines)
}

// header is the row that names the columns.
type header struct {
	// at is its place among the lines.
	at int
	// places are the cells of each column, in the file's order.
	places  [columnCount][]int
	ignored []string
}

// findHeader finds, among the first lines, the one that names the most of our columns.
func findHeader(lines []line) (h header, score int) {
	for at := range min(headerWithin, len(lines)) {
		if other, n := headerOf(at, lines[at].cells); n > score {
			h, score = other, n
		}
	}
	return h, score
}

func headerOf(at int, cells []string) (h header, score int) {
	h.at = at
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
func (h header) table(lines []line) (table, error) {
	t := table{ignored: h.ignored}
	for _, l := range lines[min(h.at+1, len(lines)):] {
		rec := record{line: l.number, broken: l.broken}
		for c, places := range h.places {
			if len(places) == 1 && places[0] < len(l.cells) {
				rec.cells[c] = l.cells[places[0]]
			}
		}
		empty := !slices.ContainsFunc(rec.cells[:], func(cell string) bool { return tidy(cell) != "" })
		if empty && !rec.broken {
			continue
		}
		if len(t.records) == maxRows {
			return table{}, fault.New(fault.Invalid, "member.import_too_many_rows", "n", maxRows).On("file")
		}
		t.records = append(t.records, rec)
	}
	return t, nil
}

// headerMarks are what headers are decorated with.
var headerMarks = strings.NewReplacer(".", "", "*", "", ":", "", "-", "", "_", " ")

// headerWord is the form in which headers are compared: "Ф.И.О.*" and "фио" are one.
func headerWord(cell string) string {
	return strings.Join(strings.Fields(headerMarks.Replace(fold(cell))), " ")
}
