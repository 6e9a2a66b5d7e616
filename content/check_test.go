package content_test

import (
	"slices"
	"strings"
	"testing"

	"firebrand/content"
	"firebrand/internal/fault"
)

// stored is a quiz as a save would leave it, with ids.
func stored() content.Quiz {
	q := quiz()
	q.ID = "drills"
	q.Questions[0].ID = "q"
	for i := range q.Questions[0].Options {
		q.Questions[0].Options[i].ID = string(rune('a' + i))
	}
	return q
}

func TestWhatKeepsAQuizFromBeingPlayed(t *testing.T) {
	long := func(n int) content.Text { return content.Text{"ru": strings.Repeat("я", n)} }
	for _, c := range []struct {
		why   string
		spoil func(q *content.Quiz, first *content.Question)
		want  string // "field key", empty for no problem
	}{
		{"nothing", func(*content.Quiz, *content.Question) {}, ""},
		{"a single question with two right answers", func(_ *content.Quiz, f *content.Question) { f.Options[1].Right = true }, "/questions/0/options content.right_one"},
		{"several right answers are right in their kind", func(_ *content.Quiz, f *content.Question) { f.Kind = content.Several; f.Options[1].Right = true }, ""},
		{"several with none right", func(_ *content.Quiz, f *content.Question) { f.Kind = content.Several; f.Options[0].Right = false }, "/questions/0/options content.right_missing"},
		{"one option", func(_ *content.Quiz, f *content.Question) { f.Options = f.Options[:1] }, "/questions/0/options content.options_few"},
		{"true or false or perhaps", func(_ *content.Quiz, f *content.Question) {
			f.Kind = content.TrueFalse
			f.Options = append(f.Options, content.Option{ID: "c", Text: content.Text{"ru": "?", "uk": "?"}})
		}, "/questions/0/options content.options_two"},
		{"an unknown kind", func(_ *content.Quiz, f *content.Question) { f.Kind = "essay" }, "/questions/0/kind content.kind_unknown"},
		{"4 seconds", func(_ *content.Quiz, f *content.Question) { f.Seconds = 4 }, "/questions/0/seconds content.out_of_range"},
		{"240 seconds", func(_ *content.Quiz, f *content.Question) { f.Seconds = 240 }, ""},
		{"241 seconds", func(_ *content.Quiz, f *content.Question) { f.Seconds = 241 }, "/questions/0/seconds content.out_of_range"},
		{"a weight of nothing", func(_ *content.Quiz, f *content.Question) { f.Weight = 0 }, "/questions/0/weight content.out_of_range"},
		{"a weight of 1001", func(_ *content.Quiz, f *content.Question) { f.Weight = 1001 }, "/questions/0/weight content.out_of_range"},
		{"a question of 300 letters", func(_ *content.Quiz, f *content.Question) { f.Text = long(300) }, ""},
		{"a question of 301 letters", func(_ *content.Quiz, f *content.Question) { f.Text = long(301) }, "/questions/0/text/ru content.text_long"},
		{"an option of 201 letters", func(_ *content.Quiz, f *content.Question) { f.Options[1].Text = long(201) }, "/questions/0/options/1/text/ru content.text_long"},
		{"an explanation of 1001 letters", func(_ *content.Quiz, f *content.Question) { f.Explanation = long(1001) }, "/questions/0/explanation/ru content.text_long"},
		{"half the points for speed", func(q *content.Quiz, _ *content.Question) { q.SpeedShare = 500 }, ""},
		{"more than half", func(q *content.Quiz, _ *content.Question) { q.SpeedShare = 501 }, "/speed_share content.out_of_range"},
		{"no questions", func(q *content.Quiz, _ *content.Question) { q.Questions = nil }, "/questions content.questions_missing"},
		{"61 questions", func(q *content.Quiz, f *content.Question) { q.Questions = slices.Repeat(q.Questions, 61) }, "/questions content.questions_many"},
		{"the same question twice", func(q *content.Quiz, f *content.Question) { q.Questions = slices.Repeat(q.Questions, 2) }, "/questions/1/id content.id_twice"},
		{"more drawn than there are", func(q *content.Quiz, _ *content.Question) { q.Draw = 2 }, "/draw content.draw_large"},
		{"a language that is none", func(q *content.Quiz, _ *content.Question) { q.Title = content.Text{"<b>": "x"} }, "/title content.language_unknown"},
		{"bytes that are no text", func(q *content.Quiz, _ *content.Question) { q.Title = content.Text{"ru": "\xff"} }, "/title/ru content.text_unreadable"},
		{"no language that has it all", func(_ *content.Quiz, f *content.Question) {
			f.Text = content.Text{"th": "กี่"}
		}, "/questions content.quiz_no_language"},
	} {
		t.Run(c.why, func(t *testing.T) {
			q := stored()
			c.spoil(&q, &q.Questions[0])
			got := ""
			if problems := content.QuizProblems(q); len(problems) > 0 {
				got = problems[0].Field + " " + problems[0].Key
			}
			if got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
	t.Run("a quiz that is only begun can be kept, one out of bounds cannot", func(t *testing.T) {
		d := open(t, "UTC")
		must[content.Quiz](t)(d.SaveQuiz(t.Context(), "olena", content.Quiz{ID: "begun"}))
		_, err := d.SaveQuiz(t.Context(), "olena", content.Quiz{ID: "begun", Revision: 1, SpeedShare: 900})
		wants(t, err, fault.Invalid, "content.out_of_range")
		if f := fault.As(err); f.Field != "/speed_share" || f.Args["max"] != int64(500) {
			t.Fatalf("fault %+v", f)
		}
		_, err = d.SaveQuiz(t.Context(), "olena", content.Quiz{ID: "../etc"})
		wants(t, err, fault.Invalid, "content.id_wrong")
	})
	t.Run("the id of an option does not tell its place", func(t *testing.T) {
		d := open(t, "UTC")
		q := must[content.Quiz](t)(d.SaveQuiz(t.Context(), "olena", quiz()))
		options := q.Questions[0].Options
		if len(options[0].ID) != 12 || options[0].ID == options[1].ID || q.Questions[0].ID == "" {
			t.Fatalf("ids %+v", q.Questions[0])
		}
	})
}

func TestLanguages(t *testing.T) {
	t.Run("a reader gets their language, else its base, else English, else what is there", func(t *testing.T) {
		for _, c := range []struct {
			text       content.Text
			lang, used string
		}{
			{content.Text{"ru": "а", "uk": "б", "en": "c"}, "uk", "uk"},
			{content.Text{"ru": "а", "uk": "б", "en": "c"}, "uk-UA", "uk"},
			{content.Text{"ru": "а", "en": "c"}, "uk", "en"},
			{content.Text{"th": "ก", "ru": "а"}, "uk", "ru"},
			{content.Text{"th": "ก", "de": "d"}, "uk", "de"},
			{content.Text{"ru": ""}, "ru", ""},
			{nil, "ru", ""},
		} {
			text, used := c.text.In(c.lang)
			if used != c.used || text != c.text[c.used] {
				t.Errorf("%v for %s: %q in %q, want %q", c.text, c.lang, text, used, c.used)
			}
		}
	})
	t.Run("a quiz is played in one language that has all of it", func(t *testing.T) {
		q := stored()
		q.Questions[0].Options[1].Text = content.Text{"uk": "Три"}
		if got := q.Language("ru"); got != "uk" {
			t.Errorf("a half translated quiz is played in %q", got)
		}
	})
	t.Run("texts are trimmed and empty ones are none", func(t *testing.T) {
		got := content.Text{"ru": " а\r\nб ", "uk": "  "}.Clean()
		if len(got) != 1 || got["ru"] != "а\nб" {
			t.Errorf("%q", got)
		}
	})
}
