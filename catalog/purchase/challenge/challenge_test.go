package challenge_test

import (
	"sync"
	"testing"
	"time"

	"firebrand/catalog/purchase/challenge"
	"firebrand/content"
	"firebrand/internal/fault"
	"firebrand/internal/points"
)

func TestBuying(t *testing.T) {
	w := newWorld(t, points.ModeDebt)
	c := w.publish(november())
	card := func() challenge.Card {
		t.Helper()
		cards, err := w.Mine(t.Context(), "olena")
		must(t, err)
		if len(cards) != 1 {
			t.Fatalf("%d cards", len(cards))
		}
		return cards[0]
	}
	t.Run("what is on the way is shown and pays nothing", func(t *testing.T) {
		w.buy("A", "olena", 8, false)
		if got := card(); got.Have != 0 || got.Coming != 8 || got.Left() != 10 {
			t.Fatalf("%+v", got)
		}
		w.wantPoints("olena", 0)
	})
	t.Run("what was delivered counts, and a step is paid once", func(t *testing.T) {
		w.buy("A", "olena", 8, true)
		w.buy("B", "olena", 24, true)
		w.buy("C", "olena", 8, false)
		got := card()
		if got.Have != 32 || got.Coming != 8 || got.Left() != 8 || got.Net != 300 || !got.Steps[1].Reached() || got.Steps[2].Reached() {
			t.Fatalf("%+v", got)
		}
		w.evaluate(c, "olena")
		w.wantPoints("olena", 300)
	})
	t.Run("goods that come back reopen a step, and reaching it again pays again", func(t *testing.T) {
		w.buy("B", "olena", 10, true)
		if got := card(); got.Have != 18 || !got.Steps[1].Reopened() || got.Net != 100 {
			t.Fatalf("%+v", got)
		}
		w.wantPoints("olena", 100)
		w.buy("C", "olena", 8, true)
		if got := card(); got.Have != 26 || got.Steps[1].Reopened() || got.Net != 300 {
			t.Fatalf("%+v", got)
		}
		w.wantPoints("olena", 300)
	})
	t.Run("other goods and what was ordered after the period do not count", func(t *testing.T) {
		w.shop.orders["order/X"] = sold{"olena", w.clock.Now(), challenge.Bought{Group: "paint", Quantity: 100, Delivered: true}}
		w.clock.Set(time.Date(2026, 11, 20, 22, 0, 0, 0, time.UTC)) // the 21st, 00:00 in Kyiv
		w.buy("D", "olena", 100, true)
		if got := card(); got.Have != 26 || got.Phase != challenge.PhaseEnded {
			t.Fatalf("%+v", got)
		}
	})
	t.Run("after the end an order in time still arrives, and goods still come back", func(t *testing.T) {
		w.clock.Add(40 * 24 * time.Hour)
		w.buy("A", "olena", 1, true)
		w.catchUp()
		w.catchUp()
		w.wantPoints("olena", 100)
	})
	w.check()
}

func TestPurchasePointsWaitAndMoveNoBoard(t *testing.T) {
	w := newWorld(t, points.ModeDebt)
	c := w.publish(november())
	w.buy("A", "olena", 10, true)
	w.evaluate(c, "olena")
	v, err := w.purse.Balance(t.Context(), "olena")
	must(t, err)
	if v.Alive != 0 || v.Pending != 100 {
		t.Fatalf("%+v", v)
	}
	w.clock.Set(time.Date(2026, 11, 10, 22, 0, 0, 0, time.UTC)) // the 11th in Kyiv
	if v, err = w.purse.Balance(t.Context(), "olena"); err != nil || v.Alive != 100 {
		t.Fatalf("%+v %v", v, err)
	}
	last, err := w.Journal.Last(t.Context(), points.Stream("olena"))
	must(t, err)
	state, err := points.StateOf(last)
	must(t, err)
	if len(state.Months) > 0 {
		t.Errorf("counts on the board: %+v", state.Months)
	}
}

