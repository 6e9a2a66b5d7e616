package game_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"firebrand/game"
	"firebrand/internal/journal"
	"firebrand/internal/points"
	"firebrand/internal/store"
	"firebrand/internal/testenv"
)

func TestDeadlines(t *testing.T) {
	t.Run("a refresh or a second tab gets the same question with the same deadline", func(t *testing.T) {
		w := newWorld(t, noon)
		w.start(ann, "seams")
		first := w.next(ann, "seams")
		w.clock.Add(7 * time.Second)
		for _, v := range []game.View{w.view(ann, "seams"), w.next(ann, "seams"), w.start(ann, "seams")} {
			if v.Open == nil || v.Open.ID != first.Open.ID || !v.Open.Deadline.Equal(first.Open.Deadline) || v.Open.LeftMS != first.Open.LimitMS-7000 {
				t.Fatalf("open %+v, want %+v", v.Open, first.Open)
			}
		}
		same(t, "records", strings.Join(w.kinds(w.stream(ann, "seams")), " "), "started asked")
	})
	t.Run("in the grace an answer counts, as at the limit", func(t *testing.T) {
		w := newWorld(t, noon)
		w.start(ann, "walls")
		v := w.next(ann, "walls")
		w.clock.Add(20*time.Second + 1500*time.Millisecond)
		v = w.answer(ann, "walls", 1, w.pick(v, true)...)
		if v.TooLate || v.Result.Points != 8 || v.Result.TookMS != 20_000 {
			t.Fatalf("result %+v", v.Result)
		}
	})
	t.Run("a late answer scores nothing and says so", func(t *testing.T) {
		w := newWorld(t, noon)
		w.start(ann, "walls")
		v := w.next(ann, "walls")
		w.clock.Add(20*time.Second + 1501*time.Millisecond)
		v = w.answer(ann, "walls", 1, w.pick(v, true)...)
		if !v.TooLate || v.Repeated || !v.Result.Missed || v.Result.Right || v.Result.Points != 0 || v.State != game.StateOpen {
			t.Fatalf("view %+v, result %+v", v, v.Result)
		}
		same(t, "burns", v.BurnsAt, w.clock.Now().Add(10*time.Minute))
	})
	t.Run("a question that ran out on the screen does not trap its player", func(t *testing.T) {
		w := newWorld(t, noon)
		w.start(ann, "walls")
		w.next(ann, "walls")
		w.clock.Add(21 * time.Second)
		v := w.view(ann, "walls")
		if v.Open == nil || v.Open.LeftMS != 0 {
			t.Fatalf("in the grace %+v", v.Open)
		}
		w.clock.Add(time.Second)
		v = w.view(ann, "walls")
		if v.Open != nil || len(v.Results) != 1 || !v.Results[0].Missed {
			t.Fatalf("after it %+v", v)
		}
		same(t, "next", w.next(ann, "walls").Open.N, 2)
	})
	t.Run("when the last question runs out the game is finished", func(t *testing.T) {
		w := newWorld(t, noon)
		w.start(ann, "walls")
		w.play(ann, "walls", 0)
		w.next(ann, "walls")
		w.clock.Add(30 * time.Second)
		v := w.next(ann, "walls")
		same(t, "state", v.State, game.StateFinished)
		same(t, "points", v.Points, 15)
		same(t, "balance", w.balance(ann).Alive, 15)
	})
}

