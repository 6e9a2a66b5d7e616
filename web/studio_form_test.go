package web

import (
	"fmt"
	"net/url"
	"reflect"
	"strconv"
	"testing"

	"firebrand/content"
)

// formValues is a quiz as its page's form would send it.
func formValues(q content.Quiz) url.Values {
	v := url.Values{}
	text := func(at string, t content.Text) {
		for _, lang := range content.Langs {
			v.Set(at+"/"+lang, t[lang])
		}
	}
	text("/title", q.Title)
	text("/intro", q.Intro)
	v.Set("/article", q.Article)
	v.Set("/draw", strconv.Itoa(q.Draw))
	v.Set("/speed_share", strconv.Itoa(q.SpeedShare/10))
	v.Set("/participation", strconv.FormatInt(q.Participation, 10))
	for i, question := range q.Questions {
		at := questionAt(i)
		v.Set(at+"/id", question.ID)
		v.Set(at+"/kind", string(question.Kind))
		v.Set(at+"/topic", question.Topic)
		v.Set(at+"/paragraph", strconv.Itoa(question.Paragraph))
		v.Set(at+"/seconds", strconv.Itoa(question.Seconds))
		v.Set(at+"/weight", strconv.FormatInt(question.Weight, 10))
		text(at+"/text", question.Text)
		text(at+"/explanation", question.Explanation)
		for j, o := range question.Options {
			option := fmt.Sprintf("%s/options/%d", at, j)
			v.Set(option+"/id", o.ID)
			text(option+"/text", o.Text)
			if o.Right {
				v.Set(option+"/right", "1")
			}
		}
	}
	return v
}

// sample is a quiz with a language that the form does not show.
func sample() content.Quiz {
	return content.Quiz{
		ID: "wool", Title: content.Text{"en": "Wool", "th": "ขนสัตว์"}, SpeedShare: 255, Participation: 5,
		Questions: []content.Question{
			{ID: "one", Kind: content.Single, Seconds: 30, Weight: 10, Paragraph: 2, Text: content.Text{"en": "What keeps warm?", "th": "?"},
				Options: []content.Option{
					{ID: "a", Text: content.Text{"en": "Wool", "th": "ขนสัตว์"}, Right: true}, {ID: "b", Text: content.Text{"en": "Ice"}},
				}},
			{ID: "two", Kind: content.TrueFalse, Seconds: 20, Weight: 5, Text: content.Text{"uk": "Піна?"}},
		},
	}
}

func TestQuizFrom(t *testing.T) {
	t.Run("what was not touched stays, other languages and a finer share too", func(t *testing.T) {
		q, wrong := quizFrom(formValues(sample()), sample())
		if len(wrong) > 0 || !reflect.DeepEqual(q, sample()) {
			t.Fatalf("read %+v (%v)", q, wrong)
		}
	})
	t.Run("the stored quiz is not written into", func(t *testing.T) {
		base, values := sample(), formValues(sample())
		values.Set("/questions/0/text/en", "Changed")
		values.Set("/questions/0/options/0/text/en", "Changed")
		q, _ := quizFrom(values, base)
		worked(q, "drop:0:0", func() string { return "new" }, [2]content.Text{})
		if !reflect.DeepEqual(base, sample()) {
			t.Fatalf("changed to %+v", base)
		}
	})
	t.Run("what is no number is named at its field", func(t *testing.T) {
		values := formValues(sample())
		values.Set("/questions/1/seconds", "soon")
		if _, wrong := quizFrom(values, sample()); len(wrong) != 1 || wrong[0].Field != "/questions/1/seconds" {
			t.Fatalf("found %v", wrong)
		}
	})
	t.Run("one question more than there may be is still read, so that it can be refused", func(t *testing.T) {
		values := url.Values{}
		for i := range content.MaxQuestions + 9 {
			values.Set(questionAt(i)+"/kind", "single")
		}
		if q, _ := quizFrom(values, content.Quiz{}); len(q.Questions) != content.MaxQuestions+1 {
			t.Fatalf("read %d", len(q.Questions))
		}
	})
}

