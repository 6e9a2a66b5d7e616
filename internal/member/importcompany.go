package member

import "firebrand/internal/fault"

// plannedCompany is a company as the plan leaves it.
type plannedCompany struct {
	Company
	outcome Outcome
	// fault is why it could not be written after all.
	fault *fault.Error
}

// statement is one attribute of a company, which is named by its fold.
type statement struct {
	company string
	column  column
}

// attributes are the columns that say something of a company.
var attributes = []column{colRegion, colSize, colIndustry, colCode, colZone}

// attribute is where a company has what the column says.
func (c *Company) attribute(col column) *string {
	switch col {
	case colRegion:
		return &c.Region
	case colSize:
		return &c.Size
	case colCode:
		return &c.Code
	case colZone:
		return &c.Zone
	}
	return &c.Industry
}

// hear keeps what the file's first row to say so says of a company.
func (p *planner) hear(rec record) {
	for _, col := range attributes {
		key := statement{fold(rec.cells[colCompany]), col}
		if _, earlier := p.stated[key]; !earlier && rec.has(col) {
			p.stated[key] = tidy(rec.cells[col])
		}
	}
	if code := fold(rec.cells[colCode]); p.coded[code] == "" && rec.has(colCompany) {
		p.coded[code] = fold(rec.cells[colCompany])
	}
}

// company is the row's company as it would be; nil where the row names none.
func (p *planner) company(rec record) (*plannedCompany, error) {
	if !rec.has(colCompany) {
		return nil, nil
	}
	given, err := checkedCompany(Company{
		Name: rec.cells[colCompany], Region: rec.cells[colRegion],
		Size: rec.cells[colSize], Industry: rec.cells[colIndustry], Code: rec.cells[colCode],
		Zone: rec.cells[colZone],
	})
	if err != nil {
		return nil, err
	}
	known := p.companies[fold(given.Name)]
	if known == nil {
		if !keepsCompanies(p.actor) {
			return nil, fault.New(fault.NotFound, "member.company_unknown").On("company")
		}
		known = &plannedCompany{Company: Company{ID: newID(), Name: given.Name}, outcome: Created}
	}
	c := *known
	for _, col := range attributes {
		if err := p.state(&c, col, *given.attribute(col)); err != nil {
			return nil, err
		}
	}
	return &c, nil
}

// state puts what a row says in one column into the company; an empty cell says nothing.
func (p *planner) state(c *plannedCompany, col column, says string) error {
	first := p.stated[statement{fold(c.Name), col}]
	switch {
	case says == "":
		return nil
	case fold(says) != fold(first):
		return fault.New(fault.Conflict, "member.import_company_differs", "was", first).On(columnNames[col])
	}
	says = first
	if spelled := p.regions[fold(first)]; col == colRegion && spelled != "" {
		says = spelled
	}
	is := c.attribute(col)
	if *is == says {
		return nil
	}
	if !keepsCompanies(p.actor) {
		return notAllowed()
	}
	if err := p.mayCode(c, col, says); err != nil {
		return err
	}
	*is = says
	if c.outcome == Unchanged {
		c.outcome = Updated
	}
	return nil
}

// mayCode refuses a code that another company has, or that an earlier row gives to another, and that a company gives up
// a code which a row gives to another.
func (p *planner) mayCode(c *plannedCompany, col column, says string) error {
	if col != colCode {
		return nil
	}
	self := fold(c.Name)
	for _, claim := range []struct{ by, code string }{
		{p.codes[fold(says)], says}, {p.coded[fold(says)], says}, {p.coded[fold(c.Code)], c.Code},
	} {
		if claim.by != "" && claim.by != self {
			return fault.New(fault.Conflict, "member.code_taken", "code", claim.code, "company", p.nameOf(claim.by)).On("code")
		}
	}
	return nil
}

// nameOf is a company's name as it is written where that is known by now.
func (p *planner) nameOf(folded string) string {
	if c := p.companies[folded]; c != nil {
		return c.Name
	}
	return folded
}

// keepCompany writes a company into the plan, where other rows share it.
func (p *planner) keepCompany(c *plannedCompany) *plannedCompany {
	if known := p.companies[fold(c.Name)]; known != nil {
		*known = *c
		c = known
	}
	p.companies[fold(c.Name)] = c
	if c.Region != "" && p.regions[fold(c.Region)] == "" {
		p.regions[fold(c.Region)] = c.Region
	}
	return c
}
