package member

import "firebrand/internal/fault"

// plannedPerson is a person as the plan leaves them.
type plannedPerson struct {
	Member
	outcome Outcome
	// line is the first row of this file that speaks of the person, zero for none.
	line int
	// fault is why they could not be written after all.
	fault *fault.Error
}

// person is the row's person as they would be. The company is the row's, nil where it names none.
func (p *planner) person(rec record, company *plannedCompany) (*plannedPerson, error) {
	phone, err := NormalPhone(rec.cells[colPhone])
	if err != nil {
		return nil, err
	}
	email, err := NormalEmail(rec.cells[colEmail])
	if err != nil {
		return nil, err
	}
	if phone == "" && email == "" {
		return nil, fault.New(fault.Invalid, "member.contact_needed").On("phone")
	}
	known, err := p.known(rec.line, phone, email)
	if err != nil {
		return nil, err
	}
	will := &plannedPerson{Member: Member{Role: RoleMember}, outcome: Created}
	if known != nil {
		will.Member, will.outcome = known.Member, Unchanged
	}
	if err := will.state(rec, phone, email, company); err != nil {
		return nil, err
	}
	if will.Member, err = checked(will.Member); err != nil {
		return nil, err
	}
	if known == nil {
		return will, p.born(will)
	}
	if err := mayChange(p.actor, known.Member, will.Member); err != nil {
		return nil, err
	}
	if err := p.givesUp(known.Member, will.Member); err != nil {
		return nil, err
	}
	if will.Member != known.Member {
		will.outcome = Updated
	}
	return will, nil
}

// known is the person that the row at line speaks of, nil for a new one.
func (p *planner) known(line int, phone, email string) (*plannedPerson, error) {
	for _, id := range []string{phone, email} {
		if first := p.spoken[id]; id != "" && first != line {
			return nil, twice(first)
		}
	}
	known, other := p.byPhone[phone], p.byEmail[email]
	switch {
	case known != nil && other != nil && known != other:
		return nil, fault.New(fault.Conflict, "member.import_two_people").On("email")
	case known == nil:
		known = other
	}
	switch {
	case known == nil:
		return nil, nil
	case known.line > 0:
		return nil, twice(known.line)
	}
	known.line = line
	if !known.Active() {
		return nil, fault.New(fault.Conflict, "member.import_dismissed")
	}
	return known, nil
}

// givesUp refuses that a person gives up a phone or an e-mail that a row of the file speaks of.
func (p *planner) givesUp(was, will Member) error {
	for _, change := range [][2]string{{was.Phone, will.Phone}, {was.Email, will.Email}} {
		if line := p.spoken[change[0]]; change[0] != change[1] && line > 0 {
			return twice(line)
		}
	}
	return nil
}

// twice says that the file speaks of a person in another line as well.
func twice(line int) error { return fault.New(fault.Conflict, "member.import_twice", "line", line) }

// state puts what the row says of a person into them; empty cells say nothing.
func (m *plannedPerson) state(rec record, phone, email string, company *plannedCompany) error {
	if rec.has(colName) {
		m.Name = rec.cells[colName]
	}
	if phone != "" {
		m.Phone = phone
	}
	if email != "" {
		m.Email = email
	}
	if company != nil {
		m.Company = company.ID
	}
	if rec.has(colRole) {
		role, ok := roleWords[headerWord(rec.cells[colRole])]
		if !ok {
			return fault.New(fault.Invalid, "member.role_unknown", "role", tidy(rec.cells[colRole])).On("role")
		}
		m.Role = role
	}
	if rec.has(colLang) {
		lang, ok := langWords[headerWord(rec.cells[colLang])]
		if !ok {
			return fault.New(fault.Invalid, "member.lang_unknown", "lang", tidy(rec.cells[colLang])).On("lang")
		}
		m.Lang = lang
	}
	return nil
}

// born gives a new person what Create would.
func (p *planner) born(m *plannedPerson) error {
	if !Manages(p.actor, m.Member) {
		return notAllowed()
	}
	alias, err := drawAlias(p.random, m.Lang, func(alias string) (bool, error) { return p.aliases[alias], nil })
	m.ID, m.Display.Alias = newID(), alias
	p.aliases[alias] = true
	return err
}
