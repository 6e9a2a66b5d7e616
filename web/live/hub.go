package live

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"
	"time"

	"github.com/gofiber/websocket/v2"

	"firebrand/internal/fault"
)

const (
	// drawing is how many rooms' snapshots are taken at once.
	drawing = 8
	// keepEmpty is for how many ticks a room that nobody watches is remembered: some ten minutes, for those who come back.
	keepEmpty = 3000
)

// Hub holds the rooms of this process and the connections that watch them. All of its methods are safe for concurrent
// use. Locks are taken in this order: hub, room, client.
type Hub struct {
	Options
	epoch string
	slots chan struct{} // one for each snapshot that is being taken
	stop  context.CancelFunc
	ctx   context.Context
	busy  sync.WaitGroup // the ticker, the snapshots and the connections

	mu      sync.Mutex
	kinds   []opened
	rooms   map[string]*room
	clients map[*client]struct{}
	// floor is at least the n of every room that was forgotten, so that n never runs back within an epoch.
	floor   uint64
	closing bool
}

type opened struct {
	pattern string
	room    Room
}

// New starts a hub; Close ends it.
func New(o Options) *Hub {
	ctx, stop := context.WithCancel(context.Background())
	h := &Hub{
		Options: o, epoch: rand.Text()[:12], slots: make(chan struct{}, drawing), ctx: ctx, stop: stop,
		rooms: map[string]*room{}, clients: map[*client]struct{}{},
	}
	h.busy.Add(1)
	go h.run()
	return h
}

// Open registers a kind of room under a pattern: a name, or a beginning followed by "*" ("board:*"). The first pattern
// that matches a name serves it. Rooms are opened before the first connection is served.
func (h *Hub) Open(pattern string, r Room) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.kinds = append(h.kinds, opened{pattern, r})
}

// Changed says that the room's state may be another one now; whoever watches it gets the new state within two ticks.
// It costs next to nothing, also for a room that nobody watches.
func (h *Hub) Changed(name string) {
	h.mu.Lock()
	r := h.rooms[name]
	h.mu.Unlock()
	if r != nil {
		r.mu.Lock()
		r.dirty = true
		r.mu.Unlock()
	}
}

// Watchers is how many connections of this process watch the room.
func (h *Hub) Watchers(name string) int {
	h.mu.Lock()
	r := h.rooms[name]
	h.mu.Unlock()
	if r == nil {
		return 0
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.watchers)
}

// Close closes every connection with code 1012 (the server restarts, come back) and waits until all of Serve's calls
// have ended. It returns ctx's error when that takes longer; new connections are refused from its beginning.
func (h *Hub) Close(ctx context.Context) error {
	h.mu.Lock()
	h.closing = true
	for c := range h.clients {
		c.end(websocket.CloseServiceRestart, "restart")
	}
	h.mu.Unlock()
	h.stop()
	done := make(chan struct{})
	go func() {
		defer close(done)
		h.busy.Wait()
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (h *Hub) run() {
	defer h.busy.Done()
	tick := time.NewTicker(Tick)
	defer tick.Stop()
	for {
		select {
		case <-h.ctx.Done():
			return
		case <-tick.C:
			h.tick()
		}
	}
}

// tick draws every room that changed and is watched, and forgets those that nobody came back to.
func (h *Hub) tick() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for name, r := range h.rooms {
		r.mu.Lock()
		switch {
		case len(r.watchers) > 0:
			r.empty = 0
			if r.rest > 0 {
				r.rest--
			} else {
				h.drawIfDirty(r)
			}
		case !r.busy:
			if r.empty++; r.empty > keepEmpty {
				h.drop(name, r)
			}
		}
		r.mu.Unlock()
	}
}

// drop forgets a room; h.mu and r.mu are held.
func (h *Hub) drop(name string, r *room) {
	r.gone = true
	h.floor = max(h.floor, r.n)
	if h.rooms[name] == r {
		delete(h.rooms, name)
	}
}

// admit counts a connection in; false while the hub closes.
func (h *Hub) admit(c *client) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closing {
		return false
	}
	h.busy.Add(1)
	h.clients[c] = struct{}{}
	return true
}

// forget takes a connection out of every room: from here on nothing is handed to it.
func (h *Hub) forget(c *client) {
	h.mu.Lock()
	delete(h.clients, c)
	h.mu.Unlock()
	for _, r := range c.leaveAll() {
		r.mu.Lock()
		delete(r.watchers, c)
		r.mu.Unlock()
	}
}

// room finds the room of this name, or makes it where its kind is open.
func (h *Hub) room(name string) (*room, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if r := h.rooms[name]; r != nil {
		return r, nil
	}
	for _, o := range h.kinds {
		if matches(o.pattern, name) {
			r := &room{name: name, kind: o.room, n: h.floor, watchers: map[*client]struct{}{}, dirty: true}
			h.rooms[name] = r
			return r, nil
		}
	}
	return nil, fault.New(fault.NotFound, "live.no_room")
}

func (h *Hub) failed(err error) {
	if h.Failed != nil && err != nil {
		h.Failed(err)
	}
}

// caught turns a panic of what into an error that Failed hears of; it stands in a defer.
func (h *Hub) caught(what string) {
	if p := recover(); p != nil {
		h.failed(fmt.Errorf("live: panic in %s: %v", what, p))
	}
}
