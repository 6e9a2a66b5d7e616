package game_test

import (
	"slices"
	"testing"
	"time"

	"firebrand/content"
	"firebrand/game"
)

// The formula is DESIGN.md §4: weight × (1 − speed share × t/T) × credit, half up; every value was worked by hand.
func TestScore(t *testing.T) {
	const s = time.Second
	all, half, third, none := game.Credit{Got: 1, Of: 1}, game.Credit{Got: 1, Of: 2}, game.Credit{Got: 1, Of: 3}, game.Credit{Of: 2}
	for _, c := range []struct {
		why         string
		weight      int64
		share       int
		took, limit time.Duration
		credit      game.Credit
		want        int64
	}{
		{"at once", 100, 250, 0, 20 * s, all, 100},
		{"at the limit", 100, 250, 20 * s, 20 * s, all, 75},
		{"in the middle: 87.5", 100, 250, 10 * s, 20 * s, all, 88},
		{"a millisecond: 99.99875", 100, 250, time.Millisecond, 20 * s, all, 100},
		{"8 of 20 s: 100 × (1 − 0.1)", 100, 250, 8 * s, 20 * s, all, 90},
		{"the same 8 s at 40 s: 100 × (1 − 0.05)", 100, 250, 8 * s, 40 * s, all, 95},
		{"7.5 rounds up", 10, 250, 20 * s, 20 * s, all, 8},
		{"7.4999 rounds down: 10 × (1 − 0.5 × 10002/20000) = 7.4995", 10, 500, 10002 * time.Millisecond, 20 * s, all, 7},
		{"7.5 exactly: 10 × (1 − 0.5 × ½)", 10, 500, 10 * s, 20 * s, all, 8},
		{"no speed share", 10, 0, 20 * s, 20 * s, all, 10},
		{"half the share at the most", 100, 500, 20 * s, 20 * s, all, 50},
		{"in the grace, cut to the limit", 100, 250, 21 * s, 20 * s, all, 75},
		{"a clock that ran back, cut to 0", 100, 250, -s, 20 * s, all, 100},
		{"one of two at once", 100, 250, 0, 20 * s, half, 50},
		{"one of two at the limit: 37.5", 100, 250, 20 * s, 20 * s, half, 38},
		{"one of three: 33.3", 100, 0, 0, 20 * s, third, 33},
		{"nothing right", 100, 250, 0, 20 * s, none, 0},
		{"the heaviest question", 1000, 250, 240 * s, 240 * s, all, 750},
	} {
		t.Run(c.why, func(t *testing.T) {
			same(t, "points", game.Score(c.weight, c.share, c.took, c.limit, c.credit), c.want)
		})
	}
}

func TestCredit(t *testing.T) {
	several := content.Question{Kind: content.Several, Options: []content.Option{
		option("a", true), option("b", true), option("c", true), option("d", false), option("e", false),
	}}
	one := single("q", "t", 20, 10)
	for _, c := range []struct {
		why    string
		q      content.Question
		choice []string
		want   game.Credit
	}{
		{"all three", several, []string{"a", "b", "c"}, game.Credit{Got: 3, Of: 3}},
		{"two of three", several, []string{"a", "b"}, game.Credit{Got: 2, Of: 3}},
		{"two right, one wrong", several, []string{"a", "b", "d"}, game.Credit{Got: 1, Of: 3}},
		{"everything", several, []string{"a", "b", "c", "d", "e"}, game.Credit{Got: 1, Of: 3}},
		{"more wrong than right", several, []string{"a", "d", "e"}, game.Credit{Got: 0, Of: 3}},
		{"the right one", one, []string{"a"}, game.Credit{Got: 1, Of: 1}},
		{"a wrong one", one, []string{"b"}, game.Credit{Got: 0, Of: 1}},
	} {
		t.Run(c.why, func(t *testing.T) { same(t, "credit", game.CreditOf(c.q, c.choice), c.want) })
	}
}

