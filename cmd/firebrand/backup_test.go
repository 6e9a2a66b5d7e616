package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"firebrand/catalog"
	"firebrand/cmd/firebrand/app"
	"firebrand/internal/testenv"
)

// prizes are the redemptions that were acknowledged until now.
func (p *promised) prizes() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var ids []string
	for id := range p.redemptions {
		ids = append(ids, id)
	}
	return ids
}

// broughtBack restores a backup into a new folder and looks for prizes in it.
func broughtBack(t *testing.T, file string, prizes []string) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "on a bare machine")
	out, err := run(t, "restore", file, "--data", folder)
	if err != nil || !strings.Contains(out, "checksum holds") || !strings.Contains(out, "holds       40 companies") {
		t.Fatalf("%v\n%s", err, out)
	}
	left, err := os.ReadDir(folder)
	if err != nil || len(left) != 1 || left[0].Name() != "firebrand.db" {
		t.Errorf("the folder holds %v, %v", left, err)
	}
	a, err := app.Open(t.Context(), app.Settings{Data: folder, Zone: "Europe/Kyiv"})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close() //nolint:errcheck // only this test reads it
	for _, id := range prizes {
		if r, err := a.Catalog.Redemption(t.Context(), id); err != nil || r.State != catalog.Placed {
			t.Errorf("redemption %s was acknowledged before the backup and is %q there: %v", id, r.State, err)
		}
	}
	return out
}

func TestBackupWhileServing(t *testing.T) {
	folder := demoFolder(t)
	people := callers(t, folder, 16)
	p := &promised{redemptions: map[string]bool{}}
	s := start(t, "serve", "--listen", "127.0.0.1:0", "--data", folder)
	stopped := make(chan struct{})
	playing := func(at string) *sync.WaitGroup {
		var all sync.WaitGroup
		for _, c := range people {
			all.Go(func() {
				select {
				case <-stopped:
				default:
					p.live(c, at, time.Now().Add(5*time.Minute))
				}
			})
		}
		return &all
	}
	before := playing(s.at)
	p.until(t, 10, 2)
	dir := t.TempDir()
	t.Run("a backup under load holds every prize acknowledged before it", func(t *testing.T) {
		had, file := p.prizes(), filepath.Join(dir, "one")
		out, err := run(t, "backup", file, "--data", folder)
		if err != nil || !strings.Contains(out, "read back whole") {
			t.Fatalf("%v\n%s", err, out)
		}
		t.Log(out)
		t.Log(broughtBack(t, file, had))
	})
	t.Run("the server killed in the middle of it", func(t *testing.T) {
		had, file := p.prizes(), filepath.Join(dir, "two")
		cmd := program(t, "backup", file, "--data", folder)
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(60 * time.Millisecond)
		s.kill()
		before.Wait()
		s = start(t, "serve", "--listen", "127.0.0.1:0", "--data", folder)
		if err := cmd.Wait(); err != nil {
			t.Fatalf("%v\n%s", err, out.String())
		}
		broughtBack(t, file, had)
	})
	t.Run("a backup killed in the middle is no file, and the next one is whole", func(t *testing.T) {
		after := playing(s.at)
		file := filepath.Join(dir, "three")
		for wait := 5 * time.Millisecond; wait < 200*time.Millisecond; wait *= 3 {
			cmd := program(t, "backup", file, "--data", folder)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(wait)
			if cmd.Process.Kill() == nil && cmd.Wait() != nil {
				if _, err := os.Stat(file); err == nil {
					t.Error("killed, it left a file under its name")
				}
			}
			_ = os.Remove(file) // it may have been quicker
		}
		had := p.prizes()
		if out, err := run(t, "backup", file, "--data", folder); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		close(stopped)
		s.kill()
		after.Wait()
		broughtBack(t, file, had)
	})
	for _, w := range p.wrong {
		t.Error(w)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*.partial")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if out, err := run(t, "verify", "--data", folder); err != nil {
		t.Errorf("what was served: %v\n%s", err, out)
	}
}

