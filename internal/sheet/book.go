package sheet

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

const (
	// maxParts bounds how many files a workbook is made of.
	maxParts = 1000
	// inMemory is how large a sheet may be to be held in memory; a larger one is unfolded into a temporary file.
	inMemory = 16 << 20
	// maxBeside bounds what is neither a sheet nor the sheets' texts, and maxStyles the styles: all of it is held in memory.
	maxBeside = 64 << 20
	maxStyles = 8 << 20
)

// bookRows are the rows of one sheet of a workbook.
type bookRows struct {
	file     *excelize.File
	rows     *excelize.Rows
	number   int
	cells    int
	most     int
	date1904 bool
}

// openBook chooses the sheet of a workbook that looks most like the one that is wanted; the first where none does.
func openBook(r io.ReaderAt, size int64, o Options) (reader *Reader, err error) {
	if err := checkParts(r, size, o.MaxUnpacked); err != nil {
		return nil, err
	}
	defer rescue(&err)
	f, err := excelize.OpenReader(io.NewSectionReader(r, 0, size), excelize.Options{
		UnzipSizeLimit: o.MaxUnpacked, UnzipXMLSizeLimit: min(inMemory, o.MaxUnpacked), RawCellValue: true,
	})
	if err != nil {
		return nil, unreadable(err)
	}
	sheet, header, err := chooseSheet(f, o)
	if err == nil {
		reader, err = startSheet(f, sheet, header, o)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return reader, nil
}

func startSheet(f *excelize.File, sheet string, header Row, o Options) (*Reader, error) {
	in, err := sheetRows(f, sheet, o.MaxCells)
	if err != nil {
		return nil, err
	}
	if props, err := f.GetWorkbookProps(); err == nil && props.Date1904 != nil {
		in.date1904 = *props.Date1904
	}
	size := int64(0)
	// What a sheet says of its size may be missing or wrong: it serves an estimate only.
	if area, err := f.GetSheetDimension(sheet); err == nil {
		if _, last, found := strings.Cut(area, ":"); found {
			if _, row, err := excelize.CellNameToCoordinates(last); err == nil {
				size = int64(row)
			}
		}
	}
	if err := after(in, header); err != nil {
		return nil, err
	}
	return &Reader{kind: Workbook, header: header, rows: in, size: size}, nil
}

// chooseSheet is the first sheet that has a header.
func chooseSheet(f *excelize.File, o Options) (string, Row, error) {
	sheets := f.GetSheetList()
	if len(sheets) == 0 {
		return "", Row{}, unreadable(errors.New("it has no sheets"))
	}
	for _, sheet := range sheets {
		in, err := sheetRows(f, sheet, o.MaxCells)
		if err != nil {
			return "", Row{}, err
		}
		first, err := begin(in)
		if err = errors.Join(err, in.rows.Close()); err != nil {
			return "", Row{}, err
		}
		if header, n := best(first, o.Score); n > 0 {
			return sheet, header, nil
		}
	}
	return sheets[0], Row{}, nil
}

func sheetRows(f *excelize.File, sheet string, most int) (*bookRows, error) {
	rows, err := f.Rows(sheet)
	if err != nil {
		return nil, unreadable(err)
	}
	return &bookRows{file: f, rows: rows, most: most}, nil
}

func (b *bookRows) at() int64    { return int64(b.number) }
func (b *bookRows) close() error { return errors.Join(b.rows.Close(), b.file.Close()) }

func (b *bookRows) next() (row Row, err error) {
	defer rescue(&err)
	for b.rows.Next() {
		b.number++
		cells, err := b.rows.Columns(excelize.Options{RawCellValue: true})
		if err != nil {
			return Row{}, unreadable(err)
		}
		if b.cells += len(cells); b.cells > b.most {
			return Row{}, fmt.Errorf("%w: more than %d cells", ErrTooLarge, b.most)
		}
		blank := true
		for i := range cells {
			cells[i] = wholeNumber(cells[i])
			blank = blank && strings.TrimSpace(cells[i]) == ""
		}
		if !blank {
			return Row{Line: b.number, Cells: cells}, nil
		}
	}
	if err := b.rows.Error(); err != nil {
		return Row{}, unreadable(err)
	}
	return Row{}, io.EOF
}

// rescue makes an error of a panic: the library panics on some workbooks that are damaged on purpose.
func rescue(err *error) {
	if p := recover(); p != nil {
		*err = unreadable(fmt.Errorf("panic: %v", p))
	}
}

func unreadable(cause error) error { return fmt.Errorf("%w: %w", ErrUnreadable, cause) }

var scientific = regexp.MustCompile(`^\d(\.\d+)?E\+?\d{1,2}$`)

// wholeNumber writes a number that a program stored as 3.80501234567E11 out. In a workbook the number is kept whole; a
// CSV that says so has lost its last digits.
func wholeNumber(cell string) string {
	if !scientific.MatchString(cell) {
		return cell
	}
	n, err := strconv.ParseFloat(cell, 64)
	if err != nil || n != math.Trunc(n) || n >= 1e15 {
		return cell
	}
	return strconv.FormatFloat(n, 'f', 0, 64)
}

// checkParts refuses a workbook by its table of contents, before anything is unpacked. The sizes that it claims hold:
// the unpacker stops at them. It then reads the sheets once, since the reader of workbooks takes broken XML for the end
// of a sheet, and rows would be missing that nobody hears of; and every other part that is long enough to hold a piece
// that fills the memory.
func checkParts(r io.ReaderAt, size, most int64) error {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return unreadable(err)
	}
	unpacked, beside := uint64(0), uint64(0)
	for _, f := range z.File {
		long := min(f.UncompressedSize64, uint64(most)+1)
		unpacked += long
		switch name := strings.ToLower(f.Name); {
		case isSheet(name), name == "xl/sharedstrings.xml":
		case name == "xl/styles.xml" && long > maxStyles:
			return fmt.Errorf("%w: styles of more than %d MB", ErrTooLarge, maxStyles>>20)
		default:
			beside += long
		}
	}
	if unpacked > uint64(most) || beside > maxBeside || len(z.File) > maxParts {
		return fmt.Errorf("%w: more than %d MB", ErrTooLarge, most>>20)
	}
	for _, f := range z.File {
		name := strings.ToLower(f.Name)
		if !isSheet(name) && (f.UncompressedSize64 <= maxPiece || !strings.HasSuffix(name, ".xml")) {
			continue
		}
		if err := wellFormed(f); errors.Is(err, ErrTooLarge) {
			return err
		} else if err != nil {
			return unreadable(err)
		}
	}
	return nil
}

func isSheet(name string) bool {
	return strings.HasPrefix(name, "xl/worksheets/") && strings.HasSuffix(name, ".xml")
}

// maxPiece bounds one tag or text of a part in bytes. A cell has some 32,000 characters at most.
const maxPiece = 1 << 20

// pieces gives of a part so much for each tag or text.
type pieces struct {
	io.Reader
	left int
}

func (p *pieces) Read(b []byte) (int, error) {
	if p.left <= 0 {
		return 0, fmt.Errorf("%w: a cell of more than %d MB", ErrTooLarge, maxPiece>>20)
	}
	n, err := p.Reader.Read(b[:min(len(b), p.left)])
	p.left -= n
	return n, err
}

// wellFormed reads a part to its end.
func wellFormed(f *zip.File) error {
	part, err := f.Open()
	if err != nil {
		return err
	}
	defer part.Close() //nolint:errcheck // it was only read
	in := &pieces{Reader: part}
	d := xml.NewDecoder(in)
	// Only the form is looked at, so that bytes of another encoding may pass as they are.
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	for {
		in.left = maxPiece
		if _, err := d.RawToken(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}
