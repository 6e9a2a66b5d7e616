package web

import (
	"net/http"
	"time"

	"github.com/gofiber/fiber/v2"

	"firebrand/content"
	"firebrand/game"
	"firebrand/internal/calendar"
	"firebrand/internal/fault"
)

// apiEdition is the month that is live, as its readers have it.
type apiEdition struct {
	Month    calendar.Month `json:"month"`
	Title    string         `json:"title"`
	Summary  string         `json:"summary,omitempty"`
	Articles []APIReading   `json:"articles"`
	Quizzes  []game.Card    `json:"quizzes" doc:"With how the person stands in each; empty for who does not play."`
}

// APIReading is an article in a list. It is exported, as APIRedemption is, because the document leaves out what is
// embedded and not exported.
type APIReading struct {
	ID      string `json:"id"`
	Title   string `json:"title"`
	Summary string `json:"summary,omitempty"`
	Topic   string `json:"topic,omitempty"`
	Picture string `json:"picture,omitempty" doc:"The address of its picture."`
	Alt     string `json:"alt,omitempty" doc:"What the picture shows."`
	Lang    string `json:"lang" doc:"The language of the texts, which may be another than the person's."`
	Read    bool   `json:"read" doc:"The person has read it."`
}

type apiArticle struct {
	APIReading
	HTML   string   `json:"html" doc:"The body, sanitised. Block N bears the id pN, from 1."`
	Blocks []string `json:"blocks" doc:"The first words of each block, in the order of the ids."`
}

// apiIssue is an edition in the marketers' list.
type apiIssue struct {
	Month    calendar.Month `json:"month"`
	Title    string         `json:"title"`
	Phase    string         `json:"phase" enum:"draft,review,scheduled,live,archived"`
	Articles int            `json:"articles"`
	Quizzes  int            `json:"quizzes"`
	Rewards  int            `json:"rewards"`
	Saved    time.Time      `json:"saved"`
}

type apiIssues struct {
	Editions []apiIssue `json:"editions" doc:"The latest month first."`
}

// ArticleID is which article is asked for.
type ArticleID struct {
	ID string `path:"id" maxLength:"64"`
}

func editionOperations(a *api) {
	operation(a, http.MethodGet, "/edition", signedIn, about{
		id: "getEdition", tag: "edition", summary: "The month that is live", also: []int{http.StatusNotFound},
	}, (*Server).apiEdition)
	operation(a, http.MethodGet, "/articles/{id}", signedIn, about{
		id: "getArticle", tag: "edition", summary: "An article that has been published", also: []int{http.StatusNotFound},
	}, (*Server).apiArticle)
	operation(a, http.MethodPost, "/articles/{id}/read", players, about{
		id: "markRead", tag: "edition", summary: "Note that the person has read it", also: []int{http.StatusNotFound},
	}, (*Server).apiMarkRead)
	operation(a, http.MethodGet, "/editions", marketers, about{
		id: "listEditions", tag: "edition", summary: "Every month's edition",
	}, (*Server).apiEditions)
}

func (s *Server) apiEdition(c *fiber.Ctx, _ *struct{}) (apiEdition, error) {
	ctx, me, lang := c.UserContext(), s.me(c), s.lang(c)
	live, found, err := s.Content.Live(ctx)
	if err == nil && !found {
		err = fault.New(fault.NotFound, "content.missing")
	}
	if err != nil {
		return apiEdition{}, err
	}
	e := apiEdition{Month: live.Month, Title: textIn(live.Title, lang), Summary: textIn(live.Summary, lang), Quizzes: []game.Card{}}
	articles, err := s.readings(ctx, me.ID, live.Articles)
	if err != nil {
		return apiEdition{}, err
	}
	e.Articles = make([]APIReading, len(articles))
	for i, r := range articles {
		e.Articles[i] = readingOf(r.Article, lang, r.Read)
	}
	if players.allows(me.Role) {
		cards, err := s.Game.Month(ctx, s.player(c))
		e.Quizzes = append(e.Quizzes, cards...)
		return e, err
	}
	return e, nil
}

func (s *Server) apiArticle(c *fiber.Ctx, in *ArticleID) (apiArticle, error) {
	ctx, me := c.UserContext(), s.me(c)
	if err := s.published(ctx, me, in.ID); err != nil {
		return apiArticle{}, err
	}
	all, err := s.readings(ctx, me.ID, []string{in.ID})
	if err != nil {
		return apiArticle{}, err
	}
	r, lang := all[0], s.lang(c)
	body, _ := r.Body.In(lang)
	html, _ := content.Render(body)
	return apiArticle{readingOf(r.Article, lang, r.Read), html, append([]string{}, content.Blocks(body)...)}, nil
}

func (s *Server) apiMarkRead(c *fiber.Ctx, in *struct {
	Keyed
	ArticleID
}) (nothing, error) {
	me := s.me(c)
	if err := s.published(c.UserContext(), me, in.ID); err != nil {
		return nothing{}, err
	}
	return nothing{}, s.Content.MarkRead(c.UserContext(), me.ID, in.ID)
}

func (s *Server) apiEditions(c *fiber.Ctx, _ *struct{}) (apiIssues, error) {
	editions, err := s.Content.Editions(c.UserContext())
	list := apiIssues{Editions: make([]apiIssue, len(editions))}
	for i, e := range editions {
		list.Editions[i] = apiIssue{
			Month: e.Month, Title: textIn(e.Title, s.lang(c)), Phase: string(e.Phase(s.Now(), s.Zone)),
			Articles: len(e.Articles), Quizzes: len(e.Quizzes), Rewards: len(e.Rewards), Saved: e.Saved,
		}
	}
	return list, err
}

func readingOf(a content.Article, lang string, read bool) APIReading {
	title, used := a.Title.In(lang)
	r := APIReading{ID: a.ID, Title: title, Summary: textIn(a.Summary, lang), Topic: a.Topic, Lang: used, Read: read}
	r.Picture, r.Alt = pictureOf(a.Picture), textIn(a.Alt, lang)
	return r
}

// pictureOf is the address of a medium, empty for none.
func pictureOf(id string) string {
	if id == "" {
		return ""
	}
	return "/media/" + id
}

// textIn is a text in a language or in the one that stands in for it.
func textIn(t content.Text, lang string) string {
	text, _ := t.In(lang)
	return text
}
