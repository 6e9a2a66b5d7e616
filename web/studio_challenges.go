package web

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"firebrand/catalog/purchase/challenge"
	"firebrand/content"
	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/web/ui"
)

// challengeRow is a challenge in the studio's list.
type challengeRow struct {
	challenge.Challenge
	Terms challenge.Terms
	Phase challenge.Phase
	// Starts and Ends are instants of the first and the last day.
	Starts, Ends time.Time
	// Redraft says that a new version of a published one is being written.
	Redraft bool
}

// challengeForm is the form for a challenge with what was typed.
type challengeForm struct {
	challenge.Challenge
	Terms challenge.Terms
	Phase challenge.Phase
	// Base is how often the challenge had been saved, 0 for a new one.
	Base  int64
	Stale bool
	// Marks are the steps and some empty rows behind them.
	Marks []challenge.Step
	// Regions, Sizes and Industries are the words that companies have, to choose from.
	Regions, Sizes, Industries []string
	// Fundings are the funding sources to choose from.
	Fundings []string
}

// Action is where the form goes.
func (f challengeForm) Action() string {
	if f.Base == 0 {
		return "/studio/challenges/new"
	}
	return "/studio/challenges/" + f.ID
}

// Row is the sheet as a list has it.
func (r challengeRow) Row() challengeRow { return r }

// challengeSheet is a published challenge and how it goes.
type challengeSheet struct {
	challengeRow
	challenge.Figures
	// Budget is what the funding source may still give; nil where nothing limits it or nobody can tell.
	Budget *challengeBudget
}

// challengeBudget is what a challenge's cost is measured against.
type challengeBudget struct {
	Name        string
	Limit, Left int64
	// Short says that it does not reach for everybody.
	Short bool
}

// Goals are what a challenge can ask for, in the order of the form.
func (challengeForm) Goals() []challenge.Goal {
	return []challenge.Goal{challenge.GoalBuy, challenge.GoalPlay, challenge.GoalRead}
}

// studioChallenges lists all challenges: what goes on or comes first.
func (s *Server) studioChallenges(c *fiber.Ctx) error {
	list, err := s.Challenges.List(c.UserContext())
	if err != nil {
		return err
	}
	rows := make([]challengeRow, len(list))
	for i, ch := range list {
		rows[i] = s.challengeRow(ch)
	}
	order := []challenge.Phase{challenge.PhaseDraft, challenge.PhaseLive, challenge.PhaseComing, challenge.PhaseStopped, challenge.PhaseEnded}
	slices.SortStableFunc(rows, func(a, b challengeRow) int {
		return slices.Index(order, a.Phase) - slices.Index(order, b.Phase)
	})
	return s.page(c, "studio_challenges", ui.Page{Title: "chs.title", Wide: true, Data: rows})
}

func (s *Server) challengeRow(ch challenge.Challenge) challengeRow {
	row := challengeRow{Challenge: ch, Terms: ch.Shown(), Phase: ch.Phase(s.Now(), s.Zone), Redraft: ch.Draft != nil && len(ch.Versions) > 0}
	if live, published := ch.Live(); published {
		row.Terms = live
	}
	row.Starts, row.Ends = s.Zone.StartOf(row.Terms.From), s.Zone.EndOf(row.Terms.To).Add(-time.Millisecond)
	return row
}

// challengeNew begins with the running month, or the one that the link names.
func (s *Server) challengeNew(c *fiber.Ctx) error {
	month := s.Zone.Month(s.Now())
	if named, err := calendar.ParseMonth(c.Query("month")); err == nil {
		month = named
	}
	terms := challenge.Terms{Goal: challenge.GoalBuy, From: month.First(), To: month.Last()}
	return s.challengeForm(c, challengeForm{Terms: terms, Phase: challenge.PhaseDraft}, nil)
}

