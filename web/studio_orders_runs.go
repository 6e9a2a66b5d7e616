package web

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"sync"
	"time"

	"firebrand/catalog/purchase"
	"firebrand/catalog/purchase/exchange"
	"firebrand/internal/fault"
)

// A file of orders is read several times: looked at, tried, taken. The process that was sent it keeps it for that in a
// temporary folder, with what became of every row, and forgets it when it ends: whoever sends the file again has
// lost nothing, because what was taken is recognised.
const (
	// importsMost is how many files a process keeps, importsAtOnce how many of them it reads at a time.
	importsMost   = 8
	importsAtOnce = 2
	// importRows is how many rows a page of a report shows.
	importRows = 100
)

// orderImports are the files that this process keeps, and the bulks that it reads.
type orderImports struct {
	mu    sync.Mutex
	bulks int
	runs  []*orderRun
	going sync.WaitGroup
}

// begin counts a bulk, unless there are most already.
func (o *orderImports) begin(most int) (end func(), ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.bulks >= most {
		return nil, false
	}
	o.bulks++
	return func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.bulks--
	}, true
}

// find returns a file that is kept.
func (o *orderImports) find(id string) (*orderRun, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, r := range o.runs {
		if r.id == id {
			return r, nil
		}
	}
	return nil, fault.New(fault.NotFound, "orders_in.run_gone")
}

// keep takes a file in under an id, once, and lets go of the oldest that is not being read.
func (o *orderImports) keep(id, name string, in io.Reader) error {
	if _, err := o.find(id); err == nil {
		return nil
	}
	dir, err := os.MkdirTemp("", "firebrand-orders-")
	if err != nil {
		return err
	}
	r := &orderRun{id: id, name: name, dir: dir, options: exchange.Options{Map: exchange.Mapping{}}}
	if err := r.write(in); err != nil {
		return errors.Join(err, os.RemoveAll(dir))
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.runs = append(o.runs, r)
	for i := 0; len(o.runs) > importsMost && i < len(o.runs); i++ {
		if old := o.runs[i]; !old.state().running {
			_ = os.RemoveAll(old.dir) // one that stays is in the folder of temporary ones
			o.runs = append(o.runs[:i:i], o.runs[i+1:]...)
			i--
		}
	}
	return nil
}

// start reads a file in the background, unless it is being read already.
func (o *orderImports) start(r *orderRun, options exchange.Options, orders *purchase.Service, actor string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	busy := 0
	for _, other := range o.runs {
		if other.state().running {
			busy++
		}
	}
	if r.state().running {
		return nil
	}
	if busy >= importsAtOnce {
		return fault.New(fault.TooMany, "orders_in.runs_many").After(10 * time.Second)
	}
	ctx, stop := context.WithCancel(context.Background())
	r.mu.Lock()
	r.options, r.stop = options, stop
	r.orderState = orderState{running: true, began: true}
	r.mu.Unlock()
	o.going.Go(func() {
		defer stop()
		r.read(ctx, orders, actor)
	})
	return nil
}

// end stops what is being read and removes the files. What was taken until then stays.
func (o *orderImports) end() {
	o.mu.Lock()
	runs := o.runs
	o.runs = nil
	o.mu.Unlock()
	for _, r := range runs {
		r.cancel()
	}
	o.going.Wait()
	for _, r := range runs {
		_ = os.RemoveAll(r.dir)
	}
}

// orderRun is one file.
type orderRun struct {
	id, name, dir string
	size          int64

	mu      sync.Mutex
	options exchange.Options
	stop    context.CancelFunc
	orderState
}

// orderState is how far a file is.
type orderState struct {
	// began says that it was read at least once, running that it is being read.
	began, running bool
	rows           int
	done           float64
	report         exchange.Report
	bought         purchase.Report
	err            error
	// offsets are where each page of rows begins, of all and of those that were refused.
	offsets [2][]int64
	counts  [2]int
}

func (r *orderRun) state() orderState {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.orderState
}

func (r *orderRun) asked() exchange.Options {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.options
}

func (r *orderRun) cancel() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stop != nil {
		r.stop()
	}
}

func (r *orderRun) path(name string) string { return filepath.Join(r.dir, name) }

// rowFiles hold every row, and those that were refused, a line of JSON each.
var rowFiles = [2]string{"rows.ndjson", "refused.ndjson"}

