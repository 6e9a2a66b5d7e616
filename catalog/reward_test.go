package catalog_test

import (
	"strings"
	"testing"

	"firebrand/catalog"
	"firebrand/content"
	"firebrand/internal/fault"
)

func TestRewards(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	mug := w.reward("mug", 300, 0, 0)
	w.reward("pen", 20, 0, 0)

	t.Run("published ones are listed, the cheapest first", func(t *testing.T) {
		_, err := w.catalog.SaveReward(ctx, "marketer", catalog.Reward{ID: "car", Name: mug.Name, Price: 1, State: catalog.Draft}, 0)
		must(t, err)
		listed, err := w.catalog.Rewards(ctx)
		must(t, err)
		want(t, "how many", len(listed), 2)
		want(t, "first", listed[0].ID, "pen")
		all, err := w.catalog.AllRewards(ctx)
		must(t, err)
		want(t, "the studio sees", len(all), 3)
	})
	t.Run("an earlier version stays as it was", func(t *testing.T) {
		next := mug
		next.Price, next.Name = 350, content.Text{"en": "  Large mug ", "uk": " "}
		next, err := w.catalog.SaveReward(ctx, "marketer", next, mug.Version)
		must(t, err)
		want(t, "version", next.Version, mug.Version+1)
		want(t, "name", next.Name["en"], "Large mug")
		was, err := w.catalog.RewardAt(ctx, "mug", mug.Version)
		must(t, err)
		want(t, "price then", was.Price, 300)
		is, err := w.catalog.RewardAt(ctx, "mug", next.Version)
		must(t, err)
		want(t, "price now", is.Price, 350)
		_, err = w.catalog.RewardAt(ctx, "mug", 9)
		wantFault(t, err, fault.NotFound, "catalog.reward_missing")
	})
	t.Run("an edition learns whether a reward is there", func(t *testing.T) {
		for id, there := range map[string]bool{"mug": true, "nothing": false} {
			found, err := w.catalog.RewardExists(ctx, id)
			must(t, err)
			want(t, id, found, there)
		}
	})
	t.Run("of two people who edit one version the second is told", func(t *testing.T) {
		_, err := w.catalog.SaveReward(ctx, "other", mug, mug.Version)
		wantFault(t, err, fault.Conflict, "catalog.reward_changed")
		_, err = w.catalog.SaveReward(ctx, "other", mug, 0)
		wantFault(t, err, fault.Conflict, "catalog.reward_changed")
	})
	t.Run("a new reward without an id is given one", func(t *testing.T) {
		r, err := w.catalog.SaveReward(ctx, "marketer", catalog.Reward{Name: mug.Name, Price: 5, State: catalog.Draft}, 0)
		must(t, err)
		got, err := w.catalog.Reward(ctx, r.ID)
		must(t, err)
		want(t, "who saved it", got.SavedBy, "marketer")
	})
}

func TestWhatIsRefusedOfAReward(t *testing.T) {
	w := newWorld(t)
	good := catalog.Reward{ID: "mug", Name: content.Text{"en": "Mug"}, Price: 5, State: catalog.Published}
	for _, row := range []struct {
		field, key string
		spoil      func(r *catalog.Reward)
	}{
		{"id", "catalog.id", func(r *catalog.Reward) { r.ID = "a/b" }},
		{"name", "catalog.name", func(r *catalog.Reward) { r.Name = content.Text{"en": " "} }},
		{"name", "catalog.lang", func(r *catalog.Reward) { r.Name = content.Text{"English!": "Mug"} }},
		{"name", "catalog.too_long", func(r *catalog.Reward) { r.Name = content.Text{"en": strings.Repeat("я", 121)} }},
		{"description", "catalog.too_long", func(r *catalog.Reward) { r.Description = content.Text{"en": strings.Repeat("я", 5001)} }},
		{"supplier", "catalog.too_long", func(r *catalog.Reward) { r.Supplier = strings.Repeat("я", 121) }},
		{"price", "catalog.price", func(r *catalog.Reward) { r.Price = 0 }},
		{"price", "catalog.price", func(r *catalog.Reward) { r.Price = 10_000_001 }},
		{"perMember", "catalog.per_member", func(r *catalog.Reward) { r.PerMember = -1 }},
		{"state", "catalog.state", func(r *catalog.Reward) { r.State = "sold" }},
		{"alt", "catalog.alt", func(r *catalog.Reward) { r.Picture = "f00d" }},
		{"alt", "catalog.too_long", func(r *catalog.Reward) { r.Alt = content.Text{"en": strings.Repeat("я", 121)} }},
	} {
		r := good
		row.spoil(&r)
		_, err := w.catalog.SaveReward(t.Context(), "marketer", r, 0)
		want(t, "field", wantFault(t, err, fault.Invalid, row.key).Field, row.field)
	}
	_, err := w.catalog.SaveReward(t.Context(), "marketer", good, 3)
	wantFault(t, err, fault.NotFound, "catalog.reward_missing")
}

func TestStock(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.reward("mug", 300, 5, 0)
	w.reward("pen", 20, 0, 0)

	t.Run("the same key adds once", func(t *testing.T) {
		for range 3 {
			left, err := w.catalog.AddStock(ctx, "marketer", "mug", 7, "second")
			must(t, err)
			want(t, "left", left, 12)
		}
		_, err := w.catalog.AddStock(ctx, "marketer", "mug", 8, "second")
		if !fault.Is(err, fault.KeyReused) {
			t.Fatal(err)
		}
	})
	t.Run("broken pieces go out, but not more than there are", func(t *testing.T) {
		left, err := w.catalog.AddStock(ctx, "marketer", "mug", -2, "broken")
		must(t, err)
		want(t, "left", left, 10)
		_, err = w.catalog.AddStock(ctx, "marketer", "mug", -11, "more")
		want(t, "left", wantFault(t, err, fault.Conflict, "catalog.stock_short").Args["n"], any(int64(10)))
	})
	t.Run("nothing, too many and what is no reward are refused", func(t *testing.T) {
		_, err := w.catalog.AddStock(ctx, "marketer", "mug", 0, "k")
		wantFault(t, err, fault.Invalid, "catalog.stock_number")
		_, err = w.catalog.AddStock(ctx, "marketer", "mug", 1_000_001, "k")
		wantFault(t, err, fault.Invalid, "catalog.stock_number")
		_, err = w.catalog.AddStock(ctx, "marketer", "mug", 1, "")
		wantFault(t, err, fault.Invalid, "catalog.key")
		_, err = w.catalog.AddStock(ctx, "marketer", "cap", 1, "k")
		wantFault(t, err, fault.NotFound, "catalog.reward_missing")
	})
	t.Run("several are asked at once", func(t *testing.T) {
		left, err := w.catalog.Stocks(ctx, []string{"mug", "pen"})
		must(t, err)
		want(t, "mugs", left["mug"], 10)
		want(t, "pens", left["pen"], 0)
		_, err = w.redeem("ada", "pen", 20, "form")
		wantFault(t, err, fault.Conflict, "catalog.sold_out")
	})
	w.agrees()
}
