package web

import (
	"context"
	"time"

	"github.com/gofiber/fiber/v2"

	"firebrand/catalog/purchase/cases"
	"firebrand/internal/fault"
	"firebrand/web/ui"
)

// casesView is what somebody should look at, or what was looked at.
type casesView struct {
	State cases.State
	Rows  []caseRow
	// Waiting is how many are open.
	Waiting int
}

// caseRow is a case in words.
type caseRow struct {
	cases.Case
	// Name is the buyer's.
	Name string
	Why  []string
}

// caseView is one case with all that was said of it.
type caseView struct {
	caseRow
	Looks []caseLook
	// Side are its orders side by side, so that a person can compare them.
	Side []caseOrder
	// Note is what was typed.
	Note string
}

// caseOrder is one order of a case; Placed is zero where it cannot be found any more.
type caseOrder struct {
	ID     string
	Placed time.Time
	Sum    string
	Lines  []caseLine
}

// caseLine is a product and how many of it were ordered.
type caseLine struct {
	Product  string
	Quantity int64
}

// caseLook is what somebody found, with their name.
type caseLook struct {
	cases.Look
	Name string
}

// studioCases lists the open cases, oldest first, or with ?state= those that were looked at.
func (s *Server) studioCases(c *fiber.Ctx) error {
	ctx := c.UserContext()
	view := casesView{State: cases.Waiting}
	if state := cases.State(c.Query("state")); state == cases.Fine || state == cases.NotFine {
		view.State = state
	}
	list, err := s.Cases.List(ctx, view.State)
	if err != nil {
		return err
	}
	waiting, err := s.Cases.List(ctx, cases.Waiting)
	if err != nil {
		return err
	}
	view.Waiting = len(waiting)
	for _, one := range list {
		row, err := s.caseRow(ctx, one, s.lang(c))
		if err != nil {
			return err
		}
		view.Rows = append(view.Rows, row)
	}
	return s.page(c, "studio_cases", ui.Page{Title: "cases.title", Wide: true, Data: view})
}

// studioCase shows one case: why, which orders, and what was found before.
func (s *Server) studioCase(c *fiber.Ctx) error {
	view, err := s.caseView(c.UserContext(), c.Params("id"), s.lang(c))
	if err != nil {
		return err
	}
	return s.page(c, "studio_case", ui.Page{Title: "cases.one_title", Data: view})
}

// caseDecide keeps what somebody found. Points are not touched: that is a correction's.
func (s *Server) caseDecide(c *fiber.Ctx) error {
	if _, err := formKey(c); err != nil {
		return err
	}
	fine := c.FormValue("to") == "fine"
	id, version := c.Params("id"), typedNumber(c.FormValue("version"), -1)
	_, refused := s.Cases.Decide(c.UserContext(), s.me(c).ID, id, fine, c.FormValue("note"), version)
	if refused == nil {
		if fine {
			return said(c, "/studio/cases", "said.cases_fine")
		}
		return said(c, "/studio/cases/"+id, "said.cases_not_fine")
	}
	view, err := s.caseView(c.UserContext(), id, s.lang(c))
	if err != nil {
		return refused
	}
	view.Note = c.FormValue("note")
	return s.again(c, refused, "studio_case", ui.Page{Title: "cases.one_title", Data: view})
}

func (s *Server) caseView(ctx context.Context, id, lang string) (caseView, error) {
	one, err := s.Cases.Case(ctx, id)
	if err != nil {
		return caseView{}, err
	}
	row, err := s.caseRow(ctx, one, lang)
	view := caseView{caseRow: row}
	for _, look := range one.Looks {
		name, unread := s.accountName(ctx, look.By)
		if unread != nil {
			return view, unread
		}
		view.Looks = append(view.Looks, caseLook{look, name})
	}
	if err == nil {
		view.Side, err = s.caseOrders(ctx, one.Orders, s.teller(lang))
	}
	return view, err
}

// caseOrders are the orders that a case links, as they were ordered.
func (s *Server) caseOrders(ctx context.Context, ids []string, w teller) ([]caseOrder, error) {
	list := make([]caseOrder, len(ids))
	for i, id := range ids {
		list[i].ID = id
		o, err := s.Orders.Order(ctx, id)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		list[i].Placed, list[i].Sum = o.Placed, w.money(o.Net())
		for _, l := range o.Lines {
			list[i].Lines = append(list[i].Lines, caseLine{l.Product, l.Quantity})
		}
	}
	return list, nil
}

func (s *Server) caseRow(ctx context.Context, one cases.Case, lang string) (caseRow, error) {
	name, err := s.accountName(ctx, one.Buyer)
	row := caseRow{Case: one, Name: name}
	for _, reason := range one.Reasons {
		row.Why = append(row.Why, s.reasonInWords(reason, lang))
	}
	return row, err
}

// reasonInWords fills a reason's sentence; minimums are money in minor units.
func (s *Server) reasonInWords(r cases.Reason, lang string) string {
	args := map[string]any{"order": r.Order}
	for name, n := range r.Args {
		args[name] = n
	}
	if minimum, there := r.Args["minimum"]; there {
		args["minimum"] = ui.Number(minimum / 100)
	}
	if n, there := r.Args["points"]; there {
		args["points"] = s.UI.Texts.Say(lang, "points.count", map[string]any{"n": n})
	}
	return s.UI.Texts.Say(lang, "cases.why."+r.Key, args)
}

// accountName is whose an account is, a member's or a company's; the id where nobody is found.
func (s *Server) accountName(ctx context.Context, account string) (string, error) {
	m, err := s.Members.ByID(ctx, account)
	if err == nil {
		return m.Name, nil
	}
	if !fault.Is(err, fault.NotFound) {
		return "", err
	}
	company, err := s.Members.CompanyByID(ctx, account)
	if fault.Is(err, fault.NotFound) {
		return account, nil
	}
	return company.Name, err
}

// When is when the case came into its state.
func (r caseRow) When() time.Time { return r.Changed }
