package web

import (
	"sync"

	"firebrand/internal/store"
)

// onceMost bounds how many form keys are remembered; half of them are forgotten at a time.
const onceMost = 4096

// once remembers the keys of forms whose answer may be given only once: a page with a one-time link, opened again by a
// phone that comes back to it, must not make another link and end the one that was just sent. It is this process's own
// memory, beside which Settings.First asks that of all: after a restart a reload may make a new link, and the page says so.
type once struct {
	mu  sync.Mutex
	met store.Recent[struct{}]
}

// first reports whether the key is met for the first time, and remembers it.
func (o *once) first(key string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, met := o.met.Get(key); met {
		return false
	}
	o.met.Put(key, struct{}{}, onceMost)
	return true
}
