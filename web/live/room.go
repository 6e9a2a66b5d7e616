package live

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"sync"

	fasthttp "github.com/fasthttp/websocket"

	"firebrand/internal/fault"
)

// restAfterFailure is how many ticks a room waits before it asks again for a snapshot that failed: a second.
const restAfterFailure = 5

// room is one room that somebody watches or watched.
type room struct {
	name string
	kind Room

	mu       sync.Mutex
	watchers map[*client]struct{}
	dirty    bool // the state may be another one than now
	busy     bool // a snapshot is being taken
	gone     bool // forgotten by the hub; whoever still holds it asks the hub again
	rest     int  // ticks to wait after a failure
	empty    int  // ticks without a watcher
	n        uint64
	now      *state // nil before the first snapshot
}

// state is one state of a room, as it is handed to connections. It is never changed.
type state struct {
	room *room
	n    uint64
	data []byte
	// push is the whole message, framed once for all connections.
	push *fasthttp.PreparedMessage
}

// join lets c watch the room and hands it the state that is in memory; where there is none, or nobody kept it fresh, it
// waits for the next one. False means that the room was forgotten in between.
func (h *Hub) join(c *client, r *room) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.gone {
		return false
	}
	kept := len(r.watchers) > 0 || !r.dirty
	r.watchers[c] = struct{}{}
	if r.now != nil && kept {
		c.offer(r, r.now)
	}
	if r.now == nil && r.rest == 0 {
		h.drawIfDirty(r)
	}
	return true
}

// drawIfDirty begins to take a snapshot of a room that changed; r.mu is held.
func (h *Hub) drawIfDirty(r *room) {
	if !r.dirty || r.busy || h.ctx.Err() != nil {
		return
	}
	r.dirty, r.busy = false, true
	h.busy.Add(1)
	go func() {
		defer h.busy.Done()
		h.slots <- struct{}{}
		data, err := h.snapshot(r)
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
			r.unavailable(err)
			return
		}
		h.publish(r, data)
	}()
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
		r.offerWaiting()
		return
	}
	text := message(header{typePush, r.name, h.epoch, r.n + 1, h.Now().UnixMilli()}, data)
	push, err := fasthttp.NewPreparedMessage(fasthttp.TextMessage, text)
	if err != nil {
		h.failed(fmt.Errorf("live: room %s: %w", r.name, err))
		return
	}
	r.n++
	r.now = &state{room: r, n: r.n, data: data, push: push}
	for c := range r.watchers {
		c.offer(r, r.now)
	}
}

// unavailable keeps the last state after a failure; those who have none are told. r.mu is held.
func (r *room) unavailable(err error) {
	r.dirty, r.rest = true, restAfterFailure
	if r.now != nil {
		r.offerWaiting()
		return
	}
	for c := range r.watchers {
		if c.waits(r) {
			c.note(note{room: r.name, err: err})
		}
	}
}

func (r *room) offerWaiting() {
	for c := range r.watchers {
		if c.waits(r) {
			c.offer(r, r.now)
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
	for c := range r.watchers {
		c.left(r)
		c.note(note{room: r.name, err: err})
	}
	clear(r.watchers)
}

// failedUnlessDown reports what is a defect; a store that is down is heard of where it is asked.
func (h *Hub) failedUnlessDown(err error) {
	if fault.As(err) == nil {
		h.failed(err)
	}
}
