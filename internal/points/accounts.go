package points

import (
	"context"
	"sort"
	"time"

	"firebrand/internal/calendar"
	"firebrand/internal/journal"
)

// accountsPage is how many accounts are listed at once where all are gone through.
const accountsPage = 200

// behindAll sorts behind every record of a stream.
const behindAll = "/\U0010FFFF"

// Accounts lists up to limit accounts that have records, behind the account after; empty begins at the first. It reads
// one record an account. No account's id holds a slash.
func (s *Service) Accounts(ctx context.Context, after string, limit int) ([]string, error) {
	var accounts []string
	behind := ""
	if after != "" {
		behind = Stream(after) + behindAll
	}
	for len(accounts) < limit {
		recs, err := s.Journal.Prefix(ctx, Family+"/", behind, 1)
		if err != nil || len(recs) == 0 {
			return accounts, err
		}
		accounts = append(accounts, AccountOf(recs[0].Stream))
		behind = recs[0].Stream + behindAll
	}
	return accounts, nil
}

// eachAccount goes through all accounts and stops at the first error.
func (s *Service) eachAccount(ctx context.Context, each func(account string) error) error {
	after := ""
	for {
		page, err := s.Accounts(ctx, after, accountsPage)
		if err != nil {
			return err
		}
		for _, account := range page {
			if err := each(account); err != nil {
				return err
			}
			after = account
		}
		if len(page) < accountsPage {
			return nil
		}
	}
}

// StateAt is an account as it stood at an instant, or as the clock alone will have made it at a coming one: the last
// record that is not later, and what fell due since. Before its first record an account is empty.
func (s *Service) StateAt(ctx context.Context, account string, at time.Time) (State, error) {
	at = calendar.Milli(at)
	rec, err := s.recordAt(ctx, account, at)
	if err != nil {
		return State{}, err
	}
	state, err := StateOf(rec)
	if err != nil {
		return State{}, err
	}
	state.Owner = account
	state, _ = state.Settle(at)
	return state, nil
}

// recordAt is the account's last record that is not later than at; Seq 0 where there is none.
func (s *Service) recordAt(ctx context.Context, account string, at time.Time) (journal.Record, error) {
	stream := Stream(account)
	last, err := s.Journal.Last(ctx, stream)
	if err != nil || last.Seq == 0 || !last.At.After(at) {
		return last, err
	}
	var found journal.Record
	// The first seq whose record is later; the one before it is the answer.
	sort.Search(int(last.Seq), func(i int) bool {
		if err != nil {
			return true
		}
		var recs []journal.Record
		recs, err = s.Journal.Read(ctx, stream, int64(i)+1, 1)
		if err != nil || len(recs) == 0 || recs[0].At.After(at) {
			return true
		}
		if recs[0].Seq > found.Seq {
			found = recs[0]
		}
		return false
	})
	return found, err
}
