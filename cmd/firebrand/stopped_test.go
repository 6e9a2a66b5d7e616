package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"firebrand/internal/fault"
)

func TestStoppedBeforeItWasDone(t *testing.T) {
	for name, by := range map[string]syscall.Signal{"by SIGTERM": syscall.SIGTERM, "with Ctrl-C": syscall.SIGINT} {
		t.Run("the making of a demo "+name, func(t *testing.T) {
			cmd := program(t, "demo", "--port", "0", "--data", filepath.Join(t.TempDir(), "demo"))
			var said bytes.Buffer
			cmd.Stderr = &said
			stdout, err := cmd.StdoutPipe()
			must(t, err)
			must(t, cmd.Start())
			lines := bufio.NewScanner(stdout)
			if !lines.Scan() || !strings.Contains(lines.Text(), "Making the demo") {
				t.Errorf("it began with %q", lines.Text())
			}
			must(t, cmd.Process.Signal(by))
			for lines.Scan() {
				continue // it may not serve
			}
			var ended *exec.ExitError
			if err := cmd.Wait(); !errors.As(err, &ended) || ended.ExitCode() != 128+int(by) {
				t.Errorf("it ended with %v", err)
			}
			if !strings.Contains(said.String(), "firebrand: stopped before it was done") || strings.Contains(said.String(), "Too much") {
				t.Errorf("it said %s", said.String())
			}
		})
	}
	t.Run("what a check had found by then is told nevertheless", func(t *testing.T) {
		for err, want := range map[error]bool{
			fmt.Errorf("points: %w", fault.New(fault.Unavailable, "store.busy").Because(&stopped{syscall.SIGTERM})): true,
			errors.New("points/anna: record 7 is not what follows record 6"):                                        false,
		} {
			if followed(err) != want {
				t.Errorf("%v: %v, want %v", err, !want, want)
			}
		}
	})
}
