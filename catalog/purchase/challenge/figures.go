package challenge

import (
	"context"

	"firebrand/internal/store"
)

// Figures are how a challenge goes, for those who answer for its cost.
type Figures struct {
	// Audience is how many accounts may take part now.
	Audience int64
	Steps    []StepFigure
	// Cost is what was given net of what was taken back; Most is what it costs if everybody of the audience reaches
	// every step.
	Cost, Most int64
	// Reopened is how many steps are open again because goods came back.
	Reopened int64
	// Cut is how many points a cap or a budget kept back.
	Cut int64
}

// StepFigure is one step in numbers.
type StepFigure struct {
	Step
	// Reached is how many accounts have it paid now; Net is what it has cost.
	Reached, Net int64
}

// Figures reads how a challenge goes: from the drawn rows, which follow the journal by a moment.
func (s *Service) Figures(ctx context.Context, id string) (Figures, error) {
	c, err := s.Challenge(ctx, id)
	if err != nil {
		return Figures{}, err
	}
	t := c.Shown()
	if live, published := c.Live(); published {
		t = live
	}
	f := Figures{}
	place := map[string]int{}
	for i, step := range t.Steps {
		place[step.ID] = i
		f.Steps = append(f.Steps, StepFigure{Step: step})
	}
	err = s.People.Each(ctx, t.Audience.Companies, func(p Person) error {
		if t.Has(p, s.Zone) {
			f.Audience++
		}
		return nil
	})
	if err != nil {
		return f, err
	}
	q := store.Query{Index: "challenge", Equal: []any{id}}
	err = all(ctx, s.rows, q, func(row) []any { return nil }, func(e store.Entry[row]) error {
		f.add(e.Value.Standing, place)
		return nil
	})
	f.Most = max(f.Audience*t.Most(), f.Cost)
	return f, err
}

// add counts one account.
func (f *Figures) add(st Standing, place map[string]int) {
	for _, step := range st.Steps {
		f.Cost += step.Kept
		if step.Stand == StandOpen || step.Stand == StandTaking {
			f.Reopened++
		}
		if step.Stand == StandPaid && step.CutBy != "" {
			f.Cut += step.Asked - step.Given
		}
		i, there := place[step.Step]
		if !there {
			continue // a step of an earlier version
		}
		f.Steps[i].Net += step.Kept
		if step.Stand == StandPaid || step.Stand == StandPaying {
			f.Steps[i].Reached++
		}
	}
}
