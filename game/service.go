package game

import (
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"firebrand/content"
	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/journal"
)

// asked is what a request wants, for the hash that tells it from another one under the same key.
type asked struct {
	Do     string   `json:"do"`
	N      int      `json:"n,omitempty"`
	Choice []string `json:"choice,omitempty"`
	Sure   bool     `json:"sure,omitempty"`
	Lang   string   `json:"lang,omitempty"`
}

// Start begins the player's scored attempt of this month in a language (empty: the player's own), without handing out
// a question yet. Where there is one already, whatever its state, it is what comes back. It fails with
// fault.NotFound ("game.not_live") for a quiz that the live edition does not hold.
func (s *Service) Start(ctx context.Context, p Player, quizID, lang, key string) (View, error) {
	if err := checkKey(key); err != nil {
		return View{}, err
	}
	if earlier, err := s.earlier(ctx, p, quizID); err != nil || earlier != nil {
		return s.viewAt(ctx, earlier, err)
	}
	month := s.Zone.Month(s.now())
	quiz, err := s.liveQuiz(ctx, quizID)
	if err != nil {
		return View{}, err
	}
	first, err := s.begin(p, quiz, month, lang)
	if err != nil {
		return View{}, err
	}
	req := journal.Request{Key: clientKey(key), Actor: p.ID, What: asked{Do: "start", Lang: lang}}
	_, err = s.Journal.Decide(ctx, streamOf(first), req, func(last journal.Record, at time.Time) (string, any, error) {
		switch {
		case last.Seq > 0:
			return "", nil, errNothing
		case s.Zone.Month(at) != month:
			return "", nil, fault.New(fault.NotFound, "game.not_live")
		}
		first.At, first.BurnsAt = at, at.Add(s.Policy.Between)
		return string(KindStarted), record{first}, nil
	})
	if err != nil && !errors.Is(err, errNothing) {
		return View{}, err
	}
	return s.viewAt(ctx, &first, nil)
}

// viewAt shows the attempt of a's stream with everything written that is due.
func (s *Service) viewAt(ctx context.Context, a *Attempt, err error) (View, error) {
	if err != nil {
		return View{}, err
	}
	now, err := s.catchUp(ctx, streamOf(*a))
	if err != nil {
		return View{}, err
	}
	return s.view(ctx, now)
}

// begin makes the attempt that a start would write, with its draw.
func (s *Service) begin(p Player, quiz content.Quiz, month calendar.Month, lang string) (Attempt, error) {
	secret := make([]byte, SecretSize)
	if _, err := io.ReadFull(s.Random, secret); err != nil {
		return Attempt{}, err
	}
	if lang == "" {
		lang = p.Lang
	}
	used, fallback := language(quiz, lang)
	return Attempt{
		Quiz: quiz.ID, Revision: quiz.Revision, Month: month, Member: p.ID, State: StateOpen,
		Lang: used, Fallback: fallback, Pace: Pace(p.Pace), Participation: quiz.Participation,
		Secret: secret, Drawn: Draw(secret, quiz, nil),
	}, nil
}

// View returns the attempt as it stands by the clock, and writes down what fell due: a question missed, a burn. An
// attempt of last month is shown while it is alive and as long as this month has no use for its quiz. It fails with
// fault.NotFound ("game.not_started") where there is no attempt to show.
func (s *Service) View(ctx context.Context, p Player, quizID string) (View, error) {
	a, err := s.onAttempt(p, quizID, func(stream string) (Attempt, error) { return s.catchUp(ctx, stream) })
	if err != nil {
		return View{}, err
	}
	if !a.Alive() && a.Month != s.Zone.Month(s.now()) {
		if _, err := s.liveQuiz(ctx, quizID); err == nil {
			return View{}, errNotStarted
		}
	}
	return s.view(ctx, a)
}

// Next hands out the next question, and its countdown starts; while one is open it returns that one with its deadline
// as it was, so that a refresh or a second tab sees the same. Where nothing is left to ask the view says how it ended.
func (s *Service) Next(ctx context.Context, p Player, quizID, key string) (View, error) {
	return s.do(ctx, p, quizID, key, asked{Do: "next"}, func(a Attempt, quiz content.Quiz, at time.Time) (Kind, Attempt, error) {
		if a.Asking() {
			return "", a, errNothing
		}
		q, err := questionOf(quiz, a.Drawn[len(a.Given)].Question)
		if err != nil {
			return "", a, err
		}
		return KindAsked, a.hand(at, Limit(q, a.Pace), s.Policy), nil
	})
}

