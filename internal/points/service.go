package points

import (
	"context"
	"time"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/journal"
)

// Service is where other rooms move and read points. Every method that moves points acts once by its key: repeated,
// it answers from the stored record; another request under the same key is fault.KeyReused. A key that was voided
// fails with fault.Conflict ("points.voided"). All of it is safe for concurrent use.
type Service struct {
	Journal *journal.Journal
	Zone    calendar.Zone
	Policy  Policy
	// Now is the clock of reading; records bear the journal's.
	Now func() time.Time
}

// Receipt is what a call did, read from its record.
type Receipt struct {
	// Record is the journal's; Replayed in it says that the key had acted before.
	Record journal.Record
	Change
}

// Balance is what was spendable right after the record.
func (r Receipt) Balance() int64 { return r.After.alive(r.After.At) }

// Award brings points in. Faults: Invalid ("points.amount", "points.source", "points.dates", "points.month",
// "points.reason"), Forbidden ("points.second").
func (s *Service) Award(ctx context.Context, r Award) (Receipt, error) { return s.do(ctx, r.op()) }

// Deliver gives undelivered purchase points their dates. Faults: Invalid ("points.amount", "points.dates"), Conflict
// ("points.short") where fewer wait under this funding.
func (s *Service) Deliver(ctx context.Context, r Deliver) (Receipt, error) { return s.do(ctx, r.op()) }

// Spend spends points at once. Faults: Invalid ("points.amount"), Conflict ("points.short", with args short and have).
func (s *Service) Spend(ctx context.Context, r Spend) (Receipt, error) { return s.do(ctx, r.op()) }

// Hold sets points aside under the request's key. Faults as in Spend.
func (s *Service) Hold(ctx context.Context, r HoldRequest) (Receipt, error) { return s.do(ctx, r.op()) }

// Resize changes what an open hold holds. Faults as in Spend and in Capture.
func (s *Service) Resize(ctx context.Context, r Resize) (Receipt, error) {
	rec, err := s.do(ctx, r.op())
	return rec, s.ended(ctx, r.Account, r.Hold, err)
}

// Capture ends a hold by spending it. Faults: NotFound ("points.hold_missing"), Conflict ("points.hold_ended") where it
// ended before.
func (s *Service) Capture(ctx context.Context, r End) (Receipt, error) {
	rec, err := s.do(ctx, r.op(KindCapture))
	return rec, s.ended(ctx, r.Account, r.Hold, err)
}

// Release ends a hold by giving its points back with their old age; what of them is past lives for the policy's days
// of grace. Faults as in Capture.
func (s *Service) Release(ctx context.Context, r End) (Receipt, error) {
	rec, err := s.do(ctx, r.op(KindRelease))
	return rec, s.ended(ctx, r.Account, r.Hold, err)
}

// Void makes sure that nothing will ever happen under key in this account: a later request with it fails with
// "points.voided". Where key has acted already it writes nothing and returns that record with Replayed set, so that
// the caller can undo it: a Kind other than KindVoid tells.
func (s *Service) Void(ctx context.Context, account, key, actor string) (Receipt, error) {
	op := Op{Kind: KindVoid, Key: key, Actor: actor, Account: account}
	rec, err := s.decide(ctx, op)
	if !fault.Is(err, fault.KeyReused) {
		return rec, err
	}
	stored, err := s.recordOf(ctx, account, key, "points.key_missing")
	if err != nil {
		return Receipt{}, err
	}
	stored.Replayed = true
	return receipt(stored)
}

// Forfeit records what was won in a game that was left. Faults as in Award.
func (s *Service) Forfeit(ctx context.Context, r Forfeit) (Receipt, error) { return s.do(ctx, r.op()) }

// Refund gives a spend or a capture back, each point of it once, with its old age; what is past lives for the policy's
// days of grace. Faults: NotFound ("points.spend_missing"), Conflict ("points.refunded", with arg left).
func (s *Service) Refund(ctx context.Context, r Refund) (Receipt, error) {
	op := r.op()
	rec, err := s.recordOf(ctx, r.Account, r.Spend, "points.spend_missing")
	if err != nil {
		return Receipt{}, err
	}
	if kind := Kind(rec.Kind); kind != KindSpend && kind != KindCapture {
		return Receipt{}, fault.New(fault.NotFound, "points.spend_missing", "key", r.Spend)
	}
	spent, err := ChangeOf(rec)
	if err != nil {
		return Receipt{}, err
	}
	op.Pieces, op.OfSeq = spent.Took, rec.Seq
	return s.do(ctx, op)
}

