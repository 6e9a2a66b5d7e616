// Command firebrand is the whole program: it serves a programme, shows a demo of one, takes question files in, checks
// and redraws what is stored, and measures itself.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/alecthomas/kong"

	"firebrand/cmd/firebrand/load"
	"firebrand/internal/fault"
	"firebrand/web/ui"
)

// commands are what the program can be told to do.
type commands struct {
	Serve   serveCommand   `cmd:"" help:"Serve a programme from a data folder."`
	Demo    demoCommand    `cmd:"" help:"Serve a demo programme, on this machine only."`
	Import  importCommand  `cmd:"" help:"Take orders or another tool's question file."`
	Verify  verifyCommand  `cmd:"" help:"Check chains, laws and open flows of a data folder; exit 1 at the first fault."`
	Rebuild rebuildCommand `cmd:"" help:"Redraw everything that is drawn from the journal."`
	Tidy    tidyCommand    `cmd:"" help:"Drop indexes that only the release before used, once no process of it runs."`
	Backup  backupCommand  `cmd:"" help:"Copy a data folder into one checked file, also while it is served."`
	Restore restoreCommand `cmd:"" help:"Bring a backup back into an empty folder, and verify it."`
	Load    load.Command   `cmd:"" help:"Measure what one kind of use costs; exit 1 where a limit does not hold."`
}

func main() {
	var all commands
	parser := kong.Must(&all, kong.Name("firebrand"), kong.UsageOnError(),
		kong.Description("Articles, timed quizzes, points that burn, live boards and prizes for a brand's dealers."))
	command, err := parser.Parse(os.Args[1:])
	parser.FatalIfErrorf(err)
	ctx := untilTold()
	command.BindTo(ctx, (*context.Context)(nil))
	err = command.Run()
	var told *stopped
	if err != nil && errors.As(context.Cause(ctx), &told) && followed(err) {
		fmt.Fprintln(os.Stderr, "firebrand:", told)
		os.Exit(128 + int(told.by))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "firebrand:", inWords(err))
		os.Exit(1)
	}
}

// inWords is an error as the command line tells it: a fault in its English sentence, anything else as it is.
func inWords(err error) string {
	f := fault.As(err)
	texts, loadErr := ui.LoadTexts()
	if f == nil || loadErr != nil || !texts.Has(f.Key) {
		return err.Error()
	}
	text := texts.Say("en", f.Key, f.Args)
	if cause := errors.Unwrap(f); cause != nil {
		text += " (" + cause.Error() + ")"
	}
	return text
}