// challengeEnter adds a challenge under the form's key as its id, so that a form sent twice adds one.
func (s *Server) challengeEnter(c *fiber.Ctx) error {
	key, err := formKey(c)
	if err != nil {
		return err
	}
	return s.challengeKeep(c, key, 0)
}

// studioChallenge shows how a challenge goes, or its form while it is being written.
func (s *Server) studioChallenge(c *fiber.Ctx) error {
	ch, err := s.Challenges.Challenge(c.UserContext(), c.Params("id"))
	if err != nil {
		return err
	}
	if len(ch.Versions) == 0 || c.Query("edit") != "" && ch.Stopped.IsZero() {
		return s.challengeForm(c, challengeForm{Challenge: ch, Terms: ch.Shown(), Base: ch.Saves}, nil)
	}
	sheet, err := s.challengeSheet(c.UserContext(), ch)
	if err != nil {
		return err
	}
	return s.page(c, "studio_challenge", ui.Page{Title: ch.NameIn(s.lang(c)), TitleIsText: true, Wide: true, Data: sheet})
}

func (s *Server) challengeSheet(ctx context.Context, ch challenge.Challenge) (challengeSheet, error) {
	sheet := challengeSheet{challengeRow: s.challengeRow(ch)}
	var err error
	if sheet.Figures, err = s.Challenges.Figures(ctx, ch.ID); err != nil {
		return sheet, err
	}
	sheet.Budget, err = s.challengeBudget(ctx, sheet.Terms, sheet.Most-sheet.Cost)
	return sheet, err
}

// challengeSave writes the draft, and publishes it where that button was pressed.
func (s *Server) challengeSave(c *fiber.Ctx) error {
	if _, err := formKey(c); err != nil {
		return err
	}
	base, _ := strconv.ParseInt(c.FormValue("base"), 10, 64) // what is no number is an old form, which the room says
	return s.challengeKeep(c, c.Params("id"), max(1, base))
}

func (s *Server) challengeKeep(c *fiber.Ctx, id string, base int64) error {
	terms, err := typedTerms(c)
	publish := c.FormValue("to") == "published"
	var ch challenge.Challenge
	if err == nil {
		ch, err = s.Challenges.Save(c.UserContext(), s.me(c).ID, id, terms, base, publish)
	}
	switch {
	case err == nil && publish:
		return said(c, "/studio/challenges/"+ch.ID, "said.chs_published")
	case err == nil:
		return said(c, "/studio/challenges/"+ch.ID+"?edit=1", "said.chs_saved")
	case base == 0 && fault.Is(err, fault.Conflict) && ch.Saves == 0:
		return said(c, "/studio/challenges/"+id+"?edit=1", "said.chs_there")
	}
	form := challengeForm{Challenge: challenge.Challenge{ID: id}, Terms: terms, Base: base, Stale: fault.Is(err, fault.Conflict)}
	if ch.Saves > base {
		form.Base = ch.Saves // the draft was written, only publishing failed
	}
	return s.challengeForm(c, form, err)
}

// challengeStop ends a challenge now.
func (s *Server) challengeStop(c *fiber.Ctx) error {
	if _, err := formKey(c); err != nil {
		return err
	}
	base, _ := strconv.ParseInt(c.FormValue("base"), 10, 64) // as above
	if _, err := s.Challenges.Stop(c.UserContext(), s.me(c).ID, c.Params("id"), base); err != nil {
		return err
	}
	return said(c, "/studio/challenges/"+c.Params("id"), "said.chs_stopped")
}

