package app

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"firebrand/internal/fault"
	"firebrand/internal/store"
)

// storeGauges tell how long the store takes to answer. What it refuses by its contract, a taken key or a document that is
// not there, is an answer; only what it cannot do is an error.
type storeGauges struct {
	group
	seconds *prometheus.HistogramVec
	errors  *prometheus.CounterVec
	// each are the operations' own parts, looked up once.
	insert, get, replace, remove, find, ping storeGauge
}

type storeGauge struct {
	seconds prometheus.Observer
	errors  prometheus.Counter
}

func newStoreGauges() *storeGauges {
	g := &storeGauges{
		seconds: histogram("firebrand_store_seconds", "How long the store took to answer, decoding included.", "operation"),
		errors:  counter("firebrand_store_errors_total", "Operations that the store could not do; a refused one is no error.", "operation"),
	}
	g.group = group{g.seconds, g.errors}
	of := func(name string) storeGauge {
		return storeGauge{g.seconds.WithLabelValues(name), g.errors.WithLabelValues(name)}
	}
	g.insert, g.get, g.replace, g.remove, g.find, g.ping = of("insert"), of("get"), of("replace"), of("delete"), of("find"), of("ping")
	return g
}

// done takes down an operation that began at start; it stands in a defer.
func (g storeGauge) done(start time.Time, err *error) {
	g.seconds.Observe(time.Since(start).Seconds())
	if *err == nil {
		return
	}
	if f := fault.As(*err); f == nil || f.Kind == fault.Unavailable {
		g.errors.Inc()
	}
}

// measured is an engine whose operations are measured.
type measured struct {
	store.Engine
	gauges *storeGauges
}

// measure wraps an engine, so that /metrics tells how long it takes. It is what rooms are opened over.
func (g *storeGauges) measure(e store.Engine) store.Engine { return measured{e, g} }

// Open opens a collection whose operations are measured.
func (m measured) Open(ctx context.Context, spec store.Spec) (store.Table, error) {
	t, err := m.Engine.Open(ctx, spec)
	if err != nil {
		return nil, err
	}
	return measuredTable{t, m.gauges}, nil
}

// Ping is measured too: it is what /readyz waits for.
func (m measured) Ping(ctx context.Context) (err error) {
	defer m.gauges.ping.done(time.Now(), &err)
	return m.Engine.Ping(ctx)
}

type measuredTable struct {
	store.Table
	gauges *storeGauges
}

func (t measuredTable) Insert(ctx context.Context, id string, doc any) (err error) {
	defer t.gauges.insert.done(time.Now(), &err)
	return t.Table.Insert(ctx, id, doc)
}

func (t measuredTable) Get(ctx context.Context, id string, doc any) (version int64, err error) {
	defer t.gauges.get.done(time.Now(), &err)
	return t.Table.Get(ctx, id, doc)
}

func (t measuredTable) Replace(ctx context.Context, id string, doc any, version int64) (err error) {
	defer t.gauges.replace.done(time.Now(), &err)
	return t.Table.Replace(ctx, id, doc, version)
}

func (t measuredTable) Delete(ctx context.Context, id string) (err error) {
	defer t.gauges.remove.done(time.Now(), &err)
	return t.Table.Delete(ctx, id)
}

// Find leaves out what each does with what was found, which may be much, and may ask the store again.
func (t measuredTable) Find(ctx context.Context, q store.Query, each func(store.Raw) error) error {
	start := time.Now()
	var outside time.Duration
	var own error
	err := t.Table.Find(ctx, q, func(r store.Raw) error {
		began := time.Now()
		defer func() { outside += time.Since(began) }()
		own = each(r)
		return own
	})
	t.gauges.find.seconds.Observe((time.Since(start) - outside).Seconds())
	if f := fault.As(err); err != nil && own == nil && (f == nil || f.Kind == fault.Unavailable) {
		t.gauges.find.errors.Inc()
	}
	return err
}
