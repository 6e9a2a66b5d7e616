package store_test

import (
	"io"
	"net"
	"net/url"
	"testing"

	"github.com/redis/go-redis/v9"

	"firebrand/internal/store"
	"firebrand/internal/testenv"
)

// behindDoor returns the address of the server with nobody listening there, and what lets callers in.
func behindDoor(t *testing.T, server string) (away string, open func()) {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr, target := l.Addr().String(), u.Host
	l.Close()
	u.Host = addr
	q := u.Query()
	q.Del("addr") // the other nodes of a cluster, which are known only once the first answers
	u.RawQuery = q.Encode()
	return u.String(), func() {
		t.Helper()
		l, err := net.Listen("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		go letIn(l, target)
	}
}

// letIn passes on what callers and the server say to each other, until the door is closed.
func letIn(l net.Listener, target string) {
	for {
		caller, err := l.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", target)
		if err != nil {
			caller.Close()
			continue
		}
		pass := func(to, from net.Conn) {
			_, _ = io.Copy(to, from) // either side may hang up
			to.Close()
			from.Close()
		}
		go pass(server, caller)
		go pass(caller, server)
	}
}

// TestRedisAway holds that whoever was opened while no server answered works once it does, and is not opened again.
func TestRedisAway(t *testing.T) {
	for _, server := range servers {
		t.Run(server.name, func(t *testing.T) {
			t.Parallel()
			there := server.url(t)
			url, open := behindDoor(t, there)
			one, r := process(t, url)
			two, _ := process(t, url)
			three, _ := process(t, there)
			away(t, r, []*store.Notices{one, two, three}, open)
		})
	}
}

// away is given the notices of three processes, of which the last found the server.
func away(t *testing.T, r *store.Redis, all []*store.Notices, open func()) {
	t.Helper()
	if r.Away() == nil {
		t.Fatal("somebody answered")
	}
	if err := r.Set(t.Context(), "k", 1, 0).Err(); err == nil {
		t.Fatal("a server that is away did what it was told")
	}
	ears := make([]listener, len(all))
	for i, n := range all {
		defer ears[i].on(n, "a")()
		n.Tell("a", "nobody is there to hear it")
	}
	open()
	testenv.Eventually(t, "a script runs", func() bool {
		got, err := redis.NewScript("return redis.call('INCR', KEYS[1])").Run(t.Context(), r, []string{"{k}n"}).Int()
		return err == nil && got > 0
	})
	for i := range all[:2] {
		testenv.Eventually(t, "it heard that it missed something", func() bool { return ears[i].missed.Load() > 0 })
	}
	for i, n := range all {
		testenv.Eventually(t, "all others hear it", func() bool {
			n.Tell("a", string(rune('1'+i)))
			heard := 0
			for e := range ears {
				if e != i && ears[e].heard(string(rune('1'+i))) > 0 {
					heard++
				}
			}
			return heard == len(all)-1
		})
	}
}
