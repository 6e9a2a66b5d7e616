package member

import (
	"context"

	"golang.org/x/sync/errgroup"

	"firebrand/internal/fault"
)

// applyAtOnce is how many writes of an import are under way together; the store commits them in groups.
const applyAtOnce = 16

// apply writes a plan: companies first, then their people. What somebody else took meanwhile is marked in the plan.
func (s *Service) apply(ctx context.Context, p *planner) error {
	var companies []*plannedCompany
	for _, c := range p.companies {
		if c.outcome != Unchanged {
			companies = append(companies, c)
		}
	}
	if err := together(ctx, companies, s.applyCompany); err != nil {
		return err
	}
	var people []*plannedPerson
	for _, row := range p.rows {
		homeless := row.company != nil && row.company.fault != nil
		if row.person != nil && row.person.outcome != Unchanged && !homeless {
			people = append(people, row.person)
		}
	}
	return together(ctx, people, func(ctx context.Context, m *plannedPerson) (err error) {
		if m.outcome == Updated {
			_, err = s.Update(ctx, p.actor, m.Member)
		} else {
			_, err = s.enter(ctx, m.Member)
		}
		return mark(&m.fault, err)
	})
}

func (s *Service) applyCompany(ctx context.Context, c *plannedCompany) error {
	if c.outcome == Updated {
		return mark(&c.fault, s.changeCompany(ctx, c.Company))
	}
	_, err := s.enterCompany(ctx, c.Company)
	return mark(&c.fault, err)
}

// mark keeps a fault of one row where its report is made, and lets through what stops the import.
func mark(place **fault.Error, err error) error {
	if f := fault.As(err); f != nil && f.Kind != fault.Unavailable {
		*place = f
		return nil
	}
	return err
}

// together writes all of list, some at once, until the first error.
func together[T any](ctx context.Context, list []*T, write func(context.Context, *T) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(applyAtOnce)
	for _, one := range list {
		group.Go(func() error { return write(ctx, one) })
	}
	return group.Wait()
}
