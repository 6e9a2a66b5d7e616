package web

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"firebrand/content"
	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/web/ui"
)

// aMonth is a month in a path; what is none is left to other routes.
const aMonth = `/studio/:month<regex(^\d{4}-\d{2}$)>`

// studioRoutes are where marketers publish a month without a programmer.
var studioRoutes = []route{
	{"GET", "/studio", marketers, (*Server).studio},
	{"POST", "/studio/preview", marketers, (*Server).studioMarkdown},
	{"GET", "/studio/articles/new", marketers, (*Server).studioArticle},
	{"POST", "/studio/articles/new", marketers, (*Server).studioArticleSave},
	{"GET", "/studio/articles/:id", marketers, (*Server).studioArticle},
	{"POST", "/studio/articles/:id", marketers, (*Server).studioArticleSave},
	{"GET", "/studio/quizzes/new", marketers, (*Server).studioQuiz},
	{"POST", "/studio/quizzes/new", marketers, (*Server).studioQuizSave},
	{"GET", "/studio/quizzes/:id", marketers, (*Server).studioQuiz},
	{"POST", "/studio/quizzes/:id", marketers, (*Server).studioQuizSave},
	{"GET", "/studio/quizzes/:id/import", marketers, (*Server).studioImport},
	{"POST", "/studio/quizzes/:id/import", marketers, (*Server).studioImportFile},
	{"GET", aMonth, marketers, (*Server).studioEdition},
	{"POST", aMonth, marketers, (*Server).studioEditionSave},
	{"POST", aMonth + "/make", marketers, (*Server).studioMake},
	{"GET", aMonth + "/preview", marketers, (*Server).studioPreview},
	{"GET", aMonth + "/preview/frame", marketers, (*Server).studioFrame},
}

// deskView is the desk: the running month open in the middle, the months beside it, and the one thing to do next.
type deskView struct {
	Running, Last, Next, After monthView
	Step                       stepView
	// Waits are what else waits for somebody.
	Waits []waitView
	// Older are the months before last month.
	Older []content.Edition
}

// stepView is what to do next, in words and with the way there.
type stepView struct {
	// Key and Button are text keys; the sentence is filled with the month and N.
	Key, Button string
	Month       calendar.Month
	N           int
	Href        string
}

// monthView is an edition as it lies on the desk, or the place for one where Exists is not set.
type monthView struct {
	content.Edition
	Exists bool
	Phase  content.Phase
	// Starts and Ends are the bounds of its month.
	Starts, Ends time.Time
	Reading      []thingView
	Games        []thingView
	Languages    []langShare
	Missing      []problemView
	SavedBy      string
}

// thingView is an article or a quiz in a list. Gone is set where its id names nothing.
type thingView struct {
	ID        string
	Title     content.Text
	Picture   string
	Questions int
	// Lacks are the interface's languages in which something of it is not written.
	Lacks []string
	Gone  bool
}

// langShare is how much is written in a language.
type langShare struct {
	Lang string
	content.Share
}

// problemView is one thing to mend: where it is, what to do, and the way to its field.
type problemView struct {
	Where content.Text
	Text  string
	Href  string
}

// studio shows the desk.
func (s *Server) studio(c *fiber.Ctx) error {
	ctx, lang, now := c.UserContext(), s.lang(c), s.Zone.Month(s.Now())
	editions, err := s.Content.Editions(ctx)
	if err != nil {
		return err
	}
	var view deskView
	for month, place := range map[calendar.Month]*monthView{
		now.Prev(): &view.Last, now: &view.Running, now.Next(): &view.Next, now.Add(2): &view.After,
	} {
		if *place, err = s.monthOn(ctx, lang, editions, month); err != nil {
			return err
		}
	}
	for _, e := range editions {
		if e.Month.Before(now.Prev()) {
			view.Older = append(view.Older, e)
		}
	}
	view.Step = nextStep(view.Running, view.Next)
	if view.Waits, err = s.waits(ctx); err != nil {
		return err
	}
	return s.page(c, "studio_desk", ui.Page{Title: "studio.desk_title", Wide: true, Data: view})
}

// nextStep is what a marketer has to do next: bring the running month out, then the month that follows it.
func nextStep(running, next monthView) stepView {
	for _, m := range []monthView{running, next} {
		step := stepView{Month: m.Month, N: len(m.Missing), Href: "/studio/" + m.Month.String()}
		switch {
		case !m.Exists:
			step.Key, step.Button = "studio.step_make", "studio.make"
		case m.State == content.Scheduled:
			continue
		case len(m.Missing) > 0:
			step.Key, step.Button = "studio.step_mend", "studio.go_on"
		case m.State == content.Review:
			step.Key, step.Button = "studio.step_schedule", "studio.open"
		default:
			step.Key, step.Button = "studio.step_review", "studio.open"
		}
		return step
	}
	return stepView{
		Key: "studio.step_rest", Button: "studio.preview", Month: next.Month, Href: "/studio/" + next.Month.String() + "/preview",
	}
}

