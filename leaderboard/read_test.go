package leaderboard_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/member"
	"firebrand/internal/points"
	"firebrand/leaderboard"
)

func TestOrder(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		w := newWorld(t, url)
		for _, id := range []string{"a", "b", "c"} {
			w.person(id, w.north)
		}
		w.person("d", w.south)
		w.enter(member.Member{ID: "boss", Role: member.RolePrincipal, Company: w.north.ID})
		w.win("a", 10)
		w.win("b", 30)
		w.win("c", 20)
		w.win("d", 30)
		w.win("boss", 500)
		w.draw()
		t.Run("more points lead, and of equal totals the one that was there first", func(t *testing.T) {
			b := w.top(november, leaderboard.All, 10)
			if got := line(b.Rows, "a", "b", "c", "d"); got != "1 b 30, 2 d 30, 3 c 20, 4 a 10" || b.Total != 4 {
				t.Errorf("%s of %d", got, b.Total)
			}
			if r := b.Rows[0]; r.Name == "" || strings.Contains(r.Name, "Person") || r.Company != "Northern Tools" {
				t.Errorf("the first is shown as %q of %q, not by an alias", r.Name, r.Company)
			}
		})
		t.Run("a region has a board of its own", func(t *testing.T) {
			if got := line(w.top(november, leaderboard.RegionBoard("North: 1"), 2).Rows, "b", "c"); got != "1 b 30, 2 c 20" {
				t.Error(got)
			}
			if got := line(w.top(november, leaderboard.RegionBoard("South"), 2).Rows, "d"); got != "1 d 30" {
				t.Error(got)
			}
		})
		t.Run("reaching a total later than another ranks behind them", func(t *testing.T) {
			w.win("c", 10)
			w.draw()
			if got := line(w.top(november, leaderboard.All, 3).Rows, "b", "c", "d"); got != "1 b 30, 2 d 30, 3 c 30" {
				t.Error(got)
			}
		})
		t.Run("spending and purchases move nobody", func(t *testing.T) {
			w.clock.Add(time.Second)
			ctx := t.Context()
			if _, err := w.points.Spend(ctx, points.Spend{Key: "s", Account: "b", Amount: 25, Ref: "mug"}); err != nil {
				t.Fatal(err)
			}
			bought := points.Award{Key: "p", Account: "a", Amount: 900, Source: points.SourcePurchase, Funding: "brand", Ref: "order"}
			if _, err := w.points.Award(ctx, bought); err != nil {
				t.Fatal(err)
			}
			w.draw()
			if got := line(w.top(november, leaderboard.All, 4).Rows, "a", "b", "c", "d"); got != "1 b 30, 2 d 30, 3 c 30, 4 a 10" {
				t.Error(got)
			}
		})
		t.Run("mine says rank, points and what is missing to pass the next", func(t *testing.T) {
			mine, err := w.boards.Mine(t.Context(), november, "a")
			if err != nil {
				t.Fatal(err)
			}
			want := "[{all 4 4 10 21 0 true 0} {region:North: 1 3 3 10 21 0 true 0}]"
			if got := fmt.Sprint(mine); got != want {
				t.Errorf("%s, want %s", got, want)
			}
			if mine, err := w.boards.Mine(t.Context(), november, "boss"); err != nil || len(mine) != 0 {
				t.Errorf("a principal stands on %v, %v", mine, err)
			}
		})
		t.Run("what is no board is not found", func(t *testing.T) {
			for _, board := range []string{"", "region:", "ALL", "region:" + strings.Repeat("x", 200)} {
				if _, err := w.boards.Top(t.Context(), november, board, 5); !fault.Is(err, fault.NotFound) {
					t.Errorf("%q: %v", board, err)
				}
			}
			if _, err := w.boards.Top(t.Context(), november.Add(-7), leaderboard.All, 5); !fault.Is(err, fault.NotFound) {
				t.Errorf("a month long ago: %v", err)
			}
		})
	})
}

func TestNewcomers(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		w := newWorld(t, url)
		w.person("old", w.north)
		first := w.zone.StartOfMonth(november)
		w.enter(member.Member{ID: "october", Role: member.RoleMember, Company: w.north.ID, Joined: first.Add(-time.Millisecond)})
		w.enter(member.Member{ID: "november", Role: member.RoleMember, Company: w.north.ID, Joined: first})
		for i, id := range []string{"old", "october", "november"} {
			w.win(id, int64(10+i))
		}
		w.draw()
		if got := line(w.top(november, leaderboard.New, 9).Rows, "november"); got != "1 november 12" {
			t.Errorf("the newcomers are %s", got)
		}
	})
}

