package game_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"sync"
	"testing"

	"firebrand/game"
	"firebrand/internal/fault"
)

func TestAnsweringTwice(t *testing.T) {
	w := newWorld(t, noon)
	ctx := t.Context()
	w.start(ann, "seams")
	v := w.next(ann, "seams")
	right, wrong := w.pick(v, true), w.pick(v, false)[:1]
	first, err := w.game.Answer(ctx, ann, "seams", 1, right, false, "form")
	w.must(err)
	t.Run("a double click gets the same result", func(t *testing.T) {
		again, err := w.game.Answer(ctx, ann, "seams", 1, right, false, "form")
		w.must(err)
		same(t, "result", asJSON(t, again.Result), asJSON(t, first.Result))
		same(t, "repeated", again.Repeated, false)
	})
	t.Run("another answer from a second tab gets the stored result", func(t *testing.T) {
		other := w.answer(ann, "seams", 1, wrong...)
		same(t, "result", asJSON(t, other.Result), asJSON(t, first.Result))
		same(t, "repeated", other.Repeated, true)
	})
	t.Run("so does another answer from the same form, gone back to", func(t *testing.T) {
		other, err := w.game.Answer(ctx, ann, "seams", 1, wrong, true, "form")
		w.must(err)
		same(t, "result", asJSON(t, other.Result), asJSON(t, first.Result))
		same(t, "repeated", other.Repeated, true)
	})
	t.Run("a key that did something else is refused", func(t *testing.T) {
		_, err := w.game.Pause(ctx, ann, "seams", "form")
		w.refused(err, fault.KeyReused, "journal.key_reused")
		w.next(ann, "seams")
		_, err = w.game.Answer(ctx, ann, "seams", 2, []string{"1"}, false, "form")
		w.refused(err, fault.KeyReused, "journal.key_reused")
	})
	same(t, "records", strings.Join(w.kinds(w.stream(ann, "seams")), " "), "started asked answered asked")
}

func TestNoRequestTakesThePlaceOfTheClock(t *testing.T) {
	w := newWorld(t, noon)
	_, err := w.game.Start(t.Context(), ann, "walls", "", "clock/finished/3")
	w.must(err)
	same(t, "state", w.finish(ann, "walls").State, game.StateFinished)
}

func TestRaces(t *testing.T) {
	w := newWorld(t, noon)
	ctx := t.Context()
	w.start(ann, "seams")
	t.Run("64 tabs asking for the next question get one", func(t *testing.T) {
		views := together(64, func(i int) (game.View, error) {
			return w.game.Next(ctx, ann, "seams", "next"+strconv.Itoa(i))
		})
		for _, v := range views {
			w.must(v.err)
			same(t, "question", v.view.Open.N, 1)
		}
		same(t, "records", strings.Join(w.kinds(w.stream(ann, "seams")), " "), "started asked")
	})
	t.Run("64 answers at once act once, and all see the same result", func(t *testing.T) {
		options := len(w.view(ann, "seams").Open.Options)
		views := together(64, func(i int) (game.View, error) {
			return w.game.Answer(ctx, ann, "seams", 1, []string{strconv.Itoa(i%options + 1)}, false, "answer"+strconv.Itoa(i))
		})
		repeated := 0
		for _, v := range views {
			w.must(v.err)
			same(t, "result", asJSON(t, v.view.Result), asJSON(t, views[0].view.Result))
			if v.view.Repeated {
				repeated++
			}
		}
		same(t, "told that another answer counted", repeated, 64-64/options)
		same(t, "records", strings.Join(w.kinds(w.stream(ann, "seams")), " "), "started asked answered")
	})
	t.Run("two processes finish a game once", func(t *testing.T) {
		other := w.open(w.points)
		w.finish(game.Player{ID: "ann", Lang: "en"}, "seams")
		bob := game.Player{ID: "bob", Lang: "en"}
		w.start(bob, "walls")
		w.play(bob, "walls", 0)
		choice := w.pick(w.next(bob, "walls"), true)
		for _, v := range together(16, func(i int) (game.View, error) {
			g := []*game.Service{w.game, other}[i%2]
			return g.Answer(ctx, bob, "walls", 2, choice, false, "final"+strconv.Itoa(i))
		}) {
			w.must(v.err)
			same(t, "state", v.view.State, game.StateFinished)
		}
		same(t, "balance", w.balance(bob).Alive, 25)
		same(t, "records", w.balance(bob).Seq, 1)
	})
}

type outcome struct {
	view game.View
	err  error
}

// together runs n calls at once.
func together(n int, call func(i int) (game.View, error)) []outcome {
	outcomes := make([]outcome, n)
	begin := make(chan struct{})
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			<-begin
			outcomes[i].view, outcomes[i].err = call(i)
		})
	}
	close(begin)
	all.Wait()
	return outcomes
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
