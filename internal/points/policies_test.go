package points_test

import (
	"testing"
	"time"

	"firebrand/internal/fault"
	"firebrand/internal/points"
	"firebrand/internal/testenv"
)

func TestPoliciesAreVersioned(t *testing.T) {
	e, clock := testenv.Engine(t), testenv.At("2026-03-02T10:00:00Z")
	s, other := worker(t, e, clock), worker(t, e, clock)
	ctx := t.Context()
	first := must(t)(s.Award(ctx, points.Award{Key: "a", Account: "m1", Amount: 10, Source: points.SourceGrant}))
	if first.Op.Policy != 1 || !first.Op.Expires.Equal(time.Date(2026, 5, 31, 21, 0, 0, 0, time.UTC)) {
		t.Errorf("by the first policy: %+v", first.Op)
	}
	next := points.DefaultPolicy()
	next.Lives = []points.Life{{Kind: points.LifeDays, N: 10}}
	next.From = clock.Now().Add(time.Hour)
	t.Run("a policy is published ahead", func(t *testing.T) {
		early := next
		early.From = clock.Now().Add(59 * time.Second)
		_, err := s.Policies.Publish(ctx, "ann", early)
		wantFault(t, err, fault.Invalid, "points.policy_from")
		published, err := s.Policies.Publish(ctx, "ann", next)
		if err != nil || published.Version != 2 || published.By != "ann" || !published.Made.Equal(clock.Now()) {
			t.Fatalf("%+v, %v", published, err)
		}
		if v := s.Policies.At(clock.Now()).Version; v != 1 {
			t.Errorf("at once version %d is in force", v)
		}
	})
	t.Run("from its instant every process decides by it", func(t *testing.T) {
		clock.Set(next.From.Add(-time.Millisecond))
		before := must(t)(other.Award(ctx, points.Award{Key: "b", Account: "m1", Amount: 10, Source: points.SourceGrant}))
		clock.Add(time.Millisecond)
		after := must(t)(other.Award(ctx, points.Award{Key: "c", Account: "m1", Amount: 10, Source: points.SourceGrant}))
		if before.Op.Policy != 1 || after.Op.Policy != 2 || !after.Op.Expires.Equal(time.Date(2026, 3, 12, 22, 0, 0, 0, time.UTC)) {
			t.Errorf("policy %d, then %d until %s", before.Op.Policy, after.Op.Policy, after.Op.Expires)
		}
	})
	t.Run("a version for an earlier day takes the place of one before it", func(t *testing.T) {
		for _, days := range []int{20, 10} {
			next.From = clock.Now().AddDate(0, 0, days)
			next.Note = time.Duration(days).String()
			if _, err := s.Policies.Publish(ctx, "ann", next); err != nil {
				t.Fatal(err)
			}
		}
		for days, want := range map[int]int{0: 2, 9: 2, 10: 4, 20: 4, 30: 4} {
			if v := s.PolicyAt(clock.Now().AddDate(0, 0, days)).Version; v != want {
				t.Errorf("in %d days version %d is in force, want %d", days, v, want)
			}
		}
		all, err := other.Policies.List(ctx)
		if err != nil || len(all) != 4 || all[0].Version != 1 || all[3].Version != 4 {
			t.Errorf("%d versions, %v", len(all), err)
		}
	})
}

func TestWhatNoPolicyCanSay(t *testing.T) {
	for _, c := range []struct {
		field, key string
		change     func(*points.Policy)
	}{
		{"zone", "points.policy_zone", func(p *points.Policy) { p.Zone = "Mars/Olympus" }},
		{"idle_days", "points.policy_number", func(p *points.Policy) { p.IdleDays = 0 }},
		{"warn_days", "points.policy_number", func(p *points.Policy) { p.WarnDays = 8 }},
		{"grace_days", "points.policy_number", func(p *points.Policy) { p.GraceDays = -1 }},
		{"settle_day", "points.policy_number", func(p *points.Policy) { p.SettleDay = 32 }},
		{"second_above", "points.policy_number", func(p *points.Policy) { p.SecondAbove = -1 }},
		{"returns", "points.policy_choice", func(p *points.Policy) { p.Returns = "shrug" }},
		{"lives.0.n", "points.policy_number", func(p *points.Policy) { p.Lives[0].N = 0 }},
		{"lives.0.kind", "points.policy_choice", func(p *points.Policy) { p.Lives[0].Kind = "ever" }},
		{"lives.1.source", "points.policy_twice", func(p *points.Policy) { p.Lives = append(p.Lives, p.Lives[0]) }},
		{"lives.1.source", "points.policy_choice", func(p *points.Policy) {
			p.Lives = append(p.Lives, points.Life{Source: "luck", Kind: points.LifeDays, N: 1})
		}},
		{"lives.0.dates", "points.policy_dates", func(p *points.Policy) { p.Lives[0] = points.Life{Kind: points.LifeDates} }},
		{"lives.0.dates", "points.policy_dates", func(p *points.Policy) {
			p.Lives[0] = points.Life{Kind: points.LifeDates, Dates: []points.DayOfYear{{Month: 2, Day: 30}}}
		}},
		{"caps.0.source", "points.policy_choice", func(p *points.Policy) { p.Caps = []points.SourceCap{{Source: "luck", Month: 1}} }},
		{"caps.0.month", "points.policy_number", func(p *points.Policy) { p.Caps = []points.SourceCap{{Source: points.SourceGame}} }},
	} {
		p := points.DefaultPolicy()
		c.change(&p)
		f := fault.As(p.Validate())
		if f == nil || f.Kind != fault.Invalid || f.Key != c.key || f.Field != c.field {
			t.Errorf("%s: %v", c.field, f)
		}
	}
	if err := points.DefaultPolicy().Validate(); err != nil {
		t.Error(err)
	}
}