// What the policy of returns leaves with the account is not paid a second time.
func TestNetOnceUnderEveryPolicyOfReturns(t *testing.T) {
	for _, row := range []struct {
		mode      points.Mode
		back, net int64
	}{{points.ModePending, 100, 100}, {points.ModeBalance, 40, 100}, {points.ModeDebt, 0, 100}} {
		t.Run(string(row.mode), func(t *testing.T) {
			w := newWorld(t, row.mode)
			terms := november()
			terms.Steps = terms.Steps[:1]
			c := w.publish(terms)
			w.buy("A", "olena", 10, true)
			w.evaluate(c, "olena")
			w.clock.Set(time.Date(2026, 11, 15, 10, 0, 0, 0, time.UTC)) // the points are active
			_, err := w.purse.Spend(t.Context(), points.Spend{Key: "prize", Actor: "olena", Account: "olena", Amount: 40})
			must(t, err)
			for range 3 {
				w.buy("A", "olena", 9, true)
				st := w.evaluate(c, "olena")
				if st.Net() != row.back || st.Step("a").Stand != challenge.StandOpen {
					t.Fatalf("after the return %+v, want %d kept", st, row.back)
				}
				w.buy("A", "olena", 10, true)
				if st = w.evaluate(c, "olena"); st.Net() != row.net || st.Step("a").Stand != challenge.StandPaid {
					t.Fatalf("reached again %+v, want %d kept", st, row.net)
				}
				w.wantPoints("olena", row.net-40)
				w.check()
				w.clock.Set(w.clock.Now().AddDate(0, 1, 0)) // what was paid again becomes active
			}
		})
	}
}

