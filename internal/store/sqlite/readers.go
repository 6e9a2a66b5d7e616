package sqlite

import (
	"context"
	"database/sql"
	"errors"
)

// readers is the pool of connections that read; each is used by one goroutine at a time.
type readers struct {
	idle chan *session
	all  []*session
	shut chan struct{}
}

func openReaders(ctx context.Context, db *sql.DB, n int) (*readers, error) {
	p := &readers{idle: make(chan *session, n), shut: make(chan struct{})}
	for range n {
		r, err := newSession(ctx, db)
		if err != nil {
			return p, err
		}
		p.all = append(p.all, r)
		p.idle <- r
		// A small cache (in KiB): every commit makes a reader's cache void.
		if _, err := r.conn.ExecContext(ctx, `PRAGMA query_only = ON; PRAGMA cache_size = -1024`); err != nil {
			return p, err
		}
	}
	return p, nil
}

// use runs read on an idle connection. The read itself is bounded by its LIMIT and runs to its end; a context that can
// be cancelled would cost a goroutine a query.
func (p *readers) use(ctx context.Context, read func(*session) error) error {
	if ctx.Err() != nil {
		return busy(ctx)
	}
	select {
	case <-p.shut:
		return down(errClosed)
	default:
	}
	select {
	case r := <-p.idle:
		defer func() { p.idle <- r }()
		return read(r)
	case <-ctx.Done():
		return busy(ctx)
	case <-p.shut:
		return down(errClosed)
	}
}

// row reads at most one row into dest; sql.ErrNoRows where there is none.
func (p *readers) row(ctx context.Context, query string, args []any, dest ...any) error {
	return p.use(ctx, func(r *session) error {
		stmt, err := r.prepared(query)
		if err != nil {
			return down(err)
		}
		err = stmt.QueryRowContext(context.Background(), args...).Scan(dest...)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return down(err)
		}
		return err
	})
}

// close lets the reads under way end.
func (p *readers) close() {
	close(p.shut)
	for range p.all {
		<-p.idle
	}
	for _, r := range p.all {
		r.close()
	}
}
