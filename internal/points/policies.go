package points

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/store"
)

const (
	// publishAhead is how far ahead a policy is published at least, so that every process has read it by then.
	publishAhead = time.Minute
	// publishWithin is how long publishing may take; policiesAge is how old what a process has read may be. With the
	// minute ahead nobody decides by a policy that is not in force any more.
	publishWithin = 10 * time.Second
	policiesAge   = 20 * time.Second
)

// Policies are the versions of the programme's policy, each a document that never changes. Of two versions that are in
// force the newer one rules; so a version published for an earlier day than one before it takes its place. It is safe
// for concurrent use.
type Policies struct {
	now      func() time.Time
	versions *store.Collection[Policy]
	sweeps   *store.Collection[sweepPlace]

	mu   sync.Mutex
	all  []Policy // oldest first
	read time.Time
}

// OpenPolicies opens the versions; a programme without any begins with DefaultPolicy.
func OpenPolicies(ctx context.Context, e store.Engine, now func() time.Time) (*Policies, error) {
	versions, err := store.OpenCollection[Policy](ctx, e, store.Spec{Name: "points_policies"})
	if err != nil {
		return nil, err
	}
	sweeps, err := store.OpenCollection[sweepPlace](ctx, e, store.Spec{Name: "points_sweeps"})
	if err != nil {
		return nil, err
	}
	p := &Policies{now: now, versions: versions, sweeps: sweeps}
	first := DefaultPolicy()
	if err := versions.Insert(ctx, policyID(first.Version), first); err != nil && !fault.Is(err, fault.Conflict) {
		return nil, err
	}
	_, err = p.List(ctx)
	return p, err
}

func policyID(version int) string { return fmt.Sprintf("%06d", version) }

// At is the policy that is in force at an instant, up to now. Where the store does not answer it may be one that this
// process read earlier; decisions do not accept that.
func (p *Policies) At(t time.Time) Policy {
	policy, _ := p.at(context.Background(), t)
	return policy
}

// at fails where the versions cannot be read and those at hand are too old to decide by.
func (p *Policies) at(ctx context.Context, t time.Time) (Policy, error) {
	p.mu.Lock()
	all, age := p.all, p.now().Sub(p.read)
	p.mu.Unlock()
	var err error
	if age < 0 || age > policiesAge {
		if fresh, failed := p.List(ctx); failed == nil {
			all = fresh
		} else {
			err = failed
		}
	}
	return inForce(all, t), err
}

// inForce is the newest version whose From is not after t.
func inForce(all []Policy, t time.Time) Policy {
	for _, p := range slices.Backward(all) {
		if !p.From.After(t) {
			return p
		}
	}
	return DefaultPolicy()
}

// List reads all versions, oldest first.
func (p *Policies) List(ctx context.Context) ([]Policy, error) {
	now := p.now()
	var all []Policy
	var after *store.Position
	for {
		page, err := p.versions.Find(ctx, store.Query{After: after})
		if err != nil {
			return nil, err
		}
		for _, e := range page {
			all = append(all, e.Value)
			after = &store.Position{ID: e.ID}
		}
		if len(page) < 1000 {
			break
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all, p.read = all, now
	return slices.Clone(all), nil
}

// Publish makes a policy the programme's next version, in force from its From on. Faults: Invalid ("points.policy_from"
// where From is not a minute ahead, with arg n in minutes, and those of Policy.Validate), Conflict
// ("points.policy_raced") where somebody else published meanwhile.
func (p *Policies) Publish(ctx context.Context, actor string, next Policy) (Policy, error) {
	ctx, cancel := context.WithTimeout(ctx, publishWithin)
	defer cancel()
	next.From = calendar.Milli(next.From)
	next.Made = calendar.Milli(p.now())
	next.By = actor
	if next.From.Before(next.Made.Add(publishAhead)) {
		return Policy{}, fault.New(fault.Invalid, "points.policy_from", "n", int64(publishAhead/time.Minute)).On("from")
	}
	if err := next.Validate(); err != nil {
		return Policy{}, err
	}
	all, err := p.List(ctx)
	if err != nil {
		return Policy{}, err
	}
	next.Version = len(all) + 1
	err = p.versions.Insert(ctx, policyID(next.Version), next)
	if fault.Is(err, fault.Conflict) {
		return Policy{}, fault.New(fault.Conflict, "points.policy_raced")
	}
	if err != nil {
		return Policy{}, err
	}
	_, err = p.List(ctx)
	return next, err
}

// PolicyAt is the policy in force at an instant.
func (s *Service) PolicyAt(t time.Time) Policy {
	if s.Policies == nil {
		return s.Policy
	}
	return s.Policies.At(t)
}

// rulesAt is the policy that decides at an instant, and the zone whose days it counts.
func (s *Service) rulesAt(ctx context.Context, t time.Time) (Policy, calendar.Zone, error) {
	if s.Policies == nil {
		return s.Policy, s.Policy.In(s.Zone), nil
	}
	p, err := s.Policies.at(ctx, t)
	if err != nil && !errors.Is(err, context.Canceled) {
		err = fault.New(fault.Unavailable, "store.busy").Because(err)
	}
	return p, p.In(s.Zone), err
}
