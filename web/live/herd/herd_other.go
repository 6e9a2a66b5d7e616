//go:build !linux

package herd

import (
	"context"
	"errors"
	"time"
)

// Herd is the open sockets. Here there are none: a herd needs Linux.
type Herd struct{}

// Open fails: a herd needs Linux.
func Open(context.Context, func() time.Time, Config) (*Herd, error) {
	return nil, errors.New("thousands of sockets are opened on Linux only")
}

// Report is what was heard since the one before.
func (h *Herd) Report() Report { return Report{} }

// Close ends all sockets.
func (h *Herd) Close() {}