func TestPaceAndLimit(t *testing.T) {
	q := single("q", "t", 15, 10)
	for setting, want := range map[int]time.Duration{0: 15, 100: 15, 150: 22500, 200: 30, 900: 30} {
		if want < 1000 {
			want *= 1000
		}
		same(t, "limit", game.Limit(q, setting), want*time.Millisecond)
	}
}

func TestDraw(t *testing.T) {
	secret := []byte("0123456789abcdef0123456789abcdef")
	pool := content.Quiz{ID: "pool", Draw: 6}
	for i, id := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"} {
		topic := "common"
		if i >= 9 {
			topic = "rare"
		}
		pool.Questions = append(pool.Questions, single(id, topic, 20, 10))
	}
	t.Run("a draw can be repeated, and another secret draws otherwise", func(t *testing.T) {
		a, b := game.Draw(secret, pool, nil), game.Draw(secret, pool, nil)
		if !slices.EqualFunc(a, b, equalDrawn) || len(a) != 6 {
			t.Fatalf("%v\n%v", a, b)
		}
		if slices.EqualFunc(a, game.Draw([]byte("another"), pool, nil), equalDrawn) {
			t.Fatal("two secrets drew the same")
		}
	})
	t.Run("the order of writing does not matter", func(t *testing.T) {
		turned := pool
		turned.Questions = slices.Clone(pool.Questions)
		slices.Reverse(turned.Questions)
		if !slices.EqualFunc(game.Draw(secret, pool, nil), game.Draw(secret, turned, nil), equalDrawn) {
			t.Fatal("the draw depends on the order of the questions")
		}
	})
	t.Run("topics take turns, so that a rare one is not left out", func(t *testing.T) {
		rare := 0
		for _, d := range game.Draw(secret, pool, nil) {
			if d.Question > "i" {
				rare++
			}
		}
		same(t, "rare questions of six", rare, 3)
	})
	t.Run("what follows taken questions repeats none of them and fills up the number", func(t *testing.T) {
		taken := game.Draw(secret, pool, nil)[:2]
		rest := game.Draw(secret, pool, taken)
		same(t, "rest", len(rest), 4)
		for _, d := range rest {
			if slices.ContainsFunc(taken, func(o game.Drawn) bool { return o.Question == d.Question }) {
				t.Fatalf("%s was drawn twice", d.Question)
			}
		}
	})
	t.Run("a topic that was taken has had its turns", func(t *testing.T) {
		two, taken := pool, []game.Drawn{{Question: "k"}}
		two.Draw = 2
		for i := range 50 {
			if rest := game.Draw([]byte{byte(i)}, two, taken); len(rest) != 1 || rest[0].Question > "i" {
				t.Fatalf("after a rare one came %v", rest)
			}
		}
	})
	t.Run("true and false keep their order", func(t *testing.T) {
		for i := range 16 {
			for _, d := range game.Draw([]byte{byte(i)}, seams(), nil) {
				if d.Question == "q3" && !slices.Equal(d.Options, []string{"true", "false"}) {
					t.Fatalf("shown as %v", d.Options)
				}
			}
		}
	})
	t.Run("every option comes first now and then, and no question is preferred", func(t *testing.T) {
		first, drawn := map[string]int{}, map[string]int{}
		for i := range 4000 {
			for _, d := range game.Draw([]byte{byte(i), byte(i >> 8)}, pool, nil) {
				first[d.Options[0]]++
				drawn[d.Question]++
			}
		}
		for id, n := range first { // 6,000 expected, σ ≈ 67
			if n < 5600 || n > 6400 {
				t.Errorf("option %s was first %d times of 24,000", id, n)
			}
		}
		for id, n := range drawn { // common: 3 of 9 in 4,000; rare: 3 of 3
			want := 1333
			if id > "i" {
				want = 4000
			}
			if n < want-200 || n > want+200 {
				t.Errorf("question %s was drawn %d times, about %d expected", id, n, want)
			}
		}
	})
}

func equalDrawn(a, b game.Drawn) bool {
	return a.Question == b.Question && slices.Equal(a.Options, b.Options)
}
