package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"syscall"

	driver "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"

	"firebrand/internal/fault"
)

// code is SQLite's primary result code, or zero where err is not SQLite's.
func code(err error) int {
	var e *driver.Error
	if errors.As(err, &e) {
		return e.Code() & 0xff
	}
	return 0
}

// isDuplicate reports whether an id or the value of a unique index was taken.
func isDuplicate(err error) bool {
	var e *driver.Error
	return errors.As(err, &e) && (e.Code() == codes.SQLITE_CONSTRAINT_UNIQUE || e.Code() == codes.SQLITE_CONSTRAINT_PRIMARYKEY)
}

// isOwn reports whether only the statement itself failed, and its transaction can go on.
func isOwn(err error) bool {
	c := code(err)
	return fault.As(err) != nil || c == codes.SQLITE_CONSTRAINT || c == codes.SQLITE_MISMATCH || c == codes.SQLITE_TOOBIG
}

// isFull reports whether there is no space left.
func isFull(err error) bool { return code(err) == codes.SQLITE_FULL || errors.Is(err, syscall.ENOSPC) }

// unusable is the fault of a data folder that could not be opened. What its owner must mend is told apart from what passes.
func unusable(dir string, cause error) error {
	var path *fs.PathError
	switch c := code(cause); {
	case fault.As(cause) != nil:
		return cause
	case isFull(cause):
		return refused(cause)
	case c == codes.SQLITE_CORRUPT, c == codes.SQLITE_NOTADB:
		return errBroken(cause.Error())
	case c == codes.SQLITE_CANTOPEN, c == codes.SQLITE_READONLY, c == codes.SQLITE_PERM, c == codes.SQLITE_AUTH, errors.As(cause, &path):
		return fault.New(fault.Unavailable, "store.folder", "dir", dir, "why", cause.Error())
	}
	return down(fmt.Errorf("opening %s: %w", filepath.Join(dir, File), cause))
}

// refused is the fault of a write that the database could not keep.
func refused(cause error) error {
	if isFull(cause) {
		return fault.New(fault.Unavailable, "store.full").Because(cause)
	}
	return down(cause)
}
