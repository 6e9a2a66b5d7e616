package live_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	client "github.com/fasthttp/websocket"

	"firebrand/internal/fault"
	"firebrand/internal/testenv"
	"firebrand/web/live"
)

// people is a hub that knows whose connections it has: each is whom its URL says.
func people(t *testing.T, o live.Options) (*live.Hub, *board) {
	t.Helper()
	o.Now = time.Now
	o.Person = func(identity any) string { return identity.(string) }
	h, b := live.New(o), &board{value: "state"}
	h.Open("*", live.Room{Snapshot: b.snapshot, Refresh: time.Hour}) // what is pushed was told
	return h, b
}

func TestTell(t *testing.T) {
	t.Parallel()
	h, _ := people(t, live.Options{Failed: func(err error) {
		if !strings.Contains(err.Error(), "event") {
			t.Error(err)
		}
	}})
	url := serve(t, h)
	t.Run("all of a person's connections hear it, once each and in order, and nobody else's", func(t *testing.T) {
		phone, desk, other := dial(t, url+"?as=olena"), dial(t, url+"?as=olena"), dial(t, url+"?as=petro")
		testenv.Eventually(t, "all are there", func() bool { return h.Stats().Connections == 3 })
		for i := range 3 {
			h.Tell("olena", map[string]int{"outbid": i})
		}
		for _, conn := range []*client.Conn{phone, desk} {
			for i := range 3 {
				m := read(t, conn)
				if m.Type != "event" || m.Room != "me:olena" || string(m.Data) != fmt.Sprintf(`{"outbid":%d}`, i) {
					t.Errorf("%s", m.raw)
				}
				if d := time.Since(time.UnixMilli(m.At)); d < -time.Second || d > patience {
					t.Errorf("at is %s away from now", d)
				}
			}
		}
		silent(t, other, 200*time.Millisecond)
	})
	t.Run("what is too long or no JSON is said to nobody", func(t *testing.T) {
		conn := dial(t, url+"?as=long")
		testenv.Eventually(t, "it is there", func() bool { return h.Stats().Connections > 0 })
		h.Tell("long", strings.Repeat("x", live.MaxEvent))
		h.Tell("long", func() {})
		h.Tell("nobody", "x")
		silent(t, conn, 200*time.Millisecond)
	})
}

func TestKickedOnOverflow(t *testing.T) {
	t.Parallel()
	inTime(t, overflows)
}

