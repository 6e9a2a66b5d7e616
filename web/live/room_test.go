package live_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	client "github.com/fasthttp/websocket"

	"firebrand/internal/fault"
	"firebrand/internal/testenv"
	"firebrand/web/live"
)

func TestRoom(t *testing.T) {
	t.Parallel()
	t.Run("who joins gets a snapshot, then pushes one after another", func(t *testing.T) {
		h, b := hub(nil), &board{value: "first"}
		h.Open("board:*", live.Room{Snapshot: b.snapshot})
		conn := dial(t, serve(t, h))
		join(t, conn, "board:all")
		first := read(t, conn)
		if first.Type != "snapshot" || first.Room != "board:all" || string(first.Data) != `"first"` || first.Epoch == "" || first.N != 1 {
			t.Fatalf("snapshot %s", first.raw)
		}
		for i := 2; i < 5; i++ {
			b.set(i)
			h.Changed("board:all")
			m := read(t, conn)
			if m.Type != "push" || m.N != uint64(i) || m.Epoch != first.Epoch || string(m.Data) != fmt.Sprint(i) {
				t.Fatalf("push %d: %s", i, m.raw)
			}
			if d := time.Since(time.UnixMilli(m.At)); d < -time.Second || d > patience {
				t.Errorf("at is %s away from now", d)
			}
		}
	})
	t.Run("many changes are one push, and a change that changes nothing is none", func(t *testing.T) {
		h, b := hub(nil), &board{value: 1}
		h.Open("board:all", live.Room{Snapshot: b.snapshot, Refresh: time.Hour})
		conn := dial(t, serve(t, h))
		join(t, conn, "board:all")
		read(t, conn)
		before, begun := b.calls(), time.Now()
		for i := range 1000 {
			b.set(i)
			h.Changed("board:all")
		}
		most := 3 + int(time.Since(begun)/live.Tick)
		for string(read(t, conn).Data) != "999" {
			continue
		}
		h.Changed("board:all")
		silent(t, conn, 3*live.Tick)
		if n := b.calls() - before; n > most {
			t.Errorf("%d snapshots for a thousand changes", n)
		}
	})
	t.Run("two hundred watchers get the same bytes, and those who come back cost no snapshot", func(t *testing.T) {
		h, b := hub(nil), &board{value: "x"}
		h.Open("board:*", live.Room{Snapshot: b.snapshot, Refresh: time.Hour})
		url := serve(t, h)
		conns := make([]*client.Conn, 200)
		for i := range conns {
			conns[i] = dial(t, url)
			join(t, conns[i], "board:all")
			read(t, conns[i])
		}
		if n := h.Watchers("board:all"); n != len(conns) {
			t.Errorf("%d watchers", n)
		}
		if n := b.calls(); n != 1 {
			t.Errorf("%d snapshots for one state", n)
		}
		b.set(strings.Repeat("y", 3000))
		h.Changed("board:all")
		want := read(t, conns[0])
		for _, conn := range conns[1:] {
			if got := read(t, conn); got.raw != want.raw || got.Type != "push" {
				t.Fatalf("another message: %.80s, not %.80s", got.raw, want.raw)
			}
		}
		for _, conn := range conns {
			_ = conn.Close()
		}
		testenv.Eventually(t, "all are forgotten", func() bool { return h.Watchers("board:all") == 0 })
		conn := dial(t, url)
		join(t, conn, "board:all")
		if m := read(t, conn); m.Type != "snapshot" || m.N != want.N || string(m.Data) != string(want.Data) {
			t.Errorf("the memory of the last push: %.80s", m.raw)
		}
		if n := b.calls(); n != 2 {
			t.Errorf("%d snapshots for two states", n)
		}
	})
	t.Run("joining again brings a snapshot, leaving brings silence", func(t *testing.T) {
		h, b := hub(nil), &board{value: 1}
		h.Open("board:*", live.Room{Snapshot: b.snapshot})
		conn := dial(t, serve(t, h))
		join(t, conn, "board:all")
		read(t, conn)
		join(t, conn, "board:all")
		if m := read(t, conn); m.Type != "snapshot" || m.N != 1 {
			t.Errorf("joined again: %s", m.raw)
		}
		ask(t, conn, `{"type":"leave","room":"board:all"}`)
		testenv.Eventually(t, "nobody watches", func() bool { return h.Watchers("board:all") == 0 })
		b.set(2)
		h.Changed("board:all")
		silent(t, conn, 3*live.Tick)
	})
}

