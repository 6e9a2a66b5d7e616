package game

import (
	"slices"
	"time"

	"firebrand/content"
	"firebrand/internal/fault"
)

// paceLeast and paceMost bound a player's time limit, in percent.
const (
	paceLeast = 100
	paceMost  = 200
)

// Credit is the part of a question that an answer got right: Got of Of.
type Credit struct {
	Got int64 `json:"got"`
	Of  int64 `json:"of"`
}

// Full reports whether the answer was wholly right.
func (c Credit) Full() bool { return c.Got == c.Of }

// CreditOf marks a choice of option ids: for several max(0, right - wrong) of the right ones, else all or nothing.
func CreditOf(q content.Question, choice []string) Credit {
	var c Credit
	var right, wrong int64
	for _, o := range q.Options {
		chosen := slices.Contains(choice, o.ID)
		switch {
		case o.Right && chosen:
			right++
		case chosen:
			wrong++
		}
		if o.Right {
			c.Of++
		}
	}
	if q.Kind == content.Several {
		c.Got = max(0, right-wrong)
		return c
	}
	c.Of = 1
	if right == 1 && wrong == 0 {
		c.Got = 1
	}
	return c
}

// Score is what an answer wins: weight × (1 − speed share × t/T) × credit, where t is the measured time cut to [0, T],
// T the limit at the player's own pace, both in whole milliseconds, and speedShare is in permille. It is rounded half
// up, once, at the end (DESIGN.md §4).
func Score(weight int64, speedShare int, took, limit time.Duration, credit Credit) int64 {
	t, T := min(max(took, 0), limit).Milliseconds(), limit.Milliseconds()
	if T <= 0 || credit.Of <= 0 {
		return 0
	}
	part := weight * credit.Got * (1000*T - int64(speedShare)*t)
	whole := 1000 * T * credit.Of
	return (2*part + whole) / (2 * whole)
}

// Limit is a question's time at a player's pace.
func Limit(q content.Question, pace int) time.Duration {
	return time.Duration(q.Seconds) * time.Second * time.Duration(Pace(pace)) / 100
}

// Pace is the percent that a player's setting stands for, within 100 and 200.
func Pace(setting int) int { return min(max(setting, paceLeast), paceMost) }

// Due is what the clock has decided about an attempt and no record says yet: a finish that was cut off, a burn, or the
// open question missed. next is the attempt afterwards. What comes out does not depend on who asks or when, except
// that a missed question counts from the moment its player is back.
func Due(a Attempt, at time.Time, p Policy) (kind Kind, next Attempt, due bool) {
	switch {
	case !a.Alive():
		return "", a, false
	case a.Complete():
		return KindFinished, a.end(StateFinished, a.At), true
	case !at.Before(a.BurnsAt):
		return KindBurned, a.end(StateBurned, a.BurnsAt), true
	case a.Asking() && at.After(a.Deadline.Add(p.Grace)):
		return KindMissed, a.miss(at, p), true
	}
	return "", a, false
}

// byTheClock is the attempt as it stands at an instant for somebody who only looks from afar: ended where the clock has
// ended it. An open question that is past stays open, since only its player's return makes it missed.
func byTheClock(a Attempt, at time.Time, p Policy) Attempt {
	if kind, next, due := Due(a, at, p); due && kind != KindMissed {
		return next
	}
	return a
}

// answer closes the open question with a choice of the content's option ids. It relies on Due having been asked.
func answer(a Attempt, quiz content.Quiz, q content.Question, choice []string, sure bool, at time.Time, p Policy) Attempt {
	limit := a.Deadline.Sub(a.Handed)
	took := min(max(at.Sub(a.Handed), 0), limit)
	credit := CreditOf(q, choice)
	return a.close(Given{
		Choice: choice, TookMS: took.Milliseconds(), Credit: credit, Sure: sure,
		Points: Score(q.Weight, quiz.SpeedShare, took, limit, credit),
	}, at, p)
}

// checkChoice turns shown option ids, places from "1", into the content's, sorted, and refuses what is no answer.
func checkChoice(q content.Question, shown []string, choice []string) ([]string, error) {
	var ids []string
	for _, place := range choice {
		i := placeOf(place)
		if i < 0 || i >= len(shown) {
			return nil, fault.New(fault.Invalid, "game.choice_unknown").On("choice")
		}
		ids = append(ids, shown[i])
	}
	return checkIDs(q, ids)
}

// checkIDs sorts a choice of the content's option ids and refuses none at all, and two of which one can be right.
func checkIDs(q content.Question, ids []string) ([]string, error) {
	slices.Sort(ids)
	ids = slices.Compact(ids)
	switch {
	case len(ids) == 0:
		return nil, fault.New(fault.Invalid, "game.choice_none").On("choice")
	case len(ids) > 1 && q.Kind != content.Several:
		return nil, fault.New(fault.Invalid, "game.choice_one").On("choice")
	}
	return ids, nil
}

// most is the sum of the n largest weights of a quiz: what a lucky draw can win, without taking part.
func most(quiz content.Quiz, n int) int64 {
	var weights []int64
	for _, q := range quiz.Questions {
		weights = append(weights, q.Weight)
	}
	slices.Sort(weights)
	var sum int64
	for _, w := range weights[max(0, len(weights)-n):] {
		sum += w
	}
	return sum
}
