package game_test

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"firebrand/game"
	"firebrand/internal/fault"
)

// The same random games are played in two worlds: in one the follower and the sweep run after every step, in the other
// nobody writes anything down until the end. What comes out must not differ, and every point must be in an account.
func TestSweepingChangesNoOutcome(t *testing.T) {
	all := ""
	defer func() {
		for _, state := range []game.State{game.StateFinished, game.StateBurned, game.StateLeft} {
			if !strings.Contains(all, `"state":"`+string(state)+`"`) {
				t.Errorf("no attempt came out %s: the games are too tame", state)
			}
		}
	}()
	for seed := range uint64(6) {
		t.Run("seed "+strconv.FormatUint(seed, 10), func(t *testing.T) {
			swept, quiet := newWorld(t, noon), newWorld(t, noon)
			a, b := randomGames(swept, seed, true), randomGames(quiet, seed, false)
			if len(a) == 0 || !slices.Equal(a, b) {
				t.Fatalf("swept: %v\nquiet: %v", a, b)
			}
			all += strings.Join(a, "")
		})
	}
}

// randomGames plays and returns how every attempt ended.
func randomGames(w *world, seed uint64, sweep bool) []string {
	w.Helper()
	ctx := w.Context()
	r := rand.New(rand.NewPCG(seed, 2))
	players := []game.Player{{ID: "a", Lang: "en"}, {ID: "b", Lang: "ru", Pace: 150}, {ID: "c", Lang: "uk", Pace: 200}}
	for range 90 {
		p, quiz := players[r.IntN(len(players))], []string{"seams", "walls"}[r.IntN(2)]
		_, err := w.game.Start(ctx, p, quiz, "", w.key())
		w.must(err)
		w.allowed(randomMove(w, p, quiz, r))
		w.clock.Add(randomWait(r))
		if sweep {
			w.catchUp(w.game)
			w.must(w.game.Sweep(ctx))
			_, err := w.game.Month(ctx, p)
			w.must(err)
		}
	}
	w.clock.Add(48 * time.Hour)
	w.catchUp(w.game)
	w.must(w.game.Sweep(ctx))
	var ends []string
	for _, p := range players {
		var won, lost int64
		for _, quiz := range []string{"seams", "walls"} {
			rec, err := w.journal.Last(ctx, w.stream(p, quiz))
			w.must(err)
			if rec.Seq == 0 {
				continue
			}
			a, err := game.AttemptOf(rec)
			w.must(err)
			if a.Alive() {
				w.Fatalf("still alive: %s", rec.Body)
			}
			won, lost = won+a.Points, lost+a.Lost
			ends = append(ends, string(rec.Body))
		}
		b := w.balance(p)
		if b.Totals.Earned != won+lost || b.Totals.Burned != lost {
			w.Fatalf("%s won %d and lost %d, the account says %+v", p.ID, won, lost, b.Totals)
		}
	}
	return ends
}

// randomMove does what a player might do next.
func randomMove(w *world, p game.Player, quiz string, r *rand.Rand) error {
	ctx := w.Context()
	n, choice := 1+r.IntN(4), strconv.Itoa(1+r.IntN(2))
	var err error
	switch r.IntN(12) {
	case 0:
		_, err = w.game.Pause(ctx, p, quiz, w.key())
	case 1:
		if r.IntN(4) == 0 {
			_, err = w.game.Leave(ctx, p, quiz, w.key())
		}
	case 2, 3, 4, 5:
		_, err = w.game.Next(ctx, p, quiz, w.key())
	case 6:
		_, err = w.game.View(ctx, p, quiz)
	default:
		var v game.View
		if v, err = w.game.Next(ctx, p, quiz, w.key()); err == nil && v.Open != nil {
			n = v.Open.N
		}
		if err == nil {
			_, err = w.game.Answer(ctx, p, quiz, n, []string{choice}, r.IntN(2) == 0, w.key())
		}
	}
	return err
}

// randomWait is mostly the time of a thought, at times a disconnect.
func randomWait(r *rand.Rand) time.Duration {
	switch r.IntN(12) {
	case 0:
		return time.Duration(r.IntN(200)) * time.Second
	case 1:
		return time.Duration(r.IntN(11)) * time.Minute
	default:
		return time.Duration(r.IntN(9000)) * time.Millisecond
	}
}

// allowed takes a refusal for what it is.
func (w *world) allowed(err error) {
	w.Helper()
	if err != nil && !fault.Is(err, fault.Conflict) {
		w.Fatal(err)
	}
}

func FuzzChoice(f *testing.F) {
	for _, s := range []string{"1", "0", "-1", "+2", "02", "4294967297", "", "a", "１"} {
		f.Add(s, "2")
	}
	q := seams().Questions[1]
	shown := []string{"c", "a", "d", "b"}
	f.Fuzz(func(t *testing.T, x, y string) {
		ids, err := game.CheckChoice(q, shown, []string{x, y})
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Fatal(err)
			}
			return
		}
		for _, place := range []string{x, y} {
			i := slices.Index([]string{"1", "2", "3", "4"}, place)
			if i < 0 || !slices.Contains(ids, shown[i]) {
				t.Fatalf("%q was taken as %v", place, ids)
			}
		}
	})
}

func FuzzScore(f *testing.F) {
	f.Add(int64(100), 250, int64(10_000), int64(20_000), int64(1), int64(2))
	f.Fuzz(func(t *testing.T, weight int64, share int, took, limit, got, of int64) {
		weight, share = 1+abs(weight)%1000, int(abs(int64(share))%501)
		limit, of = 1+abs(limit)%480_000, 1+abs(of)%10
		took, got = took%1_000_000, abs(got)%(of+1)
		score := func(ms int64) int64 {
			return game.Score(weight, share, time.Duration(ms)*time.Millisecond, time.Duration(limit)*time.Millisecond, game.Credit{Got: got, Of: of})
		}
		p := score(took)
		if p < 0 || p > weight || score(took+1) > p || score(took-1) < p {
			t.Fatalf("weight %d, share %d, took %d of %d, %d/%d: %d points", weight, share, took, limit, got, of, p)
		}
		if got == of && 2*p < weight-1 {
			t.Fatalf("haste outweighs knowledge: %d of %d", p, weight)
		}
	})
}

func abs(n int64) int64 {
	if n < 0 {
		return -(n + 1)
	}
	return n
}