func TestAround(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		w := newWorld(t, url)
		ids := make([]string, 12)
		for i := range ids {
			ids[i] = fmt.Sprintf("p%02d", i+1)
			w.person(ids[i], map[bool]member.Company{true: w.south, false: w.north}[i < 3])
			w.win(ids[i], int64(100-i))
		}
		w.person("idle", w.north)
		w.draw()
		for _, c := range []struct {
			why, board, me string
			n              int
			ranks          string
		}{
			{"in the middle", leaderboard.All, "p06", 5, "4 5 6* 7 8"},
			{"an even number", leaderboard.All, "p06", 4, "4 5 6* 7"},
			{"the first", leaderboard.All, "p01", 5, "1* 2 3 4 5"},
			{"the second", leaderboard.All, "p02", 5, "1 2* 3 4 5"},
			{"the last", leaderboard.All, "p12", 5, "8 9 10 11 12*"},
			{"the last but one", leaderboard.All, "p11", 5, "8 9 10 11* 12"},
			{"the whole board", leaderboard.All, "p07", 12, "1 2 3 4 5 6 7* 8 9 10 11 12"},
			{"a board smaller than a page", leaderboard.RegionBoard("South"), "p03", 10, "1 2 3*"},
			{"one row", leaderboard.All, "p12", 1, "12*"},
			{"who has no points", leaderboard.All, "idle", 5, ""},
			{"who does not exist", leaderboard.All, "nobody", 5, ""},
		} {
			t.Run(c.why, func(t *testing.T) {
				b, err := w.boards.Around(t.Context(), november, c.board, c.me, c.n)
				if err != nil {
					t.Fatal(err)
				}
				want, _ := json.Marshal(b)
				body, err := w.boards.AroundJSON(t.Context(), november, c.board, c.me, c.n)
				if string(body) != string(want) || err != nil {
					t.Errorf("as JSON %s, want %s, %v", body, want, err)
				}
				var ranks []string
				for _, r := range b.Rows {
					rank := fmt.Sprint(r.Rank)
					if r.Me {
						rank += "*"
					}
					if c.board == leaderboard.All && r.Points != int64(101-r.Rank) {
						t.Errorf("rank %d has %d points", r.Rank, r.Points)
					}
					ranks = append(ranks, rank)
				}
				if got := strings.Join(ranks, " "); got != c.ranks {
					t.Errorf("ranks %s, want %s", got, c.ranks)
				}
				if want := map[string]int{leaderboard.All: 12}[c.board]; want > 0 && b.Total != want {
					t.Errorf("of %d", b.Total)
				}
			})
		}
	})
}

func TestTheClock(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		w := newWorld(t, url)
		for _, id := range []string{"a", "b"} {
			w.person(id, w.north)
		}
		w.win("a", 50) // idle until the end of 17 November
		w.clock.Add(24 * time.Hour)
		w.win("b", 20)
		w.draw()
		records := w.records()
		t.Run("burning moves one down without a write", func(t *testing.T) {
			burns := w.zone.EndOf(calendar.Date{Year: 2026, Mon: 11, Day: 17})
			w.clock.Set(burns.Add(-time.Millisecond))
			w.draw()
			if got := line(w.top(november, leaderboard.All, 3).Rows, "a", "b"); got != "1 a 50, 2 b 20" {
				t.Errorf("a millisecond before: %s", got)
			}
			w.clock.Set(burns)
			w.draw()
			if got := line(w.top(november, leaderboard.All, 3).Rows, "a", "b"); got != "1 b 20" {
				t.Errorf("at the instant: %s", got)
			}
			if n := w.records(); n != records {
				t.Errorf("%d records were written", n-records)
			}
		})
		t.Run("the month rolls by the clock, and the old table stays", func(t *testing.T) {
			w.clock.Set(w.zone.EndOfMonth(november).Add(-3 * time.Millisecond))
			w.win("a", 7)
			w.clock.Set(w.zone.EndOfMonth(november)) // the boards did not hear of it in November
			w.win("b", 3)
			w.draw()
			if got := line(w.top(november.Next(), leaderboard.All, 3).Rows, "a", "b"); got != "1 b 3" {
				t.Errorf("December: %s", got)
			}
			if got := line(w.top(november, leaderboard.All, 3).Rows, "a", "b"); got != "1 a 7" {
				t.Errorf("November: %s", got)
			}
		})
		t.Run("the month before is drawn on demand, as it stood at its end", func(t *testing.T) {
			w.do("FLUSHALL")
			w.clock.Set(w.zone.EndOfMonth(november).Add(20 * 24 * time.Hour))
			w.draw()
			if got := line(w.top(november, leaderboard.All, 3).Rows, "a", "b"); got != "1 a 7" {
				t.Errorf("November: %s", got)
			}
			if b := w.top(november.Next(), leaderboard.All, 3); len(b.Rows) != 0 {
				t.Errorf("December, all burned: %v", b.Rows)
			}
		})
	})
}

