package exchange_test

import (
	"strings"
	"testing"
	"time"

	"firebrand/content"
	"firebrand/content/exchange"
	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/store/sqlite"
)

var november = calendar.Month{Year: 2026, Mon: time.November}

func library(t *testing.T) (svc *content.Service, set func(time.Time)) {
	t.Helper()
	engine, err := sqlite.Open(t.Context(), t.TempDir(), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = engine.Close() })
	now := time.Date(2026, 11, 3, 9, 0, 0, 0, time.UTC)
	svc, err = content.Open(t.Context(), engine, calendar.Zone{}, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	return svc, func(at time.Time) { now = at }
}

func aiken(t *testing.T, text, lang string) exchange.Result {
	t.Helper()
	res, err := exchange.ParseAiken([]byte(text), lang)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

const (
	inRussian   = "Сколько вольт?\nA) 12\nB) 220\nANSWER: B\n\nЧем сверлят?\nA) Дрелью\nB) Пилой\nANSWER: A\n"
	inUkrainian = "Скільки вольт?\nA) 12\nB) 220\nANSWER: B\n\nЧим свердлять?\nA) Дрилем\nB) Пилкою\nANSWER: A\n"
)

func TestImport(t *testing.T) {
	t.Run("a file becomes a quiz of the month, and again changes nothing", func(t *testing.T) {
		svc, _ := library(t)
		ctx := t.Context()
		done, err := exchange.Import(ctx, svc, "olena", "drills", "ru", aiken(t, inRussian, "ru"), november)
		if err != nil || done.Added != 2 || done.Quiz.Revision != 1 || len(done.Problems) != 0 {
			t.Fatalf("%+v %v", done, err)
		}
		if e := done.Edition; e.State != content.Draft || len(e.Quizzes) != 1 || e.Quizzes[0] != "drills" {
			t.Fatalf("edition %+v", e)
		}
		again, err := exchange.Import(ctx, svc, "olena", "drills", "ru", aiken(t, inRussian, "ru"), november)
		if err != nil || again.Added != 0 || again.Doubled != 2 || again.Quiz.Revision != 1 || again.Edition.Version != done.Edition.Version {
			t.Fatalf("%+v %v", again, err)
		}
		if row := again.Rows[1]; row.Taken || row.Problem.Key != "exchange.doubled" {
			t.Fatalf("row %+v", row)
		}
	})
	t.Run("the same file in a second language is its translation", func(t *testing.T) {
		svc, _ := library(t)
		ctx := t.Context()
		first, err := exchange.Import(ctx, svc, "olena", "drills", "ru", aiken(t, inRussian, "ru"), november)
		if err != nil {
			t.Fatal(err)
		}
		done, err := exchange.Import(ctx, svc, "olena", "drills", "uk", aiken(t, inUkrainian, "uk"), november)
		if err != nil || done.Translated != 2 || done.Added != 0 || done.Quiz.Revision != 2 || len(done.Quiz.Questions) != 2 {
			t.Fatalf("%+v %v", done, err)
		}
		q := done.Quiz.Questions[1]
		if q.Text["ru"] != "Чем сверлят?" || q.Text["uk"] != "Чим свердлять?" || q.Options[0].Text["uk"] != "Дрилем" || q.ID != first.Quiz.Questions[1].ID {
			t.Fatalf("question %+v", q)
		}
		if done.Quiz.Language("uk") != "uk" {
			t.Error("it cannot be played in Ukrainian")
		}
		if old, err := svc.QuizAt(ctx, "drills", 1); err != nil || old.Questions[1].Text["uk"] != "" {
			t.Fatalf("the revision before changed: %+v %v", old, err)
		}
	})
	t.Run("another order of answers is no translation, and the gap is said", func(t *testing.T) {
		svc, _ := library(t)
		ctx := t.Context()
		if _, err := exchange.Import(ctx, svc, "olena", "drills", "ru", aiken(t, inRussian, "ru"), november); err != nil {
			t.Fatal(err)
		}
		turned := strings.Replace(inUkrainian, "ANSWER: A", "ANSWER: B", 1)
		done, err := exchange.Import(ctx, svc, "olena", "drills", "uk", aiken(t, turned, "uk"), november)
		if err != nil || done.Translated != 0 || done.Added != 2 || len(done.Quiz.Questions) != 4 {
			t.Fatalf("%+v %v", done, err)
		}
		if len(done.Problems) != 1 || done.Problems[0].Key != "content.quiz_no_language" {
			t.Fatalf("problems %+v", done.Problems)
		}
	})
	t.Run("new questions are added behind, doubled ones are said", func(t *testing.T) {
		svc, _ := library(t)
		ctx := t.Context()
		if _, err := exchange.Import(ctx, svc, "olena", "drills", "ru", aiken(t, drills, "ru"), november); err != nil {
			t.Fatal(err)
		}
		done, err := exchange.Import(ctx, svc, "olena", "drills", "ru", aiken(t, inRussian, "ru"), november)
		if err != nil || done.Added != 1 || done.Doubled != 1 || len(done.Quiz.Questions) != 2 {
			t.Fatalf("%+v %v", done, err)
		}
	})
	t.Run("a quiz holds sixty, and every row says what became of it", func(t *testing.T) {
		svc, _ := library(t)
		var text strings.Builder
		for range 31 {
			text.WriteString("Вопрос " + strings.Repeat("?", text.Len()/40+1) + "\nA) да\nB) нет\nANSWER: A\n")
		}
		res := aiken(t, text.String(), "ru")
		if _, err := exchange.Import(t.Context(), svc, "olena", "a", "ru", res, november); err != nil {
			t.Fatal(err)
		}
		for i := range res.Questions {
			res.Questions[i].Text = content.Text{"ru": "Ещё " + res.Questions[i].Text["ru"]}
		}
		done, err := exchange.Import(t.Context(), svc, "olena", "a", "ru", res, november)
		if err != nil || len(done.Quiz.Questions) != 60 || done.Added != 29 || done.Rows[30].Problem.Key != "exchange.full" {
			t.Fatalf("added %d, %v, %+v", done.Added, err, done.Rows[30])
		}
	})
	t.Run("a month that is over takes nothing, not even the quiz", func(t *testing.T) {
		svc, set := library(t)
		ctx := t.Context()
		done, err := exchange.Import(ctx, svc, "olena", "drills", "ru", aiken(t, inRussian, "ru"), november)
		if err != nil {
			t.Fatal(err)
		}
		e := done.Edition
		for _, to := range []content.State{content.Review, content.Scheduled} {
			if e, _, err = svc.SetState(ctx, "olena", november, to, e.Version); err != nil {
				t.Fatal(err)
			}
		}
		set(time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC))
		_, err = exchange.Import(ctx, svc, "olena", "more", "ru", aiken(t, inRussian, "ru"), november)
		wants(t, err, fault.Conflict, "content.archived")
		_, err = svc.Quiz(ctx, "more")
		wants(t, err, fault.NotFound, "content.missing")
	})
	t.Run("a file without a sound question makes nothing", func(t *testing.T) {
		svc, _ := library(t)
		_, err := exchange.Import(t.Context(), svc, "olena", "drills", "ru", aiken(t, "ANSWER: A\n", "ru"), november)
		wants(t, err, fault.Invalid, "exchange.nothing_taken")
		_, err = exchange.Import(t.Context(), svc, "olena", "Drills!", "ru", aiken(t, inRussian, "ru"), november)
		wants(t, err, fault.Invalid, "content.id_wrong")
		if list, err := svc.Editions(t.Context()); err != nil || len(list) != 0 {
			t.Fatalf("editions %v %v", list, err)
		}
	})
}
