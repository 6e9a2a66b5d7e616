package live

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"time"
)

// Topics of the notices between hubs.
const (
	topicChanged  = "live.changed"
	topicEvent    = "live.event"
	topicRecheck  = "live.recheck"
	topicWatching = "live.watching"
)

const (
	// countsEvery is how often a hub tells how many watch its rooms, countsKept how long the others believe it.
	countsEvery = 5 * time.Second
	countsKept  = 16 * time.Second
	// countsMost bounds the rooms that are told of: those with the most watchers.
	countsMost = 200
)

// others is what a hub knows of the hubs in other processes. Its clock is the hub's beat.
type others struct {
	hub  *Hub
	deaf []func()

	mu    sync.Mutex
	since time.Duration // the counts were told
	heard map[string]*counted
}

// counted are the watchers of another process.
type counted struct {
	Epoch string         `json:"epoch"`
	Rooms map[string]int `json:"rooms,omitempty"`
	age   time.Duration
}

// listen hears the other hubs, if there are any. What was missed is made up for: every room is asked again and every
// connection is checked again.
func (h *Hub) listen() {
	h.others.hub, h.others.heard = h, map[string]*counted{}
	if h.Notices == nil {
		return
	}
	h.others.deaf = []func(){
		h.Notices.Listen(topicChanged, h.changedHere, h.changedAll),
		h.Notices.Listen(topicEvent, h.heardEvent, nil),
		h.Notices.Listen(topicRecheck, func(person string) { h.recheckHere(h.connections(person)) }, func() {
			h.recheckHere(h.everyone())
		}),
		h.Notices.Listen(topicWatching, h.others.heardCounts, nil),
	}
}

func (o *others) stop() {
	for _, stop := range o.deaf {
		stop()
	}
}

func (h *Hub) changedAll() {
	for _, r := range h.all() {
		r.mu.Lock()
		r.dirty = true
		h.wake(r)
		r.mu.Unlock()
	}
}

func (h *Hub) heardEvent(text string) {
	var s said
	if json.Unmarshal([]byte(text), &s) == nil { // another version's may be unreadable; an event may be lost
		h.sayHere(s)
	}
}

// beat forgets the counts of processes that fell silent and tells the own ones when it is time.
func (o *others) beat() {
	if o.hub.Notices == nil {
		return
	}
	o.mu.Lock()
	for epoch, c := range o.heard {
		if c.age += beat; c.age > countsKept {
			delete(o.heard, epoch)
		}
	}
	o.since += beat
	tell := o.since >= countsEvery
	if tell {
		o.since = 0
	}
	o.mu.Unlock()
	if tell {
		text, _ := json.Marshal(counted{Epoch: o.hub.epoch, Rooms: o.hub.watched()}) // texts and numbers only
		o.hub.Notices.Tell(topicWatching, string(text))
	}
}

// watched counts the watchers of the rooms that several people may watch.
func (h *Hub) watched() map[string]int {
	type entry struct {
		name string
		n    int
	}
	var most []entry
	for _, r := range h.all() {
		if strings.HasPrefix(r.name, Personal) {
			continue
		}
		r.mu.Lock()
		if n := len(r.watchers); n > 0 {
			most = append(most, entry{r.name, n})
		}
		r.mu.Unlock()
	}
	slices.SortFunc(most, func(a, b entry) int { return cmp.Compare(b.n, a.n) })
	rooms := map[string]int{}
	for _, e := range most[:min(len(most), countsMost)] {
		rooms[e.name] = e.n
	}
	return rooms
}

func (o *others) heardCounts(text string) {
	var c counted
	if json.Unmarshal([]byte(text), &c) != nil || c.Epoch == "" {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.heard[c.Epoch] = &c
}

// Watching is approximately how many connections watch the room: exactly in this process, and in the others as they
// said some seconds ago. Of a person's own room only this process's are counted.
func (h *Hub) Watching(name string) int {
	n := 0
	for _, here := range h.WatchersByProcess(name) {
		n += here
	}
	return n
}

// WatchersByProcess is Watching by process, each under its hub's epoch.
func (h *Hub) WatchersByProcess(name string) map[string]int {
	by := map[string]int{h.epoch: h.Watchers(name)}
	h.others.mu.Lock()
	defer h.others.mu.Unlock()
	for epoch, c := range h.others.heard {
		if n := c.Rooms[name]; n > 0 {
			by[epoch] = n
		}
	}
	return by
}
