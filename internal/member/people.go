package member

import (
	"context"
	"slices"
	"strings"
	"time"

	"firebrand/internal/fault"
	"firebrand/internal/store"
)

// ByID returns a person, dismissed ones too; fault.NotFound "member.unknown".
func (s *Service) ByID(ctx context.Context, id string) (Member, error) {
	a, err := s.account(ctx, id)
	return a.Member, err
}

// All calls each with every person, dismissed ones too, in the order of ids; it stops at each's first error.
func (s *Service) All(ctx context.Context, each func(Member) error) error {
	return s.each(ctx, func(a account) error { return each(a.Member) })
}

// People returns a company's people by name, dismissed ones too, for the person who answers for them: who has come,
// when they were last seen, who has not used their invitation yet. Allowed to the company's principal, to marketers and
// administrators.
func (s *Service) People(ctx context.Context, actor Member, company string) ([]Person, error) {
	if !seesCompany(actor, company) {
		return nil, notAllowed()
	}
	var people []Person
	now := s.now()
	err := s.eachOf(ctx, company, func(a account) { people = append(people, personOf(a, now)) })
	return people, err
}

// Person returns one person, dismissed ones too: a company's to whom People shows the company, anybody else to
// administrators. Faults: NotFound "member.unknown", for marketers the brand's own people too, whom Search does not
// find for them; Forbidden "member.not_allowed".
func (s *Service) Person(ctx context.Context, actor Member, id string) (Person, error) {
	a, err := s.account(ctx, id)
	if err != nil {
		return Person{}, err
	}
	switch {
	case seesCompany(actor, a.Member.Company), AnswersFor(actor, a.Member):
		return personOf(a, s.now()), nil
	case keepsCompanies(actor):
		return Person{}, fault.New(fault.NotFound, "member.unknown")
	}
	return Person{}, notAllowed()
}

// seesCompany reports whether actor may see all people of a company; nobody's company is seen by none.
func seesCompany(actor Member, company string) bool {
	own := actor.Active() && actor.Role == RolePrincipal && actor.Company == company
	return company != "" && (own || keepsCompanies(actor))
}

// Search finds up to limit people by the beginning of any word of their name, of their e-mail, of their company's
// name or code, or by digits of their phone (three or more); an empty text finds everybody. It reads all accounts, which is
// well up to 20,000. Allowed to administrators, and to marketers, who find dealer staff only.
func (s *Service) Search(ctx context.Context, actor Member, text string, limit int) ([]Person, error) {
	if actor.Role != RoleAdmin && actor.Role != RoleMarketer {
		return nil, notAllowed()
	}
	companies, err := s.Companies(ctx)
	if err != nil {
		return nil, err
	}
	names := make(map[string]string, len(companies))
	for _, c := range companies {
		names[c.ID] = fold(c.Name + " " + c.Code)
	}
	var people []Person
	now, want := s.now(), fold(text)
	err = s.each(ctx, func(a account) error {
		if Manages(actor, a.Member) && matches(a.Member, names[a.Member.Company], want) {
			people = append(people, personOf(a, now))
		}
		return nil
	})
	slices.SortStableFunc(people, func(x, y Person) int { return strings.Compare(x.Name, y.Name) })
	return people[:max(0, min(limit, len(people)))], err
}

// Many returns the people of these ids; who is not there is left out.
func (s *Service) Many(ctx context.Context, ids []string) (map[string]Member, error) {
	members := make(map[string]Member, len(ids))
	for chunk := range slices.Chunk(ids, page) {
		in := make([]any, len(chunk))
		for i, id := range chunk {
			in[i] = id
		}
		entries, err := s.accounts.Find(ctx, store.Query{Index: "id", In: in, Limit: page})
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			members[e.ID] = e.Value.Member
		}
	}
	return members, nil
}

// Cards is Many for boards: names as chosen, with company and region, and nothing else.
func (s *Service) Cards(ctx context.Context, ids []string) (map[string]Card, error) {
	members, err := s.Many(ctx, ids)
	if err != nil {
		return nil, err
	}
	cards := make(map[string]Card, len(members))
	companies := map[string]Company{}
	for id, m := range members {
		c, known := companies[m.Company]
		if !known && m.Company != "" {
			if c, err = s.CompanyByID(ctx, m.Company); err != nil && !fault.Is(err, fault.NotFound) {
				return nil, err
			}
			companies[m.Company] = c
		}
		cards[id] = Card{
			ID: id, Name: m.BoardName(), Company: m.Company, CompanyName: c.Name, Region: c.Region, Size: c.Size,
			Joined: m.Joined, Active: m.Active(),
		}
	}
	return cards, nil
}

// eachOf walks through a company's accounts by name.
func (s *Service) eachOf(ctx context.Context, company string, visit func(account)) error {
	q := store.Query{Index: "company", Equal: []any{company}, Limit: page}
	for {
		entries, err := s.accounts.Find(ctx, q)
		if err != nil {
			return err
		}
		for _, e := range entries {
			visit(e.Value)
		}
		if len(entries) < page {
			return nil
		}
		last := entries[len(entries)-1]
		q.After = &store.Position{Values: []any{last.Value.Member.Name}, ID: last.ID}
	}
}

// personOf says how an account stands at now.
func personOf(a account, now time.Time) Person {
	p := Person{Member: a.Member, Seen: a.Seen}
	if a.Open.usable(now) {
		p.InvitedUntil = a.Open.Expires
	}
	switch {
	case !a.Member.Active():
		p.Standing = StandingDismissed
	case a.Password != "":
		p.Standing = StandingActive
	case !p.InvitedUntil.IsZero():
		p.Standing = StandingInvited
	default:
		p.Standing = StandingEntered
	}
	return p
}

// matches reports whether a person answers a folded search.
func matches(m Member, company, want string) bool {
	if begins(fold(m.Name), want) || begins(company, want) || strings.HasPrefix(m.Email, want) {
		return true
	}
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, want)
	return len(digits) >= 3 && strings.Trim(want, "+0123456789 ()-") == "" && strings.Contains(m.Phone, digits)
}

// begins reports whether text, or what follows one of its spaces, begins with want.
func begins(text, want string) bool {
	return strings.HasPrefix(text, want) || strings.Contains(text, " "+want)
}
