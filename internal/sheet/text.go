package sheet

import (
	"errors"
	"io"
	"slices"
	"strings"
)

// joinWithin is over how many lines of the file a quoted cell may run.
const joinWithin = 20

// spaces stands for runs of spaces as a separator.
const spaces = ' '

// textRows are the rows of a text under one separator.
type textRows struct {
	lines *lines
	comma rune
	// ahead are lines that were read in search of a quotation mark's end.
	ahead []line
}

// openText finds the encoding and the separator of a text.
func openText(r io.ReaderAt, size int64, o Options) (*Reader, error) {
	enc, err := encodingOf(r)
	if err != nil {
		return nil, err
	}
	under := func(comma rune) *textRows { return &textRows{lines: newLines(r, size, enc), comma: comma} }
	comma, header, err := chooseComma(under, o)
	if err != nil {
		return nil, err
	}
	in := under(comma)
	if err := after(in, header); err != nil {
		return nil, err
	}
	return &Reader{kind: Text, header: header, rows: in, size: size}, nil
}

// chooseComma tries each separator on the first rows.
func chooseComma(under func(rune) *textRows, o Options) (comma rune, header Row, err error) {
	commas := ";,\t"
	if o.Spaces {
		commas += string(spaces)
	}
	comma = ';'
	most, widest := 0, 1
	for _, c := range commas {
		first, err := begin(under(c))
		if err != nil {
			return 0, Row{}, err
		}
		row, n := best(first, o.Score)
		width := typicalWidth(first)
		switch {
		case n > most:
			comma, header, most = c, row, n
		case most == 0 && width > widest && (c != spaces || widest == 1):
			comma, widest = c, width
		}
	}
	return comma, header, nil
}

// typicalWidth is how many cells the middle one of some rows has.
func typicalWidth(rows []Row) int {
	if len(rows) == 0 {
		return 0
	}
	widths := make([]int, len(rows))
	for i, row := range rows {
		widths[i] = len(row.Cells)
	}
	slices.Sort(widths)
	return widths[len(widths)/2]
}

func (t *textRows) at() int64    { return t.lines.read.n }
func (t *textRows) close() error { return nil }

// next splits the next row that is not blank.
func (t *textRows) next() (Row, error) {
	for {
		l, err := t.line(0)
		if err != nil {
			return Row{}, err
		}
		t.ahead = t.ahead[1:]
		if l.flaw != "" {
			return Row{Line: l.number, Flaw: l.flaw}, nil
		}
		if strings.TrimSpace(l.text) == "" {
			continue
		}
		return t.split(l)
	}
}

// line is the n-th line from here.
func (t *textRows) line(n int) (line, error) {
	for len(t.ahead) <= n {
		l, err := t.lines.next()
		if err != nil {
			return line{}, err
		}
		t.ahead = append(t.ahead, l)
	}
	return t.ahead[n], nil
}

// split splits a row that begins with a line. A quotation mark that is opened and not closed must not swallow the rows
// behind it: then the line alone is broken.
func (t *textRows) split(l line) (Row, error) {
	row := Row{Line: l.number}
	if t.comma == spaces {
		row.Cells = strings.Fields(l.text)
		return row, nil
	}
	if cells, ok := splitCells(l.text, t.comma, false); ok {
		row.Cells = cells
		return row, nil
	}
	if strings.Count(l.text, `"`)%2 == 0 {
		row.Cells, _ = splitCells(l.text, t.comma, true)
		return row, nil
	}
	text := l.text
	for n := range joinWithin - 1 {
		next, err := t.line(n)
		if errors.Is(err, io.EOF) || err == nil && next.flaw != "" {
			break
		}
		if err != nil {
			return Row{}, err
		}
		text += "\n" + next.text
		if cells, ok := splitCells(text, t.comma, false); ok {
			t.ahead = t.ahead[n+1:]
			row.Cells = cells
			return row, nil
		}
	}
	row.Flaw = Quotes
	return row, nil
}
