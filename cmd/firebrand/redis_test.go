package main

import (
	"net/http"
	"testing"

	"github.com/redis/go-redis/v9"

	"firebrand/cmd/firebrand/app"
	"firebrand/internal/testenv"
	"firebrand/leaderboard"
)

func TestFlushedUnderLoad(t *testing.T) {
	url := testenv.RedisURL(t)
	folder := demoFolder(t)
	people := callers(t, folder, 8)
	stood := rebuilt(t, folder).Total // nobody yet, in a month's first minutes
	s := start(t, "serve", "--listen", "127.0.0.1:0", "--data", folder, "--redis", url)
	options, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(options)
	defer client.Close()

	board := func() leaderboard.Board {
		var b leaderboard.Board
		if err := people[0].call(s.at, http.MethodGet, "/boards/all?top=100", "", nil, &b); err != nil {
			return leaderboard.Board{}
		}
		return b
	}
	testenv.Eventually(t, "the boards", func() bool { return board().Total == stood })
	before := board()

	p := &promised{redemptions: map[string]bool{}}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for _, c := range people {
			p.play(c, s.at, "dry-layers")
			p.play(c, s.at, "warm-walls")
		}
	}()
	if err := client.FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	<-done
	for _, w := range p.wrong {
		t.Error(w)
	}
	if p.answers == 0 {
		t.Error("nobody could play while Redis was empty")
	}
	testenv.Eventually(t, "the boards, drawn again with everyone who played", func() bool {
		for _, c := range people {
			var mine struct{ Standings []leaderboard.Standing }
			err := c.call(s.at, http.MethodGet, "/boards/mine", "", nil, &mine)
			if err != nil || len(mine.Standings) == 0 || mine.Standings[0].Rank == 0 {
				return false
			}
		}
		return board().Total >= before.Total
	})

	t.Run("the boards are what the accounts say", func(t *testing.T) {
		after := board()
		s.kill()
		want := rebuilt(t, folder)
		if len(after.Rows) != len(want.Rows) || after.Total != want.Total {
			t.Fatalf("%d of %d rows, want %d of %d", len(after.Rows), after.Total, len(want.Rows), want.Total)
		}
		for i, row := range after.Rows {
			if row.Who != want.Rows[i].Who || row.Points != want.Rows[i].Points {
				t.Errorf("place %d: %s with %d, want %s with %d", i+1, row.Name, row.Points, want.Rows[i].Name, want.Rows[i].Points)
			}
		}
	})
}

// rebuilt draws the board of everyone from the folder alone, in a process without that Redis.
func rebuilt(t *testing.T, folder string) leaderboard.Board {
	t.Helper()
	a, err := app.Open(t.Context(), app.Settings{Data: folder, Zone: "Europe/Kyiv"})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close() //nolint:errcheck // only read
	if err := a.Boards.Rebuild(t.Context()); err != nil {
		t.Fatal(err)
	}
	b, err := a.Boards.Top(t.Context(), a.Zone.Month(a.Now()), leaderboard.All, leaderboard.MaxRows)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