// monthOn lays the edition of a month out, or the place for one.
func (s *Server) monthOn(ctx context.Context, lang string, editions []content.Edition, month calendar.Month) (monthView, error) {
	i := slices.IndexFunc(editions, func(e content.Edition) bool { return e.Month == month })
	if i < 0 {
		return monthView{
			Edition: content.Edition{Month: month}, Starts: s.Zone.StartOfMonth(month), Ends: s.Zone.EndOfMonth(month),
		}, nil
	}
	return s.lay(ctx, lang, editions[i])
}

// lay gathers what is shown of an edition: its parts by name, how much of it is written, what is missing.
func (s *Server) lay(ctx context.Context, lang string, e content.Edition) (monthView, error) {
	view := monthView{
		Edition: e, Exists: true, Phase: e.Phase(s.Now(), s.Zone),
		Starts: s.Zone.StartOfMonth(e.Month), Ends: s.Zone.EndOfMonth(e.Month), SavedBy: s.nameOf(ctx, e.By),
	}
	names := map[string]content.Text{}
	for _, id := range e.Articles {
		a, err := s.Content.Article(ctx, id)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return view, err
		}
		names[id] = a.Title
		view.Reading = append(view.Reading, articleThing(id, a, err != nil))
	}
	for _, id := range e.Quizzes {
		q, err := s.Content.Quiz(ctx, id)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return view, err
		}
		names[id] = q.Title
		view.Games = append(view.Games, quizThing(id, q, err != nil))
	}
	if e.Phase(s.Now(), s.Zone) == content.PhaseArchived {
		return view, nil
	}
	report, err := s.Content.Check(ctx, e.Month)
	if err != nil {
		return view, err
	}
	view.Languages = shares(report.Languages)
	say := func(p content.Problem) string { return s.UI.Texts.Say(lang, p.Key, p.Args) }
	view.Missing = missing(e.Month, report.Problems, names, say)
	return view, nil
}

// nameOf is a member's name, or nothing for one who cannot be read: a name is never worth an error page.
func (s *Server) nameOf(ctx context.Context, id string) string {
	m, err := s.Members.ByID(ctx, id)
	if err != nil {
		return ""
	}
	return m.Name
}

func articleThing(id string, a content.Article, gone bool) thingView {
	return thingView{ID: id, Title: a.Title, Picture: a.Picture, Lacks: lacks(a.Completeness()), Gone: gone}
}

func quizThing(id string, q content.Quiz, gone bool) thingView {
	return thingView{ID: id, Title: q.Title, Questions: len(q.Questions), Lacks: lacks(q.Completeness()), Gone: gone}
}

// lacks are the interface's languages in which not everything is there.
func lacks(have map[string]content.Share) (langs []string) {
	for _, lang := range content.Langs {
		if have[lang].Percent() < 100 {
			langs = append(langs, lang)
		}
	}
	return langs
}

// shares lists the interface's languages.
func shares(have map[string]content.Share) (list []langShare) {
	for _, lang := range content.Langs {
		list = append(list, langShare{lang, have[lang]})
	}
	return list
}

// missing turns a report's problems into what a marketer reads and follows. Forms name their fields by the same JSON
// pointers as problems do, so that the way to a field is the address of its page and the pointer.
func missing(month calendar.Month, problems []content.Problem, names map[string]content.Text, say func(content.Problem) string) (list []problemView) {
	for _, p := range problems {
		view := problemView{Text: say(p), Href: "/studio/" + month.String() + "#" + p.Field}
		part := strings.SplitN(p.Field, "/", 4)
		switch {
		case len(part) < 3 || part[1] != "articles" && part[1] != "quizzes":
		case len(part) == 4:
			view.Where = names[part[2]]
			view.Href = "/studio/" + part[1] + "/" + part[2] + "?month=" + month.String() + "#/" + part[3]
		default:
			view.Href = "/studio/" + month.String() + "#/" + part[1]
		}
		switch {
		case p.Field == "":
			view.Href += "/articles"
		case strings.HasPrefix(p.Field, "/rewards/"):
			view.Href = "/studio/" + month.String() + "#/rewards"
		}
		list = append(list, view)
	}
	return list
}

// tongues are the interface's languages with a person's own first: the order of a form's columns.
func tongues(own string) []string {
	langs := []string{own}
	for _, lang := range content.Langs {
		if lang != own {
			langs = append(langs, lang)
		}
	}
	return langs
}
