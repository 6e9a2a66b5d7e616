// Package paper puts an account's statement on paper, as CSV and as PDF, and checks such a paper offline: members keep
// it, auditors check it, and neither has to trust whoever sent it.
//
// The rule that matters most: everything a paper shows follows from the records that it carries. The CSV ends with the
// journal's own records of its period, so that the chain of hashes, the replay of the rules and every visible figure are
// checked from the file alone; the PDF is drawn from that CSV and carries it as an attachment. Verify makes the paper
// anew and names the first line that is another one.
//
// What games and prizes are called is not in the records and therefore is the programme's word.
package paper

import (
	"fmt"
	"time"

	"firebrand/internal/calendar"
	"firebrand/internal/journal"
	"firebrand/internal/points"
)

// The bounds of a paper, so that reading a hostile one takes bounded memory.
const (
	// MostBytes is the longest paper, in bytes; a longer one is refused when it is written and when it is read.
	MostBytes = 32 << 20
	// mostLine is the longest line of a CSV, in bytes: one record with all its lots.
	mostLine = 1 << 20
	// mostLines is more lines than a paper of MostBytes has: every record has one of hundreds of bytes.
	mostLines = MostBytes / 32
	// mostName bounds what a thing may be called, in characters.
	mostName = 200
)

// Document is one account over one period, as it is put on paper.
type Document struct {
	// Lang is one of the interface's languages.
	Lang string
	// Brand is the programme's name, Holder that of whose account it is.
	Brand, Holder, Account string
	Zone                   calendar.Zone
	// From and To bound the period: From ≤ t < To. A zero From is the account's beginning.
	From, To time.Time
	// Made is when the paper was made; what falls due later is not on it.
	Made time.Time
	// What shows lines of one kind only; the records are all there in any case.
	What What
	// Opening is the last record before From, with Seq 0 where there is none; Records are those of the period.
	Opening journal.Record
	Records []journal.Record
	// Names are what the things are called that records refer to, by Line.Ref.
	Names map[string]string
}

// Of is the document of a story that was read from the store.
func Of(story points.Story, from, to time.Time) Document {
	return Document{Account: story.Account, From: from, To: to, Opening: story.Opening, Records: story.Records}
}

// Head is the hash of the last record that the paper carries, by which the whole chain before it is fixed; empty for an
// account without records.
func (d Document) Head() string {
	if n := len(d.Records); n > 0 {
		return d.Records[n-1].Hash
	}
	return d.Opening.Hash
}

// HeadSeq is the number of that record.
func (d Document) HeadSeq() int64 {
	if n := len(d.Records); n > 0 {
		return d.Records[n-1].Seq
	}
	return d.Opening.Seq
}

// until is the instant up to which things are told: the period's end, or when the paper was made.
func (d Document) until() time.Time {
	if d.To.IsZero() || d.Made.Before(d.To) {
		return d.Made
	}
	return d.To
}

// Result is what a paper that holds says about itself.
type Result struct {
	Document
	// Lines is how many lines it shows, Open and Close the balance before and after them.
	Lines       int
	Open, Close int64
	// Words says that the sentences were compared too; else the paper was written with other texts than this program
	// has, and only its figures were.
	Words bool
}

// Fault names the first line of a paper that does not fit.
type Fault struct {
	// Line is the line of the CSV, from 1; 0 where the fault is not in one line. In a PDF it is a line of the table that
	// the PDF carries.
	Line int
	Why  string
}

// Error says which line and why.
func (f *Fault) Error() string {
	if f.Line == 0 {
		return "the statement " + f.Why
	}
	return fmt.Sprintf("line %d %s", f.Line, f.Why)
}

func misfit(line int, format string, args ...any) *Fault {
	return &Fault{line, fmt.Sprintf(format, args...)}
}

// Ends are the first and the last record that the paper carries, to be compared with those that are stored: what lies
// between them is fixed by the chain.
func (d Document) Ends() []journal.Record {
	all := d.Records
	if d.Opening.Seq > 0 {
		all = append([]journal.Record{d.Opening}, all...)
	}
	if len(all) == 0 {
		return nil
	}
	return []journal.Record{all[0], all[len(all)-1]}
}
