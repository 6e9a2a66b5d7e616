package live

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"firebrand/internal/fault"
)

// restAfterFailure is how long a room waits before it asks again for a snapshot that failed.
const restAfterFailure = time.Second

// room is one room that somebody watches or watched.
type room struct {
	name string
	kind Room

	mu       sync.Mutex
	watchers map[*client]*slot
	dirty    bool // the state may be another one than now
	busy     bool // a snapshot is being taken
	resting  bool // the last one was taken just now; a timer ends the rest
	gone     bool // forgotten by the hub; whoever still holds it asks the hub again
	age      time.Duration
	empty    time.Duration // without a watcher
	n        uint64
	now      *state // nil before the first snapshot
}

// state is one state of a room, as it is handed to connections. It is never changed.
type state struct {
	n    uint64
	data []byte
	// push is the whole message, framed once for all connections; whole is the same as a snapshot, once somebody needs it.
	push   []byte
	header header
	once   sync.Once
	whole  []byte
}

// snapshot is the state for those who come or who missed one.
func (s *state) snapshot() []byte {
	s.once.Do(func() {
		h := s.header
		h.Type = typeSnapshot
		s.whole = framedText(message(h, s.data))
	})
	return s.whole
}

// join lets c watch the room and hands it the state that is in memory; where there is none, or nobody kept it fresh, it
// waits for the next one. False means that the room was forgotten in between.
func (h *Hub) join(c *client, r *room, s *slot) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.gone {
		return false
	}
	kept := len(r.watchers) > 0 || !r.dirty
	r.watchers[c] = s
	if r.now != nil && kept && c.offer(s, r.now) {
		h.writers.put(c)
	}
	h.wake(r)
	return true
}

// wake begins to take a snapshot where one is due: the room changed, is watched, and has rested. r.mu is held.
func (h *Hub) wake(r *room) {
	if !r.dirty || r.busy || r.resting || len(r.watchers) == 0 || !h.hold() {
		return
	}
	r.dirty, r.busy, r.age = false, true, 0
	go func() {
		defer h.busy.Done()
		h.draw(r)
	}()
}

// draw takes a snapshot and hands it out.
func (h *Hub) draw(r *room) {
	h.slots <- struct{}{}
	begun := h.Now()
	data, err := h.snapshot(r)
	h.counts.drawn(h.Now().Sub(begun), err)
	<-h.slots
	if fault.Is(err, fault.NotFound) {
		h.shut(r, err)
		return
	}
	h.failedUnlessDown(err)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.busy = false
	if err != nil {
		h.unavailable(r, err)
		h.rest(r, restAfterFailure)
		return
	}
	h.publish(r, data)
	h.rest(r, r.kind.Tick)
}

// rest keeps the room from being drawn for a while; r.mu is held.
func (h *Hub) rest(r *room, d time.Duration) {
	r.resting = true
	time.AfterFunc(d, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.resting = false
		h.wake(r)
	})
}

// snapshot asks the room for its state and encodes it. A panic of the room is an error.
func (h *Hub) snapshot(r *room) (data []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("live: panic in the snapshot of %s: %v", r.name, p)
		}
	}()
	ctx, cancel := context.WithTimeout(h.ctx, SnapshotWait)
	defer cancel()
	value, err := r.kind.Snapshot(ctx, r.name)
	if err != nil {
		return nil, err
	}
	return json.Marshal(value)
}

// publish makes data the room's state and hands it to everyone who watches; r.mu is held. A state that is the same as
// before goes only to those who still wait for one.
func (h *Hub) publish(r *room, data []byte) {
	if r.now != nil && bytes.Equal(r.now.data, data) {
		h.offerWaiting(r)
		return
	}
	head := header{typePush, r.name, h.epoch, r.n + 1, h.Now().UnixMilli()}
	r.n++
	r.now = &state{n: r.n, data: data, push: framedText(message(head, data)), header: head}
	h.counts.states.Add(1)
	h.offerAll(r)
}

// offerAll hands the room's state to everyone. They are queued some hundred at a time, so that the first is written to
// before the last has been offered it. r.mu is held.
func (h *Hub) offerAll(r *room) {
	const batch = 256
	var due []*client
	for c, s := range r.watchers {
		if c.offer(s, r.now) {
			due = append(due, c)
		}
		if len(due) == batch {
			h.writers.put(due...)
			due = due[:0]
		}
	}
	h.writers.put(due...)
}

// unavailable keeps the last state after a failure; those who have none are told. r.mu is held.
func (h *Hub) unavailable(r *room, err error) {
	r.dirty = true
	if r.now != nil {
		h.offerWaiting(r)
		return
	}
	for c, s := range r.watchers {
		if c.waits(s, false) {
			c.note(note{room: r.name, err: err})
		}
	}
}

func (h *Hub) offerWaiting(r *room) {
	for c, s := range r.watchers {
		if c.waits(s, true) && c.offer(s, r.now) {
			h.writers.put(c)
		}
	}
}

// shut closes a room that does not exist: everyone in it is told and put out.
func (h *Hub) shut(r *room, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	h.drop(r.name, r)
	for c, s := range r.watchers {
		c.left(s)
		c.note(note{room: r.name, err: err})
	}
	clear(r.watchers)
}

// remove takes a client's place out of the room, but not another place that it took meanwhile.
func (r *room) remove(c *client, s *slot) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.watchers[c] == s {
		delete(r.watchers, c)
	}
}

// failedUnlessDown reports what is a defect; a store that is down is heard of where it is asked.
func (h *Hub) failedUnlessDown(err error) {
	if fault.As(err) == nil {
		h.failed(err)
	}
}
