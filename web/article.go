package web

import (
	"context"
	"slices"

	"github.com/gofiber/fiber/v2"

	"firebrand/catalog/purchase/challenge"
	"firebrand/content"
	"firebrand/game"
	"firebrand/internal/fault"
	"firebrand/internal/member"
	"firebrand/web/ui"
)

// articleView is an article with the game that asks about it.
type articleView struct {
	content.Article
	HTML string
	// Lang is the language of the text, for screen readers and for saying that it is not the reader's own.
	Lang     string
	Fallback bool
	Game     *game.Card
}

// article shows an article that has been published, and keeps that this member opened it.
func (s *Server) article(c *fiber.Ctx) error {
	ctx, me, id := c.UserContext(), s.me(c), c.Params("id")
	if err := s.published(ctx, me, id); err != nil {
		return err
	}
	a, err := s.Content.Article(ctx, id)
	if err != nil {
		return err
	}
	view := showArticle(a, s.lang(c))
	if players.allows(me.Role) {
		if view.Game, err = s.gameAbout(ctx, me, id); err != nil {
			return err
		}
		if err := s.Content.MarkRead(ctx, me.ID, id); err != nil {
			return err
		}
		if err := s.Challenges.Tell(ctx, challenge.GoalRead, me.ID); err != nil {
			return err
		}
	}
	title, _ := a.Title.In(view.Lang)
	return s.page(c, "article", ui.Page{Title: title, TitleIsText: true, Data: view})
}

// showArticle renders an article in a language or in the one that stands in for it.
func showArticle(a content.Article, lang string) articleView {
	body, used := a.Body.In(lang)
	html, _ := content.Render(body)
	return articleView{Article: a, HTML: html, Lang: used, Fallback: used != lang}
}

// published refuses dealer staff what no live or archived edition holds: next month's article must not leak.
func (s *Server) published(ctx context.Context, m member.Member, id string) error {
	if marketers.allows(m.Role) {
		return nil
	}
	editions, err := s.Content.Editions(ctx)
	if err != nil {
		return err
	}
	for _, e := range editions {
		phase := e.Phase(s.Now(), s.Zone)
		if (phase == content.PhaseLive || phase == content.PhaseArchived) && slices.Contains(e.Articles, id) {
			return nil
		}
	}
	return fault.New(fault.NotFound, "content.article_missing")
}

// gameAbout is this month's game about an article, nil where there is none.
func (s *Server) gameAbout(ctx context.Context, m member.Member, article string) (*game.Card, error) {
	cards, err := s.Game.Month(ctx, player(m, ""))
	if err != nil {
		return nil, err
	}
	for i := range cards {
		if cards[i].Article == article {
			return &cards[i], nil
		}
	}
	return nil, nil
}
