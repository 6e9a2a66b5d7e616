package main

import (
	"context"
	"fmt"
	"os"

	"firebrand/internal/journal"
	"firebrand/internal/points"
	"firebrand/internal/points/paper"
)

// verifyCommand checks a programme: a data folder that no other process uses, a MongoDB at any time; one auction of it; or a statement that somebody kept.
type verifyCommand struct {
	place     `embed:""`
	Statement string `type:"existingfile" help:"A statement as CSV or PDF: check it from the file alone, and against what is stored where a programme is named."`
	Auction   string `help:"An auction's id: replay its log and compare the winners, holds and redemptions."`
}

// Run reads every stream: chains, the laws of points and of stock, and flows that are still open. It prints what it
// read and fails at the first fault, naming the record. With a statement it checks that one instead.
func (v *verifyCommand) Run(ctx context.Context) error {
	if v.Statement != "" {
		return v.statement(ctx)
	}
	a, err := v.open(ctx)
	if err != nil {
		return err
	}
	defer a.Close() //nolint:errcheck // what is checked is not changed
	tell := func(line string) { fmt.Println(line) }
	if v.Auction != "" {
		return a.VerifyAuction(ctx, v.Auction, tell)
	}
	return a.Verify(ctx, tell)
}

// statement checks a statement offline and, where a data folder is named, against what is stored.
func (v *verifyCommand) statement(ctx context.Context) error {
	file, err := os.Open(v.Statement)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // it is only read
	result, err := paper.Verify(file)
	if err != nil {
		return fmt.Errorf("%s: %w", v.Statement, err)
	}
	tellStatement(result)
	if !v.named() {
		return nil
	}
	a, err := v.open(ctx)
	if err != nil {
		return err
	}
	defer a.Close() //nolint:errcheck // what is checked is not changed
	if err := compareStatement(ctx, a.Journal, result); err != nil {
		return fmt.Errorf("%s: %w", v.Statement, err)
	}
	fmt.Printf("stored      %s holds the same record %d\n", v.place, result.HeadSeq())
	return nil
}

// tellStatement says what a statement that holds is about.
func tellStatement(r paper.Result) {
	fmt.Printf("statement   account %s, %d records, %d lines: whole\n", r.Account, len(r.Records), r.Lines)
	fmt.Printf("balance     %d at the start, %d at the end\n", r.Open, r.Close)
	if r.HeadSeq() > 0 {
		fmt.Printf("seal        record %d, %s\n", r.HeadSeq(), r.Head())
	}
	if !r.Words {
		fmt.Println("words       written with other texts than this program's: only figures were compared")
	}
}

// compareStatement holds the statement's first and last record against those that are stored.
func compareStatement(ctx context.Context, j *journal.Journal, r paper.Result) error {
	for _, want := range r.Ends() {
		stored, err := j.Read(ctx, points.Stream(r.Account), want.Seq, 1)
		switch {
		case err != nil:
			return err
		case len(stored) == 0 || stored[0].Seq != want.Seq:
			return fmt.Errorf("record %d of account %s is not stored", want.Seq, r.Account)
		case stored[0].Hash != want.Hash:
			return fmt.Errorf("record %d of account %s is stored with the seal %s, the statement bears %s", want.Seq, r.Account, stored[0].Hash, want.Hash)
		}
	}
	return nil
}
