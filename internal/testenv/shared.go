package testenv

import (
	"context"
	"time"

	"firebrand/internal/store"
)

// Shared makes an engine pass for one that other processes write to as well, with now as its clock: several journals and
// services over it stand for several processes.
func Shared(e store.Engine, now func() time.Time) store.Engine { return shared{e, now} }

type shared struct {
	store.Engine
	now func() time.Time
}

func (shared) Alone() bool { return false }

func (s shared) Now(ctx context.Context) (time.Time, error) {
	if err := s.Ping(ctx); err != nil {
		return time.Time{}, err
	}
	return s.now(), nil
}
