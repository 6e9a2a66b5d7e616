package rule_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"reflect"
	"strconv"
	"testing"
	"time"

	"firebrand/catalog/purchase/rule"
)

// november is noon of an ordinary day.
var november = time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)

func rate(id string, points, money int64) rule.Rule {
	return rule.Rule{ID: id, Kind: rule.Rate, Points: points, Money: money, Name: named(id)}
}

func named(s string) map[string]string { return map[string]string{"ru": s, "uk": s, "en": s} }

// line costs whole units of money.
func line(id, group string, units, price int64) rule.Line {
	return rule.Line{ID: id, Product: "p-" + id, Group: group, Supplier: "Velmar", Quantity: units, Price: price * 100}
}

func order(lines ...rule.Line) rule.Order {
	return rule.Order{
		ID: "1001", Placed: november, Buyer: "c1", Channel: "app", Region: "Kyiv", Size: "small", Industry: "paint", Lines: lines,
	}
}

func set(rules ...rule.Rule) rule.Set { return rule.Set{Version: 1, Rules: rules} }

func wantPoints(t *testing.T, v rule.Value, lines ...int64) {
	t.Helper()
	var sum int64
	for i, want := range lines {
		sum += want
		if v.Lines[i].Points != want {
			t.Errorf("line %d brings %d, not %d: %v", i, v.Lines[i].Points, want, v.Lines[i].Trials)
		}
	}
	if v.Points != sum {
		t.Errorf("the order brings %d, not %d", v.Points, sum)
	}
}

func wantWhy(t *testing.T, got rule.Trial, key string, args rule.Args) {
	t.Helper()
	if got.Applied || got.Why != key || !reflect.DeepEqual(got.Args, args) {
		t.Errorf("got %+v, want %s %v", got, key, args)
	}
}

func TestWhatRulesGive(t *testing.T) {
	t.Run("a rate is rounded once over the order, half up, and its lines add up to it", func(t *testing.T) {
		// 33.50 three times is 100.50: at 1 point a unit of money that is 101, where three roundings would give 102.
		a := rule.Line{ID: "a", Quantity: 1, Price: 3350}
		b, c := a, a
		b.ID, c.ID = "b", "c"
		wantPoints(t, set(rate("r", 1, 100)).Value(order(a, b, c), rule.Facts{}), 34, 34, 33)
	})
	t.Run("a unit bonus counts units", func(t *testing.T) {
		r := rule.Rule{ID: "u", Kind: rule.Unit, Points: 5, When: rule.Conditions{Groups: []string{"Primers"}}}
		wantPoints(t, set(r).Value(order(line("a", "Primers", 7, 10), line("b", "Paints", 7, 10)), rule.Facts{}), 35, 0)
	})
	t.Run("a first purchase of each group is given once, spread over the group's lines", func(t *testing.T) {
		r := rule.Rule{ID: "f", Kind: rule.First, Points: 100}
		v := set(r).Value(order(line("a", "Primers", 1, 30), line("b", "Primers", 1, 10), line("c", "Paints", 1, 5), line("d", "Glue", 1, 5)),
			rule.Facts{NewGroups: map[string]bool{"Primers": true, "Glue": true}})
		wantPoints(t, v, 75, 25, 0, 100)
		wantWhy(t, v.Lines[2].Trials[0], "rule.why_not_first", rule.Args{"is": "Paints"})
	})
	t.Run("an n-th order, exactly or from then on", func(t *testing.T) {
		exact := rule.Rule{ID: "n", Kind: rule.Nth, Points: 50, Period: rule.Quarter, N: 3}
		on := exact
		on.ID, on.Onwards = "on", true
		for n, want := range map[int]int64{2: 0, 3: 100, 4: 50} {
			v := set(exact, on).Value(order(line("a", "", 1, 1)), rule.Facts{Nth: map[string]int{"quarter": n}})
			wantPoints(t, v, want)
		}
		v := set(on).Value(order(line("a", "", 1, 1)), rule.Facts{Nth: map[string]int{"quarter": 1}})
		wantWhy(t, v.Lines[0].Trials[0], "rule.why_not_nth_on", rule.Args{"is": int64(1), "n": int64(3), "period": "quarter"})
	})
	t.Run("shares go by payer and cap", func(t *testing.T) {
		a, b, c := rate("a", 1, 100), rate("b", 2, 100), rate("c", 3, 100)
		a.Funding, b.Funding, c.Funding, c.CapMonth = "brand", "brand", "brand", 3000
		v := set(a, b, c).Value(order(line("x", "", 1, 10), line("y", "", 1, 20)), rule.Facts{})
		want := []rule.FundingShare{
			{Funding: "brand", Points: 90, ByLine: []int64{30, 60}},
			{Funding: "brand", CapID: "rule:c", CapMost: 3000, Points: 90, ByLine: []int64{30, 60}},
		}
		if !reflect.DeepEqual(v.Shares, want) {
			t.Errorf("got %+v", v.Shares)
		}
	})
}

