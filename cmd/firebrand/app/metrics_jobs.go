package app

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// jobGauges tell of the sweeps: how often they ran, how long, and how long ago one last went well. Where processes share
// a sweep by its lease only the one that holds it runs, so the least age of all processes is the one that counts.
type jobGauges struct {
	group
	seconds  *prometheus.HistogramVec
	failures *prometheus.CounterVec
	age      *prometheus.Desc

	mu sync.Mutex
	// well is when a job last went well, by its name and the clock of its programme.
	well map[string]time.Time
	now  func() time.Time
}

func newJobGauges() *jobGauges {
	g := &jobGauges{
		seconds:  histogram("firebrand_sweep_seconds", "How long sweeps took.", "sweep"),
		failures: counter("firebrand_sweep_failures_total", "Sweeps that failed; the next one tries again.", "sweep"),
		age:      prometheus.NewDesc("firebrand_sweep_age_seconds", "How long ago a sweep of this process last went well. The least of all processes counts.", []string{"sweep"}, nil),
		well:     map[string]time.Time{}, now: time.Now,
	}
	g.group = group{g.seconds, g.failures}
	return g
}

func (g *jobGauges) Describe(to chan<- *prometheus.Desc) {
	g.group.Describe(to)
	to <- g.age
}

func (g *jobGauges) Collect(to chan<- prometheus.Metric) {
	g.group.Collect(to)
	g.mu.Lock()
	defer g.mu.Unlock()
	for name, at := range g.well {
		to <- prometheus.MustNewConstMetric(g.age, prometheus.GaugeValue, max(0, g.now().Sub(at).Seconds()), name)
	}
}

// timed runs a sweep and takes down how it went. One that was stopped half-way because the program ends counts as
// nothing.
func (g *jobGauges) timed(ctx context.Context, name string, do func(context.Context) error) error {
	start := g.now()
	err := do(ctx)
	if err != nil && ctx.Err() != nil {
		return err
	}
	now := g.now()
	g.seconds.WithLabelValues(name).Observe(now.Sub(start).Seconds())
	if err != nil {
		g.failures.WithLabelValues(name).Inc()
		return err
	}
	g.failures.WithLabelValues(name) // zero is a figure too
	g.mu.Lock()
	defer g.mu.Unlock()
	g.well[name] = now
	return nil
}
