package demo

import (
	"context"
	"fmt"
	"time"

	"firebrand/catalog/purchase/challenge"
	"firebrand/cmd/firebrand/app"
	"firebrand/content"
	"firebrand/game"
	"firebrand/internal/calendar"
	"firebrand/internal/journal"
	"firebrand/internal/member"
	"firebrand/internal/points/budget"
	"firebrand/internal/points/correction"
)

// consent lets the first dealer's principal name who has part in its purchases, before the first of them.
func consent(ctx context.Context, a *app.App, f folk, at time.Time) error {
	now := func() time.Time { return at.Add(-30 * time.Minute) }
	members, err := member.Open(ctx, a.Engine, now)
	if err != nil {
		return err
	}
	if members.Journal, err = journal.Open(ctx, a.Engine, now, app.Families...); err != nil {
		return err
	}
	company := f.principal.Company
	_, err = members.Share(ctx, f.principal, company, []member.Share{
		{Member: f.players[0].ID, Percent: 40}, {Member: f.principal.ID, Percent: 10}, {Member: company, Percent: 50},
	}, "demo-consent")
	if err != nil {
		return fmt.Errorf("consent: %w", err)
	}
	return nil
}

// govern sets what marketers look after: challenges, budgets, and a correction that waits for somebody else.
func govern(ctx context.Context, a *app.App, p programme, f folk) error {
	for _, one := range challenges(p.month) {
		if _, err := a.Challenges.Save(ctx, f.marketer.ID, one.id, one.Terms, 0, true); err != nil {
			return fmt.Errorf("challenge %s: %w", one.id, err)
		}
	}
	if err := a.Content.MarkRead(ctx, f.players[0].ID, "dry-bathroom"); err != nil {
		return err
	}
	if err := budgets(ctx, a, p.month, f.marketer.ID); err != nil {
		return err
	}
	_, err := a.Corrections.Propose(ctx, f.marketer.ID, correction.Proposal{
		Key: "demo-correction", Account: f.players[1].ID, Amount: 1_500, Funding: game.Funding,
		Reason: "Переможець вікторини на виставці «Інтер’єр»",
	})
	return err
}

// posed is a challenge under its id.
type posed struct {
	id string
	challenge.Terms
}

// challenges are one of each goal; five games take more than a month has.
func challenges(month calendar.Month) []posed {
	from, to := month.First(), month.Last()
	return []posed{
		{"dry-month", challenge.Terms{
			Name: content.Text{"ru": "40 упаковок гидроизоляции", "uk": "40 упаковок гідроізоляції", "en": "40 packs of waterproofing"},
			Description: content.Text{
				"ru": "Гидроизоляция Velmar, заказанная в этом месяце всей командой. Возвраты вычитаются.",
				"uk": "Гідроізоляція Velmar, замовлена цього місяця всією командою. Повернення віднімаються.",
				"en": "Velmar waterproofing that your team orders this month. Returns are taken off.",
			},
			Goal: challenge.GoalBuy, Goods: challenge.Goods{Groups: []string{waterproof}, Suppliers: []string{"Velmar"}},
			Audience: challenge.Audience{Companies: true}, From: from, To: to, Funding: game.Funding,
			Steps: []challenge.Step{{ID: "half", Target: 20, Points: 80}, {ID: "all", Target: 40, Points: 250}},
		}},
		{"five-games", challenge.Terms{
			Name: content.Text{"ru": "Пять игр", "uk": "П’ять ігор", "en": "Five games"},
			Description: content.Text{
				"ru": "Доиграйте пять игр до конца следующего месяца.", "uk": "Завершіть п’ять ігор до кінця наступного місяця.",
				"en": "Finish five games by the end of next month.",
			},
			Goal: challenge.GoalPlay, From: month.Prev().First(), To: month.Next().Last(), Funding: game.Funding,
			Steps: []challenge.Step{{ID: "five", Target: 5, Points: 150}},
		}},
		{"read-all", challenge.Terms{
			Name: content.Text{"ru": "Прочитать всё за месяц", "uk": "Прочитати все за місяць", "en": "Read everything this month"},
			Goal: challenge.GoalRead, From: from, To: to, Funding: game.Funding,
			Steps: []challenge.Step{{ID: "all", Points: 60}},
		}},
	}
}

// budgets bound this month's play, with room, and its purchases, near the warning.
func budgets(ctx context.Context, a *app.App, month calendar.Month, by string) error {
	from, to := month.First(), month.Last()
	given, err := a.Budgets.Days.Between(ctx, from, to)
	if err != nil {
		return err
	}
	round := func(n int64) int64 { return max(n/1_000+1, 5) * 1_000 }
	for _, b := range []budget.Budget{
		{ID: "play", Funding: game.Funding, Name: "Ігри та завдання місяця", Limit: round(given[game.Funding].Net() * 5 / 2)},
		{ID: "purchases", Funding: funding, Name: "Бонуси за покупки", Limit: round(given[funding].Net() * 100 / 78)},
	} {
		b.From, b.To, b.WarnShare = from, to, 800
		if _, err := a.Budgets.Save(ctx, by, "demo-"+b.ID, b, 0); err != nil {
			return fmt.Errorf("budget %s: %w", b.ID, err)
		}
	}
	return nil
}
