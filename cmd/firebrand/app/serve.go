package app

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"time"

	"firebrand/web"
)

// shutdownWait bounds how long requests under way may take to end.
const shutdownWait = 10 * time.Second

// gcPercent lets the heap grow to three times what is alive before it is collected: it is small, some twenty megabytes,
// and collecting it at every doubling took a tenth of what an answer costs. GOGC in the environment wins.
const gcPercent = 200

// settleWait is when a start is over: pages are bundled and the shadows are drawn.
const settleWait = 5 * time.Second

// Serve answers requests on the address until ctx ends; started is called with the site's URL once it does.
func (a *App) Serve(ctx context.Context, listen string, started func(at string) error) error {
	site, err := web.New(a.Rooms, web.Settings{Brand: a.Brand, Zone: a.Zone, Now: a.Now, Ready: a.Ready, Log: a.Log, Metrics: a.gauges.registry})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	ctx, stop := context.WithCancel(ctx)
	wait := a.Background(ctx)
	served := make(chan error, 1)
	go func() { served <- site.Serve(l) }()
	// Bundling and the followers' first round leave memory behind that is needed no more.
	settled := time.AfterFunc(settleWait, debug.FreeOSMemory)
	defer settled.Stop()
	if err = started("http://" + reachable(l.Addr().String())); err == nil {
		select {
		case <-ctx.Done():
		case err = <-served:
		}
	}
	stop()
	ending, cancel := context.WithTimeout(context.Background(), shutdownWait)
	defer cancel()
	err = errors.Join(ignoreClosed(err), site.Shutdown(ending))
	wait()
	return err
}

// ignoreClosed drops the error that only says that serving ended as it was told to.
func ignoreClosed(err error) error {
	if errors.Is(err, http.ErrServerClosed) || errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// reachable is an address that a browser on this machine can open: one that stands for all addresses is no place to go.
func reachable(address string) string {
	host, port, err := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return address
}
