package purchase_test

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"firebrand/catalog/purchase"
	"firebrand/catalog/purchase/rule"
	"firebrand/internal/store/sqlite"
)

// manyRules are a programme's: rates by region and channel, a bonus a unit, a minimum by region.
func manyRules() rule.Set {
	set := rule.Set{Version: 7}
	for i := range 8 {
		r := rule.Rule{
			ID: fmt.Sprintf("rule-%d", i), Name: map[string]string{"en": "A rule"}, Kind: rule.Rate, Points: 1, Money: 10_00, Funding: "velmar",
			Minimums: []rule.Minimum{{Region: "Kyiv", Amount: 50_00}, {Amount: 40_00}},
		}
		switch i % 4 {
		case 1:
			r.When.Regions = []string{"Lviv", "Odesa"}
		case 2:
			r.When.Groups = []string{"paint"}
		case 3:
			r.Minimums = []rule.Minimum{{Amount: 4000_00}}
		}
		set.Rules = append(set.Rules, r)
	}
	return set
}

// BenchmarkTake lets 64 senders report orders of three lines, of a thousand companies: new ones, new ones under rules
// that look at the buyer's other orders, and that each has arrived. us/order is the processor time of the whole process.
func BenchmarkTake(b *testing.B) {
	facts := manyRules()
	facts.Rules = append(facts.Rules, rule.Rule{ID: "first", Kind: rule.First, Points: 5, Funding: "velmar"})
	at := time.Now().Add(-time.Hour)
	fresh := func(n int64) purchase.Message {
		return purchase.Message{
			ID: fmt.Sprintf("V-%07d", n), Revision: 1, State: purchase.Placed, Placed: at, Channel: "app",
			Buyer: purchase.BuyerRef{Company: fmt.Sprintf("c%d", n%1000)},
			Lines: []purchase.Line{goods("1", 2), goods("2", 3), goods("3", 1+n%5)},
		}
	}
	for _, c := range []struct {
		name   string
		set    rule.Set
		before bool
	}{{"new", manyRules(), false}, {"new with facts", facts, false}, {"delivered", manyRules(), true}} {
		b.Run(c.name, func(b *testing.B) {
			e, err := sqlite.Open(b.Context(), b.TempDir(), sqlite.Options{})
			must(b, err)
			defer func() { must(b, e.Close()) }()
			p := start(b, e, time.Now, c.set, nil)
			message := fresh
			if c.before {
				many(b, p, fresh)
				message = func(n int64) purchase.Message {
					return purchase.Message{ID: fmt.Sprintf("V-%07d", n), Revision: 2, State: purchase.Delivered}
				}
			}
			b.ResetTimer()
			before := processor()
			many(b, p, message)
			b.ReportMetric(float64(processor()-before)/float64(time.Microsecond)/float64(b.N), "us/order")
			var mem runtime.MemStats
			runtime.ReadMemStats(&mem)
			b.ReportMetric(float64(mem.HeapAlloc)/(1<<20), "MB")
		})
	}
}

// many takes b.N messages from 64 senders.
func many(b *testing.B, p process, message func(n int64) purchase.Message) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
				if _, err := p.purchase.Take(b.Context(), "erp", message(n)); err != nil {
					b.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

// processor is the processor time that this process has used.
func processor() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
