package auction

import (
	"cmp"
	"context"
	"slices"
	"time"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/member"
	"firebrand/internal/store"
)

// endedMost bounds a list of auctions that are over.
const endedMost = 100

// View is an auction as this member sees it; the empty member sees what everyone does. The reserve is shown to the
// brand's staff only. fault.NotFound ("auction.missing") for what was never scheduled, fault.Forbidden
// ("auction.region") for who is not invited.
func (s *Service) View(ctx context.Context, id, memberID string) (View, error) {
	t, err := s.fresh(ctx, id)
	if err == nil {
		err = s.invited(ctx, t, memberID)
	}
	if err != nil {
		return View{}, err
	}
	p, err := s.public(ctx, t)
	if err != nil {
		return View{}, err
	}
	v := View{Public: p, Now: s.now()}
	t.read(func(st *State) { v.Auction = st.Settings; v.Mine = st.mine(memberID) })
	if memberID == "" || v.Phase != PhaseOpen {
		v.Mine.Next = 0
	} else if err := s.fillMay(ctx, t, memberID, &v.Mine); err != nil {
		return View{}, err
	}
	return v, s.hide(ctx, &v.Auction, memberID)
}

// fillMay says whether a member may bid now and from how much, or why not.
func (s *Service) fillMay(ctx context.Context, t *table, memberID string, m *Mine) error {
	var of calendar.Month
	company, err := s.mayBid(ctx, t, memberID)
	if err == nil {
		t.read(func(st *State) { err = st.companyOpen(memberID, company); of = st.Settings.purseMonth() })
	}
	switch {
	case err == nil:
		m.May = m.Next > 0
		free, err := s.Points.Spendable(ctx, memberID, of)
		m.Purse = free + m.Held
		return err
	case verdict(err):
		f := fault.As(err)
		m.Why, m.WhyArgs, m.Next = f.Key, f.Args, 0
	default:
		return err
	}
	return nil
}

// hide takes out what only the brand's staff may see.
func (s *Service) hide(ctx context.Context, a *Auction, memberID string) error {
	if a.Reserve == 0 {
		return nil
	}
	staff, err := s.staff(ctx, memberID)
	if !staff {
		a.Reserve = 0
	}
	return err
}

// mine is how a member stands.
func (s *State) mine(id string) Mine {
	m := Mine{Standing: None, Next: s.nextFor(id)}
	b, bid := s.All[id]
	if !bid {
		return m
	}
	m.Amount = b.Amount
	if s.Settings.Proxy {
		m.Max = b.Max
	}
	w, won := s.win(id)
	_, stands := s.stands(id)
	switch {
	case won:
		m.Standing, m.Amount, m.Redemption = Won, w.Price, s.redemption(w.Unit)
	case s.End == KindClosed || s.End == KindVoided:
		m.Standing = Lost
	case stands && s.Settings.Form == Sealed:
		m.Standing, m.Held = InSeal, b.Max
	case stands:
		m.Standing, m.Held = Leading, b.Max
	default:
		m.Standing = Outbid
	}
	return m
}

// Snapshot is what everyone may see of an auction; see View for its faults.
func (s *Service) Snapshot(ctx context.Context, id string) (Public, error) {
	t, err := s.fresh(ctx, id)
	if err != nil {
		return Public{}, err
	}
	return s.public(ctx, t)
}

// public is what everyone may see, by the clock.
func (s *Service) public(ctx context.Context, t *table) (Public, error) {
	var p Public
	var ids []string
	now := s.now()
	t.mu.Lock()
	p = t.state.public(now)
	p.Bids = slices.Clone(t.last)
	t.mu.Unlock()
	if p.Phase == PhaseDraft {
		return p, missing()
	}
	slices.Reverse(p.Bids)
	for _, b := range p.Bids {
		ids = append(ids, b.Who)
	}
	for _, l := range p.Leads {
		ids = append(ids, l.Who)
	}
	names, err := s.names(ctx, ids)
	if err != nil {
		return p, err
	}
	for i := range p.Bids {
		b := &p.Bids[i]
		b.Name, b.Who = names[b.Who], member.Who(b.Who)
		if p.sealed {
			b.Amount = 0
		}
	}
	nameLeads(p.Leads, names)
	if s.Hub != nil {
		p.Watchers = s.Hub.Watching(Room(t.id))
	}
	return p, nil
}

// nameLeads puts names for ids.
func nameLeads(leads []Lead, names map[string]string) {
	for i := range leads {
		l := &leads[i]
		l.Name, l.Who = names[l.Who], member.Who(l.Who)
	}
}

