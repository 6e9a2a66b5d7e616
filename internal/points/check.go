package points

import (
	"errors"
	"fmt"
	"slices"

	"firebrand/internal/journal"
)

// Check holds the laws against one state, as a record leaves it: nothing is made or lost, nothing but debt stands for
// less than nothing, no lot has outlived its end, and no two things have one identity. Its error names what broke.
func Check(s State) error {
	held, err := checkHolds(s.Holds)
	if err != nil {
		return err
	}
	if err := checkLots(s); err != nil {
		return err
	}
	there := sum(s.Lots) + held
	if gone := s.Spent + s.Expired + s.Burned + s.Reversed; s.Earned != there+gone {
		return fmt.Errorf("earned %d, but %d are there and %d are gone", s.Earned, there, gone)
	}
	for _, n := range []int64{s.Earned, s.Spent, s.Expired, s.Burned, s.Reversed, s.Debt} {
		if n < 0 {
			return fmt.Errorf("below zero: totals %+v, debt %d", s.Totals, s.Debt)
		}
	}
	if !s.BurnsAt.IsZero() && s.BurnsAt.Before(s.IdleUntil) {
		return fmt.Errorf("burns at %s, before idle until %s", s.BurnsAt, s.IdleUntil)
	}
	return checkMonths(s.Months)
}

func checkLots(s State) error {
	for i, l := range s.Lots {
		end, _ := l.End(s.BurnsAt)
		switch {
		case l.Amount <= 0:
			return fmt.Errorf("lot %d has %d points", i, l.Amount)
		case i > 0 && identity(s.Lots[i-1], l) >= 0:
			return fmt.Errorf("lot %d is out of order or there twice", i)
		case !end.After(s.At):
			return fmt.Errorf("lot %d ended at %s and is still there at %s", i, end, s.At)
		case !l.From.Before(l.Expires) && !l.From.Equal(Never):
			return fmt.Errorf("lot %d expires before it is active", i)
		case !l.Month.IsZero() && !l.Source.won():
			return fmt.Errorf("lot %d was not won and has a month", i)
		}
	}
	return nil
}

func checkHolds(holds []Hold) (held int64, err error) {
	seen := map[string]bool{}
	for _, h := range holds {
		if seen[h.ID] || h.ID == "" {
			return 0, fmt.Errorf("hold %q is there twice or has no id", h.ID)
		}
		seen[h.ID] = true
		for i, l := range h.Pieces {
			if l.Amount <= 0 || i > 0 && identity(h.Pieces[i-1], l) >= 0 {
				return 0, fmt.Errorf("hold %q: piece %d is empty, out of order or there twice", h.ID, i)
			}
		}
		if h.Amount() <= 0 {
			return 0, fmt.Errorf("hold %q is empty", h.ID)
		}
		held += h.Amount()
	}
	return held, nil
}

func checkMonths(months []MonthTotal) error {
	if len(months) > MonthsKept {
		return fmt.Errorf("%d months are kept", len(months))
	}
	for i, m := range months {
		if m.Lost < 0 || m.Lost > m.Won || i > 0 && !months[i-1].Month.Before(m.Month) {
			return fmt.Errorf("the total of %s is out of order, or lost %d of %d", m.Month, m.Lost, m.Won)
		}
	}
	return nil
}

// VerifyStream replays an account's records from its first and checks that each gives what is stored, keeps the laws,
// acts under a key of its own and gives back only what the record it names had taken. Its error names the first record
// that does not. The chain itself is the journal's to verify.
func VerifyStream(records []journal.Record) error {
	var state State
	moved := map[string]Change{}
	for _, rec := range records {
		stored, err := ChangeOf(rec)
		if err != nil {
			return err
		}
		broken := func(why any) error { return fmt.Errorf("points: record %s: %v", rec.ID(), why) }
		if _, twice := moved[rec.Key]; twice || rec.Seq != state.Seq+1 {
			return broken("its key or its seq is there twice")
		}
		replayed, err := Replay(state, stored.Op, rec.At)
		if err != nil {
			return broken(err)
		}
		if err := sameChange(stored, replayed); err != nil {
			return broken(err)
		}
		if err := Check(stored.After); err != nil {
			return broken(err)
		}
		if err := sameOrigin(stored.Op, moved); err != nil {
			return broken(err)
		}
		moved[rec.Key], state = replayed, replayed.After
	}
	return nil
}

// sameChange compares what is stored with what replaying gives.
func sameChange(stored, replayed Change) error {
	switch {
	case !slices.Equal(stored.Fell, replayed.Fell):
		return fmt.Errorf("fell due %+v, stored is %+v", replayed.Fell, stored.Fell)
	case !slices.Equal(stored.Took, replayed.Took) || stored.Moved != replayed.Moved || stored.Delta != replayed.Delta ||
		stored.Repaid != replayed.Repaid || stored.Owed != replayed.Owed:
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
		slices.Equal(s.Lots, o.Lots) && slices.Equal(s.Months, o.Months) && slices.Equal(s.Refunds, o.Refunds) &&
		slices.EqualFunc(s.Holds, o.Holds, func(a, b Hold) bool {
			return a.ID == b.ID && a.Ref == b.Ref && a.At.Equal(b.At) && a.Month == b.Month && slices.Equal(a.Pieces, b.Pieces)
		})
}

// sameOrigin checks that a refund or reverse names an earlier record and undoes the points of that record.
func sameOrigin(op Op, moved map[string]Change) error {
	var pieces []Lot
	switch origin := moved[op.Of]; op.Kind {
	case KindRefund:
		pieces = origin.Took
	case KindReverse:
		pieces = []Lot{origin.Op.lot()}
	default:
		return nil
	}
	if moved[op.Of].After.Seq != op.OfSeq || !slices.Equal(pieces, op.Pieces) {
		return fmt.Errorf("it undoes %q, which moved other points", op.Of)
	}
	return nil
}