func TestWorked(t *testing.T) {
	ids := 0
	newID := func() string { ids++; return "new" + strconv.Itoa(ids) }
	truth := [2]content.Text{{"en": "True"}, {"en": "False"}}
	names := func(q content.Quiz) (all []string) {
		for _, question := range q.Questions {
			all = append(all, question.ID)
		}
		return all
	}
	for _, c := range []struct {
		op   string
		want []string
		here int
	}{
		{"up:1", []string{"two", "one"}, 0},
		{"up:0", []string{"one", "two"}, 0},
		{"down:0", []string{"two", "one"}, 1},
		{"down:1", []string{"one", "two"}, 1},
		{"drop:0", []string{"two"}, 0},
		{"drop:9", []string{"one", "two"}, -1},
		{"drop:x", []string{"one", "two"}, -1},
		{"save", []string{"one", "two"}, -1},
	} {
		t.Run(c.op, func(t *testing.T) {
			q, here := worked(sample(), c.op, newID, truth)
			if !reflect.DeepEqual(names(q), c.want) || here != c.here {
				t.Fatalf("%v, at %d", names(q), here)
			}
		})
	}
	t.Run("a kind that no form of ours has is one that a page can show", func(t *testing.T) {
		if q, _ := worked(sample(), "add:bogus", newID, truth); q.Questions[2].Kind != content.Single {
			t.Errorf("it became %q", q.Questions[2].Kind)
		}
		values := url.Values{"/questions/0/kind": {"bogus"}}
		if q, _ := quizFrom(values, content.Quiz{}); q.Questions[0].Kind != content.Single {
			t.Errorf("it was read as %q", q.Questions[0].Kind)
		}
	})
	t.Run("a true-or-false question comes with its two answers, any other with empty ones", func(t *testing.T) {
		q, here := worked(sample(), "add:truefalse", newID, truth)
		if added := q.Questions[here]; len(added.Options) != 2 || added.Options[1].Text["en"] != "False" {
			t.Fatalf("added %+v", added)
		}
		q, here = worked(sample(), "add:single", newID, truth)
		if len(q.Questions[here].Options) != newOptions || len(withoutBlanks(q).Questions[here].Options) != 0 {
			t.Fatalf("added %+v", q.Questions[here])
		}
	})
	t.Run("answers are moved, dropped and added within their question", func(t *testing.T) {
		q, _ := worked(sample(), "down:0:0", newID, truth)
		if q.Questions[0].Options[0].ID != "b" {
			t.Fatalf("moved %+v", q.Questions[0].Options)
		}
		q, _ = worked(q, "drop:0:0", newID, truth)
		q, _ = worked(q, "option:0", newID, truth)
		if len(q.Questions[0].Options) != 2 || q.Questions[0].Options[0].ID != "a" {
			t.Fatalf("left %+v", q.Questions[0].Options)
		}
	})
}

// FuzzQuizFrom holds three things for any form and any button: nothing breaks, no form makes a quiz larger than the form
// can show, and what was read and sent again is read the same.
func FuzzQuizFrom(f *testing.F) {
	f.Add(formValues(sample()).Encode(), "up:1")
	f.Add("/questions/0/kind=single&/questions/0/seconds=9999999999999&/draw=-1&/speed_share=99999999", "drop:0:0")
	f.Add("/questions/0/kind=%ff&/questions/0/options/0/id=&/questions/0/options/0/text/en=%00", "option:0")
	f.Add("/questions/1/kind=single", "add:truefalse")
	f.Fuzz(func(t *testing.T, query, op string) {
		values, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		q, _ := quizFrom(values, sample())
		q, here := worked(q, op, func() string { return "new" }, [2]content.Text{})
		if here >= len(q.Questions) || len(q.Questions) > content.MaxQuestions+2 {
			t.Fatalf("%d questions, at %d", len(q.Questions), here)
		}
		content.QuizProblems(withoutBlanks(q))
		once, _ := quizFrom(formValues(q), q)
		twice, _ := quizFrom(formValues(once), once)
		if !reflect.DeepEqual(once, twice) {
			t.Fatalf("read once %+v\nread twice %+v", once, twice)
		}
	})
}
