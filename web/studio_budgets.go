package web

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"firebrand/internal/calendar"
	"firebrand/internal/points/budget"
	"firebrand/web/ui"
)

// moneyRoutes are where marketers answer for what points cost: budgets, what is owed, corrections by hand.
var moneyRoutes = []route{
	{"GET", "/studio/budgets", marketers, (*Server).budgets},
	{"GET", "/studio/budgets/new", marketers, (*Server).budgetNew},
	{"POST", "/studio/budgets/new", marketers, (*Server).budgetEnter},
	{"GET", "/studio/budgets/:id", marketers, (*Server).budgetEdit},
	{"POST", "/studio/budgets/:id", marketers, (*Server).budgetSave},
	{"GET", "/studio/liability", marketers, (*Server).liability},
	{"GET", "/studio/liability.csv", marketers, (*Server).liabilityFile},
	{"GET", "/studio/corrections", marketers, (*Server).corrections},
	{"GET", "/studio/corrections/new", marketers, (*Server).correctionNew},
	{"POST", "/studio/corrections/new", marketers, (*Server).correctionPropose},
	{"GET", "/studio/corrections/:id", marketers, (*Server).correction},
	{"POST", "/studio/corrections/:id", marketers, (*Server).correctionDecide},
}

// budgetRow is a budget as it is drawn: a bar of what is given of the limit.
type budgetRow struct {
	budget.View
	// Given is the bar's part in permille of the larger of limit and given; Mark is where the warning is due, 0 where there
	// is none. What is pending has no part in it: points wait that other periods gave.
	Given, Mark int64
	// Percent is what is given of the limit.
	Percent int64
	// Phase is "runs", "comes" or "over".
	Phase string
	// Setter is who set it last, Payer the funding source in words.
	Setter, Payer string
	// Begins and Ends are instants of its first and its last day.
	Begins, Ends time.Time
}

// budgetForm is the form for one budget, with what was typed.
type budgetForm struct {
	// ID is empty for a new budget; Version is that of the budget being edited.
	ID, Version                          string
	Name, Funding, From, To, Limit, Warn string
	// Fundings are the sources to choose from.
	Fundings []string
	// Row is the budget as it stands, nil for a new one.
	Row *budgetRow
	// Over says that its period is past and nothing of it can change.
	Over bool
	// Key is the form's key where its outcome is not known.
	Key string
}

// budgets lists the budgets with what became of them.
func (s *Server) budgets(c *fiber.Ctx) error {
	views, err := s.Budgets.List(c.UserContext())
	if err != nil {
		return err
	}
	rows := make([]budgetRow, len(views))
	for i, v := range views {
		rows[i] = s.budgetRow(c.UserContext(), v, s.lang(c))
	}
	return s.page(c, "studio_budgets", ui.Page{Title: "money.budgets", Wide: true, Data: rows})
}

func (s *Server) budgetRow(ctx context.Context, v budget.View, lang string) budgetRow {
	row := drawBudget(v, s.Zone.Date(s.Now()))
	row.Setter, row.Payer = s.nameOf(ctx, v.By), s.teller(lang).payer(v.Funding)
	row.Begins, row.Ends = s.Zone.StartOf(v.From), s.Zone.EndOf(v.To).Add(-time.Millisecond)
	return row
}

// drawBudget works out the bar.
func drawBudget(v budget.View, today calendar.Date) budgetRow {
	row := budgetRow{View: v, Phase: "runs"}
	switch {
	case today.Before(v.From):
		row.Phase = "comes"
	case v.To.Before(today):
		row.Phase = "over"
	}
	whole := max(v.Limit, v.Committed, 1)
	given := max(v.Committed, 0)
	row.Given = given * 1000 / whole
	row.Mark = v.Limit * int64(v.WarnShare) / whole
	row.Percent = given * 100 / max(v.Limit, 1)
	return row
}

