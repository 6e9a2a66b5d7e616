package purchase

import (
	"context"
	"errors"
	"fmt"
	"time"

	"firebrand/catalog/purchase/rule"
	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/journal"
	"firebrand/internal/member"
	"firebrand/internal/points"
	"firebrand/internal/store"
)

// Buyers knows who buys and whom the points of a company's purchases go to; member.Service does.
type Buyers interface {
	// Buyer is asked for every order: it must be cheap. Who is not there is no error but not Known.
	Buyer(ctx context.Context, ref member.BuyerRef) (member.Buyer, error)
	// Sharing without shares is the company's own account.
	Sharing(ctx context.Context, company string) (member.Sharing, error)
}

// Rules are the published sets of rules; rule.Versions does.
type Rules interface {
	// At is the set in force for an order placed then. It never changes for an instant that is past.
	At(placed time.Time) rule.Set
}

// Service is the room's one door. It is safe for concurrent use.
type Service struct {
	Journal *journal.Journal
	Points  *points.Service
	Buyers  Buyers
	Rules   Rules
	Zone    calendar.Zone
	Now     func() time.Time

	shadow  *store.Collection[shadowRow]
	done    *recent
	flights *flights
}

// Open opens the room's collections. The fields of s say what it stands on; the journal has this room's families, and
// that of points.
func Open(ctx context.Context, e store.Engine, s Service) (*Service, error) {
	shadow, err := store.OpenCollection[shadowRow](ctx, e, shadowSpec)
	if err != nil {
		return nil, fmt.Errorf("purchase: %w", err)
	}
	return &Service{
		Journal: s.Journal, Points: s.Points, Buyers: s.Buyers, Rules: s.Rules, Zone: s.Zone, Now: s.Now, shadow: shadow,
		done: &recent{}, flights: &flights{},
	}, nil
}

func (s *Service) now() time.Time { return calendar.Milli(s.Now()) }

// takeTries bounds how often a message is decided anew because something had to be done first.
const takeTries = 40

// Take takes a message: the order's record is written, its points are moved, its lists are drawn. The same message again
// does nothing more than to make sure of that. Actor is who sent it, an API key or a member by id.
//
// Faults: Invalid with the field ("lines[2].quantity") for what cannot be, KeyReused ("purchase.revision_reused") for
// another message under a revision that came before, Unavailable, after which the same message may be sent again.
func (s *Service) Take(ctx context.Context, actor string, m Message) (Result, error) {
	m, err := normal(m, s.now())
	if err != nil {
		return Result{}, err
	}
	stream := Stream(m.ID)
	defer s.flights.begin(stream)()
	a := attempt{s: s, m: m}
	if a.buyer, err = s.resolve(ctx, m.Buyer); err != nil {
		return Result{}, err
	}
	rec, err := a.take(ctx, actor)
	if err != nil {
		return Result{}, err
	}
	if rec.Replayed {
		o, err := s.finish(ctx, m.ID)
		return result(o, Repeated).noted(m), err
	}
	o, err := s.carry(ctx, carried{rec: rec, order: a.after, moves: a.moves, fresh: true})
	if err != nil {
		return Result{}, err
	}
	if a.adopted {
		return result(o, Taken).noted(m), nil
	}
	return result(o, Superseded).noted(m), nil
}

// attempt is one message on its way into its order's stream.
type attempt struct {
	s     *Service
	m     Message
	buyer *Buyer
	// facts are what was claimed for the content that the claim names.
	facts *Facts
	claim claim
	// tried says that nothing will be written: the order is taken as it stands, and nothing is claimed.
	tried bool

	after   Order
	moves   []Move
	adopted bool
}

// unfinished says that the moves of the order's last record come first.
type unfinished struct{ last journal.Record }

func (u unfinished) Error() string { return "purchase: " + u.last.ID() + " is not carried out yet" }

// errSeen makes the journal look for the record that this revision made.
var errSeen = errors.New("purchase: this revision came before")

// take writes the message's record, doing first what must be done before.
func (a *attempt) take(ctx context.Context, actor string) (journal.Record, error) {
	req := journal.Request{Key: revisionKey(a.m.Revision), Actor: actor, What: a.m, Fresh: a.m.Revision == 1}
	for range takeTries {
		rec, err := a.s.Journal.Decide(ctx, Stream(a.m.ID), req, a.decide)
		var first unfinished
		var needed claim
		switch {
		case errors.As(err, &first):
			_, err = a.s.finish(ctx, a.m.ID)
		case errors.As(err, &needed):
			a.claim = needed
			a.facts, err = a.s.claimFacts(ctx, needed)
		case fault.Is(err, fault.KeyReused):
			return rec, fault.New(fault.KeyReused, "purchase.revision_reused", "revision", a.m.Revision).On("revision")
		default:
			return rec, err
		}
		if err != nil {
			return journal.Record{}, err
		}
	}
	return journal.Record{}, fault.New(fault.Unavailable, "store.busy")
}

