package app_test

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"firebrand/cmd/firebrand/app"
	"firebrand/internal/member"
	"firebrand/internal/points"
	"firebrand/internal/testenv"
	"firebrand/leaderboard"
)

func open(t *testing.T, s app.Settings) *app.App {
	t.Helper()
	s.Data, s.Zone, s.Brand = t.TempDir(), "Europe/Kyiv", "Velmar"
	a, err := app.Open(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

func TestBoardsHearOfPeople(t *testing.T) {
	a := open(t, app.Settings{})
	admin := member.Member{ID: "admin", Role: member.RoleAdmin}
	dealer, err := a.Members.CreateCompany(t.Context(), admin, member.Company{Name: "Stroymarket", Region: "Kyiv"})
	if err != nil {
		t.Fatal(err)
	}
	olena, err := a.Members.Create(t.Context(), admin, member.Member{
		Role: member.RoleMember, Company: dealer.ID, Name: "Olena Koval", Email: "olena@example.com",
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = a.Points.Award(t.Context(), points.Award{Key: "won", Account: olena.ID, Amount: 5, Source: points.SourceGame, Played: true, Ref: "play/x"})
	if err != nil {
		t.Fatal(err)
	}
	board := func() leaderboard.Board {
		t.Helper()
		if err := a.Boards.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		b, err := a.Boards.Top(t.Context(), a.Zone.Month(a.Now()), leaderboard.All, 5)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	if b := board(); b.Total != 1 || b.Rows[0].Name != olena.Display.Alias {
		t.Fatalf("at first %+v", b)
	}
	if _, err := a.Members.SetDisplay(t.Context(), olena.ID, member.ModeFull); err != nil {
		t.Fatal(err)
	}
	if b := board(); b.Total != 1 || b.Rows[0].Name != "Olena Koval" {
		t.Errorf("under a name of her own %+v", b)
	}
	if err := a.Members.Dismiss(t.Context(), admin, olena.ID); err != nil {
		t.Fatal(err)
	}
	if b := board(); b.Total != 0 {
		t.Errorf("dismissed she stands on it still: %+v", b)
	}
}

func TestRedisDownIsNoStormOfLines(t *testing.T) {
	clock := testenv.At("2026-11-24T10:00:00Z")
	errDown := errors.New("redis is down")
	var log bytes.Buffer
	a := open(t, app.Settings{Now: clock.Now, Log: slog.New(slog.NewTextHandler(&log, nil))})
	for range 100 {
		a.Boards.Failed(errDown)
	}
	if n := strings.Count(log.String(), errDown.Error()); n != 1 {
		t.Errorf("%d lines of one thing within a moment", n)
	}
	clock.Add(2 * time.Minute)
	a.Boards.Failed(errDown)
	if n := strings.Count(log.String(), errDown.Error()); n != 2 || !strings.Contains(log.String(), "unlogged=99") {
		t.Errorf("two minutes later the log says:\n%s", log.String())
	}
}
