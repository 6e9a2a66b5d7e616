package web

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"firebrand/content"
	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/web/ui"
)

// draftQuiz is a quiz as a form has it.
type draftQuiz struct {
	content.Quiz
	// Fresh says that it was never saved.
	Fresh bool
	// Month is the edition that it belongs to or shall belong to; zero where none is known.
	Month calendar.Month
	// Here is the question that a button was about, -1 for none.
	Here int
	// Unread is what could not be read of the form.
	Unread []content.Problem
}

// quizDraftView is a quiz open for writing.
type quizDraftView struct {
	draftQuiz
	Langs []string
	Cards []questionCard
	// Articles are what the quiz can belong to: first those of its month.
	Articles []thingView
	Kinds    []content.Kind
	Missing  []problemView
	// Wrong says by field what is wrong with it.
	Wrong    map[string]string
	SavedBy  string
	Conflict *conflictView
}

// questionCard is one question of the form. At is its pointer.
type questionCard struct {
	content.Question
	N    int
	At   string
	Open bool
	// Faulty says that something in it is to mend.
	Faulty      bool
	First, Last bool
	// Paragraphs are the article's, in the form's first language that it is written in.
	Paragraphs []paragraphChoice
	Options    []optionRow
	Langs      []string
	Wrong      map[string]string
}

// optionRow is one answer of the form.
type optionRow struct {
	content.Option
	N           int
	At          string
	First, Last bool
}

// paragraphChoice is a paragraph that explains: its number and first words.
type paragraphChoice struct {
	N      int
	Words  string
	Chosen bool
}

// studioQuiz opens a quiz, or an empty one.
func (s *Server) studioQuiz(c *fiber.Ctx) error {
	d := draftQuiz{Fresh: true, Month: monthAsked(c.Query("month")), Here: -1}
	d.SpeedShare, d.Article = content.DefaultSpeedShare, c.Query("article")
	if id := c.Params("id"); id != "" {
		q, err := s.Content.Quiz(c.UserContext(), id)
		if err != nil {
			return err
		}
		d = draftQuiz{Quiz: q, Month: d.Month, Here: -1}
		if d.Month.IsZero() {
			if d.Month, err = s.monthOfQuiz(c.UserContext(), id); err != nil {
				return err
			}
		}
	}
	page, err := s.quizPage(c, d)
	if err != nil {
		return err
	}
	return s.page(c, "studio_quiz", page)
}

func (s *Server) monthOfQuiz(ctx context.Context, id string) (calendar.Month, error) {
	return s.monthNaming(ctx, func(e content.Edition) []string { return e.Quizzes }, id)
}

// studioQuizSave keeps a quiz as its next revision. The buttons of its questions only change the form: nothing is kept
// before the person says so.
func (s *Server) studioQuizSave(c *fiber.Ctx) error {
	d, err := s.quizSent(c)
	if err != nil {
		return err
	}
	if op := c.FormValue("op"); op != "save" && op != "" {
		d.Quiz, d.Here = worked(d.Quiz, op, newFormID, s.truth())
		page, err := s.quizPage(c, d)
		if err != nil {
			return err
		}
		return s.page(c, "studio_quiz", page)
	}
	if d, err = s.keepQuiz(c.UserContext(), s.me(c).ID, d); err != nil {
		return s.quizAgain(c, d, err)
	}
	return said(c, "/studio/quizzes/"+d.ID+"?month="+monthWord(d.Month), "said.studio_saved")
}

// newFormID names a question or an answer of a form, so that it stays itself when it is moved.
func newFormID() string { return strings.ReplaceAll(uuid.NewString(), "-", "")[:12] }

// truth are the answers of a new true-or-false question.
func (s *Server) truth() (answers [2]content.Text) {
	for i, key := range []string{"studio.true", "studio.false"} {
		answers[i] = content.Text{}
		for _, lang := range content.Langs {
			answers[i][lang] = s.UI.Texts.Say(lang, key, nil)
		}
	}
	return answers
}

// quizSent is the quiz that a form sent, over the revision that it was made from.
func (s *Server) quizSent(c *fiber.Ctx) (draftQuiz, error) {
	key, err := formKey(c)
	if err != nil {
		return draftQuiz{}, err
	}
	values := formOf(c)
	d := draftQuiz{Month: monthAsked(values.Get("month")), Here: -1}
	base := content.Quiz{ID: c.Params("id"), SpeedShare: content.DefaultSpeedShare}
	if revision, _ := strconv.Atoi(values.Get("/revision")); base.ID != "" && revision > 0 {
		if base, err = s.Content.QuizAt(c.UserContext(), base.ID, revision); err != nil {
			return d, err
		}
	}
	if base.ID == "" {
		base.ID, d.Fresh = key, true
	}
	d.Quiz, d.Unread = quizFrom(values, base)
	return d, nil
}

// keepQuiz saves a quiz and puts it into its month.
func (s *Server) keepQuiz(ctx context.Context, actor string, d draftQuiz) (draftQuiz, error) {
	d.Quiz = withoutBlanks(d.Quiz)
	if len(d.Unread) > 0 {
		return d, fault.New(fault.Invalid, d.Unread[0].Key).On(d.Unread[0].Field)
	}
	saved, err := s.Content.SaveQuiz(ctx, actor, d.Quiz)
	if err != nil {
		return d, err
	}
	d.Quiz, d.Fresh = saved, false
	err = s.enlist(ctx, actor, d.Month, func(e *content.Edition) *[]string { return &e.Quizzes }, saved.ID)
	return d, err
}

