package auction

import (
	"fmt"
	"slices"
	"time"

	"firebrand/internal/fault"
)

// Apply carries out one operation at an instant and says what it changes. It changes nothing that it was given. Its
// faults are Conflict where the auction does not allow it, Invalid for a malformed operation and NotFound for an auction
// that was never scheduled.
func Apply(s *State, op Op, at time.Time) (Change, error) {
	c := Change{Op: op, After: s.After}
	c.After.Leads, c.After.Wins = slices.Clone(s.Leads), slices.Clone(s.Wins)
	if op.Kind == KindVoid {
		return c, nil
	}
	if op.Kind == KindScheduled {
		return c.schedule(s)
	}
	if !s.Scheduled() {
		return Change{}, missing()
	}
	switch op.Kind {
	case KindBid:
		return c.bid(s, at)
	case KindBought:
		return c.buy(s, at)
	case KindCancelled, KindVoided:
		return c.callOff(s, at)
	case KindClosing:
		return c.closing(s, at)
	case KindClosed:
		return c.closed(s)
	case KindSettled:
		return c.settled(s)
	}
	return Change{}, fmt.Errorf("auction: no rule for a record of kind %q", op.Kind)
}

func missing() error { return fault.New(fault.NotFound, "auction.missing") }

func conflict(key string, pairs ...any) *fault.Error { return fault.New(fault.Conflict, key, pairs...) }

// over is why nobody can bid any more, or yet, at an instant; nil while they can.
func (s *State) over(at time.Time) error {
	switch {
	case s.End == KindCancelled:
		return conflict("auction.cancelled")
	case s.End == KindVoided:
		return conflict("auction.voided")
	case s.End != "" || !at.Before(s.ClosesAt) || s.left() <= 0:
		return conflict("auction.closed", "at", s.ClosesAt)
	case at.Before(s.Settings.Opens):
		return conflict("auction.not_open", "at", s.Settings.Opens)
	}
	return nil
}

func (c Change) schedule(s *State) (Change, error) {
	if s.Scheduled() {
		return Change{}, conflict("auction.not_draft")
	}
	c.After.ClosesAt = c.Op.Settings.Closes
	return c, nil
}

// admits checks what bids and purchases have in common.
func (s *State) admits(op Op, at time.Time) error {
	if err := s.over(at); err != nil {
		return err
	}
	switch {
	case op.Member == "" || op.Company == "":
		return fault.New(fault.Invalid, "auction.member").On("member")
	case op.Amount < 1 || op.top() > MaxPrice || op.Max < 0:
		return fault.New(fault.Invalid, "auction.amount", "max", int64(MaxPrice)).On("amount")
	}
	if err := s.companyOpen(op.Member, op.Company); err != nil {
		return err
	}
	if _, won := s.win(op.Member); won {
		return conflict("auction.won_here")
	}
	return nil
}

// companyOpen refuses a member whose colleague was the company's first bidder, where each company has one.
func (s *State) companyOpen(member, company string) error {
	if first, taken := s.Companies[company]; taken && first != member && !s.Settings.ManyPerCompany {
		return conflict("auction.company_taken")
	}
	return nil
}

// enough checks that the bid is not too low for who makes it.
func (s *State) enough(op Op) error {
	if !s.Settings.Proxy && op.Max != 0 && op.Max != op.Amount {
		return fault.New(fault.Invalid, "auction.no_proxy").On("max")
	}
	next := s.nextFor(op.Member)
	own, leads := s.lead(op.Member)
	switch {
	case leads && next == 0:
		return conflict("auction.own_lead", "n", own.Amount).On("amount")
	case op.top() < next && leads:
		return conflict("auction.own_lead", "n", own.Max).On("amount")
	case op.top() < next:
		return conflict("auction.too_low", "next", next).On("amount")
	}
	return nil
}

func (c Change) bid(s *State, at time.Time) (Change, error) {
	if err := s.admits(c.Op, at); err != nil {
		return Change{}, err
	}
	if err := s.enough(c.Op); err != nil {
		return Change{}, err
	}
	c.count(s)
	if s.Settings.Form == Sealed {
		return c, nil
	}
	b := Bidder{Member: c.Op.Member, Company: c.Op.Company, Amount: s.Settings.Start, Max: c.Op.top(), Bid: c.Op.Key, Seq: s.Seq + 1}
	own, leads := s.lead(b.Member)
	if leads {
		b.Amount = own.Amount
		c.drop(b.Member)
	}
	i, _ := slices.BinarySearchFunc(c.After.Leads, b, better)
	c.After.Leads = slices.Insert(c.After.Leads, i, b)
	if leads && s.Settings.Proxy {
		return c, nil // only their own most grew, which nobody sees
	}
	c.squeeze(s, s.left())
	c.extend(s, at)
	return c, nil
}

