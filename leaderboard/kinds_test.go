package leaderboard_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"firebrand/game"
	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/journal"
	"firebrand/internal/member"
	"firebrand/internal/points"
	"firebrand/internal/testenv"
	"firebrand/leaderboard"
)

// play gives what a finished game won, as the game room pays it.
func (w *world) play(id, quiz string, m calendar.Month, amount int64) {
	w.t.Helper()
	w.clock.Add(time.Millisecond)
	_, err := w.points.Award(w.t.Context(), points.Award{
		Key: "game/" + quiz + "/" + m.String(), Account: id, Amount: amount, Source: points.SourceGame, Funding: game.Funding,
		Month: m, Played: true, Ref: game.Stream(quiz, m, id),
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) says(m calendar.Month, board, want string, ids ...string) {
	w.t.Helper()
	if got := line(w.top(m, board, 50).Rows, ids...); got != want {
		w.t.Errorf("%s of %s\n got %s\nwant %s", board, m, got, want)
	}
}

func TestQuizzesAndWeeks(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		w := newWorld(t, url)
		ids := []string{"a", "b", "c"}
		for _, id := range ids {
			w.person(id, w.north)
		}
		week := leaderboard.WeekBoard(w.zone.Date(w.clock.Now()))
		w.play("a", "safety", november, 40)
		w.play("b", "safety", november, 40)
		w.play("b", "paint", november, 5)
		w.win("c", 10) // a challenge's: of no quiz
		w.draw()
		both := func(board, want string) {
			t.Helper()
			w.clock.Add(leaderboard.Refresh)
			w.says(november, board, want, ids...)
			if err := w.boards.Rebuild(t.Context()); err != nil {
				t.Fatal(err)
			}
			w.says(november, board, want, ids...)
		}
		t.Run("a quiz's board shows what its games won, of equals the first", func(t *testing.T) {
			if week != "week:2026-11-09" {
				t.Errorf("the week of 10 November is %s", week)
			}
			both(leaderboard.QuizBoard("safety"), "1 a 40, 2 b 40")
			both(leaderboard.QuizBoard("paint"), "1 b 5")
			both(leaderboard.QuizBoard("never"), "")
		})
		t.Run("a week adds up all that was won in it", func(t *testing.T) {
			both(week, "1 b 45, 2 a 40, 3 c 10")
		})
		t.Run("what is taken back leaves both", func(t *testing.T) {
			_, err := w.points.Reverse(t.Context(), points.Reverse{
				Key: "cheat", Actor: "admin", Account: "a", Award: "game/safety/2026-11", Amount: 35, Ref: "two phones",
			})
			if err != nil {
				t.Fatal(err)
			}
			w.draw()
			both(week, "1 b 45, 2 c 10, 3 a 5")
			both(leaderboard.QuizBoard("safety"), "1 b 40, 2 a 5")
		})
		t.Run("the next week begins level, and the one before stays", func(t *testing.T) {
			w.clock.Set(w.zone.StartOf(calendar.Date{Year: 2026, Mon: 11, Day: 16}))
			w.play("a", "oil", november, 7)
			w.draw()
			both("week:2026-11-16", "1 a 7")
			both(week, "1 b 45, 2 c 10, 3 a 5")
		})
		t.Run("whoever is dismissed leaves, and comes back with all they had", func(t *testing.T) {
			w.members.Changed = w.boards.Doubt
			if err := w.members.Dismiss(t.Context(), w.admin, "b"); err != nil {
				t.Fatal(err)
			}
			w.draw()
			both(week, "1 c 10, 2 a 5")
			w.members.Changed = w.boards.Doubt
			if err := w.members.Restore(t.Context(), w.admin, "b"); err != nil {
				t.Fatal(err)
			}
			w.draw()
			both(week, "1 b 45, 2 c 10, 3 a 5")
		})
		t.Run("what is no week and no quiz is not found", func(t *testing.T) {
			for _, board := range []string{"week:2026-11-10", "week:", "quiz:", "quiz:No Such", "week:2026-11-09 "} {
				if _, err := w.boards.Top(t.Context(), november, board, 5); !fault.Is(err, fault.NotFound) {
					t.Errorf("%q: %v", board, err)
				}
			}
		})
	})
}

