package catalog

import (
	"context"
	"fmt"
	"io"
	"time"

	"firebrand/internal/journal"
	"firebrand/internal/points"
	"firebrand/internal/store"
)

// Service is the room's one door. It is safe for concurrent use.
type Service struct {
	Journal *journal.Journal
	Points  *points.Service
	Now     func() time.Time
	// Random makes voucher codes and ids; it is crypto/rand's Reader, or as safe for concurrent use.
	Random io.Reader

	rewards  *store.Collection[Reward]
	past     *store.Collection[Reward]
	vouchers *store.Collection[voucher]
	shadow   *store.Collection[shadowRow]
}

// New opens the room's collections. The journal has both families of this room and that of points.
func New(ctx context.Context, e store.Engine, j *journal.Journal, p *points.Service, now func() time.Time, random io.Reader) (*Service, error) {
	s := &Service{Journal: j, Points: p, Now: now, Random: random}
	var err error
	if s.rewards, err = store.OpenCollection[Reward](ctx, e, rewardSpec); err != nil {
		return nil, fmt.Errorf("catalog: %w", err)
	}
	if s.past, err = store.OpenCollection[Reward](ctx, e, pastRewardSpec); err != nil {
		return nil, fmt.Errorf("catalog: %w", err)
	}
	if s.vouchers, err = store.OpenCollection[voucher](ctx, e, voucherSpec); err != nil {
		return nil, fmt.Errorf("catalog: %w", err)
	}
	if s.shadow, err = store.OpenCollection[shadowRow](ctx, e, shadowSpec); err != nil {
		return nil, fmt.Errorf("catalog: %w", err)
	}
	return s, nil
}