// quizAgain shows a quiz as it was typed, with what was wrong.
func (s *Server) quizAgain(c *fiber.Ctx, d draftQuiz, err error) error {
	f := fault.As(err)
	if f == nil {
		return err
	}
	var conflict *conflictView
	if f.Key == "content.changed" {
		head, unread := s.Content.Quiz(c.UserContext(), d.ID)
		if unread != nil {
			return unread
		}
		conflict = &conflictView{
			Who: s.nameOf(c.UserContext(), head.By), At: head.Saved, Revision: head.Revision, Theirs: quizDiffers(d.Quiz, head),
		}
		d.Revision = head.Revision
	}
	page, unread := s.quizPage(c, d)
	if unread != nil {
		return unread
	}
	view := page.Data.(quizDraftView)
	view.Conflict = conflict
	view.Wrong[f.Field] = s.say(c, f)
	view.open(f.Field)
	page.Data = view
	return s.again(c, err, "studio_quiz", page)
}

// open opens the question that a field lies in.
func (v quizDraftView) open(field string) {
	for i := range v.Cards {
		if strings.HasPrefix(field, v.Cards[i].At+"/") {
			v.Cards[i].Open, v.Cards[i].Faulty = true, true
		}
	}
}

// quizDiffers are the texts of what theirs has otherwise than mine: a question that differs anywhere counts.
func quizDiffers(mine, theirs content.Quiz) (differ []theirText) {
	parts := []theirText{}
	add := func(label string, a, b content.Text) {
		for _, lang := range content.Langs {
			if a[lang] != b[lang] {
				parts = append(parts, theirText{label, lang, b[lang]})
			}
		}
	}
	add("studio.title", mine.Title, theirs.Title)
	add("studio.intro", mine.Intro, theirs.Intro)
	have := map[string]string{}
	for _, q := range mine.Questions {
		have[q.ID] = asJSON(q)
	}
	for _, q := range theirs.Questions {
		if have[q.ID] != asJSON(q) {
			text, lang := q.Text.In("")
			parts = append(parts, theirText{"studio.question", lang, text})
		}
	}
	return append(differ, parts...)
}

func asJSON(v any) string {
	raw, _ := json.Marshal(v) // a question can always be written
	return string(raw)
}

// quizPage is the page of a quiz as it stands.
func (s *Server) quizPage(c *fiber.Ctx, d draftQuiz) (ui.Page, error) {
	ctx, lang := c.UserContext(), s.lang(c)
	view := quizDraftView{
		draftQuiz: d, Langs: tongues(lang), Wrong: map[string]string{}, SavedBy: s.nameOf(ctx, d.By),
		Kinds: formKinds,
	}
	var err error
	if view.Articles, err = s.articlesFor(ctx, d.Month); err != nil {
		return ui.Page{}, err
	}
	// A form under work is not scolded for what is not written yet; what was saved, or refused, is.
	if !d.Fresh && d.Here < 0 || len(d.Unread) > 0 {
		view.Missing, view.Wrong = s.toMend(lang, append(d.Unread, content.QuizProblems(d.Quiz)...))
	}
	words, err := s.paragraphs(ctx, lang, d.Article)
	if err != nil {
		return ui.Page{}, err
	}
	view.Cards = cardsOf(d, view.Langs, words, view.Wrong)
	page := ui.Page{Title: "studio.quiz_new", Wide: true, Scripts: []string{"studio.js"}, Data: view}
	if title, _ := d.Title.In(lang); title != "" && !d.Fresh {
		page.Title, page.TitleIsText = title, true
	}
	return page, nil
}

// cardsOf are a quiz's questions as its form shows them. Those at which there is something to do are open.
func cardsOf(d draftQuiz, langs, words []string, wrong map[string]string) []questionCard {
	var cards []questionCard
	for i, q := range d.Questions {
		card := questionCard{
			Question: q, N: i + 1, At: questionAt(i), Open: i == d.Here, First: i == 0, Last: i == len(d.Questions)-1,
			Langs: langs, Wrong: wrong,
		}
		for field := range wrong {
			if strings.HasPrefix(field, card.At+"/") {
				card.Open, card.Faulty = true, true
			}
		}
		for n, first := range words {
			card.Paragraphs = append(card.Paragraphs, paragraphChoice{n + 1, first, n+1 == q.Paragraph})
		}
		if q.Paragraph > len(words) {
			card.Paragraphs = append(card.Paragraphs, paragraphChoice{q.Paragraph, "?", true})
		}
		for j, o := range q.Options {
			card.Options = append(card.Options, optionRow{
				o, j + 1, card.At + "/options/" + strconv.Itoa(j), j == 0, j == len(q.Options)-1,
			})
		}
		cards = append(cards, card)
	}
	return cards
}

// articlesFor are all articles, those of a month first, then the newest.
func (s *Server) articlesFor(ctx context.Context, month calendar.Month) (list []thingView, err error) {
	all, err := s.Content.Articles(ctx)
	if err != nil {
		return nil, err
	}
	first := map[string]bool{}
	if e, err := s.Content.Edition(ctx, month); err == nil {
		for _, id := range e.Articles {
			first[id] = true
		}
	}
	for _, ofMonth := range []bool{true, false} {
		for i := len(all) - 1; i >= 0; i-- {
			if first[all[i].ID] == ofMonth {
				list = append(list, articleThing(all[i].ID, all[i], false))
			}
		}
	}
	return list, nil
}

// paragraphs are the first words of an article's paragraphs, in lang or in what stands in for it; none without article.
func (s *Server) paragraphs(ctx context.Context, lang, article string) ([]string, error) {
	if article == "" {
		return nil, nil
	}
	a, err := s.Content.Article(ctx, article)
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	body, _ := a.Body.In(lang)
	return content.Blocks(body), err
}
