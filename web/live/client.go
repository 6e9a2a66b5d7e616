package live

import (
	"sync"
	"time"

	"github.com/gofiber/websocket/v2"

	"firebrand/internal/fault"
)

// linger is how long a connection that is being closed may take to take notice.
const linger = time.Second

// client is one connection. Its reader is the goroutine of Serve, its writer the only other one that touches conn.
type client struct {
	hub      *Hub
	conn     *websocket.Conn
	identity any
	still    func() bool
	rate     bucket        // the reader's
	wake     chan struct{} // holds one: there is something to write
	done     chan struct{} // closed by end

	mu    sync.Mutex
	rooms map[*room]*slot
	notes []note
	ended bool
	code  int // how to close; zero where the peer is gone
	why   string
}

// Serve reads and writes the connection until either side closes it. It is the handler of a WebSocket route: identity
// is whoever is signed in, and the caller has checked the Origin (SameOrigin) before the upgrade. Still is asked every
// PingEvery whether they may stay, since a sign-out or a dismissal does not end a socket by itself; nil asks nothing.
//
// It returns only when its writer has ended and no room knows the connection any more, because the server pools
// connections: a write after the return could reach another client. Panics end this connection alone.
func (h *Hub) Serve(conn *websocket.Conn, identity any, still func() bool) {
	c := &client{
		hub: h, conn: conn, identity: identity, still: still, rooms: map[*room]*slot{},
		wake: make(chan struct{}, 1), done: make(chan struct{}),
	}
	if !h.admit(c) {
		c.sendClose(websocket.CloseServiceRestart, "restart")
		return
	}
	defer h.busy.Done()
	written := make(chan struct{})
	go func() {
		defer close(written)
		defer c.end(0, "")
		defer h.caught("a writer")
		c.write()
	}()
	func() {
		defer h.caught("a reader")
		c.read()
	}()
	c.end(0, "")
	h.forget(c)
	<-written
}

// end begins to close the connection with a code, or without a word where code is zero; only the first call counts.
// The reader is given a moment to see the peer's answer: closing conn would not wake it, because the server closes a
// connection only after its handler returned.
func (c *client) end(code int, why string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return
	}
	c.ended, c.code, c.why = true, code, why
	close(c.done)
	wait := linger
	if code == 0 {
		wait = 0
	}
	_ = c.conn.SetReadDeadline(c.hub.Now().Add(wait))
}

// read handles what the client sends until the connection ends. What comes after end is read and dropped, so that the
// close message is not lost to a reset.
func (c *client) read() {
	c.conn.SetReadLimit(MaxMessage)
	c.conn.SetPongHandler(func(string) error { c.alive(); return nil })
	reply := c.conn.PingHandler()
	c.conn.SetPingHandler(func(data string) error {
		if !c.counted() {
			return nil
		}
		return reply(data)
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
	_ = c.conn.SetReadDeadline(c.hub.Now().Add(DeadAfter))
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

func (c *client) handle(text []byte) {
	req, err := parse(text)
	switch {
	case err != nil:
	case req.Type == "ping":
		c.note(note{pong: true})
	case req.Type == "leave":
		c.leave(req.Room)
	default:
		err = c.join(req.Room)
	}
	if err != nil {
		c.hub.failedUnlessDown(err)
		c.note(note{room: req.Room, err: err})
	}
}

// join enters a room, or asks for its snapshot again where the client is in it.
func (c *client) join(name string) error {
	if c.hub.Authorise != nil {
		if err := c.hub.Authorise(c.identity, name); err != nil {
			return err
		}
	}
	for {
		r, err := c.hub.room(name)
		if err != nil {
			return err
		}
		if err := c.enter(r); err != nil {
			return err
		}
		if c.hub.join(c, r) {
			return nil
		}
		c.left(r)
	}
}

// enter makes a place for the room's states; the next one goes out as a snapshot.
func (c *client) enter(r *room) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.rooms[r]; s != nil {
		*s = slot{}
		return nil
	}
	if len(c.rooms) >= MaxRooms {
		return fault.New(fault.TooMany, "live.too_many_rooms", "max", MaxRooms)
	}
	c.rooms[r] = &slot{}
	return nil
}

func (c *client) leave(name string) {
	c.mu.Lock()
	var found *room
	for r := range c.rooms {
		if r.name == name {
			found = r
		}
	}
	delete(c.rooms, found)
	c.mu.Unlock()
	if found != nil {
		found.mu.Lock()
		delete(found.watchers, c)
		found.mu.Unlock()
	}
}

// left takes the room's place away where the room itself put the client out.
func (c *client) left(r *room) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.rooms, r)
}

// leaveAll takes all places away and says which rooms still hold the client.
func (c *client) leaveAll() []*room {
	c.mu.Lock()
	defer c.mu.Unlock()
	var rooms []*room
	for r := range c.rooms {
		rooms = append(rooms, r)
	}
	clear(c.rooms)
	return rooms
}
