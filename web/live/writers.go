package live

import (
	"runtime"
	"sync"
	"time"
)

const (
	// stalled is how often a queue that does not empty is looked at; a writer that got nowhere between two looks is stuck.
	stalled = 20 * time.Millisecond
	// onOwn is for how many turns a client that kept a writer waiting is written to by goroutines of its own.
	onOwn = 64
	// longQueue is how many looks a queue may take to empty before another writer helps.
	longQueue = 4
)

// writers write to connections that have something waiting, in the order in which it came to wait. There is one for all
// connections, and another where it would take long alone: a goroutine a connection would cost its stack and a wake-up a
// message, and two writers cost the kernel a tenth more a message than one. A socket takes what is written at once or,
// where the peer does not read, keeps the writer waiting: then another is started in its place, and that client is
// served apart for a while.
type writers struct {
	hub *Hub
	// usual is how many there are now where there is enough to do, most the bound of it.
	usual, most int

	mu      sync.Mutex
	queue   []*client
	head    int
	working map[*writer]struct{}
	watched bool
	pushes  int64 // states written, ever
}

// writer is one goroutine that writes.
type writer struct {
	with  *client
	turns int // begun, ever
	seen  int // turns, at the last look
	stuck bool
	wrote int // states, not yet counted among pushes
	buf   [][]byte
}

func newWriters(h *Hub) *writers {
	return &writers{hub: h, usual: 1, most: runtime.GOMAXPROCS(0), working: map[*writer]struct{}{}}
}

// put queues clients that are due.
func (w *writers) put(clients ...*client) {
	if len(clients) == 0 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range clients {
		if c.apart.Load() > 0 {
			c.apart.Add(-1)
			go w.serveApart(c, c.apart.Load() == 0)
			continue
		}
		w.queue = append(w.queue, c)
	}
	w.start()
}

func (w *writers) waiting() int { return len(w.queue) - w.head }

// start brings the writers to their usual number, or to what there is to do; w.mu is held.
func (w *writers) start() {
	for range min(w.usual-len(w.working), w.waiting()) {
		one := &writer{}
		w.working[one] = struct{}{}
		go w.run(one)
	}
	if !w.watched && len(w.working) > 0 {
		w.watched = true
		time.AfterFunc(stalled, w.look)
	}
}

// run writes until nothing waits, or until another writer has taken this one's place.
func (w *writers) run(one *writer) {
	for c := w.next(one); c != nil; c = w.next(one) {
		w.turn(one, c)
	}
}

// next is whom to write to; nil ends the writer.
func (w *writers) next(one *writer) *client {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pushes += int64(one.wrote)
	one.wrote = 0
	if one.stuck {
		return nil
	}
	if w.waiting() == 0 {
		delete(w.working, one)
		return nil
	}
	c := w.queue[w.head]
	w.queue[w.head] = nil
	w.head++
	switch {
	case w.head == len(w.queue):
		w.queue, w.head = w.queue[:0], 0
	case w.head >= 1024 && w.head > len(w.queue)/2:
		w.queue, w.head = append(w.queue[:0], w.queue[w.head:]...), 0
	}
	one.with = c
	one.turns++
	return c
}

// look finds the writers that are stuck and replaces them, as long as anything is written. What they are stuck with is
// given a deadline; nothing else is, since a deadline costs as much as all the rest.
func (w *writers) look() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.watched = false
	done := 0
	for one := range w.working {
		done += one.turns - one.seen
		if one.with != nil && one.turns == one.seen {
			one.stuck = true
			one.with.apart.Store(onOwn)
			_ = one.with.raw.SetWriteDeadline(w.hub.deadline(WriteWait))
			delete(w.working, one)
		}
		one.seen = one.turns
	}
	if w.waiting() > longQueue*done {
		w.usual = min(w.usual+1, w.most)
	} else {
		w.usual = max(1, w.usual-1)
	}
	w.start()
}

// turn writes what waits for one client now, and queues it again where more has come meanwhile.
func (w *writers) turn(one *writer, c *client) {
	w.write(one, c)
	if c.settled() {
		w.put(c)
	}
}

// serveApart is a turn of a client that kept a writer waiting; last ends that state.
func (w *writers) serveApart(c *client, last bool) {
	_ = c.raw.SetWriteDeadline(w.hub.deadline(WriteWait))
	one := &writer{}
	w.write(one, c)
	if last {
		_ = c.raw.SetWriteDeadline(time.Time{})
	}
	w.mu.Lock()
	w.pushes += int64(one.wrote)
	w.mu.Unlock()
	if c.settled() {
		w.put(c)
	}
}

// write writes one client's frames. A connection that fails, or a panic, ends it.
func (w *writers) write(one *writer, c *client) {
	done := false
	defer func() {
		if !done {
			c.end(0, "")
		}
	}()
	defer w.hub.caught("a writer")
	frames, states := c.take(one.buf[:0])
	for _, frame := range frames {
		if _, err := c.raw.Write(frame); err != nil {
			w.hub.counts.dropped.Add(1)
			return
		}
	}
	one.wrote += states
	one.buf = frames
	clear(frames)
	done = true
}
