package leaderboard_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"firebrand/content"
	"firebrand/internal/fault"
	"firebrand/internal/journal"
	"firebrand/internal/points"
	"firebrand/internal/testenv"
	"firebrand/leaderboard"
)

// failed are the prizes of November that can never be paid, as "all/2: points.caps".
func (w *world) failed() string {
	w.t.Helper()
	prizes, err := w.boards.Prizes(w.t.Context(), november)
	if err != nil {
		w.t.Fatal(err)
	}
	var out []string
	for _, p := range prizes {
		if p.Failed != "" {
			out = append(out, strings.TrimPrefix(p.ID, "board/2026-11/")+": "+p.Failed)
		}
	}
	return strings.Join(out, ", ")
}

// whole holds every closed month against its law and against the accounts; open is how many are not paid yet.
func (w *world) whole() (open int) {
	w.t.Helper()
	_, _, err := w.journal.Verify(w.t.Context(), leaderboard.Family, func(stream string, recs []journal.Record) error {
		if err := leaderboard.CheckStream(stream, recs); err != nil {
			return err
		}
		unpaid, err := leaderboard.Agree(w.t.Context(), w.points, recs)
		if unpaid {
			open++
		}
		return err
	})
	if err != nil {
		w.t.Error(err)
	}
	return open
}

// with opens boards that pay through awarder; what they tell the log is in the returned list.
func (w *world) with(awarder leaderboard.Awarder) *[]string {
	config, log := w.config(), &[]string{}
	config.Points = awarder
	config.Failed = func(err error) { *log = append(*log, err.Error()) }
	w.boards = leaderboard.Open(config)
	return log
}

func TestAPrizeThatCanNeverBePaid(t *testing.T) {
	w := toClose(t, &testenv.Flaky{Engine: testenv.Engine(t)})
	december := november.Next()
	w.promise(december, content.BoardPrize{Board: "all", From: 1, To: 1, Points: 7})
	w.clock.Set(w.zone.EndOfMonth(december).Add(-24 * time.Hour)) // what was won in November burned meanwhile
	w.win("a", 1)
	w.clock.Set(w.final(december))
	log := w.with(refusing{w.points, fault.New(fault.Conflict, "points.caps")})
	w.sweep()
	t.Run("the others are paid, and later months close", func(t *testing.T) {
		if got := w.alive("a", "b", "c"); got != "a 108, b 0, c 111" {
			t.Error(got)
		}
		if prizes, err := w.boards.Prizes(t.Context(), december); err != nil || len(prizes) != 1 || prizes[0].Failed != "" {
			t.Errorf("%+v, %v", prizes, err)
		}
	})
	t.Run("it is recorded with its reason, and told once", func(t *testing.T) {
		if got := w.failed(); got != "all/2: points.caps, week:2026-11-30/2: points.caps" {
			t.Error(got)
		}
		if len(*log) != 2 || !strings.Contains((*log)[0], "points.caps") {
			t.Error(*log)
		}
		if open := w.whole(); open != 0 {
			t.Errorf("%d months are open", open)
		}
	})
	t.Run("it is not paid later, whoever tries", func(t *testing.T) {
		w.open("")
		w.sweep()
		_, err := w.points.Award(t.Context(), points.Award{
			Key: "board/2026-11/all/2", Account: "b", Amount: 100, Source: points.SourceGrant, Funding: "programme", Ref: "board/2026-11/all/2",
		})
		if got := w.alive("b"); got != "b 0" || !fault.Is(err, fault.Conflict) {
			t.Errorf("%s, %v", got, err)
		}
	})
	t.Run("verify names a month whose failed prize is on the account", func(t *testing.T) {
		recs, err := w.journal.Read(t.Context(), "board/2026-11", 1, 0)
		if err != nil || len(recs) != 4 {
			t.Fatalf("%d records, %v", len(recs), err)
		}
		paid := slicesOf(recs[0], recs[3]) // as if nothing had failed
		if _, err := leaderboard.Agree(t.Context(), w.points, paid); err == nil {
			t.Error("a prize that is missing was not missed")
		}
		if err := leaderboard.CheckStream("board/2026-11", slicesOf(recs[0], recs[1], recs[1], recs[3])); err == nil {
			t.Error("a prize that failed twice")
		}
		if err := leaderboard.CheckStream("board/2026-11", slicesOf(recs[0], recs[3], recs[1])); err == nil {
			t.Error("a prize that failed after the month was paid")
		}
	})
}

func slicesOf(recs ...journal.Record) []journal.Record { return recs }

