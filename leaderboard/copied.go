package leaderboard

import (
	"context"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// copied serves reads from copies of whole boards: one copy after a change of the board, at most five a second.
type copied struct {
	redis redis.UniversalClient
	now   func() time.Time
	mu    sync.Mutex
	held  map[boardID]*boardCopy
}

// copiesMost bounds the boards of earlier months that are kept in memory.
const copiesMost = 200

// boardCopy is a board at one moment; it is never changed.
type boardCopy struct {
	version string
	rows    []placed
	place   map[string]int // by account, from 0
	read    time.Time
}

func (t *copied) top(ctx context.Context, b boardID, at mark, n int) (slice, error) {
	c, err := t.copy(ctx, b, at)
	if err != nil {
		return slice{}, err
	}
	return c.cut(0, n), nil
}

func (t *copied) around(ctx context.Context, b boardID, at mark, member string, n int) (slice, error) {
	c, err := t.copy(ctx, b, at)
	if err != nil {
		return slice{}, err
	}
	place, on := c.place[member]
	if !on {
		return c.cut(0, 0), nil
	}
	return c.cut(window(place, n, len(c.rows)), n), nil
}

func (t *copied) last(b boardID, n int) (slice, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.held[b]
	if c == nil {
		return slice{}, false
	}
	return c.cut(0, n), true
}

// copy returns the board's copy, taken anew where the board changed since. Others wait meanwhile, so that a herd of
// readers makes one copy.
func (t *copied) copy(ctx context.Context, b boardID, at mark) (*boardCopy, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c := t.held[b]; c != nil && c.version == at.of(b.name) {
		return c, nil
	}
	read, err := t.redis.ZRevRangeWithScores(ctx, boardKey(b.month, b.name), 0, -1).Result()
	if err != nil {
		return nil, down(err)
	}
	c := &boardCopy{
		version: at.of(b.name), rows: make([]placed, len(read)), place: make(map[string]int, len(read)), read: t.now(),
	}
	for i, z := range read {
		account, _ := z.Member.(string)
		c.rows[i] = placed{i + 1, account, total(int64(z.Score))}
		c.place[account] = i
	}
	if len(t.held) >= copiesMost {
		clear(t.held)
	}
	t.held[b] = c
	return c, nil
}

func (c *boardCopy) cut(first, n int) slice {
	return slice{c.rows[first:min(first+n, len(c.rows))], len(c.rows), c.read}
}
