package leaderboard

import (
	"context"
	"time"

	"firebrand/internal/calendar"
)

// table reads a month's boards. There are two: copied for the embedded Redis, which sorts a whole board for every
// ordered read, and asked for a real one. Reads of a board's state that is older than the mark are not given out.
type table interface {
	// top returns the first n rows.
	top(ctx context.Context, b boardID, at mark, n int) (slice, error)
	// around returns n rows with the member among them; no rows where the member is not on the board.
	around(ctx context.Context, b boardID, at mark, member string, n int) (slice, error)
	// last returns the first n rows as they were read last, for when they cannot be read; false where they never were.
	last(b boardID, n int) (slice, bool)
}

// boardID is one board of one month.
type boardID struct {
	month calendar.Month
	name  string
}

// mark says which state a month's boards are in: a board is another one when the epoch or its version is.
type mark struct {
	epoch    string
	versions map[string]string
}

func (m mark) of(board string) string { return m.epoch + "/" + m.versions[board] }

// placed is a row before it has a name.
type placed struct {
	rank    int
	account string
	points  int64
}

// slice is some rows of a board, and how many it has.
type slice struct {
	rows  []placed
	total int
	read  time.Time
}
