package catalog_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"firebrand/catalog"
	"firebrand/internal/journal"
)

// stockRecords makes a stream from lines of "kind redemption added left out".
func stockRecords(t *testing.T, stream, lines string) []journal.Record {
	t.Helper()
	var recs []journal.Record
	for line := range strings.SplitSeq(lines, ";") {
		var kind string
		var b catalog.StockRecord
		_, err := fmt.Sscan(line, &kind, &b.Redemption, &b.Added, &b.After.Left, &b.After.Out)
		must(t, err)
		body, err := json.Marshal(b)
		must(t, err)
		recs = append(recs, journal.Record{Stream: stream, Seq: int64(len(recs) + 1), Kind: kind, Body: body})
	}
	return recs
}

func TestTheLawOfStock(t *testing.T) {
	for _, row := range []struct{ name, lines, why string }{
		{"a piece that is taken and comes back", "added - 2 2 0;taken a 0 1 1;returned a 0 2 0", ""},
		{"a void takes nothing", "added - 1 1 0;void a 0 1 0;taken b 0 0 1", ""},
		{"taken twice", "added - 2 2 0;taken a 0 1 1;taken a 0 0 2", "taken after taken"},
		{"void after taken", "added - 2 2 0;taken a 0 1 1;void a 0 1 1", "void after taken"},
		{"returned twice", "added - 2 2 0;taken a 0 1 1;returned a 0 2 0;returned a 0 3 -1", "not taken"},
		{"returned after a void", "added - 2 2 0;void a 0 2 0;returned a 0 3 -1", "not taken"},
		{"below zero", "taken a 0 -1 1", "below zero"},
		{"a number that does not follow", "added - 2 3 0", "follows"},
		{"an unknown kind", "sold a 0 0 0", "unknown kind"},
	} {
		t.Run(row.name, func(t *testing.T) {
			stream := catalog.StockStream("mug")
			err := catalog.CheckStock(stream, stockRecords(t, stream, row.lines))
			if (err == nil) != (row.why == "") || err != nil && !strings.Contains(err.Error(), row.why) {
				t.Fatalf("got %v, want %q", err, row.why)
			}
		})
	}
	t.Run("a limit that was raised may leave more than before", func(t *testing.T) {
		stream := catalog.LimitStream("mug", "ada")
		must(t, catalog.CheckStock(stream, stockRecords(t, stream, "taken a 0 0 1;taken b 0 3 2")))
	})
}

func TestTheLawOfARedemption(t *testing.T) {
	stream := catalog.RedemptionStream("r")
	records := func(states ...catalog.State) (recs []journal.Record) {
		for i, state := range states {
			body, err := json.Marshal(map[string]any{"after": catalog.Redemption{ID: "r", Member: "ada", State: state, Seq: int64(i + 1)}})
			must(t, err)
			recs = append(recs, journal.Record{Stream: stream, Seq: int64(i + 1), Kind: string(state), Body: body})
		}
		return recs
	}
	must(t, catalog.CheckRedemption(stream, records(catalog.Requested, catalog.Placed, catalog.Cancelling, catalog.Cancelled)))
	must(t, catalog.CheckRedemption(stream, records(catalog.Requested, catalog.Placed, catalog.Issued)))
	for _, bad := range [][]catalog.State{
		{catalog.Placed}, {catalog.Requested, catalog.Issued}, {catalog.Requested, catalog.Refused, catalog.Placed},
		{catalog.Requested, catalog.Placed, catalog.Issued, catalog.Issued}, {catalog.Requested, catalog.Placed, catalog.Cancelled},
	} {
		if catalog.CheckRedemption(stream, records(bad...)) == nil {
			t.Errorf("%v passes", bad)
		}
	}
}

func TestWhatIsHalfIsFound(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.reward("mug", 30, 5, 1)
	w.award("ada", 100)
	r, err := w.redeem("ada", "mug", 30, "form")
	must(t, err)
	must(t, w.catalog.Agree(ctx, r))
	for _, state := range []catalog.State{catalog.Refused, catalog.Cancelled} {
		half := r
		half.State = state
		if err := w.catalog.Agree(ctx, half); err == nil {
			t.Errorf("a paid redemption passes as %s", state)
		}
	}
	dearer := r
	dearer.Price = 31
	if err := w.catalog.Agree(ctx, dearer); err == nil {
		t.Error("another price passes")
	}
}

func TestOpenFlowsAreListedAndNotTouched(t *testing.T) {
	w := newWorld(t)
	w.reward("mug", 30, 5, 0)
	w.award("ada", 100)
	w.store.DieAt(4, false)
	_, err := w.redeem("ada", "mug", 30, "form")
	if err == nil {
		t.Fatal("it did not die")
	}
	w.store.Restart()
	must(t, w.catalog.Sweep(t.Context()))
	for range 2 {
		open, err := w.catalog.Open(t.Context())
		must(t, err)
		if len(open) != 1 || !strings.Contains(open[0], "requested since 2026-11-02T09:00:00Z") {
			t.Fatalf("open: %v", open)
		}
	}
	want(t, "held while it is open", w.balance("ada").Held, 30)
	w.sweep()
	w.agrees()
}
