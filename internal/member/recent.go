package member

import (
	"sync"
	"time"
)

const (
	// recentFor is how long what was looked up is believed without looking again. It bounds how long another process that
	// no notice reached may still let in somebody, or a key, that this one has shut out; in this process a change is seen
	// at once.
	recentFor = 5 * time.Second
	// recentMost bounds how many things of one kind are remembered.
	recentMost = 20_000
)

// recent remembers what was looked up a moment ago: a player sends a request every few seconds, an ERP thousands.
type recent[K comparable, V any] struct {
	mu sync.Mutex
	// changes counts what could make something remembered wrong.
	changes uint64
	known   map[K]remembered[V]
}

type remembered[V any] struct {
	at    time.Time
	value V
}

// get returns what was looked up less than recentFor ago, and the count of changes to hand to put.
func (r *recent[K, V]) get(key K, now time.Time) (value V, found bool, changes uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	k, found := r.known[key]
	age := now.Sub(k.at)
	return k.value, found && age >= 0 && age < recentFor, r.changes
}

// put remembers what was looked up at now, unless something changed since get: it may have been read before that.
func (r *recent[K, V]) put(key K, value V, now time.Time, changes uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.changes != changes {
		return
	}
	if r.known == nil || len(r.known) >= recentMost {
		r.known = map[K]remembered[V]{}
	}
	r.known[key] = remembered[V]{now, value}
}

// forget drops everything: something was changed that it may rest on.
func (r *recent[K, V]) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.changes++
	clear(r.known)
}
