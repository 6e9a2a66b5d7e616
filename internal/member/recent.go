package member

import (
	"sync"
	"time"
)

const (
	// recentFor is how long a checked session is believed without looking. It bounds how long another process may still
	// let in somebody whom this one has signed out; in this process a change is seen at once.
	recentFor = 5 * time.Second
	// recentMost bounds how many sessions are remembered.
	recentMost = 20_000
)

// recent remembers the sessions that were checked a moment ago: a player sends a request every few seconds.
type recent struct {
	mu sync.Mutex
	// changes counts what could make a remembered session wrong.
	changes uint64
	known   map[string]checkedSession
}

type checkedSession struct {
	at      time.Time
	member  Member
	session Session
}

// get returns a session that was checked less than recentFor ago, and the count of changes to hand to put.
func (r *recent) get(id string, now time.Time) (c checkedSession, found bool, changes uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c, found = r.known[id]
	age := now.Sub(c.at)
	return c, found && age >= 0 && age < recentFor, r.changes
}

// put remembers a session, unless something changed since get: it may have been read before that.
func (r *recent) put(id string, c checkedSession, changes uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.changes != changes {
		return
	}
	if r.known == nil || len(r.known) >= recentMost {
		r.known = map[string]checkedSession{}
	}
	r.known[id] = c
}

// forget drops everything: an account or a session was changed.
func (r *recent) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.changes++
	clear(r.known)
}
