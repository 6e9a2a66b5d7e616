package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"firebrand/cmd/firebrand/app"
	"firebrand/internal/testenv"
)

// Three processes start while Redis is away, as when they are restarted meanwhile: people play and bid, boards say that
// they cannot be shown, and nobody starts anything again once Redis is there.
func TestRedisAwayAtStart(t *testing.T) {
	r := absentRedis(t, inMemory...)
	lasts := lasting(20 * time.Second)
	program(t) // it is built before any clock runs
	uri, _ := testenv.Mongo(t)
	f := openFair(t, app.Settings{Mongo: uri, Redis: "redis://" + r.addr}, 4, lasts)
	v := f.serve(t, 3)
	f.sellNow(t, lasts)
	watchers := f.watch(t, v)
	c := f.come(v, lasts)
	c.until(t, 3)
	for i := range v.addrs {
		if got := v.site(i).get(t, "/readyz"); got != http.StatusOK {
			t.Errorf("/readyz answers %d, as it does not where Redis goes away later", got)
		}
		status, kind, _ := problemOf(f.people[0].call(v.at(i), http.MethodGet, "/boards/all?top=100", "", nil, nil))
		if status != http.StatusServiceUnavailable || kind != "unavailable" {
			t.Errorf("the boards answer %d %s", status, kind)
		}
	}
	if said := strings.Count(v.log.last(1<<30), "redis does not answer"); said != len(v.addrs) {
		t.Errorf("the log of three says %d times that Redis is away", said)
	}
	r.start()
	testenv.Eventually(t, "every process shows the boards", func() bool {
		for i := range v.addrs {
			if f.people[0].call(v.at(i), http.MethodGet, "/boards/all?top=100", "", nil, nil) != nil {
				return false
			}
		}
		return true
	})
	c.until(t, 1)
	c.checkAll(t, watchers...)
}
