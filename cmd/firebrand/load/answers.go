package load

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

const (
	// clients is how many requests are under way at once.
	clients = 16
	// atOnce is how many have a game open at a time, however long the load lasts.
	atOnce = 500
	// playersEach is how many play by each way for every second that the load shall last.
	playersEach = 25
	// healthEach is how many bare requests are made for every such second, before the games and after them.
	healthEach = 100
	// answerLimit is the most that an answer may cost the server, in µs.
	answerLimit = 500
)

// driveAnswers plays quizzes to their end over HTTP. All take their next question first and then all answer it, so that
// what the server uses in between is for answers: session, decision, durable record, view, and what followers draw.
func driveAnswers(ctx context.Context, r run) (err error) {
	seconds := int(r.lasts / time.Second)
	data := filepath.Join(r.dir, "answers")
	p, err := prepare(ctx, data, playersEach*seconds*len(ways))
	if err != nil {
		return err
	}
	base, err := openBare(ctx, r.dir, p.record)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, base.close()) }()
	server, err := serve(ctx, data)
	if err != nil {
		return err
	}
	g := &games{child: server, client: newClient(), players: p.players}
	err = errors.Join(g.measure(ctx, r.lasts, base), server.stop())
	if err == nil {
		err = played(ctx, data, p.players)
	}
	if err != nil {
		return err
	}
	least := g.requests.each() + g.inserts.each()
	r.report(figure("answers.cpu", g.answers[0].each(), "µs").beside(least).atMost(answerLimit))
	r.report(figure("answers.page_cpu", g.answers[1].each(), "µs").beside(least))
	r.report(figure("answers.whole_game_cpu", g.whole.each(), "µs").beside(least))
	r.report(figure("answers.request_cpu", g.requests.each(), "µs"))
	r.report(figure("answers.insert_cpu", g.inserts.each(), "µs"))
	r.report(figure("answers.record", float64(p.record), "bytes"))
	return nil
}

// games are all players' attempts at the quiz.
type games struct {
	*child
	client  *http.Client
	players []player
	// answers is what answers cost by each way; whole is all that the server did for the games, shared out among them.
	answers [len(ways)]tally
	whole   tally
	// requests that do nothing, and inserts by hand, are the baseline: an answer needs one of each at least.
	requests, inserts tally
}

// measure plays all games between two measurements of the baseline.
func (g *games) measure(ctx context.Context, lasts time.Duration, base *bare) (err error) {
	if err := g.least(ctx, lasts, base); err != nil {
		return err
	}
	g.whole, err = g.spent(ctx, questions*len(g.players), func() error { return g.play(ctx) })
	if err != nil {
		return err
	}
	return g.least(ctx, lasts, base)
}

// least adds to the baseline.
func (g *games) least(ctx context.Context, lasts time.Duration, base *bare) error {
	inserts, err := base.inserting(ctx, lasts/20, writers, accountsEach)
	if err != nil {
		return err
	}
	requests, err := g.health(ctx, healthEach*int(lasts/time.Second))
	g.inserts.add(inserts)
	g.requests.add(requests)
	return err
}

// play lets one crowd after the other play their games to the end, one question of all of them after the other.
func (g *games) play(ctx context.Context) error {
	for crowd := range slices.Chunk(g.players, atOnce) {
		if err := g.together(ctx, crowd, -1, move{do: start}); err != nil {
			return err
		}
		for n := 1; n <= questions; n++ {
			if err := g.question(ctx, crowd, n); err != nil {
				return err
			}
		}
	}
	return nil
}

// question lets a crowd take a question, and then answer it, each way by itself.
func (g *games) question(ctx context.Context, crowd []player, n int) error {
	if err := g.together(ctx, crowd, -1, move{do: next}); err != nil {
		return err
	}
	for way := range ways {
		t, err := g.spent(ctx, len(crowd)/len(ways), func() error { return g.together(ctx, crowd, way, move{answer, n}) })
		if err != nil {
			return err
		}
		g.answers[way].add(t)
	}
	return nil
}

// together makes a move for all players of a way, or of all ways where it is below zero.
func (g *games) together(ctx context.Context, crowd []player, way int, m move) error {
	return all(ctx, len(crowd), clients, func(ctx context.Context, i int) error {
		if way >= 0 && i%len(ways) != way {
			return nil
		}
		req, err := ways[i%len(ways)](m)
		if err != nil {
			return err
		}
		at, err := url.Parse(g.url + req.URL.Path)
		if err != nil {
			return err
		}
		req.URL, req.Host = at, at.Host
		req.Header.Set("Origin", g.url)
		req.Header.Set("Cookie", "fb_session="+crowd[i].token)
		_, err = wanted(g.client, req.WithContext(ctx))
		return err
	})
}

// health asks whether the server is alive, n times: what a request costs that does nothing.
func (g *games) health(ctx context.Context, n int) (tally, error) {
	return g.spent(ctx, n, func() error {
		return all(ctx, n, clients, func(ctx context.Context, _ int) error {
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, g.url+"/healthz", nil)
			if err == nil {
				_, err = wanted(g.client, req)
			}
			return err
		})
	})
}

// The moves of a player.
const (
	start = iota
	next
	answer
)

// move is what a player does; n is the question that is answered.
type move struct{ do, n int }

// ways are how a game is played: by the JSON API, and by the page's forms as its script sends them.
var ways = [...]func(move) (*http.Request, error){byAPI, byPage}

func byAPI(m move) (*http.Request, error) {
	path := "/api/v1/quizzes/" + quizID + [...]string{start: "/start", next: "/next", answer: "/answers"}[m.do]
	body := ""
	if m.do == answer {
		body = fmt.Sprintf(`{"n":%d,"choice":["1"],"sure":false}`, m.n)
	}
	req, err := http.NewRequest(http.MethodPost, path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Accept-Encoding", "gzip")
	req.Header.Set("Idempotency-Key", uuid.NewString())
	return req, nil
}

func byPage(m move) (*http.Request, error) {
	path := "/quiz/" + quizID + [...]string{start: "/start", next: "/next", answer: "/answer"}[m.do]
	form := url.Values{"key": {uuid.NewString()}}
	if m.do == answer {
		form.Set("n", fmt.Sprint(m.n))
		form.Set("choice", "1")
	}
	req, err := http.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("X-Fragment", "main")
	req.Header.Set("Accept-Encoding", "gzip, deflate, br")
	return req, nil
}
