package load

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"
)

const (
	// clients is how many requests are under way at once.
	clients = 16
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
	defer func() {
		if server != nil {
			err = errors.Join(err, server.stop())
		}
	}()
	g := &games{child: server, client: newClient(), players: p.players}
	var inserts, health tally
	beside := func() error {
		t, err := base.inserting(ctx, r.lasts/20, writers, accountsEach)
		if err != nil {
			return err
		}
		inserts.add(t)
		t, err = g.health(ctx, healthEach*seconds)
		health.add(t)
		return err
	}
	if err := beside(); err != nil {
		return err
	}
	whole, err := server.spent(ctx, questions*len(g.players), func() error { return g.play(ctx) })
	if err != nil {
		return err
	}
	if err := beside(); err != nil {
		return err
	}
	err, server = server.stop(), nil
	if err == nil {
		err = played(ctx, data, p.players)
	}
	if err != nil {
		return err
	}
	least := health.each() + inserts.each()
	r.report(figure("answers.cpu", g.answers[0].each(), "µs").beside(least).atMost(answerLimit))
	r.report(figure("answers.page_cpu", g.answers[1].each(), "µs").beside(least))
	r.report(figure("answers.whole_game_cpu", whole.each(), "µs").beside(least))
	r.report(figure("answers.request_cpu", health.each(), "µs"))
	r.report(figure("answers.insert_cpu", inserts.each(), "µs"))
	r.report(figure("answers.record", float64(p.record), "bytes"))
	return nil
}

// games are all players' attempts at the quiz.
type games struct {
	*child
	client  *http.Client
	players []player
	// answers is what answers cost by each way.
	answers [len(ways)]tally
}

// play plays everybody's game to its end, one question of all players after the other.
func (g *games) play(ctx context.Context) error {
	if err := g.together(ctx, -1, move{do: start}); err != nil {
		return err
	}
	for n := 1; n <= questions; n++ {
		if err := g.together(ctx, -1, move{do: next}); err != nil {
			return err
		}
		for way := range ways {
			t, err := g.spent(ctx, len(g.players)/len(ways), func() error { return g.together(ctx, way, move{answer, n}) })
			if err != nil {
				return err
			}
			g.answers[way].add(t)
		}
	}
	return nil
}

// together makes a move for all players of a way, or of all ways where it is below zero.
func (g *games) together(ctx context.Context, way int, m move) error {
	return all(ctx, len(g.players), clients, func(ctx context.Context, i int) error {
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
		req.Header.Set("Cookie", "fb_session="+g.players[i].token)
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
