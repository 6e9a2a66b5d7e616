package leaderboard

import (
	"strconv"
	"strings"
	"time"

	"firebrand/game"
	"firebrand/internal/calendar"
	"firebrand/internal/journal"
	"firebrand/internal/points"
)

// FinalAfter is how long after a month's end its table becomes final: what was played before midnight counts although
// its record comes later, as that of a last question which nobody answered does.
const FinalAfter = time.Hour

// earned is what one record of an account won for the boards of quizzes and weeks, or took back.
type earned struct {
	// of is empty for a record of the account itself; of one that was merged into it, its id and "/", once for each merge.
	of  string
	seq int64
	// quiz is empty for what was not won in a game.
	quiz, week string
	points     int64
	// late is when, in milliseconds from the month's start.
	late int64
}

// appendLine adds the form in which put.lua keeps it.
func (e earned) appendLine(to []byte) []byte {
	to = append(strconv.AppendInt(append(to, e.of...), e.seq, 10), '\t')
	to = append(append(to, e.quiz...), '\t')
	to = append(append(to, e.week...), '\t')
	to = append(strconv.AppendInt(to, e.points, 10), '\t')
	return strconv.AppendInt(to, e.late, 10)
}

// boards are those that it counts on.
func (e earned) boards() []string {
	if e.quiz == "" {
		return []string{weekPrefix + e.week}
	}
	return []string{weekPrefix + e.week, QuizBoard(e.quiz)}
}

// earns reports whether a record of this kind can win something, bring it from another account or take it back, so that
// the rest need not be read.
func earns(rec journal.Record) bool {
	switch points.Kind(rec.Kind) {
	case points.KindAward, points.KindRefused, points.KindReverse, points.KindMergeIn:
		return true
	}
	return false
}

// earnedBy is what a record won for a month's boards of quizzes and weeks: a game what it was played for, whatever a cap
// left of it, a challenge what came in, and a reversal what it took away. None where it won nothing then.
func earnedBy(rec journal.Record, c points.Change, m calendar.Month, z calendar.Zone) (earned, bool) {
	e := earned{seq: rec.Seq}
	at := rec.At
	switch op := c.Op; op.Kind {
	case points.KindAward, points.KindRefused:
		if op.Month != m || !counts(op.Source) {
			return e, false
		}
		e.points = c.Moved
		if e.quiz = quizOf(op.Ref, m); e.quiz != "" {
			e.points = op.Amount
		}
	case points.KindReverse:
		at = op.OfAt
		for _, lot := range c.Took {
			if lot.Month == m && counts(lot.Source) {
				e.points -= lot.Amount
			}
		}
		e.quiz = quizOfKey(op.Of, m)
	}
	start, end := z.StartOfMonth(m), z.EndOfMonth(m)
	if !at.Before(end) {
		at = end.Add(-time.Millisecond) // played in the month's last moments
	}
	if at.Before(start) {
		at = start
	}
	e.week = monday(z.Date(at)).String()
	e.late = max(rec.At.Sub(start).Milliseconds(), 0)
	return e, e.points != 0
}

// counts reports whether points of a source count on boards; it is what points.State.Won counts.
func counts(s points.Source) bool { return s == points.SourceGame || s == points.SourceChallenge }

// quizOf is the quiz of a scored attempt of this month that an award refers to, empty for anything else.
func quizOf(ref string, m calendar.Month) string {
	parts := strings.SplitN(ref, "/", 4)
	if len(parts) != 4 || parts[0] != game.Family || parts[2] != m.String() {
		return ""
	}
	return parts[1]
}

// quizOfKey is the quiz whose game was paid under a key, which ends as it was asked for where the account was merged.
func quizOfKey(key string, m calendar.Month) string {
	parts := strings.Split(key, "/")
	if len(parts) > 3 && parts[0] == "of" {
		parts = parts[len(parts)-3:]
	}
	if len(parts) != 3 || parts[0] != "game" || parts[2] != m.String() {
		return ""
	}
	return parts[1]
}
