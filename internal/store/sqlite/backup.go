package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	codes "modernc.org/sqlite/lib"

	"firebrand/internal/fault"
)

// Copy writes what the data folder holds at one instant to a new database file, also while another process has the
// folder open and writes to it. It stands beside the folder's lock on purpose: it only reads, in one transaction, which
// SQLite's log gives a whole and unmoving view, and it neither delays writers nor folds the log. The log of the serving
// process grows meanwhile by what is written, and is cut back afterwards.
//
// The copy holds no page that is not used, so that what was deleted is not in it either. It is on the disk when Copy
// returns; after an error there is no file. It fails with fault.NotFound ("store.missing") where the folder holds no
// database, and with fault.Unavailable: "store.full" where the copy does not fit, "store.busy" when ctx ended first,
// "store.folder" when the folder cannot be read, "store.down" when the file at to exists already.
func Copy(ctx context.Context, dir, to string) (err error) {
	from := filepath.Join(dir, File)
	if info, err := os.Stat(from); errors.Is(err, os.ErrNotExist) || err == nil && info.Size() == 0 {
		return fault.New(fault.NotFound, "store.missing", "collection", dir, "id", File)
	} else if err != nil {
		return unusable(dir, err)
	}
	if _, err := os.Stat(to); err == nil {
		return down(fmt.Errorf("%s exists already", to))
	}
	defer func() {
		if err != nil {
			_ = os.Remove(to)
			_ = os.Remove(to + "-journal")
		}
	}()
	if err := inspect(ctx, from, func(c *sql.Conn) error {
		_, err := c.ExecContext(ctx, `VACUUM INTO ?`, to)
		return err
	}); err != nil {
		return err
	}
	return flush(to)
}

// Check reads a copy from its first page to its last and compares its indexes with its tables. It fails with
// fault.Invalid ("store.broken", arg why) where something does not fit. No other process may have the file open.
func Check(ctx context.Context, path string) error {
	return inspect(ctx, path, func(c *sql.Conn) error {
		var said string
		if err := c.QueryRowContext(ctx, `PRAGMA integrity_check(1)`).Scan(&said); err != nil {
			return err
		}
		if said != "ok" {
			return errBroken(said)
		}
		return nil
	})
}

func errBroken(why string) error { return fault.New(fault.Invalid, "store.broken", "why", why) }

// inspect runs read on a connection that cannot write to the database at path.
func inspect(ctx context.Context, path string, read func(*sql.Conn) error) (err error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return down(err)
	}
	u := url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(abs)}
	u.RawQuery = url.Values{"mode": {"ro"}, "_pragma": {"busy_timeout(5000)", "synchronous(FULL)", "cache_size(-16384)"}}.Encode()
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		return down(err)
	}
	defer func() {
		if closed := db.Close(); err == nil && closed != nil {
			err = down(closed)
		}
	}()
	conn, err := db.Conn(ctx)
	if err == nil {
		defer conn.Close() //nolint:errcheck // it has only read
		err = read(conn)
	}
	switch {
	case err == nil || fault.As(err) != nil:
		return err
	case ctx.Err() != nil:
		return busy(ctx)
	case code(err) == codes.SQLITE_CANTOPEN:
		err = cmp.Or(unread(path), err)
	}
	return unusable(filepath.Dir(path), err)
}

// unread is the operating system's word on why a file cannot be read, where SQLite only says that it cannot.
func unread(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	return file.Close()
}

// flush makes sure that a file is on the disk.
func flush(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return down(err)
	}
	err = errors.Join(file.Chmod(0o600), file.Sync(), file.Close())
	if err != nil {
		return refused(err)
	}
	return nil
}
