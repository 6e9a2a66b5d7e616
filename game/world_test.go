package game_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"firebrand/content"
	"firebrand/game"
	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/journal"
	"firebrand/internal/points"
	"firebrand/internal/store"
	"firebrand/internal/testenv"
)

// noon is a Wednesday in the middle of a month, Kyiv time 14:00.
const noon = "2026-11-18T12:00:00Z"

// world is a programme with two live quizzes and a clock set by hand.
type world struct {
	testing.TB
	clock   *testenv.Clock
	engine  store.Engine
	journal *journal.Journal
	content *content.Service
	points  *points.Service
	game    *game.Service
	quizzes map[string]content.Quiz
	keys    atomic.Int64
}

// ann is the player of most stories.
var ann = game.Player{ID: "ann", Lang: "en", Pace: 100}

func newWorld(t testing.TB, at string) *world {
	t.Helper()
	zone, err := calendar.Load("Europe/Kyiv")
	if err != nil {
		t.Fatal(err)
	}
	w := &world{TB: t, clock: testenv.At(at), engine: testenv.Engine(t), quizzes: map[string]content.Quiz{}}
	w.journal = testenv.Journal(t, w.engine, w.clock.Now, points.Family, game.Family)
	w.content, err = content.Open(t.Context(), w.engine, zone, w.clock.Now)
	w.must(err)
	w.points = &points.Service{Journal: w.journal, Zone: zone, Policy: points.DefaultPolicy(), Now: w.clock.Now}
	w.game = w.open(w.points)
	w.publish(zone.Month(w.clock.Now()), seams(), walls())
	return w
}

