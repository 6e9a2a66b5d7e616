package live

import (
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"time"

	engine "github.com/fasthttp/websocket"
	"github.com/gofiber/websocket/v2"
)

// linger is how long a connection that is being closed may take to take notice.
const linger = time.Second

// pingEvery is PingEvery but for tests, which cannot wait so long.
var pingEvery = PingEvery

// client is one connection. Its reader is the goroutine of serve; whoever of the hub's writers takes it from their queue
// is the only other one that touches conn, one at a time.
type client struct {
	hub      *Hub
	conn     *engine.Conn
	raw      net.Conn // conn's, written to by writers without conn
	identity any
	person   string
	still    func() bool
	rate     bucket // the reader's
	pinging  *time.Timer

	mu     sync.Mutex
	outbox outbox
	places []*slot // one a room
	// rechecked counts how often the rooms were authorised anew, so that a join that was decided before is decided again.
	rechecked int
	queued    bool         // waits for a writer, or is with one
	apart     atomic.Int32 // turns that are left to be written to apart from the writers' queue
	ended     bool
	code      int // how to close; zero where the peer is gone
	why       string
	closed    bool          // nothing is written any more
	released  chan struct{} // closed by the writer that lets go of a closed connection; nil where nobody waits for it
}

// serve reads the connection until either side closes it. When it returns no writer has the connection and no room
// knows it. Panics end this connection alone.
func (h *Hub) serve(conn *engine.Conn, raw net.Conn, identity any, still func() bool) {
	c := &client{hub: h, conn: conn, raw: raw, identity: identity, still: still}
	if h.Person != nil {
		c.person = h.Person(identity)
	}
	if !h.admit(c) {
		_ = raw.SetWriteDeadline(h.deadline(linger))
		_, _ = raw.Write(goodbye(websocket.CloseServiceRestart, "restart")) // a peer that is gone does not matter
		return
	}
	defer h.busy.Done()
	c.schedulePing()
	func() {
		defer h.caught("a reader")
		c.read()
	}()
	c.end(0, "")
	h.forget(c)
	c.release()
}

// release waits until no writer has the connection: the server may hand its socket to another client afterwards.
func (c *client) release() {
	c.mu.Lock()
	c.pinging.Stop()
	c.closed = true
	if c.queued {
		c.released = make(chan struct{})
	}
	wait := c.released
	c.mu.Unlock()
	if wait != nil {
		_ = c.raw.SetWriteDeadline(c.hub.deadline(0)) // a write that is stuck has nobody to reach
		<-wait
	}
}

// end begins to close the connection with a code, or without a word where code is zero; only the first call counts.
// The reader is given a moment to see the peer's answer: it alone closes the connection.
func (c *client) end(code int, why string) {
	c.mu.Lock()
	first := !c.ended
	if first {
		c.ended, c.code, c.why = true, code, why
	}
	put := first && c.due()
	if first {
		wait := linger
		if code == 0 {
			wait = 0
		}
		_ = c.conn.SetReadDeadline(c.hub.deadline(wait))
	}
	c.mu.Unlock()
	if put {
		c.hub.writers.put(c)
	}
}

// read handles what the client sends until the connection ends. What comes after end is read and dropped, so that the
// close message is not lost to a reset.
func (c *client) read() {
	c.conn.SetReadLimit(MaxMessage)
	c.conn.SetPongHandler(func(string) error { c.alive(); return nil })
	c.conn.SetPingHandler(func(data string) error {
		if c.counted() {
			c.put(func(o *outbox) bool { o.echo = &data; return true })
		}
		return nil
	})
	c.conn.SetCloseHandler(func(code int, _ string) error {
		c.end(max(code, websocket.CloseNormalClosure), "") // answered in turn, as all that is written
		return nil
	})
	for c.alive() {
		_, text, err := c.conn.ReadMessage()
		if err != nil {
			return
		}
		if c.counted() {
			c.handle(text)
		}
	}
	for {
		if _, _, err := c.conn.ReadMessage(); err != nil {
			return
		}
	}
}

// alive notes a sign of life; false once the connection is being closed.
func (c *client) alive() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return false
	}
	_ = c.conn.SetReadDeadline(c.hub.deadline(DeadAfter))
	return true
}

// counted counts a message and closes the connection of a client that sends too many.
func (c *client) counted() bool {
	if c.rate.take(c.hub.Now()) {
		return true
	}
	c.end(websocket.ClosePolicyViolation, "live.too_fast")
	return false
}

// schedulePing lets the next sign of life be asked for after PingEvery or a little earlier, so that those who came
// together are not asked together.
func (c *client) schedulePing() {
	wait := c.hub.pingEvery - rand.N(c.hub.pingEvery/4)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pinging == nil {
		c.pinging = time.AfterFunc(wait, c.ping)
	} else if !c.closed {
		c.pinging.Reset(wait)
	}
}

// ping asks whether the client may stay where it is, and the peer for a sign of life.
func (c *client) ping() {
	if !c.hub.hold() {
		return
	}
	defer c.hub.busy.Done()
	defer c.hub.caught("a ping")
	if c.recheck() {
		c.put(func(o *outbox) bool { o.ping = true; return true })
		c.schedulePing()
	}
}
