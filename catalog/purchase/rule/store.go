package rule

import (
	"context"
	"fmt"
	"time"

	"firebrand/internal/store"
)

// published is a set as it is kept. Its id is the version, so that one insert decides who made it.
type published struct {
	Set
	// Draft names the draft that it was: unique, so that a draft is published once however often it is sent.
	Draft string `json:"draft"`
}

// Draft is the one set that is being worked on.
type Draft struct {
	Set
	// ID tells this draft from those before it.
	ID string `json:"draft"`
	// Base is the version that it was begun from; 0 is nothing.
	Base int `json:"base,omitempty"`
	// Saved is when By saved it last.
	Saved time.Time `json:"saved"`
	// Revision is the stored one that it was read from; saving needs it. It is not stored within the document.
	Revision int64 `json:"-"`
}

// draftID is the one document of the draft's collection.
const draftID = "draft"

// stores are the room's collections.
type stores struct {
	sets   *store.Collection[published]
	drafts *store.Collection[Draft]
}

func openStores(ctx context.Context, e store.Engine) (s stores, err error) {
	s.sets, err = store.OpenCollection[published](ctx, e, store.Spec{Name: "purchase_rules", Indexes: []store.Index{
		{Name: "draft", Fields: []string{"draft"}, Unique: true},
	}})
	if err != nil {
		return s, fmt.Errorf("rule sets: %w", err)
	}
	if s.drafts, err = store.OpenCollection[Draft](ctx, e, store.Spec{Name: "purchase_rule_draft"}); err != nil {
		return s, fmt.Errorf("rule draft: %w", err)
	}
	return s, nil
}

func setID(version int) string { return fmt.Sprintf("%08d", version) }

// all reads every published set, by version.
func (s stores) all(ctx context.Context) ([]Set, error) {
	const page = 100
	var sets []Set
	q := store.Query{Limit: page}
	for {
		part, err := s.sets.Find(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, e := range part {
			sets = append(sets, e.Value.Set)
		}
		if len(part) < page {
			return sets, nil
		}
		q.After = &store.Position{ID: part[len(part)-1].ID}
	}
}
