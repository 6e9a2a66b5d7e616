package leaderboard

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/journal"
)

const (
	// unclosedFor is how long a month is taken as not closed before the journal is asked again.
	unclosedFor = time.Second
	// frozenMost bounds the final tables that are kept in memory.
	frozenMost = 40
)

// closing is the record that closes a month: which tables are final, and what they bring. It is the body in the journal.
type closing struct {
	// Run names the counting whose pages are the tables.
	Run string `json:"run"`
	// Final is up to when records counted.
	Final time.Time `json:"final"`
	// Edition is the version of the month's edition whose prizes these are, 0 where it had none.
	Edition int64         `json:"edition,omitempty"`
	Boards  []closedBoard `json:"boards"`
	Classes []closedClass `json:"classes,omitempty"`
	Prizes  []Prize       `json:"prizes,omitempty"`
}

type closedBoard struct {
	Name  string `json:"name"`
	Total int    `json:"total"`
}

type closedClass struct {
	Name  string `json:"name"`
	Mean  int64  `json:"mean"`
	Total int    `json:"total"`
}

// The kinds of a closed month's records, which are their keys too; a prize that failed has its id behind it.
const (
	keyClosed = "closed"
	keyFailed = "failed"
	keyPaid   = "paid"
)

// frozen reads the final tables of closed months: a table like the others.
type frozen struct {
	journal *journal.Journal
	tables  *Tables
	now     func() time.Time
	mu      sync.Mutex
	months  map[calendar.Month]closing
	// asked says when a month was not closed yet.
	asked map[calendar.Month]time.Time
	held  map[boardID]*boardCopy
	// unpaid are the prizes of months which are paid that never will be, by id, and why.
	unpaid map[calendar.Month]map[string]string
}

// of is how a month was closed; found is false where it is not.
func (t *frozen) of(ctx context.Context, m calendar.Month) (c closing, found bool, err error) {
	if t.tables == nil {
		return c, false, nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if c, found = t.months[m]; found {
		return c, true, nil
	}
	asked, before := t.asked[m]
	if age := t.now().Sub(asked); before && age >= 0 && age < unclosedFor {
		return c, false, nil
	}
	c, found, err = readClosing(ctx, t.journal, m)
	switch {
	case err != nil:
		return c, false, err
	case found:
		t.keep(m, c)
	default:
		if len(t.asked) >= frozenMost {
			clear(t.asked)
		}
		t.asked[m] = t.now()
	}
	return c, found, nil
}

func (t *frozen) keep(m calendar.Month, c closing) {
	if len(t.months) >= frozenMost {
		clear(t.months)
	}
	t.months[m] = c
}

// learn remembers how a month was closed.
func (t *frozen) learn(m calendar.Month, c closing) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.keep(m, c)
}

func readClosing(ctx context.Context, j *journal.Journal, m calendar.Month) (c closing, found bool, err error) {
	rec, found, err := j.ByKey(ctx, closedStream(m), keyClosed)
	if err != nil || !found {
		return c, false, err
	}
	return c, true, json.Unmarshal(rec.Body, &c)
}

// failures are the prizes of a closed month that can never be paid, by id, and why.
func (t *frozen) failures(ctx context.Context, m calendar.Month) (map[string]string, error) {
	t.mu.Lock()
	why, known := t.unpaid[m]
	t.mu.Unlock()
	if known {
		return why, nil
	}
	recs, err := readAll(ctx, t.journal, closedStream(m))
	if err != nil {
		return nil, err
	}
	why, paid, err := failures(recs)
	if err != nil || !paid {
		return why, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.unpaid) >= frozenMost {
		clear(t.unpaid)
	}
	t.unpaid[m] = why
	return why, nil
}

// readAll reads a whole stream.
func readAll(ctx context.Context, j *journal.Journal, stream string) (all []journal.Record, err error) {
	for {
		recs, err := j.Read(ctx, stream, int64(len(all))+1, 0)
		if err != nil || len(recs) == 0 {
			return all, err
		}
		all = append(all, recs...)
	}
}

// mark is that of a closed month.
func (t *frozen) mark(ctx context.Context, m calendar.Month) (mark, bool, error) {
	c, found, err := t.of(ctx, m)
	return mark{epoch: c.Run, closed: true}, found, err
}

func (t *frozen) top(ctx context.Context, b boardID, _ mark, n int) (slice, error) {
	c, err := t.copy(ctx, b)
	if err != nil {
		return slice{}, err
	}
	return c.cut(0, n), nil
}

func (t *frozen) around(ctx context.Context, b boardID, _ mark, member string, n int) (slice, error) {
	c, err := t.copy(ctx, b)
	if err != nil {
		return slice{}, err
	}
	return c.around(member, n), nil
}

func (t *frozen) last(b boardID, n int) (slice, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.held[b]
	if c == nil {
		return slice{}, false
	}
	return c.cut(0, n), true
}

// copy reads a board's final table, which never changes.
func (t *frozen) copy(ctx context.Context, b boardID) (*boardCopy, error) {
	closed, found, err := t.of(ctx, b.month)
	if err == nil && !found {
		err = noBoard()
	}
	if err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if c := t.held[b]; c != nil {
		return c, nil
	}
	at := slices.IndexFunc(closed.Boards, func(c closedBoard) bool { return c.Name == b.name })
	c := newCopy(0, closed.Final)
	if at >= 0 {
		err = t.tables.board(ctx, b.month.String(), closed.Run, b.name, closed.Boards[at].Total, func(p page) {
			for _, r := range p.Rows {
				c.add(r.Account, r.Points)
			}
		})
	}
	if err != nil {
		return nil, err
	}
	if len(t.held) >= frozenMost {
		clear(t.held)
	}
	t.held[b] = c
	return c, nil
}

// league is the final league of a closed month.
func (t *frozen) league(ctx context.Context, m calendar.Month) (League, error) {
	closed, _, err := t.of(ctx, m)
	if err != nil {
		return League{}, err
	}
	l := League{Month: m, Updated: closed.Final, Closed: true}
	for _, class := range closed.Classes {
		c := Class{Name: class.Name, Mean: class.Mean}
		err := t.tables.board(ctx, m.String(), closed.Run, LeagueBoard(class.Name), class.Total, func(p page) {
			c.Teams = append(c.Teams, p.Teams...)
		})
		if err != nil {
			return League{}, err
		}
		l.Classes = append(l.Classes, c)
	}
	return l, nil
}

// Closed returns n rows (MaxRows at most) of a closed month's final table behind the rank after, under the names that
// people have chosen by now. It fails with fault.NotFound ("leaderboard.not_closed") while the month is not closed,
// which follows some minutes after FinalAfter.
func (s *Service) Closed(ctx context.Context, m calendar.Month, board string, after, n int) (Board, error) {
	if !validBoard(board) {
		return Board{}, noBoard()
	}
	_, found, err := s.frozen.of(ctx, m)
	if err == nil && !found {
		err = fault.New(fault.NotFound, "leaderboard.not_closed")
	}
	if err != nil {
		return Board{}, err
	}
	id := boardID{month: m, name: board}
	c, err := s.frozen.copy(ctx, id)
	if err != nil {
		return Board{}, err
	}
	b, err := s.named(ctx, id, c.cut(max(after, 0), min(max(n, 0), MaxRows)), "")
	b.Closed = true
	return b, err
}
