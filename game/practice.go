package game

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"firebrand/content"
	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/journal"
	"firebrand/internal/points"
)

// Kinds of the records of practice, which live in streams of their own (see Scored).
const (
	KindPractised        Kind = "practised"
	KindPracticeFinished Kind = "practice_finished"
)

// PracticeView is a day's round of practice at a quiz: the questions of the player's own attempt, what went wrong
// first. It is without a clock, without points and may be repeated daily.
type PracticeView struct {
	Quiz      string             `json:"quiz"`
	Title     string             `json:"title"`
	Lang      string             `json:"lang"`
	Questions []PracticeQuestion `json:"questions"`
	// Done is how many of today's questions were answered; Finished says that the round was closed.
	Done     int  `json:"done"`
	Finished bool `json:"finished"`
	// EndsAt is the end of the local day, with which the round ends.
	EndsAt time.Time `json:"ends_at"`
}

// PracticeQuestion is a question to practise, without its key.
type PracticeQuestion struct {
	ID      string   `json:"id"`
	Kind    string   `json:"kind"`
	Text    string   `json:"text"`
	Options []Option `json:"options"`
	// Again says that it was not wholly right in the scored attempt; Done that it was answered today.
	Again bool `json:"again"`
	Done  bool `json:"done"`
}

// practice is a day's round as its last record left it.
type practice struct {
	Quiz     string   `json:"quiz"`
	Member   string   `json:"member"`
	Day      string   `json:"day"`
	Done     []string `json:"done"`
	Finished bool     `json:"finished,omitempty"`
}

type practiceRecord struct {
	After practice `json:"after"`
}

// Practice shows today's round. It fails with fault.Conflict ("game.practice_early") while the scored attempt is under
// way and fault.NotFound ("game.not_started") where there was none this month or last.
func (s *Service) Practice(ctx context.Context, p Player, quizID string) (PracticeView, error) {
	a, quiz, err := s.practised(ctx, p, quizID)
	if err != nil {
		return PracticeView{}, err
	}
	day := s.Zone.Date(s.now())
	round, err := s.roundOf(ctx, p, quizID, day)
	if err != nil {
		return PracticeView{}, err
	}
	return practiceView(a, quiz, round, s.Zone.EndOf(day))
}

// PracticeAnswer checks an answer, given by the ids of the options that were shown. A question may be answered as often
// as one likes; the first time today counts for the round.
func (s *Service) PracticeAnswer(ctx context.Context, p Player, quizID, questionID string, choice []string) (Result, error) {
	a, quiz, err := s.practised(ctx, p, quizID)
	if err != nil {
		return Result{}, err
	}
	order := practiceOrder(a)
	i := slices.IndexFunc(order, func(d Drawn) bool { return d.Question == questionID })
	if i < 0 {
		return Result{}, fault.New(fault.NotFound, "game.question_missing")
	}
	q, err := questionOf(quiz, questionID)
	if err != nil {
		return Result{}, err
	}
	ids, err := checkChoice(q, order[i].Options, choice)
	if err != nil {
		return Result{}, err
	}
	// Its key lets each question into the round once.
	req := journal.Request{Key: practisedKey(questionID), Actor: p.ID, What: questionID}
	if _, err := s.practise(ctx, p, quizID, req, func(round *practice) (Kind, error) {
		round.Done = append(round.Done, questionID)
		return KindPractised, nil
	}); err != nil {
		return Result{}, err
	}
	r := result(quiz, q, order[i].Options, Given{Choice: ids, Credit: CreditOf(q, ids)}, i+1, a.Lang)
	r.Most = 0
	return r, nil
}

// PracticeFinish closes today's round once every question of it was answered, and keeps the player's points alive as
// any finished game does. It fails with fault.Conflict ("game.practice_unfinished") before.
func (s *Service) PracticeFinish(ctx context.Context, p Player, quizID, key string) (PracticeView, error) {
	if err := checkKey(key); err != nil {
		return PracticeView{}, err
	}
	a, quiz, err := s.practised(ctx, p, quizID)
	if err != nil {
		return PracticeView{}, err
	}
	req := journal.Request{Key: clientKey(key), Actor: p.ID, What: asked{Do: "practice"}}
	day := s.Zone.Date(s.now())
	round, err := s.practise(ctx, p, quizID, req, func(round *practice) (Kind, error) {
		if left := len(a.Drawn) - len(round.Done); left > 0 {
			return "", fault.New(fault.Conflict, "game.practice_unfinished", "n", left)
		}
		if round.Finished {
			return "", errNothing
		}
		round.Finished = true
		return KindPracticeFinished, nil
	})
	if err != nil {
		return PracticeView{}, err
	}
	if err := s.settlePractice(ctx, round); err != nil {
		return PracticeView{}, err
	}
	return practiceView(a, quiz, round, s.Zone.EndOf(day))
}

