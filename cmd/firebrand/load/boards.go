package load

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// boardMembers stand on the board of a real Redis, boardMembersEmbedded on the one in the process, which is meant
	// for so many.
	boardMembers         = 100_000
	boardMembersEmbedded = 10_000
	// boardReaders are members with a session, who ask for boards over HTTP.
	boardReaders = 64
	// readsEach is how often each kind of read is asked for in every second that the load shall last, finishedEach how
	// many games end.
	readsEach, finishedEach = 2000, 200
	// rounds is how often everything is measured; the quietest round counts, since others use the machine too.
	rounds = 4
	// crowd is how many games end at once, where they end in crowds.
	crowd = 32
)

// The most that boards may cost, in µs: over HTTP the server and Redis together; a finished game apart, the server and
// Redis; reads of the embedded board in the process itself.
const (
	topLimit, aroundLimit                                    = 25, 110
	finishedLimit, finishedRedisLimit                        = 60, 25
	embeddedTopLimit, embeddedRankLimit, embeddedAroundLimit = 40, 40, 60
)

// driveBoards measures a large month's boards: on a redis-server of its own where one is installed, and on the embedded
// Redis with as many as that is meant for.
func driveBoards(ctx context.Context, r run) (err error) {
	server, err := startRedis(ctx, r.dir)
	if err != nil {
		return err
	}
	if server == nil {
		fmt.Fprintf(os.Stderr, "No redis-server is installed: only the embedded Redis is measured, with %d members.\n", boardMembersEmbedded)
		return embeddedBoards(ctx, r)
	}
	err = errors.Join(realBoards(ctx, r, server), server.stop())
	if err != nil {
		return err
	}
	return embeddedBoards(ctx, r)
}

// realBoards measures a board of many members on a real Redis.
func realBoards(ctx context.Context, r run, server *redisServer) (err error) {
	data := filepath.Join(r.dir, "boards")
	b, err := fillBoards(ctx, data, server.url, r.membersOr(boardMembers))
	if err != nil {
		return err
	}
	r.report(figure("boards.members", float64(b.members), "count"))
	if err := b.finishing(ctx, r, server); err != nil {
		return err
	}
	c, err := serve(ctx, data, "--redis", server.url)
	if err != nil {
		return err
	}
	w := &watchers{child: c, redis: server, client: newClient(), board: b}
	return errors.Join(w.measure(ctx, r), c.stop())
}

// watchers read boards over HTTP.
type watchers struct {
	*child
	redis  *redisServer
	client *http.Client
	board  *filled
}

// read is one kind of read: its figure, what is asked for, the limit or 0, and what the least possible program would
// ask of Redis for it, nil for nothing.
type read struct {
	name, path string
	limit      float64
	bare       func(ctx context.Context, client *redis.Client, key, account string) error
}

// reads are what is measured over HTTP.
var reads = []read{
	{"boards.top_cpu", "/api/v1/boards/all?top=100", topLimit, nil},
	{"boards.around_cpu", "/api/v1/boards/all/around?rows=20", aroundLimit, bareAround},
	{"boards.standings_cpu", "/api/v1/boards/mine", 0, nil},
}

// measure asks for everything in rounds, each beside requests that do nothing and commands sent by hand.
func (w *watchers) measure(ctx context.Context, r run) error {
	if err := errors.Join(w.drawn(ctx), w.rested(ctx)); err != nil {
		return err
	}
	n := readsEach * int(r.lasts/time.Second) / rounds
	var nothing apart
	found, bares := make([]apart, len(reads)), make([]apart, len(reads))
	for range rounds {
		least, err := w.asked(ctx, n, "/healthz")
		if err != nil {
			return err
		}
		nothing = nothing.quieter(least)
		for i, read := range reads {
			if _, err := w.asked(ctx, boardReaders*4, read.path); err != nil { // everyone's session is known by then
				return err
			}
			cost, err := w.asked(ctx, n, read.path)
			if err != nil {
				return err
			}
			bare, err := w.bare(ctx, n, read.bare)
			if err != nil {
				return err
			}
			found[i], bares[i] = found[i].quieter(cost), bares[i].quieter(bare)
		}
	}
	for i, read := range reads {
		f := figure(read.name, found[i].sum(), "µs").beside(nothing.sum() + bares[i].sum())
		if read.limit > 0 {
			f = f.atMost(read.limit)
		}
		r.report(f)
	}
	r.report(figure("boards.request_cpu", nothing.sum(), "µs"))
	return nil
}

