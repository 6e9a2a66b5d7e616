package leaderboard

import (
	"context"
	_ "embed" // the scripts
	"errors"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
)

//go:embed lua/put.lua
var putLua string

//go:embed lua/finish.lua
var finishLua string

//go:embed lua/save.lua
var saveLua string

//go:embed lua/around.lua
var aroundLua string

var (
	putScript    = redis.NewScript(putLua)
	finishScript = redis.NewScript(finishLua)
	saveScript   = redis.NewScript(saveLua)
	aroundScript = redis.NewScript(aroundLua)
)

// entry is what is written of an account to a month's boards.
type entry struct {
	account string
	seq     int64
	score   int64     // 0 stands on no board
	due     time.Time // zero for none
	boards  []string
}

// down is the fault of a Redis that does not answer. A nil answer is none.
func down(err error) error {
	if err == nil || errors.Is(err, redis.Nil) || fault.As(err) != nil {
		return err
	}
	return fault.New(fault.Unavailable, "leaderboard.down").After(2 * time.Second).Because(err)
}

// put writes entries; each is left out where a newer one of its account was written before.
func (s *Service) put(ctx context.Context, m calendar.Month, entries ...entry) error {
	if len(entries) == 0 {
		return nil
	}
	keys := []string{membersKey(m), dueKey(m), versionsKey(m)}
	pipe := s.Redis.Pipeline()
	for _, e := range entries {
		due, score := "", ""
		if !e.due.IsZero() {
			due = strconv.FormatInt(e.due.UnixMilli(), 10)
		}
		if e.score > 0 && len(e.boards) > 0 {
			score = strconv.FormatInt(e.score, 10)
		}
		args := []any{e.account, e.seq, due, score, boardPrefix(m)}
		for _, b := range e.boards {
			args = append(args, b)
		}
		// Not by its hash: within a pipeline a script that the server does not know could not be sent again.
		putScript.Eval(ctx, pipe, keys, args...)
	}
	_, err := pipe.Exec(ctx)
	return down(err)
}

// dueBy returns up to limit accounts whose total the clock has changed by now.
func (s *Service) dueBy(ctx context.Context, m calendar.Month, now time.Time, limit int64) ([]string, error) {
	accounts, err := s.Redis.ZRangeArgs(ctx, redis.ZRangeArgs{
		Key: dueKey(m), ByScore: true, Start: "-inf", Stop: now.UnixMilli(), Count: limit,
	}).Result()
	return accounts, down(err)
}

// meta is what a month's boards say about themselves; an empty epoch means that they are not drawn.
type meta struct {
	epoch      string
	checkpoint string
	closed     bool
}

func (s *Service) meta(ctx context.Context, m calendar.Month) (meta, error) {
	fields, err := s.Redis.HGetAll(ctx, metaKey(m)).Result()
	return meta{fields["epoch"], fields["checkpoint"], fields["closed"] != ""}, down(err)
}

// clear deletes a month's boards and all that belongs to them but the lock.
func (s *Service) clear(ctx context.Context, m calendar.Month) error {
	boards, err := s.Redis.HKeys(ctx, versionsKey(m)).Result()
	if err != nil {
		return down(err)
	}
	keys := []string{metaKey(m), membersKey(m), dueKey(m), versionsKey(m)}
	for _, b := range boards {
		keys = append(keys, boardKey(m, b))
	}
	return down(s.Redis.Del(ctx, keys...).Err())
}
