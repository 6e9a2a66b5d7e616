package load

import (
	"context"
	"fmt"
	"slices"

	"github.com/redis/go-redis/v9"
)

// bareKey is everyone's board of the baseline, bareBoards are the four that a finished game moves: everyone's, the
// region's, the quiz's and the week's.
const bareKey = "load:bare"

var bareBoards = []string{bareKey, bareKey + ":region", bareKey + ":quiz", bareKey + ":week"}

// bareBoard fills the baseline's sorted sets and hashes with everybody.
func (b *filled) bareBoard(ctx context.Context, server *redisServer) error {
	client, err := server.client()
	if err != nil {
		return err
	}
	defer client.Close() //nolint:errcheck // nothing is kept
	return b.bareGames(ctx, client, 0, len(b.ids), groupSize, func(i int) int { return i })
}

// byHand is what the writes of n finished games cost without the boards' script: the same crowds, one after another over
// one connection, each in one pipeline. A finished game moves four sorted sets, the account's entry in a hash, which is
// read first, and its company's sum, all of them of everybody's size: held against a bare ZADD, the figure would say how
// many writes a game needs. Held against these, it says what the script adds: telling a newer record from an older one,
// and adding each record up once.
func (b *filled) byHand(ctx context.Context, server *redisServer, from, n, atOnce int) (apart, error) {
	client, err := server.client()
	if err != nil {
		return apart{}, err
	}
	defer client.Close() //nolint:errcheck // nothing is kept
	return server.beside(n, func() error {
		// The accounts whose games were measured: the same few again would be in the processor's cache.
		return b.bareGames(ctx, client, from, n, atOnce, func(i int) int { return (i * 7) % len(b.ids) })
	})
}

// bareGames writes n games, the accounts of which at says, so many at once.
func (b *filled) bareGames(ctx context.Context, client *redis.Client, from, n, atOnce int, at func(i int) int) error {
	games := make([]int, n)
	for i := range games {
		games[i] = from + i
	}
	for some := range slices.Chunk(games, atOnce) {
		pipe := client.Pipeline()
		ids, entries, places := make([]string, len(some)), make([]any, 0, 2*len(some)), make([]redis.Z, len(some))
		for j, i := range some {
			ids[j] = b.ids[at(i)]
			entries = append(entries, ids[j], bareEntry(i))
			places[j] = redis.Z{Score: float64((i * 7919) % len(b.ids)), Member: ids[j]}
		}
		pipe.HMGet(ctx, bareKey+":members", ids...)
		pipe.HSet(ctx, bareKey+":members", entries...)
		for _, board := range bareBoards {
			pipe.ZAdd(ctx, board, places...)
		}
		pipe.HIncrBy(ctx, bareKey+":league", "company", int64(len(some)))
		if _, err := pipe.Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// bareEntry is an account's entry, about as long as the boards' own.
func bareEntry(i int) string {
	return fmt.Sprintf("%d\t1\t%d\t1796000000000\t0198c2b4-7a51-7c3e-9f20-5d1e6a7b8c9d\nall\nregion:kyiv\n+%d\tload\t2026-11-16\t10\t%d", i, i, i, 1_800_000_000+i)
}
