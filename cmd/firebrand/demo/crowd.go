package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"firebrand/cmd/firebrand/app"
	"firebrand/content"
	"firebrand/game"
	"firebrand/internal/member"
)

// crowdSize is how many simulated members play at once.
const crowdSize = 12

// Crowd lets simulated members play and bid in real time through the public API, until everybody was there or ctx ends,
// each with a session of their own. Tell hears what happens.
func (l Loaded) Crowd(ctx context.Context, a *app.App, at string, tell func(string)) error {
	quizzes, err := readQuizzes()
	if err != nil {
		return err
	}
	var all []member.Member
	err = a.Members.All(ctx, func(m member.Member) error { all = append(all, m); return nil })
	if err != nil {
		return err
	}
	idle := l.strangers(all)
	rand.Shuffle(len(idle), func(i, j int) { idle[i], idle[j] = idle[j], idle[i] })
	people := make(chan member.Member)
	var playing sync.WaitGroup
	for range crowdSize {
		playing.Go(func() {
			for m := range people {
				s := &simulated{at: at, member: m, quizzes: quizzes, skill: 0.4 + 0.55*rand.Float64(), tell: tell}
				if err := s.visit(ctx, a); err != nil && ctx.Err() == nil {
					tell(fmt.Sprintf("crowd: %s: %v", m.BoardName(), err))
				}
			}
		})
	}
	for _, m := range idle[:min(len(idle), crowdSize*20)] {
		select {
		case people <- m:
		case <-ctx.Done():
		}
	}
	close(people)
	playing.Wait()
	return ctx.Err()
}

// strangers are the dealers' staff without the colleagues of whoever signs in to look around: one person of a company
// bids, and those are to find their company's place free.
func (l Loaded) strangers(all []member.Member) []member.Member {
	taken := map[string]bool{}
	for _, m := range all {
		taken[m.Company] = taken[m.Company] || slices.ContainsFunc(l.SignIns, func(in SignIn) bool { return in.Login == m.Phone })
	}
	return slices.DeleteFunc(slices.Clone(all), func(m member.Member) bool {
		return m.Role != member.RoleMember || !m.Active() || taken[m.Company]
	})
}

// simulated is one member of the crowd, who knows the site by its API only.
type simulated struct {
	at      string
	member  member.Member
	cookie  string
	quizzes []quiz
	skill   float64
	tell    func(string)
}

// visit signs the member in and plays what the month offers.
func (s *simulated) visit(ctx context.Context, a *app.App) error {
	// The crowd's people have no passwords; an invitation lets them in like anybody else, and pays for one hash.
	token, _, err := a.Members.Invite(ctx, admin, s.member.ID)
	if err != nil {
		return err
	}
	_, session, err := a.Members.Accept(ctx, token, member.Acceptance{Password: uuid.NewString()}, member.Device{Agent: "crowd"})
	if err != nil {
		return err
	}
	s.cookie = "fb_session=" + session
	var month struct {
		Quizzes []game.Card `json:"quizzes"`
	}
	if err := s.call(ctx, http.MethodGet, "/edition", nil, &month); err != nil {
		return err
	}
	// Some bid before they play, so that auctions move from the first moment.
	if rand.IntN(2) == 0 {
		if err := s.bid(ctx); err != nil {
			return err
		}
	}
	for _, card := range month.Quizzes {
		if card.State != game.StateNew {
			continue
		}
		points, err := s.play(ctx, card.Quiz)
		if err != nil {
			return err
		}
		s.tell(fmt.Sprintf("crowd: %s finished %q with %d points", s.member.BoardName(), card.Title, points))
	}
	return s.bid(ctx)
}

// play plays one quiz with the haste and the doubts of a person.
func (s *simulated) play(ctx context.Context, id string) (int64, error) {
	var v game.View
	if err := s.call(ctx, http.MethodPost, "/quizzes/"+id+"/start", struct{}{}, &v); err != nil {
		return 0, err
	}
	for v.State == game.StateOpen {
		if err := wait(ctx, 1500, 4000); err != nil {
			return 0, err
		}
		if err := s.call(ctx, http.MethodPost, "/quizzes/"+id+"/next", struct{}{}, &v); err != nil {
			return 0, err
		}
		if v.Open == nil {
			continue
		}
		if err := wait(ctx, 2500, 9000); err != nil {
			return 0, err
		}
		answer := map[string]any{"n": v.Open.N, "choice": s.choose(*v.Open), "sure": rand.IntN(3) == 0}
		if err := s.call(ctx, http.MethodPost, "/quizzes/"+id+"/answers", answer, &v); err != nil {
			return 0, err
		}
	}
	return v.Points, nil
}

// choose answers as the member would: rightly as often as their skill says.
func (s *simulated) choose(open game.Question) []string {
	for _, q := range s.quizzes {
		if q.asks(open) {
			return q.choose(open, rand.New(rand.NewPCG(rand.Uint64(), 1)), s.skill)
		}
	}
	return []string{open.Options[0].ID}
}

// asks reports whether an open question is one of the quiz's, in any language.
func (q quiz) asks(open game.Question) bool {
	return slices.ContainsFunc(q.Questions, func(question content.Question) bool {
		return slices.Contains(slices.Collect(maps.Values(question.Text)), open.Text)
	})
}

// call is one request of the API: a key of its own where it changes something, the answer decoded.
func (s *simulated) call(ctx context.Context, method, path string, body, answer any) error {
	var sent io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return err
		}
		sent = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, s.at+"/api/v1"+path, sent)
	if err != nil {
		return err
	}
	req.Header.Set("Cookie", s.cookie)
	req.Header.Set("Origin", s.at)
	req.Header.Set("Accept-Language", s.member.Lang)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Idempotency-Key", uuid.NewString())
	}
	got, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer got.Body.Close()
	raw, err := io.ReadAll(got.Body)
	if err != nil {
		return err
	}
	if got.StatusCode >= http.StatusBadRequest {
		return &refusal{got.StatusCode, fmt.Sprintf("%s %s: %s: %s", method, path, got.Status, raw)}
	}
	return json.Unmarshal(raw, answer)
}

// wait lets some milliseconds pass.
func wait(ctx context.Context, least, more int) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(time.Duration(least+rand.IntN(more)) * time.Millisecond):
		return nil
	}
}
