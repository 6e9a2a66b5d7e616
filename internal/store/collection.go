package store

import (
	"context"
	"math/rand/v2"
	"reflect"
	"time"

	"firebrand/internal/fault"
)

// Collection is a Table whose documents are of type T.
type Collection[T any] struct{ table Table }

// Entry is a stored document with its id and version.
type Entry[T any] struct {
	ID      string
	Version int64
	Value   T
}

// OpenCollection opens the collection that spec declares, with its indexes checked.
func OpenCollection[T any](ctx context.Context, e Engine, spec Spec) (*Collection[T], error) {
	spec.Type = reflect.TypeFor[T]()
	table, err := e.Open(ctx, spec)
	if err != nil {
		return nil, err
	}
	return &Collection[T]{table}, nil
}

// Insert adds a document; see Table.Insert for its faults.
func (c *Collection[T]) Insert(ctx context.Context, id string, doc T) error {
	return c.table.Insert(ctx, id, doc)
}

// Get returns the document, or fault.NotFound.
func (c *Collection[T]) Get(ctx context.Context, id string) (Entry[T], error) {
	e := Entry[T]{ID: id}
	version, err := c.table.Get(ctx, id, &e.Value)
	if err != nil {
		return Entry[T]{}, err
	}
	e.Version = version
	return e, nil
}

// Replace writes doc where the stored version still is version; see Table.Replace for its faults.
func (c *Collection[T]) Replace(ctx context.Context, id string, doc T, version int64) error {
	return c.table.Replace(ctx, id, doc, version)
}

// Delete removes the document; fault.NotFound where there is none.
func (c *Collection[T]) Delete(ctx context.Context, id string) error { return c.table.Delete(ctx, id) }

// Find returns the documents that q asks for.
func (c *Collection[T]) Find(ctx context.Context, q Query) ([]Entry[T], error) {
	var found []Entry[T]
	err := c.table.Find(ctx, q, func(r Raw) error {
		e := Entry[T]{ID: r.ID, Version: r.Version}
		if err := r.Decode(&e.Value); err != nil {
			return err
		}
		found = append(found, e)
		return nil
	})
	return found, err
}

// updateTries bounds how often Update decides again; so many lost races in a row mean that something else is wrong.
const updateTries = 20

// Update reads the document, lets change decide on it and writes it back, again from the start when another writer was
// quicker; change may run several times and must not act outside the document. An error of change ends it, unwritten.
// It fails with fault.NotFound, with change's own error, and with fault.Unavailable after 20 lost races.
func (c *Collection[T]) Update(ctx context.Context, id string, change func(doc *T) error) (Entry[T], error) {
	for try := range updateTries {
		e, err := c.Get(ctx, id)
		if err != nil {
			return e, err
		}
		if err := change(&e.Value); err != nil {
			return e, err
		}
		err = c.Replace(ctx, id, e.Value, e.Version)
		if err == nil {
			e.Version++
			return e, nil
		}
		if !fault.Is(err, fault.Conflict) || fault.As(err).Key != "store.changed" {
			return e, err
		}
		if err := Backoff(ctx, try); err != nil {
			return e, err
		}
	}
	return Entry[T]{}, fault.New(fault.Unavailable, "store.busy")
}

// Put is Update for a document that may not be there yet: change begins with an empty one then. It suits checkpoints and
// other rows of which any writer's word will do.
func (c *Collection[T]) Put(ctx context.Context, id string, change func(doc *T) error) error {
	for try := range updateTries {
		e, err := c.Get(ctx, id)
		absent := fault.Is(err, fault.NotFound)
		if err != nil && !absent {
			return err
		}
		if err := change(&e.Value); err != nil {
			return err
		}
		if absent {
			err = c.Insert(ctx, id, e.Value)
		} else {
			err = c.Replace(ctx, id, e.Value, e.Version)
		}
		if !fault.Is(err, fault.Conflict) {
			return err
		}
		if err := Backoff(ctx, try); err != nil {
			return err
		}
	}
	return fault.New(fault.Unavailable, "store.busy")
}

// Backoff waits before a lost race is run again: a random time up to 1 ms doubled with each try, 64 ms at most.
// It ends early with fault.Unavailable when ctx does.
func Backoff(ctx context.Context, try int) error {
	wait := rand.N(time.Millisecond << min(try, 6))
	select {
	case <-ctx.Done():
		return fault.New(fault.Unavailable, "store.busy").Because(ctx.Err())
	case <-time.After(wait):
		return nil
	}
}
