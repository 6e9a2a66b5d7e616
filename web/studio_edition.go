package web

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"firebrand/catalog"
	"firebrand/content"
	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/web/ui"
)

// editionView is a month's edition open for work.
type editionView struct {
	monthView
	// Langs is the order of the form's columns.
	Langs []string
	// Open says that it can still be changed.
	Open bool
	// MoreArticles and MoreQuizzes are what could be added, the newest first.
	MoreArticles, MoreQuizzes []thingView
	Prizes                    []prizeChoice
	// Forward and Back are the states that one step leads to, empty where there is none.
	Forward, Back content.State
	Stages        []stageView
	// Wrong says by field what is wrong with it.
	Wrong map[string]string
	// Conflict says that somebody else saved meanwhile; saving once more puts what was typed over it.
	Conflict bool
}

// stageView is one stage of an edition's life.
type stageView struct {
	Phase         content.Phase
	Passed, Being bool
}

// prizeChoice is a reward that can be featured.
type prizeChoice struct {
	catalog.Reward
	Chosen bool
}

// makeView is the page for a month that has no edition yet.
type makeView struct {
	Month calendar.Month
	// From are the editions that can be copied.
	From []content.Edition
}

// studioEdition opens a month, or offers to make its edition.
func (s *Server) studioEdition(c *fiber.Ctx) error {
	month, err := monthIn(c)
	if err != nil {
		return err
	}
	e, err := s.Content.Edition(c.UserContext(), month)
	if fault.Is(err, fault.NotFound) {
		return s.studioMaking(c, month)
	}
	if err != nil {
		return err
	}
	view, err := s.editionOf(c.UserContext(), s.lang(c), e)
	if err != nil {
		return err
	}
	return s.page(c, "studio_edition", editionPage(view))
}

// studioMaking offers to make an edition: empty, or as a copy.
func (s *Server) studioMaking(c *fiber.Ctx, month calendar.Month) error {
	editions, err := s.Content.Editions(c.UserContext())
	if err != nil {
		return err
	}
	view := makeView{Month: month}
	for _, e := range editions {
		if len(e.Articles)+len(e.Quizzes) > 0 {
			view.From = append(view.From, e)
		}
	}
	return s.page(c, "studio_make", ui.Page{Title: "studio.make_title", Data: view})
}

// studioMake makes a month's edition. Where it is there already, by the same form or by a colleague, it is opened.
func (s *Server) studioMake(c *fiber.Ctx) error {
	month, err := monthIn(c)
	if err != nil {
		return err
	}
	ctx, actor, to := c.UserContext(), s.me(c).ID, "/studio/"+month.String()
	if c.FormValue("from") == "" {
		if _, err := s.Content.EnsureEdition(ctx, actor, month); err != nil {
			return err
		}
		return said(c, to, "said.studio_made")
	}
	from, err := calendar.ParseMonth(c.FormValue("from"))
	if err != nil {
		return fault.New(fault.Invalid, "fault.form").On("from").Because(err)
	}
	_, err = s.Content.CloneEdition(ctx, actor, from, month)
	if fault.Is(err, fault.Conflict) && fault.As(err).Key == "content.edition_taken" {
		return said(c, to, "said.studio_there")
	}
	if err != nil {
		return err
	}
	return said(c, to, "said.studio_copied")
}

// studioEditionSave keeps what was typed and does what the button says: arrange, go on to a new article, change state.
func (s *Server) studioEditionSave(c *fiber.Ctx) error {
	month, err := monthIn(c)
	if err != nil {
		return err
	}
	stored, err := s.Content.Edition(c.UserContext(), month)
	if err != nil {
		return err
	}
	values := formOf(c)
	op, to := values.Get("op"), "/studio/"+month.String()
	e, version := editionFrom(values, stored)
	e = arranged(e, op, values)
	if err := s.keepEdition(c.UserContext(), s.me(c).ID, e, version, op); err != nil {
		return s.editionAgain(c, e, version, err)
	}
	if list, found := strings.CutPrefix(op, "new:"); found && (list == "articles" || list == "quizzes") {
		return c.Redirect("/studio/"+list+"/new?month="+month.String(), fiber.StatusSeeOther)
	}
	return said(c, to, saidFor(op))
}

