package exchange

import (
	"context"
	"maps"
	"slices"

	"firebrand/content"
	"firebrand/internal/calendar"
	"firebrand/internal/fault"
)

// importTries bounds how often an import begins again because somebody saved the quiz or the edition meanwhile.
const importTries = 5

// Imported is what an import did.
type Imported struct {
	Quiz    content.Quiz
	Edition content.Edition
	// Rows are the result's, with the questions that the quiz had already no longer taken.
	Rows []Row
	// Added are new questions, Translated those that got a language more, Doubled those that the quiz had already.
	Added, Translated, Doubled int
	// Problems is what keeps the quiz from being played as it is now.
	Problems []content.Problem
}

// Import puts the questions of a result, read in lang, into the quiz, as one new revision, and the quiz into the month's
// edition; both are made where absent, the edition as a draft. It is safe to repeat: a question that the quiz has with
// the same text in lang is not doubled.
//
// Where the quiz has nothing in lang yet, as many questions as the result and the same options right, place by place,
// the result is taken for its translation. Otherwise its questions are added at the end.
//
// It fails with fault.Invalid ("exchange.nothing_taken") where no row was taken, with fault.Conflict
// ("content.archived") where the month is over, and as SaveQuiz and SaveEdition do.
func Import(
	ctx context.Context, svc *content.Service, actor, quizID, lang string, result Result, month calendar.Month,
) (Imported, error) {
	if len(result.Questions) == 0 {
		return Imported{Rows: result.Rows}, fault.New(fault.Invalid, "exchange.nothing_taken")
	}
	if !content.ValidID(quizID) {
		return Imported{}, fault.New(fault.Invalid, "content.id_wrong").On("/id")
	}
	edition, err := svc.EnsureEdition(ctx, actor, month)
	if err != nil {
		return Imported{}, err
	}
	if edition.Phase(svc.Now(), svc.Zone) == content.PhaseArchived {
		return Imported{}, fault.New(fault.Conflict, "content.archived")
	}
	var done Imported
	err = again(func() (err error) {
		done, err = fill(ctx, svc, actor, quizID, lang, result)
		return err
	})
	if err != nil {
		return done, err
	}
	err = again(func() (err error) {
		done.Edition, err = name(ctx, svc, actor, quizID, month)
		return err
	})
	return done, err
}

// again repeats what somebody else's save came before.
func again(do func() error) error {
	for try := 1; ; try++ {
		err := do()
		if try == importTries || !fault.Is(err, fault.Conflict) || fault.As(err).Key != "content.changed" {
			return err
		}
	}
}

// fill saves the quiz with the result's questions in it, unless it has them all.
func fill(ctx context.Context, svc *content.Service, actor, quizID, lang string, result Result) (Imported, error) {
	quiz, err := svc.Quiz(ctx, quizID)
	if fault.Is(err, fault.NotFound) {
		quiz, err = content.Quiz{ID: quizID, Title: content.Text{lang: quizID}, SpeedShare: content.DefaultSpeedShare}, nil
	}
	if err != nil {
		return Imported{}, err
	}
	done := merge(quiz, lang, result)
	if done.Added+done.Translated > 0 {
		if done.Quiz, err = svc.SaveQuiz(ctx, actor, done.Quiz); err != nil {
			return done, err
		}
	}
	done.Problems = content.QuizProblems(done.Quiz)
	return done, nil
}

// name makes the month's edition name the quiz.
func name(ctx context.Context, svc *content.Service, actor, quizID string, month calendar.Month) (content.Edition, error) {
	edition, err := svc.Edition(ctx, month)
	if err != nil || slices.Contains(edition.Quizzes, quizID) {
		return edition, err
	}
	edition.Quizzes = append(edition.Quizzes, quizID)
	return svc.SaveEdition(ctx, actor, edition, edition.Version)
}

// merge puts the result's questions into the quiz; the quiz that it was given stays as it is.
func merge(quiz content.Quiz, lang string, result Result) Imported {
	done := Imported{Quiz: quiz, Rows: slices.Clone(result.Rows)}
	done.Quiz.Questions = slices.Clone(quiz.Questions)
	if translates(quiz, lang, result.Questions) {
		for i, q := range result.Questions {
			done.Quiz.Questions[i] = translated(quiz.Questions[i], q, lang)
		}
		done.Translated = len(result.Questions)
		return done
	}
	has := map[string]bool{}
	for _, q := range quiz.Questions {
		has[q.Text[lang]] = true
	}
	next := 0
	for i := range done.Rows {
		if !done.Rows[i].Taken {
			continue
		}
		q := result.Questions[next]
		next++
		switch text := q.Text[lang]; {
		case has[text]:
			done.Doubled++
			done.leave(i, "exchange.doubled")
		case len(done.Quiz.Questions) == content.MaxQuestions:
			done.leave(i, "exchange.full", "max", content.MaxQuestions)
		default:
			has[text] = true
			done.Added++
			done.Quiz.Questions = append(done.Quiz.Questions, q)
		}
	}
	return done
}

// leave reports a row that was read but not taken into the quiz.
func (d *Imported) leave(row int, key string, pairs ...any) {
	d.Rows[row].Taken, d.Rows[row].Problem = false, content.NewProblem("", key, pairs...)
}

// translates reports whether questions are those of the quiz in a language that it has nothing in. The options' number
// and which of them are right must agree at every place: a translation in another order would teach what is wrong.
func translates(quiz content.Quiz, lang string, questions []content.Question) bool {
	if len(quiz.Questions) != len(questions) {
		return false
	}
	for i, q := range quiz.Questions {
		if q.Text[lang] != "" || len(q.Options) != len(questions[i].Options) {
			return false
		}
		for j, o := range q.Options {
			if o.Text[lang] != "" || o.Right != questions[i].Options[j].Right {
				return false
			}
		}
	}
	return true
}

// translated is a question with its texts in one language more.
func translated(q, from content.Question, lang string) content.Question {
	q.Text = with(q.Text, lang, from.Text[lang])
	q.Options = slices.Clone(q.Options)
	for i := range q.Options {
		q.Options[i].Text = with(q.Options[i].Text, lang, from.Options[i].Text[lang])
	}
	return q
}

// with is the text with one language more; the one given stays as it is.
func with(t content.Text, lang, text string) content.Text {
	more := content.Text{lang: text}
	maps.Copy(more, t)
	return more
}
