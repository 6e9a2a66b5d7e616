package leaderboard

import (
	"strings"
	"time"
	"unicode/utf8"

	"firebrand/content"
	"firebrand/internal/calendar"
)

// tieSpan is the range of a score's lower part, in milliseconds: 49 days, longer than a month.
const tieSpan = 1 << 32

// MaxPoints is the highest total that a score tells apart: with it a score is below 2^53 and exact in a float64.
const MaxPoints = 1<<21 - 1

// maxRegion bounds a region's name in a board's name, in bytes.
const maxRegion = 100

// score orders totals, and of equal ones those first that were reached earlier in the month. 0 stands on no board.
func score(total int64, since, start time.Time) int64 {
	if total <= 0 {
		return 0
	}
	late := min(max(since.Sub(start).Milliseconds(), 0), tieSpan-1)
	return min(total, MaxPoints)*tieSpan + (tieSpan - 1 - late)
}

// total is the points of a score.
func total(score int64) int64 { return score / tieSpan }

// boardsOf names the boards that a person stands on in a month: only active dealer staff stand on any.
func boardsOf(p *person, m calendar.Month, z calendar.Zone) []string {
	if !p.stands() {
		return nil
	}
	boards := []string{All}
	if p.region != "" {
		boards = append(boards, p.region)
	}
	if z.Month(p.Joined) == m {
		boards = append(boards, New)
	}
	return boards
}

// monday is the first day of a day's week.
func monday(day calendar.Date) calendar.Date { return day.Add(-(int(day.Weekday()) + 6) % 7) }

// window is the first of n places around place at, of total places: near the ends it moves, it does not shrink.
func window(at, n, total int) int { return max(0, min(at-n/2, total-n)) }

// validBoard reports whether this could be the name of a board.
func validBoard(name string) bool {
	if quiz, ok := strings.CutPrefix(name, quizPrefix); ok {
		return content.ValidID(quiz)
	}
	if week, ok := strings.CutPrefix(name, weekPrefix); ok {
		day, err := calendar.ParseDate(week)
		return err == nil && day.Weekday() == time.Monday
	}
	return name == All || name == New || validRegion(name)
}

func validRegion(board string) bool {
	region, ok := strings.CutPrefix(board, regionPrefix)
	return ok && region != "" && len(region) <= maxRegion && utf8.ValidString(region) && !strings.ContainsAny(region, "\n\t")
}

// hasYesterday reports whether a board can be compared with its table of yesterday.
func hasYesterday(board string) bool { return board == All || board == New || validRegion(board) }

// standsOn reports whether a person belongs on a board; on those of quizzes and weeks all dealer staff do.
func standsOn(p *person, board string, m calendar.Month, z calendar.Zone) bool {
	switch {
	case !p.stands():
		return false
	case board == New:
		return z.Month(p.Joined) == m
	case strings.HasPrefix(board, regionPrefix):
		return p.region == board
	}
	return true
}

// parseRoom reads what RoomName wrote.
func parseRoom(room string) (board string, m calendar.Month, ok bool) {
	rest, ok := strings.CutPrefix(room, roomPrefix)
	i := strings.LastIndexByte(rest, ':')
	if !ok || i < 0 {
		return "", calendar.Month{}, false
	}
	m, err := calendar.ParseMonth(rest[i+1:])
	return rest[:i], m, err == nil && validBoard(rest[:i])
}
