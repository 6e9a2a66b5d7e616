// Package sheet reads the rows of files that spreadsheets and other programs write: CSV in the forms that are met here,
// and XLSX.
//
// It is for the rooms that take files in. What a row means is theirs: they tell by Options.Score which row names their
// columns, and get the rows after it one by one. The rule that matters most: a file is never held in memory, so that a
// text of a million rows costs no more than one of ten; and a row that cannot be read is handed over as such, with its
// line, and swallows no other.
package sheet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
)

// What a file as a whole can be wrong in. The errors of Open and Next wrap one of them or come from the file itself.
var (
	// ErrEncoding: neither UTF-8 nor UTF-16 with its mark nor Windows-1251.
	ErrEncoding = errors.New("the text's encoding is not known")
	// ErrUnreadable: a workbook that is damaged or none at all.
	ErrUnreadable = errors.New("the workbook cannot be read")
	// ErrTooLarge: a workbook that unfolds beyond what was allowed.
	ErrTooLarge = errors.New("the workbook unfolds to too much")
)

// Kind is what a file is.
type Kind string

// The kinds.
const (
	Text     Kind = "text"
	Workbook Kind = "workbook"
)

// Flaw is why a row could not be split into cells; empty where it could.
type Flaw string

// The flaws of a row.
const (
	// Quotes: a quotation mark is opened and not closed.
	Quotes Flaw = "quotes"
	// Encoding: the line has bytes that its file's encoding does not know.
	Encoding Flaw = "encoding"
	// Long: the line is longer than MaxLine.
	Long Flaw = "long"
)

// Row is one row that is not blank.
type Row struct {
	// Line is where the row begins in the file, counted from 1; in a workbook it is the sheet's own number.
	Line int
	// Cells are as they stand; a row may have fewer or more than the header. Nil where Flaw is set.
	Cells []string
	Flaw  Flaw
}

const (
	// MaxLine bounds one line of a text in bytes.
	MaxLine = 1 << 20
	// HeaderWithin is among how many first rows the header is looked for: files begin with titles and instructions.
	HeaderWithin = 10
)

// Options say how to read.
type Options struct {
	// Score tells how much a row looks like the header, zero for not at all. By it the separator of a text and the sheet
	// of a workbook are chosen. Nil, or zero everywhere: the file has no header, and the separator is the one that makes
	// the most of the first rows.
	Score func(cells []string) int
	// Spaces lets runs of spaces separate cells where nothing else does.
	Spaces bool
	// MaxUnpacked bounds what a workbook may unfold to in bytes, MaxCells the cells of one sheet of it: a row of thirty
	// bytes can name its last cell alone, and unfolds to the sixteen thousand before it. Zero takes the defaults.
	MaxUnpacked int64
	MaxCells    int
}

// The defaults of Options.
const (
	defaultUnpacked = 24 << 20
	defaultCells    = 2_000_000
)

// Reader gives the rows of a file after its header, in their order. It is for one goroutine; close it.
type Reader struct {
	kind   Kind
	header Row
	rows   rows
	size   int64
}

// rows is a file of either kind.
type rows interface {
	// next gives io.EOF after the last row.
	next() (Row, error)
	// at is how far it has read, in the same measure as size.
	at() int64
	close() error
}

// Open finds out what a file of size bytes is and reads up to its header.
func Open(r io.ReaderAt, size int64, o Options) (*Reader, error) {
	if o.Score == nil {
		o.Score = func([]string) int { return 0 }
	}
	if o.MaxUnpacked == 0 {
		o.MaxUnpacked = defaultUnpacked
	}
	if o.MaxCells == 0 {
		o.MaxCells = defaultCells
	}
	begin := make([]byte, 4)
	if n, err := r.ReadAt(begin, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	} else if bytes.Equal(begin[:n], []byte("PK\x03\x04")) {
		return openBook(r, size, o)
	}
	return openText(r, size, o)
}

// Kind is what the file is.
func (r *Reader) Kind() Kind { return r.kind }

// Header is the row that Score liked best; its Line is 0 where it liked none.
func (r *Reader) Header() Row { return r.header }

// Next is the next row, or io.EOF.
func (r *Reader) Next() (Row, error) { return r.rows.next() }

// Done is the part of the file that has been read, from 0 to 1; of a workbook it is an estimate.
func (r *Reader) Done() float64 {
	if r.size <= 0 {
		return 1
	}
	return math.Min(1, float64(r.rows.at())/float64(r.size))
}

// CutOff reports, after the last row, that a text's last line has no end. Whole files of some programs are so, too.
func (r *Reader) CutOff() bool {
	t, is := r.rows.(*textRows)
	return is && t.lines.open
}

// Close frees what the file took.
func (r *Reader) Close() error { return r.rows.close() }

// Date1904 reports whether a workbook counts its days from 1904, as those of old Macs do.
func (r *Reader) Date1904() bool {
	b, is := r.rows.(*bookRows)
	return is && b.date1904
}

// after passes over the rows up to and with the header.
func after(in rows, header Row) error {
	for header.Line > 0 {
		row, err := in.next()
		if err != nil {
			return fmt.Errorf("the header was lost: %w", err)
		}
		if row.Line >= header.Line {
			return nil
		}
	}
	return nil
}

// best is the row of the first ones that looks most like the header.
func best(first []Row, score func([]string) int) (header Row, most int) {
	for _, row := range first {
		if n := score(row.Cells); n > most {
			header, most = row, n
		}
	}
	return header, most
}

// begin reads the first rows.
func begin(in rows) ([]Row, error) {
	var first []Row
	for len(first) < HeaderWithin {
		row, err := in.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		first = append(first, row)
	}
	return first, nil
}