func TestWhyNot(t *testing.T) {
	base := order(line("a", "Primers", 2, 100))
	ten := time.Date(2026, 11, 10, 22, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name string
		edit func(*rule.Rule)
		key  string
		args rule.Args
	}{
		{"too early", func(r *rule.Rule) { r.When.From = november.Add(1) }, "rule.why_early", rule.Args{"starts": november.Add(1)}},
		{"too late", func(r *rule.Rule) { r.When.Until = ten }, "rule.why_late", rule.Args{"ended": ten}},
		{"until is the first instant without", func(r *rule.Rule) { r.When.Until = november }, "rule.why_late", rule.Args{"ended": november}},
		{"for people", func(r *rule.Rule) { r.When.Buyer = rule.Person }, "rule.why_persons", nil},
		{"another channel", func(r *rule.Rule) { r.When.Channels = []string{"shop"} }, "rule.why_channel", rule.Args{"want": "shop", "is": "app"}},
		{"another region", func(r *rule.Rule) { r.When.Regions = []string{"Lviv", "Odesa"} }, "rule.why_region",
			rule.Args{"want": "Lviv, Odesa", "is": "Kyiv"}},
		{"another size", func(r *rule.Rule) { r.When.Sizes = []string{"large"} }, "rule.why_size", rule.Args{"want": "large", "is": "small"}},
		{"another industry", func(r *rule.Rule) { r.When.Industries = []string{"wood"} }, "rule.why_industry",
			rule.Args{"want": "wood", "is": "paint"}},
		{"another group", func(r *rule.Rule) { r.When.Groups = []string{"Glue"} }, "rule.why_group", rule.Args{"want": "Glue", "is": "Primers"}},
		{"another product", func(r *rule.Rule) { r.When.Products = []string{"x"} }, "rule.why_product", rule.Args{"want": "x", "is": "p-a"}},
		{"another supplier", func(r *rule.Rule) { r.When.Suppliers = []string{"x"} }, "rule.why_supplier", rule.Args{"want": "x", "is": "Velmar"}},
		{"an excluded group", func(r *rule.Rule) { r.Not.Groups = []string{"primers"} }, "rule.why_not_group", rule.Args{"is": "Primers"}},
		{"an excluded product", func(r *rule.Rule) { r.Not.Products = []string{"p-a"} }, "rule.why_not_product", rule.Args{"is": "p-a"}},
		{"an excluded supplier", func(r *rule.Rule) { r.Not.Suppliers = []string{"Velmar"} }, "rule.why_not_supplier", rule.Args{"is": "Velmar"}},
		{"a minimum, by how much", func(r *rule.Rule) {
			r.Minimums = []rule.Minimum{{Amount: 40000}, {Region: "kyiv", Amount: 50000}}
		}, "rule.why_minimum", rule.Args{"least": rule.Money(50000), "have": rule.Money(20000), "missing": rule.Money(30000)}},
		{"the minimum of elsewhere", func(r *rule.Rule) {
			r.Minimums = []rule.Minimum{{Amount: 40000}, {Region: "Lviv", Amount: 50000}}
		}, "rule.why_minimum", rule.Args{"least": rule.Money(40000), "have": rule.Money(20000), "missing": rule.Money(20000)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := rate("r", 1, 100)
			c.edit(&r)
			wantWhy(t, set(r).Value(base, rule.Facts{}).Lines[0].Trials[0], c.key, c.args)
		})
	}
	t.Run("the minimum is judged on the whole order, whatever its lines are", func(t *testing.T) {
		r := rate("r", 1, 100)
		r.When.Groups, r.Minimums = []string{"Primers"}, []rule.Minimum{{Amount: 50000}}
		wantPoints(t, set(r).Value(order(line("a", "Primers", 2, 100), line("b", "Paints", 3, 100)), rule.Facts{}), 200, 0)
	})
	t.Run("a discount above what is allowed, to the thousandth", func(t *testing.T) {
		r := rate("r", 1, 100)
		r.Not.Discounted, r.Not.DiscountOver = true, 125
		at, above := line("a", "", 1, 1000), line("b", "", 1, 1000)
		at.Discount, above.Discount = 12500, 12501
		v := set(r).Value(order(at, above), rule.Facts{})
		wantPoints(t, v, 875, 0)
		wantWhy(t, v.Lines[1].Trials[0], "rule.why_discount", rule.Args{"most": "12.5", "is": "12.5"})
	})
	t.Run("below the margin, where the cost is known", func(t *testing.T) {
		r := rate("r", 1, 100)
		r.Not.Cheap, r.Not.MarginUnder = true, 200
		fair, cheap, unknown := line("a", "", 1, 100), line("b", "", 1, 100), line("c", "", 1, 100)
		fair.Cost, cheap.Cost = 8000, 8001
		v := set(r).Value(order(fair, cheap, unknown), rule.Facts{})
		wantPoints(t, v, 100, 0, 100)
		wantWhy(t, v.Lines[1].Trials[0], "rule.why_margin", rule.Args{"least_margin": "20"})
	})
	t.Run("before the first set nothing is given, and every line says so", func(t *testing.T) {
		wantWhy(t, rule.Set{}.Value(base, rule.Facts{}).Lines[0].Trials[0], "rule.why_no_rules", nil)
	})
	t.Run("what was free brings nothing", func(t *testing.T) {
		r := rule.Rule{ID: "u", Kind: rule.Unit, Points: 5}
		wantWhy(t, set(r).Value(order(line("a", "", 9, 0)), rule.Facts{}).Lines[0].Trials[0], "rule.why_nothing", nil)
	})
}

