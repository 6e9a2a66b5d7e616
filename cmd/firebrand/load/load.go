// Package load measures what one kind of use costs the program: for whoever runs it, to see what a machine will carry,
// and for whoever changes it, to see what a change did.
//
// The rule that matters most: a figure with a limit is processor time, bytes or a count, never how long something took
// on a machine that others use too, and it stands beside a baseline that was measured in the same run: what the least
// possible program would pay here and now. The one exception is the time to the first page, which people wait for.
//
// Everything runs on data of its own, made for the run and removed after it.
package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// Command is "firebrand load NAME". It fails, after printing every figure, where a limit does not hold.
type Command struct {
	Name    string `arg:"" enum:"points,orders,answers,start,boards,rooms,auction" help:"points: accounts under 16 writers. orders: orders under 32 writers, rules applied and points written. answers: quizzes played over HTTP against a server of its own. start: first page, what it loads, memory at rest. boards: a month's boards over HTTP on a redis-server of its own, and on the embedded Redis. rooms: thousands of sockets to a hub of live rooms, and to the program. auction: one auction that 64 people bid for, on the embedded store and with a redis-server."`
	JSON    bool   `help:"Print each figure as one JSON object a line."`
	Seconds int    `default:"20" help:"About how long the measured part lasts."`
	Orders  int    `default:"20000" help:"How many orders the load of orders takes, and as many again over HTTP."`
	Members int    `default:"0" help:"How many members stand on the board of a load of boards, or sockets are open in a load of rooms; as many as the figures are given for unless given."`
	Data    string `type:"path" help:"Folder, on the disk to measure, to make the run's own data in; the system's temporary folder unless given."`
}

// leastOrders are enough for every round of a load of orders to have some.
const leastOrders = 500

// loads are the kinds of load by their names.
var loads = map[string]func(context.Context, run) error{"points": drivePoints, "orders": driveOrders, "answers": driveAnswers, "start": driveStart, "boards": driveBoards, "rooms": driveRooms, "auction": driveAuction}

// run is one run of a load.
type run struct {
	// dir is the run's own folder.
	dir string
	// lasts is about how long the measured part shall last.
	lasts time.Duration
	// orders is how many orders a load of orders takes.
	orders int
	// members is how many stand on a load's board, 0 for as many as the figures are given for.
	members int
	// report prints a figure at once.
	report func(Figure)
}

// Run prints the figures to the standard output.
func (c *Command) Run(ctx context.Context) error {
	if part, err := runPart(ctx); part {
		return err
	}
	return c.Drive(ctx, os.Stdout)
}

// Drive runs the load and prints its figures, each as soon as it is known.
func (c *Command) Drive(ctx context.Context, out io.Writer) (err error) {
	drive, known := loads[c.Name]
	if !known || c.Seconds < 1 || c.Orders < 0 {
		return fmt.Errorf("no load %q of %d seconds and %d orders", c.Name, c.Seconds, c.Orders)
	}
	if c.Data != "" {
		if err := os.MkdirAll(c.Data, 0o700); err != nil {
			return err
		}
	}
	dir, err := os.MkdirTemp(c.Data, "firebrand-load-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	var over []string
	err = drive(ctx, run{dir: dir, lasts: time.Duration(c.Seconds) * time.Second, orders: max(c.Orders, leastOrders), members: c.Members, report: func(f Figure) {
		fmt.Fprintln(out, f.line(c.JSON))
		if f.Holds != nil && !*f.Holds {
			over = append(over, f.Name)
		}
	}})
	if err == nil && len(over) > 0 {
		err = errors.New("does not hold: " + strings.Join(over, ", "))
	}
	return err
}
