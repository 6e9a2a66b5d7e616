package budget

import (
	"context"

	"firebrand/internal/journal"
)

// append decides on a budget's next record and writes it. It is called by awards that have the turn of an account, which
// may be the budget's own, so it waits for none.
func (s *Service) append(ctx context.Context, id string, req journal.Request, decide journal.Decision) (journal.Record, error) {
	req.Aside = true
	return s.journal.Decide(ctx, Stream(id), req, decide)
}