func TestAPrizeThatALimitLeftNothingOf(t *testing.T) {
	w := toClose(t, &testenv.Flaky{Engine: testenv.Engine(t)})
	w.points.Policy.Caps = []points.SourceCap{{Source: points.SourceGrant, Month: 110}}
	w.sweep()
	// c is first of all, of the region and of the week.
	if got := w.alive("a", "b", "c"); got != "a 110, b 121, c 140" {
		t.Error(got)
	}
	if got := w.failed(); got != "week:2026-11-30/1: policy:grant" || w.whole() != 0 {
		t.Error(got)
	}
	if inbox, err := w.notes.Inbox(t.Context(), "c", "", 10); err != nil || len(inbox) != 2 {
		t.Errorf("c was told %d times, %v", len(inbox), err)
	}
}

// What only does not answer is asked again until it does.
func TestAPrizeThatCannotBePaidNow(t *testing.T) {
	for name, err := range map[string]error{"down": fault.New(fault.Unavailable, "store.down"), "unknown": fmt.Errorf("odd")} {
		t.Run(name, func(t *testing.T) {
			w := toClose(t, &testenv.Flaky{Engine: testenv.Engine(t)})
			december := november.Next()
			w.clock.Set(w.final(december)) // what was won in November burned meanwhile
			w.with(refusing{w.points, err})
			if err := w.boards.Sweep(t.Context()); err == nil {
				t.Error("nobody heard of it")
			}
			if got := w.failed(); got != "" || w.whole() == 0 {
				t.Errorf("failed: %s", got)
			}
			_, later := w.boards.Closed(t.Context(), december, leaderboard.All, 0, 1)
			if name == "unknown" && later != nil {
				t.Errorf("it keeps December open: %v", later)
			}
			w.open("")
			w.sweep()
			if got := w.alive("a", "b", "c"); got != "a 100, b 101, c 111" || w.whole() != 0 {
				t.Error(got)
			}
		})
	}
}

// Whoever was merged into another account before the prize was paid gets it there.
func TestThePrizeOfAMergedAccount(t *testing.T) {
	d := &testenv.Flaky{Engine: testenv.Engine(t)}
	w := toClose(t, d)
	w.with(refusing{w.points, fmt.Errorf("killed")})
	_ = w.boards.Sweep(t.Context()) // decided, and b's prizes not paid
	if _, err := w.points.Merge(t.Context(), points.Merge{Key: "merge", Actor: "admin", From: "b", Into: "a", Reason: "the same person"}); err != nil {
		t.Fatal(err)
	}
	w.open("")
	w.sweep()
	if got := w.alive("a", "b", "c"); got != "a 231, b 0, c 141" || w.failed() != "" || w.whole() != 0 {
		t.Error(got, w.failed())
	}
	if inbox, err := w.notes.Inbox(t.Context(), "a", "", 10); err != nil || len(inbox) != 3 {
		t.Errorf("a was told %d times, %v", len(inbox), err)
	}
}

func TestKilledWhileAPrizeFails(t *testing.T) {
	run := func(n int, answerLost bool) (writes int) {
		d := &testenv.Flaky{Engine: testenv.Engine(t)}
		w := toClose(t, d)
		caps := refusing{w.points, fault.New(fault.Conflict, "points.caps")}
		w.with(caps)
		if n > 0 {
			d.DieAt(n, answerLost)
		} else {
			d.Hook(func(n int) { writes = n })
		}
		_ = w.boards.Sweep(t.Context())
		d.Restart()
		w.with(caps) // another process goes on
		w.sweep()
		w.clock.Add(2 * time.Minute)
		w.sweep()
		if got := w.alive("a", "b", "c"); got != "a 110, b 20, c 141" {
			t.Errorf("killed at write %d, answer lost %t: %s", n, answerLost, got)
		}
		if got := w.failed(); got != "all/2: points.caps, week:2026-11-30/2: points.caps" || w.whole() != 0 {
			t.Errorf("killed at write %d, answer lost %t: failed %s", n, answerLost, got)
		}
		return writes
	}
	writes := run(0, false)
	if writes < 15 {
		t.Fatalf("only %d writes", writes)
	}
	for n := 1; n <= writes; n++ {
		run(n, false)
		run(n, true)
	}
}

// refusing fails one account's awards.
type refusing struct {
	*points.Service
	fault error
}

func (r refusing) Award(ctx context.Context, a points.Award) (points.Receipt, error) {
	if a.Account == "b" {
		return points.Receipt{}, r.fault
	}
	return r.Service.Award(ctx, a)
}