func TestManyEvaluationsAtOncePayOnce(t *testing.T) {
	w := newWorld(t, points.ModeDebt)
	c := w.publish(november())
	w.buy("A", "olena", 30, true)
	all := func() {
		var wg sync.WaitGroup
		for range 64 {
			wg.Go(func() {
				if _, err := w.Evaluate(t.Context(), c.ID, "olena"); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}
	all()
	w.wantPoints("olena", 300)
	w.buy("A", "olena", 5, true)
	all()
	w.wantPoints("olena", 0)
	w.buy("A", "olena", 40, true)
	all()
	w.wantPoints("olena", 600)
	w.check()
	if st := w.evaluate(c, "olena"); st.Step("a").Round != 2 || st.Step("c").Round != 1 {
		t.Errorf("%+v", st)
	}
}

func TestGoodsComeAndGoWhileManyEvaluate(t *testing.T) {
	w := newWorld(t, points.ModeDebt)
	c := w.publish(november())
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			for i := range 12 {
				if n == 0 {
					w.shop.Lock()
					w.shop.orders["order/A"] = sold{"olena", w.clock.Now(), challenge.Bought{Group: "oil", Quantity: int64(i%2) * 30, Delivered: true}}
					w.shop.Unlock()
				}
				if _, err := w.Evaluate(t.Context(), c.ID, "olena"); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	w.evaluate(c, "olena")
	w.wantPoints("olena", 300)
	w.check()
}

func TestCutOffBetweenRecordAndAward(t *testing.T) {
	w := newWorld(t, points.ModeDebt)
	c := w.publish(november())
	w.buy("A", "olena", 10, true)
	w.shop.down = true
	if _, err := w.Evaluate(t.Context(), c.ID, "olena"); err == nil {
		t.Fatal("the award was to fail")
	}
	w.wantPoints("olena", 0)
	w.shop.down = false
	must(t, w.Sweep(t.Context()))
	w.wantPoints("olena", 100)

	w.buy("A", "olena", 2, true)
	w.shop.down = true
	if _, err := w.Evaluate(t.Context(), c.ID, "olena"); err == nil {
		t.Fatal("the reversal was to fail")
	}
	// Meanwhile it is reached once more: the reversal still comes first.
	w.buy("A", "olena", 12, true)
	w.shop.down = false
	must(t, w.Sweep(t.Context()))
	w.wantPoints("olena", 100)
	if st := w.evaluate(c, "olena"); st.Step("a").Round != 2 {
		t.Errorf("%+v", st)
	}
	w.check()
}

func TestPlayingAndReading(t *testing.T) {
	w := newWorld(t, points.ModeDebt)
	play := november()
	play.Goal, play.Goods, play.Steps = challenge.GoalPlay, challenge.Goods{}, []challenge.Step{{ID: "five", Target: 5, Points: 50}}
	five := w.publish(play)
	together := play
	together.Audience.Companies, together.Steps = true, []challenge.Step{{ID: "six", Target: 6, Points: 70}}
	six := w.publish(together)
	read := play
	read.Goal, read.Steps = challenge.GoalRead, []challenge.Step{{ID: "all", Target: 0, Points: 30}}
	everything := w.publish(read)

	t.Run("the fifth game pays, heard of by its record, and counts on the boards", func(t *testing.T) {
		w.catchUp()
		w.shop.plays["ivan"] = []time.Time{w.clock.Now(), w.clock.Now(), w.clock.Now(), w.clock.Now()}
		w.evaluate(five, "ivan")
		w.wantPoints("ivan", 0)
		w.shop.plays["ivan"] = append(w.shop.plays["ivan"], w.clock.Now())
		w.record("play/q/2026-11/ivan", "finished", "ivan")
		w.catchUp()
		w.wantPoints("ivan", 50)
		last, err := w.Journal.Last(t.Context(), points.Stream("ivan"))
		must(t, err)
		state, err := points.StateOf(last)
		must(t, err)
		if len(state.Months) != 1 {
			t.Errorf("%+v", state.Months)
		}
	})
	t.Run("a company's people play together, for the company's account", func(t *testing.T) {
		w.wantPoints("west", 0)
		w.shop.plays["petro"] = []time.Time{w.clock.Now()}
		w.evaluate(six, "west")
		w.wantPoints("west", 70)
		if st := w.evaluate(six, "ivan"); len(st.Steps) > 0 {
			t.Errorf("paid a member %+v", st)
		}
	})
	t.Run("everything is as much as there is to read", func(t *testing.T) {
		w.shop.reads["olena"] = 2
		w.evaluate(everything, "olena")
		w.wantPoints("olena", 0)
		w.shop.reads["olena"] = 3
		must(t, w.Tell(t.Context(), challenge.GoalRead, "olena"))
		must(t, w.Sweep(t.Context()))
		w.wantPoints("olena", 30)
		w.shop.of = 4
		if st := w.evaluate(everything, "olena"); st.Step("all").Stand != challenge.StandPaid {
			t.Errorf("an article more reopened it: %+v", st)
		}
	})
	t.Run("nothing to read pays nobody", func(t *testing.T) {
		w.shop.of = 0
		if st := w.evaluate(everything, "ivan"); len(st.Steps) > 0 {
			t.Errorf("%+v", st)
		}
	})
	w.check()
}

func TestAudience(t *testing.T) {
	w := newWorld(t, points.ModeDebt)
	for _, row := range []struct {
		name        string
		audience    challenge.Audience
		olena, ivan bool
	}{
		{"everybody", challenge.Audience{}, true, true},
		{"a region, whatever its case", challenge.Audience{Regions: []string{"kyiv", "Odesa"}}, true, false},
		{"a size", challenge.Audience{Sizes: []string{"B"}}, false, true},
		{"newcomers", challenge.Audience{Newcomers: true}, true, false},
		{"companies", challenge.Audience{Companies: true}, false, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			terms := november()
			terms.Audience = row.audience
			if terms.Has(w.shop.people["olena"], w.Zone) != row.olena || terms.Has(w.shop.people["ivan"], w.Zone) != row.ivan {
				t.Error("wrong audience")
			}
		})
	}
	t.Run("who was dismissed is paid nothing more, and gives back all the same", func(t *testing.T) {
		c := w.publish(november())
		w.buy("A", "olena", 10, true)
		w.evaluate(c, "olena")
		p := w.shop.people["olena"]
		p.Active = false
		w.shop.people["olena"] = p
		w.buy("B", "olena", 20, true)
		w.evaluate(c, "olena")
		w.wantPoints("olena", 100)
		w.buy("B", "olena", 0, true)
		w.buy("A", "olena", 0, true)
		w.evaluate(c, "olena")
		w.wantPoints("olena", 0)
	})
}

func TestVersions(t *testing.T) {
	w := newWorld(t, points.ModeDebt)
	c := w.publish(november())
	w.buy("A", "olena", 12, true)
	w.evaluate(c, "olena")
	t.Run("what is published stays in force while a new version is written", func(t *testing.T) {
		terms := november()
		terms.Goods.Groups = []string{"paint"}
		terms.Steps[0].Target, terms.Steps[1].Points = 15, 500
		var err error
		c, err = w.SaveDraft(t.Context(), "mark", c.ID, terms, c.Saves)
		must(t, err)
		if live, _ := c.Live(); live.Version != 1 || c.Draft.Version != 2 {
			t.Fatalf("%+v", c)
		}
		if _, err := w.SaveDraft(t.Context(), "anna", c.ID, terms, c.Saves-1); !fault.Is(err, fault.Conflict) {
			t.Error(err)
		}
	})
	t.Run("a new version takes nothing back that was paid", func(t *testing.T) {
		var err error
		c, err = w.Publish(t.Context(), "mark", c.ID, c.Saves)
		must(t, err)
		w.evaluate(c, "olena")
		w.wantPoints("olena", 100)
	})
	t.Run("goods that come back still do, by the terms they were paid under", func(t *testing.T) {
		w.buy("A", "olena", 9, true)
		w.evaluate(c, "olena")
		w.wantPoints("olena", 0)
	})
	t.Run("stopping ends it, and nothing ordered afterwards counts", func(t *testing.T) {
		w.clock.Add(time.Hour)
		var err error
		c, err = w.Stop(t.Context(), "mark", c.ID, c.Saves)
		must(t, err)
		w.clock.Add(time.Hour)
		w.buy("B", "olena", 40, true)
		w.evaluate(c, "olena")
		w.wantPoints("olena", 0)
		if _, err := w.SaveDraft(t.Context(), "mark", c.ID, november(), c.Saves); !fault.Is(err, fault.Conflict) {
			t.Error(err)
		}
	})
}

func TestTermsAreChecked(t *testing.T) {
	w := newWorld(t, points.ModeDebt)
	for _, row := range []struct {
		name, field string
		change      func(t *challenge.Terms)
	}{
		{"no name", "name", func(t *challenge.Terms) { t.Name = nil }},
		{"no steps", "steps", func(t *challenge.Terms) { t.Steps = nil }},
		{"an end before the beginning", "to", func(t *challenge.Terms) { t.To = t.From.Add(-1) }},
		{"a period without end", "to", func(t *challenge.Terms) { t.To = t.From.Add(challenge.MaxDays) }},
		{"steps that do not rise", "target_1", func(t *challenge.Terms) { t.Steps[1].Target = 10 }},
		{"a step to nowhere", "target_0", func(t *challenge.Terms) { t.Steps[0].Target = 0 }},
		{"a negative target", "target_0", func(t *challenge.Terms) { t.Steps[0].Target = -1 }},
		{"a step for nothing", "points_0", func(t *challenge.Terms) { t.Steps[0].Points = 0 }},
		{"companies that read", "audience", func(t *challenge.Terms) {
			t.Goal, t.Goods, t.Audience.Companies = challenge.GoalRead, challenge.Goods{}, true
		}},
		{"goods in a game", "goods", func(t *challenge.Terms) { t.Goal = challenge.GoalPlay }},
		{"reading over two months", "to", func(t *challenge.Terms) {
			t.Goal, t.Goods, t.To = challenge.GoalRead, challenge.Goods{}, t.From.AddMonths(1)
		}},
		{"a goal that there is not", "goal", func(t *challenge.Terms) { t.Goal = "win" }},
		{"a name too long", "name", func(t *challenge.Terms) { t.Name = content.Text{"en": string(make([]byte, 400))} }},
	} {
		t.Run(row.name, func(t *testing.T) {
			terms := november()
			row.change(&terms)
			_, err := w.Save(t.Context(), "mark", "", terms, 0, true)
			if !fault.Is(err, fault.Invalid) || fault.As(err).Field != row.field {
				t.Errorf("%v, want invalid on %s", err, row.field)
			}
		})
	}
}

func TestNobodyIsForgottenWhileAStoreIsDown(t *testing.T) {
	w := newWorld(t, points.ModeDebt)
	terms := november()
	terms.Goal, terms.Goods, terms.Steps = challenge.GoalRead, challenge.Goods{}, []challenge.Step{{ID: "all", Points: 30}}
	w.publish(terms)
	must(t, w.Sweep(t.Context()))
	w.shop.reads["olena"], w.shop.reads["ivan"] = 3, 3
	must(t, w.Tell(t.Context(), challenge.GoalRead, "olena", "ivan"))
	w.shop.closed = true
	for range 12 {
		if err := w.Sweep(t.Context()); !fault.Is(err, fault.Unavailable) {
			t.Fatal(err)
		}
	}
	w.shop.closed = false
	must(t, w.Sweep(t.Context()))
	w.wantPoints("olena", 30)
	w.wantPoints("ivan", 30)
}
