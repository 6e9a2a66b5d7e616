package leaderboard_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"firebrand/content"
	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/journal"
	"firebrand/internal/member"
	"firebrand/internal/testenv"
	"firebrand/leaderboard"
)

// promise publishes prizes of a month.
func (w *world) promise(m calendar.Month, prizes ...content.BoardPrize) {
	w.t.Helper()
	e, err := w.content.EnsureEdition(w.t.Context(), "marketer", m)
	if err != nil {
		w.t.Fatal(err)
	}
	e.Prizes = prizes
	if _, err := w.content.SaveEdition(w.t.Context(), "marketer", e, e.Version); err != nil {
		w.t.Fatal(err)
	}
}

// alive is what people may spend, as "a 10, b 20".
func (w *world) alive(ids ...string) string {
	w.t.Helper()
	var out []string
	for _, id := range ids {
		v, err := w.points.Balance(w.t.Context(), id)
		if err != nil {
			w.t.Fatal(err)
		}
		out = append(out, fmt.Sprintf("%s %d", id, v.Alive))
	}
	return strings.Join(out, ", ")
}

func (w *world) sweep() {
	w.t.Helper()
	if err := w.boards.Sweep(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// final is when a month's table can be closed.
func (w *world) final(m calendar.Month) time.Time {
	return w.zone.EndOfMonth(m).Add(leaderboard.FinalAfter + journal.Overlap)
}

func TestCloseAMonth(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		w := newWorld(t, url)
		ids := []string{"a", "b", "c", "d"}
		for _, id := range ids[:3] {
			w.person(id, w.north)
		}
		w.enter(member.Member{ID: "d", Role: member.RoleMember, Company: w.south.ID})
		w.promise(november,
			content.BoardPrize{Board: "all", From: 1, To: 1, Points: 500}, content.BoardPrize{Board: "all", From: 2, To: 3, Points: 100},
			content.BoardPrize{Board: "new", From: 1, To: 5, Points: 50}, content.BoardPrize{Board: "region", From: 1, To: 1, Points: 30},
			content.BoardPrize{Board: "quiz:safety", From: 1, To: 1, Points: 20}, content.BoardPrize{Board: "league:", From: 1, To: 1, Points: 7})
		end := w.zone.EndOfMonth(november)
		w.clock.Set(end.Add(-24 * time.Hour))
		w.win("a", 30)
		w.play("b", "safety", november, 20)
		w.win("c", 10)
		w.win("d", 5)
		w.draw()
		w.clock.Set(end.Add(time.Minute))
		w.draw() // the boards roll over, and hear of what follows as it comes
		w.says(november, leaderboard.All, "1 a 30, 2 b 20, 3 c 10, 4 d 5", ids...)
		w.clock.Set(end.Add(5 * time.Minute))
		w.play("c", "safety", november, 25) // begun before midnight, written after: 35
		w.win("d", 1000)                    // December's
		w.clock.Set(end.Add(leaderboard.FinalAfter))
		w.play("b", "paint", november, 1000) // too late
		w.draw()
		w.clock.Set(w.final(november).Add(-time.Millisecond))
		w.sweep()
		t.Run("until its table is final it is not closed", func(t *testing.T) {
			if _, err := w.boards.Closed(t.Context(), november, leaderboard.All, 0, 10); !fault.Is(err, fault.NotFound) {
				t.Error(err)
			}
			w.says(november, leaderboard.All, "1 c 35, 2 a 30, 3 b 20, 4 d 5", ids...)
		})
		before := w.alive(ids...)
		w.clock.Set(w.final(november))
		for range 3 {
			w.sweep()
		}
		tables := func(t *testing.T) {
			t.Helper()
			for board, want := range map[string]string{
				leaderboard.All: "1 c 35, 2 a 30, 3 b 20, 4 d 5", leaderboard.New: "1 d 5", leaderboard.RegionBoard("South"): "1 d 5",
				leaderboard.QuizBoard("safety"): "1 c 25, 2 b 20", "week:2026-11-30": "1 c 35, 2 a 30, 3 b 20, 4 d 5", "region:none": "",
			} {
				b, err := w.boards.Closed(t.Context(), november, board, 0, 10)
				if err != nil || line(b.Rows, ids...) != want || !b.Closed {
					t.Errorf("%s: %s, %v", board, line(b.Rows, ids...), err)
				}
				if b := w.top(november, board, 10); line(b.Rows, ids...) != want || !b.Closed {
					t.Errorf("top of %s: %s", board, line(b.Rows, ids...))
				}
			}
			if b, err := w.boards.Closed(t.Context(), november, leaderboard.All, 2, 1); err != nil || line(b.Rows, ids...) != "3 b 20" || b.Total != 4 {
				t.Errorf("a page: %s of %d, %v", line(b.Rows, ids...), b.Total, err)
			}
			if b, err := w.boards.Around(t.Context(), november, leaderboard.All, "d", 3); err != nil || line(b.Rows, ids...) != "2 a 30, 3 b 20, 4 d* 5" && line(b.Rows, "a", "b") == "" {
				t.Errorf("around: %s, %v", line(b.Rows, ids...), err)
			}
			l, err := w.boards.League(t.Context(), november)
			if err != nil || !l.Closed || len(l.Classes) != 2 || l.Classes[0].Teams[0].Sum != 85 {
				t.Errorf("league: %+v, %v", l, err)
			}
		}
		t.Run("its tables are kept, with what was played before midnight and written after", tables)
		t.Run("its prizes are paid once, on no board, and their winners told", func(t *testing.T) {
			if before != "a 30, b 1020, c 35, d 1005" {
				t.Fatal(before)
			}
			// c: first of all 500, region 30, quiz 20, team 7. a: 100 and 7. b: 100 and 7. d: newcomer 50, region 30.
			if got := w.alive(ids...); got != "a 137, b 1127, c 592, d 1085" {
				t.Error(got)
			}
			prizes, err := w.boards.Prizes(t.Context(), november)
			if err != nil || len(prizes) != 10 {
				t.Errorf("%+v, %v", prizes, err)
			}
			inbox, err := w.notes.Inbox(t.Context(), "c", "", 10)
			if err != nil || len(inbox) != 4 {
				t.Errorf("%+v, %v", inbox, err)
			}
			w.draw()
			w.says(november.Next(), leaderboard.All, "1 d 1000", ids...)
		})
		t.Run("nothing is needed but the store, and names follow consent", func(t *testing.T) {
			w.do("FLUSHALL")
			w.open(url)
			w.clock.Add(60 * 24 * time.Hour)
			tables(t)
			if _, err := w.members.SetDisplay(t.Context(), "c", member.ModeFull); err != nil {
				t.Fatal(err)
			}
			w.clock.Add(time.Minute)
			if b := w.top(november, leaderboard.All, 1); b.Rows[0].Name != "Person c" {
				t.Errorf("shown as %q", b.Rows[0].Name)
			}
		})
		t.Run("months in which nothing ran are closed too", func(t *testing.T) {
			w.sweep()
			for _, m := range []calendar.Month{november.Next(), november.Add(2)} {
				closed := w.final(m).Before(w.clock.Now())
				_, err := w.boards.Closed(t.Context(), m, leaderboard.All, 0, 10)
				if closed != (err == nil) {
					t.Errorf("%s: %v", m, err)
				}
			}
			b, err := w.boards.Closed(t.Context(), november.Next(), leaderboard.All, 0, 10)
			if err != nil || len(b.Rows) != 0 { // it burned in December
				t.Errorf("%s, %v", line(b.Rows, ids...), err)
			}
		})
	})
}

