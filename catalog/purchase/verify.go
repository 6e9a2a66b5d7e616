package purchase

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"firebrand/internal/journal"
	"firebrand/internal/points"
)

// CheckStream is the law of one order's stream, over all of its records: each revision comes once, the moves of a record
// are those that bring what the accounts had to what the order is worth, and what they have follows from the moves and
// their outcome. It returns a *journal.Broken that names the first record that does not hold. The chain itself is
// checked by journal.Verify, whose function for each stream this is.
func CheckStream(stream string, recs []journal.Record) error {
	var before body
	for _, rec := range recs {
		b, err := bodyOf(rec)
		if err != nil {
			return &journal.Broken{ID: rec.ID(), Why: err.Error()}
		}
		why := b.headless(stream, rec, before)
		if why == "" {
			why = b.follows(rec, before)
		}
		if why != "" {
			return &journal.Broken{ID: rec.ID(), Why: why}
		}
		before = b
	}
	return nil
}

// headless says what is wrong with how a record names itself.
func (b body) headless(stream string, rec journal.Record, before body) string {
	o := b.After
	switch {
	case Stream(o.ID) != stream:
		return "tells of another order"
	case rec.Kind == kindOutcome && rec.Key == outcomeKey(b.Of) && b.Of == rec.Seq-1 && before.open():
		return ""
	case rec.Kind == kindOutcome || !State(rec.Kind).known() || b.Said == nil:
		return fmt.Sprintf("has the kind %q and the key %q, which do not go together here", rec.Kind, rec.Key)
	case rec.Key != revisionKey(b.Said.Revision) || !o.Marks.saw(b.Said.Revision) || before.After.Marks.saw(b.Said.Revision):
		return "does not note its own revision"
	case o.Revision != max(before.After.Revision, b.Said.Revision):
		return "names another newest revision"
	}
	return ""
}

// follows says where a record's accounts do not follow from the record before.
func (b body) follows(rec journal.Record, before body) string {
	o := b.After
	o.Slots = before.After.copySlots()
	var moves []Move
	if rec.Kind == kindOutcome {
		for _, t := range b.Told {
			if t.Move < 1 || t.Move > len(before.Moves) {
				return "tells the outcome of no move"
			}
		}
		o.tell(b.Of, before.Moves, b.Told)
	} else {
		for _, s := range o.Shares {
			if len(s.ByLine) != len(o.Lines) {
				return "shares points by other lines than it has"
			}
		}
		var err error
		if moves, err = o.plan(rec.Seq); err != nil {
			return err.Error()
		}
	}
	moved := b.Moves
	if n := len(moved); n > 0 && moved[n-1].Verb == VerbFree {
		moved = moved[:n-1]
	}
	if !same(moves, moved) {
		return fmt.Sprintf("moves %+v, where %+v follows", moved, moves)
	}
	if !same(o.Slots, b.After.Slots) {
		return fmt.Sprintf("leaves %+v, where %+v follows", b.After.Slots, o.Slots)
	}
	return b.After.adds()
}

// adds says where sums do not agree.
func (o Order) adds() string {
	for _, s := range o.Slots {
		left := s.Given
		for _, p := range s.Parts {
			left -= p.Left
		}
		cut := s.Asked - s.Given
		for _, c := range s.Cuts {
			cut -= c.Points
		}
		if left != 0 || cut != 0 || s.Given < 0 {
			return fmt.Sprintf("gives %d of %d to %s, which is not the sum of its parts", s.Given, s.Asked, s.Account)
		}
	}
	return ""
}

func (o Order) copySlots() []Slot {
	slots := make([]Slot, len(o.Slots))
	for i, s := range o.Slots {
		s.Parts, s.Cuts = append([]Part(nil), s.Parts...), append([]Cut(nil), s.Cuts...)
		slots[i] = s
	}
	return slots
}

// same compares two lists as they are written; none and empty are the same.
func same[T any](a, b []T) bool {
	if len(a) == 0 || len(b) == 0 {
		return len(a) == len(b)
	}
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

// Agree checks that points moved as an order's last record says: what each account has of it was awarded or delivered
// to it, no less. It reads the journal only. Open says that the record's moves are not carried out yet, which a running
// server does within a minute.
func (s *Service) Agree(ctx context.Context, last journal.Record) (open bool, err error) {
	b, err := bodyOf(last)
	if err != nil {
		return false, &journal.Broken{ID: last.ID(), Why: err.Error()}
	}
	for i, m := range b.Moves {
		done, err := s.carriedOut(ctx, b.After, moveKey(b.After.ID, last.Seq, i+1), m)
		if err != nil {
			return false, err
		}
		if !done {
			return true, nil
		}
	}
	for _, slot := range b.After.Slots {
		for _, p := range slot.Parts {
			if err := s.agree(ctx, last, slot, p); err != nil {
				return false, err
			}
		}
	}
	return false, nil
}

// agree checks one part of what an account has.
func (s *Service) agree(ctx context.Context, last journal.Record, slot Slot, p Part) error {
	key := moveKey(IDOf(last.Stream), p.Seq, p.Move)
	r, found, err := s.receipt(ctx, slot.Account, key)
	switch {
	case err != nil:
		return err
	case !found:
		return &journal.Broken{ID: last.ID(), Why: fmt.Sprintf("says that %s has %d points by %s, of which the account knows nothing", slot.Account, p.Left, key)}
	case r.Moved < p.Left:
		return &journal.Broken{ID: r.Record.ID(), Why: fmt.Sprintf("moves %d points, of which %s says that %d are left", r.Moved, last.Stream, p.Left)}
	}
	return nil
}

// carriedOut reports whether a move was made.
func (s *Service) carriedOut(ctx context.Context, o Order, key string, m Move) (bool, error) {
	if m.Verb == VerbFree {
		_, found, err := s.Journal.ByKey(ctx, BuyerStream(m.Account), key)
		return found, err
	}
	_, found, err := s.receipt(ctx, o.Slots[m.Slot].Account, key)
	return found, err
}

// receipt finds what a key did in an account of points, or in the one that it was merged into.
func (s *Service) receipt(ctx context.Context, account, key string) (points.Receipt, bool, error) {
	rec, found, err := s.Points.Record(ctx, account, key)
	if err != nil || !found {
		return points.Receipt{}, false, err
	}
	change, err := points.ChangeOf(rec)
	return points.Receipt{Record: rec, Change: change}, true, err
}

// CheckBuyer is the law of one buyer's stream: every record is of an order, groups and numbers it gives are not another
// order's. It returns a *journal.Broken.
func CheckBuyer(stream string, recs []journal.Record) error {
	var before buyerAfter
	for _, rec := range recs {
		b, err := buyerOf(rec)
		if err != nil {
			return &journal.Broken{ID: rec.ID(), Why: err.Error()}
		}
		if !strings.HasPrefix(rec.Key, Stream(b.Order)+"/") || rec.Kind != kindClaimed && rec.Kind != kindFreed {
			return &journal.Broken{ID: rec.ID(), Why: "is of no order"}
		}
		if rec.Kind == kindClaimed {
			for _, g := range b.Facts.Groups {
				if had := before.Groups[g]; had != "" && had != b.Order {
					return &journal.Broken{ID: rec.ID(), Why: fmt.Sprintf("gives the group %q of %s away", g, had)}
				}
			}
		}
		before = b.After
	}
	return nil
}
