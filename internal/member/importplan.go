package member

import (
	"context"
	"io"

	"firebrand/internal/fault"
	"firebrand/internal/sheet"
)

// planner decides row by row what a file changes, without writing: a dry run is the plan alone.
//
// So that the same file changes nothing the second time, no row's fate may depend on what another row changed: a phone
// or an e-mail speaks for the first row that has it, a person is spoken of by one row, nobody gives up a phone or an
// e-mail that another row has, and the first row to state a company's region, size, industry or code states it for the
// file; a code speaks for the first company that has it. All of that holds of refused rows, too.
type planner struct {
	actor  Member
	random io.Reader

	companies map[string]*plannedCompany // by fold
	regions   map[string]string          // by fold, as they are spelled already
	codes     map[string]string          // by fold, whose they are before the file: folds of companies
	coded     map[string]string          // by fold, the first company that the file gives a code
	byPhone   map[string]*plannedPerson  // as stored
	byEmail   map[string]*plannedPerson
	aliases   map[string]bool
	// spoken are the first rows that have a phone or an e-mail.
	spoken map[string]int
	stated map[statement]string
	rows   []plannedRow
}

type plannedRow struct {
	Row
	company *plannedCompany
	person  *plannedPerson
}

// newPlanner loads what is there: all companies and people.
func (s *Service) newPlanner(ctx context.Context, actor Member) (*planner, error) {
	p := &planner{
		actor: actor, random: s.Random,
		companies: map[string]*plannedCompany{}, regions: map[string]string{},
		codes: map[string]string{}, coded: map[string]string{},
		byPhone: map[string]*plannedPerson{}, byEmail: map[string]*plannedPerson{}, aliases: map[string]bool{},
		spoken: map[string]int{}, stated: map[statement]string{},
	}
	companies, err := s.Companies(ctx)
	if err != nil {
		return nil, err
	}
	for _, c := range companies {
		p.keepCompany(&plannedCompany{Company: c, outcome: Unchanged})
		p.codes[fold(c.Code)] = fold(c.Name)
	}
	delete(p.codes, "")
	err = s.each(ctx, func(a account) error {
		known := &plannedPerson{Member: a.Member, outcome: Unchanged}
		p.byPhone[a.Member.Phone], p.byEmail[a.Member.Email] = known, known
		p.aliases[a.Member.Display.Alias] = true
		return nil
	})
	delete(p.byPhone, "")
	delete(p.byEmail, "")
	return p, err
}

// planAll plans a file. Only what is no fault is returned as an error.
func (p *planner) planAll(records []record) error {
	for _, rec := range records {
		phone, _ := NormalPhone(rec.cells[colPhone])
		email, _ := NormalEmail(rec.cells[colEmail])
		for _, id := range []string{phone, email} {
			if _, earlier := p.spoken[id]; !earlier {
				p.spoken[id] = rec.line
			}
		}
		p.hear(rec)
	}
	delete(p.spoken, "")
	delete(p.coded, "")
	for _, rec := range records {
		row := plannedRow{Row: Row{Line: rec.line, Company: tidy(rec.cells[colCompany]), Name: tidy(rec.cells[colName])}}
		if err := p.plan(rec, &row); err != nil {
			f := fault.As(err)
			if f == nil {
				return err
			}
			row.Fault = f
		}
		p.rows = append(p.rows, row)
	}
	return nil
}

// plan decides on the row's company and person first and keeps both only when both can be taken.
func (p *planner) plan(rec record, row *plannedRow) error {
	switch rec.flaw {
	case "":
	case sheet.Quotes:
		return fault.New(fault.Invalid, "member.import_quotes")
	default:
		return fault.New(fault.Invalid, "member.import_damaged")
	}
	company, err := p.company(rec)
	if err != nil {
		return err
	}
	var person *plannedPerson
	if rec.has(colName) || rec.has(colPhone) || rec.has(colEmail) {
		if person, err = p.person(rec, company); err != nil {
			return err
		}
	} else if company == nil {
		return fault.New(fault.Invalid, "member.company_name_needed").On("company")
	}
	if company != nil {
		row.company = p.keepCompany(company)
	}
	row.person = person
	return nil
}

// report counts and lists what became of the rows.
func (p *planner) report() Report {
	r := Report{People: map[Outcome]int{}, Companies: map[Outcome]int{}}
	counted := map[*plannedCompany]bool{}
	for _, row := range p.rows {
		row.finish()
		r.Rows = append(r.Rows, row.Row)
		if row.Fault != nil {
			r.Refused++
			continue
		}
		if row.company != nil && !counted[row.company] {
			counted[row.company] = true
			r.Companies[row.CompanyOutcome]++
		}
		if row.person != nil {
			r.People[row.Outcome]++
		}
	}
	return r
}

// finish takes the outcomes from the plan, where what could not be written is marked by now.
func (r *plannedRow) finish() {
	if r.company != nil {
		r.CompanyOutcome, r.Outcome, r.Fault = r.company.outcome, r.company.outcome, r.company.fault
	}
	if r.person != nil && r.Fault == nil {
		r.Outcome, r.Fault = r.person.outcome, r.person.fault
	}
	if r.Fault != nil {
		r.Outcome, r.CompanyOutcome = Refused, ""
	}
}

// has reports whether the row says something in the column.
func (r record) has(c column) bool { return tidy(r.cells[c]) != "" }
