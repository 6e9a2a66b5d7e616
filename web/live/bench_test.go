package live_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"firebrand/internal/testenv"
	"firebrand/web/live"
	"firebrand/web/live/herd"
)

// asHerd makes the test binary a herd of sockets instead.
const asHerd = "FIREBRAND_TEST_HERD"

func TestMain(m *testing.M) {
	if os.Getenv(asHerd) == "" {
		os.Exit(m.Run())
	}
	if err := herd.Command(context.Background(), time.Now, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// startHerd opens sockets to the hub's server from a process of their own.
func startHerd(t testing.TB, url, room string, sockets int) *herd.Remote {
	t.Helper()
	addr, path, _ := strings.Cut(strings.TrimPrefix(url, "ws://"), "/")
	cmd := exec.Command(os.Args[0])
	cmd.Env, cmd.Stderr = append(os.Environ(), asHerd+"=1"), os.Stderr
	r, err := herd.Start(cmd, herd.Config{
		Addr: addr, Path: "/" + path, Room: room, Sockets: sockets, Stamp: "changed",
		Header: map[string]string{ // as a browser's request is long
			"Cookie": "session=" + strings.Repeat("s", 43), "Origin": "http://" + addr,
			"User-Agent":      "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Mobile Safari/537.36",
			"Accept-Encoding": "gzip, deflate, br, zstd", "Accept-Language": "uk-UA,uk;q=0.9,ru;q=0.8,en;q=0.7",
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

// stamped is a kilobyte of state that says when it changed.
func stamped(context.Context, string) (any, error) {
	return map[string]any{"changed": time.Now().UnixNano(), "rows": strings.Repeat("x", 900)}, nil
}

func heard(t testing.TB, r *herd.Remote) herd.Report {
	t.Helper()
	got, err := r.Report()
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func processor(t testing.TB) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// own is the part of processor that was not the kernel's.
func own(t testing.TB) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano())
}

// resident is the process's own memory in KiB.
func resident(t testing.TB) float64 {
	raw, err := os.ReadFile("/proc/self/status")
	if err != nil {
		testenv.Skip(t, "no /proc here")
	}
	_, rest, _ := strings.Cut(string(raw), "RssAnon:")
	kib, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
	if err != nil {
		t.Fatal(err)
	}
	return kib
}

const crowd = 5000

func crowded(t testing.TB, tick time.Duration) (*live.Hub, *herd.Remote) {
	h := hub(func(err error) { t.Log(err) })
	h.Open("board:*", live.Room{Snapshot: stamped, Tick: tick, Refresh: time.Hour})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return h, startHerd(t, serveOn(t, h, l), "board:all", crowd)
}

// One change after another to 5,000 sockets, at the pace of a board.
func BenchmarkFanOut(b *testing.B) {
	h, r := crowded(b, 0)
	heard(b, r)
	begun, before := processor(b), own(b)
	for b.Loop() {
		h.Changed("board:all")
		time.Sleep(250 * time.Millisecond)
	}
	used, mine := processor(b)-begun, own(b)-before
	time.Sleep(300 * time.Millisecond)
	got := heard(b, r)
	b.ReportMetric(used.Seconds()/float64(got.Messages)*1e6, "CPU-s/M")
	b.ReportMetric(got.P50, "p50-ms")
	b.ReportMetric(got.P99, "p99-ms")
	b.ReportMetric(mine.Seconds()/float64(got.Messages)*1e6, "own-CPU-s/M")
	b.ReportMetric(float64(got.Messages)/float64(b.N), "deliveries/op")
	b.ReportMetric(float64(got.Closed), "closed")
}

// Sixty changes a second to 5,000 sockets, in a room that shows them as fast as they come.
func BenchmarkOverload(b *testing.B) {
	for _, tick := range []time.Duration{time.Second / 60, live.Tick} {
		b.Run(tick.String(), func(b *testing.B) {
			h, r := crowded(b, tick)
			heard(b, r)
			begun := processor(b)
			for b.Loop() {
				h.Changed("board:all")
				time.Sleep(time.Second / 60)
			}
			used := processor(b) - begun
			got := heard(b, r)
			b.ReportMetric(used.Seconds()/float64(got.Messages)*1e6, "CPU-s/M")
			b.ReportMetric(got.P50, "p50-ms")
			b.ReportMetric(got.P99, "p99-ms")
			b.ReportMetric(got.Most, "most-ms")
			b.ReportMetric(float64(got.Messages)/b.Elapsed().Seconds(), "deliveries/s")
			b.ReportMetric(float64(got.Closed), "closed")
			b.Logf("%+v", h.Stats())
		})
	}
}

// What a connection takes in memory, with a browser's request and some states behind it.
func BenchmarkConnection(b *testing.B) {
	debug.FreeOSMemory()
	before := resident(b)
	h, r := crowded(b, 0)
	for b.Loop() {
		h.Changed("board:all")
		time.Sleep(300 * time.Millisecond)
	}
	peak := resident(b)
	heard(b, r)
	time.Sleep(time.Second)
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric((peak-before)/crowd, "KiB-at-most")
	b.ReportMetric((resident(b)-before)/crowd, "KiB")
	b.ReportMetric(float64(m.StackInuse)/1024/crowd, "KiB-stack")
	b.ReportMetric(float64(m.HeapAlloc)/1024/crowd, "KiB-heap")
}
