package budget

import (
	"context"
	"time"

	"firebrand/internal/store"
)

// topic is what processes tell each other under that somebody set a budget; the sweep finds it too, half a minute later.
const topic = "budget"

// loadPatience bounds the reading of what another process set.
const loadPatience = 10 * time.Second

// Connect lets this process and the others tell each other what was set; call it before the first use. Failed hears of
// what could not be read, which the sweep reads again; nil for silence.
func (s *Service) Connect(n *store.Notices, failed func(error)) (stop func()) {
	s.notices = n
	awake := make(chan struct{}, 1)
	again := func() {
		select {
		case awake <- struct{}{}:
		default:
		}
	}
	ctx, end := context.WithCancel(context.Background())
	go func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-awake:
			}
			if err := s.reload(ctx); err != nil && failed != nil && ctx.Err() == nil {
				failed(err)
			}
		}
	}()
	deaf := n.Listen(topic, func(string) { again() }, again)
	return func() { deaf(); end() }
}

func (s *Service) reload(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, loadPatience)
	defer cancel()
	return s.load(ctx)
}
