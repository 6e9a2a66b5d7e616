package leaderboard

import (
	"cmp"
	"context"
	"crypto/rand"
	"slices"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"firebrand/internal/calendar"
	"firebrand/internal/journal"
	"firebrand/internal/member"
)

// wasKept is how long the table of a day stays: longer than anybody compares with it.
const wasKept = 72 * time.Hour

// yesterday is the day before, where it is of the running month; a month's first day has none to compare with.
func (s *Service) yesterday() (day calendar.Date, found bool) {
	day = s.Zone.Date(s.now()).Add(-1)
	return day, day.Month() == s.month()
}

// drawYesterday draws the running month's table as it stood at the last moment of yesterday, once a day: from the
// accounts, as soon as no record of yesterday can appear any more. So it says the same whoever draws it and whenever.
func (s *Service) drawYesterday(ctx context.Context) error {
	day, found := s.yesterday()
	if !found || s.now().Before(s.Zone.EndOf(day).Add(journal.Overlap)) {
		return nil
	}
	m := day.Month()
	at, err := s.marks.of(ctx, m)
	if err != nil || at.epoch == "" || at.was == day.String() {
		return err
	}
	if name := s.lease(); name != "" && !s.Journal.Leases.Held(ctx, name) {
		return nil
	}
	token := rand.Text()
	if ok, err := s.Redis.SetNX(ctx, wasLockKey(m), token, drawLock).Result(); err != nil || !ok {
		return down(err) // another process draws it
	}
	var ids []string
	err = s.staff(ctx, func(p member.Member) { ids = append(ids, p.ID) })
	for batch := range slices.Chunk(ids, drawBatch) {
		if err == nil {
			err = s.drawWas(ctx, day, batch)
		}
	}
	if err != nil {
		s.Redis.Del(ctx, wasLockKey(m))
		return err
	}
	return down(wasScript.Run(ctx, s.Redis, []string{wasLockKey(m), metaKey(m)}, token, day.String()).Err())
}

// staff calls each with everybody who may stand on boards.
func (s *Service) staff(ctx context.Context, each func(member.Member)) error {
	return s.People.All(ctx, func(p member.Member) error {
		if p.Role == member.RoleMember && p.Active() {
			each(p)
		}
		return nil
	})
}

// drawWas writes where these people stood at a day's end.
func (s *Service) drawWas(ctx context.Context, day calendar.Date, ids []string) error {
	people, err := s.names.of(ctx, ids...)
	if err != nil {
		return err
	}
	m, end := day.Month(), s.Zone.EndOf(day)
	pipe := s.Redis.Pipeline()
	for _, id := range ids {
		state, err := s.stateBefore(ctx, id, end)
		if err != nil {
			return err
		}
		total, since, _ := state.Won(m, end.Add(-time.Millisecond))
		score := score(total, since, s.Zone.StartOfMonth(m))
		if score == 0 {
			continue
		}
		for _, board := range boardsOf(people[id], m, s.Zone) {
			key := boardID{m, board, day.String()}.key()
			pipe.ZAdd(ctx, key, redis.Z{Score: float64(score), Member: id})
			pipe.Expire(ctx, key, wasKept)
		}
	}
	pipe.Expire(ctx, wasLockKey(m), drawLock)
	_, err = pipe.Exec(ctx)
	return down(err)
}

// Movement says how a member's rank on a board changed since yesterday's end. Faults as in Around.
func (s *Service) Movement(ctx context.Context, m calendar.Month, board, memberID string) (Movement, error) {
	st, known, err := s.standing(ctx, m, board, memberID)
	if err != nil {
		return Movement{}, err
	}
	return Movement{Board: board, Yesterday: st.was, Today: st.Rank, Places: st.Moved, Known: known}, nil
}

const (
	// moversFor is how long the movers of a board are shown before they are looked for again.
	moversFor = 15 * time.Second
	// moversMost is how many are kept.
	moversMost = 100
)

// movers remembers who climbed most, since finding them reads the whole board.
type movers struct {
	mu    sync.Mutex
	at    time.Time
	state string
	found []climb
	was   *boardCopy
	day   string
}

// climb is a mover before they have a name.
type climb struct {
	placed
	was int
}

// Movers returns who climbed most on everyone's board since yesterday's end, of equal climbs the higher first: n of them,
// 100 at most, none while there is nothing to compare with. It is some 15 s old. Faults as in Around.
func (s *Service) Movers(ctx context.Context, m calendar.Month, n int) ([]Mover, error) {
	at, err := s.mark(ctx, m)
	if err != nil {
		return nil, err
	}
	found, err := s.climbs(ctx, m, at)
	if err != nil {
		return nil, err
	}
	found = found[:min(max(n, 0), len(found))]
	read := slice{read: s.now()}
	for _, c := range found {
		read.rows = append(read.rows, c.placed)
	}
	b, err := s.named(ctx, boardID{month: m, name: All}, read, "")
	if err != nil {
		return nil, err
	}
	climbed := make([]Mover, 0, len(b.Rows))
	for _, row := range b.Rows {
		i := slices.IndexFunc(found, func(c climb) bool { return c.rank == row.Rank })
		climbed = append(climbed, Mover{Row: row, Yesterday: found[i].was, Places: found[i].was - row.Rank})
	}
	return climbed, nil
}

// climbs looks for who climbed, where it is time to.
func (s *Service) climbs(ctx context.Context, m calendar.Month, at mark) ([]climb, error) {
	if at.was == "" || m != s.month() {
		return nil, nil
	}
	t := &s.movers
	t.mu.Lock()
	defer t.mu.Unlock()
	state := at.was + "/" + at.of(All)
	age := s.now().Sub(t.at)
	if state == t.state || t.day == at.was && age >= 0 && age < moversFor {
		return t.found, nil
	}
	id := boardID{month: m, name: All}
	now, err := copyOf(ctx, s.Redis, id, s.now())
	if err != nil {
		return nil, err
	}
	if t.day != at.was || t.was == nil {
		if t.was, err = copyOf(ctx, s.Redis, id.before(at.was), s.now()); err != nil {
			return nil, err
		}
	}
	t.found, t.state, t.day, t.at = climbsOf(now, t.was), state, at.was, s.now()
	return t.found, nil
}

// climbsOf compares two tables.
func climbsOf(now, was *boardCopy) []climb {
	var found []climb
	for _, p := range now.rows {
		if before := was.rank(p.account); before > p.rank {
			found = append(found, climb{p, before})
		}
	}
	slices.SortFunc(found, func(a, b climb) int {
		return cmp.Or(cmp.Compare(b.was-b.rank, a.was-a.rank), cmp.Compare(a.rank, b.rank))
	})
	return slices.Clone(found[:min(len(found), moversMost)])
}
