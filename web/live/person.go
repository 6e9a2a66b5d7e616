package live

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
)

// said is an event on its way between processes.
type said struct {
	// ID tells apart two events with the same words, which would otherwise be sent as one.
	ID     string          `json:"id"`
	Person string          `json:"person"`
	At     int64           `json:"at"`
	Data   json.RawMessage `json:"data"`
}

// Tell says something once to a person, over all of their connections in all processes, as JSON of MaxEvent bytes at
// most; see MaxEvents for who is too slow to hear it. It may be lost with a connection, so what it tells of must be
// found elsewhere too. It never waits.
func (h *Hub) Tell(person string, event any) {
	data, err := json.Marshal(event)
	if err == nil && len(data) > MaxEvent {
		err = fmt.Errorf("%d bytes", len(data))
	}
	if err != nil {
		h.failed(fmt.Errorf("live: an event: %w", err))
		return
	}
	s := said{rand.Text(), person, h.Now().UnixMilli(), data}
	h.sayHere(s)
	if text, err := json.Marshal(s); err == nil { // what is inside was encoded above
		h.Notices.Tell(topicEvent, string(text))
	}
}

func (h *Hub) sayHere(s said) {
	all := h.connections(s.Person)
	if len(all) == 0 {
		return
	}
	text := message(header{Type: typeEvent, Room: Personal + s.Person, Epoch: h.epoch, At: s.At}, s.Data)
	frame := framedText(text)
	for _, c := range all {
		c.event(frame)
	}
}

// connections are a person's in this process.
func (h *Hub) connections(person string) []*client {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := make([]*client, 0, len(h.persons[person]))
	for c := range h.persons[person] {
		all = append(all, c)
	}
	return all
}

// Recheck asks anew whether a person's connections may stay and which rooms they may watch, in all processes: after a
// sign-out, a dismissal, another role, another company. What no longer holds is closed soon after. It never waits.
func (h *Hub) Recheck(person string) {
	h.recheckHere(h.connections(person))
	h.Notices.Tell(topicRecheck, person)
}

// recheckHere asks for one connection after another, because it may ask the store for each.
func (h *Hub) recheckHere(all []*client) {
	if len(all) == 0 || !h.hold() {
		return
	}
	go func() {
		defer h.busy.Done()
		for _, c := range all {
			if h.ctx.Err() != nil {
				return
			}
			func() {
				defer h.caught("a recheck")
				c.recheck()
			}()
		}
	}()
}

// everyone are all connections of this process.
func (h *Hub) everyone() []*client {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := make([]*client, 0, len(h.clients))
	for c := range h.clients {
		all = append(all, c)
	}
	return all
}