// toClose is a world on a store that can die, with a month that is ready to be closed and six prizes promised.
func toClose(t *testing.T, d *testenv.Flaky) *world {
	zone, err := calendar.Load("Europe/Kyiv")
	if err != nil {
		t.Fatal(err)
	}
	w := newWorldOn(t, d, testenv.At("2026-11-10T10:00:00Z"), zone, "")
	w.clock.Set(zone.EndOfMonth(november).Add(-24 * time.Hour))
	for i, id := range []string{"a", "b", "c"} {
		w.person(id, w.north)
		w.win(id, int64(10*(i+1)))
	}
	w.promise(november, content.BoardPrize{Board: "all", From: 1, To: 3, Points: 100},
		content.BoardPrize{Board: "region", From: 1, To: 1, Points: 10}, content.BoardPrize{Board: "week", From: 1, To: 2, Points: 1})
	w.clock.Set(w.final(november))
	return w
}

// paidOnce is what they won and what it brought: 100 each, 10 for the first of the region, 1 for the two of the week.
const paidOnce = "a 110, b 121, c 141"

func TestKilledWhileClosing(t *testing.T) {
	d := &testenv.Flaky{Engine: testenv.Engine(t)}
	w := toClose(t, d)
	writes := 0
	d.Hook(func(n int) { writes = n })
	w.sweep()
	if got := w.alive("a", "b", "c"); got != paidOnce || writes < 15 {
		t.Fatalf("%s in %d writes", got, writes)
	}
	for n := 1; n <= writes; n++ {
		for _, answerLost := range []bool{false, true} {
			d := &testenv.Flaky{Engine: testenv.Engine(t)}
			w := toClose(t, d)
			d.DieAt(n, answerLost)
			err := w.boards.Sweep(t.Context())
			if died := d.Restart(); err == nil && !(n == writes && answerLost) && died {
				// A write that may fail without harm, as a message that was written but not answered.
				t.Logf("write %d: nothing noticed", n)
			}
			w.open("") // another process goes on
			w.sweep()
			w.clock.Add(2 * time.Minute)
			w.sweep()
			if got := w.alive("a", "b", "c"); got != paidOnce {
				t.Errorf("killed at write %d, answer lost %t: %s", n, answerLost, got)
			}
			b, err := w.boards.Closed(t.Context(), november, leaderboard.All, 0, 10)
			if err != nil || line(b.Rows, "a", "b", "c") != "1 c 30, 2 b 20, 3 a 10" {
				t.Errorf("killed at write %d: %s, %v", n, line(b.Rows), err)
			}
			for _, id := range []string{"a", "b", "c"} {
				want := map[string]int{"a": 1, "b": 2, "c": 3}[id]
				if inbox, err := w.notes.Inbox(t.Context(), id, "", 10); err != nil || len(inbox) != want {
					t.Errorf("killed at write %d: %s was told %d times, %v", n, id, len(inbox), err)
				}
			}
			if n := leaderboard.Pages(w.tables, t.Context(), november); n != 4 {
				t.Errorf("killed at write %d: %d pages are left", n, n)
			}
		}
	}
}

