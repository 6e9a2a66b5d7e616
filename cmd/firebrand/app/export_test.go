package app

import (
	"regexp"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"firebrand/internal/journal"
)

// AuctionRoom is what /metrics asks of the auctions.
type AuctionRoom = auctionRoom

// WatchAuctions adds a room of auctions to what /metrics tells.
func (a *App) WatchAuctions(room AuctionRoom, now func() time.Time) {
	a.gauges.watchAuctions(room, now)
}

// Worst makes one of followers that bear the same name.
func Worst(lags []journal.Lag) []journal.Lag { return worst(lags) }

// MetricNames are the names of all metrics that the open program can tell, with the suffixes of histograms.
func (a *App) MetricNames() map[string]bool {
	a.gauges.watch(a)
	names := map[string]bool{}
	described := make(chan *prometheus.Desc)
	go func() {
		defer close(described)
		a.gauges.registry.Describe(described)
	}()
	for d := range described {
		if m := metricName.FindStringSubmatch(d.String()); m != nil {
			for _, suffix := range []string{"", "_bucket", "_sum", "_count"} {
				if suffix == "" || histograms[m[1]] {
					names[m[1]+suffix] = true
				}
			}
		}
	}
	return names
}

var metricName = regexp.MustCompile(`fqName: "([^"]+)"`)

var histograms = map[string]bool{"firebrand_store_seconds": true, "firebrand_redis_seconds": true, "firebrand_sweep_seconds": true}

// Shared is how processes share a job.
var Shared = shared
