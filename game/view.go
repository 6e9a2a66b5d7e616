package game

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"firebrand/content"
)

// language is the one that a quiz is played in for who wants lang, and whether that is a fallback.
func language(quiz content.Quiz, lang string) (used string, fallback bool) {
	used = quiz.Language(lang)
	base, _, _ := strings.Cut(lang, "-")
	usedBase, _, _ := strings.Cut(used, "-")
	return used, base != usedBase
}

// questionOf finds a question of a quiz; one that was drawn is always there, since a revision never changes.
func questionOf(quiz content.Quiz, id string) (content.Question, error) {
	for i := range quiz.Questions {
		if quiz.Questions[i].ID == id {
			return quiz.Questions[i], nil
		}
	}
	return content.Question{}, fmt.Errorf("game: quiz %s has no question %s in revision %d", quiz.ID, id, quiz.Revision)
}

// in is the text in the language of an attempt. Nearly always it is there, and a view asks for dozens of them; only
// where it is not (an explanation) is the order of fallbacks worked out.
func in(t content.Text, lang string) string {
	if s := t[lang]; s != "" {
		return s
	}
	s, _ := t.In(lang)
	return s
}

// view shows an attempt at this moment. Nothing of it that helps to answer an open question gets into the view.
func (s *Service) view(ctx context.Context, a Attempt) (View, error) {
	quiz, err := s.quizOf(ctx, a)
	if err != nil {
		return View{}, err
	}
	now := s.now()
	v := View{
		Quiz: a.Quiz, Month: a.Month, Title: in(quiz.Title, a.Lang), Article: quiz.Article, State: a.State, Lang: a.Lang, Fallback: a.Fallback,
		Questions: len(a.Drawn), Asked: len(a.Given), Results: make([]Result, 0, len(a.Given)), Points: a.Points, Lost: a.Lost,
		Participation: a.Participation, BurnsAt: a.BurnsAt, Now: now, Commitment: Commitment(a.Secret),
		Redrawn: a.Redrawn, RedrawnAfter: a.RedrawnAfter,
	}
	if v.Most, err = mostOf(quiz, a); err != nil {
		return v, err
	}
	for i := range a.Given {
		r, err := resultOf(quiz, a, i)
		if err != nil {
			return v, err
		}
		v.Results = append(v.Results, r)
	}
	if !a.Alive() {
		v.Secret, v.Drawn = hex.EncodeToString(a.Secret), a.Drawn
		return v, s.paid(ctx, a, &v)
	}
	v.AtStake = a.Points
	v.CanPause = a.State == StateOpen && !a.Asking() && !a.Redrawn
	if a.Asking() {
		v.Asked++
		v.Open, err = openOf(quiz, a, now)
	}
	return v, err
}

// mostOf is the most that an attempt can win with the questions that it has drawn.
func mostOf(quiz content.Quiz, a Attempt) (int64, error) {
	sum := a.Participation
	for _, d := range a.Drawn {
		q, err := questionOf(quiz, d.Question)
		if err != nil {
			return 0, err
		}
		sum += q.Weight
	}
	return sum, nil
}

// openOf is the open question without its key.
func openOf(quiz content.Quiz, a Attempt, now time.Time) (*Question, error) {
	n := len(a.Given)
	q, err := questionOf(quiz, a.Drawn[n].Question)
	if err != nil {
		return nil, err
	}
	return &Question{
		N: n + 1, ID: q.ID, Kind: string(q.Kind), Text: in(q.Text, a.Lang), Options: optionsOf(q, a.Drawn[n].Options, a.Lang),
		Points: q.Weight, Handed: a.Handed, LimitMS: a.Deadline.Sub(a.Handed).Milliseconds(), Deadline: a.Deadline,
		LeftMS: max(0, a.Deadline.Sub(now).Milliseconds()),
	}, nil
}

// optionsOf are a question's options in the order of a draw.
func optionsOf(q content.Question, drawn []string, lang string) []Option {
	shown := make([]Option, 0, len(drawn))
	for i, id := range drawn {
		for _, o := range q.Options {
			if o.ID == id {
				shown = append(shown, Option{ID: placeID(i), Text: in(o.Text, lang)})
			}
		}
	}
	return shown
}

// resultOf is what became of the question at index i, with its key.
func resultOf(quiz content.Quiz, a Attempt, i int) (Result, error) {
	q, err := questionOf(quiz, a.Drawn[i].Question)
	if err != nil {
		return Result{}, err
	}
	return result(quiz, q, a.Drawn[i].Options, a.Given[i], i+1, a.Lang), nil
}

func result(quiz content.Quiz, q content.Question, drawn []string, g Given, n int, lang string) Result {
	r := Result{
		N: n, ID: q.ID, Kind: string(q.Kind), Text: in(q.Text, lang), Options: optionsOf(q, drawn, lang),
		Right: !g.Missed && g.Credit.Full(), Partial: g.Credit.Got > 0 && !g.Credit.Full(), Missed: g.Missed,
		Points: g.Points, Most: q.Weight, TookMS: g.TookMS, Sure: g.Sure, Chosen: []string{}, RightOptions: []string{},
		Explanation: in(q.Explanation, lang), Article: quiz.Article, Paragraph: q.Paragraph,
	}
	for place, id := range drawn {
		if slices.Contains(g.Choice, id) {
			r.Chosen = append(r.Chosen, placeID(place))
		}
		if slices.ContainsFunc(q.Options, func(o content.Option) bool { return o.ID == id && o.Right }) {
			r.RightOptions = append(r.RightOptions, placeID(place))
		}
	}
	return r
}

// answered is the view of an attempt after question n was to be answered with a choice of shown ids, sorted.
func (s *Service) answered(ctx context.Context, a Attempt, n int, choice []string) (View, error) {
	v, err := s.view(ctx, a)
	if err != nil {
		return v, err
	}
	if n < 1 || n > len(a.Given) {
		// The attempt ended with this question open.
		v.TooLate = true
		return v, nil
	}
	v.Result = &v.Results[n-1]
	v.TooLate = v.Result.Missed
	counted := slices.Sorted(slices.Values(v.Result.Chosen))
	v.Repeated = !v.Result.Missed && !slices.Equal(counted, slices.Compact(choice))
	return v, nil
}
