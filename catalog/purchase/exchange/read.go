package exchange

import (
	"errors"
	"io"
	"slices"
	"strconv"

	"firebrand/internal/fault"
	"firebrand/internal/sheet"
)

const (
	// maxUnpacked is what a workbook of a million rows unfolds to.
	maxUnpacked = 512 << 20
	// maxCells bounds a sheet: a million rows of forty columns.
	maxCells = 40 << 20
	// maxScattered bounds the rows kept of orders whose rows do not stand together.
	maxScattered = 100_000
)

// source reads the orders of a file one by one.
type source struct {
	in     *sheet.Reader
	rows   rowReader
	cdnow  *cdnowReader
	report *Report
	// runs are how often each order begins again that does not stand together, as far as it has not been read yet.
	runs    map[uint64]int
	waiting map[string]*draft
	kept    int
	// open is the order that is being put together, ready what is to be given out, ahead a row read already.
	open  *draft
	ready []*draft
	ahead *sheet.Row
	ended bool
}

// open reads a file's header and lays its columns out.
func open(r io.ReaderAt, size int64, o Options) (*source, error) {
	in, err := sheet.Open(r, size, sheet.Options{
		Score: func(cells []string) int {
			if n := o.Map.score(cells); n > 1 || n == 1 && len(cells) == 1 {
				return n
			}
			return 0
		},
		Spaces: true, MaxUnpacked: maxUnpacked, MaxCells: maxCells,
	})
	if err != nil {
		return nil, unreadable(err)
	}
	s := &source{
		in: in, report: &Report{DryRun: o.DryRun, Outcomes: zeroOutcomes()}, waiting: map[string]*draft{}, runs: map[uint64]int{},
	}
	v := values{zone: o.Zone, monthFirst: o.MonthFirst, workbook: in.Kind() == sheet.Workbook, from1904: in.Date1904()}
	if err := s.layOut(o, v); err != nil {
		return nil, errors.Join(err, in.Close())
	}
	return s, nil
}

func (s *source) layOut(o Options, v values) error {
	if s.in.Header().Line == 0 && len(o.Map) == 0 {
		row, err := s.in.Next()
		if err == nil && isCDNOW(row.Cells) {
			s.ahead, s.cdnow, s.report.CDNOW = &row, &cdnowReader{values: v}, true
			return nil
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return unreadable(err)
		}
	}
	l, err := o.Map.layOut(s.in.Header().Cells)
	if err != nil {
		return err
	}
	s.rows = rowReader{layout: l, values: v}
	s.report.Ignored = l.ignored
	return nil
}

// unreadable is what is wrong with a file as a whole; an error of reading it stays as it is.
func unreadable(err error) error {
	for cause, key := range map[error]string{
		sheet.ErrEncoding: "orders_in.encoding", sheet.ErrUnreadable: "orders_in.unreadable", sheet.ErrTooLarge: "orders_in.large",
	} {
		if errors.Is(err, cause) {
			return fault.New(fault.Invalid, key).On("file").Because(err)
		}
	}
	return err
}

// row is the next row of the file.
func (s *source) row() (sheet.Row, error) {
	if s.ahead != nil {
		row := *s.ahead
		s.ahead = nil
		return row, nil
	}
	return s.in.Next()
}

// next is the next order, or io.EOF.
func (s *source) next() (*draft, uint64, error) {
	for len(s.ready) == 0 {
		if s.ended {
			return nil, 0, io.EOF
		}
		row, err := s.row()
		if errors.Is(err, io.EOF) {
			s.end()
			continue
		}
		if err != nil {
			return nil, 0, unreadable(err)
		}
		if err := s.take(row); err != nil {
			return nil, 0, err
		}
	}
	d := s.ready[0]
	s.ready = s.ready[1:]
	return d, hashed(d.message.ID), nil
}

// take puts a row to its order.
func (s *source) take(row sheet.Row) error {
	if s.cdnow != nil {
		s.ready = append(s.ready, s.cdnow.draft(row))
		return nil
	}
	if row.Flaw != "" {
		d := &draft{lines: []int{row.Line}}
		d.refuse(row.Line, flaws[row.Flaw])
		s.ready = append(s.ready, d)
		return nil
	}
	if s.blank(row) {
		return nil
	}
	key := s.key(row.Cells)
	if s.open == nil || key != s.open.key {
		if err := s.close(); err != nil {
			return err
		}
		s.open = s.waiting[key]
		if delete(s.waiting, key); s.open == nil {
			s.open = &draft{key: key}
		} else {
			s.kept -= len(s.open.lines)
		}
	}
	s.rows.add(s.open, row)
	return nil
}

