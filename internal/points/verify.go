package points

import (
	"errors"
	"fmt"
	"slices"

	"firebrand/internal/journal"
)

// VerifyStream replays an account's records from its first and checks that each gives what is stored, keeps the laws,
// acts under a key of its own and gives back only what the record it names had taken. Its error names the first record
// that does not. The chain itself is the journal's to verify.
func VerifyStream(records []journal.Record) error { return VerifyFrom(journal.Record{}, records) }

// VerifyFrom does so for records that follow opening, whose state is taken for granted; Seq 0 is the account's
// beginning. What a record undoes from before opening is taken for granted too.
func VerifyFrom(opening journal.Record, records []journal.Record) error {
	state, err := StateOf(opening)
	if err != nil {
		return err
	}
	v := replaying{opening: opening.Seq, state: state, done: map[string]Change{}, undone: map[int64]int64{}}
	for _, rec := range records {
		if err := v.next(rec); err != nil {
			return err
		}
	}
	return nil
}

// replaying carries out a stream's records once more.
type replaying struct {
	opening int64
	state   State
	done    map[string]Change
	undone  map[int64]int64
}

func (v *replaying) next(rec journal.Record) error {
	stored, err := ChangeOf(rec)
	if err != nil {
		return err
	}
	broken := func(why any) error { return fmt.Errorf("points: record %s: %v", rec.ID(), why) }
	if _, twice := v.done[rec.Key]; twice || rec.Seq != v.state.Seq+1 {
		return broken("its key or its seq is there twice")
	}
	replayed, err := Replay(v.state, stored.Op, rec.At)
	if err != nil {
		return broken(err)
	}
	if err := sameChange(stored, replayed); err != nil {
		return broken(err)
	}
	if err := Check(stored.After); err != nil {
		return broken(err)
	}
	if err := v.sameOrigin(replayed); err != nil {
		return broken(err)
	}
	v.done[rec.Key], v.state = replayed, replayed.After
	return nil
}

// sameChange compares what is stored with what replaying gives.
func sameChange(stored, replayed Change) error {
	switch {
	case !slices.Equal(stored.Fell, replayed.Fell):
		return fmt.Errorf("fell due %+v, stored is %+v", replayed.Fell, stored.Fell)
	case !slices.Equal(stored.Took, replayed.Took) || stored.Moved != replayed.Moved || stored.Delta != replayed.Delta ||
		stored.Repaid != replayed.Repaid || stored.Owed != replayed.Owed || stored.Asked != replayed.Asked ||
		stored.Cut != replayed.Cut || stored.CutBy != replayed.CutBy:
		return errors.New("replaying moves other points than it says")
	case !stored.After.Equal(replayed.After):
		return fmt.Errorf("replaying gives %+v, stored is %+v", replayed.After, stored.After)
	}
	return nil
}

// Equal reports whether both are the same account in the same state.
func (s State) Equal(o State) bool {
	return s.Owner == o.Owner && s.Seq == o.Seq && s.At.Equal(o.At) && s.Debt == o.Debt && s.Totals == o.Totals &&
		s.IdleUntil.Equal(o.IdleUntil) && s.BurnsAt.Equal(o.BurnsAt) &&
		slices.Equal(s.Lots, o.Lots) && slices.Equal(s.Months, o.Months) && slices.Equal(s.Undone, o.Undone) &&
		s.UndoneTo == o.UndoneTo && s.CapMonth == o.CapMonth && slices.Equal(s.Capped, o.Capped) && s.MergedInto == o.MergedInto &&
		slices.EqualFunc(s.Holds, o.Holds, func(a, b Hold) bool {
			return a.ID == b.ID && a.Ref == b.Ref && a.At.Equal(b.At) && a.Month == b.Month && slices.Equal(a.Pieces, b.Pieces)
		})
}

// sameOrigin checks that what undoes names an earlier record, undoes the points of that record, and that all that
// undoes it together undoes no more than it moved. A record of a merged account stands in another stream.
func (v *replaying) sameOrigin(c Change) error {
	op := c.Op
	undone := op.Amount
	switch op.Kind {
	case KindRefund:
		undone = c.Moved
	case KindReverse:
	case KindDeliver:
		if op.Of == "" {
			return nil
		}
	default:
		return nil
	}
	if op.OfAccount != "" || op.OfSeq > 0 && op.OfSeq <= v.opening {
		return nil
	}
	origin := v.done[op.Of]
	pieces, caps, month := origin.undoable(op.Kind)
	if origin.After.Seq != op.OfSeq || !slices.Equal(pieces, op.Pieces) || !slices.Equal(caps, op.Caps) || month != op.CapMonth {
		return fmt.Errorf("it undoes %q, which moved other points", op.Of)
	}
	if v.undone[op.OfSeq] += undone; v.undone[op.OfSeq] > sum(pieces) {
		return fmt.Errorf("%q is undone beyond what it moved", op.Of)
	}
	return nil
}