func TestStacks(t *testing.T) {
	primers := rate("primers", 3, 10000)
	primers.When.Groups, primers.Stack = []string{"Primers"}, "base"
	all := rate("all", 1, 10000)
	all.Stack = "base"
	goods := order(line("a", "Primers", 1, 1000), line("b", "Paints", 1, 1000))

	t.Run("each line has the best of a stack, and the other says by how much", func(t *testing.T) {
		v := set(all, primers).Value(goods, rule.Facts{})
		wantPoints(t, v, 30, 10)
		wantWhy(t, v.Lines[0].Trials[0], "rule.why_stack_best", rule.Args{"other": "primers", "n": int64(20)})
	})
	t.Run("the foremost of a stack by priority, then by the list", func(t *testing.T) {
		s := set(all, primers)
		s.Picks = map[string]rule.Pick{"base": rule.Foremost}
		v := s.Value(goods, rule.Facts{})
		wantPoints(t, v, 10, 10)
		wantWhy(t, v.Lines[0].Trials[1], "rule.why_stack_first", rule.Args{"other": "all"})
		s.Rules[1].Priority = 1
		wantPoints(t, s.Value(goods, rule.Facts{}), 30, 10)
	})
	t.Run("rules of different stacks and of none add up", func(t *testing.T) {
		other, alone := rate("other", 2, 10000), rate("alone", 5, 10000)
		other.Stack = "app"
		wantPoints(t, set(all, primers, other, alone).Value(goods, rule.Facts{}), 30+20+50, 10+20+50)
	})
	t.Run("a fixed bonus competes by its part of each line", func(t *testing.T) {
		nth := rule.Rule{ID: "nth", Kind: rule.Nth, Points: 40, Period: rule.Month, N: 1, Stack: "base"}
		v := set(all, primers, nth).Value(goods, rule.Facts{Nth: map[string]int{"month": 1}})
		wantPoints(t, v, 30, 20)
	})
}

func TestArgsComeBackFromJSON(t *testing.T) {
	r := rate("r", 1, 100)
	r.Minimums = []rule.Minimum{{Amount: 987650}}
	early := rate("e", 1, 100)
	early.When.From = november.Add(time.Hour)
	v := set(r, early).Value(order(line("a", "G", 1, 1)), rule.Facts{})
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var back rule.Value
	if err := json.Unmarshal(raw, &back); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(back, v) {
		t.Errorf("%s came back as %+v", raw, back)
	}
	if got := v.Lines[0].Trials[0].Args["least"].(rule.Money).String(); got != "9\u202f876.50" {
		t.Errorf("money is written %q", got)
	}
}

// chance makes a set and an order; absurd figures are among them.
type chance struct{ *rand.Rand }

func (c chance) number(most int64) int64 {
	switch c.IntN(12) {
	case 0:
		return math.MaxInt64 - c.Int64N(3)
	case 1:
		return -c.Int64N(1000)
	case 2:
		return 0
	}
	return c.Int64N(most)
}

func (c chance) word(words ...string) string { return words[c.IntN(len(words))] }

func (c chance) rule(i int) rule.Rule {
	r := rule.Rule{
		ID: strconv.Itoa(i), Kind: rule.Kinds[c.IntN(4)], Points: c.number(500), Money: c.number(20000), Period: rule.Periods[c.IntN(3)],
		N: c.IntN(4), Onwards: c.IntN(2) == 0, Stack: c.word("", "", "a", "b"), Funding: c.word("", "brand"), Priority: c.IntN(3),
		CapMonth: c.Int64N(2) * 3000,
	}
	if c.IntN(2) == 0 {
		r.When.Groups = []string{c.word("A", "B", "C")}
	}
	if c.IntN(4) == 0 {
		r.Minimums = []rule.Minimum{{Amount: c.number(100000)}}
	}
	if c.IntN(4) == 0 {
		r.Not = rule.Exclusions{Discounted: true, DiscountOver: c.number(1000), Cheap: c.IntN(2) == 0, MarginUnder: c.number(1000)}
	}
	return r
}

