package paper

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"

	"firebrand/internal/journal"
	"firebrand/internal/points"
)

// Verify checks a paper, CSV or PDF, from what it carries alone: that its records are one chain, that replaying them by
// the rules gives what they say, and that every line it shows follows from them. A *Fault names the first line that does
// not fit. Whether the records are the programme's own only the store can say: compare Result.Head with it.
//
// It reads MostBytes at most.
func Verify(r io.Reader) (Result, error) {
	file, err := io.ReadAll(io.LimitReader(r, MostBytes+1))
	if err != nil {
		return Result{}, err
	}
	if len(file) > MostBytes {
		return Result{}, misfit(0, "is longer than %d MiB", MostBytes>>20)
	}
	if bytes.HasPrefix(file, []byte("%PDF-")) {
		return verifyPDF(file)
	}
	_, result, err := verifyCSV(file)
	return result, err
}

// verifyCSV checks a CSV and returns it taken apart.
func verifyCSV(file []byte) (read, Result, error) {
	r, err := parse(file)
	if err != nil {
		return r, Result{}, err
	}
	if err := r.chain(); err != nil {
		return r, Result{}, err
	}
	if err := r.replay(); err != nil {
		return r, Result{}, err
	}
	result, err := r.compare()
	return r, result, err
}

// chain checks hashes and their order. The record before the period is checked by its own hash alone; what was before
// it is fixed by the hash that it carries.
func (r *read) chain() error {
	prev := r.doc.Opening
	if prev.Seq > 0 {
		before := journal.Record{Stream: prev.Stream, Seq: prev.Seq - 1, Hash: prev.Prev, At: prev.At}
		if err := journal.CheckChain(before, prev); err != nil {
			return misfit(r.recordsAt-1, "%v", err)
		}
	}
	for i, rec := range r.doc.Records {
		if err := journal.CheckChain(prev, rec); err != nil {
			return misfit(r.recordsAt+i, "%v", err)
		}
		prev = rec
	}
	if n := len(r.doc.Records); n != r.count {
		return misfit(r.recordsAt+n, "comes after %d records; the statement was made of %d", n, r.count)
	}
	return nil
}

// replay checks that the rules give what the records say, and that they are of the period.
func (r *read) replay() error {
	if err := r.doc.check(); err != nil {
		return misfit(r.under, "does not go with the records: %v", err)
	}
	err := points.VerifyFrom(r.doc.Opening, r.doc.Records)
	if err == nil {
		return nil
	}
	for i, rec := range r.doc.Records {
		if strings.Contains(err.Error(), rec.ID()) {
			return misfit(r.recordsAt+i, "%v", err)
		}
	}
	return misfit(r.recordsAt, "%v", err)
}

// compare makes the paper anew and holds it against this one, line by line.
func (r *read) compare() (Result, error) {
	made, err := sheetOf(r.doc)
	if err != nil {
		return Result{}, misfit(r.under, "cannot be put on paper: %v", err)
	}
	t, err := texts()
	if err != nil {
		return Result{}, err
	}
	tab, err := tableOf(r.doc, t)
	if err != nil {
		return Result{}, misfit(r.under, "cannot be put on paper: %v", err)
	}
	words := r.words == edition(r.doc.Lang)
	if !words {
		if made.under, err = r.doc.under(r.words); err != nil {
			return Result{}, err
		}
	}
	want := made.lines()
	for i := range max(len(want), len(r.lines)) {
		switch {
		case i >= len(r.lines):
			return Result{}, misfit(len(r.lines), "is the last one, but the records tell of more")
		case i >= len(want):
			return Result{}, misfit(i+1, "is not in the records: %s", excerpt(r.lines[i]))
		case r.lines[i] == want[i], !words && i+1 < r.under && sameFigures(r.lines[i], want[i]):
			continue
		}
		return Result{}, misfit(i+1, "reads %s, where the records give %s", excerpt(r.lines[i]), excerpt(want[i]))
	}
	return Result{Document: r.doc, Lines: len(tab.rows), Open: tab.opening, Close: tab.closing, Words: words}, nil
}

// sameFigures compares what of two lines is digits, cell by cell, and all of a cell that is a figure: for papers whose
// words are another edition's.
func sameFigures(a, b string) bool {
	rowA, errA := row(a)
	rowB, errB := row(b)
	if errA != nil || errB != nil || len(rowA) != len(rowB) {
		return errors.Is(errA, io.EOF) && errors.Is(errB, io.EOF)
	}
	digits := func(r rune) rune {
		if unicode.IsDigit(r) || r == '-' {
			return r
		}
		return -1
	}
	for i := range rowA {
		was, want := strings.Map(digits, rowA[i]), strings.Map(digits, rowB[i])
		if was != want || want == rowB[i] && rowA[i] != want {
			return false
		}
	}
	return true
}

// excerpt is a line as an error shows it.
func excerpt(line string) string {
	if runes := []rune(line); len(runes) > 120 {
		line = string(runes[:120]) + "…"
	}
	return fmt.Sprintf("%q", line)
}
