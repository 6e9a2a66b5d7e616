package paper

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strconv"
	"strings"

	"firebrand/internal/calendar"
	"firebrand/internal/journal"
	"firebrand/internal/points"
)

// read is a CSV taken apart: what it shows, as it stands, and the document that it says it was made from.
type read struct {
	lines []string
	// under is the line of the head, from 1; recordsAt that of the first record.
	under, recordsAt int
	words            string
	// count is how many records the head promises.
	count int
	doc   Document
}

// parse takes a CSV apart. Every bound is checked before anything is kept.
func parse(file []byte) (read, error) {
	r := read{}
	file = bytes.TrimPrefix(file, []byte(bom))
	if bytes.Count(file, []byte("\n")) > mostLines {
		return r, misfit(0, "has more lines than any statement")
	}
	for n := 1; len(file) > 0; n++ {
		line, rest, ended := bytes.Cut(file, []byte("\n"))
		if len(line) > mostLine {
			return r, misfit(n, "is longer than any line of a statement")
		}
		if !ended {
			return r, misfit(n, "is cut off: the file is not whole")
		}
		r.lines = append(r.lines, strings.TrimSuffix(string(line), "\r"))
		file = rest
	}
	for i, line := range r.lines {
		if strings.HasPrefix(line, wordHead+",") {
			r.under = i + 1
			break
		}
	}
	if r.under == 0 {
		return r, misfit(0, "carries no records: the file is not whole, or no statement of this program")
	}
	return r, r.behind()
}

// behind reads what stands behind the table.
func (r *read) behind() error {
	h, err := readHead(r.lines[r.under-1])
	if err != nil {
		return misfit(r.under, "cannot be read: %v", err)
	}
	zone, err := calendar.Load(h.Zone)
	if err != nil {
		return misfit(r.under, "names the unknown time zone %q", h.Zone)
	}
	r.words = h.Words
	r.doc = Document{
		Lang: h.Lang, Brand: h.Brand, Holder: h.Holder, Account: h.Account, Zone: zone,
		From: calendar.Instant(h.From), To: calendar.Instant(h.To), Made: calendar.Instant(h.Made), What: h.What, Names: h.Names,
	}
	switch {
	case h.Version != formatVersion:
		return misfit(r.under, "is of version %d, which this program does not know", h.Version)
	case !h.What.known() || !spoken(h.Lang):
		return misfit(r.under, "names a language or a kind of lines that there is not")
	}
	r.count = h.Records
	return r.records()
}

func readHead(line string) (head, error) {
	var h head
	row, err := row(line)
	if err != nil || len(row) != 2 {
		return h, errCells
	}
	decoder := json.NewDecoder(strings.NewReader(row[1]))
	decoder.DisallowUnknownFields()
	err = decoder.Decode(&h)
	return h, err
}

// records reads the records and the end.
func (r *read) records() error {
	n := r.under + 1
	line := func() []string {
		if n > len(r.lines) {
			return nil
		}
		row, err := row(r.lines[n-1])
		if err != nil {
			return []string{""}
		}
		return row
	}
	stream := points.Stream(r.doc.Account)
	if row := line(); len(row) > 0 && row[0] == wordOpening {
		rec, err := readRecord(stream, row)
		if err != nil {
			return misfit(n, "cannot be read: %v", err)
		}
		r.doc.Opening = rec
		n++
	}
	r.recordsAt = n
	for row := line(); len(row) > 0 && row[0] == wordRecord; row = line() {
		rec, err := readRecord(stream, row)
		if err != nil {
			return misfit(n, "cannot be read: %v", err)
		}
		r.doc.Records = append(r.doc.Records, rec)
		n++
	}
	row := line()
	switch {
	case row == nil:
		return misfit(len(r.lines), "is the last one, but the end of the records is missing: the file is not whole")
	case row[0] != wordEnd:
		return misfit(n, "is neither a record nor the end of them")
	case n != len(r.lines):
		return misfit(n+1, "stands behind the end")
	}
	return nil
}

type cellsError struct{}

func (cellsError) Error() string { return "its cells are not those of a statement" }

var errCells error = cellsError{}

// row is the cells of one line.
func row(line string) ([]string, error) {
	reader := csv.NewReader(strings.NewReader(line))
	reader.FieldsPerRecord = -1
	return reader.Read()
}

func readRecord(stream string, row []string) (journal.Record, error) {
	if len(row) != recordCells {
		return journal.Record{}, errCells
	}
	seq, err := strconv.ParseInt(row[1], 10, 64)
	if err != nil || seq < 1 {
		return journal.Record{}, errCells
	}
	at, err := strconv.ParseInt(row[2], 10, 64)
	if err != nil {
		return journal.Record{}, errCells
	}
	return journal.Record{
		Stream: stream, Seq: seq, At: calendar.Instant(at), Kind: row[3], Key: row[4], Actor: row[5], Request: row[6],
		Prev: row[7], Hash: row[8], Body: []byte(row[9]),
	}, nil
}
