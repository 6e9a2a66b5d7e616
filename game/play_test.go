package game_test

import (
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"firebrand/game"
	"firebrand/internal/fault"
	"firebrand/internal/points"
)

func TestAGame(t *testing.T) {
	w := newWorld(t, noon)
	ctx := t.Context()
	o, err := w.game.Offer(ctx, ann, "seams", "")
	w.must(err)
	if o.Questions != 4 || o.Most != 305 || o.Participation != 5 || o.ShortestMS != 10_000 || o.LongestMS != 30_000 ||
		o.Earlier != game.StateNew || o.Lang != "en" || o.Fallback || o.AwaySeconds != 120 || o.BetweenSeconds != 600 {
		t.Fatalf("offer %+v", o)
	}
	started := w.start(ann, "seams")
	if started.Open != nil || started.Questions != 4 || started.Most != 305 || len(started.Commitment) != 64 || started.Secret != "" {
		t.Fatalf("started %+v", started)
	}
	same(t, "burns", started.BurnsAt, w.clock.Now().Add(10*time.Minute))
	var won int64
	var v game.View
	for n := 1; n <= 4; n++ {
		q := w.next(ann, "seams")
		same(t, "n", q.Open.N, n)
		same(t, "deadline", q.Open.Deadline, w.clock.Now().Add(time.Duration(q.Open.LimitMS)*time.Millisecond))
		same(t, "burns", q.BurnsAt, q.Open.Deadline.Add(121500*time.Millisecond))
		w.clock.Add(time.Duration(q.Open.LimitMS) * time.Millisecond * 2 / 5)
		v = w.answer(ann, "seams", n, w.pick(q, true)...)
		r := v.Result
		if !r.Right || r.Points != q.Open.Points*9/10 || !slices.Equal(r.Chosen, r.RightOptions) || !strings.HasPrefix(r.Explanation, "because of "+r.ID) {
			t.Fatalf("result %+v", r)
		}
		won += r.Points
	}
	t.Run("the last answer finishes it, and the points are there", func(t *testing.T) {
		same(t, "state", v.State, game.StateFinished)
		same(t, "won", won, 270)
		same(t, "points", v.Points, 275)
		b := w.balance(ann)
		same(t, "balance", b.Alive, 275)
		same(t, "idle until", b.IdleUntil.Format(time.RFC3339), "2026-11-25T22:00:00Z")
		same(t, "month's total", b.Months[0].Total(), 275)
		if got := w.kinds(w.stream(ann, "seams")); strings.Join(got, " ") != "started asked answered asked answered asked answered asked answered finished" {
			t.Fatalf("records %v", got)
		}
	})
	t.Run("the shown hash and the secret reproduce the draw", func(t *testing.T) {
		secret, err := hex.DecodeString(v.Secret)
		w.must(err)
		same(t, "commitment", game.Commitment(secret), started.Commitment)
		if !slices.EqualFunc(game.Draw(secret, w.quizzes["seams"], nil), v.Drawn, equalDrawn) {
			t.Fatal("another draw")
		}
	})
	t.Run("there is one scored attempt a month", func(t *testing.T) {
		again := w.start(ann, "seams")
		same(t, "state", again.State, game.StateFinished)
		same(t, "next", w.next(ann, "seams").State, game.StateFinished)
		o, err := w.game.Offer(ctx, ann, "seams", "")
		w.must(err)
		same(t, "earlier", o.Earlier, game.StateFinished)
		same(t, "earlier points", o.EarlierPoints, 275)
	})
}

