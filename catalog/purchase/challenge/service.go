package challenge

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"firebrand/content"
	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/journal"
	"firebrand/internal/store"
)

// Service is the room's door. Fill the exported fields and hand it to Open. It is safe for concurrent use.
type Service struct {
	Journal *journal.Journal
	Points  Account
	People  People
	// Purchases, Plays and Reads may be nil: challenges of their goal then stand still.
	Purchases Purchases
	Plays     Plays
	Reads     Reads
	Zone      calendar.Zone
	Now       func() time.Time
	// Failed hears what went wrong in the background; nil hears nothing.
	Failed func(error)

	collections
	cached struct {
		sync.Mutex
		at   time.Time
		list []Challenge
	}
	told  told
	swept swept
}

// Open opens the room's collections and returns a service that is ready.
func Open(ctx context.Context, e store.Engine, s *Service) (*Service, error) {
	c, err := openCollections(ctx, e)
	s.collections = c
	return s, err
}

func (s *Service) now() time.Time { return calendar.Milli(s.Now()) }

// List are all challenges, the newest made first.
func (s *Service) List(ctx context.Context) ([]Challenge, error) {
	var list []Challenge
	err := all(ctx, s.challenges, store.Query{Desc: true}, nil, func(e store.Entry[Challenge]) error {
		list = append(list, versioned(e))
		return nil
	})
	return list, err
}

// Challenge is one of them, or fault.NotFound ("challenge.missing").
func (s *Service) Challenge(ctx context.Context, id string) (Challenge, error) {
	e, err := s.challenges.Get(ctx, id)
	if fault.Is(err, fault.NotFound) {
		err = fault.New(fault.NotFound, "challenge.missing")
	}
	return versioned(e), err
}

// SaveDraft writes the draft of a challenge: a new one where saves is 0, under an id that the caller drew or, where it
// is empty, one drawn here; else over the saves that were edited. What is published stays as it is until Publish.
// It fails with fault.Conflict ("challenge.changed") when somebody else saved meanwhile, ("challenge.over") for one
// that was stopped, and with fault.Invalid naming the field.
func (s *Service) SaveDraft(ctx context.Context, actor, id string, t Terms, saves int64) (Challenge, error) {
	t = t.clean(s.now(), actor)
	if err := t.check(true); err != nil {
		return Challenge{}, err
	}
	if id == "" {
		id = uuid.Must(uuid.NewV7()).String()
	}
	if strings.ContainsAny(id, "/ ") || len(id) > 64 {
		return Challenge{}, fault.New(fault.NotFound, "challenge.missing")
	}
	if saves == 0 {
		t.Version = 1
		c := Challenge{ID: id, Draft: &t, Saves: 1}
		err := s.challenges.Insert(ctx, id, c)
		if fault.Is(err, fault.Conflict) {
			return Challenge{}, fault.New(fault.Conflict, "challenge.changed")
		}
		return c, err
	}
	return s.change(ctx, id, saves, func(c *Challenge) error {
		if !c.Stopped.IsZero() {
			return fault.New(fault.Conflict, "challenge.over")
		}
		t.Version = len(c.Versions) + 1
		c.Draft = &t
		return nil
	})
}

// Publish makes the draft the version in force, and it is never changed again. Faults as SaveDraft, and
// fault.Conflict ("challenge.no_draft") where nothing was written.
func (s *Service) Publish(ctx context.Context, actor, id string, saves int64) (Challenge, error) {
	return s.change(ctx, id, saves, func(c *Challenge) error {
		switch {
		case !c.Stopped.IsZero():
			return fault.New(fault.Conflict, "challenge.over")
		case c.Draft == nil || len(c.Versions) >= maxVersions:
			return fault.New(fault.Conflict, "challenge.no_draft")
		}
		if err := c.Draft.check(false); err != nil {
			return err
		}
		before, had := c.Live()
		if had && (before.Goal != c.Draft.Goal || before.Audience.Companies != c.Draft.Audience.Companies) {
			return fault.New(fault.Conflict, "challenge.another").On("goal")
		}
		t := *c.Draft
		t.Saved, t.By = s.now(), actor
		c.Versions, c.Draft = append(c.Versions, t), nil
		return nil
	})
}

