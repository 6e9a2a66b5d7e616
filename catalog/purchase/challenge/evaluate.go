package challenge

import (
	"context"
	"errors"
	"time"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/journal"
	"firebrand/internal/points"
)

// The invariant of this file: a step is paid once. The stream of the account decides: under "<step>/<round>/paid" there
// is one record at most, and a round follows only when the one before was reopened and what could be taken back of it
// was. The award and its reversal have keys made from the step and the round, so that whoever goes on with a flow, the
// evaluation that began it, another one or the follower after a crash, comes to the same end.
//
// A decision is made on progress that was read after the stream's end was, and is written only where that end still is
// the end. So an evaluation that was slow cannot pay what a quicker one has seen come back.

// errMoved says that the stream went on while the progress was read.
var errMoved = errors.New("challenge: the stream went on")

// maxTurns bounds one evaluation: every step can be paid and reopened once, with two records each.
const maxTurns = 8 * MaxSteps

// Evaluate brings one account in one challenge up to date: pays what was reached, reopens what came back, finishes
// what was cut off. It is safe to repeat and to run at once with itself. An account that is not in the audience is paid
// nothing, and goods that it gives back are taken off all the same.
func (s *Service) Evaluate(ctx context.Context, id, account string) (Standing, error) {
	c, err := s.Challenge(ctx, id)
	if err != nil {
		return Standing{}, err
	}
	p, _, err := s.People.Person(ctx, account)
	if err != nil {
		return Standing{}, err
	}
	p.Account = account
	st, _, err := s.evaluate(ctx, c, p)
	return st, err
}

// evaluate is Evaluate for a person who was looked up, and says how far they are in the version in force.
func (s *Service) evaluate(ctx context.Context, c Challenge, p Person) (Standing, Progress, error) {
	stream := Stream(c.ID, p.Account)
	for range maxTurns {
		last, err := s.Journal.Last(ctx, stream)
		if err != nil {
			return Standing{}, Progress{}, err
		}
		st, err := StandingOf(last)
		if err != nil {
			return Standing{}, Progress{}, err
		}
		st.Challenge, st.Account = c.ID, p.Account
		if step, moving := st.Moving(); moving {
			if err := s.carry(ctx, st, step); err != nil {
				return st, Progress{}, err
			}
			continue
		}
		measured, live, err := s.measured(ctx, c, p, st)
		if err != nil {
			return st, Progress{}, err
		}
		kind, step := next(c, st, live, measured)
		newest, _ := c.Live()
		progress := measured[newest.Version]
		if kind == "" {
			return st, progress, nil
		}
		if err := s.decide(ctx, c, st, kind, step, measured[step.Version]); err != nil {
			return st, progress, err
		}
	}
	return Standing{}, Progress{}, fault.New(fault.Unavailable, "store.busy")
}

// measured is the progress under the version in force and under those by which a step is paid. Live is nil where the
// person may be paid nothing more.
func (s *Service) measured(ctx context.Context, c Challenge, p Person, st Standing) (map[int]Progress, *Terms, error) {
	measured := map[int]Progress{}
	var live *Terms
	versions := st.versions()
	if t, published := c.Live(); published {
		versions = append(versions, t.Version)
		if t.Has(p, s.Zone) && !s.now().Before(s.Zone.StartOf(t.From)) {
			live = &t
		}
	}
	for _, version := range versions {
		t, known := c.At(version)
		if _, done := measured[version]; done || !known {
			continue
		}
		progress, err := s.progress(ctx, c, t, p)
		if err != nil {
			return nil, nil, err
		}
		measured[version] = progress
	}
	return measured, live, nil
}

// progress asks the rooms how far an account is under some terms.
func (s *Service) progress(ctx context.Context, c Challenge, t Terms, p Person) (Progress, error) {
	from, to := c.bounds(t, s.Zone)
	switch {
	case t.Goal == GoalBuy && s.Purchases != nil:
		return s.bought(ctx, t, p.Account, from, to)
	case t.Goal == GoalPlay && s.Plays != nil:
		return s.played(ctx, p, from, to)
	case t.Goal == GoalRead && s.Reads != nil:
		have, of, err := s.Reads.Read(ctx, p.Account, t.From.Month(), to)
		return Progress{Have: have, Of: of}, err
	}
	return Progress{}, nil
}

