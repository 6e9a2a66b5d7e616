package exchange_test

import (
	"strings"
	"testing"

	"firebrand/catalog/purchase/exchange"
	"firebrand/internal/fault"
)

// Whatever a file says: every row is told once, nothing panics, and only faults end it.
func FuzzImport(f *testing.F) {
	f.Add(file, "")
	f.Add(" 00004 0001 19970101  2   29.33\r\n", "")
	f.Add("a;b;c;d\n1;2026-01-01;P;1\n", "id=1;placed=2;product=3;quantity=4;total=4")
	f.Add("номер,сумма,количество\nA,1.234,\"1\nB,5,", "")
	w := newWorld(f)
	f.Fuzz(func(t *testing.T, data, mapped string) {
		m, err := exchange.ParseMapping(mapped)
		if err != nil || strings.HasPrefix(data, "PK") {
			return
		}
		told := map[int]bool{}
		r, err := exchange.Import(w.ctx, w.Service, "fuzz", strings.NewReader(data), int64(len(data)), exchange.Options{
			Map: m, Zone: w.zone, DryRun: true, Workers: 2, Row: func(row exchange.Row) error {
				if told[row.Line] || (row.Outcome == exchange.Refused) != (row.Fault != nil) {
					t.Errorf("%+v", row)
				}
				told[row.Line] = true
				return nil
			},
		})
		if err != nil && !fault.Is(err, fault.Invalid) {
			t.Error(err)
		}
		if err == nil && r.Rows != len(told) {
			t.Errorf("%d rows, %d told", r.Rows, len(told))
		}
	})
}
