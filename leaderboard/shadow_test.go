package leaderboard_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	client "github.com/fasthttp/websocket"
	"github.com/gofiber/fiber/v2"

	"firebrand/internal/fault"
	"firebrand/internal/journal"
	"firebrand/internal/member"
	"firebrand/internal/points"
	"firebrand/internal/testenv"
	"firebrand/leaderboard"
	"firebrand/web/live"
)

// compare checks all boards against the accounts themselves.
func (w *world) compare() {
	w.t.Helper()
	for board, on := range map[string]func(member.Member) bool{
		leaderboard.All: nil,
		leaderboard.New: func(p member.Member) bool { return w.zone.Month(p.Joined) == november },
		leaderboard.RegionBoard("South"): func(p member.Member) bool {
			return p.Company == w.south.ID
		},
	} {
		if got, want := line(w.top(november, board, 100).Rows), w.computed(november, on); got != want {
			w.t.Errorf("board %s\n got %s\nwant %s", board, got, want)
		}
	}
}

// crowd enters n people over both companies, every fifth of them a newcomer.
func (w *world) crowd(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		m := member.Member{ID: fmt.Sprintf("p%03d", i), Role: member.RoleMember, Company: w.north.ID}
		if i%2 == 1 {
			m.Company = w.south.ID
		}
		if i%5 > 0 {
			m.Joined = w.zone.StartOfMonth(november).Add(-time.Hour)
		}
		ids[i] = w.enter(m).ID
	}
	return ids
}

func TestFlushAllUnderWrites(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		w := newWorld(t, url)
		ids := w.crowd(40)
		ctx, stop := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { w.boards.Run(ctx) })
		defer running.Wait()
		defer stop()
		rng := rand.New(rand.NewPCG(1, 2))
		for i := range 600 {
			w.win(ids[rng.IntN(len(ids))], 1+rng.Int64N(9))
			if i%150 == 100 {
				w.do("FLUSHALL")
			}
			if i%100 == 0 {
				time.Sleep(300 * time.Millisecond)
			}
		}
		w.settles()
	})
}

// settles waits until the running boards say what the accounts say.
func (w *world) settles() {
	w.t.Helper()
	want := w.computed(november, nil)
	got := ""
	for range 600 {
		w.clock.Add(leaderboard.Refresh)
		b, err := w.boards.Top(w.t.Context(), november, leaderboard.All, 100)
		if err == nil && !b.Stale {
			if got = line(b.Rows); got == want {
				w.compare()
				return
			}
		}
		time.Sleep(100 * time.Millisecond)
	}
	w.t.Errorf("the boards never settled\n got %s\nwant %s", got, want)
}

func TestRebuild(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		w := newWorld(t, url)
		ids := w.crowd(20)
		for i, id := range ids {
			w.win(id, int64(1+i%7))
		}
		w.draw()
		w.compare()
		w.do("ZADD", "fb:{board:2026-11}:on:all", "9000000000000", "p003", "1", "stranger")
		w.do("HDEL", "fb:{board:2026-11}:members", "p004")
		if err := w.boards.Rebuild(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.compare()
	})
}

// Every order of records, and any repetition, must leave the same boards.
func TestOutOfOrder(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		w := newWorld(t, url)
		ids := w.crowd(8)
		w.draw()
		rng := rand.New(rand.NewPCG(3, 4))
		for range 60 {
			w.win(ids[rng.IntN(len(ids))], 1+rng.Int64N(5))
		}
		recs, err := w.journal.Prefix(t.Context(), points.Family+"/", "", 1000)
		if err != nil {
			t.Fatal(err)
		}
		for round := range 3 {
			shuffled := append(append([]journal.Record(nil), recs...), recs...)
			rng.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
			if round > 0 {
				w.do("DEL", "fb:{board:2026-11}:members", "fb:{board:2026-11}:on:all", "fb:{board:2026-11}:versions")
			}
			for _, rec := range shuffled {
				if err := leaderboard.Handle(w.boards, t.Context(), rec); err != nil {
					t.Fatal(err)
				}
			}
			w.clock.Add(leaderboard.Refresh)
			w.compare()
		}
	})
}

