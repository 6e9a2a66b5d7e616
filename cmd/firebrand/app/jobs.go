package app

import (
	"context"
	"errors"
	"time"

	"firebrand/internal/member"
)

// job is something that is done again and again. What holds follows from the clock and the journal without it: it writes
// down what fell due, and ends or undoes what a crash left open.
type job struct {
	name  string
	every time.Duration
	do    func(context.Context) error
	// own says that every process does it for itself; else the processes share it by a lease, or by one of its own.
	own bool
}

func (a *App) jobs() []job {
	return []job{
		{name: "flows", every: 30 * time.Second, do: a.sweepFlows},
		{name: "budgets", every: 30 * time.Second, do: a.Budgets.Sweep, own: true},
		{name: "auctions", every: time.Second, do: a.Auctions.Sweep, own: true},
		{name: "closed months", every: time.Second, do: a.Boards.Sweep, own: true},
		{name: "members", every: time.Hour, do: a.sweepMembers},
		{name: "messages", every: time.Hour, do: a.Messages.Sweep},
		{name: "idle warnings", every: 10 * time.Minute, do: a.warnIdle},
		{name: "ended points", every: 10 * time.Minute, do: a.settlePoints},
	}
}

// lease is the name that processes share a job under.
func (j job) lease() string { return "sweep of " + j.name }

// repeat does a job at its intervals until ctx ends.
func (a *App) repeat(ctx context.Context, j job, do func()) {
	if j.own {
		every(ctx, j.every, do)
		return
	}
	held := func() bool { return a.Journal.Leases.Held(ctx, j.lease()) }
	shared(ctx, held, keepEvery, j.every, do)
}

// keepEvery is how often a shared job's lease is asked for; it must be well below the time that a lease lasts.
const keepEvery = 5 * time.Second

// shared calls do where the job is held: when it has just been got, and at each interval then. It holds on in between: a
// lease that ended after each round would be the next process's, and every process would do the job each interval.
func shared(ctx context.Context, held func() bool, keep, interval time.Duration, do func()) {
	var last time.Time
	every(ctx, min(keep, interval), func() {
		if !held() {
			last = time.Time{}
			return
		}
		if !last.IsZero() && time.Since(last) < interval-keep/2 {
			return
		}
		last = time.Now()
		do()
	})
}

// once does a job in one process at a time, unless it is each process's own, and takes down how it went.
func (a *App) once(ctx context.Context, j job) error {
	timed := func(ctx context.Context) error { return a.gauges.jobs.timed(ctx, j.name, j.do) }
	if j.own {
		return timed(ctx)
	}
	return a.Journal.Leases.Do(ctx, j.lease(), timed)
}

// Sweep writes down what fell due and finishes or undoes what a crash left open, once and in this process.
func (a *App) Sweep(ctx context.Context) error {
	return errors.Join(a.sweepFlows(ctx), a.Budgets.Sweep(ctx), a.Auctions.Sweep(ctx), a.Boards.Sweep(ctx))
}

func (a *App) sweepFlows(ctx context.Context) error {
	return errors.Join(
		a.Members.FinishMerges(ctx, a.MergePoints), a.Game.Sweep(ctx), a.Catalog.Sweep(ctx), a.Corrections.Sweep(ctx),
		a.Challenges.Sweep(ctx),
	)
}

// sweepMembers removes sessions, invitations and counts of wrong passwords that have ended.
func (a *App) sweepMembers(ctx context.Context) error {
	_, err := a.Members.Sweep(ctx)
	return err
}

// warnIdle warns those whose points burn soon, while they have something to play.
func (a *App) warnIdle(ctx context.Context) error {
	return a.Game.WarnIdle(ctx, func(ctx context.Context, each func(id string) error) error {
		return a.Members.All(ctx, func(m member.Member) error {
			if !m.Active() || !m.Role.OfCompany() {
				return nil
			}
			return each(m.ID)
		})
	})
}

// every calls do at once and then at each interval until ctx ends.
func every(ctx context.Context, interval time.Duration, do func()) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		do()
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
