package app

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// gauges are what /metrics tells besides the process itself.
type gauges struct {
	registry *prometheus.Registry
	// sweepLag is how long the oldest end of points that the last sweep met had not been written down.
	sweepLag prometheus.Gauge
	// swept counts the records that sweeps wrote.
	swept prometheus.Counter
}

func newGauges() *gauges {
	g := &gauges{
		registry: prometheus.NewRegistry(),
		sweepLag: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "firebrand_points_sweep_lag_seconds",
			Help: "How long the oldest expired or burned points that the last sweep met had not been written down. Balances are right without.",
		}),
		swept: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "firebrand_points_swept_total", Help: "Records in which sweeps wrote down expired or burned points.",
		}),
	}
	g.registry.MustRegister(
		g.sweepLag, g.swept, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return g
}

// settlePoints writes down what expired and burned; nothing depends on it but the stories of accounts that nobody
// moves any more.
func (a *App) settlePoints(ctx context.Context) error {
	done, err := a.Points.Sweep(ctx)
	a.gauges.sweepLag.Set(done.Lag.Seconds())
	a.gauges.swept.Add(float64(done.Written))
	return err
}
