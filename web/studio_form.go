package web

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"firebrand/content"
)

// A quiz's form names its fields by the JSON pointers that problems name: "/questions/0/options/1/text/uk". So a
// problem, the field it is about and the way to that field are one word.

// quizFrom is a quiz with what was typed over it, and what could not be read of it. Questions and options stand in the
// order of the form; what base has of them in other languages than the form's stays. Nothing of base is written into.
func quizFrom(values url.Values, base content.Quiz) (content.Quiz, []content.Problem) {
	r := formReader{values: values}
	q := base
	q.Title, q.Intro = typed(values, "/title", base.Title), typed(values, "/intro", base.Intro)
	q.Article = values.Get("/article")
	q.Draw = r.number("/draw")
	q.Participation = int64(r.number("/participation"))
	// The form speaks in percent; a share that was set finer elsewhere stays unless it was changed.
	if percent := r.number("/speed_share"); percent != base.SpeedShare/10 {
		q.SpeedShare = percent * 10
	}
	before := map[string]content.Question{}
	for _, question := range base.Questions {
		before[question.ID] = question
	}
	q.Questions = nil
	for i := 0; i <= content.MaxQuestions && values.Has(questionAt(i)+"/kind"); i++ {
		q.Questions = append(q.Questions, r.question(questionAt(i), before))
	}
	return q, r.problems
}

func questionAt(i int) string { return "/questions/" + strconv.Itoa(i) }

// formReader reads fields and gathers what could not be read.
type formReader struct {
	values   url.Values
	problems []content.Problem
}

// number reads a whole number; nothing is 0. Its bounds are content's.
func (r *formReader) number(at string) int {
	word := strings.TrimSpace(r.values.Get(at))
	if word == "" {
		return 0
	}
	n, err := strconv.ParseInt(word, 10, 32)
	if err != nil {
		r.problems = append(r.problems, content.NewProblem(at, "studio.number_wrong"))
	}
	return int(n)
}

func (r *formReader) question(at string, before map[string]content.Question) content.Question {
	base := before[r.values.Get(at+"/id")]
	q := content.Question{
		ID: r.values.Get(at + "/id"), Kind: kindOf(r.values.Get(at + "/kind")), Topic: strings.TrimSpace(r.values.Get(at + "/topic")),
		Text: typed(r.values, at+"/text", base.Text), Explanation: typed(r.values, at+"/explanation", base.Explanation),
		Paragraph: r.number(at + "/paragraph"), Seconds: r.number(at + "/seconds"), Weight: int64(r.number(at + "/weight")),
	}
	texts := map[string]content.Text{}
	for _, o := range base.Options {
		texts[o.ID] = o.Text
	}
	for j := 0; j <= content.MaxOptions && r.values.Has(fmt.Sprintf("%s/options/%d/id", at, j)); j++ {
		option := fmt.Sprintf("%s/options/%d", at, j)
		id := r.values.Get(option + "/id")
		q.Options = append(q.Options, content.Option{
			ID: id, Text: typed(r.values, option+"/text", texts[id]), Right: r.values.Get(option+"/right") != "",
		})
	}
	return q
}

// worked is a quiz after a button of its form: "add:single", "up:2", "down:2", "drop:2" for questions, "option:2" for one
// answer more, "up:2:1", "down:2:1", "drop:2:1" for answers. here is the question that the button was about, -1 for a
// button that is none of these. newID makes ids that were never used; truth are the two answers of a new true-or-false.
func worked(q content.Quiz, op string, newID func() string, truth [2]content.Text) (changed content.Quiz, here int) {
	verb, place, _ := strings.Cut(op, ":")
	if verb == "add" {
		q.Questions = append(slices.Clone(q.Questions), newQuestion(kindOf(place), newID, truth))
		return q, len(q.Questions) - 1
	}
	first, second, within := strings.Cut(place, ":")
	i, err := strconv.Atoi(first)
	if err != nil || i < 0 || i >= len(q.Questions) {
		return q, -1
	}
	if verb == "option" || within {
		q.Questions = slices.Clone(q.Questions)
		question := &q.Questions[i]
		if verb == "option" {
			question.Options = append(slices.Clone(question.Options), content.Option{ID: newID()})
			return q, i
		}
		if j, err := strconv.Atoi(second); err == nil {
			question.Options = moved(question.Options, verb, j)
		}
		return q, i
	}
	q.Questions = moved(q.Questions, verb, i)
	switch verb {
	case "up":
		i--
	case "down":
		i++
	}
	return q, max(0, min(i, len(q.Questions)-1))
}

// formKinds are the kinds of question that a form can make, in the order of its buttons.
var formKinds = []content.Kind{content.Single, content.Several, content.TrueFalse}

// kindOf is the kind that a form names. A word that no form of ours has is the first: the page must be painted again.
func kindOf(word string) content.Kind {
	if kind := content.Kind(word); slices.Contains(formKinds, kind) {
		return kind
	}
	return formKinds[0]
}

// newQuestion is a question to begin from.
func newQuestion(kind content.Kind, newID func() string, truth [2]content.Text) content.Question {
	q := content.Question{ID: newID(), Kind: kind, Seconds: newSeconds, Weight: newWeight}
	if kind == content.TrueFalse {
		for _, text := range truth {
			q.Options = append(q.Options, content.Option{ID: newID(), Text: text})
		}
		return q
	}
	for range newOptions {
		q.Options = append(q.Options, content.Option{ID: newID()})
	}
	return q
}

// What a new question begins with.
const (
	newSeconds = 30
	newWeight  = 10
	newOptions = 4
)

// withoutBlanks is a quiz without the answers in which nothing was written: a form offers more than a question needs.
func withoutBlanks(q content.Quiz) content.Quiz {
	q.Questions = slices.Clone(q.Questions)
	for i := range q.Questions {
		options := slices.Clone(q.Questions[i].Options)
		q.Questions[i].Options = slices.DeleteFunc(options, func(o content.Option) bool { return len(o.Text) == 0 && !o.Right })
	}
	return q
}