func TestRedisGone(t *testing.T) {
	binary, err := exec.LookPath("redis-server")
	if err != nil {
		testenv.Skip(t, "redis-server is not installed")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	_, port, _ := net.SplitHostPort(addr)
	_ = l.Close()
	start := func() *exec.Cmd {
		cmd := exec.Command(binary, "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", t.TempDir())
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for range 6000 {
			if conn, err := net.Dial("tcp", addr); err == nil {
				_ = conn.Close()
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
		return cmd
	}
	server := start()
	w := newWorld(t, "redis://"+addr)
	ids := w.crowd(10)
	for i, id := range ids {
		w.win(id, int64(i+1))
	}
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { w.boards.Run(ctx) })
	defer running.Wait()
	defer stop()
	w.settles()
	before := line(w.top(november, leaderboard.All, 20).Rows)

	_ = server.Process.Kill()
	_ = server.Wait()
	w.clock.Add(time.Minute)
	b, err := w.boards.Top(t.Context(), november, leaderboard.All, 20)
	if err != nil || !b.Stale || line(b.Rows) != before {
		t.Errorf("without Redis: stale %t, %v, %s", b.Stale, err, line(b.Rows))
	}
	if _, err := w.boards.Around(t.Context(), november, leaderboard.All, ids[0], 5); !fault.Is(err, fault.Unavailable) || fault.As(err).Key != "leaderboard.down" {
		t.Errorf("around me without Redis: %v", err)
	}
	w.win(ids[0], 100)
	start()
	w.settles()
}

func TestRoom(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		w := newWorld(t, url)
		hub := live.New(live.Options{Now: time.Now, Failed: func(err error) { t.Error(err) }})
		w.boards = leaderboard.Open(leaderboard.Config{
			Journal: w.journal, Redis: w.redis, People: w.members, Hub: hub, Zone: w.zone, Now: w.clock.Now,
		})
		ids := w.crowd(30)
		for i, id := range ids {
			w.win(id, int64(1000-i))
		}
		w.draw()
		addr := serve(t, hub)
		conn, _, err := client.DefaultDialer.Dial(addr, http.Header{})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		ctx, stop := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { w.boards.Run(ctx) })
		defer running.Wait()
		defer stop()
		room := leaderboard.RoomName(leaderboard.RegionBoard("North: 1"), november)
		if err := conn.WriteJSON(map[string]string{"type": "join", "room": room}); err != nil {
			t.Fatal(err)
		}
		kind, b := readBoard(t, conn, room)
		if kind != "snapshot" || b.Total != 15 || len(b.Rows) != 15 || b.Rows[0].Who != member.Who("p000") {
			t.Fatalf("%s of %d: %s", kind, b.Total, line(b.Rows, ids...))
		}
		w.win("p028", 5000)
		kind, b = readBoard(t, conn, room)
		if kind != "push" || b.Rows[0].Who != member.Who("p028") || b.Rows[0].Points != 5972 {
			t.Errorf("%s: %s", kind, line(b.Rows, ids...))
		}
		w.members.Changed = w.boards.Doubt
		if _, err := w.members.SetDisplay(t.Context(), "p028", member.ModeFull); err != nil {
			t.Fatal(err)
		}
		kind, b = readBoard(t, conn, room)
		if kind != "push" || b.Rows[0].Name != "Person p028" {
			t.Errorf("%s: a new name reads %q", kind, b.Rows[0].Name)
		}
	})
}

func readBoard(t *testing.T, conn *client.Conn, room string) (kind string, b leaderboard.Board) {
	t.Helper()
	_ = conn.SetReadDeadline(time.Now().Add(time.Minute))
	var m struct {
		Type, Room string
		Data       json.RawMessage
	}
	if err := conn.ReadJSON(&m); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(m.Data, &b); err != nil || m.Room != room {
		t.Fatalf("%s %s: %v", m.Room, m.Data, err)
	}
	return m.Type, b
}

func serve(t *testing.T, hub *live.Hub) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	app := fiber.New(fiber.Config{DisableStartupMessage: true, Immutable: true})
	app.Get("/live", func(c *fiber.Ctx) error { return hub.Upgrade(c, nil, nil) })
	go func() { _ = app.Listener(l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := hub.Close(ctx); err != nil {
			t.Error(err)
		}
		_ = app.Shutdown()
	})
	return "ws://" + l.Addr().String() + "/live"
}

// A process may start while Redis is away, and be told by a sentinel that it knows of none.
func TestASentinelWithoutAMaster(t *testing.T) {
	w := newWorld(t, strings.Replace(testenv.RedisSentinelURL(t), "master_name=board", "master_name=other", 1))
	if w.redis.Away() == nil {
		t.Fatal("somebody answered")
	}
	if _, err := w.boards.Top(t.Context(), november, leaderboard.All, 10); !fault.Is(err, fault.Unavailable) {
		t.Errorf("got %v", err)
	}
}
