package load_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"testing"

	"firebrand/cmd/firebrand/app"
	"firebrand/cmd/firebrand/load"
	"firebrand/internal/testenv"
)

// TestMain lets this binary be the program that a load starts: it serves, or says nothing, as it is told.
func TestMain(m *testing.M) {
	switch {
	case len(os.Args) > 1 && os.Args[1] == "serve":
		if err := serve(os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	case len(os.Args) > 2 && os.Args[1] == "load":
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
		defer stop()
		if err := (&load.Command{Name: os.Args[2]}).Run(ctx); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	case len(os.Args) > 1 && os.Args[1] == "--help":
	default:
		os.Exit(m.Run())
	}
}

// serve is the serve command as far as loads use it.
func serve(flags []string) error {
	told := map[string]string{}
	for i := 0; i+1 < len(flags); i += 2 {
		told[flags[i]] = flags[i+1]
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	a, err := app.Open(ctx, app.Settings{Data: told["--data"], Redis: told["--redis"], Zone: told["--zone"], Brand: "Load"})
	if err != nil {
		return err
	}
	return errors.Join(a.Serve(ctx, told["--listen"], func(at string) error {
		_, err := fmt.Println("Serving on", at)
		return err
	}), a.Close())
}

// drive runs a load for a second and returns its lines. A limit that does not hold is no failure of a test: what a
// machine can do while it runs tests says nothing.
func drive(t *testing.T, c load.Command) []string {
	t.Helper()
	if runtime.GOOS != "linux" {
		testenv.Skip(t, "loads are measured on Linux only")
	}
	c.Seconds, c.Data = 1, t.TempDir()
	var out bytes.Buffer
	if err := c.Drive(t.Context(), &out); err != nil && !strings.HasPrefix(err.Error(), "does not hold:") {
		t.Fatal(err)
	}
	left, err := os.ReadDir(c.Data)
	if err != nil || len(left) > 0 {
		t.Errorf("the run left %v behind: %v", left, err)
	}
	return strings.Split(strings.TrimSpace(out.String()), "\n")
}

// figures reads lines of JSON, each of which must have every field.
func figures(t *testing.T, lines []string) map[string]load.Figure {
	t.Helper()
	found := map[string]load.Figure{}
	for _, line := range lines {
		var f load.Figure
		var fields map[string]any
		if err := errors.Join(json.Unmarshal([]byte(line), &f), json.Unmarshal([]byte(line), &fields)); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		for _, name := range []string{"name", "value", "unit", "baseline", "ratio", "limit", "holds"} {
			if _, there := fields[name]; !there {
				t.Errorf("%s has no %q", line, name)
			}
		}
		found[f.Name] = f
	}
	return found
}

// above fails for every named figure that is missing or not above zero.
func above(t *testing.T, found map[string]load.Figure, names ...string) {
	t.Helper()
	for _, name := range names {
		if found[name].Value <= 0 {
			t.Errorf("%s is %v", name, found[name].Value)
		}
	}
}

func TestPoints(t *testing.T) {
	found := figures(t, drive(t, load.Command{Name: "points", JSON: true}))
	above(t, found, "points.commit_cpu", "points.commits", "points.record", "points.balance_cpu")
	t.Run("what an operation costs stands beside what a bare insert costs", func(t *testing.T) {
		f := found["points.commit_cpu"]
		if f.Baseline == nil || *f.Baseline <= 0 || f.Ratio == nil || f.Limit == nil || f.Holds == nil {
			t.Errorf("%+v", f)
		}
	})
	t.Run("of a thousand points exactly a thousand are spent", func(t *testing.T) {
		f := found["points.contend"]
		if f.Value != 1000 || f.Holds == nil || !*f.Holds {
			t.Errorf("%+v", f)
		}
	})
	t.Run("a figure without a limit holds nothing", func(t *testing.T) {
		if f := found["points.record"]; f.Limit != nil || f.Holds != nil || f.Baseline != nil {
			t.Errorf("%+v", f)
		}
	})
}

func TestOrders(t *testing.T) {
	found := figures(t, drive(t, load.Command{Name: "orders", JSON: true, Orders: 500}))
	above(t, found, "orders.cpu", "orders.taken", "orders.record", "orders.rss", "orders.bulk_cpu", "orders.bulk")
	if f := found["orders.cpu"]; f.Baseline == nil || *f.Limit != 500 {
		t.Errorf("%+v", f)
	}
}

func TestAnswers(t *testing.T) {
	found := figures(t, drive(t, load.Command{Name: "answers", JSON: true}))
	above(t, found, "answers.cpu", "answers.page_cpu", "answers.whole_game_cpu", "answers.request_cpu", "answers.insert_cpu", "answers.record")
}

func TestRooms(t *testing.T) {
	found := figures(t, drive(t, load.Command{Name: "rooms", JSON: true, Members: 200}))
	above(t, found, "rooms.fanout_cpu", "rooms.fanout_p99", "rooms.connection", "rooms.overload_p99", "rooms.overload_rate", "rooms.overload_cpu")
	if f := found["rooms.sockets"]; f.Value != 200 {
		t.Errorf("%+v", f)
	}
	if f := found["rooms.fanout_cpu"]; f.Baseline == nil || *f.Baseline <= 0 || *f.Limit != 8.6 {
		t.Errorf("%+v", f)
	}
	if f := found["rooms.overload_closed"]; f.Value != 0 || f.Holds == nil || !*f.Holds {
		t.Errorf("%+v", f)
	}
}

func TestALoadThatDoesNotExist(t *testing.T) {
	c := load.Command{Name: "everything", Seconds: 1}
	if err := c.Drive(t.Context(), &bytes.Buffer{}); err == nil {
		t.Error("it was driven")
	}
}

func TestBoards(t *testing.T) {
	found := figures(t, drive(t, load.Command{Name: "boards", JSON: true, Members: 200}))
	above(t, found, "boards.embedded_members", "boards.embedded_top_cpu", "boards.embedded_rank_cpu", "boards.embedded_around_cpu")
	if found["boards.embedded_members"].Value != 200 {
		t.Errorf("%v members stand on the embedded board", found["boards.embedded_members"].Value)
	}
	if _, err := exec.LookPath("redis-server"); err != nil {
		testenv.Skip(t, "redis-server is not installed")
	}
	above(t, found, "boards.members", "boards.top_cpu", "boards.around_cpu", "boards.finished_cpu", "boards.finished_redis_cpu")
}
