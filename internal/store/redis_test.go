package store_test

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"firebrand/internal/fault"
	"firebrand/internal/store"
	"firebrand/internal/testenv"
)

func TestRedis(t *testing.T) {
	t.Run("embedded", func(t *testing.T) { testRedis(t, "", true) })
	t.Run("real", func(t *testing.T) { testRedis(t, testenv.RedisURL(t), false) })
	t.Run("cluster", func(t *testing.T) { testRedis(t, testenv.RedisClusterURL(t), false) })
	t.Run("sentinel", func(t *testing.T) { testRedis(t, testenv.RedisSentinelURL(t), false) })
	t.Run("a wrong url is no fault, and is told how one of its kind is written", func(t *testing.T) {
		const single, sentinel, cluster = "redis://user:password@host:6379/0", "redis+sentinel://host:26379/0?master_name=mymaster&addr=", "redis+cluster://user:password@host:6379?addr="
		for url, forms := range map[string][]string{
			"http://localhost": {single, sentinel, cluster}, "redis+ring://localhost": {single, sentinel, cluster},
			"localhost:6379": {single, sentinel, cluster}, "redis://localhost/x": {single},
			"redis+sentinel://h:1/mymaster": {sentinel}, "redis+sentinel://h:1?master=x": {sentinel}, "redis+sentinel://h:1": {sentinel},
			"redis+sentinel://h:1,i:2?master_name=x": {sentinel}, "redis+cluster://h:1,i:2": {cluster}, "rediss+cluster://h:1?addr=i": {cluster},
		} {
			_, err := store.OpenRedis(t.Context(), url)
			if err == nil || fault.As(err) != nil {
				t.Errorf("%s: got %v", url, err)
				continue
			}
			for _, form := range []string{single, sentinel, cluster} {
				if strings.Contains(err.Error(), form) != slices.Contains(forms, form) {
					t.Errorf("%s: got %v, want it to name %v", url, err, forms)
				}
			}
		}
	})
	t.Run("every url that people are shown can be read", func(t *testing.T) {
		gone, cancel := context.WithCancel(t.Context())
		cancel() // nobody is asked
		for _, file := range []string{"redis.go", "../../docs/operations.md", "../../README.md", "../../cmd/firebrand/serve.go"} {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			shown := regexp.MustCompile(`rediss?(\+\w+)?://\w[^\s"`+"`"+`)\\,]*[^\s"`+"`"+`)\\,;]`).FindAllString(string(text), -1)
			if len(shown) == 0 {
				t.Errorf("%s shows none", file)
			}
			for _, url := range shown {
				r, err := store.OpenRedis(gone, url)
				if err != nil {
					t.Errorf("%s: %s: %v", file, url, err)
					continue
				}
				_ = r.Close()
			}
		}
	})
	t.Run("where the first of several addresses is gone the next is asked", func(t *testing.T) {
		for _, url := range []string{testenv.RedisSentinelURL(t), testenv.RedisClusterURL(t)} {
			scheme, rest, _ := strings.Cut(url, "://")
			addr, query, _ := strings.Cut(rest, "?")
			r, err := store.OpenRedis(t.Context(), scheme+"://127.0.0.1:1?addr="+addr+"&"+query)
			if err != nil {
				t.Fatal(err)
			}
			testenv.Eventually(t, scheme+" answers", func() bool { return r.Ping(t.Context()).Err() == nil })
			_ = r.Close()
		}
	})
	t.Run("a refused password is said at once, and is no fault", func(t *testing.T) {
		url := testenv.RedisURL(t)
		_, addr, _ := strings.Cut(url, "://")
		if _, err := store.OpenRedis(t.Context(), "redis://somebody:wrong@"+addr); err == nil || fault.As(err) != nil {
			t.Errorf("got %v", err)
		}
	})
}

