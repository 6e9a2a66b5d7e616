package web

import (
	"context"
	"strings"

	"github.com/gofiber/fiber/v2"

	"firebrand/internal/fault"
	"firebrand/internal/member"
	"firebrand/internal/points"
	"firebrand/internal/points/correction"
	"firebrand/web/ui"
)

// correctionRow is a correction with the names of those it is about.
type correctionRow struct {
	correction.Correction
	// Whose is the account's owner, a person or a dealer; Detail says where they belong.
	Whose, Detail string
	// Proposer and Decider are who proposed and who decided.
	Proposer, Decider string
	// Own says that whoever looks proposed it.
	Own bool
	// Wrong is the key of what made it fail.
	Wrong string
}

// Points is how many points it is about, and Gives whether they are given.
func (r correctionRow) Points() int64 { return max(r.Amount, -r.Amount) }

// Gives reports whether points are given.
func (r correctionRow) Gives() bool { return r.Amount > 0 }

// correctionsView are the corrections: those that wait for somebody first.
type correctionsView struct {
	Waiting, Recent []correctionRow
	// Alone is the most points that one person corrects alone, Most the most that anybody may; 0 is without bound.
	Alone, Most int64
}

// correctionForm is the form of a proposal. First somebody is looked for, then the points are named.
type correctionForm struct {
	Query string
	Found []found
	// Account, Whose and Detail are whom it is about once they are chosen; Have is what they can spend.
	Account, Whose, Detail       string
	Have                         int64
	Amount, Way, Reason, Funding string
	Alone, Most                  int64
	Key                          string
	// Fundings are the funding sources to choose from.
	Fundings []string
}

// found is somebody who has an account.
type found struct{ ID, Name, Detail string }

// recentCorrections is how many decided corrections the page shows.
const recentCorrections = 50

// corrections lists what waits for a second person and what was done.
func (s *Server) corrections(c *fiber.Ctx) error {
	ctx := c.UserContext()
	waiting, err := s.Corrections.Waiting(ctx)
	if err != nil {
		return err
	}
	recent, err := s.Corrections.Recent(ctx, "", recentCorrections)
	if err != nil {
		return err
	}
	policy := s.Points.PolicyAt(s.Now())
	view := correctionsView{Alone: policy.SecondAbove, Most: policy.ManualMost}
	if view.Waiting, err = s.correctionRows(ctx, s.me(c).ID, waiting); err != nil {
		return err
	}
	if view.Recent, err = s.correctionRows(ctx, s.me(c).ID, ended(recent)); err != nil {
		return err
	}
	return s.page(c, "studio_corrections", ui.Page{Title: "money.corrections", Wide: true, Data: view})
}

// ended are the corrections that wait for nobody.
func ended(all []correction.Correction) (list []correction.Correction) {
	for _, one := range all {
		if one.Status != correction.Waiting {
			list = append(list, one)
		}
	}
	return list
}

