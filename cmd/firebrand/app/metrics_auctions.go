package app

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"firebrand/catalog/auction"
)

const (
	// auctionsAsked is how often the store is asked for auctions at most, however often /metrics is read.
	auctionsAsked = 10 * time.Second
	// auctionsWait bounds what a scrape waits for it.
	auctionsWait = 2 * time.Second
)

// auctionRoom is what is asked of the auctions; the room itself does it.
type auctionRoom interface {
	List(ctx context.Context) ([]auction.Auction, error)
	Snapshot(ctx context.Context, id string) (auction.Public, error)
}

// auctionFigures tell of auctions whose bidding is over by the clock and whose winners are not written down yet. The
// sweep does that every second, so that anything but a moment here means that it does not run.
type auctionFigures struct {
	room auctionRoom
	now  func() time.Time

	mu    sync.Mutex
	asked time.Time
	// open are those that take bids, overdue those that should be closed, late is how long the first of them has been.
	open, overdue int
	late          time.Duration
}

var (
	auctionsOpen    = prometheus.NewDesc("firebrand_auctions_open", "Auctions that take bids now.", nil, nil)
	auctionsOverdue = prometheus.NewDesc("firebrand_auctions_overdue", "Auctions whose bidding is over and whose winners are not written down.", nil, nil)
	auctionLate     = prometheus.NewDesc("firebrand_auction_overdue_seconds", "How long the first of them has been over; 0 where there is none.", nil, nil)
)

// watchAuctions adds what the room of auctions tells. It is called once.
func (g *gauges) watchAuctions(room auctionRoom, now func() time.Time) {
	g.auctions = &auctionFigures{room: room, now: now}
	g.registry.MustRegister(g.auctions)
}

func (f *auctionFigures) Describe(to chan<- *prometheus.Desc) {
	to <- auctionsOpen
	to <- auctionsOverdue
	to <- auctionLate
}

// Collect tells nothing while the store does not answer: an old figure would look like a good one.
func (f *auctionFigures) Collect(to chan<- prometheus.Metric) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if now := f.now(); now.Sub(f.asked).Abs() >= auctionsAsked {
		ctx, cancel := context.WithTimeout(context.Background(), auctionsWait)
		defer cancel()
		if err := f.ask(ctx, now); err != nil {
			return
		}
		f.asked = now
	}
	to <- prometheus.MustNewConstMetric(auctionsOpen, prometheus.GaugeValue, float64(f.open))
	to <- prometheus.MustNewConstMetric(auctionsOverdue, prometheus.GaugeValue, float64(f.overdue))
	to <- prometheus.MustNewConstMetric(auctionLate, prometheus.GaugeValue, f.late.Seconds())
}

// ask counts. The document knows the first possible end, the auction's stream the real one.
func (f *auctionFigures) ask(ctx context.Context, now time.Time) error {
	all, err := f.room.List(ctx)
	if err != nil {
		return err
	}
	f.open, f.overdue, f.late = 0, 0, 0
	for _, a := range all {
		if a.Stage != auction.Active || now.Before(a.Opens) {
			continue
		}
		if now.Before(a.Closes) {
			f.open++
			continue
		}
		seen, err := f.room.Snapshot(ctx, a.ID)
		if err != nil {
			return err
		}
		switch seen.Phase {
		case auction.PhaseOpen:
			f.open++
		case auction.PhaseClosing:
			f.overdue++
			f.late = max(f.late, now.Sub(seen.ClosesAt))
		}
	}
	return nil
}