func TestAWeekOfTwoMonths(t *testing.T) {
	w := newWorld(t, "")
	w.person("a", w.north)
	december := november.Next()
	w.clock.Set(w.zone.EndOfMonth(november).Add(-time.Minute)) // Monday 30 November
	w.play("a", "safety", november, 40)
	w.draw()
	w.clock.Set(w.zone.EndOfMonth(november).Add(time.Minute))
	w.play("a", "safety", december, 3)
	w.draw()
	w.says(november, "week:2026-11-30", "1 a 40", "a")
	w.says(december, "week:2026-11-30", "1 a 3", "a")
}

func TestMovement(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		w := newWorld(t, url)
		ids := []string{"a", "b", "c", "d"}
		for i, id := range ids {
			w.person(id, w.north)
			if id != "d" {
				w.win(id, int64(30-i*10))
			}
		}
		w.draw()
		w.clock.Set(w.zone.EndOf(w.zone.Date(w.clock.Now())).Add(time.Second))
		t.Run("for the first half minute of a day there is nothing to compare with", func(t *testing.T) {
			w.draw()
			moved, err := w.boards.Movement(t.Context(), november, leaderboard.All, "a")
			if err != nil || moved.Known || moved.Today != 1 {
				t.Errorf("%+v, %v", moved, err)
			}
		})
		w.win("c", 25) // 35: from third to first
		w.win("d", 15) // came today
		w.clock.Add(journal.Overlap)
		check := func(t *testing.T) {
			t.Helper()
			w.draw()
			w.clock.Add(leaderboard.Refresh)
			for _, c := range []struct {
				id   string
				want leaderboard.Movement
			}{
				{"c", leaderboard.Movement{Board: "all", Yesterday: 3, Today: 1, Places: 2, Known: true}},
				{"a", leaderboard.Movement{Board: "all", Yesterday: 1, Today: 2, Places: -1, Known: true}},
				{"b", leaderboard.Movement{Board: "all", Yesterday: 2, Today: 3, Places: -1, Known: true}},
				{"d", leaderboard.Movement{Board: "all", Yesterday: 0, Today: 4, Places: 0, Known: true}},
				{"nobody", leaderboard.Movement{Board: "all", Known: true}},
			} {
				if got, err := w.boards.Movement(t.Context(), november, leaderboard.All, c.id); err != nil || got != c.want {
					t.Errorf("%s: %+v, %v", c.id, got, err)
				}
			}
			mine, err := w.boards.Mine(t.Context(), november, "c")
			if err != nil || mine[0].Moved != 2 || mine[0].Fresh || mine[1].Moved != 2 {
				t.Errorf("%+v, %v", mine, err)
			}
			if mine, err = w.boards.Mine(t.Context(), november, "d"); err != nil || mine[0].Moved != 0 || !mine[0].Fresh {
				t.Errorf("%+v, %v", mine, err)
			}
			movers, err := w.boards.Movers(t.Context(), november, 10)
			if err != nil || len(movers) != 1 || movers[0].Who != member.Who("c") || movers[0].Places != 2 || movers[0].Rank != 1 {
				t.Errorf("movers %+v, %v", movers, err)
			}
			if st, err := w.boards.Standing(t.Context(), november, "week:2026-11-09", "c"); err != nil || st.Rank != 1 || st.Fresh {
				t.Errorf("the week, which is not compared: %+v, %v", st, err)
			}
		}
		t.Run("then ranks are compared with yesterday's end", check)
		t.Run("and again after everything was lost", func(t *testing.T) {
			w.do("FLUSHALL")
			w.clock.Add(time.Minute)
			check(t)
		})
		t.Run("whoever burned has no rank today, but had one yesterday", func(t *testing.T) {
			w.clock.Set(w.zone.EndOf(calendar.Date{Year: 2026, Mon: 11, Day: 17}).Add(time.Minute)) // a and b burn at midnight
			w.draw()
			w.clock.Add(leaderboard.Refresh)
			got, err := w.boards.Movement(t.Context(), november, leaderboard.All, "a")
			want := leaderboard.Movement{Board: "all", Yesterday: 2, Known: true}
			if err != nil || got != want {
				t.Errorf("%+v, %v", got, err)
			}
		})
		t.Run("a month's first day has no yesterday", func(t *testing.T) {
			w.clock.Set(w.zone.EndOfMonth(november).Add(time.Hour))
			w.win("a", 5)
			w.draw()
			got, err := w.boards.Movement(t.Context(), november.Next(), leaderboard.All, "a")
			if err != nil || got.Known || got.Today != 1 {
				t.Errorf("%+v, %v", got, err)
			}
		})
	})
}

