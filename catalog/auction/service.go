package auction

import (
	"context"
	"fmt"
	"strings"
	"time"

	"firebrand/catalog"
	"firebrand/internal/calendar"
	"firebrand/internal/journal"
	"firebrand/internal/member"
	"firebrand/internal/notify"
	"firebrand/internal/points"
	"firebrand/internal/store"
)

// Game says who has played.
type Game interface {
	// Finished reports whether the member finished a scored game of the month, whatever it won.
	Finished(ctx context.Context, member string, month calendar.Month) (bool, error)
}

// Messages are what tells people in their absence; a message of an id that was sent before is not sent again.
type Messages interface {
	Send(ctx context.Context, m notify.Message) error
}

// Rooms are the live rooms of the people who watch, as a hub keeps them.
type Rooms interface {
	// Changed says that the room's state may be another one now; it costs next to nothing.
	Changed(room string)
	// Tell hands an event to all of a person's connections, if any.
	Tell(person string, event any)
	// Watching is about how many watch a room.
	Watching(room string) int
}

// Service is the room's one door. It is safe for concurrent use, in any number of processes. Who may do what with a
// marketer's methods is decided by the caller: an actor is a member's id that goes into the records.
type Service struct {
	Journal *journal.Journal
	Points  *points.Service
	Catalog *catalog.Service
	Game    Game
	Members *member.Service
	// Notify may be nil: then nobody is told in their absence.
	Notify Messages
	// Redis holds the shadow that refuses bids without the store; nil, or one inside the process, and this process's own
	// memory does.
	Redis *store.Redis
	// Hub hears which of the rooms "auction:<id>" changed and who is to be told; nil hears nothing. Whoever keeps it opens
	// those rooms with RoomSnapshot.
	Hub Rooms
	// Leases lets one process at a time sweep; nil sweeps in each.
	Leases *journal.Leases
	// Changed hears of members whose standing or held points changed, from the goroutine that changed them: it must be
	// quick. Nil tells nobody.
	Changed func(memberID string)
	// Failed hears of what went wrong beside a flow that went well: a shadow, a message. Nil ignores it.
	Failed func(error)
	Zone   calendar.Zone
	Now    func() time.Time

	docs    *store.Collection[Auction]
	parties *store.Collection[party]
	// alone says that no other process writes, so that what is remembered is what is stored.
	alone  bool
	tables *tables
	people *people
	shadow *shadow
	sweeps *sweeps
}

// Open opens the room's collections. The journal has Family and the families of catalog and points.
func Open(ctx context.Context, e store.Engine, s Service) (*Service, error) {
	var err error
	if s.docs, err = store.OpenCollection[Auction](ctx, e, auctionSpec); err != nil {
		return nil, fmt.Errorf("auction: %w", err)
	}
	if s.parties, err = store.OpenCollection[party](ctx, e, partySpec); err != nil {
		return nil, fmt.Errorf("auction: %w", err)
	}
	s.alone, s.tables = e.Alone(), &tables{of: map[string]*table{}}
	s.people, s.sweeps = newPeople(), &sweeps{}
	if s.Redis != nil && !s.Redis.Embedded() {
		s.shadow = &shadow{redis: s.Redis, now: s.now}
	}
	return &s, nil
}

func (s *Service) now() time.Time { return calendar.Milli(s.Now()) }

func (s *Service) failed(err error) {
	if err != nil && s.Failed != nil {
		s.Failed(err)
	}
}

// RoomSnapshot is the Snapshot of the live rooms "auction:*".
func (s *Service) RoomSnapshot(ctx context.Context, room string) (any, error) {
	return s.Snapshot(ctx, strings.TrimPrefix(room, roomPrefix))
}
