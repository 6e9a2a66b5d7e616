package main

import (
	"bufio"
	"net/http"
	"regexp"
	"syscall"
	"testing"
	"time"

	"firebrand/internal/testenv"
)

// linkOf starts a process and returns it with the path of the first administrator's link that it prints.
func linkOf(t *testing.T, args ...string) (*site, string) {
	t.Helper()
	cmd := program(t, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...)
	stdout, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	s := &site{cmd: cmd, ended: make(chan error, 1)}
	t.Cleanup(s.kill)
	printed := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(stdout)
		for lines.Scan() {
			if m := regexp.MustCompile(`(http://127\.0\.0\.1:\d+)(/i/\S+)`).FindStringSubmatch(lines.Text()); m != nil {
				s.at = m[1]
				printed <- m[2]
			}
		}
		s.ended <- cmd.Wait()
	}()
	select {
	case link := <-printed:
		return s, link
	case err := <-s.ended:
		s.ended <- err
		t.Fatalf("the program ended: %v", err)
	case <-time.After(3 * time.Minute):
		t.Fatal("no link was printed within three minutes")
	}
	return nil, ""
}

// Whoever lost the first administrator's link starts again, as soon as they like.
func TestFirstAdministratorsLink(t *testing.T) {
	again := func(t *testing.T, args ...string) {
		s, first := linkOf(t, args...)
		if got := s.get(t, first); got != http.StatusOK {
			t.Errorf("the first link answers %d", got)
		}
		must(t, s.cmd.Process.Signal(syscall.SIGTERM))
		s.ended <- <-s.ended
		s, second := linkOf(t, args...)
		if got := s.get(t, second); got != http.StatusOK {
			t.Errorf("the link of the second start answers %d", got)
		}
		if got := s.get(t, first); got != http.StatusNotFound {
			t.Errorf("the first link answers %d after the second start", got)
		}
	}
	t.Run("in a data folder", func(t *testing.T) { again(t, "--data", t.TempDir()) })
	t.Run("on a MongoDB", func(t *testing.T) {
		uri, _ := testenv.Mongo(t)
		again(t, "--mongo", uri)
	})
}
