package load

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"path/filepath"
	"sync/atomic"
	"time"

	_ "modernc.org/sqlite" // the database/sql driver "sqlite"
)

// groupSize bounds how many inserts share one commit, as in the embedded store.
const groupSize = 256

// bare is the baseline of everything durable: rows of one size inserted by hand, with the two unique indexes that an
// append needs and nothing else, by one goroutine that commits what is waiting together.
type bare struct {
	db    *sql.DB
	last  *sql.Stmt
	body  []byte
	seq   atomic.Int64
	queue chan bareRow
	ended chan struct{}
}

type bareRow struct {
	stream, key string
	seq         int64
	done        chan error
}

// openBare makes the baseline's table in a folder, for rows whose body has that many bytes.
func openBare(ctx context.Context, dir string, size int) (*bare, error) {
	u := url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(filepath.Join(dir, "bare.db"))}
	u.RawQuery = url.Values{"_pragma": {
		"journal_mode(WAL)", "synchronous(FULL)", "cache_size(-16384)", "wal_autocheckpoint(4000)",
	}}.Encode()
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(5)
	db.SetMaxIdleConns(5)
	b := &bare{db: db, body: bytes.Repeat([]byte("x"), size), queue: make(chan bareRow, groupSize), ended: make(chan struct{})}
	for _, s := range []string{
		`CREATE TABLE rows (stream TEXT NOT NULL, seq INTEGER NOT NULL, key TEXT NOT NULL, body BLOB NOT NULL)`,
		`CREATE UNIQUE INDEX stream_seq ON rows (stream, seq)`, `CREATE UNIQUE INDEX stream_key ON rows (stream, key)`,
	} {
		if _, err := db.ExecContext(ctx, s); err != nil {
			_ = db.Close()
			return nil, err
		}
	}
	if b.last, err = db.PrepareContext(ctx, `SELECT body FROM rows WHERE stream = ? ORDER BY seq DESC LIMIT 1`); err == nil {
		err = b.write(ctx)
	}
	if err != nil {
		_ = db.Close()
		return nil, err
	}
	return b, nil
}

// write starts the goroutine that writes.
func (b *bare) write(ctx context.Context) error {
	conn, err := b.db.Conn(ctx)
	if err != nil {
		return err
	}
	insert, err := conn.PrepareContext(ctx, `INSERT INTO rows VALUES (?, ?, ?, ?)`)
	if err != nil {
		return err
	}
	go func() {
		defer close(b.ended)
		defer conn.Close()   //nolint:errcheck // the folder is thrown away
		defer insert.Close() //nolint:errcheck // as above
		for first := range b.queue {
			rows := []bareRow{first}
			for len(rows) < groupSize && len(b.queue) > 0 {
				rows = append(rows, <-b.queue)
			}
			err := b.commit(context.WithoutCancel(ctx), conn, insert, rows)
			for _, r := range rows {
				r.done <- err
			}
		}
	}()
	return nil
}

func (b *bare) commit(ctx context.Context, conn *sql.Conn, insert *sql.Stmt, rows []bareRow) error {
	if _, err := conn.ExecContext(ctx, `BEGIN IMMEDIATE`); err != nil {
		return err
	}
	for _, r := range rows {
		if _, err := insert.ExecContext(ctx, r.stream, r.seq, r.key, b.body); err != nil {
			return err // the run ends here, and with it the transaction
		}
	}
	_, err := conn.ExecContext(ctx, `COMMIT`)
	return err
}

// insert returns when the row is on the disk.
func (b *bare) insert(stream string, seq int64) error {
	row := bareRow{stream: stream, key: fmt.Sprintf("key-%d", seq), seq: seq, done: make(chan error, 1)}
	b.queue <- row
	return <-row.done
}

func (b *bare) close() error {
	close(b.queue)
	<-b.ended
	_ = b.last.Close()
	return b.db.Close()
}

// inserting lets writers insert, each into as many streams of its own, and tells what one insert cost.
func (b *bare) inserting(ctx context.Context, lasts time.Duration, writers, streams int) (tally, error) {
	return during(ctx, lasts, writers, func(_ context.Context, w, n int) error {
		return b.insert(bareStream(w, n%streams), b.seq.Add(1))
	})
}

// reading lets readers read the newest rows of the streams that inserting writes to.
func (b *bare) reading(ctx context.Context, lasts time.Duration, readers, streams int) (tally, error) {
	// A short run on a busy machine may not have come to every stream.
	err := all(ctx, readers*streams, readers, func(_ context.Context, i int) error {
		return b.insert(bareStream(i/streams, i%streams), b.seq.Add(1))
	})
	if err != nil {
		return tally{}, err
	}
	return during(ctx, lasts, readers, func(ctx context.Context, w, n int) error {
		var body []byte
		return b.last.QueryRowContext(ctx, bareStream(w, n%streams)).Scan(&body)
	})
}

func bareStream(w, n int) string { return fmt.Sprintf("points/load-%d-%d", w, n) }
