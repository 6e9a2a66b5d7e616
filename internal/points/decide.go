package points

import (
	"context"
	"errors"
	"slices"
	"time"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/journal"
)

// errActed ends a decision whose key acted before, or on whose record another followed; the journal answers with the
// record of the key, where there is one.
var errActed = errors.New("points: somebody acted before")

// movedAway ends a decision on an account that was merged into another.
type movedAway struct{ into string }

func (m *movedAway) Error() string { return "points: the account was merged into " + m.into }

// mergesMost bounds through how many merges a request is forwarded.
const mergesMost = 32

// forwardedKey is what a key of a merged account is called in the account that took it in, so that it never meets one
// of that account's own.
func forwardedKey(account, key string) string { return forwardedPrefix + account + "/" + key }

const forwardedPrefix = "of/"

// do decides, and tells a request under a voided key so.
func (s *Service) do(ctx context.Context, op Op) (Receipt, error) {
	rec, err := s.decide(ctx, op)
	if !fault.Is(err, fault.KeyReused) {
		return rec, err
	}
	if stored, _, lookErr := s.recordOf(ctx, op.Account, op.Key, "points.key_missing"); lookErr == nil && Kind(stored.Kind) == KindVoid {
		return Receipt{}, fault.New(fault.Conflict, "points.voided", "key", op.Key)
	}
	return rec, err
}

// decide appends the operation's record, in the account that its own was merged into where it was.
func (s *Service) decide(ctx context.Context, op Op) (Receipt, error) {
	return s.decideBehind(ctx, op, 0)
}

// decideBehind does so only where the account's last record is the one with this seq; zero is any.
func (s *Service) decideBehind(ctx context.Context, op Op, behind int64) (Receipt, error) {
	what := op.asked()
	for range mergesMost {
		d := decision{s: s, op: op, behind: behind}
		rec, err := s.Journal.Decide(ctx, Stream(op.Account), journal.Request{Key: op.Key, Actor: op.Actor, What: what}, d.next(ctx))
		if err != nil || rec.Replayed {
			d.giveBack()
		}
		var moved *movedAway
		switch {
		case errors.As(err, &moved):
			if err := s.finishCut(ctx, op, moved.into); err != nil {
				return Receipt{}, err
			}
			op = op.forwarded(moved.into)
			continue
		case err != nil:
			return Receipt{}, err
		case rec.Replayed:
			return receipt(rec)
		}
		s.states.put(rec, d.change.After)
		return Receipt{Record: rec, Change: d.change}, nil
	}
	return Receipt{}, fault.New(fault.Conflict, "points.merge_circle")
}

// forwarded is the operation on the account that its own was merged into.
func (op Op) forwarded(into string) Op {
	from := op.Account
	op.Account, op.Key = into, forwardedKey(from, op.Key)
	if op.Hold != "" {
		op.Hold = forwardedKey(from, op.Hold)
	}
	if op.As != "" {
		op.As = forwardedKey(from, op.As)
	}
	return op
}

// decision is one operation on its way into the journal.
type decision struct {
	s      *Service
	op     Op
	change Change
	// behind is the seq of the only record that this one may follow, zero where it may follow any.
	behind int64
	// undo gives back what was taken from the budget for a record that did not come about.
	undo func()
}

// giveBack undoes what an attempt took from the budget.
func (d *decision) giveBack() {
	if d.undo != nil {
		d.undo()
		d.undo = nil
	}
}

// next decides on an account's last record.
func (d *decision) next(ctx context.Context) journal.Decision {
	return func(last journal.Record, at time.Time) (string, any, error) {
		d.giveBack()
		if d.behind > 0 && last.Seq != d.behind {
			return "", nil, errActed
		}
		prev, err := d.s.states.of(last)
		if err != nil {
			return "", nil, err
		}
		switch {
		case prev.MergedInto != "" && d.op.Kind == KindMergeOut:
			return "", nil, fault.New(fault.Conflict, "points.merged")
		case prev.MergedInto != "":
			return "", nil, &movedAway{prev.MergedInto}
		}
		p, zone, err := d.s.rulesAt(ctx, at)
		if err != nil {
			return "", nil, err
		}
		op, err := d.s.lookBack(ctx, d.op, prev)
		if err != nil {
			return "", nil, err
		}
		if d.change, err = Apply(prev, op, at, p, zone); err != nil {
			return "", nil, err
		}
		if d.gives() {
			if op.Refused, err = d.take(ctx, at); err != nil {
				return "", nil, err
			}
			if op.Refused != "" {
				if d.change, err = Apply(prev, op, at, p, zone); err != nil {
					return "", nil, err
				}
			}
		}
		return string(d.change.Op.Kind), d.change.body(), nil
	}
}