// correctionRows adds the names; who has left the programme's books is shown by id.
func (s *Server) correctionRows(ctx context.Context, me string, all []correction.Correction) ([]correctionRow, error) {
	var ids []string
	for _, one := range all {
		ids = append(ids, one.Account, one.By, one.Second)
	}
	people, err := s.Members.Many(ctx, ids)
	if err != nil {
		return nil, err
	}
	var rows []correctionRow
	for _, one := range all {
		row := correctionRow{
			Correction: one, Proposer: people[one.By].Name, Decider: people[one.Second].Name, Own: one.By == me,
		}
		row.Whose, row.Detail = s.ownerOf(ctx, one.Account, people)
		if one.Status == correction.Failed && s.UI.Texts.Has(one.Note) {
			row.Wrong = one.Note
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// ownerOf is whose account an id names: a person with their dealer, or a dealer.
func (s *Server) ownerOf(ctx context.Context, id string, people map[string]member.Member) (name, detail string) {
	if m, ok := people[id]; ok {
		company, err := s.Members.CompanyByID(ctx, m.Company)
		if err != nil {
			return m.Name, ""
		}
		return m.Name, company.Name
	}
	if company, err := s.Members.CompanyByID(ctx, id); err == nil {
		return company.Name, company.Region
	}
	return id, ""
}

// correctionNew looks for whom it is about, then asks for the points.
func (s *Server) correctionNew(c *fiber.Ctx) error {
	form := correctionForm{Query: c.Query("q"), Account: c.Query("account"), Way: "give"}
	if err := s.fillCorrection(c, &form); err != nil {
		return err
	}
	return s.page(c, "studio_correction_new", ui.Page{Title: "money.correction_new", Data: form})
}

// foundMost is how many people and dealers a search shows.
const foundMost = 20

// fillCorrection adds what the form shows beside what was typed.
func (s *Server) fillCorrection(c *fiber.Ctx, form *correctionForm) error {
	form.Fundings = s.fundings(c.UserContext())
	ctx, policy := c.UserContext(), s.Points.PolicyAt(s.Now())
	form.Alone, form.Most = policy.SecondAbove, policy.ManualMost
	if form.Account == "" {
		list, err := s.findAccounts(ctx, s.me(c), form.Query)
		form.Found = list
		return err
	}
	people, err := s.Members.Many(ctx, []string{form.Account})
	if err != nil {
		return err
	}
	form.Whose, form.Detail = s.ownerOf(ctx, form.Account, people)
	if form.Whose == form.Account {
		return fault.New(fault.NotFound, "member.unknown")
	}
	view, err := s.Points.Balance(ctx, form.Account)
	form.Have = view.Alive
	return err
}

// findAccounts finds dealers and their people by the beginning of a word.
func (s *Server) findAccounts(ctx context.Context, me member.Member, text string) (list []found, err error) {
	if text == "" {
		return nil, nil
	}
	people, err := s.Members.Search(ctx, me, text, foundMost)
	if err != nil {
		return nil, err
	}
	companies, err := s.Members.Companies(ctx)
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, company := range companies {
		names[company.ID] = company.Name
		if len(list) < foundMost && beginsWord(company.Name, text) {
			list = append(list, found{company.ID, company.Name, company.Region})
		}
	}
	for _, p := range people {
		if players.allows(p.Role) {
			list = append(list, found{p.ID, p.Name, names[p.Company]})
		}
	}
	return list, nil
}

// correctionPropose enters a proposal under the form's key.
func (s *Server) correctionPropose(c *fiber.Ctx) error {
	key, err := formKey(c)
	if err != nil {
		return err
	}
	form := correctionForm{
		Account: c.FormValue("account"), Amount: c.FormValue("amount"), Way: c.FormValue("way"), Reason: c.FormValue("reason"),
		Funding: c.FormValue("funding"),
	}
	if err := s.fillCorrection(c, &form); err != nil {
		return err
	}
	made, err := s.Corrections.Propose(c.UserContext(), s.me(c).ID, correction.Proposal{
		Key: key, Account: form.Account, Amount: form.amount(), Reason: form.Reason, Funding: form.Funding,
	})
	if err != nil {
		form.Key = key
		return s.again(c, err, "studio_correction_new", ui.Page{Title: "money.correction_new", Data: form})
	}
	return said(c, "/studio/corrections/"+made.ID, "")
}

// amount is what was typed, below zero where points are taken; what is no number is one that the room refuses.
func (f correctionForm) amount() int64 {
	n := typedNumber(f.Amount, 0)
	if n < 0 || n > points.MaxAmount {
		return points.MaxAmount + 1
	}
	if f.Way == "take" {
		return -n
	}
	return n
}

// correction shows one correction with what may be decided.
func (s *Server) correction(c *fiber.Ctx) error {
	one, err := s.Corrections.ByID(c.UserContext(), c.Params("id"))
	if err != nil {
		return err
	}
	rows, err := s.correctionRows(c.UserContext(), s.me(c).ID, []correction.Correction{one})
	if err != nil {
		return err
	}
	return s.page(c, "studio_correction", ui.Page{Title: "money.correction", Data: rows[0]})
}

// correctionDecide approves, refuses or withdraws.
func (s *Server) correctionDecide(c *fiber.Ctx) error {
	if _, err := formKey(c); err != nil {
		return err
	}
	ctx, id, me := c.UserContext(), c.Params("id"), s.me(c).ID
	var err error
	switch c.FormValue("to") {
	case "approve":
		_, err = s.Corrections.Approve(ctx, me, id)
	case "withdraw":
		_, err = s.Corrections.Withdraw(ctx, me, id)
	default:
		_, err = s.Corrections.Refuse(ctx, me, id, c.FormValue("note"))
	}
	if err == nil {
		return said(c, "/studio/corrections/"+id, "")
	}
	one, unread := s.Corrections.ByID(ctx, id)
	if unread != nil {
		return unread
	}
	rows, unread := s.correctionRows(ctx, me, []correction.Correction{one})
	if unread != nil {
		return unread
	}
	return s.again(c, err, "studio_correction", ui.Page{Title: "money.correction", Data: rows[0]})
}

// beginsWord reports whether any word of a name begins with a text, whatever the case.
func beginsWord(name, text string) bool {
	name, text = strings.ToLower(name), strings.ToLower(strings.TrimSpace(text))
	return strings.HasPrefix(name, text) || strings.Contains(name, " "+text)
}
