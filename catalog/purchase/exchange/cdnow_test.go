package exchange_test

import (
	"os"
	"path/filepath"
	"testing"

	"firebrand/catalog/purchase"
	"firebrand/catalog/purchase/exchange"
	"firebrand/internal/testenv"
)

func TestCDNOW(t *testing.T) {
	w := newWorld(t)
	const two = " 00004 0001 19970101  2   29.33\r\n 00004 0001 19970101  1    0.00\r\n 00021 0002 19970118  3   63.34\r\n"
	t.Run("rows become orders whose ids are the same every time", func(t *testing.T) {
		r := w.reports(two, "1:taken 2:taken 3:taken", exchange.Options{})
		if !r.CDNOW || r.Orders != 3 {
			t.Errorf("%+v", r)
		}
		o := w.order("CDNOW-00004-19970101-1")
		if o.Lines[0].Net() != 2933 || o.Lines[0].Quantity != 2 || o.Buyer.Known() || o.State != purchase.Delivered {
			t.Errorf("%+v", o)
		}
		w.order("CDNOW-00004-19970101-2")
		w.reports(two, "1:repeated 2:repeated 3:repeated", exchange.Options{})
	})
	t.Run("a row that was cut off, and one out of order, are told", func(t *testing.T) {
		w.reports(" 00004 0001 19970101  2   29.33\r\n 00003 0000 19970101  1    1.00\r\n 00021 0002 19970118  3   63.3",
			"1:repeated 2:refused=cdnow_order@id 3:refused=cdnow_row@id", exchange.Options{})
	})
	t.Run("the master file has four columns", func(t *testing.T) {
		w.reports(" 00001 19970101   1   11.77\n 00002 19970112   1   12.00\n", "1:taken 2:taken", exchange.Options{DryRun: true})
	})
}

func TestCDNOWSample(t *testing.T) {
	f, err := os.Open(filepath.Join("..", "..", "..", "..", "shared", "samples", "purchases", "CDNOW_sample.txt"))
	if err != nil {
		testenv.Skip(t, "the samples are not here")
	}
	defer f.Close() //nolint:errcheck // it was only read
	info, err := f.Stat()
	w := newWorld(t)
	w.ok(err)
	for _, want := range []purchase.Outcome{purchase.Taken, purchase.Repeated} {
		r, err := exchange.Import(w.ctx, w.Service, "test", f, info.Size(), exchange.Options{Zone: w.zone})
		w.ok(err)
		if r.Orders != 6919 || r.Outcomes[want] != 6919 || r.First.Format("2006-01-02") != "1996-12-31" {
			t.Fatalf("%+v", r)
		}
	}
}
