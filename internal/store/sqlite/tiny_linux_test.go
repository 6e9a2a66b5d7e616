package sqlite_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"firebrand/internal/store"
	"firebrand/internal/store/storetest"
	"firebrand/internal/testenv"
)

// tinyVariable tells a child process where to mount a disk of a few megabytes, in a mount namespace of its own.
const tinyVariable = "FIREBRAND_TINY_DISK"

// TestTinyDisk runs the contract of a full disk again on a disk that really is: there SQLite meets the end in its log,
// its shared memory and its file, and not only where MaxBytes stops it.
func TestTinyDisk(t *testing.T) {
	if dir := os.Getenv(tinyVariable); dir != "" {
		onTinyDisk(t, dir)
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestTinyDisk$", "-test.v")
	cmd.Env = append(os.Environ(), tinyVariable+"="+t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case err != nil && !errors.As(err, &exit), exit != nil && exit.ExitCode() == cannotMount:
		testenv.Skip(t, "a small disk cannot be mounted here: "+err.Error())
	case err != nil:
		t.Errorf("%v:\n%s", err, out)
	default:
		t.Logf("on the small disk:\n%s", out)
	}
}

// cannotMount is the exit code of a child that may not mount.
const cannotMount = 77

func onTinyDisk(t *testing.T, dir string) {
	if err := syscall.Mount("tiny", dir, "tmpfs", 0, "size=8m"); err != nil {
		os.Exit(cannotMount)
	}
	tiny := harness
	tiny.Data = func(testing.TB) string { return filepath.Join(dir, "data") }
	tiny.Full = func(t testing.TB, data string) (store.Engine, func()) {
		ballast := filepath.Join(dir, "ballast")
		if err := os.WriteFile(ballast, make([]byte, 2<<20), 0o600); err != nil {
			t.Fatal(err)
		}
		e, err := open(t.Context(), data)
		if err != nil {
			t.Fatal(err)
		}
		return e, func() {
			if err := os.Remove(ballast); err != nil {
				t.Fatal(err)
			}
		}
	}
	storetest.FullDisk(t, tiny)
}
