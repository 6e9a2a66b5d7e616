package leaderboard

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// asked serves reads from a real Redis. The dear read, the top of a board, is kept until the board changes.
type asked struct {
	redis redis.UniversalClient
	now   func() time.Time
	mu    sync.Mutex
	held  map[boardID]heldTop
	// together asks for the rows around members.
	together together
}

// heldTop is the first MaxRows rows of a board at one moment.
type heldTop struct {
	version string
	slice
}

func (t *asked) top(ctx context.Context, b boardID, at mark, n int) (slice, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	held, ok := t.held[b]
	if !ok || held.version != at.of(b.name) {
		read, err := t.ask(ctx, b)
		if err != nil {
			return slice{}, err
		}
		if len(t.held) >= copiesMost {
			clear(t.held)
		}
		held = heldTop{at.of(b.name), read}
		t.held[b] = held
	}
	return held.cut(n), nil
}

// ask reads the top and the size of the board in one moment.
func (t *asked) ask(ctx context.Context, b boardID) (slice, error) {
	key := b.key()
	pipe := t.redis.TxPipeline()
	rows, size := pipe.ZRevRangeWithScores(ctx, key, 0, MaxRows-1), pipe.ZCard(ctx, key)
	if _, err := pipe.Exec(ctx); err != nil {
		return slice{}, down(err)
	}
	read := slice{total: int(size.Val()), read: t.now()}
	for i, z := range rows.Val() {
		account, _ := z.Member.(string)
		read.rows = append(read.rows, placed{i + 1, account, total(int64(z.Score))})
	}
	return read, nil
}

func (t *asked) around(ctx context.Context, b boardID, at mark, member string, n int) (slice, error) {
	keys := []string{b.key()}
	if day := at.dayFor(b.name); day != "" {
		keys = append(keys, b.before(day).key())
	}
	answer, err := t.together.do(ctx, question{keys, member, n})
	if err != nil {
		return slice{}, down(err)
	}
	return aroundSlice(answer, t.now())
}

// aroundSlice reads what around.lua returned.
func aroundSlice(answer []any, read time.Time) (slice, error) {
	if len(answer) != 4 {
		return slice{}, fmt.Errorf("leaderboard: around.lua answered %v", answer)
	}
	size, _ := answer[0].(int64)
	was, _ := answer[1].(int64)
	first, _ := answer[2].(int64)
	rows, _ := answer[3].(string)
	s := slice{total: int(size), was: int(was) + 1, read: read, rows: make([]placed, 0, Shown)}
	for rank := int(first) + 1; rows != ""; rank++ {
		var account, score string
		account, rows, _ = strings.Cut(rows, "\n")
		score, rows, _ = strings.Cut(rows, "\n")
		value, err := strconv.ParseFloat(score, 64)
		if err != nil {
			return slice{}, fmt.Errorf("leaderboard: around.lua answered a score: %w", err)
		}
		s.rows = append(s.rows, placed{rank, account, total(int64(value))})
	}
	return s, nil
}

func (t *asked) last(b boardID, n int) (slice, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	held, ok := t.held[b]
	return held.cut(n), ok
}

func (h heldTop) cut(n int) slice {
	s := h.slice
	s.rows = s.rows[:min(n, len(s.rows))]
	return s
}
