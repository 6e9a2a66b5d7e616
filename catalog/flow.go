package catalog

// The invariant of this file: points and stock move together or not at all. For every redemption, once no step of it is
// open, exactly one of these holds:
//
//	placed, issued      its points are captured, one piece is out of the stock for it, its voucher code is claimed
//	refused             no point is held or captured for it, no piece is out, none of it can come late
//	cancelled           its points are refunded and its piece is back
//
// One record decides: under the redemption's id the stock stream holds either "taken" or "void", never both. A flow
// only captures behind "taken" and only releases behind "void", so whoever goes on with a flow, the request, its
// repetition or the sweep, in this process or another, comes to the same end. Every step has a key made from the id and
// can be repeated.

import (
	"context"
	"time"

	"firebrand/internal/fault"
	"firebrand/internal/journal"
	"firebrand/internal/points"
)

// The idempotency keys of a redemption's steps in the account of points; the hold's is the id itself.
func captureKey(id string) string { return id + "/capture" }
func releaseKey(id string) string { return id + "/release" }
func refundKey(id string) string  { return id + "/refund" }

// Redeem pays a reward with the points of the order's account and takes it from the stock. The same key of the same member is one
// redemption: it is answered with how that one stands now, even issued or cancelled, or goes on where it was cut off;
// fault.KeyReused for another reward, price or account under the same key.
//
// It fails, with nothing moved, with fault.NotFound ("catalog.reward_missing"), fault.Conflict ("catalog.withdrawn",
// "catalog.price_changed" with the new price as n, "catalog.sold_out", "catalog.limit" with the limit as n, "points.short" with how
// many are short), and ("catalog.undone") when a sweep undid a request that had stopped for long. After
// fault.Unavailable the same key may be sent again.
func (s *Service) Redeem(ctx context.Context, o Order) (Redemption, error) {
	if err := checkKey(o.Key); err != nil {
		return Redemption{}, err
	}
	if o.Member == "" {
		return Redemption{}, fault.New(fault.Invalid, "catalog.member").On("member")
	}
	r, err := s.request(ctx, o)
	if err != nil {
		return Redemption{}, err
	}
	if r.State == Requested {
		if r, err = s.carryOn(ctx, r); err != nil {
			return Redemption{}, err
		}
	}
	if r.State == Refused {
		return Redemption{}, r.Refusal.Fault()
	}
	return r, nil
}

// request writes the first record of a redemption and returns how it stands now, which for a repeated request is more.
func (s *Service) request(ctx context.Context, o Order) (Redemption, error) {
	id := redemptionID(o.Member, o.Key)
	if o.Account == o.Member {
		o.Account = "" // the member's own account has one name
	}
	what := struct {
		Reward  string
		Price   int64
		Account string `json:",omitempty"`
	}{o.Reward, o.Price, o.Account}
	first, refused := s.prepare(ctx, o)
	req := journal.Request{Key: "request", Actor: o.Member, What: what}
	rec, err := s.Journal.Decide(ctx, RedemptionStream(id), req, func(_ journal.Record, at time.Time) (string, any, error) {
		if refused != nil {
			return "", nil, refused
		}
		first.ID, first.State, first.At, first.Changed, first.Seq = id, Requested, at, at, 1
		return string(Requested), redemptionRecord{first}, nil
	})
	if err != nil {
		return Redemption{}, err
	}
	if rec.Replayed {
		return s.Redemption(ctx, id)
	}
	return s.drawn(ctx, rec)
}

// prepare is the redemption that an order asks for, or why it cannot begin. A reward that is plainly sold out is refused
// here, so that a run on it moves no points to and fro.
func (s *Service) prepare(ctx context.Context, o Order) (Redemption, error) {
	reward, err := s.Reward(ctx, o.Reward)
	if err != nil {
		return Redemption{}, err
	}
	if err := reward.orderable(o); err != nil {
		return Redemption{}, err
	}
	left, err := s.Stock(ctx, o.Reward)
	if err != nil {
		return Redemption{}, err
	}
	if left <= 0 {
		return Redemption{}, fault.New(fault.Conflict, "catalog.sold_out")
	}
	return Redemption{
		Member: o.Member, Company: o.Company, Account: o.Account, Reward: reward.ID, Version: reward.Version,
		Name: reward.Name, Price: reward.Price, Limit: reward.PerMember,
	}, nil
}

