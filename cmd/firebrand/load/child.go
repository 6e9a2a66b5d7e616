package load

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// startWait bounds how long a server may take to start, and to stop.
const startWait = time.Minute

// child is the program itself, serving a data folder on a free port of this machine.
type child struct {
	cmd *exec.Cmd
	out *heard
	// url is where it answers.
	url string
	// born is the instant just before it was started.
	born time.Time
}

// program is this program with other arguments, heard on out. What the environment says about a programme is not for it.
func program(ctx context.Context, out *heard, args ...string) (*exec.Cmd, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, exe, args...)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = startWait
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "FIREBRAND_") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	return cmd, nil
}

// serve starts the program, with more flags where given, and returns once it has said where it answers.
func serve(ctx context.Context, data string, more ...string) (*child, error) {
	out := &heard{said: make(chan string, 1)}
	cmd, err := program(ctx, out, append([]string{"serve", "--data", data, "--listen", "127.0.0.1:0", "--zone", homeZone}, more...)...)
	if err != nil {
		return nil, err
	}
	c := &child{cmd: cmd, out: out, born: time.Now()}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	select {
	case c.url = <-out.said:
		return c, nil
	case <-time.After(startWait):
		err = errors.New("the server did not start")
	case <-ctx.Done():
		err = ctx.Err()
	}
	return nil, errors.Join(err, c.stop())
}

// stop tells the server to end and waits until it has. Where it did not end well its error holds what it printed.
func (c *child) stop() error {
	signalled := c.cmd.Process.Signal(os.Interrupt)
	if err := errors.Join(signalled, c.cmd.Wait()); err != nil {
		return fmt.Errorf("the server: %w\n%s", err, c.out.text())
	}
	return nil
}

func (c *child) pid() int { return c.cmd.Process.Pid }

// quiet waits until the server has stopped working on what it was given, followers included, and tells what processor
// time it has used by then. A server that never rests is taken as it is after some seconds.
func (c *child) quiet(ctx context.Context) (time.Duration, error) {
	const look, still = 50 * time.Millisecond, time.Millisecond
	last, err := cpuOf(c.pid())
	for range 100 {
		if err != nil {
			return 0, err
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(look):
		}
		before := last
		if last, err = cpuOf(c.pid()); last-before < still {
			break
		}
	}
	return last, err
}

// spent is the processor time that the server used for what do asks of it n times.
func (c *child) spent(ctx context.Context, n int, do func() error) (tally, error) {
	before, err := c.quiet(ctx)
	if err != nil {
		return tally{}, err
	}
	start := time.Now()
	if err := do(); err != nil {
		return tally{}, err
	}
	took := time.Since(start)
	after, err := c.quiet(ctx)
	return tally{ops: int64(n), cpu: after - before, took: took}, err
}

// heard keeps what a program prints and tells where it serves.
type heard struct {
	said chan string
	mu   sync.Mutex
	buf  bytes.Buffer
	told bool
}

// announced begins the line that says where a server answers.
const announced = "Serving on "

func (h *heard) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.buf.Write(p)
	if h.told || h.said == nil {
		return len(p), nil
	}
	_, rest, _ := strings.Cut(h.buf.String(), announced)
	if url, _, whole := strings.Cut(rest, "\n"); whole {
		h.told = true
		h.said <- strings.TrimSpace(url)
	}
	return len(p), nil
}

func (h *heard) text() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.buf.String()
}

// newClient keeps as many connections open as clients use at once.
func newClient() *http.Client {
	return &http.Client{
		Timeout:       startWait,
		Transport:     &http.Transport{MaxIdleConnsPerHost: clients, DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// wanted reads an answer to its end and fails where it is not a 200.
func wanted(client *http.Client, req *http.Request) ([]byte, error) {
	res, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close() //nolint:errcheck // read to the end below
	var body bytes.Buffer
	if _, err := body.ReadFrom(res.Body); err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s %s: %s: %.300s", req.Method, req.URL.Path, res.Status, body.String())
	}
	return body.Bytes(), nil
}
