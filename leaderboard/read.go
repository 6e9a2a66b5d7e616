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
	id := boardID{m, board}
	at, err := s.mark(ctx, m)
	var read slice
	if err == nil {
		read, err = s.table.top(ctx, id, at, n)
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
	b.Stale = stale
	return b, err
}

// Around returns n rows of a board with the member among them, fewer only where the board has fewer. There are no rows
// for a member who is not on it. Faults as in Top, but there is no stale answer from a real Redis.
func (s *Service) Around(ctx context.Context, m calendar.Month, board, memberID string, n int) (Board, error) {
	if !validBoard(board) {
		return Board{}, noBoard()
	}
	id := boardID{m, board}
	at, err := s.mark(ctx, m)
	if err != nil {
		return Board{}, err
	}
	read, err := s.table.around(ctx, id, at, memberID, min(max(n, 1), MaxRows))
	if err != nil {
		return Board{}, err
	}
	return s.named(ctx, id, read, memberID)
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
		// Three rows always hold the one above.
		read, err := s.table.around(ctx, boardID{m, board}, at, memberID, 3)
		if err != nil {
			return nil, err
		}
		mine = append(mine, standing(board, read, memberID))
	}
	return mine, nil
}

// standing finds a member's place in some rows of a board.
func standing(board string, read slice, memberID string) Standing {
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

// mark is the state of a month's boards, which must be drawn; last month's are drawn where they are not.
func (s *Service) mark(ctx context.Context, m calendar.Month) (mark, error) {
	at, err := s.marks.of(ctx, m)
	if err != nil || at.epoch != "" {
		return at, err
	}
	running := s.month()
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

// named gives rows their names. Who does not belong on a running board any more is left out and reconsidered soon; the
// boards of a month that is over stay as they were.
func (s *Service) named(ctx context.Context, id boardID, read slice, me string) (Board, error) {
	b := Board{Name: id.name, Month: id.month, Total: read.total, Rows: make([]Row, 0, len(read.rows)), Updated: read.read}
	accounts := make([]string, len(read.rows))
	for i, p := range read.rows {
		accounts[i] = p.account
	}
	people, err := s.names.of(ctx, accounts...)
	if err != nil {
		return Board{}, err
	}
	running := id.month == s.month()
	for _, at := range read.rows {
		p, known := people[at.account]
		if running && !slices.Contains(boardsOf(p, id.month, s.Zone), id.name) {
			s.Doubt(at.account)
			continue
		}
		if !known {
			continue
		}
		b.Rows = append(b.Rows, Row{
			Rank: at.rank, Who: Who(at.account), Name: p.BoardName(), Company: p.company.Name,
			Points: at.points, Me: at.account == me,
		})
	}
	return b, nil
}
