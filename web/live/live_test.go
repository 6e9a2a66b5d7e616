package live_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	client "github.com/fasthttp/websocket"
	"github.com/gofiber/fiber/v2"

	"firebrand/web/live"
)

// said is one message as a client reads it.
type said struct {
	Type  string          `json:"type"`
	Room  string          `json:"room"`
	Epoch string          `json:"epoch"`
	N     uint64          `json:"n"`
	At    int64           `json:"at"`
	Data  json.RawMessage `json:"data"`
	raw   string
}

// board is a room's content, set by the test.
type board struct {
	mu    sync.Mutex
	value any
	err   error
	panic bool
	asked int
}

func (b *board) set(value any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.value = value
}

func (b *board) snapshot(context.Context, string) (any, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked++
	if b.panic {
		panic("the room is on fire")
	}
	return b.value, b.err
}

func (b *board) calls() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.asked
}

// serve runs a hub behind a real server on a local port and returns the address of its socket.
func serve(t testing.TB, h *live.Hub) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return serveOn(t, h, l)
}

func serveOn(t testing.TB, h *live.Hub, l net.Listener) string {
	t.Helper()
	return serveWhile(t, h, l, nil)
}

// serveWhile serves people who may stay as long as still says so.
func serveWhile(t testing.TB, h *live.Hub, l net.Listener, still func() bool) string {
	t.Helper()
	return serveWith(t, h, l, still, live.KeepSockets)
}

func serveWith(t testing.TB, h *live.Hub, l net.Listener, still func() bool, prepare func(*fiber.App)) string {
	t.Helper()
	app := fiber.New(fiber.Config{DisableStartupMessage: true, Immutable: true, ReadBufferSize: 16 << 10}) // as the site has it
	prepare(app)
	app.Get("/live", func(c *fiber.Ctx) error { return h.Upgrade(c, c.Query("as"), still) })
	ended := make(chan error, 1)
	go func() { ended <- app.Listener(l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := h.Close(ctx); err != nil {
			t.Errorf("the hub did not close: %v", err)
		}
		if err := app.ShutdownWithTimeout(patience); err != nil {
			t.Errorf("the server did not end: %v", err)
		}
		<-ended
	})
	return "ws://" + l.Addr().String() + "/live"
}

func hub(failed func(error)) *live.Hub {
	return live.New(live.Options{Now: time.Now, Failed: failed})
}

func dial(t testing.TB, url string) *client.Conn {
	t.Helper()
	conn, _, err := client.DefaultDialer.Dial(url, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func ask(t testing.TB, conn *client.Conn, text string) {
	t.Helper()
	if err := conn.WriteMessage(client.TextMessage, []byte(text)); err != nil {
		t.Fatal(err)
	}
}

func join(t testing.TB, conn *client.Conn, room string) {
	t.Helper()
	ask(t, conn, fmt.Sprintf(`{"type":"join","room":%q}`, room))
}

// patience is how long a test waits for what must come, on a machine however busy.
const patience = time.Minute

// read reads the next message.
func read(t testing.TB, conn *client.Conn) said {
	t.Helper()
	m, err := tryRead(conn, patience)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func tryRead(conn *client.Conn, wait time.Duration) (said, error) {
	_ = conn.SetReadDeadline(time.Now().Add(wait))
	_, text, err := conn.ReadMessage()
	if err != nil {
		return said{}, err
	}
	m := said{raw: string(text)}
	return m, json.Unmarshal(text, &m)
}

// silent checks that nothing comes for a while; the connection cannot be read afterwards.
func silent(t *testing.T, conn *client.Conn, wait time.Duration) {
	t.Helper()
	if m, err := tryRead(conn, wait); err == nil {
		t.Errorf("got %s where nothing was due", m.raw)
	}
}
