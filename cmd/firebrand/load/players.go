package load

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"firebrand/cmd/firebrand/app"
	"firebrand/content"
	"firebrand/game"
	"firebrand/internal/journal"
	"firebrand/internal/member"
)

const (
	// homeZone is where every load's programme lives.
	homeZone = "Europe/Kyiv"
	// loader is who makes the programme under load.
	loader = "load"
	// quizID is the quiz that is played, of as many questions.
	quizID    = "load"
	questions = 8
	// password is of people whose only way in is the session that they are given at once.
	password = "only-for-a-load"
)

// player is a member with a session of their own.
type player struct{ id, token string }

// prepared is a data folder with one live quiz and people to play it.
type prepared struct {
	players []player
	// record is how many bytes the record of an answer takes where it is kept.
	record int
}

// prepare makes a programme with n players through the services. Their passwords cost next to nothing: nobody signs in
// with one.
func prepare(ctx context.Context, data string, n int) (p prepared, err error) {
	a, err := app.Open(ctx, app.Settings{Data: data, Zone: homeZone})
	if err != nil {
		return p, err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	a.Members.Cost = member.Cost{Memory: 64, Passes: 1, Lanes: 1}
	if err := publish(ctx, a); err != nil {
		return p, err
	}
	company, err := a.Members.CreateCompany(ctx, member.Member{ID: loader, Role: member.RoleAdmin}, member.Company{
		Name: "Load", Region: "kyiv", Size: "1", Industry: "retail",
	})
	if err != nil {
		return p, err
	}
	p.players = make([]player, n+1)
	err = all(ctx, n+1, writers, func(ctx context.Context, i int) (err error) {
		p.players[i], err = enter(ctx, a, company.ID, i)
		return err
	})
	if err != nil {
		return p, err
	}
	// One plays ahead, to see how large a record is.
	p.record, err = playAhead(ctx, a, p.players[n].id)
	p.players = p.players[:n]
	return p, err
}

// publish sets a quiz of four options a question live.
func publish(ctx context.Context, a *app.App) error {
	quiz := content.Quiz{ID: quizID, Title: said("A quiz under load"), SpeedShare: 250, Participation: 10}
	for i := range questions {
		quiz.Questions = append(quiz.Questions, question(i+1))
	}
	if _, err := a.Content.SaveQuiz(ctx, loader, quiz); err != nil {
		return err
	}
	e, err := a.Content.EnsureEdition(ctx, loader, a.Zone.Month(a.Now()))
	if err != nil {
		return err
	}
	e.Title, e.Quizzes = said("A month under load"), []string{quizID}
	if e, err = a.Content.SaveEdition(ctx, loader, e, e.Version); err != nil {
		return err
	}
	for _, state := range []content.State{content.Review, content.Scheduled} {
		if e, _, err = a.Content.SetState(ctx, loader, e.Month, state, e.Version); err != nil {
			return err
		}
	}
	return nil
}

// said is one text in the three languages, as long in each as people write.
func said(text string) content.Text {
	return content.Text{"en": text, "ru": text, "uk": text}
}

func question(n int) content.Question {
	q := content.Question{
		ID: fmt.Sprintf("q%d", n), Kind: content.Single, Topic: "primers", Seconds: content.MaxSeconds, Weight: 100,
		Text:        said(fmt.Sprintf("Question %d: which primer does a smooth concrete wall need before tiling, and why that one?", n)),
		Explanation: said("Smooth concrete takes no water in, so that the adhesive finds nothing to hold on to; a contact primer with sand gives it grip."),
	}
	for o := range 4 {
		q.Options = append(q.Options, content.Option{
			ID: fmt.Sprintf("o%d", o+1), Text: said(fmt.Sprintf("Answer %d, about as long as answers are", o+1)), Right: o == n%4,
		})
	}
	return q
}

// enter makes a member and lets them in.
func enter(ctx context.Context, a *app.App, company string, i int) (player, error) {
	admin := member.Member{ID: loader, Role: member.RoleAdmin}
	m, err := a.Members.Create(ctx, admin, member.Member{
		Role: member.RoleMember, Company: company, Name: fmt.Sprintf("Player %d", i), Lang: "uk", Email: fmt.Sprintf("player-%d@load.example", i),
	})
	if err != nil {
		return player{}, err
	}
	link, _, err := a.Members.Invite(ctx, admin, m.ID)
	if err != nil {
		return player{}, err
	}
	_, token, err := a.Members.Accept(ctx, link, member.Acceptance{Password: password}, member.Device{Agent: "load"})
	return player{m.ID, token}, err
}

// playAhead plays the quiz without HTTP and returns the size of the middle answer's record.
func playAhead(ctx context.Context, a *app.App, id string) (size int, err error) {
	p := game.Player{ID: id, Lang: "uk"}
	view, err := a.Game.Start(ctx, p, quizID, "", "start")
	for n := 1; n <= questions/2 && err == nil; n++ {
		if _, err = a.Game.Next(ctx, p, quizID, fmt.Sprintf("next-%d", n)); err == nil {
			view, err = a.Game.Answer(ctx, p, quizID, n, []string{"1"}, false, fmt.Sprintf("answer-%d", n))
		}
	}
	if err != nil {
		return 0, err
	}
	var last journal.Record
	if last, err = a.Journal.Last(ctx, game.Stream(quizID, view.Month, id)); err != nil {
		return 0, err
	}
	raw, err := json.Marshal(last)
	return len(raw), err
}

// played checks, with the server gone, that every answer of every player counted: what was measured was the real thing.
func played(ctx context.Context, data string, players []player) (err error) {
	a, err := app.Open(ctx, app.Settings{Data: data, Zone: homeZone, Now: time.Now})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	return all(ctx, len(players), writers, func(ctx context.Context, i int) error {
		view, err := a.Game.View(ctx, game.Player{ID: players[i].id, Lang: "uk"}, quizID)
		if err != nil {
			return err
		}
		answered := 0
		for _, r := range view.Results {
			if !r.Missed && len(r.Chosen) == 1 {
				answered++
			}
		}
		if view.State != game.StateFinished || answered != questions {
			return fmt.Errorf("player %s is %s with %d answers that counted", players[i].id, view.State, answered)
		}
		return nil
	})
}
