package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fasthttp/websocket"

	"firebrand/internal/testenv"
)

// watcher is a page that somebody keeps open: it watches the auction and their own room, as the site's script does.
type watcher struct {
	who   *caller
	fleet *fleet

	mu sync.Mutex
	// rooms is the newest state of each room.
	rooms map[string]roomSeen
	// lines counts connections, pushes what came in order, gaps what made it ask again; faults are what must not be.
	lines, pushes, gaps int
	faults              []string
}

// roomSeen is a room's state by its number.
type roomSeen struct {
	epoch string
	n     uint64
	data  json.RawMessage
}

// watch opens a page for everybody at the fair until the test ends.
func (f *fair) watch(t *testing.T, v *fleet) []*watcher {
	t.Helper()
	var all []*watcher
	var open sync.WaitGroup
	over := make(chan struct{})
	for i, who := range f.people {
		w := &watcher{who: who, fleet: v, rooms: map[string]roomSeen{}}
		all = append(all, w)
		open.Go(func() { w.keep(i, over) })
	}
	t.Cleanup(func() { close(over); open.Wait() })
	for _, w := range all {
		testenv.Eventually(t, w.who.member.ID+" sees both rooms", func() bool { return len(w.seen("auction:"+lot)) > 0 && len(w.seen("me:"+w.who.member.ID)) > 0 })
	}
	return all
}

// keep comes back, to the next process, whenever the line is lost.
func (w *watcher) keep(at int, over <-chan struct{}) {
	for ; ; at++ {
		w.listen(w.fleet.at(at), over)
		select {
		case <-over:
			return
		case <-time.After(rand.N(500 * time.Millisecond)):
		}
	}
}

// listen watches over one connection until it ends.
func (w *watcher) listen(at string, over <-chan struct{}) {
	header := http.Header{"Cookie": {"fb_session=" + w.who.session}, "Origin": {at}}
	conn, answer, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(at, "http")+"/live", header)
	if err != nil {
		if answer != nil && answer.StatusCode != http.StatusServiceUnavailable {
			w.fault("the upgrade answers %d", answer.StatusCode)
		}
		return
	}
	ended := make(chan struct{})
	defer func() { _ = conn.Close(); close(ended) }()
	go func() {
		select {
		case <-over:
			_ = conn.Close()
		case <-ended:
		}
	}()
	w.mu.Lock()
	w.lines++
	w.mu.Unlock()
	for _, room := range []string{"auction:" + lot, "me:" + w.who.member.ID} {
		if w.join(conn, room) != nil {
			return
		}
	}
	for {
		_ = conn.SetReadDeadline(time.Now().Add(time.Minute))
		_, text, err := conn.ReadMessage()
		if err != nil || w.hear(conn, text) != nil {
			return
		}
	}
}

func (w *watcher) join(conn *websocket.Conn, room string) error {
	return conn.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, `{"type":"join","room":%q}`, room))
}

// hear takes one message; where a push is missing it asks for the room anew.
func (w *watcher) hear(conn *websocket.Conn, text []byte) error {
	var m struct {
		Type, Room, Epoch string
		N                 uint64
		Data              json.RawMessage
	}
	if err := json.Unmarshal(text, &m); err != nil {
		w.fault("no message: %s", text)
		return err
	}
	w.mu.Lock()
	before := w.rooms[m.Room]
	fits := m.Type == "snapshot" || m.Type == "push" && m.Epoch == before.epoch && m.N == before.n+1
	old := m.Type == "push" && m.Epoch == before.epoch && m.N <= before.n
	if fits {
		w.rooms[m.Room] = roomSeen{m.Epoch, m.N, m.Data}
	}
	if fits && m.Type == "push" {
		w.pushes++
	}
	gap := m.Type == "push" && !fits && !old
	if gap {
		w.gaps++
	}
	w.mu.Unlock()
	if m.Type == "error" && !strings.Contains(string(m.Data), `"unavailable"`) {
		w.fault("%s: %s", m.Room, m.Data)
	}
	if gap {
		return w.join(conn, m.Room)
	}
	return nil
}

func (w *watcher) fault(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults = append(w.faults, fmt.Sprintf(format, args...))
}

func (w *watcher) seen(room string) json.RawMessage {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.rooms[room].data
}

// checkEnd waits until the page shows what the API says: the winner, and this person's points.
func (w *watcher) checkEnd(t *testing.T, c *crowd) {
	t.Helper()
	var end seenLot
	var me struct{ Balance struct{ Alive, Held int64 } }
	if err := c.ask(w.who, http.MethodGet, "/auctions/"+lot, "", nil, &end); err != nil {
		t.Fatal(err)
	}
	if err := c.ask(w.who, http.MethodGet, "/me", "", nil, &me); err != nil {
		t.Fatal(err)
	}
	testenv.Eventually(t, w.who.member.ID+" sees the end", func() bool {
		var room seenLot
		var own struct{ Points, Held int64 }
		_ = json.Unmarshal(w.seen("auction:"+lot), &room) // what is none yet does not match
		_ = json.Unmarshal(w.seen("me:"+w.who.member.ID), &own)
		return room.Phase == "closed" && room.Price == end.Price && room.Seq == end.Seq && len(room.Leads) == 1 && room.Leads[0].Who == end.Leads[0].Who &&
			own.Points == me.Balance.Alive && own.Held == me.Balance.Held
	})
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, fault := range w.faults {
		t.Error(fault)
	}
	if w.pushes == 0 {
		t.Error("nothing was pushed")
	}
	t.Logf("%s: %d connections, %d pushes, %d gaps", w.who.member.ID, w.lines, w.pushes, w.gaps)
}