func (r *orderRun) write(in io.Reader) error {
	f, err := os.Create(r.path("orders"))
	if err != nil {
		return err
	}
	r.size, err = io.Copy(f, in)
	return errors.Join(err, f.Close())
}

// look shows the file before it is read.
func (r *orderRun) look(o exchange.Options) (exchange.Preview, error) {
	f, err := os.Open(r.path("orders"))
	if err != nil {
		return exchange.Preview{}, err
	}
	defer f.Close() //nolint:errcheck // it is only read
	return exchange.Look(f, r.size, o, 8)
}

// read takes or tries the file and keeps what became of its rows.
func (r *orderRun) read(ctx context.Context, orders *purchase.Service, actor string) {
	var result orderState
	err := r.readRows(ctx, orders, actor, &result)
	if err == nil && !result.report.DryRun && !result.report.First.IsZero() {
		result.bought, err = orders.Report(ctx, purchase.ReportQuery{From: result.report.First, To: result.report.Last.Add(time.Millisecond)})
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	result.began, result.err, result.rows, result.done = true, err, result.report.Rows, 1
	r.orderState = result
}

func (r *orderRun) readRows(ctx context.Context, orders *purchase.Service, actor string, result *orderState) (err error) {
	f, err := os.Open(r.path("orders"))
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // it is only read
	var out [2]*rowFile
	for i, name := range rowFiles {
		if out[i], err = newRowFile(r.path(name)); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, out[i].close()) }()
	}
	o := r.asked()
	o.Row = func(row exchange.Row) error {
		err := out[0].add(row)
		if row.Fault != nil {
			err = errors.Join(err, out[1].add(row))
		}
		return err
	}
	o.Progress = func(rows int, done float64) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.rows, r.done = rows, done
	}
	result.report, err = exchange.Import(ctx, orders, actor, f, r.size, o)
	for i := range out {
		result.offsets[i], result.counts[i] = out[i].offsets, out[i].n
	}
	return err
}

// rowFile is a file of rows with the places of its pages.
type rowFile struct {
	file    *os.File
	out     *bufio.Writer
	at      int64
	n       int
	offsets []int64
}

func newRowFile(path string) (*rowFile, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	return &rowFile{file: f, out: bufio.NewWriter(f)}, nil
}

// keptRow is a row as it is kept; what is said of it is put into words when it is shown.
type keptRow struct {
	Line    int              `json:"l"`
	Order   string           `json:"o"`
	Outcome purchase.Outcome `json:"u"`
	Points  int64            `json:"p,omitempty"`
	Key     string           `json:"k,omitempty"`
	Args    map[string]any   `json:"a,omitempty"`
	Column  string           `json:"c,omitempty"`
}

func (f *rowFile) add(row exchange.Row) error {
	kept := keptRow{Line: row.Line, Order: row.Order, Outcome: row.Outcome, Points: row.Points}
	switch {
	case row.Fault != nil:
		kept.Key, kept.Args, kept.Column = row.Fault.Key, row.Fault.Args, row.Fault.Field
	case len(row.Notes) > 0:
		kept.Key, kept.Args = row.Notes[0].Key, row.Notes[0].Args
	}
	raw, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	if f.n%importRows == 0 {
		f.offsets = append(f.offsets, f.at)
	}
	f.n++
	n, err := f.out.Write(append(raw, '\n'))
	f.at += int64(n)
	return err
}

func (f *rowFile) close() error { return errors.Join(f.out.Flush(), f.file.Close()) }

// page reads the rows of one page, counted from 1.
func (r *orderRun) page(s orderState, which, page int) (rows []keptRow, err error) {
	if page < 1 || page > len(s.offsets[which]) {
		return nil, nil
	}
	err = r.each(which, s.offsets[which][page-1], func(row keptRow) bool {
		rows = append(rows, row)
		return len(rows) < importRows
	})
	return rows, err
}

// each reads rows from an offset on until do has enough.
func (r *orderRun) each(which int, from int64, do func(keptRow) bool) error {
	f, err := os.Open(r.path(rowFiles[which]))
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // it is only read
	if _, err := f.Seek(from, io.SeekStart); err != nil {
		return err
	}
	for d := json.NewDecoder(bufio.NewReader(f)); ; {
		var row keptRow
		if err := d.Decode(&row); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		for name, value := range row.Args {
			// JSON knows no integers; texts want them.
			if n, is := value.(float64); is && n == math.Trunc(n) {
				row.Args[name] = int64(n)
			}
		}
		if !do(row) {
			return nil
		}
	}
}
