package paper

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
)

// attachment is the name of the CSV within a PDF.
const attachment = "statement.csv"

// The sheet, in millimetres.
const (
	margin     = 18.0
	width      = 210 - 2*margin
	lineHeight = 5.0
	bottom     = 20.0
	factLabel  = 58.0
	// firstFigure is the first of the facts below the title that are figures: the opening balance.
	firstFigure = 5
)

// widths are those of the columns but the date, which stands above each day's rows.
var widths = [columns]float64{0, 14, 84, 20, 20, 22, 14}

// colour is red, green and blue.
type colour [3]int

var (
	ink   = colour{28, 35, 38}
	quiet = colour{83, 96, 102}
	deep  = colour{18, 52, 59}
	rule  = colour{217, 214, 204}
)

// PDF draws the document's CSV and attaches it. One document always gives the same bytes. It fails as Write does.
func PDF(w io.Writer, d Document) error {
	sheet, err := sheetOf(d)
	if err != nil {
		return err
	}
	return draw(w, sheet.shown, d, sheet.bytes())
}

// drawing is a PDF while it is made.
type drawing struct {
	*fpdf.Fpdf
	lang string
}

// draw draws the lines that people read; the document says only its language and when it was made.
func draw(w io.Writer, shown [][]string, d Document, csv []byte) error {
	p := drawing{fpdf.New("P", "mm", "A4", ""), d.Lang}
	p.SetCatalogSort(true)
	p.SetCreationDate(d.Made.UTC())
	p.SetModificationDate(d.Made.UTC())
	p.SetProducer("firebrand", false)
	p.SetLang(d.Lang)
	p.AddUTF8FontFromBytes("go", "", goregular.TTF)
	p.AddUTF8FontFromBytes("go", "B", gobold.TTF)
	p.SetMargins(margin, margin, margin)
	p.SetAutoPageBreak(false, bottom)
	p.SetFooterFunc(p.footer)
	p.AliasNbPages("{pages}")
	p.SetAttachments([]fpdf.Attachment{{Content: csv, Filename: attachment}})
	p.AddPage()
	facts, rest := upToEmpty(shown)
	rows, notes := upToEmpty(rest)
	notes, _ = upToEmpty(notes)
	p.facts(facts)
	p.table(rows)
	p.notes(notes)
	if err := p.Error(); err != nil {
		return fmt.Errorf("paper: %w", err)
	}
	return p.Output(w)
}

// upToEmpty cuts lines at the first empty one.
func upToEmpty(lines [][]string) (before, after [][]string) {
	for i, line := range lines {
		if len(line) == 0 {
			return lines[:i], lines[i+1:]
		}
	}
	return lines, nil
}

func (p drawing) font(style string, size float64, c colour) {
	p.SetFont("go", style, size)
	p.SetTextColor(c[0], c[1], c[2])
}

// footer counts the pages.
func (p drawing) footer() {
	p.SetY(-bottom + 6)
	p.font("", 8, quiet)
	p.CellFormat(width, 4, fmt.Sprintf("%d / {pages}", p.PageNo()), "", 0, "R", false, 0, "")
}

// facts draws the title and what stands beside the labels.
func (p drawing) facts(facts [][]string) {
	if len(facts) == 0 {
		return
	}
	title := facts[0]
	p.SetTitle(title[0], true)
	p.font("", 10, quiet)
	p.CellFormat(width, lineHeight, drawable(title[len(title)-1]), "", 1, "L", false, 0, "")
	p.font("B", 18, deep)
	p.CellFormat(width, 10, drawable(title[0]), "", 1, "L", false, 0, "")
	p.Ln(3)
	for i, fact := range facts[1:] {
		value := fact[len(fact)-1]
		if i >= firstFigure {
			value = grouped(value, false)
		}
		p.fact(fact[0], value)
	}
	p.Ln(5)
}

func (p drawing) fact(label, value string) {
	p.font("", 9, quiet)
	p.CellFormat(factLabel, lineHeight, drawable(label), "", 0, "L", false, 0, "")
	p.font("B", 9, ink)
	if len(value) == 64 { // a hash in two halves, so that it can be read out
		value = value[:32] + " " + value[32:]
	}
	for i, line := range p.SplitText(drawable(value), width-factLabel) {
		if i > 0 {
			p.SetX(margin + factLabel)
		}
		p.CellFormat(width-factLabel, lineHeight, line, "", 1, "L", false, 0, "")
	}
}

