package exchange

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"firebrand/content"
	"firebrand/internal/fault"
)

const (
	// kahootRows is how far down a sheet is read; a template has a hundred numbered rows.
	kahootRows = 2000
	// kahootCells bounds the cells of a sheet: a row that names its last cell alone unfolds to the sixteen thousand before.
	kahootCells = 500 * kahootRows
	// headerRows is how far down the header may stand.
	headerRows = 50
	// kahootSeconds is Kahoot's own time where a row gives none.
	kahootSeconds = 20
)

// ParseKahoot reads the first sheet of Kahoot's spreadsheet, of which r holds size bytes: instructions, a header found by
// its texts, then a question a row: up to four answers, the seconds, and the right answers ("1,3"). Rows that hold
// nothing but their number are no questions and not reported.
//
// It fails with fault.Invalid: "exchange.large" before anything is read, "exchange.unpacked_large" before anything is
// unpacked, "exchange.language_unknown", "exchange.not_a_spreadsheet", "exchange.header_missing" and "exchange.empty".
func ParseKahoot(r io.ReaderAt, size int64, lang string) (res Result, err error) {
	if err := checkSize(size); err != nil {
		return Result{}, err
	}
	if err := checkLang(lang); err != nil {
		return Result{}, err
	}
	if err := checkZip(r, size); err != nil {
		return Result{}, err
	}
	// The reader of spreadsheets is written for friends; a file that brings it down is one that cannot be read.
	defer func() {
		if p := recover(); p != nil {
			res, err = Result{}, unreadable("exchange.not_a_spreadsheet", fmt.Errorf("%v", p))
		}
	}()
	f, err := excelize.OpenReader(io.NewSectionReader(r, 0, size), excelize.Options{
		RawCellValue: true, UnzipSizeLimit: maxUnpacked, UnzipXMLSizeLimit: maxUnpacked,
	})
	if err != nil {
		return Result{}, unreadable("exchange.not_a_spreadsheet", err)
	}
	defer f.Close()
	sheets := f.GetSheetList()
	if len(sheets) == 0 {
		return Result{}, fault.New(fault.Invalid, "exchange.not_a_spreadsheet")
	}
	k := kahoot{lang: lang}
	if err := k.read(f, sheets[0]); err != nil {
		return Result{}, err
	}
	return k.done()
}

// kahoot is a sheet half read.
type kahoot struct {
	Result
	lang    string
	columns *columns
}

// columns are the places of what the header names, -1 for what it does not.
type columns struct {
	question, seconds, right int
	answers                  []int
}

func (k *kahoot) read(f *excelize.File, sheet string) error {
	rows, err := f.Rows(sheet)
	if err != nil {
		return unreadable("exchange.not_a_spreadsheet", err)
	}
	defer rows.Close()
	n, total := 0, 0
	for rows.Next() {
		n++
		cells, err := rows.Columns(excelize.Options{RawCellValue: true})
		if err != nil {
			return unreadable("exchange.not_a_spreadsheet", err)
		}
		if total += len(cells); total > kahootCells {
			return unreadable("exchange.not_a_spreadsheet", fmt.Errorf("more than %d cells", kahootCells))
		}
		switch {
		case k.columns != nil && n > kahootRows && !k.blank(cells):
			k.refuse(n, k.cell(cells, k.columns.question), "exchange.rows_many", "max", kahootRows)
			return nil
		case k.columns != nil:
			k.row(n, cells)
		case n <= headerRows:
			k.columns = header(cells)
		default:
			return fault.New(fault.Invalid, "exchange.header_missing")
		}
	}
	if err := rows.Error(); err != nil {
		return unreadable("exchange.not_a_spreadsheet", err)
	}
	if k.columns == nil {
		return fault.New(fault.Invalid, "exchange.header_missing")
	}
	return nil
}

