package member

import (
	"bytes"
	"fmt"
	"math"
	"regexp"
	"strconv"

	"github.com/xuri/excelize/v2"

	"firebrand/internal/fault"
)

const (
	// maxUnzipped bounds what a workbook may unfold to: twenty thousand rows of ours are some ten megabytes, and read it
	// takes twenty times as much memory.
	maxUnzipped = 24 << 20
	// maxCells bounds the cells of a sheet. A row of thirty bytes can name its last cell alone, and unfolds to the
	// sixteen thousand before it.
	maxCells = 100 * maxRows
)

// readXLSX reads the first sheet that has a header of ours.
func readXLSX(data []byte) (lines []line, h header, err error) {
	// The library panics on some workbooks that are damaged on purpose.
	defer func() {
		if p := recover(); p != nil {
			lines, h, err = nil, header{}, unreadable(fmt.Errorf("panic: %v", p))
		}
	}()
	f, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{
		UnzipSizeLimit: maxUnzipped, UnzipXMLSizeLimit: maxUnzipped, RawCellValue: true,
	})
	if err != nil {
		return nil, header{}, unreadable(err)
	}
	defer func() { _ = f.Close() }()
	for _, sheet := range f.GetSheetList() {
		lines, err := sheetLines(f, sheet)
		if err != nil {
			return nil, header{}, unreadable(err)
		}
		if h, score := findHeader(lines); score > 0 {
			return lines, h, nil
		}
	}
	return nil, header{}, nil
}

// sheetLines reads the rows that are not blank, one more than may be taken at most.
func sheetLines(f *excelize.File, sheet string) ([]line, error) {
	rows, err := f.Rows(sheet)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var lines []line
	total := 0
	for number := 1; rows.Next() && len(lines) <= headerWithin+maxRows; number++ {
		cells, err := rows.Columns(excelize.Options{RawCellValue: true})
		if err != nil {
			return nil, err
		}
		if total += len(cells); total > maxCells {
			return nil, fmt.Errorf("more than %d cells", maxCells)
		}
		blank := true
		for i := range cells {
			cells[i] = wholeNumber(cells[i])
			blank = blank && tidy(cells[i]) == ""
		}
		if !blank {
			lines = append(lines, line{number: number, cells: cells})
		}
	}
	return lines, rows.Error()
}

var scientific = regexp.MustCompile(`^\d(\.\d+)?E\+?\d{1,2}$`)

// wholeNumber writes a phone that a program stored as 3.80501234567E11 out. In a workbook the number is kept whole;
// a CSV that says so has lost its last digits, and is refused there.
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

func unreadable(cause error) error {
	return fault.New(fault.Invalid, "member.import_unreadable").On("file").Because(cause)
}