// Reverse takes back what an award brought; see Receipt.Moved and Receipt.Owed for what was there and what became
// debt. Faults: NotFound ("points.award_missing"), Invalid ("points.amount", "points.mode", "points.reason"),
// Forbidden ("points.second").
func (s *Service) Reverse(ctx context.Context, r Reverse) (Receipt, error) {
	op := r.op()
	rec, err := s.recordOf(ctx, r.Account, r.Award, "points.award_missing")
	if err != nil {
		return Receipt{}, err
	}
	if kind := Kind(rec.Kind); kind != KindAward && kind != KindDeliver {
		return Receipt{}, fault.New(fault.NotFound, "points.award_missing", "key", r.Award)
	}
	award, err := ChangeOf(rec)
	if err != nil {
		return Receipt{}, err
	}
	op.Pieces, op.OfSeq = []Lot{award.Op.lot()}, rec.Seq
	return s.do(ctx, op)
}

// Warn announces that idling points burn: it sets BurnsAt at least the policy's days of warning on and not before
// IdleUntil. Whether an unplayed game is open to the member is the caller's to know. It fails with Conflict
// ("points.warn_early") while no warning is due; see State.WarnsAt.
func (s *Service) Warn(ctx context.Context, account, key, actor string) (Receipt, error) {
	return s.do(ctx, Op{Kind: KindWarn, Key: key, Actor: actor, Account: account})
}

// Balance is the account now, by one lookup; an account without records is a zero view.
func (s *Service) Balance(ctx context.Context, account string) (View, error) {
	last, err := s.Journal.Last(ctx, Stream(account))
	if err != nil {
		return View{}, err
	}
	state, err := StateOf(last)
	if err != nil {
		return View{}, err
	}
	state.Owner = account
	state, _ = state.Settle(calendar.Milli(s.Now()))
	view := state.View(state.At)
	view.WarnsAt = state.WarnsAt(s.Policy)
	return view, nil
}

// do decides, and tells a request under a voided key so.
func (s *Service) do(ctx context.Context, op Op) (Receipt, error) {
	rec, err := s.decide(ctx, op)
	if !fault.Is(err, fault.KeyReused) {
		return rec, err
	}
	if stored, found, lookErr := s.Journal.ByKey(ctx, Stream(op.Account), op.Key); lookErr == nil && found && Kind(stored.Kind) == KindVoid {
		return Receipt{}, fault.New(fault.Conflict, "points.voided", "key", op.Key)
	}
	return rec, err
}

// decide appends the operation's record; it answers from memory where the record is new.
func (s *Service) decide(ctx context.Context, op Op) (Receipt, error) {
	request := op
	request.Pieces, request.OfSeq = nil, 0
	var change Change
	req := journal.Request{Key: op.Key, Actor: op.Actor, What: asked{op.Kind, request.wire()}}
	rec, err := s.Journal.Decide(ctx, Stream(op.Account), req, func(last journal.Record, at time.Time) (string, any, error) {
		prev, err := StateOf(last)
		if err != nil {
			return "", nil, err
		}
		if change, err = Apply(prev, op, at, s.Policy, s.Zone); err != nil {
			return "", nil, err
		}
		return string(op.Kind), change.body(), nil
	})
	switch {
	case err != nil:
		return Receipt{}, err
	case rec.Replayed:
		return receipt(rec)
	}
	return Receipt{Record: rec, Change: change}, nil
}

func receipt(rec journal.Record) (Receipt, error) {
	change, err := ChangeOf(rec)
	return Receipt{Record: rec, Change: change}, err
}

// recordOf finds the record that a key made, or fails with fault.NotFound under the message key.
func (s *Service) recordOf(ctx context.Context, account, key, message string) (journal.Record, error) {
	rec, found, err := s.Journal.ByKey(ctx, Stream(account), key)
	if err == nil && !found {
		err = fault.New(fault.NotFound, message, "key", key)
	}
	return rec, err
}

// ended tells a hold that is over from one that never was.
func (s *Service) ended(ctx context.Context, account, hold string, err error) error {
	f := fault.As(err)
	if f == nil || f.Key != "points.hold_missing" {
		return err
	}
	rec, found, lookErr := s.Journal.ByKey(ctx, Stream(account), hold)
	if lookErr != nil {
		return lookErr
	}
	if found && Kind(rec.Kind) == KindHold {
		return fault.New(fault.Conflict, "points.hold_ended", "hold", hold)
	}
	return err
}
