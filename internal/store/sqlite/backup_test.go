package sqlite_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"firebrand/internal/fault"
	"firebrand/internal/store"
	"firebrand/internal/store/sqlite"
	"firebrand/internal/testenv"
)

// writing names the folder that a child process writes to until it is killed.
const writing = "FIREBRAND_BACKUP_WRITER"

type noted struct {
	Worker, N int
	Text      string
}

var notes = store.Spec{Name: "notes", Indexes: []store.Index{{Name: "worker_n", Fields: []string{"Worker", "N"}, Unique: true}}}

// writeNotes inserts for ever and prints each id that was acknowledged.
func writeNotes(dir string) {
	e, err := open(context.Background(), dir)
	if err == nil {
		err = writeAll(e)
	}
	fmt.Println("failed", err)
	os.Exit(1)
}

func writeAll(e store.Engine) error {
	c, err := store.OpenCollection[noted](context.Background(), e, notes)
	if err != nil {
		return err
	}
	failed := make(chan error, 8)
	for w := range 8 {
		go func() {
			for n := 0; ; n++ {
				id := fmt.Sprintf("%d-%d-%06d", os.Getpid(), w, n)
				err := c.Insert(context.Background(), id, noted{os.Getpid()*10 + w, n, strings.Repeat(id, 30)})
				if err != nil {
					failed <- err
					return
				}
				fmt.Println(id)
			}
		}()
	}
	return <-failed
}

// scribe is a process that writes.
type scribe struct {
	cmd   *exec.Cmd
	ended chan struct{}
	mu    sync.Mutex
	ids   []string
	bad   string
}

func startScribe(t *testing.T, dir string) *scribe {
	t.Helper()
	s := &scribe{cmd: exec.Command(os.Args[0]), ended: make(chan struct{})}
	s.cmd.Env = append(os.Environ(), writing+"="+dir)
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(s.ended)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			s.mu.Lock()
			if strings.HasPrefix(lines.Text(), "failed") {
				s.bad = lines.Text()
			} else {
				s.ids = append(s.ids, lines.Text())
			}
			s.mu.Unlock()
		}
		_ = s.cmd.Wait() // it is killed
	}()
	t.Cleanup(s.kill)
	return s
}

func (s *scribe) kill() {
	_ = s.cmd.Process.Kill()
	<-s.ended
}

func (s *scribe) acknowledged(t *testing.T) []string {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bad != "" {
		t.Fatal(s.bad)
	}
	return append([]string(nil), s.ids...)
}

func (s *scribe) await(t *testing.T, n int) {
	t.Helper()
	testenv.Eventually(t, fmt.Sprint(n, " writes"), func() bool { return len(s.acknowledged(t)) >= n })
}

// holds opens a copy as a folder of its own, looks for every id and returns what is there; no worker's numbers may have
// a hole.
func holds(t *testing.T, copied string, ids []string) map[string]bool {
	t.Helper()
	if err := sqlite.Check(t.Context(), copied); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Rename(copied, filepath.Join(dir, sqlite.File)); err != nil {
		t.Fatal(err)
	}
	e, err := open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	c, err := store.OpenCollection[noted](t.Context(), e, notes)
	if err != nil {
		t.Fatal(err)
	}
	found, next := map[string]bool{}, map[int]int{}
	for q := (store.Query{Index: "worker_n"}); ; {
		page, err := c.Find(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page {
			if e.Value.N != next[e.Value.Worker] {
				t.Fatalf("worker %d: %d follows %d", e.Value.Worker, e.Value.N, next[e.Value.Worker]-1)
			}
			next[e.Value.Worker]++
			found[e.ID] = true
		}
		if len(page) < 1000 {
			break
		}
		last := page[len(page)-1]
		q.After = &store.Position{Values: []any{last.Value.Worker, last.Value.N}, ID: last.ID}
	}
	for _, id := range ids {
		if !found[id] {
			t.Fatalf("%s was acknowledged before the copy began and is not in it", id)
		}
	}
	return found
}

func TestCopyWhileAnotherProcessWrites(t *testing.T) {
	whole := t
	dir := filepath.Join(t.TempDir(), "a folder?#%41 of data")
	s := startScribe(t, dir)
	s.await(t, 2000)
	to := func() string { return filepath.Join(t.TempDir(), "a copy?#.db") }
	t.Run("a copy holds all that was acknowledged before it", func(t *testing.T) {
		for range 5 {
			before, path := s.acknowledged(t), to()
			if err := sqlite.Copy(t.Context(), dir, path); err != nil {
				t.Fatal(err)
			}
			found := holds(t, path, before)
			t.Logf("%d documents; %d acknowledged before", len(found), len(before))
			testenv.Eventually(t, "all that the copy holds is acknowledged", func() bool {
				left := len(found)
				for _, id := range s.acknowledged(t) {
					if found[id] {
						left--
					}
				}
				return left == 0
			})
		}
	})
	t.Run("the writer killed in the middle takes nothing away", func(t *testing.T) {
		for range 4 {
			before, path := s.acknowledged(t), to()
			done := make(chan error, 1)
			go func() { done <- sqlite.Copy(t.Context(), dir, path) }()
			time.Sleep(15 * time.Millisecond)
			s.kill()
			s = startScribe(whole, dir) // it opens the folder while the copy may still be read
			if err := <-done; err != nil {
				t.Fatal(err)
			}
			holds(t, path, before)
			s.await(t, 500)
		}
	})
	t.Run("a copy that is given up leaves nothing, and the writer goes on", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
		defer cancel()
		path := to()
		if err := sqlite.Copy(ctx, dir, path); !fault.Is(err, fault.Unavailable) || fault.As(err).Key != "store.busy" {
			t.Errorf("got %v", err)
		}
		if left, _ := os.ReadDir(filepath.Dir(path)); len(left) > 0 {
			t.Errorf("left %v", left)
		}
		s.await(t, len(s.acknowledged(t))+200)
	})
	t.Run("killed, and nobody serves: the copy has what the log holds", func(t *testing.T) {
		s.kill()
		before, path := s.acknowledged(t), to()
		if err := sqlite.Copy(t.Context(), dir, path); err != nil {
			t.Fatal(err)
		}
		n := len(holds(t, path, before))
		e, err := open(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		again := to()
		if err := sqlite.Copy(t.Context(), dir, again); err != nil {
			t.Fatal(err)
		}
		if m := len(holds(t, again, before)); m != n {
			t.Errorf("%d documents without an engine, %d beside one", n, m)
		}
	})
}

func TestCopyRefuses(t *testing.T) {
	dir := t.TempDir()
	if err := sqlite.Copy(t.Context(), dir, filepath.Join(t.TempDir(), "x")); !fault.Is(err, fault.NotFound) {
		t.Errorf("an empty folder: %v", err)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("reading made %v", left)
	}
	broken := filepath.Join(t.TempDir(), "broken.db")
	if err := os.WriteFile(broken, []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := sqlite.Check(t.Context(), broken); !fault.Is(err, fault.Invalid) {
		t.Errorf("what is no database: %v", err)
	}
}
