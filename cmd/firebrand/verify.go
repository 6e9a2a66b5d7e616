package main

import (
	"context"
	"fmt"
	"os"

	"firebrand/cmd/firebrand/app"
)

// verifyCommand checks a data folder that no other process uses.
type verifyCommand struct {
	Data string `default:"firebrand-data" env:"FIREBRAND_DATA" type:"path" help:"Data folder."`
	Zone string `default:"Europe/Kyiv" env:"FIREBRAND_ZONE" help:"The programme's IANA time zone."`
}

// Run reads every stream: chains, the laws of points and of stock, and flows that are still open. It prints what it
// read and fails at the first fault, naming the record.
func (v *verifyCommand) Run(ctx context.Context) error {
	if _, err := os.Stat(v.Data); err != nil {
		return err
	}
	a, err := app.Open(ctx, app.Settings{Data: v.Data, Zone: v.Zone})
	if err != nil {
		return err
	}
	defer a.Close() //nolint:errcheck // what is checked is not changed
	return a.Verify(ctx, func(line string) { fmt.Println(line) })
}