func TestDisconnects(t *testing.T) {
	t.Run("coming back after 100 seconds costs the open question only", func(t *testing.T) {
		w := newWorld(t, noon)
		w.start(ann, "seams")
		won := w.play(ann, "seams", 0).Points
		w.next(ann, "seams")
		w.clock.Add(100 * time.Second)
		v := w.view(ann, "seams")
		if v.State != game.StateOpen || v.Points != won || len(v.Results) != 2 || !v.Results[1].Missed {
			t.Fatalf("view %+v", v)
		}
		v = w.finish(ann, "seams")
		same(t, "state", v.State, game.StateFinished)
		same(t, "points", v.Points, v.Most-v.Results[1].Most)
	})
	t.Run("after three minutes everything is burned, and the account tells it", func(t *testing.T) {
		w := newWorld(t, noon)
		w.start(ann, "seams")
		won := w.play(ann, "seams", 0).Points
		asked := w.next(ann, "seams")
		w.clock.Add(3 * time.Minute)
		v := w.view(ann, "seams")
		if v.State != game.StateBurned || v.Points != 0 || v.Lost != won || v.AtStake != 0 {
			t.Fatalf("view %+v", v)
		}
		b := w.balance(ann)
		if b.Totals.Burned != won || b.Alive != 0 {
			t.Fatalf("account %+v", b)
		}
		rec, err := w.journal.Last(t.Context(), w.stream(ann, "seams"))
		w.must(err)
		a, err := game.AttemptOf(rec)
		w.must(err)
		same(t, "it ended when it burned, not when it was written", a.Ended, asked.BurnsAt)
	})
	t.Run("at the instant of burning it has burned, a millisecond before it has not", func(t *testing.T) {
		for left, want := range map[time.Duration]game.State{time.Millisecond: game.StateOpen, 0: game.StateBurned} {
			w := newWorld(t, noon)
			w.start(ann, "seams")
			v := w.play(ann, "seams", 0)
			w.clock.Set(v.BurnsAt.Add(-left))
			same(t, "state", w.next(ann, "seams").State, want)
		}
	})
}

func TestSweep(t *testing.T) {
	w := newWorld(t, noon)
	ctx := t.Context()
	w.start(ann, "seams")
	won := w.play(ann, "seams", 0).Points
	asked := w.next(ann, "seams")
	w.catchUp(w.game)
	w.clock.Set(asked.BurnsAt.Add(-time.Second))
	w.must(w.game.Sweep(ctx))
	t.Run("what its player can still come back to is left alone", func(t *testing.T) {
		same(t, "records", strings.Join(w.kinds(w.stream(ann, "seams")), " "), "started asked answered asked")
		cards, err := w.game.Month(ctx, ann)
		w.must(err)
		if cards[0].State != game.StateOpen || !cards[0].BurnsAt.Equal(asked.BurnsAt) || cards[0].Points != won {
			t.Fatalf("card %+v", cards[0])
		}
	})
	w.clock.Add(time.Hour)
	t.Run("what burned is seen from afar before it is written", func(t *testing.T) {
		cards, err := w.game.Month(ctx, ann)
		w.must(err)
		if cards[0].State != game.StateBurned || cards[0].Lost != won || cards[1].State != game.StateNew || cards[1].Most != 25 {
			t.Fatalf("cards %+v", cards)
		}
	})
	t.Run("the sweep writes the burn down once", func(t *testing.T) {
		w.must(w.game.Sweep(ctx))
		w.must(w.game.Sweep(ctx))
		same(t, "records", strings.Join(w.kinds(w.stream(ann, "seams")), " "), "started asked answered asked burned")
		same(t, "burned", w.balance(ann).Totals.Burned, won)
	})
	t.Run("an entry that is too early is moved, not lost", func(t *testing.T) {
		w.start(ann, "walls")
		w.play(ann, "walls", 0)
		w.catchUp(w.game)
		w.clock.Add(9 * time.Minute)
		burns := w.next(ann, "walls").BurnsAt
		w.clock.Add(75 * time.Second) // past what the start and the first question led to expect
		w.must(w.game.Sweep(ctx))
		w.clock.Set(burns)
		w.must(w.game.Sweep(ctx))
		same(t, "records", strings.Join(w.kinds(w.stream(ann, "walls")), " "), "started asked answered asked burned")
	})
	open, err := store.OpenCollection[struct {
		Due time.Time `json:"burns_at"`
	}](ctx, w.engine, store.Spec{
		Name: "open_attempts", Indexes: []store.Index{{Name: "burns_at", Fields: []string{"burns_at"}}},
	})
	w.must(err)
	t.Run("a list that is gone is drawn again from the journal", func(t *testing.T) {
		cat := game.Player{ID: "cat", Lang: "en"}
		w.start(cat, "walls")
		w.catchUp(w.game)
		w.must(open.Delete(ctx, w.stream(cat, "walls")))
		w.must(w.game.Rebuild(ctx))
		w.clock.Add(11 * time.Minute)
		w.must(w.game.Sweep(ctx))
		same(t, "records", strings.Join(w.kinds(w.stream(cat, "walls")), " "), "started burned")
	})
	t.Run("of a long past that is read again only what nobody ended is swept", func(t *testing.T) {
		dan, eve := game.Player{ID: "dan", Lang: "en"}, game.Player{ID: "eve", Lang: "en"}
		w.start(dan, "walls")
		w.finish(dan, "walls")
		w.start(eve, "walls")
		w.play(eve, "walls", 0)
		w.clock.Add(72 * time.Hour)
		w.must(w.game.Rebuild(ctx))
		listed, err := open.Find(ctx, store.Query{})
		w.must(err)
		if len(listed) != 1 || listed[0].ID != w.stream(eve, "walls") {
			t.Fatalf("listed %+v", listed)
		}
		w.must(w.game.Sweep(ctx))
		same(t, "records", strings.Join(w.kinds(w.stream(eve, "walls")), " "), "started asked answered burned")
	})
	t.Run("many open attempts are swept in one go", func(t *testing.T) {
		var players []game.Player
		for i := range 450 {
			p := game.Player{ID: "p" + strings.Repeat("i", i%7) + w.key(), Lang: "en"}
			players = append(players, p)
			w.start(p, "walls")
		}
		w.catchUp(w.game)
		w.clock.Add(11 * time.Minute)
		w.must(w.game.Sweep(ctx))
		for _, p := range players {
			same(t, "records", strings.Join(w.kinds(w.stream(p, "walls")), " "), "started burned")
		}
	})
}

