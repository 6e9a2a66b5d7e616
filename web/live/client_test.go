package live_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	client "github.com/fasthttp/websocket"
	"github.com/gofiber/fiber/v2"

	"firebrand/internal/testenv"
	"firebrand/web/live"
)

// tightListener gives its connections small buffers, so that a client that does not read is felt at once.
type tightListener struct{ net.Listener }

func (l tightListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetWriteBuffer(4096)
	}
	return conn, err
}

func tight(t *testing.T, h *live.Hub) (url string, d *client.Dialer) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return serveOn(t, h, tightListener{l}), &client.Dialer{NetDial: func(network, addr string) (net.Conn, error) {
		conn, err := net.Dial(network, addr)
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetReadBuffer(4096)
		}
		return conn, err
	}}
}

func TestSlowClient(t *testing.T) {
	t.Parallel()
	inTime(t, slowAndQuick)
}

// inTime repeats a story that says whether it was told well within the write deadline, behind which a client that does
// not read is dropped: on a busy machine that takes a few times, and where one waits for another it never is.
func inTime(t *testing.T, story func(*testing.T) bool) {
	t.Helper()
	for range 10 {
		if story(t) {
			return
		}
	}
	t.Error("one client waits for another, every time")
}

func slowAndQuick(t *testing.T) bool {
	t.Helper()
	h, b := hub(nil), &board{}
	h.Open("board:*", live.Room{Snapshot: b.snapshot})
	url, dialer := tight(t, h)
	state := func(i int) string { return fmt.Sprintf("%04d", i) + strings.Repeat("x", 200_000) }
	b.set(state(0))
	slow, _, err := dialer.Dial(url, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	quick := dial(t, url)
	join(t, slow, "board:all")
	join(t, quick, "board:all")
	read(t, quick)
	var newest said
	begun := time.Now()
	for i := 1; i <= 4; i++ {
		b.set(state(i))
		h.Changed("board:all")
		newest = read(t, quick)
		if !strings.HasPrefix(string(newest.Data), `"`+fmt.Sprintf("%04d", i)) {
			t.Fatalf("the quick one got %.20s at state %d", newest.Data, i)
		}
	}
	// From here on it reads as fast as it can: through a buffer that small the rest alone would take some seconds.
	if err := slow.NetConn().(*net.TCPConn).SetReadBuffer(1 << 20); err != nil {
		t.Fatal(err)
	}
	var got []uint64
	for {
		m, err := tryRead(slow, patience)
		if err != nil && time.Since(begun) > live.WriteWait/2 {
			return false
		}
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, m.N)
		if len(got) > 1 && m.N > got[len(got)-2]+1 && m.Type != "snapshot" {
			t.Errorf("n jumps to %d in a %s", m.N, m.Type)
		}
		if m.N == newest.N {
			if string(m.Data) != string(newest.Data) {
				t.Error("the newest state is another one")
			}
			break
		}
	}
	if len(got) > 3 {
		t.Errorf("the slow one got %v instead of skipping to the newest", got)
	}
	t.Logf("the slow one read states %v of %d", got, newest.N)
	return true
}

