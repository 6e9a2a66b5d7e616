package mongo

import (
	"context"
	"fmt"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"firebrand/internal/store"
)

func (s *schema) declares(name string) bool {
	return slices.ContainsFunc(s.table.layout.Spec.Indexes, func(x store.Index) bool { return x.Name == name })
}

// leave notes the indexes that are declared no longer, which processes of the release before ask by until the last of them
// has ended. Those that this program never built, as an operator's own or that of a shard key, are not its business. One
// that was being dropped is dropped to the end.
func (s *schema) leave(ctx context.Context, now time.Time) error {
	for name, mark := range s.built {
		switch {
		case mark.Going:
			if err := s.table.engine.drop(ctx, mark); err != nil {
				return err
			}
			delete(s.stands, name)
		case !s.declares(name):
			left := bson.D{{Key: "$set", Value: bson.D{{Key: "left", Value: now}}}}
			if _, err := s.marks.UpdateOne(ctx, bson.D{{Key: fieldID, Value: mark.ID}}, left); err != nil {
				return failed(ctx, err)
			}
			s.table.engine.unused[mark.ID] = mark
		}
	}
	return nil
}

// Unused names the indexes that this release declares no longer; see store.Engine.
func (e *Engine) Unused() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	var names []string
	for _, mark := range e.unused {
		names = append(names, mark.Collection+"."+mark.Name)
	}
	slices.Sort(names)
	return names
}

// DropUnused drops them; see store.Engine.
func (e *Engine) DropUnused(ctx context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	for id, mark := range e.unused {
		if err := e.drop(ctx, mark); err != nil {
			return err
		}
		delete(e.unused, id)
	}
	return nil
}

// drop marks the index first: a process that ends in the middle leaves one that is seen to be on its way out.
func (e *Engine) drop(ctx context.Context, mark built) error {
	marks := e.db.Collection(catalogue)
	going := bson.D{{Key: "$set", Value: bson.D{{Key: "going", Value: true}}}}
	if _, err := marks.UpdateOne(ctx, bson.D{{Key: fieldID, Value: mark.ID}}, going); err != nil {
		return failed(ctx, err)
	}
	err := e.db.Collection(mark.Collection).Indexes().DropOne(ctx, mark.Name)
	if err != nil && !hasCode(err, codeIndexNotFound) && !hasCode(err, codeNamespaceNotFound) {
		return fmt.Errorf("dropping index %q of collection %q: %w", mark.Name, mark.Collection, failed(ctx, err))
	}
	_, err = marks.DeleteOne(ctx, bson.D{{Key: fieldID, Value: mark.ID}, {Key: "going", Value: true}})
	return failed(ctx, err)
}
