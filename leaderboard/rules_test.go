package leaderboard

import (
	"testing"
	"time"

	"firebrand/internal/calendar"
)

func TestScore(t *testing.T) {
	start := time.Date(2026, 10, 31, 22, 0, 0, 0, time.UTC)
	for _, points := range []int64{1, 2, 999, MaxPoints} {
		for _, late := range []time.Duration{0, time.Millisecond, 31 * 24 * time.Hour, 60 * 24 * time.Hour, -time.Hour} {
			s := score(points, start.Add(late), start)
			if int64(float64(s)) != s {
				t.Errorf("%d points after %s are not exact in a float64", points, late)
			}
			if total(s) != points {
				t.Errorf("%d points after %s read back as %d", points, late, total(s))
			}
		}
		early, late := score(points, start.Add(time.Hour), start), score(points, start.Add(time.Hour+time.Millisecond), start)
		if early != late+1 || score(points-1, start, start) >= late {
			t.Errorf("%d points do not rank by points, then by time", points)
		}
	}
	if score(0, start, start) != 0 || score(-5, start, start) != 0 {
		t.Error("nothing won stands on a board")
	}
	if total(score(MaxPoints+7, start, start)) != MaxPoints {
		t.Error("a total above the highest is not cut")
	}
}

func TestWindow(t *testing.T) {
	for total := range 30 {
		for n := 1; n < 12; n++ {
			for at := range total {
				first := window(at, n, total)
				last := min(first+n, total) - 1
				if first < 0 || at < first || at > last || last-first+1 != min(n, total) {
					t.Fatalf("place %d of %d, %d rows: %d to %d", at, total, n, first, last)
				}
			}
		}
	}
}

func FuzzRoom(f *testing.F) {
	f.Add("board:all:2026-11")
	f.Add("board:region:A: b:2026-01")
	f.Fuzz(func(t *testing.T, room string) {
		board, m, ok := parseRoom(room)
		if ok && RoomName(board, m) != room {
			t.Errorf("%q reads as %q of %s", room, board, m)
		}
	})
}

func TestParseRoom(t *testing.T) {
	m := calendar.Month{Year: 2026, Mon: 11}
	for _, board := range []string{All, New, RegionBoard("Київ: лівий берег")} {
		if got, month, ok := parseRoom(RoomName(board, m)); !ok || got != board || month != m {
			t.Errorf("%s reads as %s, %s, %t", board, got, month, ok)
		}
	}
	for _, room := range []string{"", "board:", "board:all", "board:all:2026", "board:none:2026-11", "board:region::2026-11"} {
		if _, _, ok := parseRoom(room); ok {
			t.Errorf("%q is read", room)
		}
	}
}
