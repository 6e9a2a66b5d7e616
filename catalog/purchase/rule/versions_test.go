package rule_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"firebrand/catalog/purchase/rule"
	"firebrand/internal/fault"
	"firebrand/internal/store"
	"firebrand/internal/testenv"
)

// desk is where marketers work on rules: the versions over a store of their own.
type desk struct {
	*rule.Versions
	t      testing.TB
	clock  *testenv.Clock
	engine store.Engine
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	d := &desk{t: t, clock: testenv.At("2026-11-24T10:00:00Z"), engine: testenv.Engine(t)}
	d.Versions = d.open()
	return d
}

// open is another process over the same store.
func (d *desk) open() *rule.Versions {
	d.t.Helper()
	v, err := rule.OpenVersions(context.Background(), d.engine, d.clock.Now)
	d.must(err)
	return v
}

func (d *desk) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

// published makes a version of these rules, in force so long from now.
func (d *desk) published(after time.Duration, rules ...rule.Rule) rule.Set {
	d.t.Helper()
	ctx := context.Background()
	draft, err := d.Begin(ctx, "olha", 0)
	d.must(err)
	draft.Rules = rules
	draft, err = d.Save(ctx, "olha", draft)
	d.must(err)
	s, err := d.Publish(ctx, "olha", draft.Revision, d.clock.Now().Add(after), "for tests")
	d.must(err)
	return s
}

func wantFault(t *testing.T, err error, key, field string) {
	t.Helper()
	f := fault.As(err)
	if f == nil || f.Key != key || f.Field != field {
		t.Errorf("got %v, want %s on %q", err, key, field)
	}
}

func TestVersions(t *testing.T) {
	ctx := context.Background()
	t.Run("the order's date decides which set counts, and before the first there is none", func(t *testing.T) {
		d := newDesk(t)
		d.published(time.Hour, rate("a", 1, 100))
		d.published(3*time.Hour, rate("b", 1, 100))
		early := d.published(2*time.Hour, rate("c", 1, 100))
		if early.Version != 3 {
			t.Errorf("the third set is version %d", early.Version)
		}
		for hours, want := range map[int]int{0: 0, 1: 1, 2: 3, 3: 2, 100: 2} {
			if got := d.At(november.Add(time.Duration(hours) * time.Hour)).Version; got != want {
				t.Errorf("after %d hours version %d is in force, not %d", hours, got, want)
			}
		}
	})
	t.Run("what is published at the same instant replaces what was planned", func(t *testing.T) {
		d := newDesk(t)
		d.published(time.Hour, rate("a", 1, 100))
		d.published(time.Hour, rate("b", 1, 100))
		if got := d.At(november.Add(time.Hour)); got.Version != 2 {
			t.Errorf("version %d", got.Version)
		}
	})
	t.Run("another process knows of a set before it comes into force", func(t *testing.T) {
		d := newDesk(t)
		other := d.open()
		d.published(time.Minute, rate("a", 1, 100))
		d.clock.Add(11 * time.Second)
		if got := other.At(november.Add(time.Minute)); got.Version != 1 {
			t.Errorf("version %d", got.Version)
		}
	})
	t.Run("after a long rest every order waits for what another process published meanwhile", func(t *testing.T) {
		d := newDesk(t)
		other := d.open()
		d.published(time.Minute, rate("a", 1, 100))
		d.clock.Add(time.Hour)
		var wg sync.WaitGroup
		for range 32 {
			wg.Go(func() {
				if got := other.At(november.Add(time.Minute)); got.Version != 1 {
					t.Errorf("version %d", got.Version)
				}
			})
		}
		wg.Wait()
	})
	t.Run("a store that is gone keeps orders waiting only once", func(t *testing.T) {
		d := newDesk(t)
		d.published(time.Minute, rate("a", 1, 100))
		d.clock.Add(time.Hour)
		d.must(d.engine.Close())
		for range 3 {
			if got := d.At(november.Add(time.Minute)); got.Version != 1 {
				t.Errorf("version %d", got.Version)
			}
		}
	})
	t.Run("a set is published a minute ahead at least", func(t *testing.T) {
		d := newDesk(t)
		draft, err := d.Begin(ctx, "olha", 0)
		d.must(err)
		draft.Rules = []rule.Rule{rate("a", 1, 100)}
		draft, err = d.Save(ctx, "olha", draft)
		d.must(err)
		_, err = d.Publish(ctx, "olha", draft.Revision, d.clock.Now().Add(59*time.Second), "")
		wantFault(t, err, "rule.from_soon", "from")
	})
	t.Run("of two who edit at once the second is told", func(t *testing.T) {
		d := newDesk(t)
		_, err := d.Begin(ctx, "olha", 0)
		d.must(err)
		first, err := d.Draft(ctx)
		d.must(err)
		second := first
		first.Rules = []rule.Rule{rate("a", 1, 100)}
		_, err = d.Save(ctx, "olha", first)
		d.must(err)
		second.Rules = []rule.Rule{rate("b", 1, 100)}
		_, err = d.Save(ctx, "petro", second)
		wantFault(t, err, "rule.draft_changed", "")
		_, err = d.Publish(ctx, "petro", second.Revision, november.Add(time.Hour), "")
		wantFault(t, err, "rule.draft_changed", "")
		wantFault(t, d.Discard(ctx, second.Revision), "rule.draft_changed", "")
	})
	t.Run("a draft is made from any version, and one is there at a time", func(t *testing.T) {
		d := newDesk(t)
		d.published(time.Hour, rate("a", 1, 100))
		d.published(time.Hour, rate("b", 1, 100))
		draft, err := d.Begin(ctx, "olha", 1)
		d.must(err)
		if draft.Base != 1 || draft.Rules[0].ID != "a" || draft.Version != 0 {
			t.Errorf("got %+v", draft)
		}
		_, err = d.Begin(ctx, "petro", 2)
		wantFault(t, err, "rule.draft_there", "")
		d.must(d.Discard(ctx, draft.Revision))
		_, err = d.Draft(ctx)
		wantFault(t, err, "rule.no_draft", "")
		_, err = d.Begin(ctx, "petro", 7)
		wantFault(t, err, "rule.no_version", "")
	})
	t.Run("one draft published by many at once is one version", func(t *testing.T) {
		d := newDesk(t)
		draft, err := d.Begin(ctx, "olha", 0)
		d.must(err)
		draft.Rules = []rule.Rule{rate("a", 1, 100)}
		draft, err = d.Save(ctx, "olha", draft)
		d.must(err)
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				_, err := d.Publish(ctx, "olha", draft.Revision, november.Add(time.Hour), "")
				if err != nil && fault.KindOf(err) != fault.NotFound && fault.KindOf(err) != fault.Conflict {
					t.Errorf("%v", err)
				}
			})
		}
		all.Wait()
		list, err := d.List(ctx)
		d.must(err)
		if len(list) != 1 || list[0].Version != 1 || list[0].By != "olha" {
			t.Errorf("got %+v", list)
		}
	})
	t.Run("published sets read back as they were", func(t *testing.T) {
		d := newDesk(t)
		r := rate("a", 1, 100)
		r.When.From, r.Not.Cheap, r.Minimums = november, true, []rule.Minimum{{Region: "Kyiv", Amount: 5}}
		want := d.published(time.Hour, r)
		got, err := d.Version(ctx, 1)
		d.must(err)
		if !got.Rules[0].When.From.Equal(november) || !got.Rules[0].Not.Cheap || got.Rules[0].Minimums[0].Amount != 5 || got.Note != want.Note {
			t.Errorf("got %+v", got)
		}
	})
}

