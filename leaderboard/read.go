package leaderboard

import (
	"context"
	"slices"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
)

// Top returns the first n rows of a board, MaxRows at most.
//
// Where the boards cannot be read it returns what was read last, marked Stale, or fault.Unavailable
// ("leaderboard.down"; "leaderboard.drawing" while they are drawn) where there is nothing. What is no board, and a month
// that has no boards, is fault.NotFound ("leaderboard.no_board"). The month before is drawn on demand.
func (s *Service) Top(ctx context.Context, m calendar.Month, board string, n int) (Board, error) {
	if !validBoard(board) {
		return Board{}, noBoard()
	}
	n = min(max(n, 0), MaxRows)
	id := boardID{month: m, name: board}
	at, err := s.mark(ctx, m)
	var read slice
	if err == nil {
		read, err = s.tableOf(at).top(ctx, id, at, n)
	}
	stale := false
	if fault.Is(err, fault.Unavailable) {
		if last, held := s.table.last(id, n); held {
			read, err, stale = last, nil, true
		}
	}
	if err != nil {
		return Board{}, err
	}
	b, err := s.named(ctx, id, read, "")
	b.Stale, b.Closed = stale, at.closed
	return b, err
}

// Around returns n rows of a board with the member among them, fewer only where the board has fewer. There are no rows
// for a member who is not on it. Faults as in Top, but there is no stale answer from a real Redis.
func (s *Service) Around(ctx context.Context, m calendar.Month, board, memberID string, n int) (Board, error) {
	id, read, closed, err := s.around(ctx, m, board, memberID, n)
	if err != nil {
		return Board{}, err
	}
	b, err := s.named(ctx, id, read, memberID)
	b.Closed = closed
	return b, err
}

// around reads the rows around a member, who have no names yet.
func (s *Service) around(ctx context.Context, m calendar.Month, board, memberID string, n int) (id boardID, read slice, closed bool, err error) {
	if !validBoard(board) {
		return id, read, false, noBoard()
	}
	id = boardID{month: m, name: board}
	at, err := s.mark(ctx, m)
	at.was = "" // nobody asks here for the rank yesterday
	if err == nil {
		read, err = s.tableOf(at).around(ctx, id, at, memberID, min(max(n, 1), MaxRows))
	}
	return id, read, at.closed, err
}

// Mine returns how a member stands on each of their boards: everyone's, the region's, the newcomers' where they are
// one. Nobody else than dealer staff has any. Faults as in Around.
func (s *Service) Mine(ctx context.Context, m calendar.Month, memberID string) ([]Standing, error) {
	people, err := s.names.of(ctx, memberID)
	if err != nil {
		return nil, err
	}
	at, err := s.mark(ctx, m)
	if err != nil {
		return nil, err
	}
	var mine []Standing
	for _, board := range boardsOf(people[memberID], m, s.Zone) {
		st, err := s.standingAt(ctx, boardID{month: m, name: board}, at, memberID)
		if err != nil {
			return nil, err
		}
		mine = append(mine, st)
	}
	return mine, nil
}

// Standing returns how a member stands on one board, of any kind. Faults as in Around.
func (s *Service) Standing(ctx context.Context, m calendar.Month, board, memberID string) (Standing, error) {
	st, _, err := s.standing(ctx, m, board, memberID)
	return st, err
}

// standing also says whether there is a table of yesterday to compare with.
func (s *Service) standing(ctx context.Context, m calendar.Month, board, memberID string) (Standing, bool, error) {
	if !validBoard(board) {
		return Standing{}, false, noBoard()
	}
	at, err := s.mark(ctx, m)
	if err != nil {
		return Standing{}, false, err
	}
	st, err := s.standingAt(ctx, boardID{month: m, name: board}, at, memberID)
	return st, at.dayFor(board) != "", err
}

func (s *Service) standingAt(ctx context.Context, b boardID, at mark, memberID string) (Standing, error) {
	// Three rows always hold the one above.
	read, err := s.tableOf(at).around(ctx, b, at, memberID, 3)
	if err != nil {
		return Standing{}, err
	}
	st := placeOf(b.name, read, memberID)
	if at.dayFor(b.name) == "" {
		return st, nil
	}
	st.was = read.was
	switch {
	case st.Rank == 0:
	case st.was == 0:
		st.Fresh = true
	default:
		st.Moved = st.was - st.Rank
	}
	return st, nil
}

// placeOf finds a member's place in some rows of a board.
func placeOf(board string, read slice, memberID string) Standing {
	st := Standing{Board: board, Total: read.total}
	i := slices.IndexFunc(read.rows, func(p placed) bool { return p.account == memberID })
	if i < 0 {
		return st
	}
	st.Rank, st.Points = read.rows[i].rank, read.rows[i].points
	if i > 0 {
		// One more than the difference: at equal totals the one above was there first.
		st.ToNext = read.rows[i-1].points - st.Points + 1
	}
	return st
}

// tableOf is the table that a mark is of.
func (s *Service) tableOf(at mark) table {
	if at.closed {
		return &s.frozen
	}
	return s.table
}

// mark is the state of a month's boards, which must be drawn; last month's are drawn where they are not, and a month that
// is closed is read from its final table.
func (s *Service) mark(ctx context.Context, m calendar.Month) (mark, error) {
	running := s.month()
	if m.Before(running) {
		if at, closed, err := s.frozen.mark(ctx, m); err != nil || closed {
			return at, err
		}
	}
	at, err := s.marks.of(ctx, m)
	if at.was != "" {
		if day, found := s.yesterday(); !found || m != running || at.was != day.String() {
			at.was = ""
		}
	}
	if err != nil || at.epoch != "" {
		return at, err
	}
	switch m {
	case running:
		return at, drawing()
	case running.Prev():
		if err := s.EnsureMonth(ctx, m); err != nil {
			return at, err
		}
		if _, err := s.marks.fresh(ctx, m); err != nil {
			return at, err
		}
		return s.marks.of(ctx, m)
	}
	return at, noBoard()
}

// named gives rows their names.
func (s *Service) named(ctx context.Context, id boardID, read slice, me string) (Board, error) {
	b := Board{Name: id.name, Month: id.month, Total: read.total, Rows: make([]Row, 0, len(read.rows)), Updated: read.read}
	people, err := s.peopleOf(ctx, id, read)
	for i, at := range read.rows {
		if err == nil && people[i] != nil {
			p := people[i]
			b.Rows = append(b.Rows, Row{
				Rank: at.rank, Who: p.who, Name: p.name, Company: p.company.Name, Points: at.points, Me: at.account == me,
			})
		}
	}
	return b, err
}

// peopleOf returns who stands in each row, nil for a row to be left out. Who does not belong on a running board any more
// is left out and reconsidered soon; the boards of a month that is over stay as they were.
func (s *Service) peopleOf(ctx context.Context, id boardID, read slice) ([]*person, error) {
	people, err := s.names.inOrder(ctx, read.rows)
	if err != nil || id.month != s.month() {
		return people, err
	}
	for i, p := range people {
		if !standsOn(p, id.name, id.month, s.Zone) {
			s.Doubt(read.rows[i].account)
			people[i] = nil
		}
	}
	return people, nil
}
