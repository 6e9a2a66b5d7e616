package game_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"firebrand/game"
	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/points"
)

func TestTheMonthEndsInTheMiddle(t *testing.T) {
	w := newWorld(t, "2026-11-30T21:58:00Z") // two minutes before midnight in Kyiv
	ctx := t.Context()
	november := calendar.Month{Year: 2026, Mon: time.November}
	w.publish(november.Next(), walls())
	w.start(ann, "seams")
	w.play(ann, "seams", 0)
	w.start(ann, "walls")
	w.play(ann, "walls", 0)
	w.clock.Add(4 * time.Minute)
	t.Run("what was begun stays on the table", func(t *testing.T) {
		cards, err := w.game.Month(ctx, ann)
		w.must(err)
		if len(cards) != 3 || cards[0].Month != november || cards[0].Quiz != "seams" || cards[0].State != game.StateOpen ||
			cards[2].Month != november.Next() || cards[2].State != game.StateNew {
			t.Fatalf("cards %+v", cards)
		}
	})
	t.Run("it may be finished, and belongs to its month", func(t *testing.T) {
		v := w.finish(ann, "seams")
		same(t, "state", v.State, game.StateFinished)
		same(t, "month", v.Month, november)
		total := int64(0)
		for _, m := range w.balance(ann).Months {
			if m.Month == november {
				total = m.Total()
			}
		}
		same(t, "November's total", total, 305)
		same(t, "and is shown afterwards", w.view(ann, "seams").State, game.StateFinished)
	})
	t.Run("a quiz of both months: first the old attempt, then the new one", func(t *testing.T) {
		same(t, "the old one comes back", w.start(ann, "walls").Month, november)
		w.play(ann, "walls", 0)
		_, err := w.game.View(ctx, ann, "walls")
		w.refused(err, fault.NotFound, "game.not_started")
		v := w.start(ann, "walls")
		same(t, "month", v.Month, november.Next())
		same(t, "state", v.State, game.StateOpen)
	})
	t.Run("a quiz of last month cannot be begun", func(t *testing.T) {
		_, err := w.game.Start(ctx, game.Player{ID: "bob", Lang: "en"}, "seams", "", w.key())
		w.refused(err, fault.NotFound, "game.not_live")
	})
}

func TestAStartThatMidnightOvertakes(t *testing.T) {
	w := newWorld(t, "2026-11-30T22:00:00Z") // midnight in Kyiv: December, which has the edition
	w.publish(calendar.Month{Year: 2026, Mon: time.November}, walls())
	slow := *w.game
	slow.Now = func() time.Time { return w.clock.Now().Add(-time.Millisecond) }
	slow.Content = w.contentAt(slow.Now)
	_, err := slow.Start(t.Context(), ann, "walls", "", w.key())
	w.refused(err, fault.NotFound, "game.not_live")
}

func TestCards(t *testing.T) {
	w := newWorld(t, noon)
	ctx := t.Context()
	w.start(ann, "seams")
	_, err := w.game.Pause(ctx, ann, "seams", w.key())
	w.must(err)
	w.start(ann, "walls")
	w.finish(ann, "walls")
	cards, err := w.game.Month(ctx, game.Player{ID: "ann", Lang: "uk"})
	w.must(err)
	if len(cards) != 2 || cards[0].State != game.StatePaused || cards[0].Title != "Clean seams (uk)" || cards[0].BurnsAt.IsZero() ||
		cards[1].State != game.StateFinished || cards[1].Points != 25 || !cards[1].BurnsAt.IsZero() {
		t.Fatalf("cards %+v", cards)
	}
	t.Run("a month without an edition has no cards", func(t *testing.T) {
		w.clock.Add(31 * 24 * time.Hour)
		cards, err := w.game.Month(ctx, ann)
		w.must(err)
		same(t, "cards", len(cards), 0)
	})
}

func TestWarnings(t *testing.T) {
	w := newWorld(t, noon)
	ctx := t.Context()
	bob := game.Player{ID: "bob", Lang: "en"}
	for _, p := range []game.Player{ann, bob} {
		w.start(p, "walls")
		w.finish(p, "walls")
	}
	w.start(bob, "seams")
	w.finish(bob, "seams")
	members := func(_ context.Context, each func(string) error) error {
		for _, id := range []string{"ann", "bob", "newcomer"} {
			if err := each(id); err != nil {
				return err
			}
		}
		return nil
	}
	warnings := func(p game.Player) int {
		return strings.Count(strings.Join(w.kinds("points/"+p.ID), " "), "warn")
	}
	w.clock.Set(w.balance(ann).IdleUntil.Add(-72*time.Hour - time.Millisecond))
	w.must(w.game.WarnIdle(ctx, members))
	same(t, "too early", warnings(ann), 0)
	w.clock.Add(time.Millisecond)
	w.must(w.game.WarnIdle(ctx, members))
	w.must(w.game.WarnIdle(ctx, members))
	same(t, "warned once", warnings(ann), 1)
	same(t, "burns", w.balance(ann).BurnsAt, w.balance(ann).IdleUntil)
	same(t, "who has nothing to play is not warned", warnings(bob), 0)
	unplayed, err := w.game.Unplayed(ctx, "ann")
	w.must(err)
	if len(unplayed) != 1 || unplayed[0].ID != "seams" {
		t.Fatalf("unplayed %+v", unplayed)
	}
	w.start(ann, "seams")
	w.finish(ann, "seams")
	if !w.balance(ann).BurnsAt.IsZero() {
		t.Fatal("a finished game did not save the points")
	}
}

