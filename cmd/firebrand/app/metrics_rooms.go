package app

import (
	"github.com/prometheus/client_golang/prometheus"

	"firebrand/web/live"
)

// roomFigures are what the hub of live rooms tells of itself, asked anew at each scrape.
type roomFigures struct{ hub *live.Hub }

// roomFigure is one of them.
type roomFigure struct {
	desc  *prometheus.Desc
	kind  prometheus.ValueType
	value func(live.Stats) float64
}

func roomGauge(name, help string, value func(live.Stats) float64) roomFigure {
	return roomFigure{prometheus.NewDesc(name, help, nil, nil), prometheus.GaugeValue, value}
}

func roomCounter(name, help string, value func(live.Stats) float64) roomFigure {
	return roomFigure{prometheus.NewDesc(name, help, nil, nil), prometheus.CounterValue, value}
}

var roomFigureList = []roomFigure{
	roomGauge("firebrand_rooms", "Rooms that are remembered.", func(s live.Stats) float64 { return float64(s.Rooms) }),
	roomGauge("firebrand_rooms_watched", "Rooms that somebody watches.", func(s live.Stats) float64 { return float64(s.Watched) }),
	roomGauge("firebrand_room_connections", "Open sockets.", func(s live.Stats) float64 { return float64(s.Connections) }),
	roomGauge("firebrand_room_waiting", "Sockets with something that is not written yet.", func(s live.Stats) float64 { return float64(s.Waiting) }),
	roomCounter("firebrand_room_states_total", "States of rooms that were made.", func(s live.Stats) float64 { return float64(s.States) }),
	roomCounter("firebrand_room_pushes_total", "Messages with a state that were written.", func(s live.Stats) float64 { return float64(s.Pushes) }),
	roomCounter("firebrand_room_skipped_total", "States that a newer one overtook before they were written to a socket.", func(s live.Stats) float64 { return float64(s.Skipped) }),
	roomCounter("firebrand_room_events_total", "Events that were queued to sockets.", func(s live.Stats) float64 { return float64(s.Events) }),
	roomCounter("firebrand_room_kicked_total", "Sockets that were closed because their queue overflowed.", func(s live.Stats) float64 { return float64(s.Kicked) }),
	roomCounter("firebrand_room_dropped_total", "Sockets that could not be written to in time, or broke.", func(s live.Stats) float64 { return float64(s.Dropped) }),
	roomCounter("firebrand_room_snapshots_total", "Snapshots that were asked of rooms.", func(s live.Stats) float64 { return float64(s.Snapshots) }),
	roomCounter("firebrand_room_snapshot_failures_total", "Snapshots that failed.", func(s live.Stats) float64 { return float64(s.SnapshotsFailed) }),
	roomCounter("firebrand_room_snapshot_seconds_total", "What all snapshots took together.", func(s live.Stats) float64 { return s.SnapshotTime.Seconds() }),
}

func (f roomFigures) Describe(to chan<- *prometheus.Desc) {
	for _, one := range roomFigureList {
		to <- one.desc
	}
}

func (f roomFigures) Collect(to chan<- prometheus.Metric) {
	s := f.hub.Stats()
	for _, one := range roomFigureList {
		to <- prometheus.MustNewConstMetric(one.desc, one.kind, one.value(s))
	}
}