func TestTopJSON(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		w := newWorld(t, url)
		w.person("a", w.north)
		w.win("a", 10)
		w.draw()
		read := func() (leaderboard.Board, string) {
			t.Helper()
			text, err := w.boards.TopJSON(t.Context(), november, leaderboard.All, 10)
			if err != nil {
				t.Fatal(err)
			}
			var b leaderboard.Board
			if err := json.Unmarshal(text.Body, &b); err != nil {
				t.Fatal(err)
			}
			return b, text.ETag
		}
		b, tag := read()
		if line(b.Rows, "a") != "1 a 10" || len(tag) < 10 || tag[0] != '"' {
			t.Fatalf("%+v, %s", b, tag)
		}
		t.Run("the tag stays while nothing changes, however long", func(t *testing.T) {
			for range 5 {
				w.clock.Add(20 * time.Second)
				if _, again := read(); again != tag {
					t.Fatalf("%s became %s", tag, again)
				}
			}
		})
		t.Run("a change of points and a change of a name each make another", func(t *testing.T) {
			w.win("a", 1)
			w.draw()
			w.clock.Add(leaderboard.Refresh)
			b, second := read()
			if second == tag || line(b.Rows, "a") != "1 a 11" {
				t.Errorf("%s, %s", second, line(b.Rows, "a"))
			}
			w.members.Changed = w.boards.Doubt
			if _, err := w.members.SetDisplay(t.Context(), "a", member.ModeFull); err != nil {
				t.Fatal(err)
			}
			b, third := read()
			if third == second || b.Rows[0].Name != "Person a" {
				t.Errorf("%s, %q", third, b.Rows[0].Name)
			}
		})
		t.Run("who stands on it gets their row marked", func(t *testing.T) {
			text, err := w.boards.TopJSON(t.Context(), november, leaderboard.All, 10)
			if err != nil {
				t.Fatal(err)
			}
			var b leaderboard.Board
			mine, own := text.Mine("a")
			if err := json.Unmarshal(mine, &b); err != nil || !own || line(b.Rows, "a") != "1 a* 11" {
				t.Errorf("%s, %v, %v", mine, own, err)
			}
			if others, own := text.Mine("b"); own {
				t.Errorf("%s", others)
			}
		})
		t.Run("what is no board is not found", func(t *testing.T) {
			if _, err := w.boards.TopJSON(t.Context(), november, "none", 10); !fault.Is(err, fault.NotFound) {
				t.Error(err)
			}
		})
	})
}

