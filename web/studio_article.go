package web

import (
	"context"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"firebrand/content"
	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/web/ui"
)

// draftArticle is an article as a form has it.
type draftArticle struct {
	content.Article
	// Fresh says that it was never saved.
	Fresh bool
	// Month is the edition that it belongs to or shall belong to; zero where none is known.
	Month calendar.Month
}

// articleDraftView is an article open for writing.
type articleDraftView struct {
	draftArticle
	Langs []string
	// Previews are the body as members will see it, by language.
	Previews map[string]string
	Library  []content.Medium
	Missing  []problemView
	// Wrong says by field what is wrong with it.
	Wrong    map[string]string
	SavedBy  string
	Conflict *conflictView
}

// conflictView is what somebody else saved while this person was typing.
type conflictView struct {
	Who      string
	At       time.Time
	Revision int
	// Theirs are the texts that they left otherwise than what was typed here.
	Theirs []theirText
}

// theirText is one text of the other version. Label is a text key.
type theirText struct{ Label, Lang, Text string }

// studioArticle opens an article, or an empty one.
func (s *Server) studioArticle(c *fiber.Ctx) error {
	d := draftArticle{Fresh: true, Month: monthAsked(c.Query("month"))}
	if id := c.Params("id"); id != "" {
		a, err := s.Content.Article(c.UserContext(), id)
		if err != nil {
			return err
		}
		if d, err = s.draftOf(c.UserContext(), a, d.Month); err != nil {
			return err
		}
	}
	page, err := s.articlePage(c, d)
	if err != nil {
		return err
	}
	return s.page(c, "studio_article", page)
}

// draftOf is a stored article with the month that it belongs to.
func (s *Server) draftOf(ctx context.Context, a content.Article, month calendar.Month) (draftArticle, error) {
	d := draftArticle{Article: a, Month: month}
	var err error
	if month.IsZero() {
		d.Month, err = s.monthNaming(ctx, func(e content.Edition) []string { return e.Articles }, a.ID)
	}
	return d, err
}

// studioArticleSave keeps an article as its next revision, with the picture that came with it; the preview's button
// only shows it.
func (s *Server) studioArticleSave(c *fiber.Ctx) error {
	d, err := s.articleSent(c)
	if err != nil {
		return err
	}
	if c.FormValue("op") == "preview" {
		page, err := s.articlePage(c, d)
		if err != nil {
			return err
		}
		return s.page(c, "studio_article", page)
	}
	d.Picture, d.Alt, err = s.pictureSent(c, d.Picture, d.Alt)
	if err == nil {
		d, err = s.keepArticle(c.UserContext(), s.me(c).ID, d)
	}
	if err != nil {
		return s.articleAgain(c, d, err)
	}
	return said(c, "/studio/articles/"+d.ID+"?month="+monthWord(d.Month), "said.studio_saved")
}

// articleSent is the article that a form sent, over the revision that it was made from.
func (s *Server) articleSent(c *fiber.Ctx) (draftArticle, error) {
	key, err := formKey(c)
	if err != nil {
		return draftArticle{}, err
	}
	values := formOf(c)
	d := draftArticle{Month: monthAsked(values.Get("month"))}
	base := content.Article{ID: c.Params("id")}
	if revision, _ := strconv.Atoi(values.Get("/revision")); base.ID != "" && revision > 0 {
		if base, err = s.Content.ArticleAt(c.UserContext(), base.ID, revision); err != nil {
			return d, err
		}
	}
	if base.ID == "" {
		base.ID, d.Fresh = key, true
	}
	d.Article = articleFrom(values, base)
	return d, nil
}

// articleFrom is an article with what was typed over it.
func articleFrom(values url.Values, base content.Article) content.Article {
	a := base
	a.Title = typed(values, "/title", base.Title)
	a.Summary = typed(values, "/summary", base.Summary)
	a.Body = typed(values, "/body", base.Body)
	a.Alt = typed(values, "/alt", base.Alt)
	a.Picture, a.Topic = values.Get("/picture"), values.Get("/topic")
	if a.Picture != base.Picture && maps.Equal(a.Alt, base.Alt) {
		a.Alt = nil // words for another picture than this one
	}
	return a
}

// keepArticle saves an article and puts it into its month.
func (s *Server) keepArticle(ctx context.Context, actor string, d draftArticle) (draftArticle, error) {
	saved, err := s.Content.SaveArticle(ctx, actor, d.Article)
	if err != nil {
		return d, err
	}
	d.Article, d.Fresh = saved, false
	err = s.enlist(ctx, actor, d.Month, func(e *content.Edition) *[]string { return &e.Articles }, saved.ID)
	return d, err
}

