package testenv

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// RedisURL starts a redis-server of the test's own, on a free local port and without persistence, and returns its URL.
// It ends with the test. Where no redis-server is installed the test is left out through Skip.
func RedisURL(t testing.TB) string {
	t.Helper()
	return "redis://" + startRedis(t)
}

// RedisClusterURL is RedisURL for a cluster of one node that has all slots: a command or script over keys of several
// slots is refused there as in a great one.
func RedisClusterURL(t testing.TB) string {
	t.Helper()
	_, bus, _ := net.SplitHostPort(freeAddr(t))
	addr := startRedis(t, "--cluster-enabled", "yes", "--cluster-port", bus)
	client := redis.NewClient(&redis.Options{Addr: addr})
	defer client.Close()
	if err := client.ClusterAddSlotsRange(t.Context(), 0, 16383).Err(); err != nil {
		t.Fatal(err)
	}
	await(t, "the cluster is ready", func() bool {
		info, _ := client.ClusterInfo(t.Context()).Result()
		return strings.Contains(info, "cluster_state:ok")
	})
	return "redis+cluster://" + addr
}

// RedisSentinelURL is RedisURL for a server that is found through a sentinel.
func RedisSentinelURL(t testing.TB) string {
	t.Helper()
	host, port, _ := net.SplitHostPort(startRedis(t))
	config := filepath.Join(t.TempDir(), "sentinel.conf")
	if err := os.WriteFile(config, fmt.Appendf(nil, "sentinel monitor board %s %s 1\n", host, port), 0o600); err != nil {
		t.Fatal(err)
	}
	return "redis+sentinel://" + startServer(t, config, "--sentinel") + "?master_name=board"
}

func startRedis(t testing.TB, args ...string) string {
	t.Helper()
	return startServer(t, append([]string{"--save", "", "--appendonly", "no"}, args...)...)
}

// startServer runs redis-server and returns its address once it takes connections.
func startServer(t testing.TB, args ...string) string {
	t.Helper()
	binary, err := exec.LookPath("redis-server")
	if err != nil {
		Skip(t, "redis-server is not installed")
	}
	return startListening(t, answers, func(addr string) *exec.Cmd {
		_, port, _ := net.SplitHostPort(addr)
		return exec.Command(binary, append(args, "--bind", "127.0.0.1", "--port", port, "--dir", t.TempDir())...)
	})
}

// startListening runs a program on a free local address for the length of the test, and returns the address once ready
// says that it answers there. Between the choice of a free port and its use another program may take it, so one that ends
// at once is tried again.
func startListening(t testing.TB, ready func(addr string, ended <-chan struct{}) bool, program func(addr string) *exec.Cmd) string {
	t.Helper()
	for range 5 {
		addr := freeAddr(t)
		cmd := program(addr)
		if err := cmd.Start(); err != nil {
			t.Fatalf("starting %s: %v", cmd.Path, err)
		}
		ended := make(chan struct{})
		go func() {
			_ = cmd.Wait()
			close(ended)
		}()
		stop := func() {
			_ = cmd.Process.Kill()
			<-ended
		}
		if ready(addr, ended) {
			t.Cleanup(stop)
			return addr
		}
		stop()
	}
	t.Fatal("the program ends or does not answer, five times over")
	return ""
}

func freeAddr(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// answers waits up to ten seconds for a Redis at addr, as long as its process lives.
func answers(addr string, ended <-chan struct{}) bool {
	client := redis.NewClient(&redis.Options{Addr: addr, MaxRetries: -1, DialerRetries: 1})
	defer client.Close()
	for range 500 {
		if client.Ping(context.Background()).Err() == nil {
			return true
		}
		select {
		case <-ended:
			return false
		case <-time.After(20 * time.Millisecond):
		}
	}
	return false
}

// await fails the test when what it waits for is not so within ten seconds.
func await(t testing.TB, what string, so func() bool) {
	t.Helper()
	for range 500 {
		if so() {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("waited in vain until %s", what)
}
