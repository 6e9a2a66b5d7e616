package catalog

import (
	"context"
	"strings"
	"unicode/utf8"

	"firebrand/internal/fault"
	"firebrand/internal/points"
)

// Issue records that a placed redemption was handed out, exactly once: of two desks that scan one voucher at once the
// second gets fault.Conflict ("catalog.issued") with when. The same key is answered as the first time.
func (s *Service) Issue(ctx context.Context, actor, id, key string) (Redemption, error) {
	if err := checkKey(key); err != nil {
		return Redemption{}, err
	}
	return s.move(ctx, id, step{
		key: "issue/" + key, actor: actor, what: struct{ Issue string }{actor}, from: Placed, to: Issued,
		change: func(r *Redemption) { r.By = actor },
	})
}

// Cancel takes a placed redemption back before it is handed out: the piece returns to the stock and the points to the
// account that paid, with the age they had. The reason is shown to the member and names no person; it fails with fault.Invalid
// ("catalog.reason") without one, and with fault.Conflict ("catalog.issued", "catalog.cancelled" with when,
// "catalog.not_placed"). What a crash leaves undone is finished by the same key or by Sweep.
func (s *Service) Cancel(ctx context.Context, actor, id, reason, key string) (Redemption, error) {
	if err := checkKey(key); err != nil {
		return Redemption{}, err
	}
	reason = strings.TrimSpace(reason)
	if reason == "" || utf8.RuneCountInString(reason) > maxReason {
		return Redemption{}, fault.New(fault.Invalid, "catalog.reason", "n", maxReason).On("reason")
	}
	r, err := s.move(ctx, id, step{
		key: "cancel/" + key, actor: actor, what: struct{ Cancel, Reason string }{actor, reason}, from: Placed, to: Cancelling,
		change: func(r *Redemption) { r.By, r.Reason = actor, reason },
	})
	if err != nil || r.State != Cancelling {
		return r, err
	}
	return s.finishCancel(ctx, r)
}

// finishCancel takes the steps behind a decided cancellation. Safe to repeat.
func (s *Service) finishCancel(ctx context.Context, r Redemption) (Redemption, error) {
	if err := s.giveBack(ctx, StockStream(r.Reward), r); err != nil {
		return r, err
	}
	if err := s.freeLimit(ctx, r); err != nil {
		return r, err
	}
	_, err := s.Points.Refund(ctx, points.Refund{
		Key: refundKey(r.ID), Actor: r.By, Account: r.Payer(), Spend: captureKey(r.ID), Ref: RedemptionStream(r.ID),
	})
	if err != nil {
		return r, err
	}
	return s.move(ctx, r.ID, step{key: "cancelled", actor: r.By, from: Cancelling, to: Cancelled, change: func(*Redemption) {}})
}