// carryOn takes a requested redemption to its end, whichever of its steps were taken before.
func (s *Service) carryOn(ctx context.Context, r Redemption) (Redemption, error) {
	_, err := s.Points.Hold(ctx, points.HoldRequest{Key: r.ID, Actor: r.Member, Account: r.Payer(), Amount: r.Price, Ref: RedemptionStream(r.ID)})
	if verdict(err) {
		return s.undo(ctx, r, refusing(err))
	}
	if err != nil {
		return r, err
	}
	if r.Limit > 0 {
		kind, err := s.take(ctx, LimitStream(r.Reward, r.Member), r, r.Limit)
		if err != nil {
			return r, err
		}
		if kind != StockTaken {
			return s.undo(ctx, r, fault.New(fault.Conflict, "catalog.limit", "n", r.Limit))
		}
	}
	kind, err := s.take(ctx, StockStream(r.Reward), r, 0)
	if err != nil {
		return r, err
	}
	if kind != StockTaken {
		return s.undo(ctx, r, fault.New(fault.Conflict, "catalog.sold_out"))
	}
	return s.complete(ctx, r)
}

// verdict reports whether an error is a decision that a repetition would meet again, not a store that did not answer.
func verdict(err error) bool {
	return fault.Is(err, fault.Conflict) || fault.Is(err, fault.Invalid) || fault.Is(err, fault.NotFound) || fault.Is(err, fault.Forbidden)
}

// refusing is the fault that tells a member why the points could not be held.
func refusing(err error) *fault.Error {
	if f := fault.As(err); f.Key != "points.voided" {
		return f
	}
	return undone()
}

// undone is what a member reads whose request stopped on its way and was given up.
func undone() *fault.Error { return fault.New(fault.Conflict, "catalog.undone") }

// complete pays and places a redemption whose piece is taken.
func (s *Service) complete(ctx context.Context, r Redemption) (Redemption, error) {
	_, err := s.Points.Capture(ctx, points.End{Key: captureKey(r.ID), Actor: r.Member, Account: r.Payer(), Hold: r.ID, Ref: RedemptionStream(r.ID)})
	if err != nil {
		return r, err
	}
	// Another run of this very flow may have placed it meanwhile: a second code would be claimed for nothing.
	if r, err = s.Redemption(ctx, r.ID); err != nil || r.State != Requested {
		return r, err
	}
	code, err := s.claimCode(ctx, r.ID)
	if err != nil {
		return r, err
	}
	return s.move(ctx, r.ID, step{key: "placed", actor: r.Member, from: Requested, to: Placed, change: func(r *Redemption) { r.Code = code }})
}

// undo ends a requested redemption with nothing moved, unless its piece is taken: then it is completed instead.
func (s *Service) undo(ctx context.Context, r Redemption, why *fault.Error) (Redemption, error) {
	kind, err := s.void(ctx, StockStream(r.Reward), r)
	if err != nil {
		return r, err
	}
	if kind == StockTaken {
		return s.complete(ctx, r)
	}
	if err := s.freeLimit(ctx, r); err != nil {
		return r, err
	}
	if err := s.freePoints(ctx, r); err != nil {
		return r, err
	}
	refusal := refusalOf(why)
	return s.move(ctx, r.ID, step{key: "refused", actor: r.Member, from: Requested, to: Refused, change: func(r *Redemption) { r.Refusal = &refusal }})
}

// freeLimit gives the member's place within the limit back.
func (s *Service) freeLimit(ctx context.Context, r Redemption) error {
	if r.Limit == 0 {
		return nil
	}
	return s.giveBack(ctx, LimitStream(r.Reward, r.Member), r)
}

// freePoints makes sure that the redemption holds no points and never will: a hold that is still on its way finds its
// key taken.
func (s *Service) freePoints(ctx context.Context, r Redemption) error {
	held, err := s.Points.Void(ctx, r.Payer(), r.ID, r.Member)
	if err != nil || held.Record.Kind != string(points.KindHold) {
		return err
	}
	_, err = s.Points.Release(ctx, points.End{Key: releaseKey(r.ID), Actor: r.Member, Account: r.Payer(), Hold: r.ID, Ref: RedemptionStream(r.ID)})
	return err
}
