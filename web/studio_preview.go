package web

import (
	"bytes"
	"context"
	"html/template"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"firebrand/content"
	"firebrand/game"
	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/web/ui"
)

// seenView is an edition as a member will see it, in a frame as wide as a phone.
type seenView struct {
	monthView
	// Lang is the language that the member reads, Date the day that it is seen on.
	Lang  string
	Langs []string
	Date  calendar.Date
	Day   time.Time
	// Hidden says that no member sees the edition on that day, as things stand.
	Hidden bool
	// Show is what is in the frame: empty for the first page, else the id of an article or a quiz.
	Show string
}

// Address is the page with another language, or another thing in the frame.
func (v seenView) Address(lang, show string) string {
	return "/studio/" + v.Month.String() + "/preview?" + v.query(lang, show)
}

// Frame is what the frame shows: a page of its own, so that a phone's layout holds in it.
func (v seenView) Frame() string { return v.within(v.Show) }

func (v seenView) within(show string) string {
	return "/studio/" + v.Month.String() + "/preview/frame?" + v.query(v.Lang, show)
}

func (v seenView) query(lang, show string) string {
	q := url.Values{"lang": {lang}, "date": {v.Date.String()}}
	if show != "" {
		q.Set("show", show)
	}
	return q.Encode()
}

// keyView is a quiz with the key to it.
type keyView struct {
	content.Quiz
	Lang     string
	Fallback bool
	Asked    int
	Results  []resultView
}

// studioMarkdown renders what somebody is writing, for the preview beside it.
func (s *Server) studioMarkdown(c *fiber.Ctx) error {
	md := c.FormValue("md")
	if n := len([]rune(md)); n > content.MaxBody {
		return fault.New(fault.Invalid, "content.text_long", "max", content.MaxBody, "length", n)
	}
	html, _ := content.Render(md)
	c.Set("Content-Type", "text/html; charset=utf-8")
	c.Set("Cache-Control", "no-store")
	return c.SendString(html)
}

// studioPreview shows a month as a member will see it: in their language, on a day of its own.
func (s *Server) studioPreview(c *fiber.Ctx) error {
	view, err := s.seen(c)
	if err != nil {
		return err
	}
	if view.monthView, err = s.lay(c.UserContext(), s.lang(c), view.Edition); err != nil {
		return err
	}
	return s.page(c, "studio_preview", ui.Page{Title: "studio.preview_title", Wide: true, Data: view})
}

// studioFrame is what the preview's frame shows: the member's own page. It may be framed, by this site alone.
func (s *Server) studioFrame(c *fiber.Ctx) error {
	view, err := s.seen(c)
	if err != nil {
		return err
	}
	page, err := s.frame(c.UserContext(), view)
	if err != nil {
		return err
	}
	c.Set("Content-Security-Policy", strings.Replace(policy, "frame-ancestors 'none'", "frame-ancestors 'self'", 1))
	c.Set("Content-Type", "text/html; charset=utf-8")
	c.Set("Cache-Control", "no-store")
	return c.SendString(page)
}

// seen is what a preview is asked to show.
func (s *Server) seen(c *fiber.Ctx) (seenView, error) {
	month, err := monthIn(c)
	if err != nil {
		return seenView{}, err
	}
	view := seenView{Lang: s.lang(c), Langs: tongues(s.lang(c)), Show: c.Query("show")}
	if view.Edition, err = s.Content.Edition(c.UserContext(), month); err != nil {
		return view, err
	}
	if slices.Contains(content.Langs, c.Query("lang")) {
		view.Lang = c.Query("lang")
	}
	view.Date = s.dayOf(c.Query("date"), month)
	view.Day = s.Zone.StartOf(view.Date).Add(noon)
	view.Hidden = view.Edition.Phase(view.Day, s.Zone) != content.PhaseLive || view.Date.Month() != month
	if view.Show != "" && !slices.Contains(view.Articles, view.Show) && !slices.Contains(view.Quizzes, view.Show) {
		return view, fault.New(fault.NotFound, "content.missing")
	}
	return view, nil
}

// noon is the time of day at which a preview looks.
const noon = 12 * time.Hour

