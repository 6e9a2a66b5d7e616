package main

import (
	"net/http"
	"syscall"
	"testing"
	"time"

	"firebrand/cmd/firebrand/app"
	"firebrand/internal/testenv"
)

// everySoOften is how often a process is lost.
const everySoOften = 5 * time.Second

// mongoFair is a fair on a MongoDB and a Redis, with the proxy before the MongoDB.
func mongoFair(t *testing.T, people int, lasts time.Duration) (*fair, *testenv.Proxy) {
	t.Helper()
	program(t) // it is built before any clock runs
	uri, proxy := testenv.Mongo(t)
	return openFair(t, app.Settings{Mongo: uri, Redis: testenv.RedisURL(t)}, people, lasts), proxy
}

// sellNow puts the lot up beside whoever serves; a folder must be served by nobody.
func (f *fair) sellNow(t *testing.T, lasts time.Duration) {
	t.Helper()
	a := f.open(t)
	defer f.close(t, a)
	f.sell(t, a, lasts)
}

// checkAll is everything that must hold behind a crowd on a MongoDB, and for those who watched it.
func (c *crowd) checkAll(t *testing.T, watchers ...*watcher) {
	t.Helper()
	c.checkEnd(t)
	if len(watchers) > 0 {
		t.Run("everybody who watched sees the end", func(t *testing.T) {
			for _, w := range watchers {
				w.checkEnd(t, c)
			}
		})
	}
	t.Run("the boards are what the accounts say", func(t *testing.T) { c.checkBoards(t, func() {}) })
	t.Run("verify finds everything whole, and nothing open", func(t *testing.T) { c.fair.checkVerify(t) })
}

// Three processes serve one programme while one of them is killed every five seconds and started again: whatever anybody
// was told is there at the end.
func TestThreeProcesses(t *testing.T) {
	f, _ := mongoFair(t, 4, lasting(20*time.Second))
	v := f.serve(t, 3)
	lasts := lasting(20 * time.Second)
	f.sellNow(t, lasts)
	c := f.come(v, lasts)
	kills := 0
	for next := time.Now().Add(everySoOften); next.Before(c.over); next = next.Add(everySoOften) {
		time.Sleep(time.Until(next))
		v.site(kills % 3).kill()
		v.start(kills % 3)
		kills++
	}
	if kills < 2 {
		t.Errorf("only %d processes were killed", kills)
	}
	t.Logf("%d processes killed", kills)
	c.checkAll(t)
}

// The three are stopped and started again in turn, as an upgrade does, while people watch: their sockets come back to
// another process, and nothing that anybody does fails.
func TestRollingRestart(t *testing.T) {
	f, _ := mongoFair(t, 4, lasting(25*time.Second))
	v := f.serve(t, 3)
	lasts := lasting(25 * time.Second)
	f.sellNow(t, lasts)
	watchers := f.watch(t, v)
	c := f.come(v, lasts)
	for i := range v.addrs {
		c.until(t, 2)
		v.leave(i)
		v.start(i)
	}
	c.checkAll(t, watchers...)
}

// leave tells the i-th process to stop and waits until it has.
func (v *fleet) leave(i int) {
	v.t.Helper()
	s, told := v.site(i), time.Now()
	must(v.t, s.cmd.Process.Signal(syscall.SIGTERM))
	select {
	case err := <-s.ended:
		s.ended <- err
		if err != nil {
			v.t.Errorf("it ended with %v", err)
		}
		v.t.Logf("it left within %s", time.Since(told).Round(10*time.Millisecond))
	case <-time.After(2 * time.Minute):
		v.t.Error("it did not end within two minutes")
		s.kill()
	}
}

// The MongoDB's primary is gone for ten seconds: people are told so, and then all goes on.
func TestPrimaryGone(t *testing.T) {
	f, proxy := mongoFair(t, 4, lasting(22*time.Second))
	if proxy == nil {
		testenv.Skip(t, "no proxy can stand before this MongoDB, so it cannot be made to go")
	}
	v := f.serve(t, 2)
	lasts := lasting(22 * time.Second)
	f.sellNow(t, lasts)
	c := f.come(v, lasts)
	c.until(t, 3)
	proxy.Cut()
	gone := time.Now()
	time.Sleep(time.Second)
	t.Run("a process without it is alive, is not ready and says so", func(t *testing.T) {
		if got := v.site(0).get(t, "/healthz"); got != http.StatusOK {
			t.Errorf("/healthz answers %d", got)
		}
		testenv.Eventually(t, "/readyz says no", func() bool { return v.site(0).get(t, "/readyz") == http.StatusServiceUnavailable })
		status, kind, _ := problemOf(f.people[0].call(v.at(0), http.MethodGet, "/auctions/"+lot, "", nil, nil))
		if status != 0 && (status != http.StatusServiceUnavailable || kind != "unavailable") {
			t.Errorf("the auction answers %d %s", status, kind)
		}
	})
	time.Sleep(time.Until(gone.Add(10 * time.Second)))
	proxy.Mend()
	c.until(t, 2)
	c.checkAll(t)
	if c.unavailable == 0 {
		t.Error("nobody was told that anything is unavailable")
	}
}