func (c chance) order() rule.Order {
	o := order()
	for i := range c.IntN(8) {
		o.Lines = append(o.Lines, rule.Line{
			ID: strconv.Itoa(i), Group: c.word("A", "B", "C", ""), Quantity: c.number(50), Price: c.number(100000),
			Discount: c.number(3000), Cost: c.number(50000),
		})
	}
	return o
}

func holds(t *testing.T, seed1, seed2 uint64) {
	c := chance{rand.New(rand.NewPCG(seed1, seed2))}
	s := rule.Set{Version: 1, Picks: map[string]rule.Pick{"a": rule.Foremost}}
	for i := range 1 + c.IntN(8) {
		s.Rules = append(s.Rules, c.rule(i))
	}
	o := c.order()
	f := rule.Facts{NewGroups: map[string]bool{"A": true}, Nth: map[string]int{"month": 1, "quarter": 2, "year": 3}}
	v := s.Value(o, f)
	var sum, shared int64
	byLine := map[string]int64{}
	for _, l := range v.Lines {
		var trials int64
		for _, tr := range l.Trials {
			if tr.Points < 0 || !tr.Applied && tr.Points != 0 || tr.Why == "" || tr.Rule == "" {
				t.Fatalf("a trial %+v", tr)
			}
			trials += tr.Points
		}
		if l.Points < 0 || trials != l.Points {
			t.Fatalf("line %+v", l)
		}
		sum += l.Points
		byLine[l.Line] = l.Points
	}
	for _, share := range v.Shares {
		var parts int64
		for _, p := range share.ByLine {
			parts += p
		}
		if parts != share.Points || share.Points <= 0 {
			t.Fatalf("share %+v", share)
		}
		shared += share.Points
	}
	if sum != v.Points || shared != v.Points {
		t.Fatalf("lines %d, shares %d, order %d", sum, shared, v.Points)
	}
	c.Shuffle(len(o.Lines), func(i, j int) { o.Lines[i], o.Lines[j] = o.Lines[j], o.Lines[i] })
	again := s.Value(o, f)
	for _, l := range again.Lines {
		if l.Points != byLine[l.Line] {
			t.Fatalf("line %s brought %d, and %d where lines stand otherwise", l.Line, byLine[l.Line], l.Points)
		}
	}
}

func TestWhateverTheFiguresLinesAddUpAndNothingIsNegative(t *testing.T) {
	for seed := range uint64(20000) {
		holds(t, seed, 1)
	}
}

func FuzzValue(f *testing.F) {
	f.Add(uint64(1), uint64(2))
	f.Fuzz(func(t *testing.T, a, b uint64) { holds(t, a, b) })
}

// FuzzOneLine aims at the arithmetic alone: what a rate over one line gives is the quotient rounded half up.
func FuzzOneLine(f *testing.F) {
	f.Add(int64(3), int64(10000), int64(7), int64(3350), int64(0))
	f.Fuzz(func(t *testing.T, points, money, quantity, price, discount int64) {
		l := rule.Line{ID: "a", Quantity: quantity, Price: price, Discount: discount}
		v := set(rate("r", points, money)).Value(order(l), rule.Facts{})
		if v.Points < 0 || v.Points > rule.MaxPoints || l.Net() < 0 || l.Net() > rule.MaxNet {
			t.Fatalf("%d points of %d", v.Points, l.Net())
		}
		if points <= 0 || money <= 0 || l.Net() > 1<<31 || points > 1<<30 {
			return
		}
		if want := min((l.Net()*points*2+money)/(2*money), rule.MaxPoints); money < 1<<60 && v.Points != want {
			t.Fatalf("%d points for %d at %d per %d, not %d", v.Points, l.Net(), points, money, want)
		}
	})
}

func BenchmarkValue(b *testing.B) {
	var s rule.Set
	for i := range 10 {
		r := rate(strconv.Itoa(i), int64(i+1), 10000)
		if i%3 == 0 {
			r.When.Groups = []string{"Primers", "Paints"}
		}
		if i%4 == 1 {
			r.Minimums = []rule.Minimum{{Region: "Kyiv", Amount: 500000}, {Amount: 400000}}
		}
		if i > 6 {
			r.Stack = "base"
		}
		s.Rules = append(s.Rules, r)
	}
	o := order(line("a", "Primers", 3, 120), line("b", "Paints", 10, 45), line("c", "Glue", 1, 19))
	b.ReportAllocs()
	for b.Loop() {
		s.Value(o, rule.Facts{})
	}
}
