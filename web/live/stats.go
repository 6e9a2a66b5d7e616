package live

import (
	"sync/atomic"
	"time"
)

// Stats are the figures of a hub: what is there now, and what was counted since it started.
type Stats struct {
	// Rooms are remembered, Watched have a watcher.
	Rooms, Watched int
	// Connections are open; Waiting of them have something to be written.
	Connections, Waiting int
	// States were made of rooms; Pushes are messages with a state that were written, Skipped states that a newer one
	// overtook before they were.
	States, Pushes, Skipped int64
	// Events were queued to connections.
	Events int64
	// Kicked connections let their queue overflow, Dropped could not be written to in time or broke while writing.
	Kicked, Dropped int64
	// Snapshots were asked of rooms, SnapshotsFailed of them did not come; SnapshotTime is what all took together, by
	// Options.Now.
	Snapshots, SnapshotsFailed int64
	SnapshotTime               time.Duration
}

// counts are what Stats counts.
type counts struct {
	states, skipped, events, kicked, dropped, snapshots, failures, took atomic.Int64
}

func (c *counts) drawn(took time.Duration, err error) {
	c.snapshots.Add(1)
	c.took.Add(int64(took))
	if err != nil {
		c.failures.Add(1)
	}
}

// Stats counts what the hub has done so far.
func (h *Hub) Stats() Stats {
	c := &h.counts
	s := Stats{
		States: c.states.Load(), Skipped: c.skipped.Load(), Events: c.events.Load(),
		Kicked: c.kicked.Load(), Dropped: c.dropped.Load(),
		Snapshots: c.snapshots.Load(), SnapshotsFailed: c.failures.Load(), SnapshotTime: time.Duration(c.took.Load()),
	}
	rooms := h.all()
	s.Rooms = len(rooms)
	for _, r := range rooms {
		r.mu.Lock()
		if len(r.watchers) > 0 {
			s.Watched++
		}
		r.mu.Unlock()
	}
	h.mu.Lock()
	s.Connections = len(h.clients)
	h.mu.Unlock()
	h.writers.mu.Lock()
	s.Waiting, s.Pushes = h.writers.waiting(), h.writers.pushes
	h.writers.mu.Unlock()
	return s
}