// Save is SaveDraft and, where publish says so, Publish behind it. Where only publishing failed the draft is kept, and
// the challenge comes back with the fault.
func (s *Service) Save(ctx context.Context, actor, id string, t Terms, saves int64, publish bool) (Challenge, error) {
	c, err := s.SaveDraft(ctx, actor, id, t, saves)
	if err != nil || !publish {
		return c, err
	}
	published, err := s.Publish(ctx, actor, c.ID, c.Saves)
	if err != nil {
		return c, err
	}
	return published, nil
}

// Stop ends a published challenge now: what is ordered, played or read from now on no longer counts, what was counts
// still, and goods that come back are taken off for ever. It is safe to repeat.
func (s *Service) Stop(ctx context.Context, actor, id string, saves int64) (Challenge, error) {
	return s.change(ctx, id, saves, func(c *Challenge) error {
		if len(c.Versions) == 0 {
			return fault.New(fault.Conflict, "challenge.no_draft")
		}
		if c.Stopped.IsZero() {
			c.Stopped, c.StoppedBy, c.Draft = s.now(), actor, nil
		}
		return nil
	})
}

// change writes a challenge where it still has been saved that often.
func (s *Service) change(ctx context.Context, id string, saves int64, change func(*Challenge) error) (Challenge, error) {
	c, err := s.Challenge(ctx, id)
	if err != nil {
		return c, err
	}
	if c.Saves != saves {
		return c, fault.New(fault.Conflict, "challenge.changed")
	}
	if err := change(&c); err != nil {
		return c, err
	}
	err = s.challenges.Replace(ctx, id, c, saves)
	if fault.Is(err, fault.Conflict) {
		return c, fault.New(fault.Conflict, "challenge.changed")
	}
	c.Saves++
	s.forget()
	return c, err
}

// cacheFor is how long the list of challenges is believed where another process may have changed it.
const cacheFor = 5 * time.Second

// published are the challenges that were published, as of some seconds ago.
func (s *Service) published(ctx context.Context) ([]Challenge, error) {
	s.cached.Lock()
	defer s.cached.Unlock()
	now := s.Now()
	if age := now.Sub(s.cached.at); s.cached.list != nil && age >= 0 && age < cacheFor {
		return s.cached.list, nil
	}
	every, err := s.List(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]Challenge, 0, len(every))
	for _, c := range every {
		if len(c.Versions) > 0 {
			list = append(list, c)
		}
	}
	s.cached.list, s.cached.at = list, now
	return list, nil
}

func (s *Service) forget() {
	s.cached.Lock()
	defer s.cached.Unlock()
	s.cached.list = nil
}

func versioned(e store.Entry[Challenge]) Challenge {
	e.Value.Saves = e.Version
	return e.Value
}

// clean is the terms as they are stored: texts and words without the space around them, steps with ids.
func (t Terms) clean(now time.Time, actor string) Terms {
	t.Name, t.Description = t.Name.Clean(), t.Description.Clean()
	t.Saved, t.By, t.Funding = now, actor, strings.TrimSpace(t.Funding)
	for _, list := range []*[]string{
		&t.Goods.Products, &t.Goods.Groups, &t.Goods.Suppliers, &t.Goods.Channels, &t.Goods.Regions,
		&t.Audience.Regions, &t.Audience.Sizes, &t.Audience.Industries,
	} {
		*list = words(*list)
	}
	steps := make([]Step, 0, len(t.Steps))
	taken := map[string]bool{}
	for _, step := range t.Steps {
		if step.ID == "" || taken[step.ID] || strings.ContainsAny(step.ID, "/ ") || len(step.ID) > 36 {
			step.ID = uuid.NewString()[:8]
		}
		taken[step.ID] = true
		steps = append(steps, step)
	}
	t.Steps = steps
	return t
}

// words are a list's words, each once, without empty ones.
func words(list []string) []string {
	var clean []string
	seen := map[string]bool{}
	for _, w := range list {
		if w = strings.TrimSpace(w); w != "" && !seen[w] {
			seen[w] = true
			clean = append(clean, w)
		}
	}
	return clean
}

// NameIn is a challenge's name for a reader, and its id where nothing is written.
func (c Challenge) NameIn(lang string) string {
	var name content.Text = c.Shown().Name
	if text, _ := name.In(lang); text != "" {
		return text
	}
	return c.ID
}