// public is everything but the last bids; who leads is named by id.
func (s *State) public(now time.Time) Public {
	p := Public{
		ID: s.Settings.ID, Phase: s.phase(now), Opens: s.Settings.Opens, ClosesAt: s.ClosesAt,
		EndsLatest: s.Settings.Closes.Add(s.Settings.Cap), Price: s.price(), Left: s.left(), Count: s.Count, Bidders: s.Bidders,
		Reason: s.Reason, Seq: s.Seq, Leads: s.leads(),
	}
	if s.left() <= 0 || p.EndsLatest.Before(p.ClosesAt) {
		p.EndsLatest = p.ClosesAt
	}
	if p.Phase == PhaseOpen || p.Phase == PhaseUpcoming {
		p.Next, p.BuyNow = s.next(), s.buyNow()
	}
	if p.Phase == PhaseClosed {
		p.Unsold, p.Left = s.left(), 0
	}
	p.sealed = s.Settings.Form == Sealed && p.Phase != PhaseClosed
	return p
}

// leads are who won and who would, the winners first, then by what they would pay, named by id. By what they named as
// their most nobody is sorted: the order would tell it.
func (s *State) leads() []Lead {
	var leads []Lead
	for _, w := range s.Wins {
		leads = append(leads, Lead{Who: w.Member, Amount: w.Price, Won: true})
	}
	shown := slices.SortedFunc(slices.Values(s.Leads), func(a, b Bidder) int {
		return cmp.Or(cmp.Compare(b.Amount, a.Amount), cmp.Compare(a.Seq, b.Seq))
	})
	for _, b := range shown {
		leads = append(leads, Lead{Who: b.Member, Amount: b.Amount})
	}
	return leads
}

// Live are the auctions that can be bid for now, the first to close leading.
func (s *Service) Live(ctx context.Context, memberID string) ([]View, error) {
	return s.views(ctx, memberID, 0, []Stage{Active}, PhaseOpen, PhaseClosing)
}

// Upcoming are those that open later, the first to close leading.
func (s *Service) Upcoming(ctx context.Context, memberID string) ([]View, error) {
	return s.views(ctx, memberID, 0, []Stage{Active}, PhaseUpcoming)
}

// Ended are those that are over, the last to close first, up to limit (100 at most).
func (s *Service) Ended(ctx context.Context, memberID string, limit int) ([]View, error) {
	if limit < 1 || limit > endedMost {
		limit = endedMost
	}
	return s.views(ctx, memberID, limit, []Stage{Active, Done}, PhaseClosed, PhaseVoided, PhaseCancelled)
}

// views are the auctions of these stages that are in one of the phases and that the member may see, out of the 100 that
// close first; a limit asks for so many of the last to close.
func (s *Service) views(ctx context.Context, memberID string, limit int, stages []Stage, phases ...Phase) ([]View, error) {
	var views []View
	for _, stage := range stages {
		entries, err := s.docs.Find(ctx, store.Query{
			Index: "stage_closes", Equal: []any{string(stage)}, Desc: limit > 0, Limit: max(limit, endedMost),
		})
		if err != nil {
			return nil, err
		}
		found := 0
		for _, e := range entries {
			if limit > 0 && found == limit {
				break // what is not shown is not read
			}
			v, err := s.View(ctx, e.ID, memberID)
			if fault.Is(err, fault.Forbidden) {
				continue
			}
			if err != nil {
				return nil, err
			}
			if slices.Contains(phases, v.Phase) {
				views = append(views, v)
				found++
			}
		}
	}
	slices.SortStableFunc(views, func(a, b View) int {
		if limit > 0 {
			return b.ClosesAt.Compare(a.ClosesAt)
		}
		return a.ClosesAt.Compare(b.ClosesAt)
	})
	if limit > 0 && len(views) > limit {
		views = views[:limit]
	}
	return views, nil
}

// Held are the auctions that hold points of a member now, as the account says, the first to close leading.
func (s *Service) Held(ctx context.Context, memberID string) ([]Held, error) {
	account, err := s.Points.Balance(ctx, memberID)
	if err != nil {
		return nil, err
	}
	var held []Held
	for _, h := range account.Holds {
		id, ours := auctionOf(h.Ref)
		if !ours {
			continue
		}
		t, err := s.fresh(ctx, id)
		if err != nil {
			return nil, err
		}
		one := Held{Auction: id, Amount: h.Amount()}
		t.read(func(st *State) {
			one.Title, one.ClosesAt, one.Standing = st.Settings.Title, st.ClosesAt, st.mine(memberID).Standing
		})
		held = append(held, one)
	}
	slices.SortStableFunc(held, func(a, b Held) int { return a.ClosesAt.Compare(b.ClosesAt) })
	return held, nil
}
