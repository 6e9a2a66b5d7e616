package demo

import (
	"context"
	"fmt"
	"time"

	"firebrand/catalog/purchase/rule"
	"firebrand/cmd/firebrand/app"
)

// funding is who pays for what purchases bring.
const funding = "velmar"

// monthCap is the most points that one rule brings an account in a month.
const monthCap = 3000

// The product groups, as the ERP names them.
const (
	adhesives  = "Клеї"
	primers    = "Ґрунтовки"
	waterproof = "Гідроізоляція"
	insulation = "Утеплювачі"
	tools      = "Інструмент"
	pallets    = "Піддони"
)

// publishRules brings the demo's rules into force as of an instant before its first order, on a clock that stands
// before that, and returns them as orders read them.
func publishRules(ctx context.Context, a *app.App, p people, from time.Time) (*rule.Versions, error) {
	v, err := rule.OpenVersions(ctx, a.Engine, func() time.Time { return from.Add(-time.Hour) })
	if err != nil {
		return nil, err
	}
	draft, err := v.Begin(ctx, actor, 0)
	if err != nil {
		return nil, fmt.Errorf("rules: %w", err)
	}
	draft.Rules = p.rules()
	if draft, err = v.Save(ctx, actor, draft); err != nil {
		return nil, fmt.Errorf("rules: %w", err)
	}
	if _, err = v.Publish(ctx, actor, draft.Revision, from, "Перші правила програми"); err != nil {
		return nil, fmt.Errorf("rules: %w", err)
	}
	// The program's own rooms read the sets anew before anybody asks them.
	if _, err = a.Rules.List(ctx); err != nil {
		return nil, err
	}
	return rule.OpenVersions(ctx, a.Engine, a.Now)
}

// rules are what purchases bring: a rate by region from a minimum on, a bonus for a new group, one for the app.
func (p people) rules() []rule.Rule {
	capital, others := p.region("kyiv"), []string{}
	for _, r := range p.Regions {
		if r.ID != "kyiv" {
			others = append(others, p.region(r.ID))
		}
	}
	not := rule.Exclusions{Groups: []string{pallets}, Discounted: true, DiscountOver: 250}
	return []rule.Rule{
		{
			ID: "rate-kyiv", Name: map[string]string{"ru": "Заказы в Киеве", "uk": "Замовлення в Києві", "en": "Orders in Kyiv"},
			Kind: rule.Rate, Points: 1, Money: 100_00, When: rule.Conditions{Regions: []string{capital}}, Not: not,
			Minimums: []rule.Minimum{{Region: capital, Amount: 10_000_00}}, CapMonth: monthCap, Stack: "rate", Funding: funding,
		},
		{
			ID: "rate-regions", Name: map[string]string{"ru": "Заказы в регионах", "uk": "Замовлення в регіонах", "en": "Orders in the regions"},
			Kind: rule.Rate, Points: 1, Money: 80_00, When: rule.Conditions{Regions: others}, Not: not,
			Minimums: []rule.Minimum{{Region: p.region("lviv"), Amount: 5_000_00}, {Amount: 4_000_00}}, CapMonth: monthCap, Stack: "rate", Funding: funding,
		},
		{
			ID: "new-group", Name: map[string]string{"ru": "Первая покупка группы", "uk": "Перша покупка групи", "en": "First purchase of a group"},
			Kind: rule.First, Points: 60, Not: rule.Exclusions{Groups: []string{pallets}}, Funding: funding,
		},
		{
			ID: "wool-in-app", Name: map[string]string{"ru": "Утеплитель через приложение", "uk": "Утеплювач через застосунок", "en": "Insulation by the app"},
			Kind: rule.Unit, Points: 2, When: rule.Conditions{Channels: []string{"app"}, Groups: []string{insulation}}, CapMonth: 500, Funding: funding,
		},
	}
}
