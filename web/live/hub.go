package live

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofiber/websocket/v2"

	"firebrand/internal/fault"
)

const (
	// beat is how often the hub looks after its rooms, and how exactly it knows how late it is.
	beat = 200 * time.Millisecond
	// drawing is how many rooms' snapshots are taken at once.
	drawing = 8
	// keepEmpty is for how long a room that nobody watches is remembered, for those who come back.
	keepEmpty = 10 * time.Minute
)

// Hub holds the rooms of this process and the connections that watch them. All of its methods are safe for concurrent
// use. Locks are taken in this order: hub, room, client, writers.
type Hub struct {
	Options
	epoch     string
	pingEvery time.Duration
	writers   *writers
	others    others
	counts    counts
	slots     chan struct{} // one for each snapshot that is being taken
	stop      context.CancelFunc
	ctx       context.Context
	busy      sync.WaitGroup // the beat, the snapshots, the writers and the connections
	// late is the clock of deadlines: the beat's, because Now may be set by hand and sockets know only the machine's.
	late atomic.Pointer[time.Time]

	mu      sync.Mutex
	kinds   []opened
	rooms   map[string]*room
	clients map[*client]struct{}
	persons map[string]map[*client]struct{}
	// floor is at least the n of every room that was forgotten, so that n never runs back within an epoch.
	floor uint64

	gate   sync.Mutex // of busy and closed; taken last, whatever else is held
	closed bool
}

type opened struct {
	pattern string
	room    Room
}

// New starts a hub; Close ends it.
func New(o Options) *Hub {
	ctx, stop := context.WithCancel(context.Background())
	h := &Hub{
		Options: o, epoch: rand.Text()[:12], pingEvery: pingEvery, slots: make(chan struct{}, drawing), ctx: ctx, stop: stop,
		rooms: map[string]*room{}, clients: map[*client]struct{}{}, persons: map[string]map[*client]struct{}{},
	}
	h.writers = newWriters(h)
	first := <-time.After(0)
	h.late.Store(&first)
	h.listen()
	h.busy.Add(1)
	go h.run()
	return h
}

// Open registers a kind of room under a pattern: a name, or a beginning followed by "*" ("board:*"). The first pattern
// that matches a name serves it. Rooms are opened before the first connection is served.
func (h *Hub) Open(pattern string, r Room) {
	if r.Tick <= 0 {
		r.Tick = Tick
	}
	if r.Refresh <= 0 {
		r.Refresh = Refresh
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.kinds = append(h.kinds, opened{pattern, r})
}

// Changed says that the room's state may be another one now; whoever watches it, in any process, gets the new state at
// once, or within the kind's Tick where the last one is not that old. It costs next to nothing, also for a room that
// nobody watches.
func (h *Hub) Changed(name string) {
	h.changedHere(name)
	h.Notices.Tell(topicChanged, name)
}

func (h *Hub) changedHere(name string) {
	h.mu.Lock()
	r := h.rooms[name]
	h.mu.Unlock()
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.dirty = true
	h.wake(r)
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

// Close closes every connection with code 1012 (the server restarts, come back), once what waits for it is written, and
// waits until all have ended. It returns ctx's error when that takes longer; new connections are refused from its
// beginning.
func (h *Hub) Close(ctx context.Context) error {
	h.shutGate()
	for _, c := range h.everyone() {
		c.end(websocket.CloseServiceRestart, "restart")
	}
	h.others.stop()
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

// shutGate lets nothing in any more.
func (h *Hub) shutGate() {
	h.mu.Lock() // whoever is admitted is among the connections before the gate shuts
	defer h.mu.Unlock()
	h.gate.Lock()
	defer h.gate.Unlock()
	h.closed = true
}

func (h *Hub) run() {
	defer h.busy.Done()
	tick := time.NewTicker(beat)
	defer tick.Stop()
	for {
		select {
		case <-h.ctx.Done():
			return
		case now := <-tick.C:
			h.late.Store(&now)
			h.lookAfter()
			h.others.beat()
		}
	}
}

// deadline is wait from now by the machine's clock; it may be a beat early.
func (h *Hub) deadline(wait time.Duration) time.Time { return h.late.Load().Add(wait) }

// lookAfter asks rooms again that nobody told of for long, and forgets those that nobody came back to.
func (h *Hub) lookAfter() {
	for _, r := range h.all() {
		r.mu.Lock()
		if r.age += beat; r.age >= r.kind.Refresh {
			r.age, r.dirty = 0, true
		}
		if len(r.watchers) > 0 {
			r.empty = 0
			h.wake(r)
		} else {
			r.empty += beat
		}
		forgotten := r.empty > keepEmpty
		r.mu.Unlock()
		if forgotten {
			h.forgetRoom(r)
		}
	}
}

func (h *Hub) all() []*room {
	h.mu.Lock()
	defer h.mu.Unlock()
	rooms := make([]*room, 0, len(h.rooms))
	for _, r := range h.rooms {
		rooms = append(rooms, r)
	}
	return rooms
}

// forgetRoom drops a room unless somebody came meanwhile.
func (h *Hub) forgetRoom(r *room) {
	h.mu.Lock()
	defer h.mu.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.watchers) == 0 && !r.busy {
		h.drop(r.name, r)
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

// hold counts in work that Close waits for; false while the hub closes.
func (h *Hub) hold() bool {
	h.gate.Lock()
	defer h.gate.Unlock()
	if h.closed {
		return false
	}
	h.busy.Add(1)
	return true
}

// admit takes a connection in; false while the hub closes.
func (h *Hub) admit(c *client) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.hold() {
		return false
	}
	h.clients[c] = struct{}{}
	if c.person != "" {
		if h.persons[c.person] == nil {
			h.persons[c.person] = map[*client]struct{}{}
		}
		h.persons[c.person][c] = struct{}{}
	}
	return true
}

// forget takes a connection out of every room: from here on nothing is handed to it.
func (h *Hub) forget(c *client) {
	h.mu.Lock()
	delete(h.clients, c)
	if own := h.persons[c.person]; own != nil {
		delete(own, c)
		if len(own) == 0 {
			delete(h.persons, c.person)
		}
	}
	h.mu.Unlock()
	for _, s := range c.leaveAll() {
		s.room.remove(c, s)
	}
}

// room finds the room of this name, or makes it where its kind is open.
func (h *Hub) room(name string) (*room, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if r := h.rooms[name]; r != nil {
		return r, nil
	}
	kind, err := h.kind(name)
	if err != nil {
		return nil, err
	}
	r := &room{name: name, kind: kind, n: h.floor, watchers: map[*client]*slot{}, dirty: true}
	h.rooms[name] = r
	return r, nil
}

// kind finds what a room of this name is; h.mu is held.
func (h *Hub) kind(name string) (Room, error) {
	for _, o := range h.kinds {
		if matches(o.pattern, name) {
			return o.room, nil
		}
	}
	return Room{}, fault.New(fault.NotFound, "live.no_room")
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
