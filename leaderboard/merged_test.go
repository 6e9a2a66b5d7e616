package leaderboard_test

import (
	"context"
	"testing"
	"time"

	"firebrand/content"
	"firebrand/internal/member"
	"firebrand/internal/points"
	"firebrand/leaderboard"
)

// merge makes one person of two, as an administrator does.
func (w *world) merge(from, into string) {
	w.t.Helper()
	w.clock.Add(time.Millisecond)
	if _, err := w.members.MergeMembers(w.t.Context(), w.admin, from, into, "the same person", "merge-"+from); err != nil {
		w.t.Fatal(err)
	}
	err := w.members.FinishMerge(w.t.Context(), from, func(ctx context.Context, m member.Merge) error {
		_, err := w.points.Merge(ctx, points.Merge{Key: "merge-" + from, Actor: "admin", From: m.From, Into: m.Into, Reason: m.Reason})
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) reverse(key, id, award string, amount int64) {
	w.t.Helper()
	_, err := w.points.Reverse(w.t.Context(), points.Reverse{Key: key, Actor: "admin", Account: id, Award: award, Amount: amount, Ref: "two phones"})
	if err != nil {
		w.t.Fatal(err)
	}
}

func TestWhatAMergedAccountWonIsCarriedOver(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		w := newWorld(t, url)
		w.do("FLUSHALL")
		w.members.Changed = func(id string) { w.boards.Doubt(id) }
		ids := []string{"a", "b", "c", "d"}
		for _, id := range ids {
			w.person(id, w.north)
		}
		w.promise(november, content.BoardPrize{Board: "quiz:safety", From: 1, To: 1, Points: 20})
		week, safety := leaderboard.WeekBoard(w.zone.Date(w.clock.Now())), leaderboard.QuizBoard("safety")
		w.play("a", "paint", november, 10)
		w.play("b", "safety", november, 40)
		w.play("c", "safety", november, 30)
		w.play("c", "oil", november, 5)
		w.play("d", "safety", november, 45)
		w.draw()
		says := func(t *testing.T, board, want string) {
			t.Helper()
			w.says(november, board, want, ids...)
		}
		both := func(t *testing.T, boards map[string]string) {
			t.Helper()
			w.draw()
			w.clock.Add(leaderboard.Refresh)
			w.draw()
			for board, want := range boards {
				says(t, board, want)
			}
			live := w.dump(november)
			if err := w.boards.Rebuild(t.Context()); err != nil {
				t.Fatal(err)
			}
			w.same("merged", live, w.dump(november))
		}
		w.merge("c", "b")
		t.Run("to the boards of quizzes and weeks, as to everyone's", func(t *testing.T) {
			both(t, map[string]string{
				leaderboard.All: "1 b 75, 2 d 45, 3 a 10", week: "1 b 75, 2 d 45, 3 a 10", safety: "1 b 70, 2 d 45", leaderboard.QuizBoard("oil"): "1 b 5",
			})
		})
		w.merge("b", "a")
		t.Run("with what was merged into it before", func(t *testing.T) {
			both(t, map[string]string{
				leaderboard.All: "1 a 85, 2 d 45", week: "1 a 85, 2 d 45", safety: "1 a 70, 2 d 45", leaderboard.QuizBoard("oil"): "1 a 5",
			})
		})
		t.Run("what is asked of the merged account later counts where its points went", func(t *testing.T) {
			w.play("c", "glue", november, 8)
			w.reverse("cheat", "c", "game/safety/2026-11", 27)
			w.reverse("cheat too", "c", "game/glue/2026-11", 6)
			both(t, map[string]string{week: "1 a 60, 2 d 45", safety: "1 d 45, 2 a 43", leaderboard.QuizBoard("glue"): "1 a 2"})
		})
		t.Run("and in the final tables, from which prizes are paid", func(t *testing.T) {
			w.play("a", "safety", november, 10)
			w.clock.Set(w.final(november))
			w.sweep()
			for board, want := range map[string]string{
				week: "1 a 70, 2 d 45", safety: "1 a 53, 2 d 45", leaderboard.QuizBoard("glue"): "1 a 2", leaderboard.QuizBoard("oil"): "1 a 5",
			} {
				b, err := w.boards.Closed(t.Context(), november, board, 0, 10)
				if err != nil || line(b.Rows, ids...) != want {
					t.Errorf("%s: %s, %v", board, line(b.Rows, ids...), err)
				}
			}
			prizes, err := w.boards.Prizes(t.Context(), november)
			if err != nil || len(prizes) != 1 || prizes[0].Member != "a" {
				t.Errorf("%+v, %v", prizes, err)
			}
		})
	})
}

