package points

import (
	"context"
	"encoding/json"
	"slices"

	"firebrand/internal/fault"
	"firebrand/internal/journal"
)

// UndoneKept is how many undone records an account remembers; of older ones the journal is asked.
const UndoneKept = 4

// Undone is how much of the record at Seq was undone: of a spend given back, of an award taken back or delivered.
type Undone struct {
	// Seq is the undone record's, in the stream of Account; empty is the account's own.
	Account string
	Seq     int64
	Amount  int64
	// Last is the seq of the record that undid it last.
	Last int64
}

// undone is how much of the record that an operation names was undone before; known is false where the account does
// not remember and the journal must be asked.
func (s *State) undone(op Op) (amount int64, known bool) {
	for _, u := range s.Undone {
		if u.Seq == op.OfSeq && u.Account == op.OfAccount {
			return u.Amount, true
		}
	}
	return 0, op.OfAccount == "" && s.UndoneTo <= op.OfSeq
}

// undo remembers that more of a record is undone, and forgets the record that was undone longest ago.
func (s *State) undo(op Op, before, more int64) {
	s.Undone = slices.DeleteFunc(s.Undone, func(u Undone) bool { return u.Seq == op.OfSeq && u.Account == op.OfAccount })
	s.Undone = append(s.Undone, Undone{Account: op.OfAccount, Seq: op.OfSeq, Amount: before + more, Last: s.Seq + 1})
	if len(s.Undone) > UndoneKept {
		s.UndoneTo = s.Undone[0].Last
		s.Undone = slices.Delete(s.Undone, 0, 1)
	}
}

// undoneBefore is how much was undone before: as the account remembers, else as the operation brings it from the journal.
func (s *State) undoneBefore(op Op) int64 {
	if amount, known := s.undone(op); known {
		return amount
	}
	return op.Before
}

// lookBack asks the journal how much of the record that an operation undoes was undone before, where the account does
// not remember. What it reads is older than the account's last record, so that the decision on that record stays one.
func (s *Service) lookBack(ctx context.Context, op Op, prev State) (Op, error) {
	if op.OfSeq == 0 {
		return op, nil
	}
	origin := op.OfAccount
	if origin == op.Account {
		op.OfAccount = ""
	}
	if _, known := prev.undone(op); known {
		return op, nil
	}
	var err error
	if op.OfAccount == "" {
		op.Before, err = s.undoneBetween(ctx, op.Account, op, op.OfSeq+1, prev.UndoneTo)
		return op, err
	}
	op.Before, err = s.undoneAlong(ctx, op, origin, prev.Seq)
	return op, err
}

// undoneAlong asks all accounts from the one that the record is of to the one that it was merged into.
func (s *Service) undoneAlong(ctx context.Context, op Op, origin string, to int64) (before int64, err error) {
	account, from := origin, op.OfSeq+1
	for range mergesMost {
		last, err := s.Journal.Last(ctx, Stream(account))
		if err != nil {
			return 0, err
		}
		own := op
		if account == origin {
			own.OfAccount = ""
		}
		upTo := last.Seq
		if account == op.Account {
			upTo = to
		}
		n, err := s.undoneBetween(ctx, account, own, from, upTo)
		if err != nil || account == op.Account {
			return before + n, err
		}
		state, err := s.states.of(last)
		if err != nil {
			return 0, err
		}
		before, account, from = before+n, state.MergedInto, 1
	}
	return 0, fault.New(fault.Conflict, "points.merge_circle")
}

// undoneBetween adds up what the records from one seq to another undid of the record that an operation names.
func (s *Service) undoneBetween(ctx context.Context, account string, op Op, from, to int64) (undone int64, err error) {
	for from <= to {
		recs, err := s.Journal.Read(ctx, Stream(account), from, int(min(to-from+1, 500)))
		if err != nil || len(recs) == 0 {
			return undone, err
		}
		for _, rec := range recs {
			n, err := undoes(rec, op)
			if err != nil {
				return 0, err
			}
			undone += n
		}
		from = recs[len(recs)-1].Seq + 1
	}
	return undone, nil
}

// undoes is how much of the record that op names this record undid.
func undoes(rec journal.Record, op Op) (int64, error) {
	switch Kind(rec.Kind) {
	case KindRefund, KindReverse, KindDeliver:
	default:
		return 0, nil
	}
	var body struct {
		Op struct {
			Amount    int64  `json:"n"`
			OfSeq     int64  `json:"oq"`
			OfAccount string `json:"oa"`
		} `json:"op"`
		Moved int64 `json:"moved"`
	}
	if err := json.Unmarshal(rec.Body, &body); err != nil {
		return 0, unreadable(rec, err)
	}
	switch {
	case body.Op.OfSeq != op.OfSeq || body.Op.OfAccount != op.OfAccount:
		return 0, nil
	case Kind(rec.Kind) == KindRefund:
		return body.Moved, nil
	}
	return body.Op.Amount, nil
}
