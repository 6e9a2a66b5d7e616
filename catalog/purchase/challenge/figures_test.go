package challenge_test

import (
	"testing"

	"firebrand/internal/points"
)

func TestFigures(t *testing.T) {
	w := newWorld(t, points.ModeDebt)
	c := w.publish(november())
	w.buy("A", "olena", 26, true)
	w.buy("B", "ivan", 10, true)
	w.evaluate(c, "olena")
	must(t, w.Sweep(t.Context()))
	w.buy("B", "ivan", 9, true)
	w.catchUp()
	w.catchUp()
	check := func(when string) {
		t.Helper()
		f, err := w.Figures(t.Context(), c.ID)
		must(t, err)
		if f.Audience != 2 || f.Steps[0].Reached != 1 || f.Steps[1].Reached != 1 || f.Steps[2].Reached != 0 || f.Cost != 300 || f.Most != 1200 || f.Reopened != 1 {
			t.Errorf("%s: %+v", when, f)
		}
	}
	check("drawn as it went")
	must(t, w.Rebuild(t.Context()))
	check("drawn anew")
}

func TestTellingIsCoalesced(t *testing.T) {
	w := newWorld(t, points.ModeDebt)
	w.publish(november())
	w.catchUp()
	for range 100 {
		w.buy("A", "olena", 12, true)
	}
	w.catchUp()
	w.wantPoints("olena", 100)
	recs, err := w.Journal.Read(t.Context(), points.Stream("olena"), 1, 0)
	must(t, err)
	if len(recs) != 1 {
		t.Errorf("%d records in the account", len(recs))
	}
}
