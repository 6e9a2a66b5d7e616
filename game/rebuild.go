package game

import (
	"context"
	"errors"

	"firebrand/internal/fault"
)

// Rebuild draws the list of open attempts again from the journal's beginning, settling what no process had settled.
func (s *Service) Rebuild(ctx context.Context) error {
	if err := s.checkpoints.Delete(ctx, followerName); err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	var failed []error
	for _, f := range s.Followers() {
		failed = append(failed, s.Journal.CatchUp(ctx, f))
	}
	return errors.Join(failed...)
}