// Answer answers question n with the ids of the options that were shown. The first answer wins: a later, different one
// gets the stored result and View.Repeated, one after limit and grace or after the end View.TooLate. Sure is kept and
// counts for nothing. The last answer finishes the attempt in the same call. It fails with fault.Conflict
// ("game.not_asked") for a question that was not handed out, and fault.Invalid for a choice that is no answer.
func (s *Service) Answer(ctx context.Context, p Player, quizID string, n int, choice []string, sure bool, key string) (View, error) {
	if err := checkKey(key); err != nil {
		return View{}, err
	}
	choice = slices.Sorted(slices.Values(choice))
	req := journal.Request{Key: clientKey(key), Actor: p.ID, What: asked{Do: "answer", N: n, Choice: choice, Sure: sure}}
	a, err := s.onAttempt(p, quizID, func(stream string) (Attempt, error) {
		a, err := s.act(ctx, stream, req, s.answering(n, choice, sure))
		if fault.Is(err, fault.KeyReused) {
			return s.changedMind(ctx, stream, req.Key, n, err)
		}
		return a, err
	})
	if err != nil {
		return View{}, err
	}
	return s.answered(ctx, a, n, choice)
}

// answering decides on an answer to question n.
func (s *Service) answering(n int, choice []string, sure bool) move {
	return func(a Attempt, quiz content.Quiz, at time.Time) (Kind, Attempt, error) {
		switch {
		case n >= 1 && n <= len(a.Given):
			return "", a, errNothing
		case !a.Asking() || n != len(a.Given)+1:
			return "", a, fault.New(fault.Conflict, "game.not_asked", "question", n)
		}
		drawn := a.Drawn[n-1]
		q, err := questionOf(quiz, drawn.Question)
		if err != nil {
			return "", a, err
		}
		ids, err := checkChoice(q, drawn.Options, choice)
		if err != nil {
			return "", a, err
		}
		return KindAnswered, answer(a, quiz, q, ids, sure, at, s.Policy), nil
	}
}

// changedMind answers for a form that was sent again with another choice, as a browser's Back does: what counts is the
// answer that its key gave. A key that did something else stays a reused key.
func (s *Service) changedMind(ctx context.Context, stream, key string, n int, reused error) (Attempt, error) {
	rec, found, err := s.Journal.ByKey(ctx, stream, key)
	if err != nil {
		return Attempt{}, err
	}
	if !found || rec.Kind != string(KindAnswered) {
		return Attempt{}, reused
	}
	if then, err := AttemptOf(rec); err != nil || len(then.Given) != n {
		return Attempt{}, errors.Join(err, reused)
	}
	return s.catchUp(ctx, stream)
}

// Pause lets the attempt wait until the end of the local day, or as long as it would wait anyway where that is later:
// once a game, between questions. The questions still to come are drawn anew. It fails with fault.Conflict
// ("game.pause_used", "game.pause_open").
func (s *Service) Pause(ctx context.Context, p Player, quizID, key string) (View, error) {
	return s.do(ctx, p, quizID, key, asked{Do: "pause"}, func(a Attempt, quiz content.Quiz, at time.Time) (Kind, Attempt, error) {
		switch {
		case a.State == StatePaused:
			return "", a, errNothing
		case a.Asking():
			return "", a, fault.New(fault.Conflict, "game.pause_open")
		case a.Redrawn:
			return "", a, fault.New(fault.Conflict, "game.pause_used")
		}
		until := s.Zone.EndOf(s.Zone.Date(at))
		if until.Before(a.BurnsAt) {
			until = a.BurnsAt
		}
		rest := Draw(a.Secret, quiz, a.Drawn[:len(a.Given)])
		return KindPaused, a.pause(at, until, rest), nil
	})
}

// Leave gives the attempt up: what it has won, View.AtStake beforehand, burns. An attempt that ended already is
// returned as it ended.
func (s *Service) Leave(ctx context.Context, p Player, quizID, key string) (View, error) {
	return s.do(ctx, p, quizID, key, asked{Do: "leave"}, func(a Attempt, _ content.Quiz, at time.Time) (Kind, Attempt, error) {
		a.At = at
		return KindLeft, a.end(StateLeft, at), nil
	})
}

// do runs one move of the player and shows what came of it.
func (s *Service) do(ctx context.Context, p Player, quizID, key string, what asked, m move) (View, error) {
	if err := checkKey(key); err != nil {
		return View{}, err
	}
	req := journal.Request{Key: clientKey(key), Actor: p.ID, What: what}
	a, err := s.onAttempt(p, quizID, func(stream string) (Attempt, error) { return s.act(ctx, stream, req, m) })
	if err != nil {
		return View{}, err
	}
	return s.view(ctx, a)
}