func (s *Server) budgetNew(c *fiber.Ctx) error {
	today := s.Zone.Date(s.Now())
	form := budgetForm{From: today.Month().First().String(), To: today.Month().Last().String(), Warn: "80"}
	return s.page(c, "studio_budget", s.budgetPage(c, form))
}

// budgetEnter makes a budget under the form's key as its id, so that a form sent twice makes one.
func (s *Server) budgetEnter(c *fiber.Ctx) error {
	key, err := formKey(c)
	if err != nil {
		return err
	}
	form := typedBudget(c)
	_, err = s.Budgets.Save(c.UserContext(), s.me(c).ID, key, form.budget(key), 0)
	if err != nil {
		form.Key = key
		return s.again(c, err, "studio_budget", s.budgetPage(c, form))
	}
	return said(c, "/studio/budgets", "said.money_budget_made")
}

// budgetEdit opens a budget as it stands.
func (s *Server) budgetEdit(c *fiber.Ctx) error {
	v, err := s.Budgets.View(c.UserContext(), c.Params("id"))
	if err != nil {
		return err
	}
	row := s.budgetRow(c.UserContext(), v, s.lang(c))
	return s.page(c, "studio_budget", s.budgetPage(c, budgetForm{
		ID: v.ID, Version: strconv.FormatInt(v.Version, 10), Name: v.Name, Funding: v.Funding, From: v.From.String(),
		To: v.To.String(), Limit: strconv.FormatInt(v.Limit, 10), Warn: strconv.Itoa(v.WarnShare / 10),
		Row: &row, Over: row.Phase == "over",
	}))
}

// budgetSave changes a budget, unless somebody else did.
func (s *Server) budgetSave(c *fiber.Ctx) error {
	key, err := formKey(c)
	if err != nil {
		return err
	}
	id, form := c.Params("id"), typedBudget(c)
	version, _ := strconv.ParseInt(form.Version, 10, 64) // what is no number is a version that never was
	_, refused := s.Budgets.Save(c.UserContext(), s.me(c).ID, key, form.budget(id), max(version, 1))
	if refused == nil {
		return said(c, "/studio/budgets", "said.money_budget_saved")
	}
	v, err := s.Budgets.View(c.UserContext(), id)
	if err != nil {
		return err
	}
	row := s.budgetRow(c.UserContext(), v, s.lang(c))
	form.ID, form.Row, form.Key, form.Over = id, &row, key, row.Phase == "over"
	return s.again(c, refused, "studio_budget", s.budgetPage(c, form))
}

func (s *Server) budgetPage(c *fiber.Ctx, form budgetForm) ui.Page {
	form.Fundings = s.fundings(c.UserContext())
	title := "money.budget_edit"
	if form.ID == "" {
		title = "money.budget_new"
	}
	return ui.Page{Title: title, Data: form}
}

func typedBudget(c *fiber.Ctx) budgetForm {
	return budgetForm{
		Version: c.FormValue("version"), Name: c.FormValue("name"), Funding: c.FormValue("funding"), From: c.FormValue("from"),
		To: c.FormValue("to"), Limit: c.FormValue("limit"), Warn: c.FormValue("warn"),
	}
}

// budget reads what was typed. What is no date or no number becomes one that the room refuses.
func (f budgetForm) budget(id string) budget.Budget {
	from, _ := calendar.ParseDate(f.From)
	to, _ := calendar.ParseDate(f.To)
	return budget.Budget{
		ID: id, Name: f.Name, Funding: f.Funding, From: from, To: to,
		Limit: typedNumber(f.Limit, -1), WarnShare: int(typedNumber(f.Warn, 0)) * 10,
	}
}

// typedNumber reads a whole number as people write it, with spaces between its digits; nothing is empty, and what is no
// number is below every bound.
func typedNumber(text string, empty int64) int64 {
	text = strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", "−", "-").Replace(text)
	if text == "" {
		return empty
	}
	n, err := strconv.ParseInt(text, 10, 63)
	if err != nil {
		return -1 << 62
	}
	return n
}