// keepEdition saves an edition and, where the button says so, brings it a state on or back.
func (s *Server) keepEdition(ctx context.Context, actor string, e content.Edition, version int64, op string) error {
	saved, err := s.Content.SaveEdition(ctx, actor, e, version)
	if err != nil {
		return err
	}
	to, found := strings.CutPrefix(op, "state:")
	if !found {
		return nil
	}
	_, _, err = s.Content.SetState(ctx, actor, e.Month, content.State(to), saved.Version)
	return err
}

// editionAgain shows an edition as it was typed, with what was wrong. After somebody else's save a second one stands.
func (s *Server) editionAgain(c *fiber.Ctx, typed content.Edition, version int64, err error) error {
	stored, unread := s.Content.Edition(c.UserContext(), typed.Month)
	if unread != nil {
		return unread
	}
	view, unread := s.editionOf(c.UserContext(), s.lang(c), stored)
	if unread != nil {
		return unread
	}
	// The saved state may have been reached before a later step was refused; what was typed is what is shown.
	typed.State, typed.Version, typed.By, typed.Saved = stored.State, stored.Version, stored.By, stored.Saved
	shown, unread := s.lay(c.UserContext(), s.lang(c), typed)
	if unread != nil {
		return unread
	}
	view.monthView = shown
	if f := fault.As(err); f != nil {
		view.Conflict = f.Key == "content.changed"
		view.Wrong[f.Field] = s.say(c, f)
	}
	return s.again(c, err, "studio_edition", editionPage(view))
}

func editionPage(view editionView) ui.Page {
	return ui.Page{Title: "studio.edition_title", Wide: true, Scripts: []string{"studio.js"}, Data: view}
}

// editionOf gathers what the page of an edition shows.
func (s *Server) editionOf(ctx context.Context, lang string, e content.Edition) (editionView, error) {
	view := editionView{Langs: tongues(lang), Wrong: map[string]string{}}
	var err error
	if view.monthView, err = s.lay(ctx, lang, e); err != nil {
		return view, err
	}
	view.Open = view.Phase != content.PhaseArchived
	if len(e.Title) == 0 {
		view.Wrong["/title"] = s.UI.Texts.Say(lang, "studio.title_wish", nil)
	}
	view.Stages, view.Forward, view.Back = stages(view.Phase)
	if !view.Open {
		return view, nil
	}
	if view.Prizes, err = s.prizesFor(ctx, e); err != nil {
		return view, err
	}
	articles, err := s.Content.Articles(ctx)
	if err != nil {
		return view, err
	}
	for _, a := range articles {
		if !slices.Contains(e.Articles, a.ID) {
			view.MoreArticles = append(view.MoreArticles, articleThing(a.ID, a, false))
		}
	}
	quizzes, err := s.Content.Quizzes(ctx)
	for _, q := range quizzes {
		if !slices.Contains(e.Quizzes, q.ID) {
			view.MoreQuizzes = append(view.MoreQuizzes, quizThing(q.ID, q, false))
		}
	}
	slices.Reverse(view.MoreArticles)
	slices.Reverse(view.MoreQuizzes)
	return view, err
}

// prizesFor are the published rewards, and whatever else the edition features already.
func (s *Server) prizesFor(ctx context.Context, e content.Edition) ([]prizeChoice, error) {
	rewards, err := s.Catalog.AllRewards(ctx)
	var choices []prizeChoice
	for _, r := range rewards {
		chosen := slices.Contains(e.Rewards, r.ID)
		if chosen || r.State == catalog.Published {
			choices = append(choices, prizeChoice{r, chosen})
		}
	}
	return choices, err
}

