package app

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// buckets are the bounds of every histogram of how long something took, in seconds: from what memory answers to what
// somebody gives up on.
var buckets = []float64{.00005, .0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}

// gauges are what /metrics tells besides the process itself. Every name begins with "firebrand_"; deploy/ and
// docs/operations.md use them.
type gauges struct {
	registry *prometheus.Registry
	// sweepLag is how long the oldest end of points that the last sweep met had not been written down.
	sweepLag prometheus.Gauge
	// swept counts the records that sweeps wrote.
	swept prometheus.Counter
	jobs  *jobGauges
	store *storeGauges
	redis *redisGauges
	// auctions are nil until watchAuctions.
	auctions *auctionFigures
	once     sync.Once
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
		jobs: newJobGauges(), store: newStoreGauges(), redis: newRedisGauges(),
	}
	g.registry.MustRegister(
		g.sweepLag, g.swept, g.jobs, g.store, g.redis,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return g
}

// watch adds what the open program's rooms tell of themselves, when serving begins.
func (g *gauges) watch(a *App) {
	g.once.Do(func() {
		g.registry.MustRegister(journalFigures{a.Journal}, roomFigures{a.Live})
		a.Redis.AddHook(g.redis)
		if g.auctions == nil {
			g.watchAuctions(a.Auctions, a.Now)
		}
	})
}

// settlePoints writes down what expired and burned; nothing depends on it but the stories of accounts that nobody
// moves any more.
func (a *App) settlePoints(ctx context.Context) error {
	done, err := a.Points.Sweep(ctx)
	a.gauges.sweepLag.Set(done.Lag.Seconds())
	a.gauges.swept.Add(float64(done.Written))
	return err
}

// group collects several metrics as one.
type group []prometheus.Collector

func (g group) Describe(to chan<- *prometheus.Desc) {
	for _, c := range g {
		c.Describe(to)
	}
}

func (g group) Collect(to chan<- prometheus.Metric) {
	for _, c := range g {
		c.Collect(to)
	}
}

// histogram is one of how long something took, by one label.
func histogram(name, help, label string) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, []string{label})
}

// counter counts by one label.
func counter(name, help, label string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, []string{label})
}

// age is how long ago something was, in seconds; what never was has no age.
func age(now, at time.Time) (seconds float64, known bool) {
	return max(0, now.Sub(at).Seconds()), !at.IsZero()
}
