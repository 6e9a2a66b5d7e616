package web

import (
	"context"
	"io"
	"path/filepath"
	"strings"

	"github.com/gofiber/fiber/v2"

	"firebrand/content"
	"firebrand/content/exchange"
	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/web/ui"
)

// questionsView is the form for a file of questions and, once one was sent, what became of it.
type questionsView struct {
	ID    string
	Title content.Text
	// Fresh says that the quiz is made by the import; then Name is what it shall be called.
	Fresh bool
	Name  string
	Month calendar.Month
	// Lang is the language that the file is in.
	Lang  string
	Langs []string
	// Sent is set once a file was read; then Dry says whether it was only a trial.
	Sent, Dry                  bool
	Taken, Refused             int
	Added, Translated, Doubled int
	Rows                       []questionRow
	Notes                      []string
}

// questionRow is one row of the file, all in words.
type questionRow struct {
	Line  int
	Title string
	Taken bool
	Why   string
	Notes []string
}

// studioImport asks for a file of questions.
func (s *Server) studioImport(c *fiber.Ctx) error {
	view, err := s.questionsFor(c)
	if err != nil {
		return err
	}
	return s.page(c, "studio_import", questionsPage(view))
}

// studioImportFile reads a file of questions: for a trial unless the form says otherwise. The file is sent both times;
// nothing of it is kept between.
func (s *Server) studioImportFile(c *fiber.Ctx) error {
	view, err := s.questionsFor(c)
	if err != nil {
		return err
	}
	name, result, err := questionsSent(c, view.Lang)
	if err != nil {
		return s.again(c, err, "studio_import", questionsPage(view))
	}
	view.Dry = c.FormValue("dry") != "0"
	if !view.Dry {
		if view.Name == "" {
			view.Name = strings.TrimSuffix(filepath.Base(name), filepath.Ext(name))
		}
		view, result.Rows, err = s.takeQuestions(c.UserContext(), s.me(c).ID, view, result)
	}
	view.report(result, func(p content.Problem) string { return s.UI.Texts.Say(s.lang(c), p.Key, p.Args) })
	if err != nil {
		view.Dry = true // nothing was taken: what was read is still worth reading
		return s.again(c, err, "studio_import", questionsPage(view))
	}
	return s.page(c, "studio_import", questionsPage(view))
}

// questionsFor is the form before a file is read. A quiz that there is not yet is made when its questions are taken.
func (s *Server) questionsFor(c *fiber.Ctx) (questionsView, error) {
	ctx, lang := c.UserContext(), s.lang(c)
	view := questionsView{
		ID: c.Params("id"), Name: strings.TrimSpace(c.FormValue("name")), Lang: c.FormValue("lang", lang), Langs: tongues(lang),
		Month: monthAsked(c.FormValue("month")),
	}
	q, err := s.Content.Quiz(ctx, view.ID)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return view, err
	}
	view.Fresh, view.Title = err != nil, q.Title
	if view.Month.IsZero() {
		if view.Month, err = s.monthOfQuiz(ctx, view.ID); err != nil {
			return view, err
		}
	}
	if view.Month.IsZero() {
		view.Month = s.Zone.Month(s.Now()).Next()
	}
	return view, nil
}

// questionsSent reads the file that a form sent.
func questionsSent(c *fiber.Ctx, lang string) (name string, result exchange.Result, err error) {
	header, err := c.FormFile("file")
	if err != nil || header.Size == 0 {
		return "", result, fault.New(fault.Invalid, "studio.import_no_file").On("file")
	}
	file, err := header.Open()
	if err != nil {
		return "", result, err
	}
	defer file.Close()
	// One byte more than is allowed tells a file that is too large.
	data, err := io.ReadAll(io.LimitReader(file, exchange.MaxBytes+1))
	if err != nil {
		return "", result, err
	}
	result, err = exchange.Parse(header.Filename, data, lang)
	if f := fault.As(err); f != nil && f.Field == "" {
		err = f.On("file")
	}
	return header.Filename, result, err
}

// takeQuestions puts a file's questions into the quiz, which is made under its name where there is none.
func (s *Server) takeQuestions(
	ctx context.Context, actor string, view questionsView, result exchange.Result,
) (questionsView, []exchange.Row, error) {
	if view.Fresh && len(result.Questions) > 0 {
		q := content.Quiz{ID: view.ID, Title: content.Text{view.Lang: view.Name}, SpeedShare: content.DefaultSpeedShare}
		saved, err := s.Content.SaveQuiz(ctx, actor, q)
		if err != nil {
			return view, result.Rows, err
		}
		view.Title = saved.Title
	}
	done, err := exchange.Import(ctx, s.Content, actor, view.ID, view.Lang, result, view.Month)
	if err != nil {
		return view, result.Rows, err
	}
	view.Fresh = false
	view.Added, view.Translated, view.Doubled = done.Added, done.Translated, done.Doubled
	return view, done.Rows, nil
}

// report puts what was read into words.
func (v *questionsView) report(result exchange.Result, say func(content.Problem) string) {
	v.Sent = true
	for _, note := range result.Notes {
		v.Notes = append(v.Notes, say(note))
	}
	for _, r := range result.Rows {
		row := questionRow{Line: r.Line, Title: r.Title, Taken: r.Taken}
		for _, note := range r.Notes {
			row.Notes = append(row.Notes, say(note))
		}
		if r.Taken {
			v.Taken++
		} else {
			v.Refused++
			row.Why = say(r.Problem)
		}
		v.Rows = append(v.Rows, row)
	}
}

func questionsPage(view questionsView) ui.Page {
	return ui.Page{Title: "studio.import_title", Scripts: []string{"entry.js"}, Data: view}
}
