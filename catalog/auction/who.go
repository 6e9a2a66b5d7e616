package auction

import (
	"context"
	"slices"
	"sync"
	"time"

	"firebrand/internal/fault"
	"firebrand/internal/member"
)

const (
	// recentFor is how long what was looked up about a person is believed: while a room is hot the same people bid.
	recentFor = 5 * time.Second
	// recentMost bounds how much of it is remembered.
	recentMost = 20_000
)

// people remembers what was looked up about people a moment ago.
type people struct {
	mu    sync.Mutex
	may   map[string]admitted
	cards map[string]carded
}

type admitted struct {
	company string
	at      time.Time
}

type carded struct {
	name string
	at   time.Time
}

func newPeople() *people { return &people{may: map[string]admitted{}, cards: map[string]carded{}} }

// mayBid is the company that a member bids for, or why they may not bid in this auction: who they are and what they
// have done, not how the auction stands.
func (s *Service) mayBid(ctx context.Context, t *table, id string) (company string, err error) {
	now, key := s.now(), partyID(t.id, id)
	s.people.mu.Lock()
	known, found := s.people.may[key]
	s.people.mu.Unlock()
	if age := now.Sub(known.at); found && age >= 0 && age < recentFor {
		return known.company, nil
	}
	var a Auction
	var bidder bool
	t.read(func(st *State) { a = st.Settings; _, bidder = st.All[id] })
	if company, err = s.admit(ctx, a, id, bidder); err != nil {
		return "", err // never remembered: whoever finishes a game may bid at once
	}
	s.people.mu.Lock()
	defer s.people.mu.Unlock()
	if len(s.people.may) >= recentMost {
		clear(s.people.may)
	}
	s.people.may[key] = admitted{company, now}
	return company, nil
}

// admit looks a member up. Who has bid before was invited and had played; they need only still be there, and not have won
// elsewhere since.
func (s *Service) admit(ctx context.Context, a Auction, id string, bidder bool) (company string, err error) {
	m, err := s.dealerStaff(ctx, id)
	if err != nil {
		return "", err
	}
	if !a.ManyWins { // nobody drives up a price that they cannot win at any more
		won, err := s.hasWon(ctx, a, id)
		if err != nil {
			return "", err
		}
		if won {
			return "", winDenied()
		}
	}
	if bidder {
		return m.Company, nil
	}
	if len(a.Regions) > 0 {
		c, err := s.Members.CompanyByID(ctx, m.Company)
		if err != nil {
			return "", err
		}
		if !slices.Contains(a.Regions, c.Region) {
			return "", uninvited()
		}
	}
	if a.NoGameNeeded || s.Game == nil {
		return m.Company, nil
	}
	played, err := s.Game.Finished(ctx, id, a.Month)
	if err == nil && !played {
		err = fault.New(fault.Forbidden, "auction.play_first")
	}
	return m.Company, err
}

// dealerStaff looks up somebody who still works for a dealer; fault.Forbidden for anybody else.
func (s *Service) dealerStaff(ctx context.Context, id string) (member.Member, error) {
	m, err := s.Members.ByID(ctx, id)
	switch {
	case fault.Is(err, fault.NotFound):
		return m, fault.New(fault.Forbidden, "auction.staff")
	case err != nil:
		return m, err
	case !m.Active() || m.MergedInto != "":
		return m, inactive()
	case !m.Role.OfCompany() || m.Company == "":
		return m, fault.New(fault.Forbidden, "auction.staff")
	}
	return m, nil
}

// MayWatch lets somebody into the live room of an auction, as they are now: who is invited, who has bid, and the brand's
// people. fault.NotFound ("auction.missing"), fault.Forbidden ("auction.region").
func (s *Service) MayWatch(ctx context.Context, id, memberID string) error {
	t, err := s.table(ctx, id)
	if err != nil {
		return err
	}
	if memberID == "" {
		return uninvited()
	}
	return s.invited(ctx, t, memberID)
}

func inactive() error { return fault.New(fault.Forbidden, "auction.inactive") }

func uninvited() error { return fault.New(fault.Forbidden, "auction.region") }

// invited refuses whom an auction for some regions does not concern. The empty member is the programme itself.
func (s *Service) invited(ctx context.Context, t *table, memberID string) error {
	var regions []string
	var bidder bool
	t.read(func(st *State) { regions = st.Settings.Regions; _, bidder = st.All[memberID] })
	if len(regions) == 0 || bidder || memberID == "" {
		return nil
	}
	m, err := s.Members.ByID(ctx, memberID)
	switch {
	case fault.Is(err, fault.NotFound):
		return uninvited()
	case err != nil || !m.Role.OfCompany():
		return err
	}
	c, err := s.Members.CompanyByID(ctx, m.Company)
	if err == nil && !slices.Contains(regions, c.Region) {
		err = uninvited()
	}
	return err
}

// names are how these members chose to be shown.
func (s *Service) names(ctx context.Context, ids []string) (map[string]string, error) {
	now, names := s.now(), make(map[string]string, len(ids))
	var ask []string
	s.people.mu.Lock()
	for _, id := range ids {
		if c, found := s.people.cards[id]; found && now.Sub(c.at) < recentFor && !now.Before(c.at) {
			names[id] = c.name
		} else {
			ask = append(ask, id)
		}
	}
	s.people.mu.Unlock()
	if len(ask) == 0 {
		return names, nil
	}
	slices.Sort(ask)
	cards, err := s.Members.Cards(ctx, slices.Compact(ask))
	if err != nil {
		return nil, err
	}
	s.people.mu.Lock()
	defer s.people.mu.Unlock()
	if len(s.people.cards) >= recentMost {
		clear(s.people.cards)
	}
	for id, c := range cards {
		names[id] = c.Name
		s.people.cards[id] = carded{c.Name, now}
	}
	return names, nil
}

// staff reports whether this is one of the brand's own people, who see what bidders do not.
func (s *Service) staff(ctx context.Context, id string) (bool, error) {
	if id == "" {
		return false, nil
	}
	m, err := s.Members.ByID(ctx, id)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	return m.Active() && (m.Role == member.RoleMarketer || m.Role == member.RoleAdmin), err
}

// zoneOf is the IANA zone that a company lives by, empty for the programme's.
func zoneOf(c member.Company) string { return c.Zone }