func testRedis(t *testing.T, url string, embedded bool) {
	t.Parallel()
	ctx := t.Context()
	r, err := store.OpenRedis(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if r.Embedded() != embedded || r.Away() != nil {
		t.Errorf("embedded = %v, away: %v", r.Embedded(), r.Away())
	}
	t.Run("a board keeps its order", func(t *testing.T) { testBoard(t, r) })
	t.Run("a script answers from one moment, by its hash too", func(t *testing.T) {
		script := redis.NewScript(`
			redis.call('ZINCRBY', KEYS[1], ARGV[1], 'm')
			return {redis.call('ZSCORE', KEYS[1], 'm'), redis.call('ZREVRANK', KEYS[1], 'm')}`)
		for n := 1; n <= 2; n++ {
			got, err := script.Run(ctx, r, []string{"{month}:script"}, 5).Slice()
			if err != nil || fmt.Sprint(got) != fmt.Sprintf("[%d 0]", 5*n) {
				t.Errorf("run %d: %v, %v", n, got, err)
			}
		}
		if got, err := r.EvalSha(ctx, script.Hash(), []string{"{month}:script"}, 1).Slice(); err != nil || got[0] != "11" {
			t.Errorf("by its hash: %v, %v", got, err)
		}
	})
	t.Run("what is published arrives in order", func(t *testing.T) { testPublish(t, r) })
	t.Run("a key expires when its time has passed, and not before", func(t *testing.T) { testExpiry(t, r) })
	t.Run("closing twice is well, and a closed one answers no more", func(t *testing.T) {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		if err := r.Ping(ctx).Err(); err == nil {
			t.Error("a closed client answers")
		}
	})
}

func testBoard(t *testing.T, r *store.Redis) {
	ctx, key := t.Context(), "{month}:board"
	for n := range 20 {
		if err := r.ZAdd(ctx, key, redis.Z{Score: float64(n * n), Member: fmt.Sprintf("m%02d", n)}).Err(); err != nil {
			t.Fatal(err)
		}
	}
	top, err := r.ZRevRangeWithScores(ctx, key, 0, 2).Result()
	want := []redis.Z{{Score: 361, Member: "m19"}, {Score: 324, Member: "m18"}, {Score: 289, Member: "m17"}}
	if err != nil || !slices.Equal(top, want) {
		t.Errorf("top %v, %v", top, err)
	}
	if rank, err := r.ZRevRank(ctx, key, "m10").Result(); err != nil || rank != 9 {
		t.Errorf("rank %d, %v", rank, err)
	}
	down, err := r.ZRangeArgs(ctx, redis.ZRangeArgs{
		Key: key, ByScore: true, Rev: true, Start: "+inf", Stop: "-inf", Count: 1,
	}).Result()
	if err != nil || !slices.Equal(down, []string{"m19"}) {
		t.Errorf("by score down %v, %v", down, err)
	}
}

func testPublish(t *testing.T, r *store.Redis) {
	ctx := t.Context()
	sub := r.Subscribe(ctx, "room")
	defer sub.Close()
	if _, err := sub.Receive(ctx); err != nil {
		t.Fatal(err)
	}
	for n := range 50 {
		if err := r.Publish(ctx, "room", n).Err(); err != nil {
			t.Fatal(err)
		}
	}
	for n := range 50 {
		select {
		case m := <-sub.Channel():
			if m.Payload != fmt.Sprint(n) {
				t.Fatalf("got %q as message %d", m.Payload, n)
			}
		case <-time.After(time.Minute):
			t.Fatalf("message %d did not arrive", n)
		}
	}
}

// testExpiry waits for real time; the embedded server's clock runs in steps of a second.
func testExpiry(t *testing.T, r *store.Redis) {
	ctx := t.Context()
	if err := r.Set(ctx, "{k}long", 1, time.Hour).Err(); err != nil {
		t.Fatal(err)
	}
	const brief = 3 * time.Second
	begun := time.Now()
	if err := r.Set(ctx, "{k}brief", 1, brief).Err(); err != nil {
		t.Fatal(err)
	}
	if n, err := r.Exists(ctx, "{k}brief").Result(); err != nil || n != 1 && time.Since(begun) < brief-time.Second {
		t.Errorf("gone at once: %v", err)
	}
	testenv.Eventually(t, "the brief one is gone", func() bool {
		n, err := r.Exists(ctx, "{k}brief").Result()
		return err == nil && n == 0
	})
	if n, err := r.Exists(ctx, "{k}brief", "{k}long").Result(); err != nil || n != 1 {
		t.Errorf("%d of two keys are left, %v", n, err)
	}
	if left, err := r.TTL(ctx, "{k}long").Result(); err != nil || left > time.Hour || left < time.Hour-5*time.Minute {
		t.Errorf("left %v, %v", left, err)
	}
}
