package load

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// redisServer is a real redis-server of the run's own: on a free port of this machine, with nothing kept on disk.
type redisServer struct {
	cmd *exec.Cmd
	out *heard
	// url is what --redis wants.
	url string
}

// startRedis starts a redis-server in a folder, or returns nil where none is installed.
func startRedis(ctx context.Context, dir string) (*redisServer, error) {
	binary, err := exec.LookPath("redis-server")
	if errors.Is(err, exec.ErrNotFound) {
		return nil, nil //nolint:nilnil // nil is said to mean that none is installed
	}
	if err != nil {
		return nil, err
	}
	port, err := freePort(ctx)
	if err != nil {
		return nil, err
	}
	home := filepath.Join(dir, "redis")
	if err := os.MkdirAll(home, 0o700); err != nil {
		return nil, err
	}
	r := &redisServer{out: &heard{}, url: fmt.Sprintf("redis://127.0.0.1:%d/0", port)}
	r.cmd = exec.CommandContext(ctx, binary, "--bind", "127.0.0.1", "--port", strconv.Itoa(port), "--dir", home, "--save", "", "--appendonly", "no")
	r.cmd.Stdout, r.cmd.Stderr = r.out, r.out
	r.cmd.Cancel = func() error { return r.cmd.Process.Signal(os.Interrupt) }
	r.cmd.WaitDelay = startWait
	if err := r.cmd.Start(); err != nil {
		return nil, err
	}
	if err := r.answers(ctx); err != nil {
		return nil, errors.Join(err, r.stop())
	}
	return r, nil
}

// freePort is a port of this machine that nobody listens on at the moment.
func freePort(ctx context.Context) (int, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close() //nolint:errcheck // nothing was sent on it
	at, _ := l.Addr().(*net.TCPAddr)
	return at.Port, nil
}

// client is a connection to it for what a load asks by itself; the caller closes it.
func (r *redisServer) client() (*redis.Client, error) {
	o, err := redis.ParseURL(r.url)
	if err != nil {
		return nil, err
	}
	return redis.NewClient(o), nil
}

// answers waits until the server does.
func (r *redisServer) answers(ctx context.Context) error {
	client, err := r.client()
	if err != nil {
		return err
	}
	defer client.Close() //nolint:errcheck // nothing is kept
	for range 200 {
		if err = client.Ping(ctx).Err(); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	return fmt.Errorf("redis-server does not answer: %w\n%s", err, r.out.text())
}

func (r *redisServer) pid() int { return r.cmd.Process.Pid }

// stop ends the server and waits until it has.
func (r *redisServer) stop() error {
	if r == nil {
		return nil
	}
	signalled := r.cmd.Process.Signal(os.Interrupt)
	if err := errors.Join(signalled, r.cmd.Wait()); err != nil {
		return fmt.Errorf("redis-server: %w\n%s", err, r.out.text())
	}
	return nil
}
