package member

import (
	"context"
	"slices"
	"strings"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/store"
)

// CreateCompany adds a company; an ID is drawn where c has none. Allowed to administrators and marketers.
// Faults: Invalid "member.company_name_needed"; Conflict "member.company_taken" where the name or the ID is taken,
// "member.code_taken" where another company has the code.
func (s *Service) CreateCompany(ctx context.Context, actor Member, c Company) (Company, error) {
	if !keepsCompanies(actor) {
		return Company{}, notAllowed()
	}
	c, err := checkedCompany(c)
	if err != nil {
		return Company{}, err
	}
	return s.enterCompany(ctx, c)
}

func (s *Service) enterCompany(ctx context.Context, c Company) (Company, error) {
	if c.ID == "" {
		c.ID = newID()
	}
	defer s.forgetPeople()
	return c, s.companyTaken(ctx, s.companies.Insert(ctx, c.ID, docOf(c)), c)
}

// UpdateCompany changes everything but the ID. Allowed to administrators and marketers; faults as CreateCompany, and
// NotFound "member.company_unknown".
func (s *Service) UpdateCompany(ctx context.Context, actor Member, c Company) (Company, error) {
	if !keepsCompanies(actor) {
		return Company{}, notAllowed()
	}
	c, err := checkedCompany(c)
	if err != nil {
		return Company{}, err
	}
	return c, s.changeCompany(ctx, c)
}

func (s *Service) changeCompany(ctx context.Context, c Company) error {
	defer s.forgetPeople()
	_, err := s.companies.Update(ctx, c.ID, func(doc *companyDoc) error {
		*doc = docOf(c)
		return nil
	})
	if err == nil && (s.Changed != nil || s.notices != nil) {
		// The company is changed whether or not its people can be read now.
		_ = s.eachOf(ctx, c.ID, func(a account) { s.seen(a.Member.ID) })
	}
	return unknownCompany(s.companyTaken(ctx, err, c))
}

// CompanyByID returns a company, or fault.NotFound "member.company_unknown".
func (s *Service) CompanyByID(ctx context.Context, id string) (Company, error) {
	e, err := s.companies.Get(ctx, id)
	return e.Value.Company, unknownCompany(err)
}

// Companies returns all companies by name.
func (s *Service) Companies(ctx context.Context) ([]Company, error) {
	return s.findCompanies(ctx, store.Query{Index: "fold"})
}

// CompaniesByRegion returns the companies of a region by name; the region is spelled as Regions has it.
func (s *Service) CompaniesByRegion(ctx context.Context, region string) ([]Company, error) {
	return s.findCompanies(ctx, store.Query{Index: "region", Equal: []any{region}})
}

// Regions returns the regions that companies are in, sorted, each once.
func (s *Service) Regions(ctx context.Context) ([]string, error) {
	companies, err := s.Companies(ctx)
	if err != nil {
		return nil, err
	}
	var regions []string
	for _, c := range companies {
		if c.Region != "" {
			regions = append(regions, c.Region)
		}
	}
	slices.SortFunc(regions, strings.Compare)
	return slices.Compact(regions), nil
}

// findCompanies reads all that q asks for; q's index ends with the fold.
func (s *Service) findCompanies(ctx context.Context, q store.Query) ([]Company, error) {
	q.Limit = page
	var companies []Company
	for {
		entries, err := s.companies.Find(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			companies = append(companies, e.Value.Company)
		}
		if len(entries) < page {
			return companies, nil
		}
		last := entries[len(entries)-1]
		q.After = &store.Position{Values: []any{last.Value.Fold}, ID: last.ID}
	}
}

// Answers reports whether the company is found by a text: the beginning of any word of its name, its code or its region.
// An empty text finds every company.
func (c Company) Answers(text string) bool {
	return begins(fold(c.Name+" "+c.Code+" "+c.Region), fold(text))
}

// keepsCompanies reports whether actor may add and change companies.
func keepsCompanies(actor Member) bool {
	return actor.Active() && (actor.Role == RoleAdmin || actor.Role == RoleMarketer)
}

// checkedCompany tidies a company's texts.
func checkedCompany(c Company) (Company, error) {
	for _, f := range []struct {
		text *string
		name string
	}{{&c.Name, "company"}, {&c.Region, "region"}, {&c.Size, "size"}, {&c.Industry, "industry"}, {&c.Code, "code"}} {
		text, err := textField(*f.text, f.name)
		if err != nil {
			return c, err
		}
		*f.text = text
	}
	if c.Zone = strings.TrimSpace(c.Zone); c.Zone != "" {
		if _, err := calendar.Load(c.Zone); err != nil || c.Zone == "Local" {
			return c, fault.New(fault.Invalid, "member.zone", "zone", c.Zone).On("zone")
		}
	}
	if fold(c.Name) == "" {
		return c, fault.New(fault.Invalid, "member.company_name_needed").On("company")
	}
	return c, nil
}

// companyTaken says what of c another company has, after the store refused it.
func (s *Service) companyTaken(ctx context.Context, err error, c Company) error {
	if !isDuplicate(err) {
		return err
	}
	other, found, err := s.companyByCode(ctx, c.Code)
	if err != nil {
		return err
	}
	if found && other.ID != c.ID {
		return fault.New(fault.Conflict, "member.code_taken", "code", c.Code, "company", other.Name).On("code")
	}
	return fault.New(fault.Conflict, "member.company_taken", "company", c.Name).On("company")
}

func unknownCompany(err error) error {
	if fault.Is(err, fault.NotFound) {
		return fault.New(fault.NotFound, "member.company_unknown").On("company")
	}
	return err
}
