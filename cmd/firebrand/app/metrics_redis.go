package app

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
)

// redisGauges tell how long Redis takes to answer, by the command's name; they are a hook of its client. The program
// uses some twenty commands, so that the names are few.
type redisGauges struct {
	group
	seconds *prometheus.HistogramVec
	errors  *prometheus.CounterVec
}

// pipelined stands for commands that were sent together.
const pipelined = "pipeline"

func newRedisGauges() *redisGauges {
	g := &redisGauges{
		seconds: histogram("firebrand_redis_seconds", "How long Redis took to answer, waiting for a connection included.", "command"),
		errors:  counter("firebrand_redis_errors_total", "Commands that Redis did not do; a key that is absent is no error.", "command"),
	}
	g.group = group{g.seconds, g.errors}
	return g
}

func (g *redisGauges) done(name string, start time.Time, err error) {
	g.seconds.WithLabelValues(name).Observe(time.Since(start).Seconds())
	// A script that the server does not know yet is sent again whole.
	if err != nil && !errors.Is(err, redis.Nil) && !redis.HasErrorPrefix(err, "NOSCRIPT") {
		g.errors.WithLabelValues(name).Inc()
	}
}

// DialHook counts connections that could not be made.
func (g *redisGauges) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := next(ctx, network, addr)
		if err != nil {
			g.errors.WithLabelValues("dial").Inc()
		}
		return conn, err
	}
}

// ProcessHook measures one command.
func (g *redisGauges) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		start := time.Now()
		err := next(ctx, cmd)
		g.done(cmd.Name(), start, err)
		return err
	}
}

// ProcessPipelineHook measures commands that were sent together, as one.
func (g *redisGauges) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		start := time.Now()
		err := next(ctx, cmds)
		g.done(pipelined, start, err)
		return err
	}
}
