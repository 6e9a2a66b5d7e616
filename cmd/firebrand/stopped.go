package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"

	"firebrand/internal/fault"
)

// stopped is why a command was given up: somebody stopped the program before it was done.
type stopped struct{ by syscall.Signal }

func (s *stopped) Error() string { return "stopped before it was done (" + s.by.String() + ")" }

// untilTold is a context that ends when the program is told to stop; its cause says by what. The last word on how the
// program ends is its command's: serving ends well that way, checking does not.
func untilTold() context.Context {
	ctx, cancel := context.WithCancelCause(context.Background())
	heard := make(chan os.Signal, 1)
	signal.Notify(heard, os.Interrupt, syscall.SIGTERM)
	go func() {
		by, _ := (<-heard).(syscall.Signal) // the signals of every system that Go knows are of this type
		cancel(&stopped{by})
	}()
	return ctx
}

// followed reports whether an error says no more than that the program was told to stop. What a check had found by then is
// told nevertheless.
func followed(err error) bool {
	var told *stopped
	return errors.As(err, &told) || errors.Is(err, context.Canceled) || fault.Is(err, fault.Unavailable)
}