// gives reports whether a budget is asked: for points that somebody's funding brings in.
func (d *decision) gives() bool {
	op := d.change.Op
	return d.s.Budget != nil && op.Funding != "" && d.change.Moved > 0 &&
		(op.Kind == KindAward || op.Kind == KindCorrect && op.Amount > 0)
}

// take asks the budget, unless the key acted before: a repetition must not even for a moment take what is another's.
func (d *decision) take(ctx context.Context, at time.Time) (refused string, err error) {
	op := d.change.Op
	if !d.s.Budget.Bounds(op.Funding, at) {
		return "", nil
	}
	_, acted, err := d.s.Journal.ByKey(ctx, Stream(op.Account), op.Key)
	switch {
	case err != nil:
		return "", err
	case acted:
		return "", errActed
	}
	d.undo, refused, err = d.s.Budget.Take(ctx, op.Funding, at, d.change.Moved)
	return refused, err
}

// returned tells the budget what was taken back, by the funding of the very points.
func (s *Service) returned(ctx context.Context, r Receipt, err error) {
	if s.Budget == nil || err != nil || r.Record.Replayed || r.Op.Kind != KindReverse && r.Op.Kind != KindCorrect {
		return
	}
	at := r.Op.OfAt
	if at.IsZero() {
		at = r.Record.At
	}
	back := map[string]int64{}
	for _, l := range r.Took {
		back[l.Funding] += l.Amount
	}
	for funding, amount := range back {
		if funding != "" {
			s.Budget.Return(ctx, funding, at, amount)
		}
	}
}

func receipt(rec journal.Record) (Receipt, error) {
	change, err := ChangeOf(rec)
	return Receipt{Record: rec, Change: change}, err
}

// recordOf finds the record that a key made in an account, or under it in one that the account was merged into, and in
// which; or it fails with fault.NotFound under the message key.
func (s *Service) recordOf(ctx context.Context, account, key, message string) (rec journal.Record, in string, err error) {
	asked := key
	for range mergesMost {
		rec, found, err := s.Journal.ByKey(ctx, Stream(account), key)
		if err != nil || found {
			return rec, account, err
		}
		last, err := s.Journal.Last(ctx, Stream(account))
		if err != nil {
			return journal.Record{}, "", err
		}
		state, err := s.states.of(last)
		if err != nil {
			return journal.Record{}, "", err
		}
		if state.MergedInto == "" {
			break
		}
		account, key = state.MergedInto, forwardedKey(account, key)
	}
	return journal.Record{}, "", fault.New(fault.NotFound, message, "key", asked)
}

// origin finds the record that an operation undoes, one of these kinds, and puts what it moved into the operation, and
// the key that it has where it stands.
func (s *Service) origin(ctx context.Context, op *Op, message string, kinds ...Kind) error {
	rec, in, err := s.recordOf(ctx, op.Account, op.Of, message)
	if err != nil {
		return err
	}
	if !slices.Contains(kinds, Kind(rec.Kind)) {
		return fault.New(fault.NotFound, message, "key", op.Of)
	}
	c, err := ChangeOf(rec)
	if err != nil {
		return err
	}
	op.Of, op.OfSeq, op.OfAccount, op.OfAt = rec.Key, rec.Seq, in, rec.At
	op.Pieces, op.Caps, op.CapMonth = c.undoable(op.Kind)
	return nil
}

// undoable is what an operation of that kind undoes of this change: the points, and the caps that they came under.
func (c Change) undoable(kind Kind) (pieces []Lot, caps []Cap, month calendar.Month) {
	if kind == KindRefund {
		return c.Took, nil, calendar.Month{}
	}
	l := c.Op.lot()
	l.Amount = c.Moved
	if kind == KindDeliver {
		return []Lot{l}, nil, calendar.Month{}
	}
	return []Lot{l}, c.Op.Caps, c.Op.CapMonth
}
