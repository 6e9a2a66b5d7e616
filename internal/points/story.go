package points

import (
	"context"
	"slices"
	"time"

	"firebrand/internal/journal"
)

// Story is what happened to an account in a time, with the records that prove it.
type Story struct {
	Account string
	// Opening is the last record before the time; Seq 0 where the account's first record is in it.
	Opening journal.Record
	// Records are those of the time, oldest first; each is chained to the one before it, the first to Opening.
	Records []journal.Record
	// Lines tell them, oldest first: LinesOf(Records).
	Lines []Line
}

// Story reads what happened to an account from an instant on until before another; a zero to is the end. What fell due
// and is not written yet is not in it; see Service.Settle.
func (s *Service) Story(ctx context.Context, account string, from, to time.Time) (Story, error) {
	story := Story{Account: account}
	var err error
	if story.Opening, err = s.recordAt(ctx, account, from.Add(-time.Millisecond)); err != nil {
		return Story{}, err
	}
	const page = 500
	for next := story.Opening.Seq + 1; ; {
		recs, err := s.Journal.Read(ctx, Stream(account), next, page)
		if err != nil {
			return Story{}, err
		}
		for _, rec := range recs {
			if !to.IsZero() && !rec.At.Before(to) {
				recs = nil
				break
			}
			story.Records = append(story.Records, rec)
			next = rec.Seq + 1
		}
		if len(recs) < page {
			break
		}
	}
	story.Lines, err = LinesOf(story.Records...)
	return story, err
}

// LinesOf tells records of one account as the lines of its statement, oldest first where the records are.
func LinesOf(records ...journal.Record) ([]Line, error) {
	var all []Line
	for _, rec := range records {
		c, err := ChangeOf(rec)
		if err != nil {
			return nil, err
		}
		lines := c.lines(rec.Hash)
		slices.Reverse(lines)
		all = append(all, lines...)
	}
	return all, nil
}
