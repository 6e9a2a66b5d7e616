package challenge

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"

	"firebrand/internal/journal"
	"firebrand/internal/points"
)

// CheckStream is the law of one account in one challenge, over all of its records: a step is paid, given, reopened and
// taken in this order and round by round, other steps stay as they were, and what is kept adds up. It returns a
// *journal.Broken that names the first record that does not hold. The chain itself is checked by journal.Verify, whose
// function for each stream this is.
func CheckStream(stream string, recs []journal.Record) error {
	var before Standing
	for _, rec := range recs {
		var b body
		if err := json.Unmarshal(rec.Body, &b); err != nil {
			return &journal.Broken{ID: rec.ID(), Why: err.Error()}
		}
		if Stream(b.After.Challenge, b.After.Account) != stream {
			return &journal.Broken{ID: rec.ID(), Why: "tells of another account"}
		}
		was, is := before.Step(b.Step), b.After.Step(b.Step)
		if why := follows(Kind(rec.Kind), was, is); why != "" {
			return &journal.Broken{ID: rec.ID(), Why: why}
		}
		want := before.with(is)
		want.Challenge, want.Account, want.Seq = b.After.Challenge, b.After.Account, 0
		if !reflect.DeepEqual(want, b.After) {
			return &journal.Broken{ID: rec.ID(), Why: "changes more than its step"}
		}
		before = b.After
	}
	return nil
}

// follows says why a step's state may not follow the one before under this kind; empty where it may.
func follows(kind Kind, was, is StepState) string {
	ways := map[Kind]struct{ from, to Stand }{
		KindGiven: {StandPaying, StandPaid}, KindReopened: {StandPaid, StandTaking}, KindTaken: {StandTaking, StandOpen},
	}
	way, known := ways[kind]
	if kind == KindPaid {
		known, way.from, way.to = true, "", StandPaying
		if was.Round > 0 {
			way.from = StandOpen
		}
	}
	round := was.Round
	if kind == KindPaid {
		round++
	}
	kept := was.Kept
	switch kind {
	case KindGiven:
		kept += is.Given
	case KindTaken:
		kept -= is.Taken
	}
	switch {
	case !known:
		return fmt.Sprintf("has the unknown kind %q", kind)
	case was.Stand != way.from || is.Stand != way.to:
		return fmt.Sprintf("%s leads from %q to %q", kind, was.Stand, is.Stand)
	case is.Round != round:
		return fmt.Sprintf("is round %d, where %d follows", is.Round, round)
	case is.Kept != kept || is.Kept < 0:
		return fmt.Sprintf("keeps %d, where %d follows", is.Kept, kept)
	case is.Given > is.Asked || is.Taken > is.Given:
		return "moves more than it may"
	}
	return ""
}

// Agree checks for the last record of a stream that the account of points tells the same: what each step's newest round
// gave and took is what the records under its keys moved. It reads the journal only; a step under way agrees.
func (s *Service) Agree(ctx context.Context, last journal.Record) error {
	st, err := StandingOf(last)
	if err != nil {
		return err
	}
	for _, step := range st.Steps {
		if step.Stand == StandPaid || step.Stand == StandOpen {
			if err := s.moved(ctx, st, awardKey(st.Challenge, step.Step, step.Round), step.Given); err != nil {
				return err
			}
		}
		if step.Stand == StandOpen {
			if err := s.moved(ctx, st, reverseKey(st.Challenge, step.Step, step.Round), step.Taken); err != nil {
				return err
			}
		}
	}
	return nil
}

// moved checks what one key moved in the account.
func (s *Service) moved(ctx context.Context, st Standing, key string, want int64) error {
	rec, found, err := s.Points.Record(ctx, st.Account, key)
	if err != nil {
		return err
	}
	var moved int64
	if found {
		change, err := points.ChangeOf(rec)
		if err != nil {
			return err
		}
		moved = change.Moved + change.Owed
	}
	if moved != want {
		return &journal.Broken{ID: Stream(st.Challenge, st.Account), Why: fmt.Sprintf("says that %s moved %d, the account says %d", key, want, moved)}
	}
	return nil
}
