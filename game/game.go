// Package game is the playing of a quiz: by dealer staff, once a month for points, then freely for practice.
//
// The rule that matters most: the server's clock rules, and one decision is one insert. An attempt is the journal
// stream "play/<quiz>/<month>/<member>", so that two tabs are one attempt; the countdown of a question starts when it
// is handed out, the first answer wins its place in the stream, and what the clock decides (a missed question, a burned
// attempt) holds whether or not anybody has written it down yet.
//
// The answer key never leaves before the answer: View is built so that an open question has no field for it.
package game

import (
	"io"
	"time"

	"firebrand/content"
	"firebrand/internal/calendar"
	"firebrand/internal/journal"
	"firebrand/internal/points"
	"firebrand/internal/store"
)

// Family is the journal family of all attempts; journal.Open must name it.
const Family = "play"

// Player is who plays, as far as a game needs to know.
type Player struct {
	// ID is the member's id, which is the id of their account of points too.
	ID string
	// Lang is the language of everything but the quiz itself, which keeps the one it was started in.
	Lang string
	// Pace is the time limit in percent, 100 to 200; below 100 counts as 100. An attempt keeps the one it began with.
	Pace int
}

// State is how far an attempt is, by the clock.
type State string

// The states. The last three are ends.
const (
	StateNew      State = "new" // no attempt yet
	StateOpen     State = "open"
	StatePaused   State = "paused"
	StateFinished State = "finished"
	StateLeft     State = "left"   // given up with the Leave button; what it had won burned
	StateBurned   State = "burned" // left alone too long; what it had won burned
)

// Kind is what a record of an attempt says.
type Kind string

// The kinds of records.
const (
	KindStarted  Kind = "started"
	KindAsked    Kind = "asked"
	KindAnswered Kind = "answered"
	KindMissed   Kind = "missed"
	KindPaused   Kind = "paused"
	KindLeft     Kind = "left"
	KindFinished Kind = "finished"
	KindBurned   Kind = "burned"
)

// Policy is how patient the game is.
type Policy struct {
	// Grace is how long after the limit an answer still counts, for the network; it is scored at the limit.
	Grace time.Duration
	// Away is how long after limit and grace an open question waits for its player before the attempt burns.
	Away time.Duration
	// Between is how long an attempt waits between two questions before it burns.
	Between time.Duration
	// Funding names who pays for what is won by playing; budgets speak of it.
	Funding string
}

// Funding is who pays for play where a programme chose nothing else: the programme itself.
const Funding = "programme"

// DefaultPolicy is what a programme has that chose nothing else.
var DefaultPolicy = Policy{Grace: 1500 * time.Millisecond, Away: 2 * time.Minute, Between: 10 * time.Minute, Funding: Funding}

// Service plays quizzes. Fill the exported fields and hand it to Open. It is safe for concurrent use.
type Service struct {
	Journal *journal.Journal
	Content *content.Service
	Points  *points.Service
	Zone    calendar.Zone
	Now     func() time.Time
	// Random gives the secrets of draws: crypto/rand.Reader, but for tests.
	Random io.Reader
	Policy Policy

	open        *store.Collection[openAttempt]
	checkpoints *store.Collection[checkpoint]
}

// Offer is what the start page shows, before anything is decided.
type Offer struct {
	Quiz    string         `json:"quiz"`
	Month   calendar.Month `json:"month"`
	Title   string         `json:"title"`
	Intro   string         `json:"intro,omitempty"`
	Article string         `json:"article,omitempty"`
	// Lang is the language that the game would be played in; Fallback says that it is not the one asked for.
	Lang     string `json:"lang"`
	Fallback bool   `json:"fallback"`
	// Questions is how many will be asked.
	Questions int `json:"questions"`
	// Most is the most points that any draw can win, Participation included.
	Most          int64 `json:"most"`
	Participation int64 `json:"participation"`
	// ShortestMS and LongestMS are the time limits of the quickest and the slowest question at this player's pace.
	ShortestMS int64 `json:"shortest_ms"`
	LongestMS  int64 `json:"longest_ms"`
	Pace       int   `json:"pace"`
	// SpeedShare is how much of a question's points depends on haste, in permille.
	SpeedShare int `json:"speed_share"`
	// AwaySeconds and BetweenSeconds are the rules of burning in numbers; see Policy.
	AwaySeconds    int `json:"away_seconds"`
	BetweenSeconds int `json:"between_seconds"`
	// Earlier is the state of the attempt that there is already, StateNew where there is none.
	Earlier State `json:"earlier"`
	// EarlierPoints is what that attempt has won, or had before it burned.
	EarlierPoints int64 `json:"earlier_points,omitempty"`
}