func (s *Service) bought(ctx context.Context, t Terms, account string, from, to time.Time) (p Progress, err error) {
	err = s.Purchases.Bought(ctx, account, from, to, func(b Bought) error {
		switch {
		case !t.Goods.counts(b):
		case b.Delivered:
			p.Have += b.Quantity
		default:
			p.Coming += b.Quantity
		}
		return nil
	})
	return p, err
}

// played counts a member's games, or those of all of a company's people together.
func (s *Service) played(ctx context.Context, p Person, from, to time.Time) (Progress, error) {
	members := []string{p.Account}
	if p.Company {
		var err error
		if members, err = s.People.Staff(ctx, p.Account); err != nil {
			return Progress{}, err
		}
	}
	var sum Progress
	for _, m := range members {
		n, err := s.Plays.Finished(ctx, m, from, to)
		if err != nil {
			return Progress{}, err
		}
		sum.Have += n
	}
	return sum, nil
}

// decide writes that a step is to be paid or was reopened, where the stream still ends as it did.
func (s *Service) decide(ctx context.Context, c Challenge, st Standing, kind Kind, step StepState, p Progress) error {
	err := s.write(ctx, st, kind, step, func(at time.Time) (StepState, Progress) {
		step.At = at
		if kind == KindPaid {
			t, _ := c.At(step.Version)
			step.Reached, step.Month = at, calendar.Month{}
			if step.Source == points.SourceChallenge {
				step.Month = t.month(s.Zone.Month(at))
			}
		}
		return step, p
	})
	if errors.Is(err, errMoved) {
		return nil
	}
	return err
}

// write appends one record about a step behind the standing that it was decided on.
func (s *Service) write(ctx context.Context, st Standing, kind Kind, step StepState, after func(at time.Time) (StepState, Progress)) error {
	what := struct {
		Kind  Kind
		Step  string
		Round int
	}{kind, step.Step, step.Round}
	req := journal.Request{Key: recordKey(step, kind), What: what}
	_, err := s.Journal.Decide(ctx, Stream(st.Challenge, st.Account), req, func(last journal.Record, at time.Time) (string, any, error) {
		if last.Seq != st.Seq {
			return "", nil, errMoved
		}
		changed, p := after(at)
		return string(kind), body{Step: step.Step, Progress: p, After: st.with(changed)}, nil
	})
	return err
}

// carry moves the points of a step that was decided on, and writes down what came of it.
func (s *Service) carry(ctx context.Context, st Standing, step StepState) error {
	kind := KindGiven
	var err error
	if step.Stand == StandPaying {
		err = s.give(ctx, st, &step)
	} else {
		kind = KindTaken
		err = s.take(ctx, st, &step)
	}
	if err != nil {
		return err
	}
	err = s.write(ctx, st, kind, step, func(at time.Time) (StepState, Progress) { step.At = at; return step, Progress{} })
	if errors.Is(err, errMoved) {
		return nil
	}
	return err
}

// give awards what a round asks for. What a cap or a budget cut stays cut: the statement tells it, and so does the page.
func (s *Service) give(ctx context.Context, st Standing, step *StepState) error {
	step.Stand, step.Given, step.Taken, step.CutBy = StandPaid, 0, 0, ""
	if step.Asked == 0 {
		return nil
	}
	receipt, err := s.Points.Award(ctx, step.award(st.Challenge, st.Account))
	if err != nil {
		return err
	}
	step.Given, step.CutBy = receipt.Moved, receipt.CutBy
	step.Kept += step.Given
	return nil
}

// take reverses what a round brought, as far as the policy of returns reaches. What it leaves is kept and is not paid
// a second time.
func (s *Service) take(ctx context.Context, st Standing, step *StepState) error {
	step.Stand = StandOpen
	if step.Given == 0 {
		return nil
	}
	receipt, err := s.Points.Reverse(ctx, points.Reverse{
		Key: reverseKey(st.Challenge, step.Step, step.Round), Account: st.Account, Amount: step.Given,
		Award: awardKey(st.Challenge, step.Step, step.Round), Ref: Stream(st.Challenge, st.Account),
	})
	if err != nil {
		return err
	}
	step.Taken = receipt.Moved + receipt.Owed
	step.Kept -= step.Taken
	return nil
}
