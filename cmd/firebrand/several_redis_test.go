package main

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"firebrand/cmd/firebrand/app"
	"firebrand/internal/testenv"
)

// folderFair is a fair in a folder with the lot up for so long already, which one process serves with that Redis.
func folderFair(t *testing.T, url string, people int, lasts time.Duration) (*fair, *fleet) {
	t.Helper()
	program(t) // it is built before any clock runs
	f := openFair(t, app.Settings{Data: fairFolder(t), Redis: url}, people, lasts)
	f.sellNow(t, lasts)
	return f, f.serve(t, 1)
}

// checkFolder is everything that must hold behind a crowd in a folder; it ends the process that serves it.
func (c *crowd) checkFolder(t *testing.T) {
	t.Helper()
	c.checkEnd(t)
	t.Run("the boards are what the accounts say", func(t *testing.T) { c.checkBoards(t, c.fleet.killAll) })
	t.Run("verify finds everything whole, and nothing open", func(t *testing.T) { c.fair.checkVerify(t) })
}

// Redis is a cluster of three nodes: every key and channel lies where scripts and publishers look for it.
func TestRedisCluster(t *testing.T) {
	url := testenv.RedisThreeURL(t)
	lasts := lasting(12 * time.Second)
	f, v := folderFair(t, url, 6, lasts)
	watchers := f.watch(t, v)
	c := f.come(v, lasts)
	c.checkEnd(t)
	t.Run("everybody who watched sees the end", func(t *testing.T) {
		for _, w := range watchers {
			w.checkEnd(t, c)
		}
	})
	t.Run("places, neighbours and the league can be asked for", func(t *testing.T) {
		for _, path := range []string{"/boards/mine", "/boards/all/around", "/boards/region:south?top=10", "/boards/new?top=10", "/boards/league", "/boards/movers", "/boards/quiz:quiz-1?top=10"} {
			if err := f.people[0].call(v.at(0), http.MethodGet, path, "", nil, nil); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
	})
	t.Run("the boards are what the accounts say", func(t *testing.T) { c.checkBoards(t, v.killAll) })
	t.Run("they are drawn again in the cluster", func(t *testing.T) {
		out, err := run(t, append([]string{"rebuild"}, f.flags()...)...)
		if err != nil || !strings.Contains(out, "redrawn: boards") {
			t.Fatalf("%v\n%s", err, out)
		}
		v.start(0)
		c.checkBoards(t, v.killAll)
	})
	t.Run("verify finds everything whole, and nothing open", func(t *testing.T) { f.checkVerify(t) })
	for _, told := range []string{"CROSSSLOT", "MOVED", "panic"} {
		if v.log.has(told) {
			t.Errorf("the log says %s", told)
		}
	}
}

// ownRedis is a redis-server that a test stops and starts again, where it was.
type ownRedis struct {
	t    *testing.T
	addr string
	args []string
	cmd  *exec.Cmd
}

// newRedis starts a server that keeps nothing on disk.
func newRedis(t *testing.T, args ...string) *ownRedis {
	t.Helper()
	r := absentRedis(t, args...)
	r.start()
	return r
}

// absentRedis is a place where a server can be started.
func absentRedis(t *testing.T, args ...string) *ownRedis {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		testenv.Skip(t, "redis-server is not installed")
	}
	return &ownRedis{t: t, addr: freePort(t), args: args}
}

func (r *ownRedis) start() {
	r.t.Helper()
	_, port, _ := strings.Cut(r.addr, ":")
	args := append(append([]string{}, r.args...), "--bind", "127.0.0.1", "--port", port, "--dir", r.t.TempDir())
	r.cmd = exec.Command("redis-server", args...)
	must(r.t, r.cmd.Start())
	r.t.Cleanup(r.kill)
	client := redis.NewClient(&redis.Options{Addr: r.addr})
	defer client.Close()
	testenv.Eventually(r.t, "redis answers", func() bool { return client.Ping(r.t.Context()).Err() == nil })
}

// kill ends it at once; what it knew is gone.
func (r *ownRedis) kill() {
	_ = r.cmd.Process.Kill() // it may have ended already
	_ = r.cmd.Wait()
}

var inMemory = []string{"--save", "", "--appendonly", "no"}

// Redis dies in the middle of bidding and comes back empty: bids go on, by the journal alone.
func TestRedisKilled(t *testing.T) {
	r := newRedis(t, inMemory...)
	lasts := lasting(16 * time.Second)
	f, v := folderFair(t, "redis://"+r.addr, 6, lasts)
	watchers := f.watch(t, v)
	c := f.come(v, lasts)
	c.until(t, 3)
	r.kill()
	c.until(t, 5)
	if status := v.site(0).get(t, "/healthz"); status != http.StatusOK {
		t.Errorf("/healthz answers %d while Redis is away", status)
	}
	r.start()
	c.until(t, 3)
	c.checkEnd(t)
	t.Run("everybody who watched sees the end", func(t *testing.T) {
		for _, w := range watchers {
			w.checkEnd(t, c)
		}
	})
	t.Run("the boards are what the accounts say", func(t *testing.T) { c.checkBoards(t, v.killAll) })
	t.Run("verify finds everything whole, and nothing open", func(t *testing.T) { f.checkVerify(t) })
}

// The master that a sentinel watches dies in the middle of bidding, and its replica takes over.
func TestSentinelFailover(t *testing.T) {
	master := newRedis(t, inMemory...)
	replica := newRedis(t, append(inMemory, "--replicaof", strings.Replace(master.addr, ":", " ", 1))...)
	host, port, _ := strings.Cut(master.addr, ":")
	config := filepath.Join(t.TempDir(), "sentinel.conf")
	must(t, os.WriteFile(config, fmt.Appendf(nil,
		"sentinel monitor fair %s %s 1\nsentinel down-after-milliseconds fair 1000\nsentinel failover-timeout fair 5000\n", host, port), 0o600))
	sentinel := newRedis(t, config, "--sentinel")
	asks := redis.NewSentinelClient(&redis.Options{Addr: sentinel.addr})
	defer asks.Close()
	testenv.Eventually(t, "the sentinel knows the replica", func() bool {
		known, err := asks.Replicas(t.Context(), "fair").Result()
		return err == nil && len(known) == 1 && known[0]["master-link-status"] == "ok"
	})
	lasts := lasting(20 * time.Second)
	f, v := folderFair(t, "redis+sentinel://"+sentinel.addr+"?master_name=fair", 6, lasts)
	c := f.come(v, lasts)
	c.until(t, 3)
	master.kill()
	c.until(t, 5)
	testenv.Eventually(t, "the replica is the master", func() bool {
		at, err := asks.GetMasterAddrByName(t.Context(), "fair").Result()
		return err == nil && len(at) == 2 && at[0]+":"+at[1] == replica.addr
	})
	c.until(t, 2)
	c.checkFolder(t)
}
