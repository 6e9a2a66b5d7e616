package web

import (
	"context"
	"strings"

	"firebrand/catalog/purchase/cases"
	"firebrand/internal/member"
	"firebrand/web/ui"
)

// studioPlaces are the studio's places, grouped as people think of them: what comes out, what is bought, by which
// rules, and what it costs.
var studioPlaces = [][]ui.Place{
	{{Key: "places.months", Href: "/studio"}, {Key: "places.rewards", Href: "/studio/rewards"}, {Key: "places.auctions", Href: "/studio/auctions"}},
	{
		{Key: "places.orders", Href: "/studio/orders"}, {Key: "places.challenges", Href: "/studio/challenges"},
		{Key: "places.cases", Href: "/studio/cases"},
	},
	{
		{Key: "places.rules", Href: "/studio/rules"}, {Key: "places.replay", Href: "/studio/replay"},
		{Key: "places.policies", Href: "/studio/policies"},
	},
	{
		{Key: "places.budgets", Href: "/studio/budgets"}, {Key: "places.owed", Href: "/studio/liability"},
		{Key: "places.corrections", Href: "/studio/corrections"},
	},
}

// lies says below which place of a role's navigation pages lie that begin otherwise.
var lies = []struct {
	who         access
	path, place string
}{
	{marketers, "/orders", "/studio/orders"}, // an order's own page, which its buyer has too
	{marketers, "/auctions", "/studio/auctions"},
	{players, "/auctions", "/rewards"},
	{players, "/redemptions", "/rewards"},
	{principals, "/board", "/board/league"},
	{principals, "/company", "/team"},
	{principals, "/statement", "/profile"},
}

// placePath is where a page lies for the navigation of a role: its own path, unless it lies elsewhere for them.
func placePath(role member.Role, path string) string {
	for _, l := range lies {
		rest, below := strings.CutPrefix(path, l.path)
		if below && (rest == "" || rest[0] == '/') && l.who.allows(role) {
			return l.place + rest
		}
	}
	return path
}

// placesOf are the studio's places with the one marked that a path lies in; nil outside the studio.
func placesOf(role member.Role, path string) *ui.Places {
	if !marketers.allows(role) {
		return nil
	}
	if path != "/studio" && !strings.HasPrefix(path, "/studio/") {
		return nil
	}
	p := &ui.Places{Groups: make([][]ui.Place, len(studioPlaces))}
	var best *ui.Place
	for i, group := range studioPlaces {
		p.Groups[i] = append([]ui.Place(nil), group...)
		for j := range p.Groups[i] {
			place := &p.Groups[i][j]
			within := path == place.Href || strings.HasPrefix(path, place.Href+"/")
			if within && (best == nil || len(place.Href) > len(best.Href)) {
				best = place
			}
		}
	}
	best.Current, p.Current = true, best.Key
	return p
}

// waitView is something in the studio that waits for a person: a text key counted by N, and the way there.
type waitView struct {
	Key, Href string
	N         int
}

// waits are what waits for a marketer beside the months: cases to look at, corrections to decide on, budgets that warn
// or have stopped.
func (s *Server) waits(ctx context.Context) ([]waitView, error) {
	open, err := s.Cases.List(ctx, cases.Waiting)
	if err != nil {
		return nil, err
	}
	corrections, err := s.Corrections.Waiting(ctx)
	if err != nil {
		return nil, err
	}
	budgets, err := s.Budgets.List(ctx)
	if err != nil {
		return nil, err
	}
	warned, stopped, today := 0, 0, s.Zone.Date(s.Now())
	for _, b := range budgets {
		switch {
		case today.Before(b.From) || b.To.Before(today):
		case b.Stopped:
			stopped++
		case b.Warned:
			warned++
		}
	}
	var list []waitView
	for _, w := range []waitView{
		{"places.wait_cases", "/studio/cases", len(open)}, {"places.wait_corrections", "/studio/corrections", len(corrections)},
		{"places.wait_stopped", "/studio/budgets", stopped}, {"places.wait_warned", "/studio/budgets", warned},
	} {
		if w.N > 0 {
			list = append(list, w)
		}
	}
	return list, nil
}
