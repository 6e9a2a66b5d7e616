package auction

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"firebrand/internal/journal"
)

// Kind is what a record of an auction's stream did.
type Kind string

// The kinds. A void stands under the key of a bid, or of an attempt to schedule, that will never be.
const (
	KindScheduled Kind = "scheduled"
	KindBid       Kind = "bid"
	KindBought    Kind = "bought"
	KindVoid      Kind = "void"
	KindCancelled Kind = "cancelled"
	KindVoided    Kind = "voided"
	// KindClosing ends the bidding: what leads then is final.
	KindClosing Kind = "closing"
	// KindClosed says who won.
	KindClosed Kind = "closed"
	// KindSettled says that nothing is open any more.
	KindSettled Kind = "settled"

	// kindAgain is no record's: it asks for the one that a key made.
	kindAgain Kind = "again"
)

// Op is one operation on an auction, as it was asked for.
type Op struct {
	Kind Kind `json:"-"`
	// Key is the record's. A bid's is its hold's id too.
	Key string `json:"-"`
	// Settings are those of scheduled.
	Settings *Auction `json:"settings,omitempty"`
	// Member and Company are the bidder's; Amount and Max as in Bid, for bought Amount is the price.
	Member  string `json:"member,omitempty"`
	Company string `json:"company,omitempty"`
	Amount  int64  `json:"amount,omitempty"`
	Max     int64  `json:"max,omitempty"`
	// Denied are those who would have won in closed, but have won this month or are no dealer staff any more.
	Denied []string `json:"denied,omitempty"`
	Reason string   `json:"reason,omitempty"`
}

// top is the most that a bid may cost.
func (op Op) top() int64 { return max(op.Amount, op.Max) }

// Bidder is somebody's newest accepted bid.
type Bidder struct {
	Member  string `json:"m"`
	Company string `json:"c"`
	// Amount is what they would pay, Max the most that they named; without proxy and when sealed both are one.
	Amount int64 `json:"a"`
	Max    int64 `json:"x"`
	// Bid is the key of the record, and the id of the hold that covers it while it stands.
	Bid string `json:"b"`
	// Seq is its record's: of two equal bids the earlier one is better.
	Seq int64 `json:"s"`
}

// better orders bids, the best first.
func better(a, b Bidder) int { return cmp.Or(cmp.Compare(b.Max, a.Max), cmp.Compare(a.Seq, b.Seq)) }

// Win is one unit that was won.
type Win struct {
	// Unit counts from 0; with the auction it makes the redemption's id.
	Unit    int    `json:"u"`
	Member  string `json:"m"`
	Company string `json:"c"`
	Price   int64  `json:"p"`
	// Bid is the id of the hold that pays.
	Bid string `json:"b"`
}

// After is the auction as a record leaves it; everything that decides is in it, but who bid before and was beaten.
type After struct {
	// End is the kind of the record that ended the bidding, empty while it lasts.
	End      Kind      `json:"end,omitempty"`
	Settled  bool      `json:"settled,omitempty"`
	ClosesAt time.Time `json:"closesAt"`
	// Leads are the standing bids of an ascending auction, the best first.
	Leads []Bidder `json:"leads,omitempty"`
	// Beaten is the most that anybody named who does not lead: what the leaders' proxies must beat.
	Beaten int64 `json:"beaten,omitempty"`
	Wins   []Win `json:"wins,omitempty"`
	// Count is how many bids were accepted, Bidders by how many people.
	Count   int64 `json:"count"`
	Bidders int   `json:"bidders"`
}

// Change is what one operation did: the content of its record.
type Change struct {
	Op Op `json:"op"`
	// Out are the bids that another bid displaced: their holds are to be released. What an end frees is not listed.
	Out   []Bidder `json:"out,omitempty"`
	After After    `json:"after"`
}

// State is an auction as its records leave it.
type State struct {
	Settings Auction
	// Seq and At are the last record's; Seq is 0 before the first.
	Seq int64
	At  time.Time
	After
	// All are the newest accepted bids by member, also of those who were beaten; Companies says who was a company's first
	// bidder. Reason is why it was cancelled or voided.
	All       map[string]Bidder
	Companies map[string]string
	Reason    string
}

// Scheduled reports whether the stream says what is sold.
func (s *State) Scheduled() bool { return s.Settings.ID != "" }

