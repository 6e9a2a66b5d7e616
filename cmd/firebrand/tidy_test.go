package main

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"firebrand/cmd/firebrand/app"
	"firebrand/internal/store"
	"firebrand/internal/store/mongo"
	"firebrand/internal/testenv"
)

// An upgrade is over: what only the release before asked by is named at the start, and dropped when that is told.
func TestTidy(t *testing.T) {
	uri, _ := testenv.Mongo(t)
	before, err := mongo.Open(t.Context(), uri, mongo.Options{})
	must(t, err)
	type reward struct{ Old string }
	_, err = store.OpenCollection[reward](t.Context(), before, store.Spec{Name: "rewards", Indexes: []store.Index{{Name: "by_old", Fields: []string{"Old"}}}})
	must(t, err)
	must(t, before.Close())

	var log bytes.Buffer
	a, err := app.Open(t.Context(), app.Settings{Mongo: uri, Zone: "Europe/Kyiv", Log: slog.New(slog.NewTextHandler(&log, nil))})
	must(t, err)
	must(t, a.Close())
	if strings.Count(log.String(), "rewards.by_old") != 1 {
		t.Errorf("the log says:\n%s", log.String())
	}
	for _, want := range []string{"dropped: rewards.by_old\n", "nothing to drop\n"} {
		if out, err := run(t, "tidy", "--mongo", uri); err != nil || out != want {
			t.Errorf("got %q, %v, want %q", out, err, want)
		}
	}
}
