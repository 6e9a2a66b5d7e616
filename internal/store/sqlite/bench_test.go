//go:build unix

package sqlite_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"firebrand/internal/store"
	"firebrand/internal/store/sqlite"
)

// writers is how many goroutines append at once in the benchmarks.
const writers = 16

// entry is shaped like a record of a stream: 1.5 KB, two unique indexes, one more by time.
type entry struct {
	Stream string    `json:"stream"`
	Seq    int64     `json:"seq"`
	Key    string    `json:"key"`
	At     time.Time `json:"at"`
	Body   string    `json:"body"`
}

var entries = store.Spec{Name: "entries", Indexes: []store.Index{
	{Name: "by_key", Fields: []string{"stream", "key"}, Unique: true},
	{Name: "by_time", Fields: []string{"at"}},
}}

// BenchmarkAppend is what the journal does: read the last record of a stream, insert the next. Its id, stream/seq, is
// one of the two unique indexes.
func BenchmarkAppend(b *testing.B) {
	ctx := context.Background()
	e, err := sqlite.Open(ctx, b.TempDir(), sqlite.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer e.Close()
	c, err := store.OpenCollection[entry](ctx, e, entries)
	if err != nil {
		b.Fatal(err)
	}
	inParallel(b, func(stream string, n int64) error {
		last, err := c.Find(ctx, store.Query{From: stream + "/", To: stream + "0", Desc: true, Limit: 1})
		if err != nil {
			return err
		}
		next := newEntry(stream, 1)
		if len(last) == 1 {
			next = newEntry(stream, last[0].Value.Seq+1)
		}
		return c.Insert(ctx, idOf(next), next)
	})
}

// BenchmarkBareAppend does the same by hand over database/sql, as little as it takes: one goroutine that groups inserts,
// the same table, indexes and settings, the same encoding, the read on other connections.
func BenchmarkBareAppend(b *testing.B) {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(b.TempDir(), "bare.db")+
		"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=cache_size(-16384)&_pragma=wal_autocheckpoint(4000)")
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	db.SetMaxIdleConns(5)
	db.SetMaxOpenConns(5)
	for _, s := range []string{
		`CREATE TABLE e (id TEXT PRIMARY KEY, stream TEXT, key TEXT, at INTEGER, body BLOB)`,
		`CREATE UNIQUE INDEX by_key ON e (stream, key)`, `CREATE INDEX by_time ON e (at, id)`,
	} {
		if _, err := db.Exec(s); err != nil {
			b.Fatal(err)
		}
	}
	read, err := db.Prepare(`SELECT body FROM e WHERE id >= ? AND id < ? ORDER BY id DESC LIMIT 1`)
	if err != nil {
		b.Fatal(err)
	}
	insert := bareWriter(b, db)
	inParallel(b, func(stream string, n int64) error {
		var body []byte
		next := newEntry(stream, 1)
		if err := read.QueryRow(stream+"/", stream+"0").Scan(&body); err == nil {
			var last entry
			if err := json.Unmarshal(body, &last); err != nil {
				return err
			}
			next = newEntry(stream, last.Seq+1)
		} else if err != sql.ErrNoRows {
			return err
		}
		return insert(next)
	})
}

type bareInsert struct {
	e    entry
	body []byte
	done chan error
}

// bareWriter returns a function that inserts through one goroutine, up to 256 at a time.
func bareWriter(b *testing.B, db *sql.DB) func(entry) error {
	queue := make(chan bareInsert, 256)
	b.Cleanup(func() { close(queue) })
	go func() {
		conn, _ := db.Conn(context.Background())
		defer conn.Close()
		ctx := context.Background()
		stmt, err := conn.PrepareContext(ctx, `INSERT INTO e VALUES (?, ?, ?, ?, ?)`)
		if err != nil {
			panic(err)
		}
		for first := range queue {
			batch := []bareInsert{first}
			for len(batch) < 256 && len(queue) > 0 {
				batch = append(batch, <-queue)
			}
			_, err := conn.ExecContext(ctx, `BEGIN IMMEDIATE`)
			for _, i := range batch {
				if err == nil {
					_, err = stmt.ExecContext(ctx, idOf(i.e), i.e.Stream, i.e.Key, i.e.At.UnixMilli(), i.body)
				}
			}
			if err == nil {
				_, err = conn.ExecContext(ctx, `COMMIT`)
			}
			for _, i := range batch {
				i.done <- err
			}
		}
	}()
	return func(e entry) error {
		body, err := json.Marshal(e)
		if err != nil {
			return err
		}
		i := bareInsert{e, body, make(chan error, 1)}
		queue <- i
		return <-i.done
	}
}

var filler = strings.Repeat("x", 1380)

func newEntry(stream string, seq int64) entry {
	return entry{stream, seq, fmt.Sprintf("key-%d", seq), time.UnixMilli(1790000000000 + seq).UTC(), filler}
}

func idOf(e entry) string { return fmt.Sprintf("%s/%012d", e.Stream, e.Seq) }

// inParallel shares b.N appends between the writers, each on streams of its own, and reports the CPU that one costs.
func inParallel(b *testing.B, appendOne func(stream string, n int64) error) {
	var left atomic.Int64
	left.Store(int64(b.N))
	var all sync.WaitGroup
	before := cpu(b)
	b.ResetTimer()
	for w := range writers {
		all.Go(func() {
			for {
				n := left.Add(-1)
				if n < 0 {
					return
				}
				if err := appendOne(fmt.Sprintf("stream-%d-%d", w, n%100), n); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	b.ReportMetric(float64((cpu(b)-before).Microseconds())/float64(b.N), "cpu-µs/op")
}

// cpu is what this process has used so far.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Skip("the processor's time cannot be read here")
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
