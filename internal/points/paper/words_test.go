package paper_test

import (
	"context"
	"strings"
	"testing"

	"firebrand/internal/points"
	"firebrand/internal/points/paper"
	"firebrand/web/ui"
)

func TestWords(t *testing.T) {
	texts, err := ui.LoadTexts()
	must(t, err)
	t.Run("every line's text is given all that it names, in every language", func(t *testing.T) {
		page := strings.NewReplacer("{when}", "", "{year}", "") // of texts that only pages say, which give them
		for _, lang := range ui.Languages {
			for _, key := range texts.Keys(lang) {
				if !strings.HasPrefix(key, "statement.") {
					continue
				}
				told := paper.Told{Line: points.Line{Points: 3, Asked: 5, Owed: 2}, Key: key, Name: "K-1", Cut: key, Most: 9}
				said := told.Say(texts, lang)
				if strings.HasPrefix(key, "statement.cut_") {
					said = told.SayCut(texts, lang)
				}
				if strings.Contains(page.Replace(said), "{") {
					t.Errorf("%s: %s says %q", lang, key, said)
				}
			}
		}
	})
	t.Run("a return of points that waited says how many, though the balance stays", func(t *testing.T) {
		a := newAccount(t)
		a.award("p1", 640, points.SourcePurchase, "order/K-1")
		_, err := a.Reverse(context.Background(), points.Reverse{Key: "r1", Account: olena, Award: "p1", Amount: 52, Ref: "order/K-1"})
		must(t, err)
		lines, err := a.Statement(context.Background(), olena, 0, 1)
		must(t, err)
		told := paper.Tell(lines, paper.Names{Of: func(string) string { return "K-1" }})[0]
		if want := "Повернення за замовленням K-1. 52 бали: знято з тих, що чекали"; told.Say(texts, "uk") != want {
			t.Errorf("it says %q, want %q", told.Say(texts, "uk"), want)
		}
	})
	t.Run("one point is told as one", func(t *testing.T) {
		for lang, want := range map[string]string{
			"uk": "Бонус за замовлення K-1: 1 бал чекає своєї дати", "ru": "Бонус за заказ K-1: 1 балл ждёт своей даты",
		} {
			told := paper.Told{Line: points.Line{Points: 1}, Key: "statement.order_pending", Name: "K-1"}
			if got := told.Say(texts, lang); got != want {
				t.Errorf("%q, want %q", got, want)
			}
		}
	})
	t.Run("what ends with a day is told by that day, whatever its instant", func(t *testing.T) {
		a := newAccount(t)
		a.award("g1", 120, points.SourceGame, "play/spring/2026-09/olena")
		a.at("2027-11-24T10:00:00Z")
		var ended []string
		for _, row := range rows(t, written(t, a.document("en", ""))) {
			if strings.Contains(row[2], "at the end of the day") {
				ended = append(ended, row[0]+" "+row[1]+" "+row[2])
			}
		}
		if len(ended) != 1 || ended[0] != "2026-12-01 00:00 Reached their end, 30 November, at the end of the day" {
			t.Errorf("there is %q", ended)
		}
	})
}
