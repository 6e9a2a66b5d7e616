package auction

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/journal"
	"firebrand/internal/points"
	"firebrand/internal/store"
)

const (
	// flowTime bounds a flow: whoever sweeps waits longer than this before they end what one left.
	flowTime = 10 * time.Second
	// flowTries bounds how often a flow plans anew because another one of the same member was quicker.
	flowTries = 12
	// courteous is for how many tries a flow waits for another one of its member before it voids that one.
	courteous = 5
)

// namespace makes the ids of bids and units; a new one would let old requests act again.
var namespace = uuid.MustParse("8c5d7f0e-4a53-5b8e-9d27-3a1f3b6c9e42")

// bidID is the same for the same form of the same member, so that a double tap is one bid.
func bidID(auction, member, key string) string {
	return uuid.NewSHA1(namespace, []byte(auction+"\x00"+member+"\x00"+key)).String()
}

// flow is one bid or purchase on its way.
type flow struct {
	auction string
	op      Op
	what    any
	// held says that points may be held for it.
	held bool
	// claimed says that the month's win was claimed for it.
	claimed bool
}

// Bid bids: it holds the points, takes the auction's next place and releases whom it displaces. The same key of the same
// member is one bid: repeated, it is answered with how things stand now, or goes on where it was cut off.
//
// It fails, with nothing held, with fault.Conflict ("auction.too_low" with the least amount as next, "auction.own_lead"
// with the standing amount as n, "auction.closed" and "auction.not_open" with at, "auction.cancelled",
// "auction.voided", "auction.company_taken", "auction.won_here", "auction.won_month", "points.short" with how many are
// short, "auction.undone" where a sweep gave the bid up), fault.Forbidden ("auction.staff", "auction.inactive",
// "auction.region", "auction.play_first"), fault.Invalid ("auction.amount", "auction.no_proxy", "auction.key") and
// fault.NotFound ("auction.missing"). After fault.Unavailable the same key may be sent again.
func (s *Service) Bid(ctx context.Context, b Bid) (View, error) {
	f := flow{auction: b.Auction, what: struct{ Amount, Max int64 }{b.Amount, b.Max}, op: Op{
		Kind: KindBid, Key: bidID(b.Auction, b.Member, b.Key), Member: b.Member, Amount: b.Amount, Max: b.Max,
	}}
	if err := checkKey(b.Key); err != nil {
		return View{}, err
	}
	if err := s.run(ctx, f); err != nil {
		return View{}, err
	}
	return s.View(ctx, b.Auction, b.Member)
}

// BuyNow takes a unit at once, for the price that the auction names. Keys and faults as in Bid, and fault.Conflict
// ("auction.no_buy_now", "auction.price_changed" with the price as n).
func (s *Service) BuyNow(ctx context.Context, b Buy) (View, error) {
	f := flow{auction: b.Auction, what: struct{ Buy int64 }{b.Price}, op: Op{
		Kind: KindBought, Key: bidID(b.Auction, b.Member, b.Key), Member: b.Member, Amount: b.Price,
	}}
	if err := checkKey(b.Key); err != nil {
		return View{}, err
	}
	if err := s.run(ctx, f); err != nil {
		return View{}, err
	}
	return s.View(ctx, b.Auction, b.Member)
}

// checkKey refuses an idempotency key that is missing or too long to be one.
func checkKey(key string) error {
	if key == "" || len(key) > maxKey {
		return fault.New(fault.Invalid, "auction.key").On("key")
	}
	return nil
}

// run takes a flow to its end. It does not stop where the person who sent it goes away.
func (s *Service) run(ctx context.Context, f flow) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), flowTime)
	defer cancel()
	if err := s.quickly(ctx, f); err != nil {
		return err
	}
	t, err := s.table(ctx, f.auction)
	if err != nil {
		return err
	}
	change, err := s.inTurn(ctx, t, &f)
	if err != nil {
		return err
	}
	return s.behind(ctx, t, change)
}

// behind does what follows a bid that stands: the shadows, the outbid, the unit that was bought. Only that it could not
// be paid yet is an error: Sweep does all of it again.
func (s *Service) behind(ctx context.Context, t *table, c Change) error {
	for _, o := range c.Out {
		s.failed(s.release(ctx, t.id, o))
	}
	s.show(ctx, t)
	s.touch(c.Op.Member)
	s.tellOutbid(ctx, t, c)
	i := slices.IndexFunc(c.After.Wins, func(w Win) bool { return w.Bid == c.Op.Key })
	if i < 0 {
		return nil
	}
	return s.pay(ctx, t, c.After.Wins[i])
}

