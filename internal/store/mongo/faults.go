package mongo

import (
	"context"
	"errors"
	"strings"

	driver "go.mongodb.org/mongo-driver/v2/mongo"

	"firebrand/internal/fault"
)

// The codes of the server that are told apart.
const (
	codeInternal          = 1
	codeNamespaceNotFound = 26
	codeIndexNotFound     = 27
	codeTooLarge          = 10334
	codeOutOfDiskSpace    = 14031
)

// failed is the fault of a request that went wrong; ctx is its caller's, without the bound of one answer.
//
// A write that ran into a taken value is told so only when the majority has what it ran into: the server waits for that
// before it answers, and where the wait failed the answer is that the store is down.
func failed(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case fault.As(err) != nil:
		return err
	case ctx.Err() != nil:
		return busy(ctx)
	case isUnsure(err):
		return down(err)
	case isDuplicate(err):
		return fault.New(fault.Conflict, "store.duplicate").Because(err)
	case isFull(err):
		return fault.New(fault.Unavailable, "store.full").Because(err)
	}
	return down(err)
}

// isDuplicate reports whether an id or the value of a unique index was taken. Which index it was is never read out of it.
// FerretDB has no code for it when a document is replaced, only SQLite's words.
func isDuplicate(err error) bool {
	return driver.IsDuplicateKeyError(err) ||
		hasCode(err, codeInternal) && strings.Contains(err.Error(), "UNIQUE constraint failed")
}

// isUnsure reports whether the primary answered a write that a majority did not acknowledge in time.
func isUnsure(err error) bool {
	var write driver.WriteException
	var bulk driver.BulkWriteException
	return errors.As(err, &write) && write.WriteConcernError != nil ||
		errors.As(err, &bulk) && bulk.WriteConcernError != nil
}

// isFull reports whether the database cannot keep what it is given: no space is left, the quota of a hosted one is used up
// (neither has a code everywhere), or the document is beyond the 16 MB that a MongoDB takes.
func isFull(err error) bool {
	if hasCode(err, codeOutOfDiskSpace) || hasCode(err, codeTooLarge) {
		return true
	}
	text := err.Error()
	for _, part := range []string{
		"over your space quota", "disk is full", "No space left on device", "document is too large",
	} {
		if strings.Contains(text, part) {
			return true
		}
	}
	return false
}

func hasCode(err error, code int) bool {
	var server driver.ServerError
	return errors.As(err, &server) && server.HasErrorCode(code)
}
