package web

import (
	"context"
	"time"

	"github.com/gofiber/fiber/v2"

	"firebrand/content"
	"firebrand/game"
	"firebrand/internal/member"
	"firebrand/internal/points"
	"firebrand/leaderboard"
	"firebrand/web/ui"
)

// playRoutes are what dealer staff do every month: see what is new, read, play.
var playRoutes = []route{
	{"GET", "/", anyone, (*Server).home},
	{"GET", "/articles/:id", signedIn, (*Server).article},
	{"GET", "/quiz/:id", players, (*Server).quiz},
	{"POST", "/quiz/:id/start", players, (*Server).quizStart},
	{"POST", "/quiz/:id/next", players, (*Server).quizNext},
	{"POST", "/quiz/:id/answer", players, (*Server).quizAnswer},
	{"POST", "/quiz/:id/pause", players, (*Server).quizPause},
	{"GET", "/quiz/:id/leave", players, (*Server).quizLeaving},
	{"POST", "/quiz/:id/leave", players, (*Server).quizLeave},
	{"GET", "/quiz/:id/practice", players, (*Server).practice},
	{"POST", "/quiz/:id/practice/:question", players, (*Server).practiceAnswer},
}

// homeView is the first page: what to tap, what burns when, what there is to earn, what is new.
type homeView struct {
	// Next is the game to tap, nil when everything has been played.
	Next *game.Card
	// Left is how many points this month can still bring.
	Left    int64
	Alive   int64
	Soonest *soonest
	// Waits is what becomes spendable when, and what waits for its order: the zero instant.
	Waits   []points.Starting
	Edition *content.Edition
	Cards   []game.Card
	Reading []reading
	// Challenges are what goes on; none where they cannot be read now.
	Challenges []challengeCard
	// Auction is the one that runs or opens soon, nil where there is none.
	Auction *auctionTile
	// Ranks says that they stand on boards: principals play, and have no place there.
	Ranks bool
	// Standing is the place on everyone's board, nil where there is none yet or the board cannot be read.
	Standing *leaderboard.Standing
}

// soonest is what is lost next, what one finished game would save of it, and where that game is.
type soonest struct {
	Points, Saves int64
	At            time.Time
	// Certain is false for what burns only after a warning.
	Certain bool
	// Save is the game's page, empty where there is none; Practice says that it is one without points.
	Save     string
	Practice bool
}

// All reports whether the game saves all of it.
func (s soonest) All() bool { return s.Saves == s.Points }

// reading is an article of the month and whether it was opened.
type reading struct {
	content.Article
	Read bool
}

// home shows each role where their work begins; dealer staff see the month.
func (s *Server) home(c *fiber.Ctx) error {
	w, err := s.visitor(c)
	if err != nil {
		return err
	}
	switch w.member.Role {
	case "":
		return s.signInPage(c)
	case member.RoleMarketer:
		return c.Redirect("/studio", fiber.StatusSeeOther)
	case member.RoleDesk:
		return c.Redirect("/desk", fiber.StatusSeeOther)
	case member.RoleAdmin:
		return c.Redirect("/people", fiber.StatusSeeOther)
	}
	view, err := s.monthFor(c.UserContext(), w.member)
	if err != nil {
		return err
	}
	return s.page(c, "home", ui.Page{Title: "home.title", Wide: true, Data: view})
}

// monthFor gathers the first page from the rooms. A board that cannot be read is left out: the rest matters more.
func (s *Server) monthFor(ctx context.Context, m member.Member) (homeView, error) {
	v := homeView{Ranks: m.Role == member.RoleMember}
	var err error
	if v.Cards, err = s.Game.Month(ctx, player(m, "")); err != nil {
		return v, err
	}
	v.Next, v.Left = nextGame(v.Cards)
	balance, err := s.Points.Balance(ctx, m.ID)
	if err != nil {
		return v, err
	}
	forecast, err := s.Points.Forecast(ctx, m.ID)
	if err != nil {
		return v, err
	}
	v.Alive, v.Waits, v.Soonest = balance.Alive, startsOf(balance.Starts), soonestLoss(forecast.Events, s.Now())
	v.Soonest.savedBy(v.Next, v.Cards)
	e, live, err := s.Content.Live(ctx)
	if err != nil {
		return v, err
	}
	if live {
		v.Edition = &e
		if v.Reading, err = s.readings(ctx, m.ID, e.Articles); err != nil {
			return v, err
		}
	}
	if v.Challenges, err = s.homeChallenges(ctx, m); err != nil {
		v.Challenges = nil
	}
	v.Auction = s.auctionCard(ctx, m.ID)
	if !v.Ranks {
		return v, nil
	}
	if standings, err := s.Boards.Mine(ctx, s.Zone.Month(s.Now()), m.ID); err == nil && len(standings) > 0 && standings[0].Rank > 0 {
		v.Standing = &standings[0]
	}
	return v, nil
}

// readings are articles with whether a member has opened them.
func (s *Server) readings(ctx context.Context, memberID string, ids []string) ([]reading, error) {
	read, err := s.Content.ReadBy(ctx, memberID, ids)
	if err != nil {
		return nil, err
	}
	var all []reading
	for _, id := range ids {
		a, err := s.Content.Article(ctx, id)
		if err != nil {
			return nil, err
		}
		all = append(all, reading{a, read[id]})
	}
	return all, nil
}

// nextGame is the game to offer, one that is under way before a new one, and how much all that is left can bring.
func nextGame(cards []game.Card) (next *game.Card, left int64) {
	for i, card := range cards {
		underway := card.State == game.StateOpen || card.State == game.StatePaused
		if underway || card.State == game.StateNew {
			left += card.Most
		}
		if underway && (next == nil || next.State == game.StateNew) || card.State == game.StateNew && next == nil {
			next = &cards[i]
		}
	}
	return next, left
}

// How far ahead the first page tells of what is lost: what is certain, and what burns only after a warning.
const (
	soonHorizon  = 14 * 24 * time.Hour
	maybeHorizon = 7 * 24 * time.Hour
)

// soonestLoss is what is lost next within the horizon. What is certain comes before what is not.
func soonestLoss(events []points.Event, now time.Time) *soonest {
	for _, certain := range []bool{true, false} {
		var found *soonest
		for _, e := range events {
			lost := e.Why == points.WhyBurns || e.Why == points.WhyExpires
			if !lost || e.Certain != certain || e.Amount == 0 {
				continue
			}
			if found == nil {
				found = &soonest{At: e.At, Certain: certain}
			}
			if e.At.Equal(found.At) {
				found.Points += e.Amount
				found.Saves += e.Saves
			}
		}
		horizon := maybeHorizon
		if certain {
			horizon = soonHorizon
		}
		if found != nil && found.At.Sub(now) <= horizon {
			return found
		}
	}
	return nil
}

// savedBy says which game saves it: the one to play next or, where all are played, practice at one of them.
func (l *soonest) savedBy(next *game.Card, cards []game.Card) {
	if l == nil || l.Saves == 0 {
		return
	}
	if next != nil {
		l.Save = "/quiz/" + next.Quiz
		return
	}
	for _, card := range cards {
		l.Save, l.Practice = "/quiz/"+card.Quiz+"/practice", true
		if card.State == game.StateFinished {
			return
		}
	}
}

// player is a member as the game knows them; lang is the language wished for, empty for their own.
func player(m member.Member, lang string) game.Player {
	if lang == "" {
		lang = m.Lang
	}
	return game.Player{ID: m.ID, Lang: ui.Language(lang), Pace: m.Pace}
}