func TestBackupRefuses(t *testing.T) {
	dir, folder := t.TempDir(), t.TempDir()
	if out, err := run(t, "backup", filepath.Join(dir, "x"), "--data", folder); err == nil || !strings.Contains(out, "holds no programme") {
		t.Errorf("an empty folder: %v %s", err, out)
	}
	a, err := app.Open(t.Context(), app.Settings{Data: folder, Zone: "Europe/Kyiv"})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "backup")
	if out, err := run(t, "backup", file, "--data", folder); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("to write over a file that is there", func(t *testing.T) {
		if out, err := run(t, "backup", file, "--data", folder); err == nil || !strings.Contains(out, "is there already") {
			t.Errorf("%v %s", err, out)
		}
	})
	t.Run("to restore into a folder with something in it", func(t *testing.T) {
		if out, err := run(t, "restore", file, "--data", folder); err == nil || !strings.Contains(out, "is not empty") {
			t.Errorf("%v %s", err, out)
		}
	})
	t.Run("to restore what is not whole, and leaves the folder empty", func(t *testing.T) {
		for name, change := range map[string]func([]byte) []byte{
			"cut short":         func(b []byte) []byte { return b[:len(b)-9] },
			"cut in the middle": func(b []byte) []byte { return b[:len(b)/2] },
			"one bit changed":   func(b []byte) []byte { b[len(b)/2] ^= 4; return b },
			"empty":             func([]byte) []byte { return nil },
			"something else":    func([]byte) []byte { return []byte("PK\x03\x04 something else") },
		} {
			bad, into := filepath.Join(t.TempDir(), "bad"), t.TempDir()
			if err := os.WriteFile(bad, change(bytes.Clone(whole)), 0o600); err != nil {
				t.Fatal(err)
			}
			out, err := run(t, "restore", bad, "--data", into)
			if err == nil || !strings.Contains(out, "not a whole backup") {
				t.Errorf("%s: %v %s", name, err, out)
			}
			if left, _ := os.ReadDir(into); len(left) > 0 {
				t.Errorf("%s: left %v", name, left)
			}
		}
	})
	t.Run("nothing else when all is well", func(t *testing.T) {
		into := filepath.Join(t.TempDir(), "new", "folder")
		if out, err := run(t, "restore", file, "--data", into); err != nil {
			t.Errorf("%v %s", err, out)
		}
	})
}

// TestBackupOnAFullDisk runs the program where the backup goes to a disk of its own that is too small.
func TestBackupOnAFullDisk(t *testing.T) {
	if runtime.GOOS != "linux" {
		testenv.Skip(t, "a small disk is mounted on Linux only")
	}
	folder, disk := demoFolder(t), t.TempDir()
	binary, err := built()
	if err != nil {
		t.Fatal(err)
	}
	small := func(kib int, script string) (string, error) {
		out, err := exec.Command("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", fmt.Sprintf(
			`mount -t tmpfs -o size=%dk tiny "$1" || exit 77; %s`, kib, script), "sh", disk, binary, folder).CombinedOutput()
		return string(out), err
	}
	if out, err := small(64, "true"); err != nil {
		testenv.Skip(t, "a small disk cannot be mounted here: "+out)
	}
	info, err := os.Stat(filepath.Join(folder, "firebrand.db"))
	if err != nil {
		t.Fatal(err)
	}
	whole := int(info.Size() >> 10)
	// The copy does not fit; the copy fits and the packed file does not.
	for _, kib := range []int{whole / 4, whole + 64} {
		out, err := small(kib, `"$2" backup "$1/x" --data "$3"; echo "ended $?"; ls -A "$1"`)
		if err != nil || !strings.Contains(out, "no room in") || !strings.HasSuffix(out, "ended 1\n") {
			t.Errorf("on %d KiB: %v\n%s", kib, err, out)
		}
	}
	t.Run("nor is half a programme restored", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "file")
		if out, err := run(t, "backup", file, "--data", folder); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		out, err := small(whole/4, fmt.Sprintf(`"$2" restore %q --data "$1"; echo "ended $?"; ls -A "$1"`, file))
		if err != nil || !strings.Contains(out, "no room in") || !strings.HasSuffix(out, "ended 1\n") {
			t.Errorf("%v\n%s", err, out)
		}
	})
}