func TestLeague(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		w := newWorld(t, url)
		w.members.Changed = w.boards.Doubt
		sized := func(name, size string, staff int, won ...int64) {
			t.Helper()
			c, err := w.members.CreateCompany(t.Context(), w.admin, member.Company{Name: name, Region: "South", Size: size})
			if err != nil {
				t.Fatal(err)
			}
			for i := range staff {
				id := fmt.Sprintf("%s-%d", name, i)
				w.person(id, c)
				if i < len(won) {
					w.win(id, won[i])
				}
			}
		}
		sized("six", "small", 6, 100, 80, 60)
		sized("three", "small", 3, 60, 10, 2)
		sized("fives", "small", 5, 900, 900)
		sized("big", "large", 4, 5, 5, 5, 5)
		sized("single", "small", 1, 50)
		sized("pair", "large", 2, 10, 20)
		w.draw()
		check := func(t *testing.T) {
			t.Helper()
			w.clock.Add(leaderboard.Refresh)
			l, err := w.boards.League(t.Context(), november)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, c := range l.Classes {
				for _, team := range c.Teams {
					got = append(got, fmt.Sprintf("%s/%d %s %d of %d: %d, %d → %d", c.Name, team.Rank, team.Name, team.Players, team.Staff, team.Sum, team.Average, team.Score))
				}
			}
			// The mean of small is (240 + 72) ÷ 9 = 34.667: (240 + 5 × 34.667) ÷ 11 and (72 + 5 × 34.667) ÷ 8.
			want := []string{
				"large/1 big 4 of 4: 20, 5000 → 5000",
				"small/1 six 3 of 6: 240, 40000 → 37576",
				"small/2 three 3 of 3: 72, 24000 → 30667",
				"small/0 fives 2 of 5: 1800, 360000 → 197334",
				"pool/1 South 3 of 3: 80, 26667 → 26667",
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("\n got %q\nwant %q", got, want)
			}
		}
		t.Run("classes of size, three players or more, single traders pooled by region", check)
		t.Run("the same after everything was lost", func(t *testing.T) {
			w.do("FLUSHALL")
			w.draw()
			check(t)
		})
		t.Run("whoever changes companies takes their points along", func(t *testing.T) {
			p, err := w.members.ByID(t.Context(), "big-0")
			if err != nil {
				t.Fatal(err)
			}
			p.Company = w.south.ID
			if _, err := w.members.Update(t.Context(), w.admin, p); err != nil {
				t.Fatal(err)
			}
			w.clock.Add(3 * time.Second)
			w.draw()
			w.clock.Add(leaderboard.Refresh)
			l, err := w.boards.League(t.Context(), november)
			if err != nil || l.Classes[0].Teams[0].Sum != 15 || l.Classes[2].Teams[0].Sum != 85 {
				t.Errorf("%+v, %v", l, err)
			}
		})
	})
}

// On a cluster every script and command must stay within one slot.
func TestOnACluster(t *testing.T) {
	w := newWorld(t, testenv.RedisClusterURL(t))
	ids := []string{"a", "b", "c"}
	for i, id := range ids {
		w.person(id, w.north)
		w.play(id, "safety", november, int64(10*(i+1)))
	}
	w.draw()
	w.clock.Set(w.zone.EndOf(w.zone.Date(w.clock.Now())).Add(time.Minute))
	w.play("a", "paint", november, 100)
	for range 2 {
		w.draw()
		w.clock.Add(leaderboard.Refresh)
		w.says(november, leaderboard.All, "1 a 110, 2 c 30, 3 b 20", ids...)
		if moved, err := w.boards.Movement(t.Context(), november, leaderboard.All, "a"); err != nil || moved.Places != 2 {
			t.Errorf("%+v, %v", moved, err)
		}
		if l, err := w.boards.League(t.Context(), november); err != nil || l.Classes[0].Teams[0].Sum != 160 {
			t.Errorf("%+v, %v", l, err)
		}
		if err := w.boards.Rebuild(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	w.clock.Set(w.final(november))
	w.sweep()
	w.says(november, leaderboard.QuizBoard("safety"), "1 c 30, 2 b 20, 3 a 10", ids...)
}
