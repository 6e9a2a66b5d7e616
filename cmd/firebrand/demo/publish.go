package demo

import (
	"context"
	"fmt"
	"path"

	"firebrand/catalog"
	"firebrand/cmd/firebrand/app"
	"firebrand/content"
	"firebrand/internal/calendar"
)

// actor is whose name stands under what the demo publishes.
const actor = "demo"

// programme is what the demo publishes, ready to be played and spent on.
type programme struct {
	month   calendar.Month
	quizzes []quiz
	rewards []reward
	people  people
}

// publish brings in rewards, articles, quizzes and the three editions around the present month.
func publish(ctx context.Context, a *app.App) (programme, error) {
	p := programme{month: a.Zone.Month(a.Now())}
	var err error
	if p.people, err = read[people]("people.json"); err != nil {
		return p, err
	}
	if p.rewards, err = read[[]reward]("rewards.json"); err != nil {
		return p, err
	}
	if p.quizzes, err = readQuizzes(); err != nil {
		return p, err
	}
	for _, r := range p.rewards {
		if err := publishReward(ctx, a, r); err != nil {
			return p, fmt.Errorf("reward %s: %w", r.Slug, err)
		}
	}
	articles, err := read[[]article]("articles.json")
	if err != nil {
		return p, err
	}
	for _, art := range articles {
		if err := publishArticle(ctx, a, art); err != nil {
			return p, fmt.Errorf("article %s: %w", art.Slug, err)
		}
	}
	for _, q := range p.quizzes {
		_, err := a.Content.SaveQuiz(ctx, actor, content.Quiz{
			ID: q.Slug, Article: q.Article, Title: q.Title, Intro: q.Intro, Questions: q.Questions, SpeedShare: 250, Participation: 10,
		})
		if err != nil {
			return p, fmt.Errorf("quiz %s: %w", q.Slug, err)
		}
	}
	editions, err := read[[]edition]("editions.json")
	if err != nil {
		return p, err
	}
	for _, e := range editions {
		if err := p.publishEdition(ctx, a, e, articles); err != nil {
			return p, fmt.Errorf("edition %+d: %w", e.Offset, err)
		}
	}
	return p, nil
}

func addPicture(ctx context.Context, a *app.App, file string, alt content.Text) (string, error) {
	raw, err := data.ReadFile("data/pictures/" + path.Base(file))
	if err != nil {
		return "", err
	}
	m, err := a.Content.AddMedia(ctx, actor, file, raw, alt)
	return m.ID, err
}

func publishReward(ctx context.Context, a *app.App, r reward) error {
	picture, err := addPicture(ctx, a, r.Picture, r.Name)
	if err != nil {
		return err
	}
	_, err = a.Catalog.SaveReward(ctx, actor, catalog.Reward{
		ID: r.Slug, Name: r.Name, Description: r.Description, Price: r.Price, Picture: picture, Alt: r.Name,
		Supplier: r.Supplier, State: catalog.Published,
	}, 0)
	if err != nil {
		return err
	}
	_, err = a.Catalog.AddStock(ctx, actor, r.Slug, r.Stock, "demo-stock")
	return err
}

func publishArticle(ctx context.Context, a *app.App, art article) error {
	title, summary, body, err := readArticle(art.Slug)
	if err != nil {
		return err
	}
	picture, err := addPicture(ctx, a, art.Picture, art.Alt)
	if err != nil {
		return err
	}
	_, err = a.Content.SaveArticle(ctx, actor, content.Article{
		ID: art.Slug, Title: title, Summary: summary, Body: body, Picture: picture, Alt: art.Alt, Topic: art.Topic,
	})
	return err
}

// publishEdition fills a month and brings it from draft to scheduled; the clock makes it live or archived.
func (p programme) publishEdition(ctx context.Context, a *app.App, e edition, articles []article) error {
	made, err := a.Content.EnsureEdition(ctx, actor, p.month.Add(e.Offset))
	if err != nil {
		return err
	}
	made.Title, made.Summary, made.Prizes = e.Title, e.Summary, e.Prizes
	for _, art := range articles {
		if art.Offset == e.Offset {
			made.Articles = append(made.Articles, art.Slug)
		}
	}
	for _, q := range p.quizzes {
		if q.Offset == e.Offset {
			made.Quizzes = append(made.Quizzes, q.Slug)
		}
	}
	made, err = a.Content.SaveEdition(ctx, actor, made, made.Version)
	if err != nil {
		return err
	}
	for _, state := range []content.State{content.Review, content.Scheduled} {
		if made, _, err = a.Content.SetState(ctx, actor, made.Month, state, made.Version); err != nil {
			return err
		}
	}
	return nil
}