// articleAgain shows an article as it was typed, with what was wrong.
func (s *Server) articleAgain(c *fiber.Ctx, d draftArticle, err error) error {
	f := fault.As(err)
	if f == nil {
		return err
	}
	var conflict *conflictView
	if f.Key == "content.changed" {
		head, unread := s.Content.Article(c.UserContext(), d.ID)
		if unread != nil {
			return unread
		}
		conflict = &conflictView{
			Who: s.nameOf(c.UserContext(), head.By), At: head.Saved, Revision: head.Revision, Theirs: articleDiffers(d.Article, head),
		}
		d.Revision = head.Revision
	}
	page, unread := s.articlePage(c, d)
	if unread != nil {
		return unread
	}
	view := page.Data.(articleDraftView)
	view.Conflict = conflict
	view.Wrong[f.Field] = s.say(c, f)
	page.Data = view
	return s.again(c, err, "studio_article", page)
}

// articleDiffers are the texts that theirs has otherwise than mine.
func articleDiffers(mine, theirs content.Article) (differ []theirText) {
	for _, part := range []struct {
		label        string
		mine, theirs content.Text
	}{
		{"studio.title", mine.Title, theirs.Title}, {"studio.summary", mine.Summary, theirs.Summary},
		{"studio.body", mine.Body, theirs.Body}, {"studio.alt", mine.Alt, theirs.Alt},
	} {
		for _, lang := range content.Langs {
			if part.mine[lang] != part.theirs[lang] {
				differ = append(differ, theirText{part.label, lang, part.theirs[lang]})
			}
		}
	}
	return differ
}

// articlePage is the page of an article as it stands.
func (s *Server) articlePage(c *fiber.Ctx, d draftArticle) (ui.Page, error) {
	lang := s.lang(c)
	view := articleDraftView{
		draftArticle: d, Langs: tongues(lang), Previews: map[string]string{}, Wrong: map[string]string{},
		SavedBy: s.nameOf(c.UserContext(), d.By),
	}
	for _, l := range content.Langs {
		view.Previews[l], _ = content.Render(d.Body[l])
	}
	var err error
	if view.Library, err = s.libraryWith(c.UserContext(), d.Picture); err != nil {
		return ui.Page{}, err
	}
	if !d.Fresh {
		view.Missing, view.Wrong = s.toMend(lang, content.ArticleProblems(d.Article))
	}
	page := ui.Page{Title: "studio.article_new", Wide: true, Scripts: []string{"studio.js"}}
	if title, _ := d.Title.In(lang); title != "" && !d.Fresh {
		page.Title, page.TitleIsText = title, true
	}
	page.Data = view
	return page, nil
}

// toMend are problems as a list that leads to their fields, and by field.
func (s *Server) toMend(lang string, problems []content.Problem) (list []problemView, byField map[string]string) {
	byField = map[string]string{}
	for _, p := range problems {
		text := s.UI.Texts.Say(lang, p.Key, p.Args)
		list = append(list, problemView{Text: text, Href: "#" + p.Field})
		if byField[p.Field] == "" {
			byField[p.Field] = text
		}
	}
	return list, byField
}

// enlist puts a thing at the end of a list of a month's edition, which is made where there is none. A thing that is
// there already, or a month that is not known, leaves everything as it is. Somebody else's save only delays it.
func (s *Server) enlist(ctx context.Context, actor string, month calendar.Month, of func(*content.Edition) *[]string, id string) error {
	if month.IsZero() {
		return nil
	}
	for try := 1; ; try++ {
		e, err := s.Content.EnsureEdition(ctx, actor, month)
		if err != nil || slices.Contains(*of(&e), id) {
			return err
		}
		list := of(&e)
		*list = append(*list, id)
		_, err = s.Content.SaveEdition(ctx, actor, e, e.Version)
		if try == 5 || !fault.Is(err, fault.Conflict) || fault.As(err).Key != "content.changed" {
			return err
		}
	}
}

// monthNaming is the latest month whose edition names a thing, zero where none does.
func (s *Server) monthNaming(ctx context.Context, list func(content.Edition) []string, id string) (calendar.Month, error) {
	editions, err := s.Content.Editions(ctx)
	for _, e := range editions {
		if slices.Contains(list(e), id) {
			return e.Month, err
		}
	}
	return calendar.Month{}, err
}

// monthAsked is a month that a form or an address names, zero where it names none.
func monthAsked(word string) calendar.Month {
	month, _ := calendar.ParseMonth(word) // what is no month names none
	return month
}

// monthWord is how addresses and forms name a month; empty for none.
func monthWord(month calendar.Month) string {
	if month.IsZero() {
		return ""
	}
	return month.String()
}
