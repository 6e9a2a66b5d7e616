package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"firebrand/internal/fault"
)

// groupSize bounds how many operations share one commit.
const groupSize = 256

var errClosed = errors.New("the store is closed")

// statement is one SQL statement of an operation.
type statement struct {
	sql  string
	args []any
	// untouched is what the operation fails with when the statement changes no row; nil where that is well.
	untouched error
}

// operation is a write that holds together: all of its statements or none.
type operation struct {
	ctx        context.Context
	statements []statement
	// alone, instead of statements, runs outside a group and looks after its own transaction.
	alone func(*sql.Conn) error
	// done takes the answer, once; it never blocks the writer.
	done chan error
}

// writer is the one goroutine that writes.
type writer struct {
	*session
	// operations is unbuffered: what was sent is in the writer's hands, so that nothing is left behind at the end.
	operations chan *operation
	closing    chan struct{}
	ended      chan struct{}
}

func openWriter(ctx context.Context, db *sql.DB, maxBytes int64) (*writer, error) {
	session, err := newSession(ctx, db)
	if err != nil {
		return nil, err
	}
	w := &writer{
		session: session, operations: make(chan *operation),
		closing: make(chan struct{}), ended: make(chan struct{}),
	}
	if err := w.configure(ctx, maxBytes); err != nil {
		session.close()
		return nil, err
	}
	go w.run()
	return w, nil
}

func (w *writer) configure(ctx context.Context, maxBytes int64) error {
	// The cache is in KiB. The log is folded into the file at 4,000 pages (16 MB): pages written again and again until
	// then are folded once. It is cut back to 64 MB when a burst, or a long read by another program, made it larger.
	_, err := w.conn.ExecContext(ctx,
		`PRAGMA cache_size = -16384; PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 67108864`)
	if err != nil {
		return err
	}
	if maxBytes <= 0 {
		return nil
	}
	var pageSize int64
	if err := w.conn.QueryRowContext(ctx, `PRAGMA page_size`).Scan(&pageSize); err != nil {
		return err
	}
	_, err = w.conn.ExecContext(ctx, fmt.Sprintf(`PRAGMA max_page_count = %d`, max(1, maxBytes/pageSize)))
	return err
}

// write hands the statements over and waits until they are on the disk or refused. Nothing is executed when ctx has
// ended before the writer comes to it.
func (w *writer) write(ctx context.Context, statements ...statement) error {
	return w.do(&operation{ctx: ctx, statements: statements, done: make(chan error, 1)})
}

// alone runs change on the writer's connection while nothing else writes.
func (w *writer) alone(ctx context.Context, change func(*sql.Conn) error) error {
	return w.do(&operation{ctx: ctx, alone: change, done: make(chan error, 1)})
}

func (w *writer) do(op *operation) error {
	if op.ctx.Err() != nil {
		return busy(op.ctx)
	}
	select {
	case w.operations <- op:
	case <-op.ctx.Done():
		return busy(op.ctx)
	case <-w.closing:
		return down(errClosed)
	}
	select {
	case err := <-op.done:
		return err
	case <-op.ctx.Done():
	}
	select {
	case err := <-op.done:
		return err
	default:
		return busy(op.ctx)
	}
}

func (w *writer) run() {
	defer close(w.ended)
	for {
		select {
		case op := <-w.operations:
			w.group(op)
		case <-w.closing:
			return
		}
	}
}

// group commits first together with everything that waits behind it.
func (w *writer) group(first *operation) {
	var ops []*operation
	op := first
gather:
	for {
		if op.alone != nil {
			w.commit(ops)
			op.done <- op.alone(w.conn)
			return
		}
		ops = append(ops, op)
		if len(ops) == groupSize {
			break
		}
		select {
		case op = <-w.operations:
		default:
			break gather
		}
	}
	w.commit(ops)
}

// commit executes the operations in one transaction and answers each of them. What failed against a constraint fails
// alone, and is told so only now: until the commit nobody else could see what it ran into.
func (w *writer) commit(ops []*operation) {
	if len(ops) == 0 {
		return
	}
	answers, err := w.execute(ops)
	if err != nil {
		// SQLite may have rolled back by itself, then this fails and changes nothing.
		_ = w.exec(`ROLLBACK`)
		err = refused(err)
	}
	for i, op := range ops {
		if err != nil {
			op.done <- err
		} else {
			op.done <- answers[i]
		}
	}
}

func (w *writer) execute(ops []*operation) ([]error, error) {
	if err := w.exec(`BEGIN IMMEDIATE`); err != nil {
		return nil, err
	}
	answers := make([]error, len(ops))
	for i, op := range ops {
		if op.ctx.Err() != nil {
			answers[i] = busy(op.ctx)
			continue
		}
		err := w.apply(op)
		if err != nil && !isOwn(err) {
			return nil, err
		}
		answers[i] = err
	}
	return answers, w.exec(`COMMIT`)
}

// apply executes one operation. See isOwn for the errors that are only this operation's.
func (w *writer) apply(op *operation) error {
	if len(op.statements) == 1 {
		return w.applyOne(op.statements[0])
	}
	if err := w.exec(`SAVEPOINT op`); err != nil {
		return err
	}
	for _, s := range op.statements {
		err := w.applyOne(s)
		if err == nil {
			continue
		}
		if !isOwn(err) {
			return err
		}
		if back := w.exec(`ROLLBACK TO op`); back != nil {
			return back
		}
		if back := w.exec(`RELEASE op`); back != nil {
			return back
		}
		return err
	}
	return w.exec(`RELEASE op`)
}

func (w *writer) applyOne(s statement) error {
	stmt, err := w.prepared(s.sql)
	if err != nil {
		return err
	}
	result, err := stmt.ExecContext(context.Background(), s.args...)
	if isDuplicate(err) {
		return fault.New(fault.Conflict, "store.duplicate").Because(err)
	}
	if err != nil || s.untouched == nil {
		return err
	}
	touched, err := result.RowsAffected()
	if err == nil && touched == 0 {
		return s.untouched
	}
	return err
}

func (w *writer) exec(sql string) error { return w.applyOne(statement{sql: sql}) }

// stop ends the writer after the group under way.
func (w *writer) stop() {
	close(w.closing)
	<-w.ended
}

// fold moves the log into the file, so that a stopped store is one file that can be copied, and gives the connection
// back. Where that fails, for want of space perhaps, the log stays and is read at the next start.
func (w *writer) fold() {
	_ = w.exec(`PRAGMA wal_checkpoint(TRUNCATE)`)
	w.close()
}