func overflows(t *testing.T) bool {
	t.Helper()
	h, b := people(t, live.Options{})
	url, dialer := tight(t, h)
	stuck, _, err := dialer.Dial(url+"?as=olena", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer stuck.Close()
	well := dial(t, url+"?as=olena")
	b.set(strings.Repeat("x", 4_000_000))
	join(t, stuck, "board:all")
	if _, err := stuck.NetConn().Read(make([]byte, 1)); err != nil { // the beginning of what it does not read on
		t.Fatal(err)
	}
	begun := time.Now()
	for i := range 2 * live.MaxEvents {
		h.Tell("olena", i)
		if m := read(t, well); string(m.Data) != fmt.Sprint(i) {
			t.Fatalf("the other connection got %s for %d", m.raw, i)
		}
	}
	if time.Since(begun) > live.WriteWait/2 {
		return false
	}
	testenv.Eventually(t, "the stuck one is gone", func() bool { return h.Stats().Connections == 1 })
	if s := h.Stats(); s.Kicked == 0 || h.Watchers("board:all") != 0 {
		t.Errorf("%+v", s)
	}
	return true
}

// roles is who may watch what now.
type roles struct {
	mu     sync.Mutex
	barred map[string]error // by room
}

func (r *roles) bar(room string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.barred[room] = err
}

func (r *roles) authorise(_ any, room string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.barred[room]
}

func TestRecheck(t *testing.T) {
	t.Parallel()
	r := &roles{barred: map[string]error{}}
	h, b := people(t, live.Options{Authorise: r.authorise})
	conn, other := dial(t, serve(t, h)+"?as=olena"), dial(t, serve(t, h)+"?as=petro")
	for _, room := range []string{"auction:1", "board:all"} {
		join(t, conn, room)
		read(t, conn)
		join(t, other, room)
		read(t, other)
	}
	t.Run("a store that does not answer puts nobody out", func(t *testing.T) {
		r.bar("auction:1", fault.New(fault.Unavailable, "store.down"))
		h.Recheck("olena")
		time.Sleep(50 * time.Millisecond)
		b.set("anew")
		h.Changed("auction:1")
		if m := read(t, conn); string(m.Data) != `"anew"` {
			t.Errorf("%s", m.raw)
		}
		read(t, other)
	})
	t.Run("who may watch a room no more is put out of it and told why, and others stay", func(t *testing.T) {
		r.bar("auction:1", fault.New(fault.Forbidden, "auction.staff"))
		h.Recheck("olena")
		if m := read(t, conn); m.Type != "error" || m.Room != "auction:1" || !strings.Contains(m.raw, "auction.staff") {
			t.Errorf("%s", m.raw)
		}
		testenv.Eventually(t, "it is out", func() bool { return h.Watchers("auction:1") == 1 })
		if h.Watchers("board:all") != 2 {
			t.Error("the other room was left too")
		}
		join(t, conn, "auction:1")
		if m := read(t, conn); m.Type != "error" {
			t.Errorf("let in again: %s", m.raw)
		}
	})
	t.Run("a kind of room has its own say", func(t *testing.T) {
		h := live.New(live.Options{Now: time.Now})
		h.Open("me:*", live.Room{Snapshot: b.snapshot, Authorise: func(identity any, name string) error {
			if name != live.Personal+identity.(string) {
				return fault.New(fault.Forbidden, "fault.forbidden")
			}
			return nil
		}})
		conn := dial(t, serve(t, h)+"?as=olena")
		join(t, conn, "me:petro")
		if m := read(t, conn); m.Type != "error" || !strings.Contains(m.raw, "fault.forbidden") {
			t.Errorf("%s", m.raw)
		}
		join(t, conn, "me:olena")
		if m := read(t, conn); m.Type != "snapshot" {
			t.Errorf("%s", m.raw)
		}
	})
}

func TestRefresh(t *testing.T) {
	t.Parallel()
	h, b := live.New(live.Options{Now: time.Now}), &board{value: 1}
	h.Open("board:*", live.Room{Snapshot: b.snapshot, Refresh: 400 * time.Millisecond})
	conn := dial(t, serve(t, h))
	join(t, conn, "board:all")
	read(t, conn)
	b.set(2) // and nobody is told
	if m := read(t, conn); m.Type != "push" || string(m.Data) != "2" {
		t.Errorf("%s", m.raw)
	}
}

func TestTick(t *testing.T) {
	t.Parallel()
	h, b := live.New(live.Options{Now: time.Now}), &board{value: 0}
	h.Open("quick:*", live.Room{Snapshot: b.snapshot, Tick: 10 * time.Millisecond, Refresh: time.Hour})
	const tick = 3 * time.Second
	h.Open("slow:*", live.Room{Snapshot: b.snapshot, Tick: tick, Refresh: time.Hour})
	conn := dial(t, serve(t, h))
	for _, room := range []string{"quick:1", "slow:1"} {
		join(t, conn, room)
		read(t, conn)
	}
	t.Run("after a rest the first change is shown at once, the next after a tick", func(t *testing.T) {
		time.Sleep(tick + 100*time.Millisecond)
		begun := time.Now()
		for i := 1; i <= 2; i++ {
			b.set(i)
			h.Changed("slow:1")
			if m := read(t, conn); string(m.Data) != fmt.Sprint(i) {
				t.Errorf("%s", m.raw)
			}
			took := time.Since(begun)
			if i == 1 && took > tick*9/10 || i == 2 && took < tick*9/10 {
				t.Errorf("state %d came after %s", i, took)
			}
		}
	})
	t.Run("another kind is quicker", func(t *testing.T) {
		begun := time.Now()
		for i := 10; i < 20; i++ {
			b.set(i)
			h.Changed("quick:1")
			read(t, conn)
		}
		if took := time.Since(begun); took > 5*tick {
			t.Errorf("ten states took %s", took)
		}
	})
}

func TestResume(t *testing.T) {
	t.Parallel()
	h, b := live.New(live.Options{Now: time.Now}), &board{value: 0}
	h.Open("board:*", live.Room{Snapshot: b.snapshot})
	url := serve(t, h)
	conn := dial(t, url)
	join(t, conn, "board:all")
	first := read(t, conn)
	_ = conn.NetConn().Close()
	testenv.Eventually(t, "the room is left", func() bool { return h.Watchers("board:all") == 0 })
	b.set(1)
	h.Changed("board:all")
	conn = dial(t, url)
	join(t, conn, "board:all")
	m := read(t, conn)
	if m.Type != "snapshot" || m.Epoch != first.Epoch || m.N != first.N+1 || string(m.Data) != "1" {
		t.Errorf("came back to %s", m.raw)
	}
}

func TestWhatMayNotBeUpgraded(t *testing.T) {
	t.Parallel()
	url := serve(t, hub(nil))
	for _, origin := range []string{"https://evil.example", "null"} {
		_, res, err := client.DefaultDialer.Dial(url, map[string][]string{"Origin": {origin}})
		if !errors.Is(err, client.ErrBadHandshake) || res.StatusCode == 101 {
			t.Errorf("%s: %v", origin, err)
		}
	}
	if _, _, err := client.DefaultDialer.DialContext(context.Background(), url, map[string][]string{
		"Origin": {"http" + strings.TrimSuffix(strings.TrimPrefix(url, "ws"), "/live")},
	}); err != nil {
		t.Error(err)
	}
}
