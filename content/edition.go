package content

import (
	"context"
	"time"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/store"
)

// Editions returns every edition, the latest month first.
func (s *Service) Editions(ctx context.Context) ([]Edition, error) {
	entries, err := all(ctx, s.editions, true)
	var editions []Edition
	for _, e := range entries {
		editions = append(editions, versioned(e))
	}
	return editions, err
}

// Edition returns the edition of a month, or fault.NotFound.
func (s *Service) Edition(ctx context.Context, month calendar.Month) (Edition, error) {
	e, err := s.editions.Get(ctx, month.String())
	return versioned(e), missing(err)
}

// EditionAt returns the edition of the month in which an instant lies, whatever its state: a preview asks it for the
// day that it pretends to be. found is false where that month has none.
func (s *Service) EditionAt(ctx context.Context, at time.Time) (e Edition, found bool, err error) {
	e, err = s.Edition(ctx, s.Zone.Month(at))
	if fault.Is(err, fault.NotFound) {
		return Edition{}, false, nil
	}
	return e, err == nil, err
}

// Live returns the edition that is live now, by the clock; found is false where none is.
func (s *Service) Live(ctx context.Context) (e Edition, found bool, err error) {
	now := s.Now()
	e, found, err = s.EditionAt(ctx, now)
	if err != nil || !found || e.Phase(now, s.Zone) != PhaseLive {
		return Edition{}, false, err
	}
	return e, true, nil
}

// EnsureEdition returns the month's edition and makes it, a draft, where there is none. It is safe to repeat.
func (s *Service) EnsureEdition(ctx context.Context, actor string, month calendar.Month) (Edition, error) {
	if month.IsZero() {
		return Edition{}, fault.New(fault.Invalid, "content.month_missing").On("/month")
	}
	e := Edition{Month: month, State: Draft, Saved: calendar.Milli(s.Now()), By: actor}
	err := s.editions.Insert(ctx, month.String(), e)
	if err != nil && !fault.Is(err, fault.Conflict) {
		return Edition{}, err
	}
	return s.Edition(ctx, month)
}

// SaveEdition writes the edition over the version that was edited; its state stays, SetState changes that.
// It fails with fault.Conflict, "content.changed" when somebody else saved meanwhile and "content.archived" when the
// month is over, and with fault.Invalid at the first of EditionBounds, or of its Report once it is scheduled.
func (s *Service) SaveEdition(ctx context.Context, actor string, e Edition, version int64) (Edition, error) {
	stored, err := s.editable(ctx, e.Month, version)
	if err != nil {
		return e, err
	}
	e = e.clean()
	e.State = stored.State
	if err := refuse(EditionBounds(e)); err != nil {
		return e, err
	}
	if e.State == Scheduled {
		report, err := s.check(ctx, e)
		if err != nil {
			return e, err
		}
		if err := refuse(report.Problems); err != nil {
			return e, err
		}
	}
	return s.replace(ctx, actor, e, version)
}

// SetState brings the edition one step on or back: draft, review, scheduled. Scheduling checks it, and where its
// report names a problem fails with fault.Invalid ("content.not_ready"); the report comes with every answer.
//
// A scheduled edition whose month has begun is live at once, one whose month is over is archived: its history brought
// in. Neither can be taken back (fault.Conflict, "content.live" or "content.archived"), since people have played it.
func (s *Service) SetState(ctx context.Context, actor string, month calendar.Month, to State, version int64) (Edition, Report, error) {
	e, err := s.editable(ctx, month, version)
	if err != nil {
		return e, Report{}, err
	}
	report, err := s.check(ctx, e)
	if err != nil || e.State == to {
		return e, report, err
	}
	switch {
	case e.Phase(s.Now(), s.Zone) == PhaseLive:
		return e, report, fault.New(fault.Conflict, "content.live")
	case !step(e.State, to):
		return e, report, fault.New(fault.Conflict, "content.step").On("/state")
	case to == Scheduled && len(report.Problems) > 0:
		return e, report, fault.New(fault.Invalid, "content.not_ready", "n", len(report.Problems))
	}
	e.State = to
	e, err = s.replace(ctx, actor, e, version)
	return e, report, err
}

// editable returns the stored edition where it still has this version and its month is not over.
func (s *Service) editable(ctx context.Context, month calendar.Month, version int64) (Edition, error) {
	stored, err := s.Edition(ctx, month)
	switch {
	case err != nil:
		return stored, err
	case stored.Phase(s.Now(), s.Zone) == PhaseArchived:
		return stored, fault.New(fault.Conflict, "content.archived")
	case stored.Version != version:
		return stored, changed()
	}
	return stored, nil
}

func (s *Service) replace(ctx context.Context, actor string, e Edition, version int64) (Edition, error) {
	e.Saved, e.By = calendar.Milli(s.Now()), actor
	err := s.editions.Replace(ctx, e.Month.String(), e, version)
	if fault.Is(err, fault.Conflict) {
		err = changed()
	}
	e.Version = version + 1
	return e, err
}

func versioned(e store.Entry[Edition]) Edition {
	e.Value.Version = e.Version
	return e.Value
}