// take makes the state that of its next record.
func (s *State) take(c Change, seq int64, at time.Time) {
	if s.All == nil {
		s.All, s.Companies = map[string]Bidder{}, map[string]string{}
	}
	s.Seq, s.At, s.After = seq, at, c.After
	switch c.Op.Kind {
	case KindScheduled:
		s.Settings = *c.Op.Settings
	case KindBid, KindBought:
		if _, first := s.Companies[c.Op.Company]; !first {
			s.Companies[c.Op.Company] = c.Op.Member
		}
		s.All[c.Op.Member] = Bidder{
			Member: c.Op.Member, Company: c.Op.Company, Amount: c.Op.top(), Max: c.Op.top(), Bid: c.Op.Key, Seq: seq,
		}
		for _, o := range c.Out {
			s.All[o.Member] = o
		}
		for _, l := range c.After.Leads {
			s.All[l.Member] = l
		}
	case KindCancelled, KindVoided:
		s.Reason = c.Op.Reason
	}
}

// left is how many units can still be won.
func (s *State) left() int { return s.Settings.Units - len(s.Wins) }

// redemption is the id of what the winner of a unit gets, and under which its piece was taken out of the stock. It differs
// with each attempt to schedule, since a stock settles each id once.
func (a Auction) redemption(unit int) string {
	return uuid.NewSHA1(namespace, fmt.Appendf(nil, "unit\x00%s\x00%d\x00%d", a.ID, a.Attempt, unit)).String()
}

// redemption is the id of what a unit's winner gets.
func (s *State) redemption(unit int) string { return s.Settings.redemption(unit) }

// lead finds a member's leading bid.
func (s *State) lead(member string) (Bidder, bool) {
	i := slices.IndexFunc(s.Leads, func(b Bidder) bool { return b.Member == member })
	if i < 0 {
		return Bidder{}, false
	}
	return s.Leads[i], true
}

// win finds what a member won.
func (s *State) win(member string) (Win, bool) {
	i := slices.IndexFunc(s.Wins, func(w Win) bool { return w.Member == member })
	if i < 0 {
		return Win{}, false
	}
	return s.Wins[i], true
}

// stands is the bid of a member that must be covered by a hold now: one that may still win.
func (s *State) stands(member string) (Bidder, bool) {
	switch {
	case s.End != "" && s.End != KindClosing:
		return Bidder{}, false
	case s.Settings.Form == Sealed:
		b, bid := s.All[member]
		return b, bid
	}
	return s.lead(member)
}

// ranking are the bids that can win at the end, the best first.
func (s *State) ranking() []Bidder {
	if s.Settings.Form != Sealed {
		return s.Leads
	}
	all := make([]Bidder, 0, len(s.All))
	for _, b := range s.All {
		all = append(all, b)
	}
	slices.SortFunc(all, better)
	return all
}

// price is the least leading bid, 0 where nobody leads and in a sealed auction.
func (s *State) price() int64 {
	var least int64
	for i, l := range s.Leads {
		if i == 0 || l.Amount < least {
			least = l.Amount
		}
	}
	return least
}

// next is the least that somebody must bid who does not lead; 0 where all units are gone.
func (s *State) next() int64 {
	switch {
	case s.left() <= 0:
		return 0
	case s.Settings.Form == Sealed, len(s.Leads) < s.left():
		return s.Settings.Start
	}
	return s.price() + s.Settings.Step
}

// nextFor is the least that this member must bid, 0 where a bid of theirs would change nothing.
func (s *State) nextFor(member string) int64 {
	if _, won := s.win(member); won {
		return 0
	}
	if b, sealed := s.All[member]; sealed && s.Settings.Form == Sealed {
		return b.Amount + 1
	}
	own, leads := s.lead(member)
	switch {
	case !leads:
		return s.next()
	case s.Settings.Proxy:
		return own.Max + 1
	case s.left() > 1:
		return own.Amount + s.Settings.Step
	}
	return 0
}

// buyNow is the price of a unit at once, 0 where it is not offered or bids have reached it.
func (s *State) buyNow() int64 {
	if s.Settings.BuyNow == 0 || s.left() <= 0 || s.next() > s.Settings.BuyNow {
		return 0
	}
	return s.Settings.BuyNow
}

// phase is where the auction stands at an instant.
func (s *State) phase(now time.Time) Phase {
	switch {
	case !s.Scheduled():
		return PhaseDraft
	case s.End == KindCancelled:
		return PhaseCancelled
	case s.End == KindVoided:
		return PhaseVoided
	case s.End == KindClosed:
		return PhaseClosed
	case s.End == KindClosing || !now.Before(s.ClosesAt):
		return PhaseClosing
	case now.Before(s.Settings.Opens):
		return PhaseUpcoming
	}
	return PhaseOpen
}

// changeOf is what a record did, read back.
func changeOf(rec journal.Record) (Change, error) {
	var c Change
	if err := json.Unmarshal(rec.Body, &c); err != nil {
		return c, fmt.Errorf("auction: record %s: %w", rec.ID(), err)
	}
	c.Op.Kind, c.Op.Key = Kind(rec.Kind), rec.Key
	return c, nil
}