// practise appends one record to today's round, or none where step has nothing to write, and returns the round.
func (s *Service) practise(ctx context.Context, p Player, quizID string, req journal.Request, step func(*practice) (Kind, error)) (practice, error) {
	day := s.Zone.Date(s.now())
	_, err := s.Journal.Decide(ctx, practiceStream(quizID, day, p.ID), req, func(last journal.Record, _ time.Time) (string, any, error) {
		round := practice{Quiz: quizID, Member: p.ID, Day: day.String()}
		if last.Seq > 0 {
			var err error
			if round, err = practiceOf(last); err != nil {
				return "", nil, err
			}
		}
		kind, err := step(&round)
		return string(kind), practiceRecord{round}, err
	})
	if err != nil && !errors.Is(err, errNothing) {
		return practice{}, err
	}
	return s.roundOf(ctx, p, quizID, day)
}

// practised is the ended attempt whose questions are practised, with its quiz.
func (s *Service) practised(ctx context.Context, p Player, quizID string) (Attempt, content.Quiz, error) {
	a, err := s.onAttempt(p, quizID, func(stream string) (Attempt, error) { return s.catchUp(ctx, stream) })
	if err != nil {
		return a, content.Quiz{}, err
	}
	if a.Alive() {
		return a, content.Quiz{}, fault.New(fault.Conflict, "game.practice_early")
	}
	quiz, err := s.quizOf(ctx, a)
	return a, quiz, err
}

func (s *Service) roundOf(ctx context.Context, p Player, quizID string, day calendar.Date) (practice, error) {
	last, err := s.Journal.Last(ctx, practiceStream(quizID, day, p.ID))
	if err != nil || last.Seq == 0 {
		return practice{}, err
	}
	return practiceOf(last)
}

func practiceOf(rec journal.Record) (practice, error) {
	var r practiceRecord
	err := json.Unmarshal(rec.Body, &r)
	return r.After, err
}

// practiceOrder are the questions of an ended attempt: what was not wholly right or never asked, then the rest.
func practiceOrder(a Attempt) []Drawn {
	var again, known []Drawn
	for i, d := range a.Drawn {
		if needsPractice(a, i) {
			again = append(again, d)
		} else {
			known = append(known, d)
		}
	}
	return append(again, known...)
}

func needsPractice(a Attempt, i int) bool {
	return i >= len(a.Given) || a.Given[i].Missed || !a.Given[i].Credit.Full()
}

func practiceView(a Attempt, quiz content.Quiz, round practice, ends time.Time) (PracticeView, error) {
	v := PracticeView{
		Quiz: a.Quiz, Title: in(quiz.Title, a.Lang), Lang: a.Lang, Done: len(round.Done), Finished: round.Finished, EndsAt: ends,
		Questions: []PracticeQuestion{},
	}
	for _, d := range practiceOrder(a) {
		q, err := questionOf(quiz, d.Question)
		if err != nil {
			return v, err
		}
		i := slices.IndexFunc(a.Drawn, func(o Drawn) bool { return o.Question == d.Question })
		v.Questions = append(v.Questions, PracticeQuestion{
			ID: q.ID, Kind: string(q.Kind), Text: in(q.Text, a.Lang), Options: optionsOf(q, d.Options, a.Lang),
			Again: needsPractice(a, i), Done: slices.Contains(round.Done, q.ID),
		})
	}
	return v, nil
}

// settlePractice tells the account that its owner played.
func (s *Service) settlePractice(ctx context.Context, round practice) error {
	day, err := calendar.ParseDate(round.Day)
	if err != nil {
		return err
	}
	_, err = s.Points.Award(ctx, points.Award{
		Key: "practice/" + round.Quiz + "/" + round.Day, Account: round.Member, Source: points.SourceGame, Played: true,
		Ref: practiceStream(round.Quiz, day, round.Member),
	})
	return err
}

// followPractice settles a round whose process died before it could.
func (s *Service) followPractice(ctx context.Context, rec journal.Record) error {
	if Kind(rec.Kind) != KindPracticeFinished {
		return nil
	}
	round, err := practiceOf(rec)
	if err != nil {
		return err
	}
	return s.settlePractice(ctx, round)
}
