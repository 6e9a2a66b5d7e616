package leaderboard

import (
	"context"
	"slices"
	"sync"
)

// roomsMost bounds how many rooms' last rows are remembered.
const roomsMost = 500

// rooms remembers what each live room showed, so that a change far below its rows is not sent to anybody.
type rooms struct {
	mu    sync.Mutex
	shown map[string]Board
}

// snapshot is the state of a live room: the board's first rows.
func (s *Service) snapshot(ctx context.Context, room string) (any, error) {
	board, m, ok := parseRoom(room)
	if !ok {
		return nil, noBoard()
	}
	b, err := s.Top(ctx, m, board, Shown)
	if err != nil {
		return nil, err
	}
	return s.rooms.keep(room, b), nil
}

// keep returns the board as it was shown before where its rows are the same.
func (r *rooms) keep(room string, b Board) Board {
	r.mu.Lock()
	defer r.mu.Unlock()
	before, shown := r.shown[room]
	if shown && sameBoard(before, b) {
		return before
	}
	if len(r.shown) >= roomsMost {
		clear(r.shown)
	}
	r.shown[room] = b
	return b
}

// sameBoard reports whether two readings of a board show the same.
func sameBoard(a, b Board) bool {
	return a.Total == b.Total && a.Stale == b.Stale && a.Closed == b.Closed && slices.Equal(a.Rows, b.Rows)
}

// look reads which boards changed and tells their rooms.
func (s *Service) look(ctx context.Context) error {
	m := s.month()
	changed, err := s.marks.fresh(ctx, m)
	if err != nil || s.Hub == nil {
		return err
	}
	for _, board := range changed {
		s.Hub.Changed(RoomName(board, m))
	}
	return nil
}
