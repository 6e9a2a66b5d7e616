package points

import (
	"context"
	"time"

	"firebrand/internal/fault"
	"firebrand/internal/journal"
)

// Merge makes an account part of another of the same person: its points with their age, its debt and its months on the
// boards. The record of the account that ends decides; it is the last one there, and what is asked of that account
// later is carried out on the other. Repeated, under any key, it finishes what a crash left half done.
//
// Faults: Invalid ("points.reason", "points.merge_self"), Conflict ("points.merge_holds" while something holds points of
// the account that would end, "points.merged" where it was merged into yet another, "points.merge_circle" where Into is
// part of From itself).
func (s *Service) Merge(ctx context.Context, r Merge) (Receipt, error) {
	s.merging.Lock()
	defer s.merging.Unlock()
	if err := s.noCircle(ctx, r); err != nil {
		return Receipt{}, err
	}
	_, err := s.do(ctx, r.op())
	if f := fault.As(err); f != nil && f.Key == "points.merged" {
		return s.mergedBefore(ctx, r, err)
	}
	if err != nil {
		return Receipt{}, err
	}
	return s.finishMerge(ctx, r.From)
}

// noCircle follows where Into went and fails where that is From.
func (s *Service) noCircle(ctx context.Context, r Merge) error {
	account := r.Into
	for range mergesMost {
		_, state, err := s.last(ctx, account)
		if err != nil || state.MergedInto == "" {
			return err
		}
		if account = state.MergedInto; account == r.From {
			break
		}
	}
	return fault.New(fault.Conflict, "points.merge_circle")
}

// mergedBefore finishes a merge that was decided under another key.
func (s *Service) mergedBefore(ctx context.Context, r Merge, err error) (Receipt, error) {
	_, state, lookErr := s.last(ctx, r.From)
	if lookErr != nil {
		return Receipt{}, lookErr
	}
	if state.MergedInto != r.Into {
		return Receipt{}, err
	}
	return s.finishMerge(ctx, r.From)
}

// finishMerge carries what the last record of a merged account gave away into the account that takes it.
func (s *Service) finishMerge(ctx context.Context, from string) (Receipt, error) {
	last, err := s.Journal.Last(ctx, Stream(from))
	if err != nil {
		return Receipt{}, err
	}
	out, err := ChangeOf(last)
	if err != nil {
		return Receipt{}, err
	}
	op := out.Op
	op.Kind, op.Key, op.Account, op.Other, op.OfAt = KindMergeIn, mergeKey(from), out.Op.Other, from, last.At
	return s.do(ctx, op)
}

// mergeKey is the key under which an account takes another in.
func mergeKey(from string) string { return "merge/" + from }

// last is an account's last record and what it says.
func (s *Service) last(ctx context.Context, account string) (journal.Record, State, error) {
	rec, err := s.Journal.Last(ctx, Stream(account))
	if err != nil {
		return rec, State{}, err
	}
	state, err := s.states.of(rec)
	return rec, state, err
}

// finishCut finishes a merge that a crash cut in half, or that is under way, before an operation goes on to the account
// that takes: a refund must find there what was spent. Only the arrival of another account does without.
func (s *Service) finishCut(ctx context.Context, op Op, into string) error {
	if op.Kind == KindMergeIn {
		return nil
	}
	missing, err := s.mergeMissing(ctx, op.Account, into)
	if missing {
		_, err = s.finishMerge(ctx, op.Account)
	}
	return err
}

// OpenMerge is a merge whose points have left one account and not come to the other.
type OpenMerge struct {
	From, Into string
	At         time.Time
}

// OpenMerges lists the merges that a crash left half done; Sweep, Merge and whatever is asked of the account that ended
// finish them. It reads every account.
func (s *Service) OpenMerges(ctx context.Context) ([]OpenMerge, error) {
	var open []OpenMerge
	err := s.eachAccount(ctx, func(account string) error {
		rec, state, err := s.last(ctx, account)
		if err != nil || state.MergedInto == "" {
			return err
		}
		missing, err := s.mergeMissing(ctx, account, state.MergedInto)
		if missing {
			open = append(open, OpenMerge{account, state.MergedInto, rec.At})
		}
		return err
	})
	return open, err
}

// mergeMissing reports whether what a merged account gave has not come in.
func (s *Service) mergeMissing(ctx context.Context, account, into string) (bool, error) {
	_, _, err := s.recordOf(ctx, into, mergeKey(account), "points.key_missing")
	if fault.Is(err, fault.NotFound) {
		return true, nil
	}
	return false, err
}
