package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"firebrand/cmd/firebrand/app"
	"firebrand/game"
	"firebrand/internal/testenv"
)

// quizzes is where real files of others lie for tests to read; they are no part of the project.
const quizzes = "../../../shared/samples/quiz"

func sample(t *testing.T, name string) string {
	t.Helper()
	file := filepath.Join(quizzes, name)
	if _, err := os.Stat(file); err != nil {
		testenv.Skip(t, "the sample files are not here")
	}
	return file
}

func TestServeStartsBare(t *testing.T) {
	s := start(t, "serve", "--listen", "127.0.0.1:0", "--data", t.TempDir())
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/sign-in": 200, "/nothing": 404, "/team": 200} {
		if got := s.get(t, path); got != want {
			t.Errorf("%s answers %d, want %d", path, got, want)
		}
	}
}

func TestSecondProcessIsRefused(t *testing.T) {
	data := t.TempDir()
	start(t, "serve", "--listen", "127.0.0.1:0", "--data", data)
	for _, command := range []string{"verify", "rebuild"} {
		out, err := run(t, command, "--data", data)
		if err == nil || !strings.Contains(out, data) || !strings.Contains(out, "Stop it first; or take a backup") {
			t.Errorf("a folder in use was opened again, or is not named, or nothing can be done about it: %v %s", err, out)
		}
	}
}

func TestImportReportsEveryRow(t *testing.T) {
	data := t.TempDir()
	t.Run("a Kahoot spreadsheet of 30 questions", func(t *testing.T) {
		out, err := run(t, "import", sample(t, "kahoot_flowstate.xlsx"), "--quiz", "flowstate", "--lang", "th", "--data", data)
		if err != nil || !strings.Contains(out, "30 of 30 rows taken") {
			t.Errorf("%v\n%s", err, out)
		}
	})
	t.Run("an Aiken text", func(t *testing.T) {
		out, err := run(t, "import", sample(t, "aiken_moodle_questions.txt"), "--quiz", "moodle", "--lang", "en", "--data", data)
		if err != nil || !strings.Contains(out, "2 of 2 rows taken") {
			t.Errorf("%v\n%s", err, out)
		}
	})
	t.Run("what cannot be taken is named", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "broken.txt")
		if err := os.WriteFile(file, []byte("No answers here?\n\nGood?\nA) yes\nB) no\nANSWER: A\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := run(t, "import", file, "--quiz", "broken", "--lang", "en", "--data", data)
		if err != nil || !strings.Contains(out, "NOT TAKEN  No answers here?") || !strings.Contains(out, "1 of 2 rows taken") {
			t.Errorf("%v\n%s", err, out)
		}
	})
	t.Run("an imported quiz is played once its edition is live", func(t *testing.T) {
		live := t.TempDir()
		out, err := run(t, "import", sample(t, "kahoot_flowstate.xlsx"), "--quiz", "flowstate", "--lang", "th", "--data", live, "--live")
		if err != nil || !strings.Contains(out, "is live") {
			t.Fatalf("%v\n%s", err, out)
		}
		playOne(t, live, "flowstate")
	})
	t.Run("what was written verifies", func(t *testing.T) {
		if out, err := run(t, "verify", "--data", data); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	})
}

// playOne plays a quiz to its end through the rooms, as anybody whom a folder knows could.
func playOne(t *testing.T, folder, quiz string) {
	t.Helper()
	a, err := app.Open(t.Context(), app.Settings{Data: folder, Zone: "Europe/Kyiv"})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close() //nolint:errcheck // only this test reads it
	p := game.Player{ID: "somebody", Lang: "uk", Pace: 100}
	v, err := a.Game.Start(t.Context(), p, quiz, "", "start")
	for n := 0; err == nil && v.State == game.StateOpen; n++ {
		if v, err = a.Game.Next(t.Context(), p, quiz, fmt.Sprintf("next-%d", n)); err != nil || v.Open == nil {
			continue
		}
		v, err = a.Game.Answer(t.Context(), p, quiz, v.Open.N, []string{v.Open.Options[0].ID}, false, fmt.Sprintf("answer-%d", n))
	}
	if err != nil || v.State != game.StateFinished || len(v.Results) != 30 || v.Lang != "th" || !v.Fallback {
		t.Errorf("%s with %d answers in %q: %v", v.State, len(v.Results), v.Lang, err)
	}
}
