package points_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"firebrand/internal/fault"
	"firebrand/internal/points"
)

func TestCaps(t *testing.T) {
	s, clock := newService(t)
	s.Policy.Caps = []points.SourceCap{{Source: points.SourcePurchase, Month: 100}}
	ctx := t.Context()
	buy := func(key string, n int64, rule points.Cap) points.Receipt {
		return must(t)(s.Award(ctx, points.Award{Key: key, Account: "m1", Amount: n, Source: points.SourcePurchase, Cap: rule}))
	}
	rule := points.Cap{ID: "rule-7", Most: 60}
	for _, c := range []struct {
		why       string
		n, comes  int64
		rule      points.Cap
		by        string
		kind      points.Kind
		takesBack int64
	}{
		{"all of it", 50, 50, rule, "", points.KindAward, 0},
		{"what the rule's own cap leaves", 50, 10, rule, "cap:rule-7", points.KindAward, 0},
		{"what the policy leaves", 70, 40, points.Cap{}, "policy:purchase", points.KindAward, 0},
		{"nothing, and it is told", 5, 0, points.Cap{}, "policy:purchase", points.KindRefused, 0},
	} {
		r := buy(c.why, c.n, c.rule)
		if r.Moved != c.comes || r.CutBy != c.by || r.Asked != c.n || r.Cut != c.n-c.comes || r.Op.Kind != c.kind {
			t.Errorf("%s: %+v", c.why, r.Change)
		}
	}
	lines, err := s.Statement(ctx, "m1", 0, 2)
	if err != nil || lines[0].Kind != "refused" || lines[0].Asked != 5 || lines[0].CutBy != "policy:purchase" || lines[1].Asked != 70 {
		t.Errorf("the statement says %+v, %v", lines, err)
	}
	t.Run("what is taken back in the month makes room", func(t *testing.T) {
		must(t)(s.Reverse(ctx, points.Reverse{Key: "r", Account: "m1", Award: "all of it", Amount: 30}))
		if r := buy("room", 50, rule); r.Moved != 30 {
			t.Errorf("%d came", r.Moved)
		}
	})
	t.Run("a new month begins at nothing", func(t *testing.T) {
		clock.Set(time.Date(2026, 3, 31, 21, 0, 0, 0, time.UTC))
		if r := buy("april", 50, rule); r.Moved != 50 || len(r.After.Capped) != 2 {
			t.Errorf("%d came, %+v", r.Moved, r.After.Capped)
		}
		must(t)(s.Reverse(ctx, points.Reverse{Key: "march", Account: "m1", Award: "room", Amount: 30}))
		if r := buy("still april", 50, rule); r.Moved != 10 {
			t.Errorf("a return of March made room in April: %d came", r.Moved)
		}
	})
	t.Run("a replay answers as before", func(t *testing.T) {
		if r := buy("april", 50, rule); !r.Record.Replayed || r.Moved != 50 {
			t.Errorf("%+v", r)
		}
	})
	t.Run("more caps than an account can count are refused", func(t *testing.T) {
		for i := range points.CapsMost {
			_, err := s.Award(ctx, points.Award{
				Key: fmt.Sprint("c", i), Account: "m2", Amount: 1, Source: points.SourceGame, Cap: points.Cap{ID: fmt.Sprint(i), Most: 9},
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		_, err := s.Award(ctx, points.Award{Key: "one more", Account: "m2", Amount: 1, Source: points.SourceGame, Cap: points.Cap{ID: "x", Most: 9}})
		wantFault(t, err, fault.Conflict, "points.caps")
	})
	verify(t, s.Journal, 2)
}

// purse is a budget of one funding, counted in memory.
type purse struct {
	mu          sync.Mutex
	left, taken int64
	at          time.Time
}

func (p *purse) Take(_ context.Context, _ string, _ time.Time, amount int64) (func(), string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if amount > p.left {
		return nil, "spring", nil
	}
	p.left -= amount
	p.taken++
	return func() { p.Return(context.Background(), "", time.Time{}, amount) }, "", nil
}

func (p *purse) Bounds(string, time.Time) bool { return true }

func (p *purse) Return(_ context.Context, _ string, at time.Time, amount int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.left += amount
	p.at = at
}

func TestBudgets(t *testing.T) {
	s, clock := newService(t)
	p := &purse{left: 100}
	s.Budget = p
	ctx := t.Context()
	give := points.Award{Key: "a", Account: "m1", Amount: 60, Source: points.SourceGame, Funding: "brand", Played: true}
	must(t)(s.Award(ctx, give))
	t.Run("a replay takes nothing", func(t *testing.T) {
		if r := must(t)(s.Award(ctx, give)); !r.Record.Replayed || p.left != 40 || p.taken != 1 {
			t.Errorf("%+v", p)
		}
	})
	t.Run("never half a reward: refused, told, and played all the same", func(t *testing.T) {
		clock.Add(24 * time.Hour)
		give.Key = "b"
		r := must(t)(s.Award(ctx, give))
		if r.Op.Kind != points.KindRefused || r.Moved != 0 || r.CutBy != "budget:spring" || r.Asked != 60 || p.left != 40 {
			t.Errorf("%+v, %d left", r.Change, p.left)
		}
		if want := time.Date(2026, 3, 10, 22, 0, 0, 0, time.UTC); !r.After.IdleUntil.Equal(want) {
			t.Errorf("idle until %s", r.After.IdleUntil)
		}
		if again := must(t)(s.Award(ctx, give)); !again.Record.Replayed || again.CutBy != "budget:spring" {
			t.Errorf("repeated %+v", again.Change)
		}
	})
	t.Run("what does not come about gives it back", func(t *testing.T) {
		bad := give
		bad.Key, bad.Amount, bad.Played = "a", 10, false // another request under a key that acted
		_, err := s.Award(ctx, bad)
		wantFault(t, err, fault.KeyReused, "journal.key_reused")
		if p.left != 40 {
			t.Errorf("%d left", p.left)
		}
	})
	t.Run("what is taken back returns to the day it was given", func(t *testing.T) {
		must(t)(s.Reverse(ctx, points.Reverse{Key: "r", Account: "m1", Award: "a", Amount: 25, Ref: "a mistake"}))
		if p.left != 65 || !p.at.Equal(clock.Now().Add(-24*time.Hour)) {
			t.Errorf("%d left at %s", p.left, p.at)
		}
		_, err := s.Reverse(ctx, points.Reverse{Key: "r2", Account: "m1", Award: "b", Amount: 1, Ref: "a mistake"})
		wantFault(t, err, fault.Conflict, "points.reversed")
	})
	t.Run("a correction asks it too", func(t *testing.T) {
		c := points.Correct{Key: "c", Actor: "ann", Account: "m1", Amount: 66, Reason: "lost game", Funding: "brand"}
		if r := must(t)(s.Correct(ctx, c)); r.Op.Kind != points.KindRefused || r.Cut != 66 {
			t.Errorf("%+v", r.Change)
		}
	})
	verify(t, s.Journal, 1)
}

// Many writers share a budget: what was given is what was taken.
func TestABudgetIsNeverOverdrawn(t *testing.T) {
	s, _ := newService(t)
	p := &purse{left: 100}
	s.Budget = p
	var given atomic.Int64
	var wg sync.WaitGroup
	for w := range 16 {
		wg.Go(func() {
			for i := range 10 {
				a := points.Award{Key: fmt.Sprint(w, "/", i), Account: fmt.Sprint("m", i%3), Amount: 1, Source: points.SourceGrant, Funding: "brand"}
				r, err := s.Award(t.Context(), a)
				if err != nil {
					t.Error(err)
				}
				given.Add(r.Moved)
			}
		})
	}
	wg.Wait()
	if given.Load() != 100 || p.left != 0 {
		t.Errorf("%d given, %d left", given.Load(), p.left)
	}
}

func TestCorrections(t *testing.T) {
	s, _ := newService(t)
	ctx := t.Context()
	c := points.Correct{Key: "c1", Actor: "ann", Account: "m1", Amount: 40, Reason: "the server was down"}
	if r := must(t)(s.Correct(ctx, c)); r.Moved != 40 || r.Op.Kind != points.KindCorrect || balance(t, s).Alive != 40 {
		t.Errorf("%+v", r.Change)
	}
	t.Run("taking reaches what is there", func(t *testing.T) {
		r := must(t)(s.Correct(ctx, points.Correct{Key: "c2", Actor: "ann", Account: "m1", Amount: -70, Reason: "counted twice"}))
		if v := balance(t, s); r.Moved != 40 || r.Asked != 70 || r.Cut != 30 || v.Alive != 0 || v.Debt != 0 || v.Totals.Reversed != 40 {
			t.Errorf("%+v, %+v", r.Change, v)
		}
	})
	for _, bad := range []struct {
		why    string
		kind   fault.Kind
		key    string
		change func(*points.Correct)
	}{
		{"nothing", fault.Invalid, "points.amount", func(c *points.Correct) { c.Amount = 0 }},
		{"no reason", fault.Invalid, "points.reason", func(c *points.Correct) { c.Reason = "" }},
		{"too much for one person", fault.Forbidden, "points.second", func(c *points.Correct) { c.Amount = -1001 }},
		{"the same person twice", fault.Forbidden, "points.second", func(c *points.Correct) { c.Amount, c.Second = 1001, "ann" }},
		{"too much for anybody", fault.Forbidden, "points.manual_most", func(c *points.Correct) { c.Amount, c.Second = 100_001, "bob" }},
	} {
		t.Run(bad.why, func(t *testing.T) {
			wrong := c
			wrong.Key = bad.why
			bad.change(&wrong)
			_, err := s.Correct(ctx, wrong)
			wantFault(t, err, bad.kind, bad.key)
		})
	}
	verify(t, s.Journal, 1)
}