// count counts an accepted bid.
func (c *Change) count(s *State) {
	c.After.Count++
	if _, known := s.All[c.Op.Member]; !known {
		c.After.Bidders++
	}
}

// drop takes a member's bid out of the leading ones.
func (c *Change) drop(member string) {
	c.After.Leads = slices.DeleteFunc(c.After.Leads, func(b Bidder) bool { return b.Member == member })
}

// squeeze lets no more lead than there are units, and each leader pay the least that leads: a step more than the most
// that anybody named who does not lead, within what they named themselves.
func (c *Change) squeeze(s *State, units int) {
	if len(c.After.Leads) > units {
		c.Out = slices.Clone(c.After.Leads[units:])
		c.After.Leads = c.After.Leads[:units]
		for i := range c.Out {
			c.Out[i].Amount = c.Out[i].Max // beaten at the most that they named
			c.After.Beaten = max(c.After.Beaten, c.Out[i].Max)
		}
	}
	for i := range c.After.Leads {
		l := &c.After.Leads[i]
		switch {
		case !s.Settings.Proxy:
			l.Amount = l.Max
		case c.After.Beaten > 0:
			l.Amount = max(l.Amount, min(l.Max, c.After.Beaten+s.Settings.Step))
		}
	}
}

// extend moves the end for a bid that comes late.
func (c *Change) extend(s *State, at time.Time) {
	if s.ClosesAt.Sub(at) > s.Settings.Window {
		return
	}
	latest := s.Settings.Closes.Add(s.Settings.Cap)
	if moved := s.ClosesAt.Add(s.Settings.Extension); moved.Before(latest) {
		latest = moved
	}
	if latest.After(s.ClosesAt) {
		c.After.ClosesAt = latest
	}
}

// buy gives the next unit to who pays its price at once. The last one ends the bidding.
func (c Change) buy(s *State, at time.Time) (Change, error) {
	if err := s.admits(c.Op, at); err != nil {
		return Change{}, err
	}
	switch now := s.buyNow(); {
	case now == 0:
		return Change{}, conflict("auction.no_buy_now")
	case now != c.Op.Amount:
		return Change{}, conflict("auction.price_changed", "n", now).On("price")
	}
	c.count(s)
	c.drop(c.Op.Member)
	c.After.Wins = append(c.After.Wins, Win{
		Unit: len(s.Wins), Member: c.Op.Member, Company: c.Op.Company, Price: c.Op.Amount, Bid: c.Op.Key,
	})
	c.squeeze(s, s.left()-1)
	if s.left() > 1 {
		c.extend(s, at)
	} else {
		c.After.ClosesAt = at
	}
	return c, nil
}

// callOff cancels an auction that nobody bid for, or voids one: what was bought at once stays bought.
func (c Change) callOff(s *State, at time.Time) (Change, error) {
	switch {
	case s.End == c.Op.Kind:
		return Change{}, conflict("auction." + string(s.End))
	case s.End != "" || !at.Before(s.ClosesAt):
		return Change{}, conflict("auction.closed", "at", s.ClosesAt)
	case c.Op.Kind == KindCancelled && s.Count > 0:
		return Change{}, conflict("auction.has_bids", "n", s.Count)
	case c.Op.Kind == KindVoided && c.Op.Reason == "":
		return Change{}, fault.New(fault.Invalid, "auction.reason", "n", maxReason).On("reason")
	}
	c.After.End, c.After.Leads = c.Op.Kind, nil
	return c, nil
}

func (c Change) closing(s *State, at time.Time) (Change, error) {
	switch {
	case s.End != "":
		return Change{}, conflict("auction.closed", "at", s.ClosesAt)
	case at.Before(s.ClosesAt):
		return Change{}, conflict("auction.not_over", "at", s.ClosesAt)
	}
	c.After.End = KindClosing
	return c, nil
}

// closed names the winners: the best bids at or above the reserve, without those who may not win.
func (c Change) closed(s *State) (Change, error) {
	if s.End != KindClosing {
		return Change{}, conflict("auction.closed", "at", s.ClosesAt)
	}
	for _, b := range s.ranking() {
		if len(c.After.Wins) == s.Settings.Units || b.Max < s.Settings.Reserve || slices.Contains(c.Op.Denied, b.Member) {
			continue
		}
		c.After.Wins = append(c.After.Wins, Win{
			Unit: len(c.After.Wins), Member: b.Member, Company: b.Company, Price: max(b.Amount, s.Settings.Reserve), Bid: b.Bid,
		})
	}
	c.After.End, c.After.Leads = KindClosed, nil
	return c, nil
}

func (c Change) settled(s *State) (Change, error) {
	if s.Settled || s.End != KindClosed && s.End != KindVoided && s.End != KindCancelled {
		return Change{}, conflict("auction.not_over", "at", s.ClosesAt)
	}
	c.After.Settled = true
	return c, nil
}