// Between the merge of two accounts and a look at the people their points stand on the boards once.
func TestAMergedAccountStandsNowhere(t *testing.T) {
	w := newWorld(t, "")
	w.person("a", w.north)
	w.person("b", w.north)
	w.play("b", "safety", november, 40)
	w.draw()
	w.says(november, leaderboard.QuizBoard("safety"), "1 b 40", "a", "b")
	if _, err := w.points.Merge(t.Context(), points.Merge{Key: "m", Actor: "admin", From: "b", Into: "a", Reason: "one person"}); err != nil {
		t.Fatal(err)
	}
	for _, draw := range []func(){w.draw, func() { _ = w.boards.Rebuild(t.Context()) }} {
		draw()
		w.clock.Add(leaderboard.Refresh)
		w.says(november, leaderboard.QuizBoard("safety"), "1 a 40", "a", "b")
		w.says(november, leaderboard.WeekBoard(w.zone.Date(w.clock.Now())), "1 a 40", "a", "b")
	}
	w.clock.Set(w.final(november))
	w.sweep()
	b, err := w.boards.Closed(t.Context(), november, leaderboard.QuizBoard("safety"), 0, 10)
	if err != nil || line(b.Rows, "a", "b") != "1 a 40" {
		t.Errorf("%s, %v", line(b.Rows, "a", "b"), err)
	}
}

// In the hour before a month's table is final nobody loses what they won by becoming one person.
func TestMergedBeforeTheTableIsFinal(t *testing.T) {
	w := newWorld(t, "")
	for _, id := range []string{"a", "b", "c", "d"} {
		w.person(id, w.north)
	}
	w.promise(november, content.BoardPrize{Board: "all", From: 1, To: 1, Points: 500}, content.BoardPrize{Board: "quiz:safety", From: 1, To: 1, Points: 20})
	end := w.zone.EndOfMonth(november)
	w.clock.Set(end.Add(-24 * time.Hour))
	w.play("a", "paint", november, 10)
	w.play("b", "safety", november, 40)
	w.play("c", "safety", november, 30)
	w.play("d", "safety", november, 60)
	w.draw()
	w.members.Changed = func(id string) { w.boards.Doubt(id) }
	w.clock.Set(end.Add(5 * time.Minute))
	w.draw()                        // the boards roll over, and hear of what follows as it comes
	w.play("c", "oil", november, 5) // a game that ended with the month
	w.merge("c", "b")
	w.merge("b", "a")
	w.play("a", "late", november, 1)
	w.draw()
	w.clock.Add(leaderboard.Refresh)
	w.says(november, leaderboard.All, "1 a 86, 2 d 60", "a", "b", "c", "d")
	w.clock.Set(w.final(november))
	w.sweep()
	for board, want := range map[string]string{
		leaderboard.All: "1 a 86, 2 d 60", leaderboard.QuizBoard("safety"): "1 a 70, 2 d 60", leaderboard.QuizBoard("oil"): "1 a 5",
		leaderboard.WeekBoard(w.zone.Date(end.Add(-time.Hour))): "1 a 86, 2 d 60",
	} {
		b, err := w.boards.Closed(t.Context(), november, board, 0, 10)
		if err != nil || line(b.Rows, "a", "b", "c", "d") != want {
			t.Errorf("%s: %s, %v", board, line(b.Rows, "a", "b", "c", "d"), err)
		}
	}
	if prizes, err := w.boards.Prizes(t.Context(), november); err != nil || len(prizes) != 2 || prizes[0].Member != "a" || prizes[1].Member != "a" {
		t.Errorf("%+v, %v", prizes, err)
	}
}
