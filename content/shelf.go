package content

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"firebrand/internal/fault"
	"firebrand/internal/store"
)

// shelf keeps things as chains of immutable revisions: a collection of revisions, "id@revision" each, and one of heads,
// a copy of the newest revision under the thing's id.
//
// A save is two writes. The first, the insert of "id@N+1", decides: of two editors of revision N only one can make it.
// The second moves the head. Where the process dies between them, the head still shows N, which is consistent, and
// the id of revision N+1 is taken; so the next save that runs into it moves the head on for the one that died, and then
// tells its own author that somebody else saved meanwhile. A head only ever moves on, so that this is safe to repeat.
type shelf[T any] struct {
	heads, revisions *store.Collection[T]
	mark             func(*T) mark
}

// mark is what a shelf reads and writes of a thing.
type mark struct {
	id       string
	revision *int
	saved    *time.Time
	by       *string
}

func articleMark(a *Article) mark { return mark{a.ID, &a.Revision, &a.Saved, &a.By} }
func quizMark(q *Quiz) mark       { return mark{q.ID, &q.Revision, &q.Saved, &q.By} }

func openShelf[T any](ctx context.Context, e store.Engine, name string, m func(*T) mark) (*shelf[T], error) {
	heads, err := store.OpenCollection[T](ctx, e, store.Spec{Name: name})
	if err != nil {
		return nil, err
	}
	revisions, err := store.OpenCollection[T](ctx, e, store.Spec{Name: name + "_revisions"})
	return &shelf[T]{heads, revisions, m}, err
}

func revisionID(id string, revision int) string { return fmt.Sprintf("%s@%d", id, revision) }

// at returns one revision, or fault.NotFound.
func (s *shelf[T]) at(ctx context.Context, id string, revision int) (T, error) {
	e, err := s.revisions.Get(ctx, revisionID(id, revision))
	return e.Value, missing(err)
}

// head returns the newest revision, or fault.NotFound.
func (s *shelf[T]) head(ctx context.Context, id string) (T, error) {
	e, err := s.heads.Get(ctx, id)
	return e.Value, missing(err)
}

// has reports whether the thing exists.
func (s *shelf[T]) has(ctx context.Context, id string) (bool, error) {
	_, err := s.heads.Get(ctx, id)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	return err == nil, err
}

// list returns every head, by id.
func (s *shelf[T]) list(ctx context.Context) ([]T, error) {
	entries, err := all(ctx, s.heads, false)
	var values []T
	for _, e := range entries {
		values = append(values, e.Value)
	}
	return values, err
}

// save writes v as the revision after the one that it says it was made from. The very same save sent again answers
// with what it wrote; another one made from that revision is fault.Conflict ("content.changed").
func (s *shelf[T]) save(ctx context.Context, v T, actor string, at time.Time) (T, error) {
	m := s.mark(&v)
	base := *m.revision
	head, err := s.head(ctx, m.id)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return v, err
	}
	if *s.mark(&head).revision < base {
		return v, changed()
	}
	*m.revision, *m.saved, *m.by = base+1, at, actor
	err = s.revisions.Insert(ctx, revisionID(m.id, base+1), v)
	if err == nil {
		return v, s.advance(ctx, v)
	}
	if !fault.Is(err, fault.Conflict) {
		return v, err
	}
	stored, err := s.at(ctx, m.id, base+1)
	if err != nil {
		return v, err
	}
	if err := s.advance(ctx, stored); err != nil {
		return v, err
	}
	*m.saved = *s.mark(&stored).saved
	if same(stored, v) {
		return stored, nil
	}
	return v, changed()
}

// advance moves the head to v unless it is there or further already.
func (s *shelf[T]) advance(ctx context.Context, v T) error {
	m := s.mark(&v)
	err := s.heads.Insert(ctx, m.id, v)
	if err == nil || !fault.Is(err, fault.Conflict) {
		return err
	}
	_, err = s.heads.Update(ctx, m.id, func(head *T) error {
		if *s.mark(head).revision >= *m.revision {
			return errAhead
		}
		*head = v
		return nil
	})
	if err == errAhead {
		return nil
	}
	return err
}

// errAhead ends an Update that has nothing to write.
var errAhead = fmt.Errorf("content: the head is further already")

// same compares what is stored: by its JSON.
func same[T any](a, b T) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}

func changed() error { return fault.New(fault.Conflict, "content.changed") }

// missing names the room in the store's own fault of an absent document.
func missing(err error) error {
	if fault.Is(err, fault.NotFound) {
		return fault.New(fault.NotFound, "content.missing")
	}
	return err
}