// inTurn judges, holds and writes, in the order of this process's bids for this auction.
func (s *Service) inTurn(ctx context.Context, t *table, f *flow) (Change, error) {
	if t.didAct(f.op.Key) {
		return s.acted(ctx, t, f)
	}
	in, end, err := s.letIn(ctx, t, f)
	if err != nil {
		return Change{}, err
	}
	defer end()
	if err = s.prepare(ctx, t, f); err == nil {
		err = in.before.wait(ctx)
	}
	if err != nil {
		return s.refused(ctx, t, f, err)
	}
	_, change, err := s.decide(ctx, t, f.request(), f.op)
	if err != nil {
		return s.refused(ctx, t, f, err)
	}
	return change, nil
}

// letIn waits until a flow may begin. Whoever is beaten while they wait, as most are where an auction is hot, is refused
// before anything is held.
func (s *Service) letIn(ctx context.Context, t *table, f *flow) (in *coming, end func(), err error) {
	for asked := false; ; {
		free, err := t.take(ctx)
		if err != nil {
			return nil, nil, err
		}
		if low := t.low(f); low != nil && !asked {
			free()
			if s.alone {
				return nil, nil, low
			}
			// Another process may have taken this very bid: that is asked without keeping others from their turn.
			if err := s.quickly(ctx, *f); err != nil {
				return nil, nil, err
			}
			asked = true
			continue
		}
		last := t.lastIn()
		switch {
		case last == nil || t.follows(f.op, last.op):
			in, end = t.begin(f.op, last)
			free()
			return in, end, nil
		case t.beaten(f.op, last.op):
			free()
			err = last.wait(ctx)
		default:
			if err = last.wait(ctx); err == nil {
				in, end = t.begin(f.op, nil)
			}
			free()
			return in, end, err
		}
		if err != nil {
			return nil, nil, err
		}
	}
}

// prepare judges a flow and holds its points.
func (s *Service) prepare(ctx context.Context, t *table, f *flow) (err error) {
	if f.op.Company, err = s.mayBid(ctx, t, f.op.Member); err != nil {
		return err
	}
	for try := range flowTries {
		if err = s.judge(ctx, t, f); err != nil {
			return err
		}
		if err = s.claimFor(ctx, t, f); err != nil {
			return err
		}
		if err = s.hold(ctx, t, f); !inTheWay(err) {
			return err
		}
		if err = s.giveWay(ctx, t, f.op.Member, try); err != nil {
			return err
		}
	}
	return fault.New(fault.Unavailable, "store.busy")
}

func (f *flow) request() journal.Request {
	return journal.Request{Key: f.op.Key, Actor: f.op.Member, What: f.what}
}

// judge applies the rules before anything is held; what is remembered may only refuse when it is what is stored.
func (s *Service) judge(ctx context.Context, t *table, f *flow) error {
	_, err := t.apply(f.op, s.Journal.Now())
	if err == nil || s.alone {
		return err
	}
	if err := t.refresh(ctx, s.Journal); err != nil {
		return err
	}
	_, err = t.apply(f.op, s.Journal.Now())
	return err
}

// acted answers from the record that the flow's key made.
func (s *Service) acted(ctx context.Context, t *table, f *flow) (Change, error) {
	_, change, err := s.decide(ctx, t, f.request(), Op{Kind: kindAgain})
	if !fault.Is(err, fault.KeyReused) {
		return change, err
	}
	rec, found, lookErr := s.Journal.ByKey(ctx, Stream(t.id), f.op.Key)
	switch {
	case lookErr != nil:
		return Change{}, lookErr
	case found && Kind(rec.Kind) == KindVoid:
		return Change{}, undone()
	}
	return Change{}, err
}

// undone is what somebody reads whose bid stopped on its way and was given up.
func undone() error { return conflict("auction.undone") }

