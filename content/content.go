// Package content is what marketers publish: editions (a month each), their articles, quizzes and pictures.
//
// The rule that matters most: what was published is never changed. An article or a quiz is a chain of revisions, a save
// writes the next one, and whoever played or read can always be shown what stood there. Which edition is live follows
// from the clock whenever somebody asks; no job ever publishes anything.
//
// Whether somebody may publish is decided by the caller; an actor is the id of a member, kept beside what was saved.
package content

import (
	"context"
	"time"

	"firebrand/internal/calendar"
)

// State is how far an edition's makers have brought it; the rest of its life is the clock's (Phase).
type State string

// The states of an edition, in their order.
const (
	Draft     State = "draft"
	Review    State = "review"
	Scheduled State = "scheduled"
)

// Phase is what an edition is at one instant.
type Phase string

// The phases of an edition, in their order. A month that was never scheduled stays a draft or in review for ever.
const (
	PhaseDraft     Phase = "draft"
	PhaseReview    Phase = "review"
	PhaseScheduled Phase = "scheduled"
	PhaseLive      Phase = "live"
	PhaseArchived  Phase = "archived"
)

// Edition is one month as one unit. Its id is the month, so that there is one at most.
type Edition struct {
	Month   calendar.Month `json:"month"`
	Title   Text           `json:"title,omitempty"`
	Summary Text           `json:"summary,omitempty"`
	// Articles, Quizzes and Rewards are ids, in the order in which members see them.
	Articles []string `json:"articles,omitempty"`
	Quizzes  []string `json:"quizzes,omitempty"`
	Rewards  []string `json:"rewards,omitempty"`
	// Prizes are what the month's boards bring once they are closed.
	Prizes []BoardPrize `json:"prizes,omitempty"`
	State  State        `json:"state"`
	// Saved and By say when and by whom it was saved last.
	Saved time.Time `json:"saved"`
	By    string    `json:"by"`
	// Version is what SaveEdition and SetState want back, to notice that somebody else saved meanwhile.
	Version int64 `json:"-"`
}

// BoardPrize is what places on a board of the month bring.
type BoardPrize struct {
	// Board is "all", "new", "region" (each region's), "week" (each week's), "quiz:<id>" or "league:<class>"; of a team in
	// the league each player gets the points.
	Board string `json:"board"`
	// From and To are ranks, both included.
	From   int   `json:"from"`
	To     int   `json:"to"`
	Points int64 `json:"points"`
}

// Article is one revision of an article.
type Article struct {
	ID string `json:"id"`
	// Revision counts from 1. In a save it is the revision that was edited, 0 for a new article.
	Revision int  `json:"revision"`
	Title    Text `json:"title,omitempty"`
	Summary  Text `json:"summary,omitempty"`
	// Body is Markdown; see Render.
	Body Text `json:"body,omitempty"`
	// Picture is the id of a medium, empty for none; Alt says what it shows to whoever does not see it.
	Picture string    `json:"picture,omitempty"`
	Alt     Text      `json:"alt,omitempty"`
	Topic   string    `json:"topic,omitempty"`
	Saved   time.Time `json:"saved"`
	By      string    `json:"by"`
}

// Quiz is one revision of a quiz.
type Quiz struct {
	ID string `json:"id"`
	// Revision counts from 1. In a save it is the revision that was edited, 0 for a new quiz.
	Revision int `json:"revision"`
	// Article is the id of the article that explains it, empty for none.
	Article   string     `json:"article,omitempty"`
	Title     Text       `json:"title,omitempty"`
	Intro     Text       `json:"intro,omitempty"`
	Questions []Question `json:"questions,omitempty"`
	// Draw is how many of the questions a player gets, 0 for all.
	Draw int `json:"draw,omitempty"`
	// SpeedShare is the part of a question's points that depends on speed, in permille, 0 to 500.
	SpeedShare int `json:"speed_share"`
	// Participation is how many points taking part earns.
	Participation int64     `json:"participation"`
	Saved         time.Time `json:"saved"`
	By            string    `json:"by"`
}

// Kind is how a question is answered.
type Kind string

// The kinds of question.
const (
	// Single has exactly one right option.
	Single Kind = "single"
	// Several has one right option or more, and any number may be chosen.
	Several Kind = "several"
	// TrueFalse has two options, one of them right.
	TrueFalse Kind = "truefalse"
)

// Question is one question of a quiz. Its id stays through the quiz's revisions.
type Question struct {
	ID          string   `json:"id"`
	Kind        Kind     `json:"kind"`
	Topic       string   `json:"topic,omitempty"`
	Text        Text     `json:"text,omitempty"`
	Options     []Option `json:"options,omitempty"`
	Explanation Text     `json:"explanation,omitempty"`
	// Paragraph is the block of the quiz's article that explains the answer, from 1; 0 where none does.
	Paragraph int `json:"paragraph,omitempty"`
	// Seconds is the time for an answer, 5 to 240.
	Seconds int `json:"seconds"`
	// Weight is the points for a right answer given at once, 1 to 1000.
	Weight int64 `json:"weight"`
}

// Option is one answer that can be chosen. Its id is random: the order in which options were written would otherwise
// show, and the right one is often written first.
type Option struct {
	ID    string `json:"id"`
	Text  Text   `json:"text,omitempty"`
	Right bool   `json:"right,omitempty"`
}

// Problem is one thing that is wrong with what was written: a message for its author, never an error of the program.
type Problem struct {
	// Field is the JSON pointer of the field at fault, empty where it is the whole.
	Field string         `json:"field,omitempty"`
	Key   string         `json:"key"`
	Args  map[string]any `json:"args,omitempty"`
}

// Report is what stands between an edition and its members.
type Report struct {
	// Problems is empty when the edition can be scheduled. A problem of a part names it first: "/quizzes/<id>/…".
	Problems []Problem `json:"problems"`
	// Languages is how much of it is there in each language. A gap is no problem: the fallback stands in, and is named.
	Languages map[string]Share `json:"languages"`
}

// Rewards is what an edition's check asks about the catalogue, which lies above this room.
type Rewards interface {
	// RewardExists reports whether there is a reward with this id, whatever its state. It is safe to repeat.
	RewardExists(ctx context.Context, id string) (bool, error)
}
