package main

import (
	"context"
	"fmt"
)

// tidyCommand ends an upgrade of several processes: while processes of two releases run, what only the older one uses
// must stay.
type tidyCommand struct {
	place `embed:""`
}

// Run drops the indexes that this release uses no longer.
func (c *tidyCommand) Run(ctx context.Context) error {
	a, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer a.Close() //nolint:errcheck // what was dropped is gone already
	unused := a.Engine.Unused()
	if err := a.Engine.DropUnused(ctx); err != nil {
		return err
	}
	for _, index := range unused {
		fmt.Println("dropped:", index)
	}
	if len(unused) == 0 {
		fmt.Println("nothing to drop")
	}
	return nil
}
