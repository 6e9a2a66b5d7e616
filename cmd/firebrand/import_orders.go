package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"

	"firebrand/catalog/purchase"
	"firebrand/catalog/purchase/exchange"
	"firebrand/cmd/firebrand/app"
	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/web/ui"
)

// refusedMost is how many refused rows are printed; the report file has them all.
const refusedMost = 100

// orders takes a file of orders in, reports every row and tells what was bought in the file's time.
func (i *importCommand) orders(ctx context.Context, out io.Writer) (err error) {
	options := exchange.Options{MonthFirst: i.MonthFirst, DryRun: i.DryRun}
	if options.Map, err = exchange.ParseMapping(i.Map); err != nil {
		return err
	}
	f, err := os.Open(i.File)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // it is only read
	info, err := f.Stat()
	if err != nil {
		return err
	}
	a, err := i.openOrMake(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	since, err := i.since(a.Zone)
	if err != nil {
		return err
	}
	told, err := newImportTold(out, i.Report)
	if err != nil {
		return err
	}
	options.Zone, options.Row, options.Progress = a.Zone, told.row, told.progress
	report, err := exchange.Import(ctx, a.Orders, "import", f, info.Size(), options)
	if err = errors.Join(err, told.close()); err != nil {
		fmt.Fprintf(out, "Stopped after %s rows, %s orders of which are taken. Run it again: what was taken is recognised.\n",
			grouped(int64(report.Rows)), grouped(int64(report.Outcomes[purchase.Taken])))
		return err
	}
	told.summary(report)
	if i.DryRun || report.First.IsZero() {
		return nil
	}
	if since.IsZero() {
		since = a.Zone.EndOf(a.Zone.Date(report.First.Add(report.Last.Sub(report.First) / 2)))
	}
	return tellBought(ctx, out, a, purchase.ReportQuery{From: report.First, To: report.Last.Add(time.Millisecond), Since: since})
}

// since is the end of the day that was asked for.
func (i *importCommand) since(zone calendar.Zone) (time.Time, error) {
	if i.Since == "" {
		return time.Time{}, nil
	}
	day, err := calendar.ParseDate(i.Since)
	return zone.EndOf(day), err
}

// tellBought prints what all orders of a time come to: those of the file, and what else was bought then.
func tellBought(ctx context.Context, out io.Writer, a *app.App, q purchase.ReportQuery) error {
	r, err := a.Orders.Report(ctx, q)
	if err != nil {
		return err
	}
	day := func(at time.Time) string { return a.Zone.Date(at).String() }
	fmt.Fprintf(out, "\nBought from %s to %s:\n", day(q.From), day(q.To.Add(-time.Millisecond)))
	for _, figure := range []struct{ name, value string }{
		{"orders", grouped(r.Orders)}, {"units", grouped(r.Units)}, {"money", amount(r.Money)},
		{"customers", grouped(r.Customers)}, {"customer-days", grouped(r.Days)},
		{"customers of one day only", grouped(r.OneDay)}, {"repeat purchase rate", fmt.Sprintf("0.%04d", r.Repeat)},
		{"customers after " + day(q.Since.Add(-time.Millisecond)), grouped(r.Since)}, {"points", grouped(r.Points.Given)},
	} {
		fmt.Fprintf(out, "  %-28s %12s\n", figure.name, figure.value)
	}
	return nil
}

// grouped writes a number as people read it.
func grouped(n int64) string { return strings.ReplaceAll(ui.Number(n), "\u202f", ",") }

// amount writes minor units.
func amount(n int64) string { return fmt.Sprintf("%s.%02d", grouped(n/100), n%100) }

// importTold tells a person at a terminal how an import goes.
type importTold struct {
	out     io.Writer
	texts   *ui.Texts
	bar     *progressbar.ProgressBar
	file    *os.File
	buffer  *bufio.Writer
	sheet   *exchange.Sheet
	refused int
	quarter int
}

func newImportTold(out io.Writer, report string) (*importTold, error) {
	texts, err := ui.LoadTexts()
	if err != nil {
		return nil, err
	}
	t := &importTold{out: out, texts: texts}
	if info, err := os.Stderr.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
		t.bar = progressbar.NewOptions(1000, progressbar.OptionSetWriter(os.Stderr), progressbar.OptionSetDescription("orders"),
			progressbar.OptionFullWidth(), progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(100*time.Millisecond))
	}
	if report == "" {
		return t, nil
	}
	if t.file, err = os.Create(report); err != nil {
		return nil, err
	}
	t.buffer = bufio.NewWriter(t.file)
	t.sheet, err = exchange.NewSheet(t.buffer, []string{"line", "order", "outcome", "points", "column", "why"}, t.say)
	return t, err
}

func (t *importTold) say(f *fault.Error) string { return t.texts.Say("en", f.Key, f.Args) }

func (t *importTold) row(r exchange.Row) error {
	if r.Fault != nil {
		if t.refused++; t.refused <= refusedMost {
			why := t.say(r.Fault)
			if r.Fault.Field != "" {
				why = r.Fault.Field + ": " + why
			}
			fmt.Fprintf(t.out, "%7d  NOT TAKEN  %s  %s\n", r.Line, r.Order, why)
		}
	}
	if t.sheet == nil {
		return nil
	}
	return t.sheet.Row(r, string(r.Outcome))
}

// progress draws a bar on a terminal, and elsewhere a line at each quarter.
func (t *importTold) progress(rows int, done float64) {
	if t.bar != nil {
		_ = t.bar.Set(int(done * 1000)) // a bar that cannot be drawn stops nothing
		return
	}
	if quarter := int(done * 4); quarter > t.quarter && quarter < 4 {
		t.quarter = quarter
		fmt.Fprintf(t.out, "%3d %%  %s rows\n", 25*quarter, grouped(int64(rows)))
	}
}

func (t *importTold) close() error {
	if t.file == nil {
		return nil
	}
	return errors.Join(t.sheet.Flush(), t.buffer.Flush(), t.file.Close())
}

// summary tells what became of the file.
func (t *importTold) summary(r exchange.Report) {
	if t.refused > refusedMost {
		fmt.Fprintf(t.out, "         … and %s rows more that were not taken; --report writes them all.\n", grouped(int64(t.refused-refusedMost)))
	}
	if r.CDNOW {
		fmt.Fprintln(t.out, "The file is in CDNOW's format.")
	}
	if len(r.Ignored) > 0 {
		fmt.Fprintln(t.out, "Columns that mean nothing here:", strings.Join(r.Ignored, ", "))
	}
	if r.CutOff {
		fmt.Fprintln(t.out, "The last line has no end. If the file was cut off, run the whole of it again: what was taken is recognised.")
	}
	if r.Unknown > 0 {
		fmt.Fprintf(t.out, "Orders whose buyer was not found: %s. They are kept for comparison and bring no points.\n", grouped(int64(r.Unknown)))
	}
	how := "taken"
	if r.DryRun {
		how = "would be taken (dry run: nothing was written)"
	}
	fmt.Fprintf(t.out, "%s rows, %s orders: %s %s, %s repeated, %s superseded, %s not taken\n",
		grouped(int64(r.Rows)), grouped(int64(r.Orders)), grouped(int64(r.Outcomes[purchase.Taken])), how,
		grouped(int64(r.Outcomes[purchase.Repeated])), grouped(int64(r.Outcomes[purchase.Superseded])), grouped(int64(r.Outcomes[exchange.Refused])))
}