func TestStoppedClient(t *testing.T) {
	t.Parallel()
	h, b := hub(nil), &board{value: strings.Repeat("x", 4_000_000)}
	h.Open("board:*", live.Room{Snapshot: b.snapshot})
	url, dialer := tight(t, h)
	conn, _, err := dialer.Dial(url, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	join(t, conn, "board:all")
	testenv.Eventually(t, "it watches", func() bool { return h.Watchers("board:all") == 1 })
	testenv.Eventually(t, "a client that reads nothing is dropped", func() bool { return h.Watchers("board:all") == 0 })
}

func TestClientBounds(t *testing.T) {
	t.Parallel()
	h, b := hub(nil), &board{value: 1}
	h.Open("board:*", live.Room{Snapshot: b.snapshot})
	url := serve(t, h)
	t.Run("a ping is answered with the server's time", func(t *testing.T) {
		conn := dial(t, url)
		ask(t, conn, `{"type":"ping"}`)
		if m := read(t, conn); m.Type != "pong" || time.Since(time.UnixMilli(m.At)) > patience {
			t.Errorf("got %s", m.raw)
		}
	})
	t.Run("what is no request is told so, and the connection lives on", func(t *testing.T) {
		conn := dial(t, url)
		for _, text := range []string{"", "{", "[]", `{"type":"shout"}`, `{"type":"join"}`, `{"type":"join","room":7}`} {
			ask(t, conn, text)
			if m := read(t, conn); m.Type != "error" || !strings.Contains(string(m.Data), "live.request") {
				t.Errorf("%s: %s", text, m.raw)
			}
		}
		join(t, conn, "board:all")
		read(t, conn)
	})
	t.Run("a flood is closed with 1008", func(t *testing.T) {
		conn := dial(t, url)
		for range 200 {
			if conn.WriteMessage(client.TextMessage, []byte(`{"type":"ping"}`)) != nil {
				break
			}
		}
		closedWith(t, conn, client.ClosePolicyViolation)
	})
	t.Run("a flood of protocol pings is closed too", func(t *testing.T) {
		conn := dial(t, url)
		for range 200 {
			if conn.WriteControl(client.PingMessage, nil, time.Now().Add(patience)) != nil {
				break
			}
		}
		closedWith(t, conn, client.ClosePolicyViolation)
	})
	t.Run("a message above a kilobyte is closed", func(t *testing.T) {
		conn := dial(t, url)
		join(t, conn, strings.Repeat("r", live.MaxMessage))
		closedWith(t, conn, client.CloseMessageTooBig)
	})
}

// closedWith reads until the server closes the connection, with this code.
func closedWith(t *testing.T, conn *client.Conn, code int) {
	t.Helper()
	for {
		if _, err := tryRead(conn, patience); err != nil {
			var closed *client.CloseError
			if !errors.As(err, &closed) || closed.Code != code {
				t.Errorf("ended with %v, want code %d", err, code)
			}
			return
		}
	}
}

// A server pools connections: whatever is written after a handler returned can reach whoever connected next. Each
// connection here watches a room of its own that changes all the time, and ends in the middle of it.
func TestNothingReachesTheNextConnection(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(*fiber.App){
		"by a server that keeps sockets for itself": func(*fiber.App) {}, "by a server that hands them over": live.KeepSockets,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			comeAndGo(t, prepare)
		})
	}
}

func comeAndGo(t *testing.T, prepare func(*fiber.App)) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := hub(nil)
	h.Person = func(identity any) string { return identity.(string) }
	h.Open("room:*", live.Room{Snapshot: func(_ context.Context, name string) (any, error) {
		return fmt.Sprint(name, strings.Repeat("-", 5000), time.Now().UnixNano()), nil
	}})
	url := serveWith(t, h, l, nil, prepare)
	for i := range 400 {
		name := fmt.Sprintf("room:%03d", i)
		conn := dial(t, url+"?as="+name)
		join(t, conn, name)
		for n := range 1 + i%2 {
			m, err := tryRead(conn, patience)
			if err != nil {
				t.Fatal(err)
			}
			if m.Room != name || !strings.HasPrefix(string(m.Data), `"`+name) {
				t.Fatalf("%s got a message of %s", name, m.Room)
			}
			if n == 0 {
				h.Changed(name)
				join(t, conn, name)
			}
		}
		go h.Tell(name, "too late")
		_ = conn.NetConn().Close()
	}
}

func TestClose(t *testing.T) {
	t.Parallel()
	h, b := hub(nil), &board{value: 1}
	h.Open("board:*", live.Room{Snapshot: b.snapshot})
	url := serve(t, h)
	var conns []*client.Conn
	for range 20 {
		conn := dial(t, url)
		join(t, conn, "board:all")
		read(t, conn)
		conns = append(conns, conn)
	}
	closed := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		closed <- h.Close(ctx)
	}()
	for _, conn := range conns {
		closedWith(t, conn, client.CloseServiceRestart)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if n := h.Watchers("board:all"); n != 0 {
		t.Errorf("%d watchers after the end", n)
	}
	t.Run("who comes afterwards is sent away", func(t *testing.T) {
		closedWith(t, dial(t, url), client.CloseServiceRestart)
	})
}

func TestSignedOut(t *testing.T) {
	t.Cleanup(live.PingAfter(50 * time.Millisecond))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := hub(nil)
	h.Open("a", live.Room{Snapshot: func(context.Context, string) (any, error) { return "state", nil }})
	var out atomic.Bool
	conn := dial(t, serveWhile(t, h, l, func() bool { return !out.Load() }))
	join(t, conn, "a")
	if m := read(t, conn); m.Type != "snapshot" {
		t.Fatal(m.raw)
	}
	time.Sleep(200 * time.Millisecond) // some pings, at each of which it may stay
	if h.Watchers("a") != 1 {
		t.Fatal("who is signed in was put out")
	}
	out.Store(true)
	var closed *client.CloseError
	if _, err := tryRead(conn, patience); !errors.As(err, &closed) || closed.Text != "signed_out" {
		t.Fatalf("who is signed out is told %v", err)
	}
	testenv.Eventually(t, "the room is left", func() bool { return h.Watchers("a") == 0 })
}