func TestTwoCloseAtOnce(t *testing.T) {
	w := toClose(t, &testenv.Flaky{Engine: testenv.Engine(t)})
	other := leaderboard.Open(w.config())
	var both sync.WaitGroup
	for _, s := range []*leaderboard.Service{w.boards, other, leaderboard.Open(w.config())} {
		both.Go(func() {
			if err := s.Sweep(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	if got := w.alive("a", "b", "c"); got != paidOnce {
		t.Error(got)
	}
	for _, s := range []*leaderboard.Service{w.boards, other} {
		if b, err := s.Closed(t.Context(), november, leaderboard.All, 0, 10); err != nil || len(b.Rows) != 3 {
			t.Errorf("%+v, %v", b, err)
		}
	}
}

// Months end at the programme's midnight, whatever that is in UTC, and also where a clock change lies within the month.
func TestZonesAndClockChanges(t *testing.T) {
	for _, c := range []struct {
		zone  string
		month calendar.Month
		end   string
	}{
		{"Europe/Kyiv", calendar.Month{Year: 2026, Mon: 10}, "2026-10-31T22:00:00Z"}, // summer time ends on the 25th
		{"Europe/Kyiv", calendar.Month{Year: 2026, Mon: 3}, "2026-03-31T21:00:00Z"},
		{"Pacific/Auckland", calendar.Month{Year: 2026, Mon: 9}, "2026-09-30T11:00:00Z"},
		{"America/Sao_Paulo", calendar.Month{Year: 2026, Mon: 11}, "2026-12-01T03:00:00Z"},
		{"Africa/Cairo", calendar.Month{Year: 2014, Mon: 7}, "2014-07-31T22:00:00Z"}, // summer time came back at midnight
	} {
		t.Run(fmt.Sprintf("%s in %s", c.month, c.zone), func(t *testing.T) {
			zone, err := calendar.Load(c.zone)
			if err != nil {
				t.Fatal(err)
			}
			clock := testenv.At(c.end)
			end := clock.Now()
			clock.Set(end.Add(-time.Second))
			w := newWorldOn(t, testenv.Engine(t), clock, zone, "")
			w.person("a", w.north)
			w.person("b", w.north)
			w.win("a", 10)
			w.draw()
			clock.Set(end)
			w.win("b", 20)
			w.draw()
			w.says(c.month, leaderboard.All, "1 a 10", "a")
			w.says(c.month.Next(), leaderboard.All, "1 b 20", "b")
			clock.Set(end.Add(leaderboard.FinalAfter + journal.Overlap))
			w.sweep()
			b, err := w.boards.Closed(t.Context(), c.month, leaderboard.All, 0, 9)
			if err != nil || line(b.Rows, "a") != "1 a 10" {
				t.Errorf("%s, %v", line(b.Rows, "a"), err)
			}
		})
	}
}

func TestADraftPromisesNothing(t *testing.T) {
	w := toClose(t, &testenv.Flaky{Engine: testenv.Engine(t)})
	config := w.config()
	config.Editions = w.content
	w.boards = leaderboard.Open(config)
	w.sweep()
	if prizes, err := w.boards.Prizes(t.Context(), november); err != nil || len(prizes) != 0 {
		t.Errorf("%+v, %v", prizes, err)
	}
	w.says(november, leaderboard.All, "1 c 30, 2 b 20, 3 a 10", "a", "b", "c")
}