func TestPartialAndWrongAnswers(t *testing.T) {
	w := newWorld(t, noon)
	w.start(ann, "seams")
	var got int64
	for range 4 {
		v := w.next(ann, "seams")
		switch v.Open.Kind {
		case "several":
			v = w.answer(ann, "seams", v.Open.N, w.pick(v, true)[0])
			if v.Result.Right || !v.Result.Partial || v.Result.Points != 50 {
				t.Fatalf("one of two %+v", v.Result)
			}
			got += 50
		default:
			v = w.answer(ann, "seams", v.Open.N, w.pick(v, false)[0])
			if v.Result.Right || v.Result.Points != 0 || len(v.Result.RightOptions) != 1 {
				t.Fatalf("wrong %+v", v.Result)
			}
		}
	}
	same(t, "balance", w.balance(ann).Alive, got+5)
}

func TestWhatIsNoAnswer(t *testing.T) {
	w := newWorld(t, noon)
	ctx := t.Context()
	_, err := w.game.Next(ctx, ann, "seams", w.key())
	w.refused(err, fault.NotFound, "game.not_started")
	_, err = w.game.Start(ctx, ann, "nowhere", "", w.key())
	w.refused(err, fault.NotFound, "game.not_live")
	_, err = w.game.View(ctx, ann, "../x/y")
	w.refused(err, fault.NotFound, "game.not_started")
	w.start(ann, "walls")
	_, err = w.game.Answer(ctx, ann, "walls", 1, []string{"1"}, false, w.key())
	w.refused(err, fault.Conflict, "game.not_asked")
	w.next(ann, "walls")
	for key, choice := range map[string][]string{
		"game.choice_none": nil, "game.choice_unknown": {"5"}, "game.choice_one": {"1", "2"},
	} {
		_, err := w.game.Answer(ctx, ann, "walls", 1, choice, false, w.key())
		w.refused(err, fault.Invalid, key)
	}
	for _, odd := range []string{"0", "-1", "01", "+1", "a", "", "99999999999999999999"} {
		_, err := w.game.Answer(ctx, ann, "walls", 1, []string{odd}, false, w.key())
		w.refused(err, fault.Invalid, "game.choice_unknown")
	}
	_, err = w.game.Answer(ctx, ann, "walls", 2, []string{"1"}, false, w.key())
	w.refused(err, fault.Conflict, "game.not_asked")
	_, err = w.game.Answer(ctx, ann, "walls", 1, []string{"1"}, false, "")
	w.refused(err, fault.Invalid, "game.key")
}

func TestTheKeyStaysOnTheServer(t *testing.T) {
	w := newWorld(t, noon)
	w.start(ann, "seams")
	for range 4 {
		v := w.next(ann, "seams")
		open, err := json.Marshal(v.Open)
		w.must(err)
		whole, err := json.Marshal(v)
		w.must(err)
		seen, err := json.Marshal(w.view(ann, "seams"))
		w.must(err)
		for _, word := range []string{"right", "explanation", "because", "paragraph"} {
			if strings.Contains(strings.ToLower(string(open)), word) {
				t.Fatalf("the open question says %q: %s", word, open)
			}
		}
		for _, text := range [][]byte{whole, seen} {
			if strings.Contains(string(text), "because of "+v.Open.ID) {
				t.Fatalf("the view explains the open question: %s", text)
			}
			if strings.Contains(string(text), `"secret"`) || strings.Contains(string(text), `"drawn"`) {
				t.Fatalf("the view shows the draw: %s", text)
			}
		}
		for _, later := range w.quizzes["seams"].Questions {
			asked := later.ID == v.Open.ID || slices.ContainsFunc(v.Results, func(r game.Result) bool { return r.ID == later.ID })
			if !asked && strings.Contains(string(whole), "question "+later.ID) {
				t.Fatalf("question %s shows before it is asked: %s", later.ID, whole)
			}
		}
		w.answer(ann, "seams", v.Open.N, w.pick(v, true)...)
	}
}