// header recognises the row that names the columns, by how its texts begin; nil for any other row.
func header(cells []string) *columns {
	c := columns{question: -1, seconds: -1, right: -1}
	for i, cell := range cells {
		text := strings.ToLower(strings.TrimSpace(cell))
		switch {
		case strings.HasPrefix(text, "question") && c.question < 0:
			c.question = i
		case strings.HasPrefix(text, "answer") && len(c.answers) < content.MaxOptions:
			c.answers = append(c.answers, i)
		case strings.HasPrefix(text, "time") && c.seconds < 0:
			c.seconds = i
		case strings.HasPrefix(text, "correct") && c.right < 0:
			c.right = i
		}
	}
	if c.question < 0 || c.right < 0 || len(c.answers) < 2 {
		return nil
	}
	return &c
}

func (k *kahoot) cell(cells []string, column int) string {
	if column < 0 || column >= len(cells) {
		return ""
	}
	return strings.TrimSpace(cells[column])
}

// blank reports whether a row holds nothing that a question is made of.
func (k *kahoot) blank(cells []string) bool {
	c := k.columns
	for _, column := range append([]int{c.question, c.right}, c.answers...) {
		if k.cell(cells, column) != "" {
			return false
		}
	}
	return true
}

func (k *kahoot) row(n int, cells []string) {
	if k.blank(cells) {
		return
	}
	d := drafted{line: n, text: k.cell(cells, k.columns.question)}
	// Answers may be left out in the middle, so that the number of an answer is not its place among the options.
	places := map[int]int{}
	for i, column := range k.columns.answers {
		if text := k.cell(cells, column); text != "" {
			places[i+1] = len(d.options)
			d.options = append(d.options, text)
		}
	}
	given := k.cell(cells, k.columns.right)
	numbers, ok := answerNumbers(given)
	if !ok {
		k.refuse(n, d.text, "exchange.right_unreadable", "value", cut(given, 20))
		return
	}
	for _, number := range numbers {
		place, ok := places[number]
		if !ok {
			k.refuse(n, d.text, "exchange.right_empty", "answer", number)
			return
		}
		d.right = append(d.right, place)
	}
	d.seconds, d.notes = seconds(k.cell(cells, k.columns.seconds))
	if len(numbers) > 1 && strings.Contains(given, ".") {
		d.notes = append(d.notes, content.NewProblem("", "exchange.right_read_as", "value", cut(given, 20), "read", join(numbers)))
	}
	k.judge(d, k.lang)
}

// answerNumbers reads "2", "1,3" and what spreadsheets make of them: "2.0" is 2, and "1.3" is a list that was typed where
// the comma is the decimal sign. No answer twice, in their order; ok is false where it cannot be read.
func answerNumbers(s string) (numbers []int, ok bool) {
	if whole, zeros, found := strings.Cut(s, "."); found && strings.Trim(zeros, "0") == "" {
		s = whole
	}
	for part := range strings.FieldsFuncSeq(s, func(r rune) bool { return strings.ContainsRune(",;. \u00a0", r) }) {
		n, err := strconv.Atoi(part)
		if err != nil || n < 1 || n > content.MaxOptions {
			return nil, false
		}
		if !slices.Contains(numbers, n) {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	return numbers, len(numbers) > 0
}

// join writes numbers as Kahoot does: "1,3".
func join(numbers []int) string {
	words := make([]string, len(numbers))
	for i, n := range numbers {
		words[i] = strconv.Itoa(n)
	}
	return strings.Join(words, ",")
}

// seconds reads a time and brings it within bounds, with a note wherever that is not what was written.
func seconds(s string) (int, []content.Problem) {
	if s == "" {
		return kahootSeconds, []content.Problem{content.NewProblem("", "exchange.time_missing", "seconds", kahootSeconds)}
	}
	f, err := strconv.ParseFloat(strings.Replace(s, ",", ".", 1), 64)
	if err != nil || f != f {
		return kahootSeconds, []content.Problem{
			content.NewProblem("", "exchange.time_unreadable", "value", cut(s, 20), "seconds", kahootSeconds),
		}
	}
	n := int(min(max(f, content.MinSeconds), content.MaxSeconds))
	if float64(n) != f {
		return n, []content.Problem{content.NewProblem("", "exchange.time_changed", "value", cut(s, 20), "seconds", n)}
	}
	return n, nil
}
