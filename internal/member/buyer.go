package member

import (
	"context"

	"firebrand/internal/fault"
	"firebrand/internal/store"
)

// BuyerRef is how an ERP names who bought: a company by its id or its code, a person by their id, phone or e-mail.
// Either may be empty.
type BuyerRef struct {
	Company string
	Member  string
}

// Buyer is who a BuyerRef names.
type Buyer struct {
	// Company is the buyer, or the person's own company where a person alone was named.
	Company Company
	// Member is the person who bought, zero where the company did. Somebody whose account was merged into another of
	// theirs is that other.
	Member Member
	// Known is true where all that was named is there, fits together and takes part.
	Known bool
	// Why is a message key that says why the buyer is not Known: "member.buyer_none", "member.buyer_company",
	// "member.buyer_person", "member.buyer_dismissed", "member.buyer_elsewhere" (the person is not of that company).
	Why string
}

// Buyer finds who bought. What it finds is believed for some seconds, and looked up anew at once when this process
// changes a company or a person; so it costs about a microsecond. A buyer that is not there is no error.
func (s *Service) Buyer(ctx context.Context, ref BuyerRef) (Buyer, error) {
	now := s.now()
	b, found, changes := s.recentBuyers.get(ref, now)
	if found {
		return b, nil
	}
	b, err := s.findBuyer(ctx, ref)
	if err == nil {
		s.recentBuyers.put(ref, b, now, changes)
	}
	return b, err
}

func (s *Service) findBuyer(ctx context.Context, ref BuyerRef) (b Buyer, err error) {
	if ref.Company != "" {
		var found bool
		if b.Company, found, err = s.companyByAny(ctx, ref.Company); err != nil || !found {
			b.Why = "member.buyer_company"
			return b, err
		}
	}
	if ref.Member == "" {
		b.Known = ref.Company != ""
		if !b.Known {
			b.Why = "member.buyer_none"
		}
		return b, nil
	}
	m, found, err := s.personByAny(ctx, ref.Member)
	switch {
	case err != nil:
		return Buyer{}, err
	case !found || !m.Role.OfCompany():
		b.Why = "member.buyer_person"
		return b, nil
	case !m.Active():
		b.Why = "member.buyer_dismissed"
		return b, nil
	case ref.Company != "" && b.Company.ID != m.Company:
		b.Why = "member.buyer_elsewhere"
		return b, nil
	}
	if ref.Company == "" {
		if b.Company, err = s.CompanyByID(ctx, m.Company); err != nil {
			return Buyer{}, err
		}
	}
	b.Member, b.Known = m, true
	return b, nil
}

// companyByAny finds a company by its id and then by its code, so that no code ever takes another company's place.
func (s *Service) companyByAny(ctx context.Context, name string) (Company, bool, error) {
	e, err := s.companies.Get(ctx, name)
	if err == nil {
		return e.Value.Company, true, nil
	}
	if !fault.Is(err, fault.NotFound) {
		return Company{}, false, err
	}
	return s.companyByCode(ctx, name)
}

func (s *Service) companyByCode(ctx context.Context, code string) (Company, bool, error) {
	want := fold(code)
	if want == "" {
		return Company{}, false, nil
	}
	entries, err := s.companies.Find(ctx, store.Query{Index: "code", Equal: []any{want}, Limit: 1})
	if err != nil || len(entries) == 0 {
		return Company{}, false, err
	}
	return entries[0].Value.Company, true, nil
}

// personByAny finds a person by id, phone or e-mail; one who was merged into another account is that account.
func (s *Service) personByAny(ctx context.Context, name string) (Member, bool, error) {
	e, err := s.accounts.Get(ctx, name)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return Member{}, false, err
	}
	a, found := e.Value, err == nil
	if !found {
		phone, email := normalLogin(name)
		if a, found, err = s.byLogin(ctx, phone, email); err != nil || !found {
			return Member{}, false, err
		}
	}
	m, err := s.survivor(ctx, a.Member)
	return m, err == nil, err
}