// records counts the records of all accounts.
func (w *world) records() int {
	w.t.Helper()
	recs, err := w.journal.Prefix(w.t.Context(), points.Family+"/", "", 100_000)
	if err != nil {
		w.t.Fatal(err)
	}
	return len(recs)
}

func TestPeopleChange(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		w := newWorld(t, url)
		a, b := w.person("a", w.north), w.person("b", w.north)
		w.win("a", 50)
		w.win("b", 20)
		w.draw()
		if got := line(w.top(november, leaderboard.All, 3).Rows, "a", "b"); got != "1 a 50, 2 b 20" {
			t.Fatal(got)
		}
		t.Run("whoever is dismissed leaves at once where boards are told", func(t *testing.T) {
			if err := w.members.Dismiss(t.Context(), w.admin, a.ID); err != nil {
				t.Fatal(err)
			}
			if err := w.boards.Reconsider(t.Context(), a.ID); err != nil {
				t.Fatal(err)
			}
			w.clock.Add(leaderboard.Refresh)
			if got := line(w.top(november, leaderboard.All, 3).Rows, "a", "b"); got != "1 b 20" {
				t.Error(got)
			}
		})
		t.Run("whoever moves to another region is moved once they are shown", func(t *testing.T) {
			b.Company = w.south.ID
			if _, err := w.members.Update(t.Context(), w.admin, b); err != nil {
				t.Fatal(err)
			}
			w.clock.Add(time.Minute)
			if got := line(w.top(november, leaderboard.RegionBoard("North: 1"), 3).Rows, "b"); got != "" {
				t.Errorf("the old region shows %s", got)
			}
			w.draw()
			if got := line(w.top(november, leaderboard.RegionBoard("South"), 3).Rows, "b"); got != "1 b 20" {
				t.Errorf("the new region shows %s", got)
			}
			if b := w.top(november, leaderboard.RegionBoard("North: 1"), 3); b.Total != 0 {
				t.Errorf("the old region counts %d", b.Total)
			}
		})
		t.Run("boards that are told by members follow a name, a company's region, a dismissal and its end", func(t *testing.T) {
			w.members.Changed = w.boards.Doubt
			south := leaderboard.RegionBoard("South")
			if _, err := w.members.SetDisplay(t.Context(), b.ID, member.ModeFull); err != nil {
				t.Fatal(err)
			}
			if rows := w.top(november, south, 3).Rows; len(rows) != 1 || rows[0].Name != "Person b" {
				t.Errorf("with a new name: %+v", rows)
			}
			region := w.south
			region.Region = "Coast"
			if _, err := w.members.UpdateCompany(t.Context(), w.admin, region); err != nil {
				t.Fatal(err)
			}
			w.draw()
			if b := w.top(november, south, 3); b.Total != 0 {
				t.Errorf("the company's old region counts %d", b.Total)
			}
			if err := w.members.Dismiss(t.Context(), w.admin, b.ID); err != nil {
				t.Fatal(err)
			}
			w.draw()
			if b := w.top(november, leaderboard.All, 3); b.Total != 0 {
				t.Errorf("with everybody dismissed the board counts %d", b.Total)
			}
			if err := w.members.Restore(t.Context(), w.admin, b.ID); err != nil {
				t.Fatal(err)
			}
			w.draw()
			if got := line(w.top(november, leaderboard.RegionBoard("Coast"), 3).Rows, "b"); got != "1 b 20" {
				t.Errorf("back again: %s", got)
			}
		})
	})
}
