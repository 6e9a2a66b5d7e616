package load

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"firebrand/web/live"
	"firebrand/web/live/herd"
)

// partVariable makes the program a part of a load of rooms instead: the hub, the bare server beside it, or the herd of
// sockets. Parts are processes of their own so that each one's processor time is its own.
const partVariable = "LOAD_PART"

// The parts.
const (
	hub     = "hub"
	bareHub = "bare"
	theHerd = "herd"
)

// The rooms of the hub: one at the pace of boards, one that shows changes as fast as they come.
const (
	paceRoom = "pace:load"
	fastRoom = "fast:load"
)

// runPart runs the part that the environment names; false where it names none.
func runPart(ctx context.Context) (bool, error) {
	switch os.Getenv(partVariable) {
	case hub:
		return true, serveHub(ctx, os.Stdin, os.Stdout)
	case bareHub:
		return true, serveBare(ctx, os.Stdin, os.Stdout)
	case theHerd:
		return true, herd.Command(ctx, time.Now, os.Stdin, os.Stdout)
	}
	return false, nil
}

// stated is a state of about a kilobyte that says when it was made.
func stated() map[string]any {
	return map[string]any{"changed": time.Now().UnixNano(), "rows": strings.Repeat("x", roomBody-100)}
}

// serveHub serves a hub as the site does, with rooms that change when the input says so.
func serveHub(ctx context.Context, in io.Reader, out io.Writer) error {
	h := live.New(live.Options{Now: time.Now, Failed: func(err error) { fmt.Fprintln(os.Stderr, err) }})
	snapshot := func(context.Context, string) (any, error) { return stated(), nil }
	h.Open("pace:*", live.Room{Snapshot: snapshot, Refresh: time.Hour})
	h.Open("fast:*", live.Room{Snapshot: snapshot, Refresh: time.Hour, Tick: time.Second / overload})
	app := fiber.New(fiber.Config{DisableStartupMessage: true, Immutable: true, ReadBufferSize: 16 << 10})
	live.KeepSockets(app)
	app.Get("/live", func(c *fiber.Ctx) error { return h.Upgrade(c, nil, nil) })
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	served := make(chan error, 1)
	go func() { served <- app.Listener(l) }()
	err = obey(ctx, l.Addr().String(), in, out, func() { h.Changed(paceRoom); h.Changed(fastRoom) })
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), startWait)
	defer cancel()
	return errors.Join(err, h.Close(ending), app.ShutdownWithContext(ending), <-served)
}

// obey says where it serves and then does what each line of in says, answering each with a line: "change hertz
// nanoseconds" calls changed so often and so long, "settle" gives memory back that is not in use. The end of in ends it.
func obey(ctx context.Context, at string, in io.Reader, out io.Writer, changed func()) error {
	if _, err := fmt.Fprintln(out, announced+"http://"+at); err != nil {
		return err
	}
	for lines := bufio.NewScanner(in); lines.Scan(); {
		var hertz int
		var lasts time.Duration
		if n, _ := fmt.Sscanf(lines.Text(), "change %d %d", &hertz, &lasts); n == 2 && hertz > 0 {
			tick := time.NewTicker(time.Second / time.Duration(hertz))
			for end := time.Now().Add(lasts); time.Now().Before(end) && ctx.Err() == nil; <-tick.C {
				changed()
			}
			tick.Stop()
			time.Sleep(live.Tick) // the last change is under way
		} else {
			debug.FreeOSMemory()
		}
		if _, err := fmt.Fprintln(out, "done"); err != nil {
			return err
		}
	}
	return nil
}

// part is a server in a process of its own.
type part struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
	// at is its URL.
	at string
}

// startPart starts a server and returns once it has said where it answers.
func startPart(ctx context.Context, name string) (*part, error) {
	cmd, err := partCommand(ctx, name)
	if err != nil {
		return nil, err
	}
	cmd.Stderr = os.Stderr
	p := &part{cmd: cmd}
	if p.in, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = bufio.NewReader(out)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	line, err := p.out.ReadString('\n')
	p.at = strings.TrimSpace(strings.TrimPrefix(line, announced))
	if err != nil || p.at == "" {
		return nil, errors.Join(fmt.Errorf("the %s did not start", name), err, p.stop())
	}
	return p, nil
}

// tell says what to do and waits until it is done.
func (p *part) tell(what string) error {
	if _, err := fmt.Fprintln(p.in, what); err != nil {
		return err
	}
	_, err := p.out.ReadString('\n')
	return err
}

// settled is what the part keeps in MiB after it gave back what it does not need.
func (p *part) settled() (float64, error) {
	if err := p.tell("settle"); err != nil {
		return 0, err
	}
	return memoryOf(p.pid(), "RssAnon")
}

func (p *part) pid() int { return p.cmd.Process.Pid }

func (p *part) stop() error { return errors.Join(p.in.Close(), p.cmd.Wait()) }
