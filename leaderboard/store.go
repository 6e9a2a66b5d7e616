package leaderboard

import (
	"context"
	_ "embed" // the scripts
	"slices"
	"strconv"
	"strings"
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

//go:embed lua/was.lua
var wasLua string

var (
	putScript    = redis.NewScript(putLua)
	finishScript = redis.NewScript(finishLua)
	saveScript   = redis.NewScript(saveLua)
	aroundScript = redis.NewScript(aroundLua)
	wasScript    = redis.NewScript(wasLua)
)

// entry is what is written of an account to a month's boards.
type entry struct {
	account string
	seq     int64
	score   int64     // 0 stands on no board
	due     time.Time // zero for none
	boards  []string
	// stands says that the account may stand on the boards of quizzes and weeks, which earned name.
	stands bool
	earned []earned
	// company is whose player the account is in the league.
	company string
}

// down is the fault of a Redis that does not answer. A nil answer is none, but one may be wrapped in what is: a sentinel
// that does not know the master answers so.
func down(err error) error {
	if err == nil || err == redis.Nil || fault.As(err) != nil {
		return err
	}
	return fault.New(fault.Unavailable, "leaderboard.down").After(2 * time.Second).Because(err)
}

// putMost is how many entries one call of put.lua gets: nobody else is served by Redis meanwhile.
const putMost = 50

// put writes entries, one at most of each account; each is left out where a newer one of its account was written before.
func (s *Service) put(ctx context.Context, m calendar.Month, entries ...entry) error {
	keys := []string{membersKey(m), dueKey(m), versionsKey(m), leagueKey(m)}
	for some := range slices.Chunk(entries, putMost) {
		args := make([]any, 0, 1+9*len(some))
		args = append(args, boardPrefix(m))
		for _, e := range some {
			args = e.appendArgs(args)
		}
		if err := putScript.Run(ctx, s.Redis, keys, args...).Err(); err != nil {
			return down(err)
		}
	}
	return nil
}

// appendArgs adds what put.lua wants of an account.
func (e entry) appendArgs(args []any) []any {
	due, score, points, stands := "", "", "0", ""
	if !e.due.IsZero() {
		due = strconv.FormatInt(e.due.UnixMilli(), 10)
	}
	if e.score > 0 && len(e.boards) > 0 {
		score, points = strconv.FormatInt(e.score, 10), strconv.FormatInt(total(e.score), 10)
	}
	if e.stands {
		stands = "1"
	}
	var records []byte
	for i, won := range e.earned {
		if i > 0 {
			records = append(records, '\n')
		}
		records = won.appendLine(records)
	}
	return append(args, e.account, e.seq, due, score, points, stands, e.company, strings.Join(e.boards, "\n"), records)
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
	// was is the day of yesterday's table, as calendar.Date writes it.
	was string
}

func (s *Service) meta(ctx context.Context, m calendar.Month) (meta, error) {
	fields, err := s.Redis.HGetAll(ctx, metaKey(m)).Result()
	return meta{fields["epoch"], fields["checkpoint"], fields["closed"] != "", fields["was"]}, down(err)
}

// clear deletes a month's boards and all that belongs to them but the lock.
func (s *Service) clear(ctx context.Context, m calendar.Month) error {
	boards, err := s.Redis.HKeys(ctx, versionsKey(m)).Result()
	if err != nil {
		return down(err)
	}
	at, err := s.meta(ctx, m)
	if err != nil {
		return err
	}
	keys := []string{metaKey(m), membersKey(m), dueKey(m), versionsKey(m), leagueKey(m)}
	for _, name := range boards {
		b := boardID{month: m, name: name}
		keys = append(keys, b.key(), b.before(at.was).key())
	}
	return down(s.Redis.Del(ctx, keys...).Err())
}
