package live

import (
	"time"

	"github.com/gofiber/websocket/v2"
)

// maxNotes bounds the answers that wait to be written; a client that lets more pile up is dropped.
const maxNotes = 32

// pingEvery is PingEvery but for tests, which cannot wait so long.
var pingEvery = PingEvery

// slot is a connection's place for one room: the newest state that is not written yet, and nothing older.
type slot struct {
	pending *state
	// sent is the n that was written last; zero before the first, which goes out as a snapshot.
	sent uint64
	// told says that the client knows that there is no state to be had now.
	told bool
}

// note is an answer to one client: a pong, or an error with the room it is about.
type note struct {
	pong bool
	room string
	err  error
}

// offer puts a state into the room's place, over whatever waits there; r.mu is held, so states come in their order.
func (c *client) offer(r *room, st *state) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.rooms[r]; s != nil {
		s.pending = st
		c.signal()
	}
}

// waits reports, once, whether the client has had nothing from the room yet.
func (c *client) waits(r *room) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.rooms[r]
	if s == nil || s.sent > 0 || s.pending != nil || (s.told && r.now == nil) {
		return false
	}
	s.told = true
	return true
}

// note queues an answer.
func (c *client) note(n note) {
	c.mu.Lock()
	full := len(c.notes) >= maxNotes
	if !full {
		c.notes = append(c.notes, n)
		c.signal()
	}
	c.mu.Unlock()
	if full {
		c.end(websocket.ClosePolicyViolation, "live.too_fast")
	}
}

func (c *client) signal() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// outgoing is one message on its way.
type outgoing struct {
	note     note
	state    *state
	snapshot bool
}

// take empties the places. A state that does not follow the one written before goes out as a snapshot: the server knows
// of the gap first.
func (c *client) take() []outgoing {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []outgoing
	for _, n := range c.notes {
		out = append(out, outgoing{note: n})
	}
	c.notes = nil
	for _, s := range c.rooms {
		if st := s.pending; st != nil {
			out = append(out, outgoing{state: st, snapshot: s.sent == 0 || st.n != s.sent+1})
			s.pending, s.sent = nil, st.n
		}
	}
	return out
}

// write sends what waits until the connection ends.
func (c *client) write() {
	ping := time.NewTicker(pingEvery)
	defer ping.Stop()
	for {
		var err error
		select {
		case <-c.done:
			c.mu.Lock()
			code, why := c.code, c.why
			c.mu.Unlock()
			if code != 0 {
				c.sendClose(code, why)
			}
			return
		case <-ping.C:
			if c.still != nil && !c.still() {
				c.end(websocket.ClosePolicyViolation, "signed_out")
				continue
			}
			err = c.conn.WriteControl(websocket.PingMessage, nil, c.hub.Now().Add(WriteWait))
		case <-c.wake:
			for _, out := range c.take() {
				if err = c.send(out); err != nil {
					break
				}
			}
		}
		if err != nil {
			c.end(0, "")
			return
		}
	}
}

func (c *client) send(out outgoing) error {
	now := c.hub.Now()
	if err := c.conn.SetWriteDeadline(now.Add(WriteWait)); err != nil {
		return err
	}
	h := header{Epoch: c.hub.epoch, At: now.UnixMilli()}
	switch {
	case out.state != nil && !out.snapshot:
		return c.conn.WritePreparedMessage(out.state.push)
	case out.state != nil:
		h.Type, h.Room, h.N = typeSnapshot, out.state.room.name, out.state.n
		return c.conn.WriteMessage(websocket.TextMessage, message(h, out.state.data))
	case out.note.pong:
		h.Type = typePong
		return c.conn.WriteMessage(websocket.TextMessage, message(h, nil))
	default:
		h.Type, h.Room = typeError, out.note.room
		return c.conn.WriteMessage(websocket.TextMessage, message(h, problemOf(out.note.err)))
	}
}

// sendClose says goodbye; a peer that is gone already does not matter.
func (c *client) sendClose(code int, why string) {
	_ = c.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, why), c.hub.Now().Add(linger))
}
