package content

import (
	"maps"
	"slices"
	"time"

	"firebrand/internal/calendar"
)

// Phase is what the edition is at now: once it is scheduled, it is live from the first instant of its month in the
// zone to the last, and archived from then on.
func (e Edition) Phase(now time.Time, zone calendar.Zone) Phase {
	switch {
	case e.State == Review:
		return PhaseReview
	case e.State != Scheduled:
		return PhaseDraft
	case now.Before(zone.StartOfMonth(e.Month)):
		return PhaseScheduled
	case now.Before(zone.EndOfMonth(e.Month)):
		return PhaseLive
	}
	return PhaseArchived
}

// step reports whether an edition's makers may bring it from one state to another: one step, on or back.
func step(from, to State) bool {
	order := []State{Draft, Review, Scheduled}
	a, b := slices.Index(order, from), slices.Index(order, to)
	return a >= 0 && b >= 0 && (a-b == 1 || b-a == 1)
}

// Language is the one language in which a player who wants lang plays the quiz: the first of the fallback order in
// which every question and option is written. It is empty where no language has them all: the quiz cannot be played.
func (q Quiz) Language(lang string) string {
	needed := q.needed()
	if len(needed) == 0 {
		return ""
	}
	for _, l := range fallback(lang, slices.Sorted(maps.Keys(needed[0]))) {
		if !slices.ContainsFunc(needed, func(t Text) bool { return t[l] == "" }) {
			return l
		}
	}
	return ""
}

// needed are the texts without which the quiz cannot be played.
func (q Quiz) needed() []Text {
	var texts []Text
	for _, question := range q.Questions {
		texts = append(texts, question.Text)
		for _, o := range question.Options {
			texts = append(texts, o.Text)
		}
	}
	return texts
}

// Completeness is how much of the quiz is written in each language.
func (q Quiz) Completeness() map[string]Share {
	texts := append(q.needed(), q.Title, q.Intro)
	for _, question := range q.Questions {
		texts = append(texts, question.Explanation)
	}
	return completeness(texts)
}

// Completeness is how much of the article is written in each language.
func (a Article) Completeness() map[string]Share {
	return completeness([]Text{a.Title, a.Summary, a.Body, a.Alt})
}

// clean returns the article as it is stored: texts trimmed.
func (a Article) clean() Article {
	a.Title, a.Summary, a.Body, a.Alt = a.Title.Clean(), a.Summary.Clean(), a.Body.Clean(), a.Alt.Clean()
	return a
}

// clean returns the quiz as it is stored: texts trimmed, every question and option with an id. newID makes ids that
// were never used; the caller's slices stay as they are.
func (q Quiz) clean(newID func() string) Quiz {
	q.Title, q.Intro = q.Title.Clean(), q.Intro.Clean()
	q.Questions = slices.Clone(q.Questions)
	for i := range q.Questions {
		question := &q.Questions[i]
		question.Text, question.Explanation = question.Text.Clean(), question.Explanation.Clean()
		if question.ID == "" {
			question.ID = newID()
		}
		question.Options = slices.Clone(question.Options)
		for j := range question.Options {
			option := &question.Options[j]
			option.Text = option.Text.Clean()
			if option.ID == "" {
				option.ID = newID()
			}
		}
	}
	return q
}

// clean returns the edition as it is stored: texts trimmed, nothing named twice.
func (e Edition) clean() Edition {
	e.Title, e.Summary = e.Title.Clean(), e.Summary.Clean()
	e.Articles, e.Quizzes, e.Rewards = once(e.Articles), once(e.Quizzes), once(e.Rewards)
	return e
}

// once keeps the first of equal ids, in their order.
func once(ids []string) []string {
	var kept []string
	for _, id := range ids {
		if id != "" && !slices.Contains(kept, id) {
			kept = append(kept, id)
		}
	}
	return kept
}
