package app

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"sync/atomic"
	"time"

	"firebrand/web"
)

// shutdownWait bounds how long requests under way may take to end, and leaseWait how long giving leases back may take.
const (
	shutdownWait = 10 * time.Second
	leaseWait    = 3 * time.Second
)

// gcPercent lets the heap grow to three times what is alive before it is collected: it is small, some twenty megabytes,
// and collecting it at every doubling took a tenth of what an answer costs. GOGC in the environment wins.
const gcPercent = 200

// settleWait is when a start is over: pages are bundled and the shadows are drawn.
const settleWait = 5 * time.Second

// errLeaving is why a process that was told to end is not ready.
var errLeaving = errors.New("told to stop")

// Door is where a programme is served, and how it is left.
type Door struct {
	// Listen is the address.
	Listen string
	// Drain is how long a process that was told to end goes on serving while /readyz says no, so that whoever sends it
	// requests can look elsewhere first.
	Drain time.Duration
}

// Serve answers requests on the address until ctx ends; started is called with the site's URL once it does.
func (a *App) Serve(ctx context.Context, listen string, started func(at string) error) error {
	return a.ServeAt(ctx, Door{Listen: listen}, started)
}

// ServeAt answers requests until ctx ends; started is called with the site's URL once it does. Then it leaves in this
// order, so that another process takes over without anybody noticing: /readyz says no and the leases are given back; for
// Drain all else goes on; the rooms close their sockets with code 1012, upon which pages come back to another process;
// requests under way end; and what they wrote is handled by this process's own followers, last of all.
func (a *App) ServeAt(ctx context.Context, d Door, started func(at string) error) error {
	var leaving atomic.Bool
	site, err := web.New(a.Rooms, a.siteSettings(&leaving))
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", d.Listen)
	if err != nil {
		return err
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	a.gauges.watch(a)
	behind, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	wait := a.Background(behind)
	served := make(chan error, 1)
	go func() { served <- site.Serve(l) }()
	// Bundling and the followers' first round leave memory behind that is needed no more.
	settled := time.AfterFunc(settleWait, debug.FreeOSMemory)
	defer settled.Stop()
	if err = started("http://" + reachable(l.Addr().String())); err == nil {
		select {
		case <-ctx.Done():
			err = a.drain(d.Drain, &leaving, served)
		case err = <-served:
		}
	}
	ending, cancel := context.WithTimeout(context.Background(), shutdownWait)
	defer cancel()
	err = errors.Join(ignoreClosed(err), site.Shutdown(ending))
	stop()
	wait()
	return err
}

// drain tells others that this process is about to end, and serves on until they had the time to notice.
func (a *App) drain(lasts time.Duration, leaving *atomic.Bool, served <-chan error) error {
	leaving.Store(true)
	ctx, cancel := context.WithTimeout(context.Background(), leaseWait)
	defer cancel()
	if err := a.Journal.Leases.Close(ctx); err != nil {
		a.Log.Warn("leases end by themselves within seconds", "error", err)
	}
	select {
	case <-time.After(lasts):
		return nil
	case err := <-served:
		return err
	}
}

// siteSettings are what the site is told of the programme.
func (a *App) siteSettings(leaving *atomic.Bool) web.Settings {
	settings := web.Settings{
		Brand: a.Brand, Zone: a.Zone, Now: a.Now, Log: a.Log, Metrics: a.gauges.registry,
		Ready: func(ctx context.Context) error {
			if leaving.Load() {
				return errLeaving
			}
			return errors.Join(a.Ready(ctx), a.Journal.Ready(ctx))
		},
	}
	if settings.Several = !a.Engine.Alone(); settings.Several {
		settings.First = a.first
	}
	return settings
}

const (
	// onceKept is for how long processes know of a form that one of them has answered.
	onceKept = 24 * time.Hour
	// oncePatience is how long a page waits to ask the others.
	oncePatience = time.Second
)

// first reports whether no process on this Redis has asked about the key before.
func (a *App) first(ctx context.Context, key string) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, oncePatience)
	defer cancel()
	return a.Redis.SetNX(ctx, "fb:{once}:"+key, 1, onceKept).Result()
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
