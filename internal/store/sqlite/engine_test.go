package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"firebrand/internal/fault"
	"firebrand/internal/store"
	"firebrand/internal/store/sqlite"
)

// openParcels opens an engine and the collection of parcels over dir for the length of the test.
func openParcels(t *testing.T, dir string) (*sqlite.Engine, *store.Collection[parcel], error) {
	t.Helper()
	e, err := sqlite.Open(t.Context(), dir, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	c, err := store.OpenCollection[parcel](t.Context(), e, parcels)
	return e, c, err
}

func TestFolder(t *testing.T) {
	t.Run("the data folder is made, for its owner only", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "a", "b")
		if _, _, err := openParcels(t, dir); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(dir)
		if err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("mode %v, %v", info.Mode(), err)
		}
	})
	t.Run("a folder that cannot be made or used says why, not that waiting helps", func(t *testing.T) {
		file, taken := filepath.Join(t.TempDir(), "file"), t.TempDir()
		if err := errors.Join(os.WriteFile(file, nil, 0o600), os.Mkdir(filepath.Join(taken, sqlite.File), 0o700)); err != nil {
			t.Fatal(err)
		}
		for dir, why := range map[string]string{file: "not a directory", filepath.Join(file, "below"): "not a directory", taken: "is a directory"} {
			_, err := sqlite.Open(t.Context(), dir, sqlite.Options{})
			if f := fault.As(err); !fault.Is(err, fault.Unavailable) || f.Key != "store.folder" || f.Args["dir"] != dir || !strings.Contains(fmt.Sprint(f.Args["why"]), why) {
				t.Errorf("got %v, want %q of %s", err, why, dir)
			}
		}
		err := sqlite.Copy(t.Context(), filepath.Join(file, "below"), filepath.Join(t.TempDir(), "copy"))
		if !fault.Is(err, fault.Unavailable) || fault.As(err).Key != "store.folder" {
			t.Errorf("a copy: got %v", err)
		}
	})
	t.Run("a file that is no database is said to be damaged, and the folder is free again", func(t *testing.T) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, sqlite.File), make([]byte, 8192), 0o600); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			_, err := sqlite.Open(t.Context(), dir, sqlite.Options{})
			if !fault.Is(err, fault.Invalid) || fault.As(err).Key != "store.broken" {
				t.Errorf("got %v", err)
			}
		}
	})
}

func TestRepair(t *testing.T) {
	for _, index := range []string{"by_code", "by_tag"} {
		t.Run("an index that was removed is built again once the catalogue forgets it: "+index, func(t *testing.T) {
			dir := t.TempDir()
			e, c, err := openParcels(t, dir)
			if err == nil {
				err = c.Insert(t.Context(), "p", parcel{Owner: "o", Code: "c", Tags: []string{"t"}})
			}
			if err != nil {
				t.Fatal(err)
			}
			e.Close()
			kind := map[string]string{"by_code": "INDEX", "by_tag": "TABLE"}[index]
			raw(t, dir, `DROP `+kind+` "parcels.`+index+`"`)
			e, _, err = openParcels(t, dir)
			if err == nil {
				t.Fatal("it opened without its index")
			}
			e.Close()
			raw(t, dir, `DELETE FROM "indexes.v1" WHERE name = '`+index+`'`)
			_, c, err = openParcels(t, dir)
			if err != nil {
				t.Fatal(err)
			}
			for _, q := range []store.Query{{Index: "by_code", Equal: []any{"o", "c"}}, {Index: "by_tag", Equal: []any{"t"}}} {
				if found, err := c.Find(t.Context(), q); err != nil || len(found) != 1 {
					t.Errorf("by %s: %v, %v", q.Index, found, err)
				}
			}
		})
	}
}

func TestWaiting(t *testing.T) {
	dir := t.TempDir()
	_, c, err := openParcels(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	release := holdFile(t, dir)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	t.Run("a caller whose context ends while the write waits is told so", func(t *testing.T) {
		err := c.Insert(ctx, "late", parcel{})
		if !fault.Is(err, fault.Unavailable) || fault.As(err).Key != "store.busy" {
			t.Errorf("got %v", err)
		}
	})
	t.Run("reads do not wait for the writer", func(t *testing.T) {
		if _, err := c.Find(t.Context(), store.Query{}); err != nil {
			t.Error(err)
		}
	})
	release()
	t.Run("the write is not done behind its caller's back, and the next one is", func(t *testing.T) {
		if err := c.Insert(t.Context(), "next", parcel{Rank: 1}); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Get(t.Context(), "late"); !fault.Is(err, fault.NotFound) {
			t.Errorf("got %v", err)
		}
	})
}

func TestStopped(t *testing.T) {
	dir := t.TempDir()
	e, c, err := openParcels(t, dir)
	if err == nil {
		err = c.Insert(t.Context(), "p", parcel{Tags: []string{"t"}})
	}
	if err == nil {
		_, err = c.Find(t.Context(), store.Query{Index: "by_tag", Equal: []any{"t"}})
	}
	if err == nil {
		err = e.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Run("a stopped store is one file, which can be copied", func(t *testing.T) {
		files, err := os.ReadDir(dir)
		if err != nil || len(files) != 2 || files[0].Name() != sqlite.File || files[1].Name() != "firebrand.lock" {
			t.Errorf("got %v, %v", files, err)
		}
	})
	t.Run("only its owner may read it", func(t *testing.T) {
		info, err := os.Stat(filepath.Join(dir, sqlite.File))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("mode %v, %v", info.Mode(), err)
		}
	})
}

func TestClosing(t *testing.T) {
	dir := t.TempDir()
	e, c, err := openParcels(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("closing lets the write under way end, and refuses what comes later", func(t *testing.T) {
		release := holdFile(t, dir)
		written := make(chan error, 1)
		go func() { written <- c.Insert(t.Context(), "last", parcel{Rank: 2}) }()
		time.AfterFunc(100*time.Millisecond, release)
		time.Sleep(20 * time.Millisecond)
		if err := e.Close(); err != nil {
			t.Error(err)
		}
		err := <-written
		_, c, openErr := openParcels(t, dir)
		if openErr != nil {
			t.Fatal(openErr)
		}
		_, there := c.Get(t.Context(), "last")
		if err == nil && there != nil || err != nil && !(fault.Is(err, fault.Unavailable) && fault.Is(there, fault.NotFound)) {
			t.Errorf("the write says %v, the store says %v", err, there)
		}
	})
}

// holdFile keeps the database's write lock, as a backup program might, until release.
func holdFile(t *testing.T, dir string) (release func()) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, sqlite.File)+"?_txlock=immediate&_pragma=busy_timeout(1000)")
	if err != nil {
		t.Fatal(err)
	}
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		_ = tx.Rollback()
		_ = db.Close()
	}
}
