package live

import "github.com/gofiber/websocket/v2"

// maxNotes bounds the answers that wait to be written; a client that lets more pile up is dropped.
const maxNotes = 32

// slot is a connection's place in one room: the newest state that is not written yet, and nothing older.
type slot struct {
	room    *room
	pending *state
	// sent is the n that was written last; zero before the first, which goes out as a snapshot.
	sent uint64
	// told says that the client knows that there is no state to be had now.
	told bool
}

// outbox is what waits to be written to one connection, beside the states in its places.
type outbox struct {
	notes  []note
	events [][]byte // frames
	ping   bool
	echo   *string // the data of the peer's last ping
}

// note is an answer to one client: a pong, or an error with the room it is about.
type note struct {
	pong bool
	room string
	err  error
}

// due reports whether the client must be put into the writers' queue; c.mu is held, and the caller puts it there.
func (c *client) due() bool {
	if c.queued || c.closed {
		return false
	}
	c.queued = true
	return true
}

// put adds to what waits to be written; false where add found no room for it.
func (c *client) put(add func(*outbox) bool) bool {
	c.mu.Lock()
	added := add(&c.outbox)
	due := added && c.due()
	c.mu.Unlock()
	if due {
		c.hub.writers.put(c)
	}
	return added
}

// note queues an answer.
func (c *client) note(n note) {
	room := c.put(func(o *outbox) bool {
		if len(o.notes) >= maxNotes {
			return false
		}
		o.notes = append(o.notes, n)
		return true
	})
	if !room {
		c.end(websocket.ClosePolicyViolation, "live.too_fast")
	}
}

// event queues something said once. A client that has not read what was said before is dropped: it comes back for a
// snapshot, and nobody waits for it.
func (c *client) event(frame []byte) {
	room := c.put(func(o *outbox) bool {
		if len(o.events) >= MaxEvents {
			return false
		}
		o.events = append(o.events, frame)
		return true
	})
	if room {
		c.hub.counts.events.Add(1)
		return
	}
	c.hub.counts.kicked.Add(1)
	c.end(websocket.CloseTryAgainLater, "live.slow")
}

// offer puts a state into a place, over whatever waits there; the room's lock is held, so states come in their order.
// True means that the caller must put the client into the writers' queue.
func (c *client) offer(s *slot, st *state) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s.pending != nil {
		c.hub.counts.skipped.Add(1)
	}
	s.pending = st
	return c.due()
}

// waits reports, once, whether the client has had nothing from the room yet; thereIs says that there is a state now.
func (c *client) waits(s *slot, thereIs bool) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s.sent > 0 || s.pending != nil || (s.told && !thereIs) {
		return false
	}
	s.told = true
	return true
}

// take empties the outbox and the places into out, as frames. A state that does not follow the one written before goes
// out as a snapshot: the server knows of the gap first. A connection that ended well gets its last word behind all that.
func (c *client) take(out [][]byte) (frames [][]byte, states int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return out, 0
	}
	if c.ended {
		c.closed = true
		if c.code == 0 {
			return out, 0
		}
	}
	if c.outbox.waits() {
		out = c.outbox.take(c.hub, out)
	}
	for _, s := range c.places {
		if st := s.pending; st != nil {
			frame := st.push
			if s.sent == 0 || st.n != s.sent+1 {
				frame = st.snapshot()
			}
			out = append(out, frame)
			s.pending, s.sent = nil, st.n
			states++
		}
	}
	if c.ended {
		out = append(out, goodbye(c.code, c.why))
	}
	return out, states
}

func (o *outbox) take(h *Hub, out [][]byte) [][]byte {
	if o.ping {
		out = append(out, framed(websocket.PingMessage, nil))
	}
	if o.echo != nil {
		out = append(out, framed(websocket.PongMessage, []byte(*o.echo)))
	}
	for _, n := range o.notes {
		out = append(out, framedText(h.answer(n)))
	}
	out = append(out, o.events...)
	*o = outbox{}
	return out
}

// answer is a note as a message.
func (h *Hub) answer(n note) []byte {
	head := header{Type: typePong, Epoch: h.epoch, At: h.Now().UnixMilli()}
	if n.pong {
		return message(head, nil)
	}
	head.Type, head.Room = typeError, n.room
	return message(head, problemOf(n.err))
}

// settled ends a writer's turn; true means that more has come to be written, so that the client is queued on.
func (c *client) settled() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	more := !c.closed && (c.ended || c.outbox.waits())
	for _, s := range c.places {
		more = more || s.pending != nil && !c.closed
	}
	c.queued = more
	if c.released != nil && !more {
		close(c.released)
	}
	return more
}

func (o *outbox) waits() bool { return len(o.notes)+len(o.events) > 0 || o.ping || o.echo != nil }