func TestWhatIsWrongIsNamedWithItsField(t *testing.T) {
	for _, c := range []struct {
		name, key, field string
		edit             func(*rule.Rule)
	}{
		{"a kind nobody knows", "rule.kind_unknown", "/kind", func(r *rule.Rule) { r.Kind = "gift" }},
		{"no points", "rule.points_bounds", "/points", func(r *rule.Rule) { r.Points = 0 }},
		{"a rate for nothing", "rule.money_bounds", "/money", func(r *rule.Rule) { r.Money = 0 }},
		{"a negative minimum", "rule.minimum_bounds", "/minimums/0/amount", func(r *rule.Rule) { r.Minimums = []rule.Minimum{{Amount: -1}} }},
		{"two minimums of a region", "rule.region_twice", "/minimums/1/region", func(r *rule.Rule) {
			r.Minimums = []rule.Minimum{{Region: "Kyiv"}, {Region: "KYIV"}}
		}},
		{"a negative cap", "rule.cap_bounds", "/capMonth", func(r *rule.Rule) { r.CapMonth = -1 }},
		{"an end before its start", "rule.until_first", "/when/until", func(r *rule.Rule) { r.When.From, r.When.Until = november, november }},
		{"an empty word", "rule.word_empty", "/when/groups", func(r *rule.Rule) { r.When.Groups = []string{" "} }},
		{"a buyer nobody knows", "rule.buyer_unknown", "/when/buyer", func(r *rule.Rule) { r.When.Buyer = "ghost" }},
		{"a period nobody knows", "rule.period_unknown", "/period", func(r *rule.Rule) { r.Kind, r.Period, r.N = rule.Nth, "decade", 2 }},
		{"more than all of a discount", "rule.percent_bounds", "/not/discountOver", func(r *rule.Rule) { r.Not.DiscountOver = 1001 }},
		{"a name without end", "rule.name_long", "/name/uk", func(r *rule.Rule) { r.Name = map[string]string{"uk": strings.Repeat("є", 121)} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := rate("r", 1, 100)
			c.edit(&r)
			found := r.Bounds()
			if len(found) != 1 {
				t.Fatalf("found %v", found)
			}
			wantFault(t, found[0], c.key, c.field)
		})
	}
	t.Run("a name that one language lacks keeps a set from being published, not from being kept", func(t *testing.T) {
		r := rate("r", 1, 100)
		delete(r.Name, "uk")
		s := set(rate("q", 1, 100), r)
		if found := s.Bounds(); found != nil {
			t.Errorf("found %v", found)
		}
		wantFault(t, s.Problems()[0], "rule.name_missing", "/rules/1/name/uk")
	})
	t.Run("an id that stands twice", func(t *testing.T) {
		wantFault(t, set(rate("r", 1, 100), rate("r", 2, 100)).Bounds()[0], "rule.id_twice", "/rules/1/id")
	})
}
