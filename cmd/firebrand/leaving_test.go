package main

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fasthttp/websocket"

	"firebrand/internal/calendar"
)

// watching opens a socket as a member and joins a room; it has its snapshot when it returns.
func watching(t *testing.T, at string, c *caller, room string) *websocket.Conn {
	t.Helper()
	header := http.Header{"Cookie": {"fb_session=" + c.session}, "Origin": {at}}
	conn, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(at, "http")+"/live", header)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, `{"type":"join","room":%q}`, room)); err != nil {
		t.Fatal(err)
	}
	for !strings.Contains(heardOn(t, conn), `"snapshot"`) {
		continue // a board that is being drawn says so first
	}
	return conn
}

func heardOn(t *testing.T, conn *websocket.Conn) string {
	t.Helper()
	_ = conn.SetReadDeadline(time.Now().Add(time.Minute))
	_, text, err := conn.ReadMessage()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// slowly begins a request and keeps its last byte back; the returned function sends it and returns the answer's status.
func slowly(t *testing.T, at string) (finish func() string) {
	t.Helper()
	addr := strings.TrimPrefix(at, "http://")
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	body := "login=nobody&password=nothing"
	fmt.Fprintf(conn, "POST /sign-in HTTP/1.1\r\nHost: %s\r\nOrigin: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s",
		addr, at, len(body), body[:len(body)-1])
	return func() string {
		t.Helper()
		_ = conn.SetDeadline(time.Now().Add(time.Minute))
		if _, err := conn.Write([]byte(body[len(body)-1:])); err != nil {
			t.Fatal(err)
		}
		status, err := bufio.NewReader(conn).ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(status)
	}
}

// monthNow is the month of the demo's programme.
func monthNow(t *testing.T) string {
	t.Helper()
	zone, err := calendar.Load("Europe/Kyiv")
	if err != nil {
		t.Fatal(err)
	}
	return zone.Month(time.Now()).String()
}

func TestLeaving(t *testing.T) {
	folder := demoFolder(t)
	people := callers(t, folder, 1)
	const drain = 6 * time.Second
	s := start(t, "serve", "--listen", "127.0.0.1:0", "--data", folder, "--drain", drain.String())
	socket := watching(t, s.at, people[0], "board:all:"+monthNow(t))
	finish := slowly(t, s.at)
	told := time.Now()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	t.Run("first it is not ready, and serves on", func(t *testing.T) {
		for s.get(t, "/readyz") != http.StatusServiceUnavailable {
			if time.Since(told) > drain {
				t.Fatal("it is ready still")
			}
			time.Sleep(10 * time.Millisecond)
		}
		if got := s.get(t, "/sign-in"); got != http.StatusOK {
			t.Errorf("a page answers %d", got)
		}
		if got := s.get(t, "/healthz"); got != http.StatusOK {
			t.Errorf("/healthz answers %d", got)
		}
		if err := socket.WriteMessage(websocket.TextMessage, []byte(`{"type":"ping"}`)); err != nil {
			t.Fatal(err)
		}
		for !strings.Contains(heardOn(t, socket), `"pong"`) {
			continue // the board may have moved
		}
		if time.Since(told) > drain {
			t.Skip("too slow a machine to tell")
		}
	})
	t.Run("then sockets are closed with 1012, so that pages come back elsewhere", func(t *testing.T) {
		for {
			_ = socket.SetReadDeadline(time.Now().Add(time.Minute))
			if _, _, err := socket.ReadMessage(); err != nil {
				var closed *websocket.CloseError
				if !errors.As(err, &closed) || closed.Code != websocket.CloseServiceRestart {
					t.Errorf("closed with %v", err)
				}
				break
			}
		}
		if time.Since(told) < drain {
			t.Errorf("after %s already", time.Since(told))
		}
	})
	t.Run("a request under way is answered, and nobody new is let in", func(t *testing.T) {
		if status := finish(); !strings.HasPrefix(status, "HTTP/1.1 ") || strings.HasPrefix(status, "HTTP/1.1 5") {
			t.Errorf("the answer begins with %q", status)
		}
		if conn, err := net.DialTimeout("tcp", strings.TrimPrefix(s.at, "http://"), time.Second); err == nil {
			_ = conn.Close()
			t.Error("somebody new was let in")
		}
	})
	select {
	case err := <-s.ended:
		s.ended <- err
		if err != nil {
			t.Errorf("it ended with %v", err)
		}
	case <-time.After(time.Minute):
		t.Error("it did not end")
	}
}
