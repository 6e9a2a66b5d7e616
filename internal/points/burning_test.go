package points_test

import (
	"testing"
	"time"

	"firebrand/internal/fault"
	"firebrand/internal/points"
)

func TestBurning(t *testing.T) {
	s, clock := newService(t)
	ctx := t.Context()
	played(t, s, "game-1", 100)
	idleUntil := time.Date(2026, 3, 9, 22, 0, 0, 0, time.UTC)
	granted(t, s, "g", 5)

	t.Run("a warning is refused before it is due", func(t *testing.T) {
		clock.Set(idleUntil.Add(-72*time.Hour - time.Millisecond))
		_, err := s.Warn(ctx, "m1", "w1", "sweep")
		wantFault(t, err, fault.Conflict, "points.warn_early")
	})
	t.Run("nobody is burned unwarned", func(t *testing.T) {
		clock.Set(idleUntil.Add(30 * 24 * time.Hour))
		if v := balance(t, s); v.Alive != 105 || !v.BurnsAt.IsZero() || !v.IdleUntil.Equal(idleUntil) {
			t.Errorf("a month later %+v", v)
		}
	})
	t.Run("a warning on time burns at idle until, and a game saves", func(t *testing.T) {
		clock.Set(idleUntil.Add(-72 * time.Hour))
		must(t)(s.Warn(ctx, "m1", "w1", "sweep"))
		v := balance(t, s)
		if !v.BurnsAt.Equal(idleUntil) || v.Ends[0] != (points.Ending{At: idleUntil, Amount: 100, Why: points.WhyBurns}) {
			t.Errorf("warned %+v", v)
		}
		_, err := s.Warn(ctx, "m1", "w2", "sweep")
		wantFault(t, err, fault.Conflict, "points.warn_early")
		r := must(t)(s.Award(ctx, points.Award{Key: "practice", Account: "m1", Played: true}))
		if v := balance(t, s); !v.BurnsAt.IsZero() || r.Op.Kind != points.KindPlayed || v.Alive != 105 {
			t.Errorf("after practice %+v", v)
		}
	})
	t.Run("a late warning still leaves three days, to the end of the day", func(t *testing.T) {
		clock.Set(time.Date(2026, 3, 20, 10, 0, 0, 0, time.UTC))
		must(t)(s.Warn(ctx, "m1", "w3", "sweep"))
		burns := time.Date(2026, 3, 23, 22, 0, 0, 0, time.UTC)
		if v := balance(t, s); !v.BurnsAt.Equal(burns) {
			t.Errorf("burns at %s", v.BurnsAt)
		}
		clock.Set(burns)
		if v := balance(t, s); v.Alive != 5 || v.Totals.Burned != 100 || !v.BurnsAt.IsZero() {
			t.Errorf("at the burn %+v", v)
		}
	})
}

// Points that idle and come after the burn wait for a warning of their own.
func TestTheBurnIsOver(t *testing.T) {
	s, clock := newService(t)
	ctx := t.Context()
	played(t, s, "game-1", 100)
	clock.Add(7 * 24 * time.Hour)
	burns := must(t)(s.Warn(ctx, "m1", "w1", "sweep")).After.BurnsAt
	clock.Set(burns.Add(time.Hour))
	must(t)(s.Award(ctx, points.Award{Key: "ch", Account: "m1", Amount: 9, Source: points.SourceChallenge, Idles: true}))
	if v := balance(t, s); v.Alive != 9 || v.Totals.Burned != 100 {
		t.Errorf("after the burn %+v", v)
	}
	must(t)(s.Warn(ctx, "m1", "w2", "sweep"))
	if v := balance(t, s); v.Alive != 9 || v.BurnsAt.Before(clock.Now().Add(72*time.Hour)) {
		t.Errorf("warned %+v", v)
	}
}

// A game that was left is on the statement, and on no balance.
func TestWhatWasLeftIsForfeited(t *testing.T) {
	s, _ := newService(t)
	ctx := t.Context()
	granted(t, s, "g", 5)
	must(t)(s.Forfeit(ctx, points.Forfeit{Key: "left", Account: "m1", Amount: 33, Source: points.SourceGame, Ref: "quiz-2"}))
	lines, err := s.Statement(ctx, "m1", 0, 1)
	if err != nil || len(lines) != 1 || lines[0].Points != 33 || lines[0].Amount != 0 || lines[0].Kind != string(points.KindForfeit) {
		t.Errorf("statement %+v, %v", lines, err)
	}
	if v := balance(t, s); v.Alive != 5 || v.Totals.Burned != 33 || v.Totals.Earned != 38 {
		t.Errorf("after leaving %+v", v)
	}
}