// stages are an edition's life from one end to the other, and the states that a step from its phase leads to.
func stages(at content.Phase) (list []stageView, forward, back content.State) {
	order := []content.Phase{
		content.PhaseDraft, content.PhaseReview, content.PhaseScheduled, content.PhaseLive, content.PhaseArchived,
	}
	being := slices.Index(order, at)
	for i, phase := range order {
		list = append(list, stageView{Phase: phase, Passed: i < being, Being: i == being})
	}
	switch at {
	case content.PhaseDraft:
		return list, content.Review, ""
	case content.PhaseReview:
		return list, content.Scheduled, content.Draft
	case content.PhaseScheduled:
		return list, "", content.Review
	}
	return list, "", ""
}

// saidFor is the notice after a button.
func saidFor(op string) string {
	switch op {
	case "state:review":
		return "said.studio_review"
	case "state:scheduled":
		return "said.studio_scheduled"
	case "state:draft":
		return "said.studio_draft"
	}
	return "said.studio_saved"
}

// editionFrom is the stored edition with what was typed over it, and the version that the form was made from.
func editionFrom(values url.Values, stored content.Edition) (content.Edition, int64) {
	e := stored
	e.Title = typed(values, "/title", stored.Title)
	e.Summary = typed(values, "/summary", stored.Summary)
	e.Articles, e.Quizzes = slices.Clone(values["/articles"]), slices.Clone(values["/quizzes"])
	e.Rewards = nil
	for _, id := range stored.Rewards { // the order stands
		if slices.Contains(values["/rewards"], id) {
			e.Rewards = append(e.Rewards, id)
		}
	}
	e.Rewards = append(e.Rewards, values["/rewards"]...)
	version, _ := strconv.ParseInt(values.Get("/version"), 10, 64) // what is no number is no version that there was
	return e, version
}

// arranged is the edition after a button of its lists: "up:/articles/1", "down:/quizzes/0", "drop:/articles/2",
// "add:/quizzes". Any other leaves it as it is.
func arranged(e content.Edition, op string, values url.Values) content.Edition {
	verb, at, _ := strings.Cut(op, ":")
	name, place, _ := strings.Cut(strings.TrimPrefix(at, "/"), "/")
	var list *[]string
	switch name {
	case "articles":
		list = &e.Articles
	case "quizzes":
		list = &e.Quizzes
	default:
		return e
	}
	if verb == "add" {
		*list = append(slices.Clone(*list), values.Get("add/"+name))
		return e
	}
	i, err := strconv.Atoi(place)
	if err == nil {
		*list = moved(*list, verb, i)
	}
	return e
}

// moved is a list whose i-th thing went up, down, or out of it; a new list always.
func moved[T any](list []T, verb string, i int) []T {
	list = slices.Clone(list)
	if i < 0 || i >= len(list) {
		return list
	}
	switch {
	case verb == "drop":
		return slices.Delete(list, i, i+1)
	case verb == "up" && i > 0:
		list[i-1], list[i] = list[i], list[i-1]
	case verb == "down" && i < len(list)-1:
		list[i+1], list[i] = list[i], list[i+1]
	}
	return list
}

// typed is a text with what a form says in the interface's languages; any other language it has stays.
func typed(values url.Values, at string, stored content.Text) content.Text {
	text := content.Text{}
	for lang, s := range stored {
		text[lang] = s
	}
	for _, lang := range content.Langs {
		if name := at + "/" + lang; values.Has(name) {
			text[lang] = values.Get(name)
		}
	}
	return text.Clean()
}

// formOf are the fields that a form sent, of either encoding.
func formOf(c *fiber.Ctx) url.Values {
	if form, err := c.MultipartForm(); err == nil {
		return url.Values(form.Value)
	}
	values := url.Values{}
	for name, value := range c.Context().PostArgs().All() {
		values.Add(string(name), string(value))
	}
	return values
}

// monthIn is the month that a path names.
func monthIn(c *fiber.Ctx) (calendar.Month, error) {
	month, err := calendar.ParseMonth(c.Params("month"))
	if err != nil {
		return month, fault.New(fault.NotFound, "fault.not_found").Because(err)
	}
	return month, nil
}
