package sqlite

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gofrs/flock"

	"firebrand/internal/fault"
)

// folderLock keeps a data folder for one engine. The operating system frees it when the process dies, however it dies.
type folderLock struct {
	file *flock.Flock
	pid  string
}

// lockFolder takes the folder, or fails with fault.Unavailable ("store.locked", or as unusable). Who has it stands in a file beside the
// lock, since a locked file cannot be read everywhere.
func lockFolder(dir string) (*folderLock, error) {
	l := &folderLock{flock.New(filepath.Join(dir, "firebrand.lock")), filepath.Join(dir, "firebrand.pid")}
	taken, err := l.file.TryLock()
	if err != nil {
		return nil, unusable(dir, err)
	}
	if !taken {
		args := []any{"dir", dir}
		if pid, err := os.ReadFile(l.pid); err == nil {
			args = append(args, "pid", strings.TrimSpace(string(pid)))
		}
		return nil, fault.New(fault.Unavailable, "store.locked", args...)
	}
	if err := os.WriteFile(l.pid, []byte(strconv.Itoa(os.Getpid())+"\n"), 0o600); err != nil && !isFull(err) {
		_ = l.free()
		return nil, unusable(dir, err)
	}
	return l, nil
}

func (l *folderLock) free() error {
	_ = os.Remove(l.pid)
	return l.file.Unlock()
}