func TestLanguages(t *testing.T) {
	w := newWorld(t, noon)
	ctx := t.Context()
	olha := game.Player{ID: "olha", Lang: "uk"}
	t.Run("a quiz is played in the player's language throughout", func(t *testing.T) {
		w.start(olha, "seams")
		v := w.next(game.Player{ID: "olha", Lang: "ru"}, "seams")
		if v.Lang != "uk" || v.Fallback || !strings.HasSuffix(v.Open.Text, "(uk)") || !strings.HasSuffix(v.Open.Options[0].Text, "(uk)") {
			t.Fatalf("view %+v", v)
		}
	})
	t.Run("a fallback is named before the start and after it", func(t *testing.T) {
		o, err := w.game.Offer(ctx, olha, "walls", "")
		w.must(err)
		if o.Lang != "en" || !o.Fallback || o.Questions != 2 || o.Most != 25 {
			t.Fatalf("offer %+v", o)
		}
		v := w.start(olha, "walls")
		if v.Lang != "en" || !v.Fallback {
			t.Fatalf("view %+v", v)
		}
	})
	t.Run("another language may be chosen at the start", func(t *testing.T) {
		v, err := w.game.Start(ctx, ann, "seams", "ru", w.key())
		w.must(err)
		if v.Lang != "ru" || v.Fallback {
			t.Fatalf("view %+v", v)
		}
	})
}

func TestPaceIsScoredOnItsOwnTime(t *testing.T) {
	w := newWorld(t, noon)
	slow := game.Player{ID: "slow", Lang: "en", Pace: 200}
	w.start(slow, "walls")
	v := w.next(slow, "walls")
	same(t, "limit", v.Open.LimitMS, 40_000)
	w.clock.Add(20 * time.Second)
	v = w.answer(slow, "walls", 1, w.pick(v, true)...)
	same(t, "10 × (1 − ¼ × 20/40) = 8.75", v.Result.Points, 9)
	v = w.next(game.Player{ID: "slow", Lang: "en", Pace: 100}, "walls")
	same(t, "the pace of the start stays", v.Open.LimitMS, 40_000)
}

func TestSureIsKept(t *testing.T) {
	w := newWorld(t, noon)
	w.start(ann, "walls")
	v := w.next(ann, "walls")
	v, err := w.game.Answer(t.Context(), ann, "walls", 1, w.pick(v, false)[:1], true, w.key())
	w.must(err)
	if !v.Result.Sure || v.Result.Points != 0 {
		t.Fatalf("result %+v", v.Result)
	}
	rec, err := w.journal.Last(t.Context(), w.stream(ann, "walls"))
	w.must(err)
	a, err := game.AttemptOf(rec)
	w.must(err)
	if !a.Given[0].Sure || a.Given[0].Choice[0] == "a" {
		t.Fatalf("given %+v", a.Given)
	}
}

func TestLeaving(t *testing.T) {
	w := newWorld(t, noon)
	w.start(ann, "seams")
	before := w.play(ann, "seams", 0)
	same(t, "at stake", before.AtStake, before.Result.Points)
	open := w.next(ann, "seams")
	same(t, "at stake with a question open", open.AtStake, before.AtStake)
	v, err := w.game.Leave(t.Context(), ann, "seams", "leave")
	w.must(err)
	if v.State != game.StateLeft || v.Lost != before.AtStake || v.Points != 0 || v.Secret == "" {
		t.Fatalf("left %+v", v)
	}
	b := w.balance(ann)
	if b.Alive != 0 || b.Totals.Burned != before.AtStake || b.Totals.Earned != before.AtStake {
		t.Fatalf("account %+v", b)
	}
	lines, err := w.points.Statement(t.Context(), ann.ID, 0, 10)
	w.must(err)
	same(t, "lines of the statement", len(lines), 1)
	t.Run("leaving twice burns once", func(t *testing.T) {
		for _, key := range []string{"leave", "again"} {
			v, err := w.game.Leave(t.Context(), ann, "seams", key)
			w.must(err)
			same(t, "lost", v.Lost, before.AtStake)
		}
		same(t, "burned", w.balance(ann).Totals.Burned, before.AtStake)
	})
	t.Run("an answer afterwards is too late", func(t *testing.T) {
		v := w.answer(ann, "seams", open.Open.N, "1")
		if !v.TooLate || v.State != game.StateLeft || v.Result != nil {
			t.Fatalf("view %+v", v)
		}
	})
	t.Run("whoever had won nothing loses nothing", func(t *testing.T) {
		bob := game.Player{ID: "bob", Lang: "en"}
		w.start(bob, "seams")
		v, err := w.game.Leave(t.Context(), bob, "seams", w.key())
		w.must(err)
		same(t, "lost", v.Lost, 0)
		same(t, "records of points", w.balance(bob).Seq, 0)
	})
}

