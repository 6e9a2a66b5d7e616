package testenv

import (
	"context"
	"sync"

	"firebrand/internal/fault"
	"firebrand/internal/store"
)

// Flaky is a real store whose process can die at any write: that write, or only its answer, is lost, and so is
// everything after it until the process is started again.
type Flaky struct {
	store.Engine
	mu sync.Mutex
	// left counts down to the write at which the process dies; below zero it lives.
	dying, dead, answerLost bool
	left                    int
	// before, when set, is called before each write with its number.
	before func(n int)
	writes int
}

// DieAt lets the process die at its n-th write from now, counted from 1; with answerLost that write still happens.
func (f *Flaky) DieAt(n int, answerLost bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dying, f.dead, f.left, f.answerLost = true, false, n, answerLost
}

// Restart brings it back and reports whether it had died.
func (f *Flaky) Restart() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	died := f.dead
	f.dying, f.dead = false, false
	return died
}

// Hook calls before with the number of each write from now on, counted from 1, right before it; nil ends it.
func (f *Flaky) Hook(before func(n int)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.before, f.writes = before, 0
}

func (f *Flaky) write(act func() error) error {
	f.mu.Lock()
	f.writes++
	n, before := f.writes, f.before
	if f.dying {
		f.left--
	}
	dies := f.dying && !f.dead && f.left == 0
	f.dead = f.dead || dies
	refused, lost := f.dead && !(dies && f.answerLost), dies
	f.mu.Unlock()
	if before != nil {
		before(n)
	}
	if refused {
		return fault.New(fault.Unavailable, "store.down")
	}
	if err := act(); err != nil || !lost {
		return err
	}
	return fault.New(fault.Unavailable, "store.down")
}

// Open opens a collection whose writes fail with the process.
func (f *Flaky) Open(ctx context.Context, spec store.Spec) (store.Table, error) {
	t, err := f.Engine.Open(ctx, spec)
	return flakyTable{t, f}, err
}

type flakyTable struct {
	store.Table
	f *Flaky
}

func (t flakyTable) Insert(ctx context.Context, id string, doc any) error {
	return t.f.write(func() error { return t.Table.Insert(ctx, id, doc) })
}

func (t flakyTable) Replace(ctx context.Context, id string, doc any, version int64) error {
	return t.f.write(func() error { return t.Table.Replace(ctx, id, doc, version) })
}

func (t flakyTable) Delete(ctx context.Context, id string) error {
	return t.f.write(func() error { return t.Table.Delete(ctx, id) })
}
