package app

import (
	"github.com/prometheus/client_golang/prometheus"

	"firebrand/internal/journal"
)

// journalFigures are what the journal and its followers tell of themselves, asked anew at each scrape.
type journalFigures struct{ journal *journal.Journal }

var (
	journalAppends    = prometheus.NewDesc("firebrand_journal_appends_total", "Records written by this process.", nil, nil)
	journalConflicts  = prometheus.NewDesc("firebrand_journal_conflicts_total", "Races for a place in a stream that this process lost; each is decided again.", nil, nil)
	journalReplays    = prometheus.NewDesc("firebrand_journal_replays_total", "Requests that had acted before and were answered from what is stored.", nil, nil)
	journalRefused    = prometheus.NewDesc("firebrand_journal_refused_total", "Writes that were not tried because this process's clock is off.", nil, nil)
	journalClock      = prometheus.NewDesc("firebrand_journal_clock_off_seconds", "How far this process's clock is off the store's; beyond 2 s it does not write.", nil, nil)
	followerBehind    = prometheus.NewDesc("firebrand_follower_behind_seconds", "Age of the oldest record a follower knows of and has not handled, or since when its rounds fail; 0 where all is well.", followerLabels, nil)
	followerRead      = prometheus.NewDesc("firebrand_follower_read_age_seconds", "How long ago a follower last read its family to the end. Only where its lease is held.", followerLabels, nil)
	followerPlace     = prometheus.NewDesc("firebrand_follower_checkpoint_age_seconds", "Age of the place that a follower would begin again from; it stays 30 s behind on purpose. Only where its lease is held.", followerLabels, nil)
	followerHeld      = prometheus.NewDesc("firebrand_follower_held", "1 where this process reads for all.", followerLabels, nil)
	followerFailures  = prometheus.NewDesc("firebrand_follower_failures_total", "Rounds of a follower that failed; the next begins again.", followerLabels, nil)
	followerLabels    = []string{"follower", "family"}
	journalFigureDesc = []*prometheus.Desc{
		journalAppends, journalConflicts, journalReplays, journalRefused, journalClock,
		followerBehind, followerRead, followerPlace, followerHeld, followerFailures,
	}
)

func (f journalFigures) Describe(to chan<- *prometheus.Desc) {
	for _, d := range journalFigureDesc {
		to <- d
	}
}

func (f journalFigures) Collect(to chan<- prometheus.Metric) {
	s := f.journal.Stats()
	for _, c := range []struct {
		desc  *prometheus.Desc
		value int64
	}{{journalAppends, s.Appends}, {journalConflicts, s.Conflicts}, {journalReplays, s.Replays}, {journalRefused, s.Refused}} {
		to <- prometheus.MustNewConstMetric(c.desc, prometheus.CounterValue, float64(c.value))
	}
	to <- prometheus.MustNewConstMetric(journalClock, prometheus.GaugeValue, s.ClockOff.Seconds())
	now := f.journal.Now()
	for _, lag := range worst(s.Followers) {
		is := func(desc *prometheus.Desc, kind prometheus.ValueType, value float64) {
			to <- prometheus.MustNewConstMetric(desc, kind, value, lag.Follower, lag.Family)
		}
		is(followerBehind, prometheus.GaugeValue, lag.Behind.Seconds())
		is(followerFailures, prometheus.CounterValue, float64(lag.Failed))
		if !lag.Held {
			is(followerHeld, prometheus.GaugeValue, 0)
			continue
		}
		is(followerHeld, prometheus.GaugeValue, 1)
		if seconds, known := age(now, lag.Read); known {
			is(followerRead, prometheus.GaugeValue, seconds)
		}
		if seconds, known := age(now, lag.Checkpoint); known {
			is(followerPlace, prometheus.GaugeValue, seconds)
		}
	}
}

// worst makes one of followers that bear the same name, by the worst of each figure: a name may be told once only.
func worst(lags []journal.Lag) []journal.Lag {
	type name struct{ follower, family string }
	at := map[name]int{}
	var all []journal.Lag
	for _, lag := range lags {
		n := name{lag.Follower, lag.Family}
		i, twice := at[n]
		if !twice {
			at[n], all = len(all), append(all, lag)
			continue
		}
		one := &all[i]
		one.Behind, one.Failed, one.Held = max(one.Behind, lag.Behind), one.Failed+lag.Failed, one.Held || lag.Held
		if lag.Read.Before(one.Read) {
			one.Read = lag.Read
		}
		if lag.Checkpoint.Before(one.Checkpoint) {
			one.Checkpoint = lag.Checkpoint
		}
	}
	return all
}
