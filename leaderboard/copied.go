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
	read := c.around(member, n)
	if b = b.before(at.dayFor(b.name)); b.was != "" {
		before, err := t.copy(ctx, b, at)
		if err != nil {
			return slice{}, err
		}
		read.was = before.rank(member)
	}
	return read, nil
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
	version := at.of(b.name)
	if b.was != "" {
		version = at.epoch // a day that is over changes no more
	}
	if c := t.held[b]; c != nil && c.version == version {
		return c, nil
	}
	c, err := copyOf(ctx, t.redis, b, t.now())
	if err != nil {
		return nil, err
	}
	c.version = version
	if len(t.held) >= copiesMost {
		clear(t.held)
	}
	t.held[b] = c
	return c, nil
}

// copyOf reads a whole board.
func copyOf(ctx context.Context, r redis.UniversalClient, b boardID, now time.Time) (*boardCopy, error) {
	read, err := r.ZRevRangeWithScores(ctx, b.key(), 0, -1).Result()
	if err != nil {
		return nil, down(err)
	}
	c := newCopy(len(read), now)
	for _, z := range read {
		account, _ := z.Member.(string)
		c.add(account, total(int64(z.Score)))
	}
	return c, nil
}

func newCopy(n int, read time.Time) *boardCopy {
	return &boardCopy{rows: make([]placed, 0, n), place: make(map[string]int, n), read: read}
}

// add puts the next lower row.
func (c *boardCopy) add(account string, points int64) {
	c.place[account] = len(c.rows)
	c.rows = append(c.rows, placed{len(c.rows) + 1, account, points})
}

// around is n rows with the member among them, none where the member is not on the board.
func (c *boardCopy) around(member string, n int) slice {
	place, on := c.place[member]
	if !on {
		return c.cut(0, 0)
	}
	return c.cut(window(place, n, len(c.rows)), n)
}

// rank is the member's place from 1, 0 where there is none.
func (c *boardCopy) rank(member string) int {
	if place, on := c.place[member]; on {
		return place + 1
	}
	return 0
}

func (c *boardCopy) cut(first, n int) slice {
	first = min(first, len(c.rows))
	return slice{rows: c.rows[first:min(first+n, len(c.rows))], total: len(c.rows), read: c.read}
}
