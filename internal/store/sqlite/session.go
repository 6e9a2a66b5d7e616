package sqlite

import (
	"context"
	"database/sql"
)

// session is one connection with the statements that were prepared on it. One goroutine uses it at a time.
type session struct {
	conn  *sql.Conn
	stmts map[string]*sql.Stmt
}

func newSession(ctx context.Context, db *sql.DB) (*session, error) {
	conn, err := db.Conn(ctx)
	return &session{conn, map[string]*sql.Stmt{}}, err
}

// prepared prepares a statement once. The shapes of statements are few, so none is ever thrown away.
func (s *session) prepared(query string) (*sql.Stmt, error) {
	if stmt := s.stmts[query]; stmt != nil {
		return stmt, nil
	}
	stmt, err := s.conn.PrepareContext(context.Background(), query)
	if err == nil {
		s.stmts[query] = stmt
	}
	return stmt, err
}

// close gives the connection back. Statements prepared on a connection of one's own are not closed with it, and SQLite
// keeps the file open as long as one of them lives.
func (s *session) close() {
	for _, stmt := range s.stmts {
		_ = stmt.Close()
	}
	_ = s.conn.Close()
}
