package leaderboard

import (
	"context"
	"time"

	"firebrand/internal/calendar"
)

// table reads a month's boards. There are three: copied for the embedded Redis, which sorts a whole board for every
// ordered read, asked for a real one, and frozen for a month whose final table is kept. Reads of a board's state that is
// older than the mark are not given out.
type table interface {
	// top returns the first n rows.
	top(ctx context.Context, b boardID, at mark, n int) (slice, error)
	// around returns n rows with the member among them; no rows where the member is not on the board.
	around(ctx context.Context, b boardID, at mark, member string, n int) (slice, error)
	// last returns the first n rows as they were read last, for when they cannot be read; false where they never were.
	last(b boardID, n int) (slice, bool)
}

// boardID is one board of one month; was, where set, is the day at whose end its table is meant.
type boardID struct {
	month calendar.Month
	name  string
	was   string
}

// before is the board's table at the end of a day.
func (b boardID) before(day string) boardID { return boardID{b.month, b.name, day} }

// mark says which state a month's boards are in: a board is another one when the epoch or its version is.
type mark struct {
	epoch    string
	versions map[string]string
	// was is the day of the table to compare with, empty where there is none.
	was string
	// closed says that the month's final table is meant.
	closed bool
}

func (m mark) of(board string) string { return m.epoch + "/" + m.versions[board] }

// dayFor is the day of a board's table to compare with; the boards of quizzes and weeks have none.
func (m mark) dayFor(board string) string {
	if hasYesterday(board) {
		return m.was
	}
	return ""
}

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
	// was is the rank yesterday of the member that was asked for, 0 for none.
	was  int
	read time.Time
}
