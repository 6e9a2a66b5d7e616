package game

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"firebrand/internal/calendar"
	"firebrand/internal/journal"
)

// Attempt is a scored attempt as one of its records left it. It names its player by id and holds the secret and the
// right order of things, so it never leaves the server; View is what does. Attempts are values: nothing here changes
// one that it was given.
type Attempt struct {
	Quiz string `json:"quiz"`
	// Revision is the quiz's; what was begun with it ends with it.
	Revision int            `json:"revision"`
	Month    calendar.Month `json:"month"`
	Member   string         `json:"member"`
	// Lang is the language of every question; Fallback says that the player had asked for another.
	Lang     string `json:"lang"`
	Fallback bool   `json:"fallback,omitempty"`
	// Pace is the time limit in percent.
	Pace int `json:"pace"`
	// Participation is what the finish adds, in points.
	Participation int64 `json:"participation,omitempty"`
	// Secret seeds the draw: 32 bytes.
	Secret []byte `json:"secret"`
	// Drawn are all questions of this attempt in their order, those still to come included.
	Drawn []Drawn `json:"drawn"`
	// Given are the questions that are over, in that order.
	Given []Given `json:"given,omitempty"`
	State State   `json:"state"`
	// Handed is when the open question was handed out, Deadline when its limit ends; zero between questions.
	Handed   time.Time `json:"handed,omitzero"`
	Deadline time.Time `json:"deadline,omitzero"`
	// Points is what is won: so far, or in all. It is zero after a burn, and Lost is what that took.
	Points int64 `json:"points"`
	Lost   int64 `json:"lost,omitempty"`
	// Redrawn says that the pause was used; RedrawnAfter is how many questions were over then.
	Redrawn      bool `json:"redrawn,omitempty"`
	RedrawnAfter int  `json:"redrawn_after,omitempty"`
	// At is when its player last did something, or came back to a question that was over.
	At time.Time `json:"at"`
	// BurnsAt is when the attempt burns; zero after the end and when all that is left to do is to finish it.
	BurnsAt time.Time `json:"burns_at,omitzero"`
	// Ended is when it ended by the rules, which may be before anybody wrote it down.
	Ended time.Time `json:"ended,omitzero"`
}

// Drawn is a question of a draw: its id and those of its options, in the order of showing.
type Drawn struct {
	Question string   `json:"q"`
	Options  []string `json:"o"`
}

// Given is what became of a question that is over.
type Given struct {
	// Choice are the content's option ids, sorted.
	Choice []string `json:"c,omitempty"`
	// TookMS is the measured time, cut to the limit.
	TookMS int64 `json:"ms"`
	Points int64 `json:"p"`
	// Credit is the part of the answer that was right; see Score.
	Credit Credit `json:"credit"`
	// Sure is the player's own word for it. It costs and earns nothing.
	Sure   bool `json:"sure,omitempty"`
	Missed bool `json:"missed,omitempty"`
}

// record is the body of every record of an attempt.
type record struct {
	After Attempt `json:"after"`
}

// AttemptOf reads the attempt that a record of the family left behind.
func AttemptOf(rec journal.Record) (Attempt, error) {
	var b record
	if err := json.Unmarshal(rec.Body, &b); err != nil {
		return Attempt{}, fmt.Errorf("game: record %s: %w", rec.ID(), err)
	}
	return b.After, nil
}

// Alive reports whether no record has ended it; whether it has burned by the clock is what Due says.
func (a Attempt) Alive() bool { return a.State == StateOpen || a.State == StatePaused }

// Asking reports whether a question is open.
func (a Attempt) Asking() bool { return !a.Handed.IsZero() }

// Complete reports whether every question is over.
func (a Attempt) Complete() bool { return len(a.Given) == len(a.Drawn) }

// hand opens the next question.
func (a Attempt) hand(at time.Time, limit time.Duration, p Policy) Attempt {
	a.State, a.At, a.Handed, a.Deadline = StateOpen, at, at, at.Add(limit)
	a.BurnsAt = a.Deadline.Add(p.Grace + p.Away)
	return a
}

// close ends the open question with what became of it.
func (a Attempt) close(g Given, at time.Time, p Policy) Attempt {
	a.Given = append(slices.Clip(a.Given), g)
	a.Points += g.Points
	a.At, a.Handed, a.Deadline = at, time.Time{}, time.Time{}
	a.BurnsAt = at.Add(p.Between)
	if a.Complete() {
		a.BurnsAt = time.Time{}
	}
	return a
}

// miss ends the open question unanswered.
func (a Attempt) miss(at time.Time, p Policy) Attempt {
	return a.close(Given{Missed: true, TookMS: a.Deadline.Sub(a.Handed).Milliseconds(), Credit: Credit{Of: 1}}, at, p)
}

// pause lets the attempt wait until then, with other questions still to come.
func (a Attempt) pause(at, until time.Time, rest []Drawn) Attempt {
	a.State, a.At, a.BurnsAt = StatePaused, at, until
	a.Redrawn, a.RedrawnAfter = true, len(a.Given)
	a.Drawn = append(slices.Clone(a.Drawn[:len(a.Given)]), rest...)
	return a
}

// end closes the attempt; what burns is all that it had won.
func (a Attempt) end(state State, at time.Time) Attempt {
	if state == StateFinished {
		a.Points += a.Participation
	} else {
		a.Lost, a.Points = a.Points, 0
	}
	a.State, a.Ended = state, at
	a.Handed, a.Deadline, a.BurnsAt = time.Time{}, time.Time{}, time.Time{}
	return a
}
