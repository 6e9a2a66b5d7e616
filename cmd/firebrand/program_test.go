package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// built is the program as these tests run it: the real one, in a process of its own.
var built = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "firebrand-test")
	if err != nil {
		return "", err
	}
	binary := filepath.Join(dir, "firebrand")
	out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return binary, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if binary, err := built(); err == nil {
		_ = os.RemoveAll(filepath.Dir(binary))
	}
	os.Exit(code)
}

// program returns the command with arguments, ready to be started.
func program(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	if testing.Short() {
		t.Skip("-short leaves out what builds and runs the program")
	}
	binary, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return exec.Command(binary, args...)
}

// run runs the program to its end and returns what it said.
func run(t *testing.T, args ...string) (string, error) {
	t.Helper()
	out, err := program(t, args...).CombinedOutput()
	return string(out), err
}

// site is a running program.
type site struct {
	cmd *exec.Cmd
	// at is its URL, said what it printed until it was open.
	at, said string
	ended    chan error
}

// start starts serve or demo and waits until it says where it is open. It ends with the test, by its own process.
func start(t *testing.T, args ...string) *site {
	t.Helper()
	return startSaying(t, os.Stderr, args...)
}

// startSaying is start with what the program logs written somewhere else.
func startSaying(t *testing.T, log io.Writer, args ...string) *site {
	t.Helper()
	cmd := program(t, args...)
	cmd.Stderr = log
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s := &site{cmd: cmd, ended: make(chan error, 1)}
	t.Cleanup(s.kill)
	open := make(chan struct{})
	go func() {
		var said strings.Builder
		lines := bufio.NewScanner(stdout)
		for lines.Scan() {
			said.WriteString(lines.Text() + "\n")
			if url := regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(lines.Text()); url != "" && s.at == "" {
				s.at = url
			}
			if strings.Contains(lines.Text(), "Ctrl-C") || strings.Contains(lines.Text(), "Serving on") {
				s.said = said.String()
				close(open)
			}
		}
		s.ended <- cmd.Wait()
	}()
	select {
	case <-open:
	case err := <-s.ended:
		s.ended <- err
		t.Fatalf("the program ended: %v", err)
	case <-time.After(3 * time.Minute):
		t.Fatal("the program did not open within three minutes")
	}
	return s
}

// kill ends the program at once, as a power cut would.
func (s *site) kill() {
	_ = s.cmd.Process.Kill() // it may have ended already
	s.ended <- <-s.ended
}

// find is the first match of a pattern in what the program printed.
func (s *site) find(t *testing.T, pattern string) string {
	t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(s.said)
	if m == nil {
		t.Fatalf("%q is not in:\n%s", pattern, s.said)
	}
	return m[len(m)-1]
}

// get fetches a page and returns its status.
func (s *site) get(t *testing.T, path string) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.at+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	return answer.StatusCode
}
