package load

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"firebrand/internal/calendar"
	"firebrand/web/live/herd"
)

const (
	// roomSockets are open at once, roomBody bytes are about what a state of the room has.
	roomSockets = 5000
	roomBody    = 1000
	// pace is how often the room changes in a second when fan-out is measured: as boards do. The overload is overload.
	pace, overload = 5, 60
)

// The most that rooms may cost: processor seconds for a million deliveries, milliseconds in which 99 of 100 deliveries
// have come, KiB of memory a socket.
const (
	fanOutLimit, fanOutLateLimit    = 8.6, 250
	overloadLateLimit, socketMemory = 400, 18
)

// driveRooms measures a hub of live rooms in a process of its own, its sockets in another: what a delivery costs and how
// late it comes at the pace of boards and under overload, and what a socket keeps. The baseline is a server that does
// nothing but write the same bytes to as many connections. Last, what a socket keeps in the whole program.
func driveRooms(ctx context.Context, r run) error {
	sockets := r.membersOr(roomSockets)
	r.report(figure("rooms.sockets", float64(sockets), "count"))
	bare, err := roomRun{part: bareHub, room: paceRoom, sockets: sockets, hertz: pace}.measure(ctx, r.lasts/4)
	if err != nil {
		return err
	}
	paced, err := roomRun{part: hub, room: paceRoom, sockets: sockets, hertz: pace}.measure(ctx, r.lasts/2)
	if err != nil {
		return err
	}
	r.report(figure("rooms.fanout_cpu", paced.cpu(), "s/M").beside(bare.cpu()).atMost(fanOutLimit))
	r.report(figure("rooms.fanout_p99", paced.heard.P99, "ms").beside(bare.heard.P99).atMost(fanOutLateLimit))
	r.report(figure("rooms.connection", paced.memory, "KiB").beside(bare.memory).atMost(socketMemory))
	over, err := roomRun{part: hub, room: fastRoom, sockets: sockets, hertz: overload}.measure(ctx, r.lasts/2)
	if err != nil {
		return err
	}
	r.report(figure("rooms.overload_p99", over.heard.P99, "ms").atMost(overloadLateLimit))
	r.report(figure("rooms.overload_most", over.heard.Most, "ms"))
	r.report(figure("rooms.overload_closed", float64(over.heard.Closed), "count").exactly(0))
	r.report(figure("rooms.overload_cpu", over.cpu(), "s/M"))
	r.report(figure("rooms.overload_rate", float64(over.heard.Messages)/over.took.Seconds(), "1/s"))
	return programSockets(ctx, r, sockets)
}

// roomRun is one server with its herd of sockets.
type roomRun struct {
	part, room     string
	sockets, hertz int
}

// roomFound is what a run found.
type roomFound struct {
	heard herd.Report
	used  time.Duration
	took  time.Duration
	// memory is what a socket keeps, in KiB.
	memory float64
}

// cpu is processor seconds for a million deliveries.
func (f roomFound) cpu() float64 {
	if f.heard.Messages == 0 {
		return 0
	}
	return f.used.Seconds() / float64(f.heard.Messages) * 1e6
}

// measure lets the room change for a while before all sockets.
func (rr roomRun) measure(ctx context.Context, lasts time.Duration) (found roomFound, err error) {
	server, err := startPart(ctx, rr.part)
	if err != nil {
		return found, err
	}
	defer func() { err = errors.Join(err, server.stop()) }()
	before, err := server.settled()
	if err != nil {
		return found, err
	}
	crowd, err := startHerd(ctx, server.at, "", rr.room, rr.sockets)
	if err != nil {
		return found, err
	}
	defer func() { err = errors.Join(err, crowd.Close()) }()
	if err := rr.warm(server, crowd); err != nil {
		return found, err
	}
	begun, err := cpuOf(server.pid())
	start := time.Now()
	if err != nil {
		return found, err
	}
	if err := server.tell(fmt.Sprintf("change %d %d", rr.hertz, max(lasts, time.Second))); err != nil {
		return found, err
	}
	found.took = time.Since(start)
	if found.heard, err = crowd.Report(); err != nil {
		return found, err
	}
	ended, err := cpuOf(server.pid())
	if err != nil {
		return found, err
	}
	found.used = ended - begun
	after, err := server.settled()
	found.memory = (after - before) * 1024 / float64(rr.sockets)
	return found, err
}

// warm lets a second pass: what the first messages cost is not what the next ones do.
func (rr roomRun) warm(server *part, crowd *herd.Remote) error {
	if err := server.tell(fmt.Sprintf("change %d %d", rr.hertz, time.Second)); err != nil {
		return err
	}
	_, err := crowd.Report()
	return err
}

// startHerd opens sockets to a room from a process of its own.
func startHerd(ctx context.Context, at, token, room string, sockets int) (*herd.Remote, error) {
	u, err := url.Parse(at)
	if err != nil {
		return nil, err
	}
	cmd, err := partCommand(ctx, theHerd)
	if err != nil {
		return nil, err
	}
	cmd.Stderr = os.Stderr
	stamp := "changed"
	if token != "" {
		stamp = ""
	}
	return herd.Start(cmd, herd.Config{
		Addr: u.Host, Path: "/live", Room: room, Sockets: sockets, Stamp: stamp,
		Header: map[string]string{ // as long as a browser's
			"Cookie": "fb_session=" + token + strings.Repeat("s", max(0, 43-len(token))), "Origin": at,
			"User-Agent":      "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Mobile Safari/537.36",
			"Accept-Encoding": "gzip, deflate, br, zstd", "Accept-Language": "uk-UA,uk;q=0.9,ru;q=0.8,en;q=0.7",
		},
	})
}

// programSockets opens as many sockets to the whole program, all watching this month's board of a demo, and tells what
// each keeps when all have settled.
func programSockets(ctx context.Context, r run, sockets int) (err error) {
	data := filepath.Join(r.dir, "demo")
	token, _, err := loadDemo(ctx, data)
	if err != nil {
		return err
	}
	zone, err := calendar.Load(homeZone)
	if err != nil {
		return err
	}
	server, err := serve(ctx, data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.stop()) }()
	// The shadows are drawn, and what the start needed is given back.
	if err := pause(ctx, 8*time.Second); err != nil {
		return err
	}
	before, err := memoryOf(server.pid(), "RssAnon")
	if err != nil {
		return err
	}
	crowd, err := startHerd(ctx, server.url, token, "board:all:"+zone.Month(time.Now()).String(), sockets)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, crowd.Close()) }()
	if err := pause(ctx, 5*time.Second); err != nil {
		return err
	}
	after, err := memoryOf(server.pid(), "RssAnon")
	if err != nil {
		return err
	}
	r.report(figure("rooms.program_connection", (after-before)*1024/float64(sockets), "KiB"))
	return nil
}

// pause waits, unless ctx ends first.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// partCommand is this program as a part of a load; see Part.
func partCommand(ctx context.Context, part string) (*exec.Cmd, error) {
	cmd, err := program(ctx, nil, "load", "rooms")
	if err != nil {
		return nil, err
	}
	cmd.Stdout, cmd.Stderr = nil, nil
	cmd.Env = append(cmd.Env, partVariable+"="+part)
	return cmd, nil
}
