package points

import "fmt"

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
	if gone := s.Spent + s.Expired + s.Burned + s.Reversed + s.MovedOut; s.Earned+s.MovedIn != there+gone {
		return fmt.Errorf("%d came in, but %d are there and %d are gone", s.Earned+s.MovedIn, there, gone)
	}
	for _, n := range []int64{s.Earned, s.Spent, s.Expired, s.Burned, s.Reversed, s.MovedIn, s.MovedOut, s.Debt} {
		if n < 0 {
			return fmt.Errorf("below zero: totals %+v, debt %d", s.Totals, s.Debt)
		}
	}
	if !s.BurnsAt.IsZero() && s.BurnsAt.Before(s.IdleUntil) {
		return fmt.Errorf("burns at %s, before idle until %s", s.BurnsAt, s.IdleUntil)
	}
	if s.MergedInto != "" && (there > 0 || s.Debt > 0) {
		return fmt.Errorf("merged into %s, and still has %d points and %d of debt", s.MergedInto, there, s.Debt)
	}
	if err := checkLists(s); err != nil {
		return err
	}
	return checkMonths(s.Months)
}

// checkLists checks that what an account remembers of its past is small and in order.
func checkLists(s State) error {
	if len(s.Undone) > UndoneKept {
		return fmt.Errorf("remembers %d undone records", len(s.Undone))
	}
	for i, c := range s.Capped {
		if c.Amount < 0 || i > 0 && s.Capped[i-1].Cap >= c.Cap {
			return fmt.Errorf("cap %q is out of order or below zero", c.Cap)
		}
	}
	for i, u := range s.Undone {
		if u.Amount <= 0 || u.Last > s.Seq || i > 0 && s.Undone[i-1].Last >= u.Last {
			return fmt.Errorf("what was undone of record %d is out of order or nothing", u.Seq)
		}
	}
	return nil
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
