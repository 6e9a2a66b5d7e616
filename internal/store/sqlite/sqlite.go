// Package sqlite keeps collections in one SQLite file inside the data folder: the store that needs nothing installed.
//
// The rule that matters most: one goroutine writes. It gathers what is waiting into one transaction (group commit),
// and answers only when that transaction is on the disk; readers have connections of their own and never wait for it.
package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	_ "modernc.org/sqlite" // the database/sql driver "sqlite"

	"firebrand/internal/fault"
	"firebrand/internal/store"
)

// File is the name of the database file within the data folder.
const File = "firebrand.db"

// readConns is how many reads run at once; more than a few only take turns on the processors.
const readConns = 4

// Options of an engine; the zero value is right for a data folder that may grow.
type Options struct {
	// MaxBytes bounds the database file, so that a full disk is met where space can still be given back: writes are then
	// refused with fault.Unavailable ("store.full") and reads go on. The write-ahead log, 16 MB and more in a burst, comes
	// on top.
	// Zero sets no bound. A file that is larger already is refused every page it does not have.
	MaxBytes int64
}

// Engine is a store.Engine over one data folder.
type Engine struct {
	db      *sql.DB
	lock    *folderLock
	writer  *writer
	readers *readers
	// declared holds the definitions of each collection that was opened; only the writer's goroutine touches it.
	declared map[string]string
	closing  sync.Once
	closed   error
}

// Open makes the data folder where absent, takes it for this process and opens its database. It fails with
// fault.Unavailable: "store.locked" (args dir and, where known, pid) when another process has the folder, "store.full"
// where not even that fits on the disk, "store.folder" (args dir and why) when waiting does not help, since the folder or
// the file cannot be made, read or written, "store.down" otherwise; and with fault.Invalid ("store.broken") when the file is
// no database.
func Open(ctx context.Context, dir string, opts Options) (*Engine, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, down(err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, unusable(dir, err)
	}
	lock, err := lockFolder(dir)
	if err != nil {
		return nil, err
	}
	e := &Engine{lock: lock, declared: map[string]string{}}
	if err := e.connect(ctx, dir, opts); err != nil {
		_ = e.Close()
		return nil, unusable(dir, err)
	}
	return e, nil
}

func (e *Engine) connect(ctx context.Context, dir string, opts Options) error {
	path := filepath.Join(dir, File)
	// SQLite would let everybody read a new file; what it makes beside it takes the same mode.
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	db, err := sql.Open("sqlite", dsn(path))
	if err != nil {
		return err
	}
	e.db = db
	if e.writer, err = openWriter(ctx, db, opts.MaxBytes); err != nil {
		return err
	}
	e.readers, err = openReaders(ctx, db, readConns)
	return err
}

// dsn names the file as a URI, so that any character may stand in the folder's name.
func dsn(path string) string {
	u := url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(path)}
	u.RawQuery = url.Values{
		"_pragma": {"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)", "temp_store(MEMORY)"},
	}.Encode()
	return u.String()
}

// Open makes or checks a collection; see store.Engine. A second Open of one collection must declare it as the first did.
func (e *Engine) Open(ctx context.Context, spec store.Spec) (store.Table, error) {
	layout, err := store.NewLayout(spec)
	if err != nil {
		return nil, err
	}
	t := newTable(e, layout)
	err = e.writer.alone(ctx, func(c *sql.Conn) error { return e.declare(ctx, c, t) })
	if err != nil {
		return nil, fmt.Errorf("opening collection %s: %w", spec.Name, err)
	}
	return t, nil
}

func (e *Engine) declare(ctx context.Context, c *sql.Conn, t *table) error {
	name, definitions := t.layout.Spec.Name, t.definitions()
	if before, again := e.declared[name]; again {
		if before != definitions {
			return fmt.Errorf("it is open with other indexes already")
		}
		return nil // made and checked when it was opened first
	}
	err := t.prepare(ctx, c)
	if err == nil {
		e.declared[name] = definitions
	}
	return err
}

// Alone is true: the folder's lock sees to it.
func (e *Engine) Alone() bool { return true }

// Unused names none: what is declared no longer is dropped when its collection is opened.
func (e *Engine) Unused() []string { return nil }

// DropUnused does nothing.
func (e *Engine) DropUnused(context.Context) error { return nil }

// Now is the operating system's clock as SQLite reads it, to the millisecond.
func (e *Engine) Now(ctx context.Context) (time.Time, error) {
	var ms int64
	err := e.readers.row(ctx, `SELECT CAST(ROUND(unixepoch('now', 'subsec') * 1000) AS INTEGER)`, nil, &ms)
	return time.UnixMilli(ms).UTC(), err
}

// Ping reports whether the file can still be read.
func (e *Engine) Ping(ctx context.Context) error {
	var n int64
	return e.readers.row(ctx, `SELECT COUNT(*) FROM sqlite_schema`, nil, &n)
}

// Close lets the writes that were handed over end, then frees the data folder. Calls after it fail with
// fault.Unavailable.
func (e *Engine) Close() error {
	e.closing.Do(func() {
		if e.writer != nil {
			e.writer.stop()
		}
		if e.readers != nil {
			e.readers.close()
		}
		if e.writer != nil {
			e.writer.fold()
		}
		if e.db != nil {
			e.closed = e.db.Close()
		}
		if err := e.lock.free(); e.closed == nil {
			e.closed = err
		}
	})
	return e.closed
}

// down is the fault of a database that does not answer.
func down(cause error) error {
	return fault.New(fault.Unavailable, "store.down").Because(cause)
}

// busy is the fault of a caller whose context ended first.
func busy(ctx context.Context) error {
	return fault.New(fault.Unavailable, "store.busy").Because(context.Cause(ctx))
}
