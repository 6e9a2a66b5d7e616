package herd_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"firebrand/internal/testenv"
	"firebrand/web/live"
	"firebrand/web/live/herd"
)

// served is a hub with one room, and the address of its server.
func served(t *testing.T) (*live.Hub, string) {
	t.Helper()
	h := live.New(live.Options{Now: time.Now})
	h.Open("room", live.Room{Tick: 10 * time.Millisecond, Snapshot: func(context.Context, string) (any, error) {
		return map[string]any{"changed": time.Now().UnixNano(), "rows": strings.Repeat("x", 900)}, nil
	}})
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	live.KeepSockets(app)
	app.Get("/live", func(c *fiber.Ctx) error { return h.Upgrade(c, nil, nil) })
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- app.Listener(l) }()
	t.Cleanup(func() {
		_ = h.Close(context.Background())
		_ = app.Shutdown()
		<-ended
	})
	return h, l.Addr().String()
}

func TestHerd(t *testing.T) {
	h, addr := served(t)
	config := herd.Config{Addr: addr, Path: "/live", Room: "room", Sockets: 50, Stamp: "changed"}
	t.Run("every socket hears every state, in order and with its latency", func(t *testing.T) {
		all, err := herd.Open(t.Context(), time.Now, config)
		if err != nil {
			testenv.Skip(t, err.Error())
		}
		defer all.Close()
		all.Report()
		for range 10 {
			h.Changed("room")
			got, heard := herd.Report{}, int64(0)
			testenv.Eventually(t, "all hear it", func() bool { got = all.Report(); heard += got.Messages; return heard == 50 })
			if got.Open != 50 || got.Closed != 0 || got.Gaps != 0 || got.P99 <= 0 {
				t.Errorf("%+v", got)
			}
		}
		if again := all.Report(); again.Messages != 0 || again.Open != 50 {
			t.Errorf("the next report repeats: %+v", again)
		}
		if err := h.Close(t.Context()); err != nil {
			t.Error(err)
		}
		testenv.Eventually(t, "all notice the end", func() bool { return all.Report().Closed == 50 })
	})
}

func TestCommand(t *testing.T) {
	_, addr := served(t)
	text, err := json.Marshal(herd.Config{Addr: addr, Path: "/live", Room: "room", Sockets: 5})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := herd.Command(t.Context(), time.Now, io.MultiReader(bytes.NewReader(text), strings.NewReader("\nreport\n")), &out); err != nil {
		testenv.Skip(t, err.Error())
	}
	if n := strings.Count(out.String(), `"Open":5`); n != 2 {
		t.Errorf("%s", out.String())
	}
}