// View is an attempt at one instant, ready to be shown to its player: nothing in it helps to answer the open question.
type View struct {
	Quiz    string         `json:"quiz"`
	Month   calendar.Month `json:"month"`
	Title   string         `json:"title"`
	Article string         `json:"article,omitempty"`
	State   State          `json:"state"`
	// Lang is the one language of this attempt; Fallback says that it is not the player's.
	Lang     string `json:"lang"`
	Fallback bool   `json:"fallback"`
	// Questions is how many this attempt asks, Asked how many were handed out, the open one included.
	Questions int `json:"questions"`
	Asked     int `json:"asked"`
	// Open is the question whose countdown runs; nil between questions and after the end.
	Open *Question `json:"open,omitempty"`
	// Results are the questions that are over, in the order in which they were asked.
	Results []Result `json:"results"`
	// Result is the one that this call was about; nil where it was about none.
	Result *Result `json:"result,omitempty"`
	// Points is what is won so far, at the end with Participation.
	Points        int64 `json:"points"`
	Participation int64 `json:"participation"`
	// Most is the most that this attempt could have won, Participation included.
	Most int64 `json:"most"`
	// Given is what of the points of a finished game came into the account, and CutBy what kept the rest from it, as in
	// points.Change.CutBy; empty where nothing did.
	Given int64  `json:"given,omitempty"`
	CutBy string `json:"cut_by,omitempty"`
	// AtStake is what leaving now would burn, Lost what did burn.
	AtStake int64 `json:"at_stake"`
	Lost    int64 `json:"lost,omitempty"`
	// BurnsAt is when the attempt burns unless its player acts; zero after the end.
	BurnsAt time.Time `json:"burns_at,omitzero"`
	// Now is the server's clock, for the countdown.
	Now time.Time `json:"now"`
	// CanPause says that Pause would be granted now.
	CanPause bool `json:"can_pause"`
	// Repeated says that an earlier, different answer to this question is the one that counts.
	Repeated bool `json:"repeated,omitempty"`
	// TooLate says that the answer came after the limit and its grace, or after the end, and does not count.
	TooLate bool `json:"too_late,omitempty"`
	// Commitment is the SHA-256 of Secret, in hex: shown from the start. Secret, in hex, and Drawn are shown at the
	// end, so that anybody can repeat the draw; see Draw.
	Commitment string  `json:"commitment"`
	Secret     string  `json:"secret,omitempty"`
	Drawn      []Drawn `json:"drawn,omitempty"`
	// RedrawnAfter is how many questions had been asked when the game was paused and the rest drawn anew; it is
	// meaningful where Redrawn is set.
	Redrawn      bool `json:"redrawn,omitempty"`
	RedrawnAfter int  `json:"redrawn_after,omitempty"`
}

// Question is an open question as its player sees it.
type Question struct {
	// N counts from 1 in the order of asking.
	N    int    `json:"n"`
	ID   string `json:"id"`
	Kind string `json:"kind"`
	Text string `json:"text"`
	// Options are in the order of this draw.
	Options []Option `json:"options"`
	// Points is what a right answer at once wins.
	Points  int64     `json:"points"`
	Handed  time.Time `json:"handed"`
	LimitMS int64     `json:"limit_ms"`
	// Deadline is the end of the limit; LeftMS is what is left of it at View.Now, never below zero.
	Deadline time.Time `json:"deadline"`
	LeftMS   int64     `json:"left_ms"`
}

// Option is one answer to choose. Its ID is its place in this draw, from "1": the ids of the content stand in the
// order of authoring, in which the right answer is often the first.
type Option struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

// Result is a question that is over, with its key.
type Result struct {
	N       int      `json:"n"`
	ID      string   `json:"id"`
	Kind    string   `json:"kind"`
	Text    string   `json:"text"`
	Options []Option `json:"options"`
	// Right says that the answer was wholly right, Partial that it earned a part.
	Right   bool `json:"right"`
	Partial bool `json:"partial,omitempty"`
	// Missed says that no answer came in time.
	Missed bool  `json:"missed,omitempty"`
	Points int64 `json:"points"`
	Most   int64 `json:"most"`
	// TookMS is the measured time, cut to the limit.
	TookMS int64 `json:"took_ms"`
	Sure   bool  `json:"sure,omitempty"`
	// Chosen and RightOptions are ids of Options.
	Chosen       []string `json:"chosen"`
	RightOptions []string `json:"right_options"`
	Explanation  string   `json:"explanation,omitempty"`
	// Article and Paragraph are where the answer can be read; Paragraph 0 means the article as a whole.
	Article   string `json:"article,omitempty"`
	Paragraph int    `json:"paragraph,omitempty"`
}

// Card is one quiz of the live edition as the home page shows it.
type Card struct {
	Quiz    string         `json:"quiz"`
	Month   calendar.Month `json:"month"`
	Article string         `json:"article,omitempty"`
	Title   string         `json:"title"`
	State   State          `json:"state"`
	// Points is what was won so far, Lost what burned, Most the most that there is to win.
	Points int64 `json:"points"`
	Lost   int64 `json:"lost,omitempty"`
	Most   int64 `json:"most"`
	// BurnsAt is when the attempt burns; zero where none is under way.
	BurnsAt time.Time `json:"burns_at,omitzero"`
}
