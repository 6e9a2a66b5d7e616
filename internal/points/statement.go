package points

import (
	"context"
	"slices"
	"time"

	"firebrand/internal/calendar"
)

// Line is one line of an account's statement.
type Line struct {
	// Seq is the record's; 0 where the line is not written yet.
	Seq int64
	At  time.Time
	// Kind is the record's kind, or the Why of what the clock did.
	Kind string
	// Points is how many points the line tells of; Amount is the signed change of what is spendable, which is less or
	// none where pending, held or forfeited points are concerned.
	Points, Amount int64
	// Source is set where all of the points have one.
	Source Source
	// Funding is set where all of the points have one.
	Funding string
	Ref     string
	// Asked is what was asked for where it was more than Points; CutBy is what cut it: "policy:<source>", "cap:<id>" or
	// "budget:<id>", empty where there was no more to take.
	Asked int64
	CutBy string
	// Owed is what of it became debt.
	Owed int64
	// Pending says that the points are, or were until then, not spendable yet; Starts is from when they are, zero where
	// they wait for their order.
	Pending bool
	Starts  time.Time
	// Other is the other account of a merge.
	Other string
	// Why is set on what the clock did: WhyExpires, WhyBurns, WhyActive or WhyRepaid.
	Why Why
	// Balance is what was spendable after the line.
	Balance int64
	// Hash is the record's, by which the account's owner can have the line verified.
	Hash string
	// Unwritten says that this fell due after the last record; the next one will write it down.
	Unwritten bool
}

// StatementPage is how many records a statement page has where no limit is given, and StatementMost the most.
const (
	StatementPage = 50
	StatementMost = 500
)

// Statement is the account's story, newest first: one line for each record and one for each thing that the clock did,
// at its own instant. It covers limit records below seq before; 0 begins at the newest, with what fell due since.
// The next page begins before the Seq of the last line; an answer without lines is the end.
func (s *Service) Statement(ctx context.Context, account string, before int64, limit int) ([]Line, error) {
	if limit <= 0 {
		limit = StatementPage
	}
	records, err := s.Journal.ReadBack(ctx, Stream(account), before, min(limit, StatementMost))
	if err != nil {
		return nil, err
	}
	var lines []Line
	for i, rec := range records {
		c, err := ChangeOf(rec)
		if err != nil {
			return nil, err
		}
		if before <= 0 && i == 0 {
			lines = append(lines, unwritten(c.After, calendar.Milli(s.Now()))...)
		}
		lines = append(lines, c.lines(rec.Hash)...)
	}
	return lines, nil
}

// unwritten are the lines of what fell due between the last record and now, newest first.
func unwritten(s State, now time.Time) []Line {
	_, fell := s.Settle(now)
	lines := clockLines(fell, s.alive(s.At))
	for i := range lines {
		lines[i].Unwritten = true
	}
	slices.Reverse(lines)
	return lines
}

// lines tells a record's change, newest first.
func (c Change) lines(hash string) []Line {
	balance := c.After.alive(c.After.At)
	opening := balance - c.Delta
	for _, f := range c.Fell {
		opening -= f.delta()
	}
	lines := append(clockLines(c.Fell, opening), Line{
		At: c.After.At, Kind: string(c.Op.Kind), Points: c.Moved, Amount: c.Delta + c.Repaid, Source: c.source(),
		Funding: c.funding(), Ref: c.Op.Ref, Balance: balance + c.Repaid, CutBy: c.CutBy, Owed: c.Owed, Other: c.Op.Other,
	})
	own := &lines[len(lines)-1]
	if c.Asked > c.Moved {
		own.Asked = c.Asked
	}
	own.Pending, own.Starts = c.waits()
	if c.Repaid > 0 {
		lines = append(lines, Line{
			At: c.After.At, Kind: string(WhyRepaid), Points: c.Repaid, Amount: -c.Repaid, Source: SourcePurchase,
			Ref: c.Op.Ref, Why: WhyRepaid, Balance: balance,
		})
	}
	for i := range lines {
		lines[i].Seq, lines[i].Hash = c.After.Seq, hash
	}
	slices.Reverse(lines)
	return lines
}

// clockLines tells what fell due, oldest first, to an account whose balance was opening.
func clockLines(fell []Fell, opening int64) []Line {
	var lines []Line
	for _, f := range fell {
		opening += f.delta()
		lines = append(lines, Line{
			At: f.At, Kind: string(f.Why), Points: f.Amount, Amount: f.delta(), Source: f.Source, Funding: f.Funding, Why: f.Why,
			Balance: opening, Pending: f.Pending,
		})
	}
	return lines
}

// source is the one source of the points that the operation moved, empty where there are several.
func (c Change) source() Source {
	if c.Op.Source != "" {
		return c.Op.Source
	}
	return one(c.pieces(), func(l Lot) Source { return l.Source })
}

// funding is the one funding of those points, empty where there are several.
func (c Change) funding() string {
	if c.Op.Funding != "" {
		return c.Op.Funding
	}
	return one(c.pieces(), func(l Lot) string { return l.Funding })
}

func (c Change) pieces() []Lot { return append(slices.Clone(c.Took), c.Op.Pieces...) }

// one is what all of the lots have, or the zero value.
func one[A comparable](lots []Lot, of func(Lot) A) A {
	var zero, found A
	for i, l := range lots {
		if i > 0 && of(l) != found {
			return zero
		}
		found = of(l)
	}
	return found
}

// waits reports whether what the operation brought is not spendable yet, and from when it is.
func (c Change) waits() (pending bool, starts time.Time) {
	switch c.Op.Kind {
	case KindAward, KindDeliver:
	default:
		return false, time.Time{}
	}
	if !c.Op.From.After(c.After.At) {
		return false, time.Time{}
	}
	if c.Op.From.Equal(Never) {
		return true, time.Time{}
	}
	return true, c.Op.From
}