func TestTrouble(t *testing.T) {
	t.Parallel()
	t.Run("a panic in Snapshot neither ends the hub nor closes the room", func(t *testing.T) {
		var failures atomic.Int32
		h, b := hub(func(error) { failures.Add(1) }), &board{panic: true}
		h.Open("board:*", live.Room{Snapshot: b.snapshot})
		conn := dial(t, serve(t, h))
		join(t, conn, "board:all")
		if m := read(t, conn); m.Type != "error" || !strings.Contains(string(m.Data), "live.failed") || strings.Contains(m.raw, "fire") {
			t.Errorf("the client is told %s", m.raw)
		}
		if failures.Load() == 0 {
			t.Error("nobody heard of the panic")
		}
		b.mu.Lock()
		b.panic, b.value = false, "well"
		b.mu.Unlock()
		if m := read(t, conn); m.Type != "snapshot" || string(m.Data) != `"well"` {
			t.Errorf("after the panic: %s", m.raw)
		}
	})
	t.Run("while the store is down the last state is served", func(t *testing.T) {
		h, b := hub(nil), &board{value: "old"}
		h.Open("board:*", live.Room{Snapshot: b.snapshot})
		url := serve(t, h)
		one := dial(t, url)
		join(t, one, "board:all")
		read(t, one)
		b.mu.Lock()
		b.err = fault.New(fault.Unavailable, "leaderboard.down")
		b.mu.Unlock()
		h.Changed("board:all")
		two := dial(t, url)
		join(t, two, "board:all")
		if m := read(t, two); m.Type != "snapshot" || string(m.Data) != `"old"` {
			t.Errorf("who joins meanwhile gets %s", m.raw)
		}
		b.mu.Lock()
		b.err, b.value = nil, "new"
		b.mu.Unlock()
		if m := read(t, one); m.Type != "push" || m.N != 2 || string(m.Data) != `"new"` {
			t.Errorf("afterwards %s", m.raw)
		}
	})
	t.Run("rooms that are not, are not for this person, or are too many, are refused", func(t *testing.T) {
		var rooms sync.Map
		h := live.New(live.Options{Now: time.Now, Authorise: func(identity any, room string) error {
			rooms.Store(room, identity)
			if room == "board:secret" {
				return fault.New(fault.Forbidden, "board.secret")
			}
			return nil
		}})
		h.Open("board:*", live.Room{Snapshot: func(_ context.Context, name string) (any, error) {
			if name == "board:none" {
				return nil, fault.New(fault.NotFound, "leaderboard.no_board")
			}
			return name, nil
		}})
		conn := dial(t, serve(t, h)+"?as=olena")
		for _, c := range []struct{ room, key string }{
			{"auction:1", "live.no_room"}, {"board:secret", "board.secret"}, {"board:none", "leaderboard.no_board"},
		} {
			join(t, conn, c.room)
			if m := read(t, conn); m.Type != "error" || m.Room != c.room || !strings.Contains(string(m.Data), c.key) {
				t.Errorf("%s: %s", c.room, m.raw)
			}
		}
		if identity, _ := rooms.Load("board:secret"); identity != "olena" {
			t.Errorf("authorised %v", identity)
		}
		for i := range live.MaxRooms {
			join(t, conn, fmt.Sprintf("board:%d", i))
			if m := read(t, conn); m.Type != "snapshot" {
				t.Errorf("room %d: %s", i, m.raw)
			}
		}
		join(t, conn, "board:one-more")
		if m := read(t, conn); !strings.Contains(string(m.Data), "live.too_many_rooms") {
			t.Errorf("one more: %s", m.raw)
		}
	})
	t.Run("an error that is no fault is heard of and not shown", func(t *testing.T) {
		heard := make(chan error, 10)
		h := hub(func(err error) { heard <- err })
		h.Open("a", live.Room{Snapshot: func(context.Context, string) (any, error) { return nil, errors.New("secret path") }})
		conn := dial(t, serve(t, h))
		join(t, conn, "a")
		if m := read(t, conn); m.Type != "error" || strings.Contains(m.raw, "secret") {
			t.Errorf("shown: %s", m.raw)
		}
		if err := <-heard; err.Error() != "secret path" {
			t.Errorf("heard: %v", err)
		}
	})
}

// A message's length changes its frame's header; every length around those limits is read as it was written.
func TestEveryLength(t *testing.T) {
	t.Parallel()
	h, b := hub(nil), &board{value: ""}
	h.Open("r", live.Room{Snapshot: b.snapshot, Tick: time.Millisecond})
	conn := dial(t, serve(t, h))
	join(t, conn, "r")
	n := len(read(t, conn).raw)
	if n > 120 {
		t.Fatalf("an empty state takes %d bytes already", n)
	}
	for _, limit := range []int{126, 1 << 16} {
		for size := limit - n - 8; size < limit-n+8; size++ {
			b.set(strings.Repeat("x", size))
			h.Changed("r")
			if m := read(t, conn); len(m.Data) != size+2 {
				t.Fatalf("a state of %d came as %d", size+2, len(m.Data))
			}
		}
	}
}
