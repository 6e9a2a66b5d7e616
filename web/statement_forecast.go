package web

import (
	"slices"

	"firebrand/internal/points"
)

// comingView is something that the clock will do to an account.
type comingView struct{ points.Event }

// All reports whether one finished game saves all of it.
func (c comingView) All() bool { return c.Saves == c.Amount }

// Burns reports whether it certainly burns: the ember colour means nothing else.
func (c comingView) Burns() bool { return c.Why == points.WhyBurns && c.Certain }

// comingOf is the forecast as the page lists it, without what moves nothing.
func comingOf(f points.Forecast) []comingView {
	var all []comingView
	for _, e := range f.Events {
		if e.Amount > 0 {
			all = append(all, comingView{e})
		}
	}
	return all
}

// lifeView is how long points of a source live, as texts: the source's, and that of the kind of life.
type lifeView struct {
	Key, Lasts string
	N          int
}

// livesOf are a policy's lives, that of everything else first. A company does not play.
func livesOf(p points.Policy, company bool) []lifeView {
	var all []lifeView
	for _, source := range []points.Source{
		"", points.SourceGame, points.SourcePurchase, points.SourceChallenge, points.SourceGrant, points.SourceRefund,
	} {
		life := p.LifeOf(source)
		if life.Source != source || company && source == points.SourceGame {
			continue
		}
		view := lifeView{Key: "how.life_all", Lasts: "how.lasts_" + string(life.Kind), N: life.N}
		if source != "" {
			view.Key = "how.life_" + string(source)
		}
		all = append(all, view)
	}
	return all
}

// startsOf are when pending points become spendable, whoever pays for them.
func startsOf(starts []points.Starting) []points.Starting {
	var all []points.Starting
	for _, start := range starts {
		i := slices.IndexFunc(all, func(s points.Starting) bool { return s.At.Equal(start.At) })
		if i < 0 {
			all = append(all, points.Starting{At: start.At, Amount: start.Amount})
			continue
		}
		all[i].Amount += start.Amount
	}
	return all
}
