package paper

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/journal"
)

// The first words of the lines behind the table, for the check.
const (
	wordHead    = "firebrand-statement"
	wordOpening = "opening"
	wordRecord  = "record"
	wordEnd     = "end"
)

// formatVersion is that of the CSV.
const formatVersion = 1

// bom tells spreadsheets that the letters are UTF-8.
const bom = "\ufeff"

// head is what the table was worked out from besides the records.
type head struct {
	Version int    `json:"version"`
	Lang    string `json:"lang"`
	Words   string `json:"words"`
	Brand   string `json:"brand"`
	Holder  string `json:"holder"`
	Account string `json:"account"`
	Zone    string `json:"zone"`
	// From, To and Made are Unix milliseconds, 0 where there is none.
	From    int64             `json:"from"`
	To      int64             `json:"to"`
	Made    int64             `json:"made"`
	What    What              `json:"what"`
	Records int               `json:"records"`
	Names   map[string]string `json:"names,omitempty"`
}

// Write writes the document as CSV: facts, the table, notes, then the records that it was worked out from. It fails with
// fault.Invalid ("paper.too_long") where the period is too long for one paper.
func Write(w io.Writer, d Document) error {
	sheet, err := sheetOf(d)
	if err != nil {
		return err
	}
	_, err = w.Write(sheet.bytes())
	return err
}

// sheet is a whole CSV, a line each.
type sheet struct {
	// shown are the cells of the lines that people read; an empty one is an empty line. Behind them stands what they
	// were worked out from, as it is written.
	shown [][]string
	under []string
}

// sheetOf puts a document on paper.
func sheetOf(d Document) (sheet, error) {
	t, err := texts()
	if err != nil {
		return sheet{}, err
	}
	d.From, d.To, d.Made = calendar.Milli(d.From), calendar.Milli(d.To), calendar.Milli(d.Made)
	if err := d.check(); err != nil {
		return sheet{}, err
	}
	tab, err := tableOf(d, t)
	if err != nil {
		return sheet{}, err
	}
	s := sheet{shown: tab.shown()}
	if s.under, err = d.under(edition(d.Lang)); err != nil {
		return sheet{}, err
	}
	if s.size() > MostBytes {
		return sheet{}, fault.New(fault.Invalid, "paper.too_long").On("period")
	}
	return s, nil
}

func (tab table) shown() [][]string {
	lines := append([][]string{}, tab.facts...)
	lines = append(lines, nil, tab.head)
	lines = append(lines, tab.rows...)
	lines = append(lines, nil)
	for _, note := range tab.notes {
		lines = append(lines, []string{note})
	}
	return append(lines, nil)
}

// under are the lines behind the table.
func (d Document) under(words string) ([]string, error) {
	h := head{
		Version: formatVersion, Lang: d.Lang, Words: words, Brand: clean(d.Brand), Holder: clean(d.Holder), Account: d.Account,
		Zone: d.Zone.String(), From: calendar.Millis(d.From), To: calendar.Millis(d.To), Made: calendar.Millis(d.Made), What: d.What, Records: len(d.Records),
		Names: d.usedNames(),
	}
	raw, err := json.Marshal(h)
	if err != nil {
		return nil, err
	}
	lines := []string{cells(wordHead, string(raw))}
	if d.Opening.Seq > 0 {
		lines = append(lines, recordLine(wordOpening, d.Opening))
	}
	for _, rec := range d.Records {
		lines = append(lines, recordLine(wordRecord, rec))
	}
	return append(lines, cells(wordEnd, figure(d.HeadSeq()), d.Head())), nil
}

// usedNames are the names cleaned, without empty ones.
func (d Document) usedNames() map[string]string {
	used := map[string]string{}
	for ref, name := range d.Names {
		if name = clean(name); name != "" {
			used[ref] = name
		}
	}
	return used
}

// recordLine is a record as it is stored; its stream is the account's.
func recordLine(word string, r journal.Record) string {
	return cells(word, figure(r.Seq), figure(r.At.UnixMilli()), r.Kind, r.Key, r.Actor, r.Request, r.Prev, r.Hash, string(r.Body))
}

// recordCells is how many cells such a line has.
const recordCells = 10

// bytes is the CSV as a file.
func (s sheet) bytes() []byte {
	var all bytes.Buffer
	all.Grow(s.size())
	all.WriteString(bom)
	for _, line := range s.lines() {
		all.WriteString(line)
		all.WriteString("\r\n")
	}
	return all.Bytes()
}

// lines are all lines without their ends.
func (s sheet) lines() []string {
	lines := make([]string, 0, len(s.shown)+len(s.under))
	for _, shown := range s.shown {
		lines = append(lines, cells(shown...))
	}
	return append(lines, s.under...)
}

func (s sheet) size() int {
	n := len(bom)
	for _, line := range s.lines() {
		n += len(line) + 2
	}
	return n
}

// cells is one line of CSV without its end; a line break within a cell would make it two, so there is none.
func cells(all ...string) string {
	if len(all) == 0 {
		return ""
	}
	var line bytes.Buffer
	w := csv.NewWriter(&line)
	_ = w.Write(all) // into memory it cannot fail
	w.Flush()
	return string(bytes.TrimRight(line.Bytes(), "\n"))
}