// challengeForm shows the form, with what was wrong where it was sent.
func (s *Server) challengeForm(c *fiber.Ctx, form challengeForm, wrong error) error {
	companies, err := s.Members.Companies(c.UserContext())
	if err != nil {
		return err
	}
	for _, company := range companies {
		form.Regions = append(form.Regions, company.Region)
		form.Sizes = append(form.Sizes, company.Size)
		form.Industries = append(form.Industries, company.Industry)
	}
	form.Fundings = s.fundings(c.UserContext())
	form.Regions, form.Sizes, form.Industries = distinct(form.Regions), distinct(form.Sizes), distinct(form.Industries)
	form.Marks = append(slices.Clone(form.Terms.Steps), make([]challenge.Step, 3)...)
	form.Marks = form.Marks[:min(len(form.Marks), challenge.MaxSteps)]
	page := ui.Page{Title: "chs.new_title", Data: form}
	if form.Base > 0 {
		page.Title = "chs.edit_title"
	}
	if wrong != nil {
		return s.again(c, wrong, "studio_challenge_form", page)
	}
	return s.page(c, "studio_challenge_form", page)
}

// typedTerms reads the form. What is no number or date becomes one that the room refuses.
func typedTerms(c *fiber.Ctx) (challenge.Terms, error) {
	texts := func(field string) content.Text {
		t := content.Text{}
		for _, lang := range ui.Languages {
			t[lang] = c.FormValue(field + "_" + lang)
		}
		return t
	}
	words := func(field string) []string {
		list := strings.Split(c.FormValue(field), ",")
		for i := range list {
			list[i] = strings.TrimSpace(list[i])
		}
		return slices.DeleteFunc(list, func(w string) bool { return w == "" })
	}
	t := challenge.Terms{
		Name: texts("name"), Description: texts("description"), Goal: challenge.Goal(c.FormValue("goal")), Funding: c.FormValue("funding"),
		Audience: challenge.Audience{
			Companies: c.FormValue("audience") == "companies", Newcomers: c.FormValue("newcomers") != "",
			Regions: words("regions"), Sizes: words("sizes"), Industries: words("industries"),
		},
		Steps: typedSteps(c),
	}
	if t.Goal == challenge.GoalBuy {
		t.Goods = challenge.Goods{
			Products: words("products"), Groups: words("groups"), Suppliers: words("suppliers"), Channels: words("channels"), Regions: words("goods_regions"),
		}
	}
	var err error
	if t.From, err = calendar.ParseDate(c.FormValue("from")); err != nil {
		return t, fault.New(fault.Invalid, "challenge.date").On("from")
	}
	if t.To, err = calendar.ParseDate(c.FormValue("to_day")); err != nil {
		return t, fault.New(fault.Invalid, "challenge.date").On("to")
	}
	return t, nil
}

// typedSteps are the rows of the form in which something was written.
func typedSteps(c *fiber.Ctx) []challenge.Step {
	number := func(field string) int64 {
		text := strings.TrimSpace(c.FormValue(field))
		if text == "" {
			return 0
		}
		n, err := strconv.ParseInt(text, 10, 32)
		if err != nil {
			return -1
		}
		return n
	}
	var steps []challenge.Step
	for i := range challenge.MaxSteps {
		n := strconv.Itoa(i)
		step := challenge.Step{ID: c.FormValue("step_" + n), Target: number("target_" + n), Points: number("points_" + n)}
		if step.Target != 0 || step.Points != 0 {
			steps = append(steps, step)
		}
	}
	return steps
}

// distinct are words in their order, each once, without the empty one.
func distinct(words []string) []string {
	slices.Sort(words)
	return slices.DeleteFunc(slices.Compact(words), func(w string) bool { return w == "" })
}

// challengeBudget is the tightest budget that pays a challenge in its days; nil where none does. Cost is what may
// still be given.
func (s *Server) challengeBudget(ctx context.Context, t challenge.Terms, cost int64) (*challengeBudget, error) {
	views, err := s.Budgets.List(ctx)
	if err != nil {
		return nil, err
	}
	var least *challengeBudget
	for _, v := range views {
		if v.Funding != t.Funding || v.To.Before(t.From) || t.To.Before(v.From) || least != nil && least.Left <= v.Left {
			continue
		}
		least = &challengeBudget{Name: v.Name, Limit: v.Limit, Left: max(0, v.Left), Short: v.Left < cost}
	}
	return least, nil
}
