package points

import (
	"context"
	"strings"
	"sync"
	"time"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/journal"
)

// Service is where other rooms move and read points. Every method that moves points acts once by its key: repeated,
// it answers from the stored record; another request under the same key is fault.KeyReused. A key that was voided
// fails with fault.Conflict ("points.voided"). All of it is safe for concurrent use.
//
// A request on an account that was merged into another is carried out there. It must not be copied once it is used.
type Service struct {
	Journal *journal.Journal
	Zone    calendar.Zone
	// Policy is in force where there are no Policies.
	Policy Policy
	// Policies are the programme's own, each decision takes the one in force at its record's instant.
	Policies *Policies
	// Budget bounds what is given; nil gives without limits.
	Budget Budget
	// Now is the clock of reading; records bear the journal's.
	Now func() time.Time

	states states
	// merging lets this process's merges come one after another, so that no two close a circle.
	merging sync.Mutex
}

// Receipt is what a call did, read from its record.
type Receipt struct {
	// Record is the journal's; Replayed in it says that the key had acted before.
	Record journal.Record
	Change
}

// Balance is what was spendable right after the record.
func (r Receipt) Balance() int64 { return r.After.alive(r.After.At) }

// Award brings points in, as many as caps and budgets leave; an award that is cut to nothing is a record of
// KindRefused and no error. Faults: Invalid ("points.amount", "points.source", "points.dates", "points.month",
// "points.reason", "points.cap"), Conflict ("points.caps") where the account came under CapsMost caps this month,
// Forbidden ("points.second", "points.manual_most").
func (s *Service) Award(ctx context.Context, r Award) (Receipt, error) { return s.do(ctx, r.op()) }

// Deliver gives undelivered purchase points their dates. Faults: Invalid ("points.amount", "points.dates"), Conflict
// ("points.short") where fewer wait under this funding, ("points.reversed", with arg left) where fewer of the named
// award are left, NotFound ("points.award_missing").
func (s *Service) Deliver(ctx context.Context, r Deliver) (Receipt, error) {
	op := r.op()
	if op.Of == "" {
		return s.do(ctx, op)
	}
	if err := s.origin(ctx, &op, "points.award_missing", KindAward); err != nil {
		return Receipt{}, err
	}
	return s.do(ctx, op)
}

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
	stored, _, err := s.recordOf(ctx, account, key, "points.key_missing")
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
	if err := s.origin(ctx, &op, "points.spend_missing", KindSpend, KindCapture); err != nil {
		return Receipt{}, err
	}
	return s.do(ctx, op)
}

// Reverse takes back what an award brought; see Receipt.Moved and Receipt.Owed for what was there and what became
// debt. Faults: NotFound ("points.award_missing"), Conflict ("points.reversed", with arg left, where less of the award
// is left to take back), Invalid ("points.amount", "points.mode", "points.reason"), Forbidden ("points.second",
// "points.manual_most").
func (s *Service) Reverse(ctx context.Context, r Reverse) (Receipt, error) {
	op := r.op()
	if err := s.origin(ctx, &op, "points.award_missing", KindAward, KindRefused, KindDeliver); err != nil {
		return Receipt{}, err
	}
	rec, err := s.do(ctx, op)
	s.returned(ctx, rec, err)
	return rec, err
}

// Correct gives or takes points by a person's decision; see Receipt.Cut for what was not there to take. Faults: Invalid
// ("points.amount", "points.reason"), Forbidden ("points.second", "points.manual_most").
func (s *Service) Correct(ctx context.Context, r Correct) (Receipt, error) {
	rec, err := s.do(ctx, r.op())
	s.returned(ctx, rec, err)
	return rec, err
}

// Warn announces that idling points burn: it sets BurnsAt at least the policy's days of warning on and not before
// IdleUntil. Whether an unplayed game is open to the member is the caller's to know. It fails with Conflict
// ("points.warn_early") while no warning is due; see State.WarnsAt.
func (s *Service) Warn(ctx context.Context, account, key, actor string) (Receipt, error) {
	return s.do(ctx, Op{Kind: KindWarn, Key: key, Actor: actor, Account: account})
}

// Balance is the account now, by one lookup; an account without records is a zero view.
func (s *Service) Balance(ctx context.Context, account string) (View, error) {
	state, err := s.now(ctx, account)
	if err != nil {
		return View{}, err
	}
	view := state.settledView() // which shares nothing that its reader might change with what is remembered
	view.WarnsAt = state.WarnsAt(s.PolicyAt(state.At))
	return view, nil
}

// Spendable is how many points can be held or spent now, of what was won in one month only where month is set.
func (s *Service) Spendable(ctx context.Context, account string, month calendar.Month) (int64, error) {
	state, err := s.now(ctx, account)
	if err != nil {
		return 0, err
	}
	return state.spendable(month, state.At), nil
}

// OpenHold finds an account's open hold by what it is for, also where it was made while the account went into another
// one, under the id that the account itself gave it.
func (s *Service) OpenHold(ctx context.Context, account, ref string) (h Hold, found bool, err error) {
	path := ""
	for range mergesMost {
		view, err := s.Balance(ctx, account)
		if err != nil {
			return Hold{}, false, err
		}
		for _, h := range view.Holds {
			id, own := strings.CutPrefix(h.ID, path)
			if own && h.Ref == ref && !strings.HasPrefix(id, forwardedPrefix) {
				h.ID = id
				return h, true, nil
			}
		}
		if view.MergedInto == "" {
			break
		}
		account, path = view.MergedInto, forwardedKey(account, path)
	}
	return Hold{}, false, nil
}

// now is the account as its last record and the clock make it.
func (s *Service) now(ctx context.Context, account string) (State, error) {
	last, err := s.Journal.Last(ctx, Stream(account))
	if err != nil {
		return State{}, err
	}
	state, err := s.states.of(last)
	if err != nil {
		return State{}, err
	}
	state.Owner = account
	now := calendar.Milli(s.Now())
	if _, due := state.nextDue(now); due || now.Before(state.At) {
		state, _ = state.Settle(now)
	} else {
		state.At = now // nothing fell due, so nothing is copied
	}
	return state, nil
}

// ended tells a hold that is over from one that never was.
func (s *Service) ended(ctx context.Context, account, hold string, err error) error {
	f := fault.As(err)
	if f == nil || f.Key != "points.hold_missing" {
		return err
	}
	rec, _, lookErr := s.recordOf(ctx, account, hold, "points.hold_missing")
	if fault.Is(lookErr, fault.NotFound) {
		return err
	}
	if lookErr != nil {
		return lookErr
	}
	if Kind(rec.Kind) == KindHold || Kind(rec.Kind) == KindResize {
		return fault.New(fault.Conflict, "points.hold_ended", "hold", hold)
	}
	return err
}

// Record finds the record that a key made in an account, or for it in the account that it was merged into; found is
// false where the key never acted.
func (s *Service) Record(ctx context.Context, account, key string) (rec journal.Record, found bool, err error) {
	rec, _, err = s.recordOf(ctx, account, key, "points.key_missing")
	if fault.Is(err, fault.NotFound) {
		return rec, false, nil
	}
	return rec, err == nil, err
}