// open opens a game over the same store, as another process or a later start would.
func (w *world) open(p *points.Service) *game.Service {
	w.Helper()
	g, err := game.Open(w.Context(), w.engine, game.Service{
		Journal: w.journal, Content: w.content, Points: p, Zone: w.points.Zone, Now: w.clock.Now,
		Random: rand.NewChaCha8([32]byte{1}),
	})
	w.must(err)
	return g
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// publish schedules a month's edition with quizzes.
func (w *world) publish(month calendar.Month, quizzes ...content.Quiz) {
	w.Helper()
	ctx := w.Context()
	e, err := w.content.EnsureEdition(ctx, "marketer", month)
	w.must(err)
	e.Title = content.Text{"en": "The month", "ru": "Месяц", "uk": "Місяць"}
	for _, q := range quizzes {
		if _, known := w.quizzes[q.ID]; !known {
			w.quizzes[q.ID], err = w.content.SaveQuiz(ctx, "marketer", q)
			w.must(err)
		}
		e.Quizzes = append(e.Quizzes, q.ID)
	}
	e, err = w.content.SaveEdition(ctx, "marketer", e, e.Version)
	w.must(err)
	for _, state := range []content.State{content.Review, content.Scheduled} {
		e, _, err = w.content.SetState(ctx, "marketer", month, state, e.Version)
		w.must(err)
	}
}

// add puts one more quiz into the live edition.
func (w *world) add(q content.Quiz) {
	w.Helper()
	e, _, err := w.content.Live(w.Context())
	w.must(err)
	w.quizzes[q.ID], err = w.content.SaveQuiz(w.Context(), "marketer", q)
	w.must(err)
	e.Quizzes = append(e.Quizzes, q.ID)
	_, err = w.content.SaveEdition(w.Context(), "marketer", e, e.Version)
	w.must(err)
}

// contentAt opens the content again, under another clock.
func (w *world) contentAt(now func() time.Time) *content.Service {
	w.Helper()
	c, err := content.Open(w.Context(), w.engine, w.points.Zone, now)
	w.must(err)
	return c
}

// said is a text in all three languages.
func said(s string) content.Text { return content.Text{"en": s, "ru": s + " (ru)", "uk": s + " (uk)"} }

func option(text string, right bool) content.Option {
	return content.Option{ID: text, Text: said("option " + text), Right: right}
}

func single(id, topic string, seconds int, weight int64) content.Question {
	return content.Question{
		ID: id, Kind: content.Single, Topic: topic, Text: said("question " + id), Seconds: seconds, Weight: weight,
		Options:     []content.Option{option("a", true), option("b", false), option("c", false), option("d", false)},
		Explanation: said("because of " + id), Paragraph: 2,
	}
}

// seams is a quiz of all kinds that asks everything: 300 points and 5 for taking part.
func seams() content.Quiz {
	return content.Quiz{
		ID: "seams", Title: said("Clean seams"), Intro: said("Four questions"), SpeedShare: 250, Participation: 5,
		Questions: []content.Question{
			single("q1", "glue", 20, 100),
			{
				ID: "q2", Kind: content.Several, Topic: "glue", Text: said("question q2"), Seconds: 30, Weight: 100,
				Options:     []content.Option{option("a", true), option("b", true), option("c", false), option("d", false)},
				Explanation: said("because of q2"),
			},
			{
				ID: "q3", Kind: content.TrueFalse, Topic: "tools", Text: said("question q3"), Seconds: 10, Weight: 50,
				Options: []content.Option{option("true", false), option("false", true)}, Explanation: said("because of q3"),
			},
			single("q4", "tools", 20, 50),
		},
	}
}

// walls draws two of six; its last question has no Ukrainian.
func walls() content.Quiz {
	q := content.Quiz{ID: "walls", Title: said("Warm walls"), Draw: 2, SpeedShare: 250, Participation: 5}
	for i := range 6 {
		q.Questions = append(q.Questions, single("w"+strconv.Itoa(i), "topic"+strconv.Itoa(i%2), 20, 10))
	}
	delete(q.Questions[5].Text, "uk")
	return q
}

// key is a fresh idempotency key, as every form carries one.
func (w *world) key() string { return "k" + strconv.FormatInt(w.keys.Add(1), 10) }

func (w *world) start(p game.Player, quiz string) game.View {
	w.Helper()
	v, err := w.game.Start(w.Context(), p, quiz, "", w.key())
	w.must(err)
	return v
}

func (w *world) next(p game.Player, quiz string) game.View {
	w.Helper()
	v, err := w.game.Next(w.Context(), p, quiz, w.key())
	w.must(err)
	return v
}

func (w *world) view(p game.Player, quiz string) game.View {
	w.Helper()
	v, err := w.game.View(w.Context(), p, quiz)
	w.must(err)
	return v
}

func (w *world) answer(p game.Player, quiz string, n int, choice ...string) game.View {
	w.Helper()
	v, err := w.game.Answer(w.Context(), p, quiz, n, choice, false, w.key())
	w.must(err)
	return v
}

// pick returns the shown ids of the open question's options that are right, or those that are not.
func (w *world) pick(v game.View, right bool) []string {
	w.Helper()
	if v.Open == nil {
		w.Fatalf("no question is open: %+v", v)
	}
	var ids []string
	for _, q := range w.quizzes[v.Quiz].Questions {
		if q.ID != v.Open.ID {
			continue
		}
		for _, shown := range v.Open.Options {
			i := slices.IndexFunc(q.Options, func(o content.Option) bool { return o.Text[v.Lang] == shown.Text })
			if q.Options[i].Right == right {
				ids = append(ids, shown.ID)
			}
		}
	}
	return ids
}

// play answers the next question rightly after some time.
func (w *world) play(p game.Player, quiz string, after time.Duration) game.View {
	w.Helper()
	v := w.next(p, quiz)
	w.clock.Add(after)
	return w.answer(p, quiz, v.Open.N, w.pick(v, true)...)
}

// finish plays on to the end, every answer right and at once.
func (w *world) finish(p game.Player, quiz string) game.View {
	w.Helper()
	v := w.view(p, quiz)
	for v.State == game.StateOpen || v.State == game.StatePaused {
		v = w.play(p, quiz, 0)
	}
	return v
}

func (w *world) balance(p game.Player) points.View {
	w.Helper()
	v, err := w.points.Balance(w.Context(), p.ID)
	w.must(err)
	return v
}

// kinds are the kinds of the records of an attempt, in order, its chain checked.
func (w *world) kinds(stream string) []string {
	w.Helper()
	recs, err := w.journal.Read(w.Context(), stream, 1, 0)
	w.must(err)
	var kinds []string
	prev := journal.Record{}
	for _, rec := range recs {
		w.must(journal.CheckChain(prev, rec))
		prev = rec
		kinds = append(kinds, rec.Kind)
	}
	return kinds
}

func (w *world) stream(p game.Player, quiz string) string {
	return game.Stream(quiz, w.points.Zone.Month(w.clock.Now()), p.ID)
}

// catchUp runs the follower once.
func (w *world) catchUp(g *game.Service) {
	w.Helper()
	for _, f := range g.Followers() {
		w.must(w.journal.CatchUp(context.WithoutCancel(w.Context()), f))
	}
}

// refused checks that an error is that fault.
func (w *world) refused(err error, kind fault.Kind, key string) {
	w.Helper()
	if !fault.Is(err, kind) || fault.As(err).Key != key {
		w.Fatalf("error %v, want %v %s", err, kind, key)
	}
}

func same[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Fatalf("%s: %v, want %v", what, got, want)
	}
}