// A crash is played by a game whose points cannot be reached: its journal of points was never opened.
func TestCrashBetweenTheEndAndItsPoints(t *testing.T) {
	w := newWorld(t, noon)
	ctx := t.Context()
	broken := w.open(&points.Service{Journal: testenv.Journal(t, w.engine, w.clock.Now, game.Family), Zone: w.points.Zone, Policy: w.points.Policy, Now: w.clock.Now})
	whole := w.game
	w.game = broken
	w.start(ann, "walls")
	w.play(ann, "walls", 0)
	last := w.next(ann, "walls")
	choice := w.pick(last, true)
	if _, err := broken.Answer(ctx, ann, "walls", 2, choice, false, "final"); err == nil {
		t.Fatal("the answer claims that the points are there")
	}
	bob := game.Player{ID: "bob", Lang: "en"}
	w.start(bob, "walls")
	won := w.play(bob, "walls", 0).Points
	if _, err := broken.Leave(ctx, bob, "walls", w.key()); err == nil {
		t.Fatal("leaving claims that the burn is in the account")
	}
	same(t, "balance", w.balance(ann).Alive, 0)
	w.game = whole
	t.Run("the same answer again is told how it ended", func(t *testing.T) {
		v, err := whole.Answer(ctx, ann, "walls", 2, choice, false, "final")
		w.must(err)
		same(t, "state", v.State, game.StateFinished)
	})
	t.Run("the follower repairs it, once", func(t *testing.T) {
		w.clock.Add(time.Hour)
		w.catchUp(whole)
		w.catchUp(whole)
		same(t, "balance", w.balance(ann).Alive, 25)
		same(t, "records", w.balance(ann).Seq, 1)
		same(t, "burned", w.balance(bob).Totals.Burned, won)
	})
}

// The finish is a record of its own; a process can die before it.
func TestCrashBeforeTheFinish(t *testing.T) {
	w := newWorld(t, noon)
	ctx := t.Context()
	w.start(ann, "walls")
	w.play(ann, "walls", 0)
	v := w.next(ann, "walls")
	cut, cancel := context.WithCancel(ctx)
	stop := w.journal.Listen(game.Family, func(journal.Record) { cancel() })
	_, err := w.game.Answer(cut, ann, "walls", 2, w.pick(v, true), false, w.key())
	stop()
	if err == nil {
		t.Fatal("the call went on after its end")
	}
	same(t, "records", strings.Join(w.kinds(w.stream(ann, "walls")), " "), "started asked answered asked answered")
	w.clock.Add(24 * time.Hour)
	cards, err := w.game.Month(ctx, ann)
	w.must(err)
	same(t, "from afar it is finished, not burned", cards[1].State, game.StateFinished)
	w.catchUp(w.game)
	w.must(w.game.Sweep(ctx))
	same(t, "records", strings.Join(w.kinds(w.stream(ann, "walls")), " "), "started asked answered asked answered finished")
	same(t, "balance", w.balance(ann).Alive, 25)
	rec, err := w.journal.Last(ctx, w.stream(ann, "walls"))
	w.must(err)
	a, err := game.AttemptOf(rec)
	w.must(err)
	same(t, "it ended with its last answer", a.Ended, w.clock.Now().Add(-24*time.Hour))
}
