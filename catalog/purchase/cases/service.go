package cases

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/journal"
	"firebrand/internal/store"
)

// Service is the room's door. Fill the exported fields and hand it to Open. It is safe for concurrent use.
type Service struct {
	Journal *journal.Journal
	Orders  Orders
	// Steps may be nil: challenges are not looked at then.
	Steps Steps
	Zone  calendar.Zone
	Now   func() time.Time
	// Thresholds are DefaultThresholds where they are zero.
	Thresholds Thresholds
	// Failed hears what went wrong in the background; nil hears nothing.
	Failed func(error)

	cases  *store.Collection[Case]
	places *store.Collection[place]
	told   struct {
		sync.Mutex
		streams map[string]bool
	}
}

// place is a follower's checkpoint.
type place struct {
	At time.Time `json:"at"`
	ID string    `json:"id"`
}

// Open opens the room's collections and returns a service that is ready.
func Open(ctx context.Context, e store.Engine, s *Service) (*Service, error) {
	if s.Thresholds == (Thresholds{}) {
		s.Thresholds = DefaultThresholds
	}
	var err error
	s.cases, err = store.OpenCollection[Case](ctx, e, store.Spec{Name: "cases", Indexes: []store.Index{
		{Name: "state_changed", Fields: []string{"state", "changed"}},
		{Name: "buyer_found", Fields: []string{"buyer", "found"}},
	}})
	if err != nil {
		return nil, fmt.Errorf("cases: %w", err)
	}
	if s.places, err = store.OpenCollection[place](ctx, e, store.Spec{Name: "case_places"}); err != nil {
		return nil, fmt.Errorf("cases: %w", err)
	}
	return s, nil
}

func (s *Service) now() time.Time { return calendar.Milli(s.Now()) }

// MaxNote is the longest note, in characters.
const MaxNote = 1000

// Decide says what somebody found when they looked: fine or not, and why. Version is that of the case they saw. It fails
// with fault.NotFound ("cases.missing"), fault.Invalid ("cases.note_needed" on the field note) and fault.Conflict
// ("cases.changed") where something was found or somebody looked meanwhile.
func (s *Service) Decide(ctx context.Context, actor, id string, fine bool, note string, version int64) (Case, error) {
	note = strings.TrimSpace(note)
	if note == "" || utf8.RuneCountInString(note) > MaxNote || !utf8.ValidString(note) {
		return Case{}, fault.New(fault.Invalid, "cases.note_needed", "most", MaxNote).On("note")
	}
	c, err := s.Case(ctx, id)
	if err != nil {
		return c, err
	}
	if c.Version != version || c.State != Waiting {
		return c, fault.New(fault.Conflict, "cases.changed")
	}
	c.State, c.Changed = NotFine, s.now()
	if fine {
		c.State = Fine
	}
	c.Looks = append(c.Looks, Look{By: actor, At: c.Changed, Fine: fine, Note: note})
	err = s.cases.Replace(ctx, id, c, version)
	if fault.Is(err, fault.Conflict) {
		return c, fault.New(fault.Conflict, "cases.changed")
	}
	c.Version++
	return c, err
}

// Case is one of them, or fault.NotFound ("cases.missing").
func (s *Service) Case(ctx context.Context, id string) (Case, error) {
	e, err := s.cases.Get(ctx, id)
	if fault.Is(err, fault.NotFound) {
		err = fault.New(fault.NotFound, "cases.missing")
	}
	e.Value.Version = e.Version
	return e.Value, err
}

// maxPage bounds a list.
const maxPage = 200

// List are up to 200 cases of a state: waiting ones oldest first, the others by who looked last.
func (s *Service) List(ctx context.Context, state State) ([]Case, error) {
	return s.find(ctx, store.Query{Index: "state_changed", Equal: []any{string(state)}, Desc: state != Waiting, Limit: maxPage})
}

// Of are up to 200 cases of one buyer, the newest first.
func (s *Service) Of(ctx context.Context, buyer string) ([]Case, error) {
	return s.find(ctx, store.Query{Index: "buyer_found", Equal: []any{buyer}, Desc: true, Limit: maxPage})
}

func (s *Service) find(ctx context.Context, q store.Query) ([]Case, error) {
	entries, err := s.cases.Find(ctx, q)
	list := make([]Case, len(entries))
	for i, e := range entries {
		list[i] = e.Value
		list[i].Version = e.Version
	}
	return list, err
}

// file keeps what was found: a new case, or the stored one with what is new.
func (s *Service) file(ctx context.Context, c Case) error {
	now := s.now()
	c.Found, c.Changed = now, now
	err := s.cases.Insert(ctx, c.ID, c)
	if !fault.Is(err, fault.Conflict) {
		return err
	}
	_, err = s.cases.Update(ctx, c.ID, func(stored *Case) error {
		next, _ := merged(*stored, c, now)
		if reflect.DeepEqual(next, *stored) {
			return errSame
		}
		*stored = next
		return nil
	})
	if err == errSame {
		return nil
	}
	return err
}

// errSame ends an Update that has nothing to write.
var errSame = fmt.Errorf("cases: nothing new")
