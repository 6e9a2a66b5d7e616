package store

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"firebrand/internal/fault"
)

// Redis is where shadows live: boards, rooms, counters, whatever can be drawn again from the journal. Nothing that must
// not be lost is kept in it. It is a real server, or one inside this process where none is configured.
type Redis struct {
	redis.UniversalClient
	mini    *miniredis.Miniredis
	closing sync.Once
	stop    chan struct{}
	stopped chan struct{}
	closed  error
	away    error
}

// miniTick is how often the embedded server's clock is advanced, and so how late a key may expire.
const miniTick = time.Second

// redisPatience bounds the one question at opening.
const redisPatience = 3 * time.Second

// The forms of a url, as people are told them.
const (
	singleForm   = "redis://user:password@host:6379/0"
	sentinelForm = "redis+sentinel://host:26379/0?master_name=mymaster&addr=host2:26379&addr=host3:26379&username=user&password=password"
	clusterForm  = "redis+cluster://user:password@host:6379?addr=host2:6379&addr=host3:6379"
)

// OpenRedis connects to the server that url names. The empty url starts one inside the process, whose content ends with
// it and which no other process sees. Otherwise, and with rediss for TLS:
//
//	redis://user:password@host:6379/0
//	redis+cluster://user:password@host:6379?addr=host2:6379&addr=host3:6379
//	redis+sentinel://host:26379/0?master_name=mymaster&addr=host2:26379&addr=host3:26379&username=user&password=password
//
// In the last, what stands before the host is for the Sentinels themselves, and what is in the query for the Redis.
//
// A server that does not answer is no error, since a process must start while Redis is away: Away tells it, every command
// fails until the server is there, and nothing needs to be opened again then. A wrong url, and a server that refuses the
// password, are plain errors.
func OpenRedis(ctx context.Context, url string) (*Redis, error) {
	if url == "" {
		return openMini()
	}
	client, err := clientOf(url)
	if err != nil {
		return nil, fmt.Errorf("redis url: %w; it is written as %s", err, formOf(url))
	}
	r := &Redis{UniversalClient: client}
	asked, cancel := context.WithTimeout(ctx, redisPatience)
	defer cancel()
	r.away = r.Ping(asked).Err()
	if redis.IsAuthError(r.away) {
		_ = r.Close()
		return nil, fmt.Errorf("redis: %w", r.away)
	}
	return r, nil
}

// clientOf reads the url; what follows the plus in its scheme says which of go-redis's three readers is meant.
func clientOf(url string) (redis.UniversalClient, error) {
	scheme, rest, _ := strings.Cut(url, "://")
	base, kind, _ := strings.Cut(scheme, "+")
	plain := base + "://" + rest
	if severalHosts.MatchString(rest) {
		return nil, errors.New("it names several hosts in one place")
	}
	switch kind {
	case "":
		opts, err := redis.ParseURL(plain)
		if err != nil {
			return nil, err
		}
		return redis.NewClient(opts), nil
	case "cluster":
		opts, err := redis.ParseClusterURL(plain)
		if err != nil {
			return nil, err
		}
		return redis.NewClusterClient(opts), nil
	case "sentinel":
		opts, err := redis.ParseFailoverURL(plain)
		if err == nil && opts.MasterName == "" {
			err = errors.New("it does not name the master")
		}
		if err != nil {
			return nil, err
		}
		return redis.NewFailoverClient(opts), nil
	}
	return nil, fmt.Errorf("unknown scheme %q", scheme)
}

// severalHosts is a comma between hosts, as a MongoDB's address has it: read as one host it would only not be found.
var severalHosts = regexp.MustCompile(`^([^/?]*@)?[^/?@]*,`)

// formOf is how a url of its kind is written, or one of every kind where it is of none.
func formOf(url string) string {
	switch scheme, _, _ := strings.Cut(url, "://"); {
	case strings.HasSuffix(scheme, "+sentinel"):
		return sentinelForm
	case strings.HasSuffix(scheme, "+cluster"):
		return clusterForm
	case scheme == "redis" || scheme == "rediss":
		return singleForm
	}
	return singleForm + ", " + sentinelForm + " or " + clusterForm
}

func openMini() (*Redis, error) {
	mini, err := miniredis.Run()
	if err != nil {
		return nil, fault.New(fault.Unavailable, "store.down").Because(err)
	}
	r := &Redis{
		UniversalClient: redis.NewClient(&redis.Options{Addr: mini.Addr()}),
		mini:            mini,
		stop:            make(chan struct{}),
		stopped:         make(chan struct{}),
	}
	go r.advance()
	return r, nil
}

// advance moves the embedded server's clock by the time that has really passed: its keys expire only then. The ticks
// carry a monotonic clock, so that a step of the machine's clock moves nothing.
func (r *Redis) advance() {
	defer close(r.stopped)
	ticker := time.NewTicker(miniTick)
	defer ticker.Stop()
	var last time.Time
	for {
		select {
		case now := <-ticker.C:
			passed := miniTick
			if !last.IsZero() {
				passed = now.Sub(last)
			}
			r.mini.FastForward(passed)
			last = now
		case <-r.stop:
			return
		}
	}
}

// Embedded reports whether the server is inside this process: then no other process shares it, and it suits programmes
// of up to some 10,000 members.
func (r *Redis) Embedded() bool { return r.mini != nil }

// Away is why the server did not answer when it was opened, nil where it did. It may have come or gone since.
func (r *Redis) Away() error { return r.away }

// Close ends the connections, and the server with all it holds where it is embedded.
func (r *Redis) Close() error {
	r.closing.Do(func() {
		r.closed = r.UniversalClient.Close()
		if r.mini != nil {
			close(r.stop)
			<-r.stopped
			r.mini.Close()
		}
	})
	return r.closed
}
