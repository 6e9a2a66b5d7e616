//go:build unix

package leaderboard_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"firebrand/internal/journal"
	"firebrand/internal/points"
	"firebrand/internal/testenv"
	"firebrand/leaderboard"
)

// own is the CPU time that this process has used.
func own(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

var usedCPU = regexp.MustCompile(`used_cpu_(?:sys|user):([0-9.]+)`)

// theirs is the CPU time that the Redis server has used.
func theirs(b *testing.B, r redis.UniversalClient) time.Duration {
	var used time.Duration
	for _, m := range usedCPU.FindAllStringSubmatch(r.Info(b.Context(), "cpu").Val(), -1) {
		seconds, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			b.Fatal(err)
		}
		used += time.Duration(seconds * float64(time.Second))
	}
	return used
}

// measure reports CPU an operation, ours and the server's, in µs.
func measure(b *testing.B, name string, r redis.UniversalClient, prepare func(n int), f func(i int) error) {
	b.Run(name, func(b *testing.B) {
		if prepare != nil {
			prepare(b.N)
		}
		b.ResetTimer()
		ours, server := own(b), theirs(b, r)
		for i := range b.N {
			if err := f(i); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64((own(b)-ours).Microseconds())/float64(b.N), "own-µs/op")
		b.ReportMetric(float64((theirs(b, r)-server).Microseconds())/float64(b.N), "redis-µs/op")
	})
}

// BenchmarkTable is the table of figures for boards: a real Redis with 100,000 people, each figure beside what the plain
// commands cost in the same run.
func BenchmarkTable(b *testing.B) {
	w := newWorld(b, testenv.RedisURL(b))
	config := w.config()
	config.People = everybody{}
	w.boards = leaderboard.Open(config)
	const people = 100_000
	totals := map[string]int64{}
	for i := range people {
		totals[fmt.Sprintf("p%06d", i)] = int64(i + 1)
	}
	ctx := b.Context()
	if err := leaderboard.Fill(w.boards, ctx, november, totals); err != nil {
		b.Fatal(err)
	}
	key := "fb:{board:2026-11}:on:all"
	id := func(i int) string { return fmt.Sprintf("p%06d", i*7919%people) }
	for i := range people { // names are known, as those of a programme that people look at
		if i%100 == 0 {
			if _, err := w.boards.Around(ctx, november, leaderboard.All, fmt.Sprintf("p%06d", i), 100); err != nil {
				b.Fatal(err)
			}
		}
	}
	measure(b, "top 100", w.redis, nil, func(int) error {
		_, err := w.boards.TopJSON(ctx, november, leaderboard.All, 100)
		return err
	})
	measure(b, "top 100, beside plain commands", w.redis, nil, func(int) error {
		rows, err := w.redis.ZRevRangeWithScores(ctx, key, 0, 99).Result()
		if err == nil {
			_, err = json.Marshal(rows)
		}
		return err
	})
	measure(b, "around 20", w.redis, nil, func(i int) error {
		_, err := w.boards.AroundJSON(ctx, november, leaderboard.All, id(i), 20)
		return err
	})
	measure(b, "around 20, beside plain commands", w.redis, nil, func(i int) error {
		at, err := w.redis.ZRevRank(ctx, key, id(i)).Result()
		if err == nil {
			_, err = w.redis.ZRevRangeWithScores(ctx, key, max(at-10, 0), max(at-10, 0)+19).Result()
		}
		return err
	})
	measure(b, "mine", w.redis, nil, func(i int) error { _, err := w.boards.Mine(ctx, november, id(i)); return err })
	var recs []journal.Record
	w.redis.ConfigResetStat(ctx)
	measure(b, "a finished game reaches the board", w.redis, func(n int) { recs = w.games(b, n, id) }, func(i int) error {
		return leaderboard.Handle(w.boards, ctx, recs[i])
	})
	measure(b, "a finished game reaches the board, of 32 at once", w.redis, func(n int) { recs = w.games(b, n, id) }, func(i int) error {
		f := w.boards.Follower()
		if err := f.Handle(ctx, recs[i]); err != nil || i%32 < 31 {
			return err
		}
		return f.Flush(ctx)
	})
	measure(b, "a write, beside Podium's three commands", w.redis, nil, func(i int) error {
		err := w.redis.ZAdd(ctx, "bench", redis.Z{Score: float64(i), Member: id(i)}).Err()
		if err == nil {
			_, err = w.redis.ZScore(ctx, "bench", id(i)).Result()
		}
		if err == nil {
			_, err = w.redis.ZRevRank(ctx, "bench", id(i)).Result()
		}
		return err
	})
}

// games finishes n games of different people who stand on the boards, and returns the records of their points.
func (w *world) games(b *testing.B, n int, id func(int) string) []journal.Record {
	var recs []journal.Record
	w.keys++
	for i := range n {
		w.clock.Add(time.Millisecond)
		account, quiz := id(w.keys*n+i), fmt.Sprint("q", w.keys%8)
		receipt, err := w.points.Award(b.Context(), points.Award{
			Key: fmt.Sprint("game/", quiz, "/", w.keys), Account: account, Amount: 50, Source: points.SourceGame, Funding: "programme", Month: november,
			Played: true, Ref: "play/" + quiz + "/" + november.String() + "/" + account,
		})
		if err != nil {
			b.Fatal(err)
		}
		recs = append(recs, receipt.Record)
	}
	return recs
}

// BenchmarkEmbedded is what 10,000 people cost on the embedded Redis, beside its own ordered read.
func BenchmarkEmbedded(b *testing.B) {
	w := newWorld(b, "")
	config := w.config()
	config.People = everybody{}
	w.boards = leaderboard.Open(config)
	totals := map[string]int64{}
	for i := range 10_000 {
		totals[fmt.Sprintf("p%06d", i)] = int64(i + 1)
	}
	if err := leaderboard.Fill(w.boards, b.Context(), november, totals); err != nil {
		b.Fatal(err)
	}
	ctx, id := b.Context(), func(i int) string { return fmt.Sprintf("p%06d", i*7919%10_000) }
	for name, f := range map[string]func(i int) error{
		"top 100 as JSON": func(int) error { _, err := w.boards.TopJSON(ctx, november, leaderboard.All, 100); return err },
		"top 20":          func(int) error { _, err := w.boards.Top(ctx, november, leaderboard.All, 20); return err },
		"rank":            func(i int) error { _, err := w.boards.Mine(ctx, november, id(i)); return err },
		"around 20": func(i int) error {
			_, err := w.boards.Around(ctx, november, leaderboard.All, id(i), 20)
			return err
		},
		"league":    func(int) error { _, err := w.boards.League(ctx, november); return err },
		"miniredis": func(i int) error { return w.redis.ZRevRank(ctx, "fb:{board:2026-11}:on:all", id(i)).Err() },
	} {
		b.Run(name, func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				if err := f(i); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
