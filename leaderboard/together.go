package leaderboard

import (
	"context"
	"sync"

	"github.com/redis/go-redis/v9"
)

// together asks around.lua for many readers in one round trip: whoever comes while one is under way goes with the next.
// Nobody waits for others to come, and a crowd costs both ends a fraction of the reading and writing of their sockets,
// which is most of what a question costs.
type together struct {
	redis redis.UniversalClient
	mu    sync.Mutex
	next  []*asking
	// away says that a round trip is under way.
	away bool
}

// question is one reader's: the keys and arguments of around.lua.
type question struct {
	keys   []string
	member string
	rows   int
}

// asking is a question until it is answered.
type asking struct {
	question
	answer []any
	err    error
	done   chan struct{}
}

// do returns what around.lua answered, or the context's error.
func (t *together) do(ctx context.Context, q question) ([]any, error) {
	a := &asking{question: q, done: make(chan struct{})}
	t.mu.Lock()
	t.next = append(t.next, a)
	if !t.away {
		t.away = true
		go t.ask(context.WithoutCancel(ctx)) // it is for others too
	}
	t.mu.Unlock()
	select {
	case <-a.done:
		return a.answer, a.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// ask makes round trips until nobody waits.
func (t *together) ask(ctx context.Context) {
	for {
		t.mu.Lock()
		all := t.next
		t.next, t.away = nil, len(t.next) > 0
		t.mu.Unlock()
		if len(all) == 0 {
			return
		}
		t.send(ctx, all, aroundScript.EvalSha)
		for _, a := range all {
			close(a.done)
		}
	}
}

// send asks all of them by the script's hash, and those whose server does not know it by its text.
func (t *together) send(ctx context.Context, all []*asking, by func(context.Context, redis.Scripter, []string, ...any) *redis.Cmd) {
	pipe := t.redis.Pipeline()
	said := make([]*redis.Cmd, len(all))
	for i, a := range all {
		said[i] = by(ctx, pipe, a.keys, a.member, a.rows)
	}
	_, _ = pipe.Exec(ctx) // each answer has its own error
	var unknown []*asking
	for i, a := range all {
		a.answer, a.err = said[i].Slice()
		if redis.HasErrorPrefix(a.err, "NOSCRIPT") {
			unknown = append(unknown, a)
		}
	}
	if len(unknown) > 0 {
		t.send(ctx, unknown, aroundScript.Eval)
	}
}
