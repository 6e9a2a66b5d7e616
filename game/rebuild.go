package game

import (
	"context"
	"errors"
)

// Rebuild draws the list of open attempts again from the journal's beginning, settling what no process had settled.
func (s *Service) Rebuild(ctx context.Context) error {
	var failed []error
	for _, f := range s.Followers() {
		failed = append(failed, s.Journal.Redraw(ctx, f))
	}
	return errors.Join(failed...)
}