func TestPausing(t *testing.T) {
	w := newWorld(t, noon)
	ctx := t.Context()
	w.start(ann, "seams")
	w.next(ann, "seams")
	_, err := w.game.Pause(ctx, ann, "seams", w.key())
	w.refused(err, fault.Conflict, "game.pause_open")
	first := w.answer(ann, "seams", 1, "1")
	if !first.CanPause {
		t.Fatal("no pause is offered between questions")
	}
	v, err := w.game.Pause(ctx, ann, "seams", w.key())
	w.must(err)
	if v.State != game.StatePaused || v.BurnsAt.Format(time.RFC3339) != "2026-11-18T22:00:00Z" || v.CanPause || v.RedrawnAfter != 1 {
		t.Fatalf("paused %+v", v)
	}
	w.clock.Add(9 * time.Hour)
	same(t, "hours later", w.view(ann, "seams").State, game.StatePaused)
	w.play(ann, "seams", 0)
	_, err = w.game.Pause(ctx, ann, "seams", w.key())
	w.refused(err, fault.Conflict, "game.pause_used")
	done := w.finish(ann, "seams")
	t.Run("the rest was drawn anew, and can be checked", func(t *testing.T) {
		secret, err := hex.DecodeString(done.Secret)
		w.must(err)
		quiz := w.quizzes["seams"]
		taken := game.Draw(secret, quiz, nil)[:done.RedrawnAfter]
		if !slices.EqualFunc(append(taken, game.Draw(secret, quiz, taken)...), done.Drawn, equalDrawn) {
			t.Fatal("another draw")
		}
		same(t, "questions", len(done.Results), 4)
	})
	t.Run("a pause that outlives its day burns at its end", func(t *testing.T) {
		bob := game.Player{ID: "bob", Lang: "en"}
		w.start(bob, "seams")
		won := w.play(bob, "seams", 0).Points
		_, err := w.game.Pause(ctx, bob, "seams", w.key())
		w.must(err)
		w.clock.Set(time.Date(2026, 11, 18, 22, 0, 0, 0, time.UTC))
		v := w.view(bob, "seams")
		if v.State != game.StateBurned || v.Lost != won {
			t.Fatalf("view %+v", v)
		}
	})
	t.Run("a pause just before midnight waits no less than no pause", func(t *testing.T) {
		cat := game.Player{ID: "cat", Lang: "en"}
		w.clock.Set(time.Date(2026, 11, 19, 21, 55, 0, 0, time.UTC))
		before := w.start(cat, "seams")
		v, err := w.game.Pause(ctx, cat, "seams", w.key())
		w.must(err)
		same(t, "burns", v.BurnsAt, before.BurnsAt)
	})
}

func TestPointsOfAFinishedGame(t *testing.T) {
	w := newWorld(t, noon)
	w.start(ann, "walls")
	w.finish(ann, "walls")
	lines, err := w.points.Statement(t.Context(), ann.ID, 0, 10)
	w.must(err)
	same(t, "lines", len(lines), 1)
	recs, err := w.journal.Read(t.Context(), points.Stream(ann.ID), 1, 0)
	w.must(err)
	same(t, "key", recs[0].Key, "game/walls/2026-11")
}
