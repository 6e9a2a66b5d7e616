package leaderboard

import (
	"context"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"firebrand/internal/calendar"
)

// restWhenDown is how long a Redis that does not answer is not asked for marks again.
const restWhenDown = time.Second

// marks remembers each month's mark for one Refresh, so that reading a board that did not change costs no round trip.
type marks struct {
	redis redis.UniversalClient
	now   func() time.Time
	mu    sync.Mutex
	known map[calendar.Month]markRead
	// told is what fresh told of last; it is nothing after a failure, so that everything is told of again.
	told map[calendar.Month]mark
}

type markRead struct {
	mark mark
	err  error
	at   time.Time
}

// of returns a month's mark, at most one Refresh old.
func (t *marks) of(ctx context.Context, m calendar.Month) (mark, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	known, ok := t.known[m]
	lasts := Refresh
	if known.err != nil {
		lasts = restWhenDown
	}
	if age := t.now().Sub(known.at); ok && age >= 0 && age < lasts {
		return known.mark, known.err
	}
	return t.read(ctx, m)
}

// fresh reads a month's mark and says which boards changed since it said so before.
func (t *marks) fresh(ctx context.Context, m calendar.Month) (changed []string, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now, err := t.read(ctx, m)
	if err != nil {
		return nil, err
	}
	before := t.told[m]
	for board := range now.versions {
		if board != "" && now.of(board) != before.of(board) {
			changed = append(changed, board)
		}
	}
	for board := range before.versions {
		if now.versions[board] == "" {
			changed = append(changed, board)
		}
	}
	t.told[m] = now
	return changed, nil
}

func (t *marks) read(ctx context.Context, m calendar.Month) (mark, error) {
	pipe := t.redis.TxPipeline()
	meta, versions := pipe.HMGet(ctx, metaKey(m), "epoch", "was"), pipe.HGetAll(ctx, versionsKey(m))
	_, err := pipe.Exec(ctx)
	r := markRead{mark: mark{versions: versions.Val()}, at: t.now()}
	if said := meta.Val(); len(said) == 2 {
		r.mark.epoch, _ = said[0].(string)
		r.mark.was, _ = said[1].(string)
	}
	if err != nil {
		r.mark, r.err = t.known[m].mark, down(err)
		delete(t.told, m)
	}
	if ctx.Err() == nil {
		t.known[m] = r
	}
	return r.mark, r.err
}
