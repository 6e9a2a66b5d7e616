package challenge

import (
	"context"
	"slices"
	"strings"
	"time"
)

// Card is a challenge as one who takes part sees it.
type Card struct {
	ID string
	Terms
	Phase Phase
	// Account is whose progress it is; Together says that it is the company's.
	Account  string
	Together bool
	Progress
	Steps []CardStep
	// Until is the end of the period, or when it was stopped.
	Until time.Time
	// Net is what it has brought so far.
	Net int64
}

// CardStep is one step of a card.
type CardStep struct {
	Target, Points int64
	// Stand is empty for a step never reached.
	Stand Stand
	// Given is what it brought, where it is paid: less than Points where a cap or a budget (CutBy) cut it.
	Given int64
	CutBy string
	At    time.Time
}

// Reached reports whether the step is reached and paid, or being paid.
func (s CardStep) Reached() bool { return s.Stand == StandPaid || s.Stand == StandPaying }

// Reopened reports whether goods came back, so that it is to be reached again.
func (s CardStep) Reopened() bool { return s.Stand == StandOpen || s.Stand == StandTaking }

// Cut reports whether less came than the step brings.
func (s CardStep) Cut() bool { return s.Stand == StandPaid && s.CutBy != "" }

// Last is where the bar ends: the highest target.
func (c Card) Last() int64 {
	var last int64
	for _, s := range c.Steps {
		last = max(last, s.Target)
	}
	return last
}

// Next is the first step that is not reached; nil where all are.
func (c Card) Next() *CardStep {
	for i := range c.Steps {
		if !c.Steps[i].Reached() {
			return &c.Steps[i]
		}
	}
	return nil
}

// Counted is how many are shown as done: where all is done, what was asked, however much more there is.
func (c Card) Counted() int64 {
	if c.Done() {
		return min(c.Have, c.Last())
	}
	return c.Have
}

// Left is how many are to go to the next step, what is on the way not counted.
func (c Card) Left() int64 {
	if next := c.Next(); next != nil {
		return max(0, next.Target-c.Have)
	}
	return 0
}

// Done reports whether every step is reached.
func (c Card) Done() bool { return len(c.Steps) > 0 && c.Next() == nil }

// Reopened reports whether some step is open again because goods came back.
func (c Card) Reopened() bool { return slices.ContainsFunc(c.Steps, CardStep.Reopened) }

// LastDay is an instant of the period's last day, for saying on which day it ended.
func (c Card) LastDay() time.Time { return c.Until.Add(-time.Millisecond) }

// Running reports whether there is still something to do.
func (c Card) Running() bool { return c.Phase == PhaseLive && !c.Done() }

// recent is how long a challenge that is over is still shown.
const recent = 31 * 24 * time.Hour

// Mine are the challenges of some accounts, of one member or of a member and their company: those that go on first, by
// their end, then what ended within a month. What is due is paid on the way, so that the page never shows a step
// reached and unpaid. An account that cannot be evaluated now fails the whole.
func (s *Service) Mine(ctx context.Context, accounts ...string) ([]Card, error) {
	list, err := s.published(ctx)
	if err != nil {
		return nil, err
	}
	var cards []Card
	for _, account := range accounts {
		p, found, err := s.People.Person(ctx, account)
		if err != nil {
			return nil, err
		}
		if !found {
			continue
		}
		for _, c := range list {
			card, shown, err := s.card(ctx, c, p)
			if err != nil {
				return nil, err
			}
			if shown {
				cards = append(cards, card)
			}
		}
	}
	slices.SortStableFunc(cards, func(a, b Card) int {
		if a.part() != b.part() {
			return a.part() - b.part()
		}
		return a.Until.Compare(b.Until)
	})
	return cards, nil
}

// part is the card's place on the page: what can be done, what is done, what is over.
func (c Card) part() int {
	switch {
	case c.Running():
		return 0
	case c.Phase == PhaseLive:
		return 1
	}
	return 2
}

// card is one challenge for one account; shown is false where it is not for them, or not yet, or long over.
func (s *Service) card(ctx context.Context, c Challenge, p Person) (card Card, shown bool, err error) {
	t, _ := c.Live()
	_, until := c.bounds(t, s.Zone)
	phase := c.Phase(s.now(), s.Zone)
	if phase == PhaseComing || p.Company != t.Audience.Companies || s.now().After(until.Add(recent)) {
		return Card{}, false, nil
	}
	st, progress, err := s.evaluate(ctx, c, p)
	if err != nil {
		return Card{}, false, err
	}
	if !t.Has(p, s.Zone) && len(st.Steps) == 0 {
		return Card{}, false, nil
	}
	return cardOf(c, t, phase, until, p, st, progress), true, nil
}

func cardOf(c Challenge, t Terms, phase Phase, until time.Time, p Person, st Standing, progress Progress) Card {
	card := Card{
		ID: c.ID, Terms: t, Phase: phase, Account: p.Account, Together: p.Company, Progress: progress, Until: until, Net: st.Net(),
	}
	for _, step := range t.Steps {
		state := st.Step(step.ID)
		shown := CardStep{
			Target: t.target(step, progress), Points: step.Points, Stand: state.Stand, Given: state.Kept, CutBy: state.CutBy, At: state.At,
		}
		if shown.Reached() {
			shown.Target = state.Target
		}
		card.Steps = append(card.Steps, shown)
	}
	slices.SortStableFunc(card.Steps, func(a, b CardStep) int { return int(a.Target - b.Target) })
	return card
}

// CutKind is the first word of what cut a step, "cap", "budget" or "policy", for the page's words.
func (s CardStep) CutKind() string {
	kind, _, _ := strings.Cut(s.CutBy, ":")
	return kind
}
