package web

import (
	"context"

	"firebrand/game"
)

// fundings are the funding sources that anything names: play, the rules in force or planned and the draft, challenges,
// budgets. They are suggestions of a form; what cannot be read now is left out.
func (s *Server) fundings(ctx context.Context) []string {
	words := []string{game.Funding, s.Game.Policy.Funding}
	sets, _ := s.Rules.List(ctx) // a suggestion is never worth an error page
	if draft, err := s.Rules.Draft(ctx); err == nil {
		sets = append(sets, draft.Set)
	}
	for _, set := range sets {
		for _, r := range set.Rules {
			words = append(words, r.Funding)
		}
	}
	posed, _ := s.Challenges.List(ctx)
	for _, one := range posed {
		words = append(words, one.Shown().Funding)
	}
	limits, _ := s.Budgets.List(ctx)
	for _, b := range limits {
		words = append(words, b.Funding)
	}
	return distinct(words)
}