// table draws the rows under their days; the columns' names stand on every page.
func (p drawing) table(rows [][]string) {
	if len(rows) == 0 {
		return
	}
	head, rows := rows[0], rows[1:]
	p.heads(head)
	day := ""
	for _, row := range rows {
		if len(row) != columns {
			continue
		}
		p.font("", 9, ink)
		what := p.SplitText(drawable(row[colWhat]), widths[colWhat]-2)
		needs := float64(len(what)) * lineHeight
		if row[colDate] != day {
			needs += 8
		}
		if p.GetY()+needs > 297-bottom {
			p.AddPage()
			p.heads(head)
			day = ""
		}
		if row[colDate] != day {
			day = row[colDate]
			p.day(day)
		}
		p.row(row, what)
	}
	p.Ln(6)
}

func (p drawing) heads(head []string) {
	p.font("B", 8, quiet)
	for i := colTime; i < columns && i < len(head); i++ {
		p.CellFormat(widths[i], lineHeight+1, drawable(head[i]), "B", 0, align(i), false, 0, "")
	}
	p.Ln(lineHeight + 2)
}

func (p drawing) day(day string) {
	p.Ln(2)
	p.font("B", 9, deep)
	if at, err := time.Parse(time.DateOnly, day); err == nil && p.lang != "en" {
		day = at.Format("02.01.2006")
	}
	p.CellFormat(width, lineHeight, day, "", 1, "L", false, 0, "")
	p.font("", 9, ink)
}

// row draws one line, as high as its words need.
func (p drawing) row(row, what []string) {
	p.SetDrawColor(rule[0], rule[1], rule[2])
	for n, line := range what {
		p.SetX(margin)
		for i := colTime; i < columns; i++ {
			text := ""
			switch {
			case i == colWhat:
				text = line
			case n == 0:
				text = grouped(row[i], i == colChange)
			}
			border := ""
			if n == len(what)-1 {
				border = "B"
			}
			p.CellFormat(widths[i], lineHeight, text, border, 0, align(i), false, 0, "")
		}
		p.Ln(lineHeight)
	}
}

func (p drawing) notes(notes [][]string) {
	p.font("", 8, quiet)
	for _, note := range notes {
		for _, line := range p.SplitText(drawable(note[0]), width) {
			if p.GetY()+lineHeight > 297-bottom {
				p.AddPage()
				p.font("", 8, quiet)
			}
			p.CellFormat(width, 4.4, line, "", 1, "L", false, 0, "")
		}
		p.Ln(1.5)
	}
}

// align is how a column stands: figures to the right.
func align(column int) string {
	if column >= colPoints {
		return "R"
	}
	return "L"
}

// grouped writes a figure in groups of three digits, with its sign where it is a change.
func grouped(figure string, signed bool) string {
	digits, sign := strings.TrimPrefix(figure, "-"), ""
	switch {
	case figure == "" || strings.ContainsFunc(digits, func(r rune) bool { return r < '0' || r > '9' }):
		return figure
	case digits != figure:
		sign = "−"
	case signed:
		sign = "+"
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "\u00a0" + digits[i:]
	}
	return sign + digits
}

// drawable leaves out what the fonts cannot draw: letters beyond the first plane, and the narrow space.
func drawable(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\u202f':
			return '\u00a0'
		case r > 0xffff || r == 0xfeff || r == '{':
			return '·'
		}
		return r
	}, text)
}

// verifyPDF takes the CSV out, checks it, and draws it again: the same bytes must come of it.
func verifyPDF(file []byte) (Result, error) {
	csv, err := attached(file)
	if err != nil {
		return Result{}, err
	}
	r, result, err := verifyCSV(csv)
	if err != nil {
		return Result{}, err
	}
	var again bytes.Buffer
	if err := draw(&again, r.shown(), r.doc, csv); err != nil {
		return Result{}, err
	}
	if !bytes.Equal(again.Bytes(), file) {
		return Result{}, misfit(0, "carries a table that holds, but its pages are not those that are drawn from it")
	}
	return result, nil
}

// shown are the cells of the lines above the head.
func (r read) shown() [][]string {
	var all [][]string
	for _, line := range r.lines[:r.under-1] {
		cells, err := row(line)
		if err != nil {
			cells = nil
		}
		all = append(all, cells)
	}
	return all
}
