package budget

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"firebrand/internal/calendar"
	"firebrand/internal/points/liability"
)

// pendingFor is how long what is expected is remembered while no record of an account is heard: it takes a look at every
// account, and a day's beginning changes it too.
const pendingFor = time.Minute

// pending is what is expected by funding source, as of a moment ago.
type pending struct {
	// heard counts the accounts' records that this process wrote.
	heard atomic.Int64

	mu       sync.Mutex
	at       time.Time
	as       int64
	expected map[string]int64
}

// expected is what is pending by funding source. Records of other processes show within a minute.
func (s *Service) expected(ctx context.Context) (map[string]int64, error) {
	p := &s.pending
	p.mu.Lock()
	defer p.mu.Unlock()
	now, heard := s.now(), p.heard.Load()
	if age := now.Sub(p.at); p.expected != nil && p.as == heard && age >= 0 && age < pendingFor {
		return p.expected, nil
	}
	all, err := liability.At(ctx, s.points, now, liability.Options{})
	if err != nil {
		return nil, err
	}
	p.at, p.as, p.expected = now, heard, map[string]int64{}
	for _, f := range all.ByFunding {
		p.expected[f.Name] = f.Pending
	}
	return p.expected, nil
}

// inOrder sorts budgets as people look for them: running ones, coming ones, those that are over (the newest first), and
// by name.
func inOrder(views []View, today calendar.Date) {
	rank := func(v View) int {
		switch {
		case v.covers(today):
			return 0
		case today.Before(v.From):
			return 1
		}
		return 2
	}
	slices.SortStableFunc(views, func(a, b View) int {
		if n := rank(a) - rank(b); n != 0 {
			return n
		}
		if n := a.To.DaysUntil(b.To); n != 0 && rank(a) == 2 {
			return n
		}
		return strings.Compare(a.Name, b.Name)
	})
}