// blank reports whether a row says nothing in any of our columns.
func (s *source) blank(row sheet.Row) bool {
	return !slices.ContainsFunc(Columns, func(c Column) bool { return s.rows.cell(row.Cells, c) != "" })
}

// key tells messages apart: an order's revisions are messages of their own.
func (s *source) key(cells []string) string {
	return s.rows.cell(cells, ID) + "\x00" + s.rows.cell(cells, Revision)
}

// close gives the open order out, or lets it wait for more of its rows.
func (s *source) close() error {
	d := s.open
	if d == nil {
		return nil
	}
	s.open = nil
	if h := hashed(d.key); s.runs[h] > 1 {
		s.runs[h]--
		s.waiting[d.key] = d
		if s.kept += len(d.lines); s.kept > maxScattered {
			return fault.New(fault.Invalid, "orders_in.scattered", "most", maxScattered).On("file")
		}
		return nil
	}
	s.ready = append(s.ready, d)
	return nil
}

// end gives out what is left. The last order of a file that was cut off within a row is not whole.
func (s *source) end() {
	s.ended = true
	s.report.CutOff = s.in.CutOff()
	last := s.open
	s.runs = nil // nothing more comes
	_ = s.close()
	if s.report.CutOff && last != nil && len(s.rows.cells) < len(s.in.Header().Cells) {
		last.fault, last.badLine = fault.New(fault.Invalid, "orders_in.cut_off"), last.lines[len(last.lines)-1]
	}
	for _, d := range s.waiting {
		s.ready = append(s.ready, d)
	}
	s.waiting = nil
}

func (s *source) shut() error { return s.in.Close() }

// scattered counts the runs of the orders whose rows do not stand together: those have to be gathered. It takes eight
// bytes for each order of the file.
func scattered(r io.ReaderAt, size int64, o Options) (map[uint64]int, error) {
	s, err := open(r, size, o)
	if err != nil {
		return nil, err
	}
	defer s.shut() //nolint:errcheck // it was only read
	if s.cdnow != nil {
		return nil, nil
	}
	var all []uint64
	last := ""
	for {
		row, err := s.row()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, unreadable(err)
		}
		if row.Flaw != "" || s.blank(row) {
			continue
		}
		if key := s.key(row.Cells); key != last || len(all) == 0 {
			all, last = append(all, hashed(key)), key
		}
	}
	slices.Sort(all)
	runs := map[uint64]int{}
	for i := 1; i < len(all); i++ {
		if all[i] == all[i-1] {
			runs[all[i]] = max(runs[all[i]], 1) + 1
		}
	}
	return runs, nil
}

// Preview is a file as a person is shown it before it is taken.
type Preview struct {
	CDNOW bool
	// Header are the cells that name the columns, empty where there is no header; First are the rows after it.
	Header []string
	First  [][]string
	// Places say which column, from 0, means what; with Problem as far as it was found out.
	Places map[Column]int
	// Problem is why the file cannot be taken yet.
	Problem *fault.Error
}

// Look reads a file's header and up to n rows. Only a file that cannot be read at all is an error.
func Look(r io.ReaderAt, size int64, o Options, n int) (Preview, error) {
	in, err := sheet.Open(r, size, sheet.Options{
		Score: func(cells []string) int { return o.Map.score(cells) }, Spaces: true, MaxUnpacked: maxUnpacked, MaxCells: maxCells,
	})
	if err != nil {
		return Preview{}, unreadable(err)
	}
	defer in.Close() //nolint:errcheck // it was only read
	p := Preview{Header: in.Header().Cells}
	for len(p.First) < n {
		row, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return Preview{}, unreadable(err)
		}
		if row.Flaw == "" {
			p.First = append(p.First, row.Cells)
		}
	}
	p.CDNOW = len(p.Header) == 0 && len(o.Map) == 0 && len(p.First) > 0 && isCDNOW(p.First[0])
	if p.CDNOW {
		return p, nil
	}
	byPlace, rest := o.Map.numbers()
	p.Places, _ = rest.find(p.Header)
	for c, at := range byPlace {
		p.Places[c] = at
	}
	_, err = o.Map.layOut(p.Header)
	p.Problem = fault.As(err)
	return p, nil
}

// Number names a column by its place, from 0, as a mapping does.
func Number(place int) string { return strconv.Itoa(place + 1) }