// decide is the decision on the order's last record.
func (a *attempt) decide(last journal.Record, at time.Time) (string, any, error) {
	before, err := a.before(last)
	if err != nil {
		return "", nil, err
	}
	party, had := before.Buyer.Party(), before.Facts
	next, adopted, content, err := before.fold(a.m, a.buyer, at)
	if err != nil {
		return "", nil, err
	}
	if content {
		claimed := had
		if next.Buyer.Party() != party {
			claimed = nil // another buyer's numbers are none of this one's
		}
		if err := a.value(&next, claimed); err != nil {
			return "", nil, err
		}
	}
	if a.moves, err = next.plan(last.Seq + 1); err != nil {
		return "", nil, err
	}
	if had != nil && (next.Facts == nil || next.Buyer.Party() != party) {
		a.moves = append(a.moves, Move{Verb: VerbFree, Account: party, Facts: had})
	}
	a.after, a.adopted = next, adopted
	a.after.Seq = last.Seq + 1
	return string(a.m.State), body{Said: said(a.m, next), Moves: a.moves, After: next}, nil
}

// before is the order that the message comes to.
func (a *attempt) before(last journal.Record) (Order, error) {
	if last.Seq == 0 {
		return Order{}, nil
	}
	b, err := bodyOf(last)
	switch {
	case err != nil:
		return Order{}, err
	case b.After.Marks.saw(a.m.Revision):
		return Order{}, errSeen
	case last.Seq >= maxMessages:
		return Order{}, fault.New(fault.Conflict, "purchase.too_many_messages", "most", int64(maxMessages))
	case !a.tried && b.open() && !a.s.done.has(last.Stream, last.Seq):
		return Order{}, unfinished{last}
	}
	return b.After, nil
}

// value works out what the order is worth; where its rules look at the buyer's other orders they must be claimed first.
func (a *attempt) value(next *Order, had *Facts) error {
	if !next.brings() {
		next.revalue(rule.Set{}, nil)
		return nil
	}
	set := a.s.Rules.At(next.Placed)
	if !set.Needs() {
		next.revalue(set, nil)
		return nil
	}
	if a.tried {
		next.revalue(set, had)
		return nil
	}
	needed := a.s.claimOf(*next, a.m.Revision)
	if !a.claim.covers(needed) {
		needed.had = had
		return needed
	}
	next.revalue(set, a.facts)
	return nil
}

// resolve finds whom a message names; nil where it names nobody.
func (s *Service) resolve(ctx context.Context, ref BuyerRef) (*Buyer, error) {
	if ref == (BuyerRef{}) {
		return nil, nil
	}
	b := &Buyer{Ref: ref.print(), Region: ref.Region}
	if ref.Company != "" {
		// Where a company is named it is the buyer: nobody is paid for a company's purchase because the ERP names them too.
		ref.Member = ""
	}
	found, err := s.Buyers.Buyer(ctx, member.BuyerRef{Company: ref.Company, Member: ref.Member})
	if err != nil {
		return nil, err
	}
	if ref.Member == "" {
		// A name beside a member may be the person's own.
		b.Name = ref.Name
	}
	if !found.Known {
		if ref.Member == "" {
			b.Code = ref.Company
		}
		return b, nil
	}
	b.Company, b.Size, b.Industry = found.Company.ID, found.Company.Size, found.Company.Industry
	if b.Region = found.Company.Region; b.Region == "" {
		b.Region = ref.Region
	}
	if found.Member.ID != "" {
		b.Member = found.Member.ID
		b.Receivers = []Receiver{{b.Member, 100}}
		return b, nil
	}
	b.Receivers, err = s.receivers(ctx, b.Company)
	return b, err
}

// receivers are the accounts that the points of a company's purchases go to.
func (s *Service) receivers(ctx context.Context, company string) ([]Receiver, error) {
	sharing, err := s.Buyers.Sharing(ctx, company)
	if err != nil {
		return nil, err
	}
	all := make([]Receiver, 0, len(sharing.Shares)+1)
	left := 100
	for _, share := range sharing.Shares {
		all = append(all, Receiver{share.Member, share.Percent})
		left -= share.Percent
	}
	if left > 0 {
		all = append(all, Receiver{company, left})
	}
	return all, nil
}

// Order is how an order stands; fault.NotFound ("purchase.missing"). The caller checks who may see it.
func (s *Service) Order(ctx context.Context, id string) (Order, error) {
	if !goodID(id) {
		return Order{}, missing(id)
	}
	last, err := s.Journal.Last(ctx, Stream(id))
	if err != nil {
		return Order{}, err
	}
	if last.Seq == 0 {
		return Order{}, missing(id)
	}
	return OrderOf(last)
}

func missing(id string) error {
	return fault.New(fault.NotFound, "purchase.missing", "order", clip(id))
}

// History are the records of an order, oldest first, the first 1,000: what was told when, and by whom.
func (s *Service) History(ctx context.Context, id string) ([]Event, error) {
	recs, err := s.Journal.Read(ctx, Stream(id), 1, 0)
	if err != nil {
		return nil, err
	}
	events := make([]Event, len(recs))
	for i, rec := range recs {
		b, err := bodyOf(rec)
		if err != nil {
			return nil, err
		}
		events[i] = Event{At: rec.At, Actor: rec.Actor, Kind: rec.Kind, Revision: b.Said.revision(), Moves: b.Moves, Told: b.Told, After: b.After}
	}
	return events, nil
}

// Event is one record of an order.
type Event struct {
	At    time.Time
	Actor string
	// Kind is the message's state, or "outcome" where it tells what came of the moves before it.
	Kind     string
	Revision int64
	Moves    []Move
	Told     []Told
	After    Order
}

func result(o Order, outcome Outcome) Result {
	return Result{Order: o, Outcome: outcome, Points: o.Points(), Notes: o.Notes()}
}