func TestPointsThatIdleAgain(t *testing.T) {
	w := newWorld(t, noon)
	members := func(_ context.Context, each func(string) error) error { return each("ann") }
	w.start(ann, "walls")
	w.finish(ann, "walls")
	w.clock.Set(w.balance(ann).WarnsAt)
	w.must(w.game.WarnIdle(t.Context(), members))
	w.clock.Set(w.balance(ann).BurnsAt)
	same(t, "burned", w.balance(ann).Alive, 0)
	same(t, "nothing is left to warn of", w.balance(ann).WarnsAt, time.Time{})
	_, err := w.points.Award(t.Context(), points.Award{Key: "five games", Account: "ann", Amount: 40, Source: points.SourceChallenge, Idles: true})
	w.must(err)
	w.must(w.game.WarnIdle(t.Context(), members))
	if b := w.balance(ann); b.BurnsAt.Before(w.clock.Now().Add(72 * time.Hour)) {
		t.Fatalf("account %+v", b)
	}
}

// A save that crosses the scheduling can leave a live edition with a quiz that nobody can read: here it is one that was
// made when the month was over.
func TestAQuizWithoutALanguage(t *testing.T) {
	w := newWorld(t, noon)
	ctx := t.Context()
	q := w.quizzes["walls"]
	q.Questions = slices.Clone(q.Questions)
	q.Questions[0].Text = nil
	late := w.contentAt(func() time.Time { return w.clock.Now().AddDate(0, 2, 0) })
	_, err := late.SaveQuiz(ctx, "marketer", q)
	w.must(err)
	_, err = w.game.Start(ctx, ann, "walls", "", w.key())
	w.refused(err, fault.NotFound, "game.not_live")
	_, err = w.game.Offer(ctx, ann, "walls", "")
	w.refused(err, fault.NotFound, "game.not_live")
	cards, err := w.game.Month(ctx, ann)
	w.must(err)
	unplayed, err := w.game.Unplayed(ctx, "ann")
	w.must(err)
	if len(cards) != 1 || len(unplayed) != 1 || unplayed[0].ID != "seams" {
		t.Fatalf("cards %+v, unplayed %+v", cards, unplayed)
	}
}

func TestPractice(t *testing.T) {
	w := newWorld(t, noon)
	ctx := t.Context()
	_, err := w.game.Practice(ctx, ann, "seams")
	w.refused(err, fault.NotFound, "game.not_started")
	w.start(ann, "seams")
	v := w.next(ann, "seams")
	w.answer(ann, "seams", 1, w.pick(v, true)...)
	v = w.next(ann, "seams")
	wrong := v.Open.ID
	w.answer(ann, "seams", 2, w.pick(v, false)[0])
	_, err = w.game.Practice(ctx, ann, "seams")
	w.refused(err, fault.Conflict, "game.practice_early")
	w.finish(ann, "seams")
	won := w.balance(ann)
	w.clock.Add(48 * time.Hour)

	round, err := w.game.Practice(ctx, ann, "seams")
	w.must(err)
	if len(round.Questions) != 4 || round.Questions[0].ID != wrong || !round.Questions[0].Again || round.Questions[1].Again {
		t.Fatalf("round %+v", round)
	}
	if text := strings.ToLower(asJSON(t, round)); strings.Contains(text, "right") || strings.Contains(text, "because") {
		t.Fatalf("the round shows its key: %s", text)
	}
	_, err = w.game.PracticeFinish(ctx, ann, "seams", w.key())
	w.refused(err, fault.Conflict, "game.practice_unfinished")
	for _, q := range round.Questions {
		for range 2 {
			r, err := w.game.PracticeAnswer(ctx, ann, "seams", q.ID, []string{"1"})
			w.must(err)
			if r.Points != 0 || r.Explanation == "" || len(r.RightOptions) == 0 {
				t.Fatalf("result %+v", r)
			}
		}
	}
	_, err = w.game.PracticeAnswer(ctx, ann, "seams", "q9", []string{"1"})
	w.refused(err, fault.NotFound, "game.question_missing")
	for range 2 {
		done, err := w.game.PracticeFinish(ctx, ann, "seams", "done")
		w.must(err)
		if !done.Finished || done.Done != 4 {
			t.Fatalf("round %+v", done)
		}
	}
	w.catchUp(w.game)
	b := w.balance(ann)
	same(t, "no points", b.Alive, won.Alive)
	same(t, "one record", b.Seq, won.Seq+1)
	same(t, "points live on", b.IdleUntil, won.IdleUntil.Add(48*time.Hour))
}
