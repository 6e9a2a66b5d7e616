package content_test

import (
	"slices"
	"testing"

	"firebrand/content"
	"firebrand/internal/fault"
)

func TestPrizes(t *testing.T) {
	for _, c := range []struct {
		why    string
		prizes []content.BoardPrize
		keys   []string
	}{
		{"places on several boards", []content.BoardPrize{
			{Board: "all", From: 1, To: 1, Points: 500}, {Board: "all", From: 2, To: 10, Points: 100},
			{Board: "new", From: 1, To: 3, Points: 50}, {Board: "region", From: 1, To: 1, Points: 50},
			{Board: "week", From: 1, To: 1, Points: 20}, {Board: "quiz:safety", From: 1, To: 1, Points: 20},
			{Board: "league:", From: 1, To: 1, Points: 30}, {Board: "league:до 10", From: 1, To: 1, Points: 30},
		}, nil},
		{"no board", []content.BoardPrize{{Board: "best", From: 1, To: 1, Points: 5}}, []string{"content.prize_board"}},
		{"no quiz", []content.BoardPrize{{Board: "quiz:", From: 1, To: 1, Points: 5}}, []string{"content.prize_board"}},
		{"places the wrong way round", []content.BoardPrize{{Board: "all", From: 3, To: 2, Points: 5}}, []string{"content.out_of_range"}},
		{"place nought", []content.BoardPrize{{Board: "all", From: 0, To: 2, Points: 5}}, []string{"content.out_of_range"}},
		{"no points", []content.BoardPrize{{Board: "all", From: 1, To: 2}}, []string{"content.out_of_range"}},
		{"one place twice", []content.BoardPrize{
			{Board: "all", From: 1, To: 5, Points: 5}, {Board: "all", From: 5, To: 6, Points: 5},
		}, []string{"content.prize_twice"}},
		{"too many", slices.Repeat([]content.BoardPrize{{Board: "best", From: 1, To: 1, Points: 5}}, 51), []string{"content.named_many"}},
	} {
		t.Run(c.why, func(t *testing.T) {
			var keys []string
			for _, p := range content.EditionBounds(content.Edition{Prizes: c.prizes}) {
				keys = append(keys, p.Key)
			}
			if len(c.keys) == 0 && len(keys) > 0 || len(c.keys) > 0 && !slices.Contains(keys, c.keys[0]) {
				t.Errorf("problems %v, want %v", keys, c.keys)
			}
		})
	}
}

func TestPrizesOfAnEdition(t *testing.T) {
	d := open(t, "Europe/Kyiv")
	e := must[content.Edition](t)(d.EnsureEdition(t.Context(), "m", month(t, "2026-11")))
	e.Prizes = []content.BoardPrize{
		{Board: "all", From: 1, To: 3, Points: 100}, {Board: "quiz:gone", From: 1, To: 1, Points: 10},
	}
	e = must[content.Edition](t)(d.SaveEdition(t.Context(), "m", e, e.Version))
	t.Run("they are kept with the edition and its version", func(t *testing.T) {
		again := must[content.Edition](t)(d.Edition(t.Context(), e.Month))
		if !slices.Equal(again.Prizes, e.Prizes) || again.Version != e.Version {
			t.Errorf("%+v of version %d", again.Prizes, again.Version)
		}
	})
	t.Run("a prize of a quiz that the month does not have is a problem before it is scheduled", func(t *testing.T) {
		report := must[content.Report](t)(d.Check(t.Context(), e.Month))
		if !slices.ContainsFunc(report.Problems, func(p content.Problem) bool {
			return p.Key == "content.prize_quiz" && p.Field == "/prizes/1/board"
		}) {
			t.Errorf("%+v", report.Problems)
		}
	})
	t.Run("the next month takes them over but for those of quizzes", func(t *testing.T) {
		next := must[content.Edition](t)(d.CloneEdition(t.Context(), "m", e.Month, e.Month.Next()))
		if !slices.Equal(next.Prizes, e.Prizes[:1]) {
			t.Errorf("%+v", next.Prizes)
		}
	})
	t.Run("a wrong one is refused", func(t *testing.T) {
		e.Prizes[0].Points = 0
		if _, err := d.SaveEdition(t.Context(), "m", e, e.Version); !fault.Is(err, fault.Invalid) {
			t.Error(err)
		}
	})
}
