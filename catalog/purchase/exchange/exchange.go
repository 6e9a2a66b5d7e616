// Package exchange takes orders in from files and streams of other programs: CSV and XLSX with whatever columns they
// have, CDNOW's own format, and one message a line as JSON.
//
// It is for who brings past orders into a programme and for an ERP that sends many at once. The rule that matters most:
// every row is told what became of it, and a file may be taken again, whole or after a cut, until nothing of it is
// new. What a message does is decided in purchase; nothing is decided here.
package exchange

import (
	"time"

	"firebrand/catalog/purchase"
	"firebrand/internal/calendar"
	"firebrand/internal/fault"
)

// Refused is the outcome of a row whose order was not taken.
const Refused purchase.Outcome = "refused"

// Outcomes are what can become of a row.
var Outcomes = []purchase.Outcome{purchase.Taken, purchase.Repeated, purchase.Superseded, Refused}

// Row is what became of one row of a file.
type Row struct {
	// Line is the row's place in the file, counted from 1 with the header.
	Line  int
	Order string
	// Outcome is that of the row's whole order: an order is taken with all of its rows or not at all.
	Outcome purchase.Outcome
	// Points are what the order is worth by now, on its first row only. A dry run does not reckon them.
	Points int64
	// Fault says why the order was refused; its field is the column.
	Fault *fault.Error
	// Notes are what to know although the order was taken, on its first row only.
	Notes []purchase.Note
}

// Options say how to read a file and what to do with it.
type Options struct {
	// Map names columns that are not recognised, or others than the recognised ones.
	Map Mapping
	// MonthFirst reads 12/31/2026. Dates with slashes are refused without it, because 05/06/2026 would be either.
	MonthFirst bool
	// Zone is where a date without a time begins.
	Zone calendar.Zone
	// DryRun reports what would become of every row and writes nothing.
	DryRun bool
	// Workers is how many orders are taken at once, 32 unless set: commits are shared. Orders of one id are taken one after another.
	Workers int
	// Row hears of every row, those of an order together and orders as they end in the file. Nil: nobody does.
	Row func(Row) error
	// Progress hears how much of the file is done, after every some hundred rows.
	Progress func(rows int, done float64)
}

// Report is what became of a file as a whole.
type Report struct {
	DryRun bool
	// CDNOW says that the file is in CDNOW's own format.
	CDNOW bool
	// Rows and Orders count all; Outcomes count orders, RefusedRows the rows of those that were refused.
	Rows, Orders, RefusedRows int
	Outcomes                  map[purchase.Outcome]int
	// Unknown are the orders that were not refused and whose buyer is not in the programme, or not named.
	Unknown int
	// Points are what the orders that were taken now are worth by now.
	Points int64
	// First and Last are when the earliest and the latest of the orders were placed that were not refused.
	First, Last time.Time
	// CutOff says that the last line has no end: the file may have been cut off, or its program writes it so.
	CutOff bool
	// Ignored are columns of the file that mean nothing here.
	Ignored []string
}

func (r *Report) count(d done) {
	r.Orders++
	r.Rows += len(d.lines)
	r.Outcomes[d.outcome]++
	if d.outcome == Refused {
		r.RefusedRows += len(d.lines)
		return
	}
	if d.unknown {
		r.Unknown++
	}
	if d.outcome == purchase.Taken {
		r.Points += d.points
	}
	if d.placed.IsZero() {
		return
	}
	if r.First.IsZero() || d.placed.Before(r.First) {
		r.First = d.placed
	}
	if d.placed.After(r.Last) {
		r.Last = d.placed
	}
}

func fails(key, column string, pairs ...any) *fault.Error {
	return fault.New(fault.Invalid, key, pairs...).On(column)
}
