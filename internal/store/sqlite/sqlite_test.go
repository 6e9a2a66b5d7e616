package sqlite_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"firebrand/internal/store"
	"firebrand/internal/store/sqlite"
	"firebrand/internal/store/storetest"
	"firebrand/internal/testenv"
)

func open(ctx context.Context, dir string) (store.Engine, error) {
	e, err := sqlite.Open(ctx, dir, sqlite.Options{})
	if err != nil {
		return nil, err
	}
	return e, nil
}

func TestMain(m *testing.M) {
	storetest.RunChild(open)
	if dir := os.Getenv(writing); dir != "" {
		writeNotes(dir)
	}
	os.Exit(m.Run())
}

// harness is the engine over folders whose name has every character that could be misread.
var harness = storetest.Harness{
	Data:      func(t testing.TB) string { return filepath.Join(t.TempDir(), "a folder?#%41 of data") },
	Open:      open,
	DropIndex: dropIndex,
	Exclusive: true,
	Full:      full,
	Child:     func() *exec.Cmd { return exec.Command(os.Args[0]) },
	Skip:      testenv.Skip,
}

func TestContract(t *testing.T) { storetest.Run(t, harness) }

func dropIndex(t testing.TB, dir, collection, index string) {
	raw(t, dir, fmt.Sprintf(`DROP INDEX "%s.%s"`, collection, index))
}

// raw runs SQL on the file behind the engine's back.
func raw(t testing.TB, dir, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(t.TempDir(), "raw.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.Exec(`ATTACH ? AS data`, filepath.Join(dir, sqlite.File)); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(statement); err != nil {
		t.Fatal(err)
	}
}

// full opens an engine whose file is bounded, with some ballast in it that can be dropped.
func full(t testing.TB, dir string) (store.Engine, func()) {
	t.Helper()
	ctx := t.Context()
	e, err := sqlite.Open(ctx, dir, sqlite.Options{MaxBytes: 4 << 20})
	if err != nil {
		t.Fatal(err)
	}
	ballast, err := store.OpenCollection[[]byte](ctx, e, store.Spec{Name: "ballast"})
	if err == nil {
		err = ballast.Insert(ctx, "ballast", make([]byte, 512<<10))
	}
	if err != nil {
		t.Fatal(err)
	}
	return e, func() {
		if err := ballast.Delete(ctx, "ballast"); err != nil {
			t.Fatal(err)
		}
	}
}