// apart is what an operation cost the program and Redis, in µs.
type apart struct{ server, redis float64 }

func (a apart) sum() float64 { return a.server + a.redis }

// quieter is the cheaper of two rounds, of which the first may not have been yet.
func (a apart) quieter(b apart) apart {
	if a != (apart{}) && a.sum() < b.sum() {
		return a
	}
	return b
}

// asked has readers ask for a path n times.
func (w *watchers) asked(ctx context.Context, n int, path string) (apart, error) {
	before, err := cpuOf(w.redis.pid())
	if err != nil {
		return apart{}, err
	}
	t, err := w.spent(ctx, n, func() error { return ask(ctx, w.url, path, w.board.readers, n) })
	if err != nil {
		return apart{}, err
	}
	after, err := cpuOf(w.redis.pid())
	return apart{t.each(), tally{ops: int64(n), cpu: after - before}.each()}, err
}

// drawn waits until the server shows the whole board.
func (w *watchers) drawn(ctx context.Context) error {
	var last error
	for range 600 {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.url+"/api/v1/boards/all?top=100", nil)
		if err != nil {
			return err
		}
		req.Header.Set("Cookie", "fb_session="+w.board.readers[0].token)
		if _, last = wanted(w.client, req); last == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
	return fmt.Errorf("the board is not there: %w", last)
}

// rested waits until the server has done what a start brings with it: followers that read what they may have missed.
func (w *watchers) rested(ctx context.Context) error {
	last, err := cpuOf(w.pid())
	for range 60 {
		if err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
		before := last
		if last, err = cpuOf(w.pid()); last-before < 30*time.Millisecond {
			break
		}
	}
	return err
}

// bare is what a read costs that is sent to Redis by hand.
func (w *watchers) bare(ctx context.Context, n int, do func(context.Context, *redis.Client, string, string) error) (apart, error) {
	if do == nil {
		return apart{}, nil
	}
	return w.redis.byHand(ctx, n, func(client *redis.Client, i int) error {
		return do(ctx, client, bareKey, w.board.readers[i%len(w.board.readers)].id)
	})
}

// byHand does something n times with a client of this process.
func (r *redisServer) byHand(ctx context.Context, n int, do func(client *redis.Client, i int) error) (apart, error) {
	client, err := r.client()
	if err != nil {
		return apart{}, err
	}
	defer client.Close() //nolint:errcheck // nothing is kept
	return r.beside(n, func() error {
		return all(ctx, n, clients, func(_ context.Context, i int) error { return do(client, i) })
	})
}

// beside is what this process and Redis spend on do, for each of n.
func (r *redisServer) beside(n int, do func() error) (apart, error) {
	theirs, err := cpuOf(r.pid())
	if err != nil {
		return apart{}, err
	}
	own, err := ownCPU()
	if err != nil {
		return apart{}, err
	}
	if err := do(); err != nil {
		return apart{}, err
	}
	ownAfter, err := ownCPU()
	if err != nil {
		return apart{}, err
	}
	theirsAfter, err := cpuOf(r.pid())
	return apart{tally{ops: int64(n), cpu: ownAfter - own}.each(), tally{ops: int64(n), cpu: theirsAfter - theirs}.each()}, err
}

// bareAround is a member's place and the rows around it, by two commands one after the other.
func bareAround(ctx context.Context, client *redis.Client, key, account string) error {
	at, err := client.ZRevRank(ctx, key, account).Result()
	if err != nil {
		return err
	}
	first := max(0, at-10)
	return client.ZRevRangeWithScores(ctx, key, first, first+19).Err()
}
