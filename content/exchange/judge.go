package exchange

import (
	"strings"

	"firebrand/content"
	"firebrand/internal/fault"
)

// drafted is a question as a file gives it, before it is judged.
type drafted struct {
	line    int
	text    string
	options []string
	// right are places in options, from 0.
	right   []int
	seconds int
	notes   []content.Problem
}

// judge puts a drafted question into the result: taken, or reported with the first of its problems.
func (r *Result) judge(d drafted, lang string) {
	q := content.Question{
		Kind: content.Single, Text: content.Text{lang: d.text}.Clean(), Seconds: d.seconds, Weight: DefaultWeight,
	}
	if len(d.right) > 1 {
		q.Kind = content.Several
	}
	for _, text := range d.options {
		q.Options = append(q.Options, content.Option{Text: content.Text{lang: text}.Clean()})
	}
	for _, i := range d.right {
		q.Options[i].Right = true
	}
	row := Row{Line: d.line, Title: title(d.text), Notes: d.notes}
	problems := content.QuestionProblems(q, len(r.Rows)+1)
	switch {
	case len(problems) > 0:
		row.Problem = problems[0]
	case len(r.Questions) == content.MaxQuestions:
		row.Problem = content.NewProblem("", "exchange.full", "max", content.MaxQuestions)
	default:
		row.Taken = true
		r.Questions = append(r.Questions, q)
	}
	r.Rows = append(r.Rows, row)
}

// refuse reports a row that is no question.
func (r *Result) refuse(line int, text, key string, pairs ...any) {
	r.Rows = append(r.Rows, Row{Line: line, Title: title(text), Problem: content.NewProblem("", key, pairs...)})
}

// done gives the result, or the fault of a file in which there was nothing at all.
func (r Result) done() (Result, error) {
	if len(r.Rows) == 0 {
		return r, fault.New(fault.Invalid, "exchange.empty")
	}
	return r, nil
}

// title is how a row's text begins, on one line.
func title(text string) string { return cut(strings.Join(strings.Fields(text), " "), 80) }

// cut shortens s to n runes.
func cut(s string, n int) string {
	if runes := []rune(s); len(runes) > n {
		return string(runes[:n-1]) + "…"
	}
	return s
}
