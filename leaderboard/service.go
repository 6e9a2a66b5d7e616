package leaderboard

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/journal"
	"firebrand/internal/member"
	"firebrand/internal/store"
	"firebrand/web/live"
)

// Config is what boards need.
type Config struct {
	Journal *journal.Journal
	Redis   *store.Redis
	People  People
	// Tables keep the final tables of closed months, Points pays their prizes, Editions promise them and Messages tells the
	// winners: what Sweep needs. Without Tables and Points nothing is closed; Messages may be nil.
	Tables   *Tables
	Points   Awarder
	Editions Editions
	Messages Messenger
	// Hub gets the live rooms of RoomName; nil for none.
	Hub  *live.Hub
	Zone calendar.Zone
	Now  func() time.Time
	// Failed hears of errors of Run, which goes on; nil ignores them.
	Failed func(error)
}

// Service draws and reads the boards. It is safe for concurrent use.
type Service struct {
	Config
	names *names
	table table
	// frozen reads months that are closed.
	frozen frozen
	marks  marks
	rooms  rooms
	movers movers
	league leagueRead
	texts  texts
	noted  noted

	closing sync.Mutex
	closer  closer

	mu sync.Mutex
	// doubted are people who may belong on other boards or under another name than they stand.
	doubted map[string]bool
}

// Open makes the service and opens its rooms in the hub; Run keeps the boards.
func Open(c Config) *Service {
	s := &Service{Config: c, doubted: map[string]bool{}}
	s.names = &names{people: c.People, now: c.Now, known: map[string]*person{}}
	s.marks = marks{redis: c.Redis, now: c.Now, known: map[calendar.Month]markRead{}, told: map[calendar.Month]mark{}}
	s.frozen = frozen{
		journal: c.Journal, tables: c.Tables, now: c.Now, months: map[calendar.Month]closing{},
		asked: map[calendar.Month]time.Time{}, held: map[boardID]*boardCopy{},
		unpaid: map[calendar.Month]map[string]string{},
	}
	s.rooms.shown = map[string]Board{}
	s.noted = noted{accounts: map[notedID]account{}, some: make(chan struct{}, 1)}
	if c.Redis.Embedded() {
		s.table = &copied{redis: c.Redis, now: c.Now, held: map[boardID]*boardCopy{}}
	} else {
		s.table = &asked{redis: c.Redis, now: c.Now, held: map[boardID]heldTop{}, together: together{redis: c.Redis}}
	}
	if c.Hub != nil {
		c.Hub.Open(roomPrefix+"*", live.Room{Snapshot: s.snapshot})
	}
	return s
}

func (s *Service) now() time.Time { return calendar.Milli(s.Now()) }

// month is the running month in the programme's zone.
func (s *Service) month() calendar.Month { return s.Zone.Month(s.now()) }

func (s *Service) failed(err error) {
	if s.Failed != nil && err != nil {
		s.Failed(err)
	}
}

// Run follows the journal and the clock until ctx ends. Every process runs it; they do not disturb each other.
func (s *Service) Run(ctx context.Context) {
	var following sync.WaitGroup
	following.Go(func() { s.Journal.Run(ctx, s.Follower()) })
	following.Go(func() { s.writeNoted(ctx) })
	defer following.Wait()
	tick := time.NewTicker(Refresh)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := s.look(ctx)
		if err == nil && n%int(time.Second/Refresh) == 0 {
			err = s.settle(ctx)
		}
		if ctx.Err() == nil {
			s.failed(err)
		}
	}
}

// CatchUp draws everything that the journal and the clock say by now, once: for rebuilding and for tests.
func (s *Service) CatchUp(ctx context.Context) error {
	if err := s.Journal.CatchUp(ctx, s.Follower()); err != nil {
		return err
	}
	if err := s.settle(ctx); err != nil {
		return err
	}
	return s.look(ctx)
}

// settle writes what changed without a record: totals by the clock, and people who left a board.
func (s *Service) settle(ctx context.Context) error {
	// What was noted first: it knows less of the clock, and of who a person is, than what is read below.
	if err := s.flush(ctx); err != nil {
		return err
	}
	if err := s.due(ctx); err != nil {
		return err
	}
	if err := s.drawYesterday(ctx); err != nil {
		return err
	}
	s.mu.Lock()
	doubted := slices.Collect(maps.Keys(s.doubted))
	s.mu.Unlock()
	for _, id := range doubted[:min(len(doubted), dueBatch)] {
		// Out of the list first: a doubt that comes meanwhile stays in it.
		s.mu.Lock()
		delete(s.doubted, id)
		s.mu.Unlock()
		if err := s.Reconsider(ctx, id); err != nil {
			s.Doubt(id)
			return err
		}
	}
	return nil
}

// Doubt lets a person be reconsidered within a second or, while the boards cannot be written, as soon as they can. It
// returns at once: member.Service.Changed is this.
func (s *Service) Doubt(memberID string) {
	s.names.forget(memberID)
	s.mu.Lock()
	s.doubted[memberID] = true
	s.mu.Unlock()
	s.league.doubt.Store(true)
}

// Rebuild deletes the boards of this month and of the one before and draws them again.
func (s *Service) Rebuild(ctx context.Context) error {
	m := s.month()
	before, err := s.meta(ctx, m.Prev())
	if err != nil {
		return err
	}
	for _, month := range []calendar.Month{m, m.Prev()} {
		if err := s.clear(ctx, month); err != nil {
			return err
		}
	}
	if before.epoch != "" {
		if err := s.draw(ctx, m.Prev()); err != nil {
			return err
		}
	}
	for range rebuildTries {
		// A process that runs may have noticed first, and draws them already.
		if err = s.CatchUp(ctx); fault.As(err) == nil || fault.As(err).Key != "leaderboard.drawing" {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(rebuildWait):
		}
	}
	return err
}

// How often and after what wait Rebuild looks again whether another process has drawn the boards.
const (
	rebuildTries = 120
	rebuildWait  = 500 * time.Millisecond
)

// EnsureMonth draws the boards of a month that is over where they are missing or may lack its last moments: as they
// stood at its end. Accounts keep points.MonthsKept months. The running month and coming ones are left alone.
func (s *Service) EnsureMonth(ctx context.Context, m calendar.Month) error {
	if !m.Before(s.month()) {
		return nil
	}
	at, err := s.meta(ctx, m)
	if err != nil || at.closed {
		return err
	}
	return s.draw(ctx, m)
}

// Reconsider puts a person onto the boards they belong to now, under the name that they have now: after a dismissal, a
// change of role or of company, a new name. Boards notice by themselves too, later, when the person is shown.
func (s *Service) Reconsider(ctx context.Context, memberID string) error {
	s.names.forget(memberID)
	if err := s.flush(ctx); err != nil { // what was noted under the former name must not come after this
		return err
	}
	m := s.month()
	a, err := s.readAccount(ctx, memberID, m)
	if err != nil || a.seq == 0 {
		return err
	}
	people, err := s.names.of(ctx, memberID)
	if err != nil {
		return err
	}
	p, known := people[memberID]
	if !known {
		p = &person{Member: member.Member{ID: memberID}} // of no role, so on no board
	}
	e := s.entryOf(m, p, a)
	if err := s.put(ctx, m, e); err != nil || s.Hub == nil {
		return err
	}
	for _, board := range e.boards { // a new name alone is no change of the board
		s.Hub.Changed(RoomName(board, m))
	}
	return nil
}

func noBoard() error { return fault.New(fault.NotFound, "leaderboard.no_board") }