// refused ends a flow that will not be a bid with nothing held, unless it is one: then that is the answer. A store that
// did not answer leaves everything as it is; the same key, or Sweep, goes on.
func (s *Service) refused(ctx context.Context, t *table, f *flow, why error) (Change, error) {
	if fault.As(why) == nil || fault.Is(why, fault.Unavailable) {
		return Change{}, why
	}
	rec, found, err := s.Journal.ByKey(ctx, Stream(t.id), f.op.Key)
	if err != nil {
		return Change{}, err
	}
	if found {
		if err := t.refresh(ctx, s.Journal); err != nil {
			return Change{}, err
		}
		if Kind(rec.Kind) != KindVoid {
			return s.acted(ctx, t, f)
		}
	}
	if !found && fault.Is(why, fault.KeyReused) {
		return Change{}, why
	}
	if f.held, err = s.mayHold(ctx, f); err != nil || !f.held && !f.claimed {
		return Change{}, why
	}
	kind, err := s.void(ctx, t, f.op.Key, f.op.Member)
	if err != nil {
		return Change{}, err
	}
	if kind != KindVoid {
		return s.acted(ctx, t, f)
	}
	if _, err := s.align(ctx, t, f.op.Member, align{}); err != nil {
		return Change{}, err
	}
	if fault.Is(why, fault.KeyReused) || fault.As(why).Key == "points.voided" {
		why = undone()
	}
	return Change{}, why
}

// mayHold reports whether points were ever held under the flow's key.
func (s *Service) mayHold(ctx context.Context, f *flow) (bool, error) {
	if f.held {
		return true, nil
	}
	_, held, err := s.Points.Record(ctx, f.op.Member, f.op.Key)
	return held, err
}

// inTheWay reports whether another flow of the same member has the hold.
func inTheWay(err error) bool {
	f := fault.As(err)
	return f != nil && strings.HasPrefix(f.Key, "points.hold_")
}

// giveWay lets another flow of the member end, and ends it where it does not.
func (s *Service) giveWay(ctx context.Context, t *table, member string, try int) error {
	clean, err := s.align(ctx, t, member, align{end: s.alone || try >= courteous})
	if err != nil || clean {
		return err
	}
	return store.Backoff(ctx, try+2)
}

// hold sets the bid's points aside: anew, or by the difference where a bid of the member stands. Either way the hold is
// the bid's own from then on.
func (s *Service) hold(ctx context.Context, t *table, f *flow) error {
	if err := s.enter(ctx, t, f.op.Member); err != nil {
		return err
	}
	var own Bidder
	var stands bool
	var month calendar.Month
	t.read(func(st *State) { own, stands = st.stands(f.op.Member); month = st.Settings.purseMonth() })
	var held points.Receipt
	var err error
	if stands {
		held, err = s.Points.Resize(ctx, points.Resize{
			Key: f.op.Key, Actor: f.op.Member, Account: f.op.Member, Hold: own.Bid, As: f.op.Key,
			Amount: max(f.op.top(), own.Max), Ref: Stream(t.id),
		})
	} else {
		h := points.HoldRequest{
			Key: f.op.Key, Actor: f.op.Member, Account: f.op.Member, Amount: f.op.top(), Ref: Stream(t.id), Sole: true,
			Month: month,
		}
		held, err = s.Points.Hold(ctx, h)
	}
	if fault.Is(err, fault.KeyReused) {
		err = s.heldBefore(ctx, f, err)
	}
	f.held = f.held || err == nil
	if err == nil && held.Record.Seq > 0 && held.Record.Stream != points.Stream(f.op.Member) {
		return inactive() // the account was merged meanwhile, and its points are another's
	}
	return err
}

// heldBefore accepts a hold that this very bid made before the auction changed under it.
func (s *Service) heldBefore(ctx context.Context, f *flow, reused error) error {
	rec, found, err := s.Points.Record(ctx, f.op.Member, f.op.Key)
	if err != nil {
		return err
	}
	c, err := points.ChangeOf(rec)
	switch {
	case !found || err != nil:
		return reused
	case c.Op.Amount == f.op.top(), f.op.Kind == KindBought && c.Op.Amount > f.op.top():
		return nil
	}
	return reused
}

// enter makes sure that whoever sweeps looks at this member's holds.
func (s *Service) enter(ctx context.Context, t *table, member string) error {
	t.mu.Lock()
	_, known := t.known[member]
	t.mu.Unlock()
	if known {
		return nil
	}
	err := s.parties.Insert(ctx, partyID(t.id, member), party{Auction: t.id, Member: member, At: s.now()})
	if err != nil && !fault.Is(err, fault.Conflict) {
		return err
	}
	t.mu.Lock()
	t.known[member] = struct{}{}
	t.mu.Unlock()
	return nil
}
