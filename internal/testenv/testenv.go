// Package testenv gives tests clean stores of their own, a clock that is set by hand and the rule about skipping.
// It is imported by external test packages only.
package testenv

import (
	"sync"
	"testing"
	"time"

	"firebrand/internal/journal"
	"firebrand/internal/store"
	"firebrand/internal/store/sqlite"
)

// Clock is a clock set by hand; its Now is what services are given. It is safe for concurrent use.
type Clock struct {
	mu sync.Mutex
	at time.Time
}

// At makes a clock that stands at an instant written as RFC 3339; a wrong one is a defect of the test and panics.
func At(s string) *Clock {
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return &Clock{at: at}
}

// Now is where the clock stands.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// Add moves the clock on, or back for a negative d.
func (c *Clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// Set moves the clock to an instant.
func (c *Clock) Set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = at
}

// Engine opens an embedded store in a folder that ends with the test.
func Engine(t testing.TB) store.Engine {
	t.Helper()
	e, err := sqlite.Open(t.Context(), t.TempDir(), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Errorf("closing the store: %v", err)
		}
	})
	return e
}

// Journal opens a journal of the families over an engine.
func Journal(t testing.TB, e store.Engine, now func() time.Time, families ...string) *journal.Journal {
	t.Helper()
	j, err := journal.Open(t.Context(), e, now, families...)
	if err != nil {
		t.Fatal(err)
	}
	return j
}
