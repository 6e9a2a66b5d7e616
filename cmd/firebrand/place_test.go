package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"firebrand/internal/testenv"
)

// A mistyped name must not be checked every night and found whole: what works on a programme fails where there is none,
// and begins none there.
func TestNoProgramme(t *testing.T) {
	refused := func(t *testing.T, want string, where ...string) {
		t.Helper()
		for _, command := range []string{"verify", "rebuild", "tidy", "verify"} {
			out, err := run(t, append([]string{command}, where...)...)
			if err == nil || !strings.Contains(out, want) {
				t.Errorf("%s: %v\n%s", command, err, out)
			}
		}
	}
	t.Run("in a folder that is not there", func(t *testing.T) {
		missing := filepath.Join(t.TempDir(), "missing")
		refused(t, missing+" holds no programme", "--data", missing)
		if _, err := os.Stat(missing); err == nil {
			t.Error("the folder was made")
		}
	})
	t.Run("in an empty folder", func(t *testing.T) {
		folder := t.TempDir()
		refused(t, folder+" holds no programme", "--data", folder)
		if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
			t.Errorf("left %v, %v", left, err)
		}
	})
	t.Run("on a MongoDB", func(t *testing.T) {
		uri, _ := testenv.Mongo(t)
		refused(t, "of the MongoDB holds no programme", "--mongo", uri)
		linkOf(t, "--mongo", uri)
		if out, err := run(t, "verify", "--mongo", uri); err != nil {
			t.Errorf("one that was begun: %v\n%s", err, out)
		}
	})
}
