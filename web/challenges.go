package web

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"firebrand/catalog/purchase/challenge"
	"firebrand/internal/member"
	"firebrand/web/ui"
)

// challengeRoutes are the challenges of dealer staff, and where marketers write them and look at what seems odd.
var challengeRoutes = []route{
	{"GET", "/challenges", players, (*Server).challenges},
	{"GET", "/studio/challenges", marketers, (*Server).studioChallenges},
	{"GET", "/studio/challenges/new", marketers, (*Server).challengeNew},
	{"POST", "/studio/challenges/new", marketers, (*Server).challengeEnter},
	{"GET", "/studio/challenges/:id", marketers, (*Server).studioChallenge},
	{"POST", "/studio/challenges/:id", marketers, (*Server).challengeSave},
	{"POST", "/studio/challenges/:id/stop", marketers, (*Server).challengeStop},
	{"GET", "/studio/cases", marketers, (*Server).studioCases},
	{"GET", "/studio/cases/:id", marketers, (*Server).studioCase},
	{"POST", "/studio/cases/:id", marketers, (*Server).caseDecide},
}

// challengesView is everything that a member and their company have to reach.
type challengesView struct{ Running, Done, Over []challengeCard }

// Any reports whether there is anything to show.
func (v challengesView) Any() bool { return len(v.Running)+len(v.Done)+len(v.Over) > 0 }

// challengeCard is a challenge with its bar.
type challengeCard struct {
	challenge.Card
	Bar challengeBar
}

// challengeBar is a bar in thousandths of its length.
type challengeBar struct {
	Have, Coming int64
	Marks        []int64
}

// challenges shows the member's challenges and their company's: what can still be done first.
func (s *Server) challenges(c *fiber.Ctx) error {
	cards, err := s.challengesOf(c.UserContext(), s.me(c))
	if err != nil {
		return err
	}
	var view challengesView
	for _, card := range cards {
		switch {
		case card.Running():
			view.Running = append(view.Running, card)
		case card.Phase == challenge.PhaseLive:
			view.Done = append(view.Done, card)
		default:
			view.Over = append(view.Over, card)
		}
	}
	return s.page(c, "challenges", ui.Page{Title: "challenges.title", Wide: true, Data: view})
}

// challengesOf are a member's challenges and those of their company.
func (s *Server) challengesOf(ctx context.Context, m member.Member) ([]challengeCard, error) {
	accounts := []string{m.ID}
	if m.Company != "" {
		accounts = append(accounts, m.Company)
	}
	mine, err := s.Challenges.Mine(ctx, accounts...)
	cards := make([]challengeCard, len(mine))
	for i, card := range mine {
		cards[i] = challengeCard{card, barOf(card)}
	}
	return cards, err
}

// homeChallenges are those that the first page shows: what goes on, at most three.
func (s *Server) homeChallenges(ctx context.Context, m member.Member) ([]challengeCard, error) {
	cards, err := s.challengesOf(ctx, m)
	var running []challengeCard
	for _, card := range cards {
		if card.Phase == challenge.PhaseLive && len(running) < homeChallengesMost {
			running = append(running, card)
		}
	}
	return running, err
}

// homeChallengesMost is how many challenges the first page shows.
const homeChallengesMost = 3

// barOf draws how far a card is.
func barOf(card challenge.Card) challengeBar {
	last := card.Last()
	if last < 1 {
		return challengeBar{}
	}
	part := func(n int64) int64 { return min(1000, max(0, n)*1000/last) }
	bar := challengeBar{Have: part(card.Have)}
	bar.Coming = part(card.Have+card.Coming) - bar.Have
	for _, step := range card.Steps {
		if step.Target < last {
			bar.Marks = append(bar.Marks, part(step.Target))
		}
	}
	return bar
}