// dayOf is the day asked for, else today where it lies in the month, else the month's first.
func (s *Server) dayOf(word string, month calendar.Month) calendar.Date {
	if date, err := calendar.ParseDate(word); err == nil {
		return date
	}
	if today := s.Zone.Date(s.Now()); today.Month() == month {
		return today
	}
	return month.First()
}

// frame paints what the member sees with the member's own templates.
func (s *Server) frame(ctx context.Context, v seenView) (string, error) {
	name, page := "home", ui.Page{Title: "home.title", Now: v.Day, Bare: true, Person: &ui.Person{HasPoints: true}}
	var err error
	switch {
	case v.Show == "":
		page.Data, err = s.firstPage(ctx, v.Edition, v.Lang)
	case slices.Contains(v.Articles, v.Show):
		var a content.Article
		a, err = s.Content.Article(ctx, v.Show)
		name, page.Data = "article", showArticle(a, v.Lang)
	default:
		var q content.Quiz
		q, err = s.Content.Quiz(ctx, v.Show)
		name, page.Data = "studio_preview_quiz", keyOf(q, v.Lang)
	}
	if err != nil {
		return "", err
	}
	var painted bytes.Buffer
	if err := s.UI.Page(&painted, v.Lang, name, false, page); err != nil {
		return "", err
	}
	return followed(painted.String(), v), nil
}

// link is an address of this site in a link, not that of a script or a style.
var link = regexp.MustCompile(`(<a [^>]*?href=")(/[^"#]*)`)

// followed leads the links of a painted page to the preview of what they are about, and those about anything else
// nowhere: a member's own pages are closed to marketers, and would show today.
func followed(painted string, v seenView) string {
	return link.ReplaceAllStringFunc(painted, func(found string) string {
		parts := link.FindStringSubmatch(found)
		id := parts[2][strings.LastIndexByte(parts[2], '/')+1:]
		switch {
		case parts[2] == "/":
			return parts[1] + template.HTMLEscapeString(v.within(""))
		case slices.Contains(v.Articles, id), slices.Contains(v.Quizzes, id):
			return parts[1] + template.HTMLEscapeString(v.within(id))
		}
		return parts[1] + "#main"
	})
}

// firstPage is the first page of a member who has read and played nothing yet.
func (s *Server) firstPage(ctx context.Context, e content.Edition, lang string) (homeView, error) {
	view := homeView{Edition: &e}
	for _, id := range e.Articles {
		a, err := s.Content.Article(ctx, id)
		if err != nil {
			return view, err
		}
		view.Reading = append(view.Reading, reading{Article: a})
	}
	for _, id := range e.Quizzes {
		q, err := s.Content.Quiz(ctx, id)
		if err != nil {
			return view, err
		}
		title, _ := q.Title.In(lang)
		view.Cards = append(view.Cards, game.Card{
			Quiz: id, Month: e.Month, Article: q.Article, Title: title, State: game.StateNew, Most: mostOf(q),
		})
	}
	view.Next, view.Left = nextGame(view.Cards)
	return view, nil
}

// mostOf is the most that a quiz can bring: taking part, and the weightiest questions that can be drawn.
func mostOf(q content.Quiz) int64 {
	var weights []int64
	for _, question := range q.Questions {
		weights = append(weights, question.Weight)
	}
	slices.Sort(weights)
	sum := q.Participation
	for _, weight := range weights[len(weights)-asked(q):] {
		sum += weight
	}
	return sum
}

// asked is how many questions a player of a quiz gets.
func asked(q content.Quiz) int {
	if q.Draw == 0 || q.Draw > len(q.Questions) {
		return len(q.Questions)
	}
	return q.Draw
}

// keyOf is a quiz with every right answer marked, in the one language that it would be played in.
func keyOf(q content.Quiz, lang string) keyView {
	used := q.Language(lang)
	if used == "" {
		used = lang // what is written so far, question by question
	}
	view := keyView{Quiz: q, Lang: used, Fallback: used != lang, Asked: asked(q)}
	for _, question := range q.Questions {
		r := resultView{Result: game.Result{Paragraph: question.Paragraph}}
		r.Text, _ = question.Text.In(used)
		r.Explanation, _ = question.Explanation.In(used)
		for _, o := range question.Options {
			text, _ := o.Text.In(used)
			r.Marked = append(r.Marked, markedOption{Text: text, Right: o.Right})
		}
		view.Results = append(view.Results, r)
	}
	return view
}
