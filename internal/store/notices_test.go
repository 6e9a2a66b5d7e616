package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"firebrand/internal/store"
	"firebrand/internal/testenv"
)

// listener writes down what it hears of a topic.
type listener struct {
	mu     sync.Mutex
	texts  []string
	missed atomic.Int32
}

func (l *listener) on(n *store.Notices, topic string) (stop func()) {
	return n.Listen(topic, func(text string) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.texts = append(l.texts, text)
	}, func() { l.missed.Add(1) })
}

func (l *listener) heard(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, t := range l.texts {
		if t == text {
			n++
		}
	}
	return n
}

// process opens notices over a connection of its own, as another process would.
func process(t *testing.T, url string) (*store.Notices, *store.Redis) {
	t.Helper()
	r, err := store.OpenRedis(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	n := store.OpenNotices(r, func(err error) { t.Logf("failed: %v", err) })
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
		r.Close()
	})
	return n, r
}

// servers are the kinds of Redis that a program may be told of.
var servers = []struct {
	name string
	url  func(testing.TB) string
}{
	{"a single server", testenv.RedisURL},
	{"behind a sentinel", testenv.RedisSentinelURL},
	{"a cluster of three", testenv.RedisThreeURL},
}

func TestNotices(t *testing.T) {
	for _, server := range servers {
		t.Run(server.name, func(t *testing.T) { notices(t, server.url(t)) })
	}
}

func notices(t *testing.T, url string) {
	one, server := process(t, url)
	two, _ := process(t, url)
	three, _ := process(t, url)
	var own, theirs, third, other listener
	defer own.on(one, "policy")()
	defer theirs.on(two, "policy")()
	defer third.on(three, "policy")()
	defer other.on(two, "board")()
	testenv.Eventually(t, "everyone is connected", func() bool {
		one.Tell("policy", "one")
		two.Tell("policy", "two")
		return own.heard("two") > 0 && theirs.heard("one") > 0 && third.heard("one") > 0
	})

	t.Run("what one tells all others hear, and only of their topic", func(t *testing.T) {
		one.Tell("policy", "new")
		testenv.Eventually(t, "both hear it", func() bool { return theirs.heard("new") == 1 && third.heard("new") == 1 })
		if own.heard("new") != 0 || other.heard("new") != 0 {
			t.Error("heard by who told it, or under another topic")
		}
	})
	t.Run("the same again at once goes once or twice, never a hundred times", func(t *testing.T) {
		begun := time.Now()
		for range 100 {
			one.Tell("policy", "again")
		}
		most := 2 + int(time.Since(begun)/(20*time.Millisecond)) // twice, where nothing holds the teller up
		one.Tell("policy", "end")
		testenv.Eventually(t, "the end", func() bool { return theirs.heard("end") == 1 })
		if n := theirs.heard("again"); n < 1 || n > most {
			t.Errorf("went %d times", n)
		}
	})
	t.Run("what is told after it went out goes again", func(t *testing.T) {
		for i := range 5 {
			one.Tell("policy", "changed")
			testenv.Eventually(t, "each change", func() bool { return theirs.heard("changed") > i })
		}
	})
	t.Run("texts come as they are", func(t *testing.T) {
		text := "ж\n\"<&>\x00" + strings.Repeat("x", 9000)
		two.Tell("policy", text)
		testenv.Eventually(t, "the text", func() bool { return own.heard(text) == 1 })
	})
	t.Run("a connection that broke is made again and says so", func(t *testing.T) {
		before := theirs.missed.Load()
		if err := killSubscribers(t.Context(), server); err != nil {
			t.Fatal(err)
		}
		testenv.Eventually(t, "it is connected again", func() bool { return theirs.missed.Load() > before && third.missed.Load() > before })
		testenv.Eventually(t, "it hears again", func() bool {
			one.Tell("policy", "after") // between the nodes of a cluster a message may be lost
			return theirs.heard("after") > 0 && third.heard("after") > 0
		})
	})
	t.Run("more than can wait: the others learn that they missed something", func(t *testing.T) {
		before := theirs.missed.Load()
		testenv.Eventually(t, "the others are told", func() bool {
			for i := range 20_000 { // again and again, where it goes out as fast as it is told
				one.Tell("policy", fmt.Sprint("flood ", i))
			}
			return theirs.missed.Load() > before
		})
	})
}

// TestNoticesRefused holds that nobody needs to tell anything more for the others to hear that something did not get out.
func TestNoticesRefused(t *testing.T) {
	url := testenv.RedisURL(t)
	one, server := process(t, url)
	two, _ := process(t, url)
	var theirs listener
	defer theirs.on(two, "a")()
	testenv.Eventually(t, "connected", func() bool {
		one.Tell("a", "hello")
		return theirs.heard("hello") > 0
	})
	publish := func(sign string) {
		t.Helper()
		if err := server.Do(t.Context(), "acl", "setuser", "default", sign+"publish").Err(); err != nil {
			t.Fatal(err)
		}
	}
	publish("-")
	before := theirs.missed.Load()
	one.Tell("a", "lost")
	time.Sleep(200 * time.Millisecond)
	publish("+")
	testenv.Eventually(t, "the others are told", func() bool { return theirs.missed.Load() > before || theirs.heard("lost") > 0 })
}

// killSubscribers cuts every subscription at every server.
func killSubscribers(ctx context.Context, r *store.Redis) error {
	kill := func(ctx context.Context, c interface {
		Do(context.Context, ...any) *redis.Cmd
	}) error {
		return c.Do(ctx, "client", "kill", "type", "pubsub").Err()
	}
	if cluster, ok := r.UniversalClient.(*redis.ClusterClient); ok {
		return cluster.ForEachMaster(ctx, func(ctx context.Context, c *redis.Client) error { return kill(ctx, c) })
	}
	return kill(ctx, r)
}

func TestNoticesOfNobody(t *testing.T) {
	t.Run("no notices at all are allowed everywhere", func(t *testing.T) {
		var none *store.Notices
		none.Tell("a", "b")
		none.Listen("a", func(string) { t.Error("heard") }, nil)()
		if err := none.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Run("an embedded Redis reaches nobody", func(t *testing.T) {
		n, _ := process(t, "")
		var l listener
		defer l.on(n, "a")()
		n.Tell("a", "b")
		time.Sleep(50 * time.Millisecond)
		if l.missed.Load() != 0 || len(l.texts) != 0 {
			t.Error("somebody was reached")
		}
	})
	t.Run("telling never waits for a server that is gone", func(t *testing.T) {
		n, r := process(t, testenv.RedisURL(t))
		_ = r.UniversalClient.(*redis.Client).ShutdownNoSave(t.Context())
		begun := time.Now()
		for i := range 1000 {
			n.Tell("a", fmt.Sprint(i))
		}
		if took := time.Since(begun); took > 20*time.Second { // a wait each would take fifty minutes
			t.Errorf("took %v", took)
		}
		if err := n.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
	})
}

func TestNoticesStop(t *testing.T) {
	url := testenv.RedisURL(t)
	one, _ := process(t, url)
	two, _ := process(t, url)
	var left, stays listener
	stop := left.on(two, "a")
	defer stays.on(two, "a")()
	testenv.Eventually(t, "connected", func() bool {
		one.Tell("a", "hello")
		return stays.heard("hello") > 0
	})
	stop()
	one.Tell("a", "b")
	testenv.Eventually(t, "who stays hears it", func() bool { return stays.heard("b") == 1 })
	if slices.Contains(left.texts, "b") {
		t.Error("heard after it stopped")
	}
}
