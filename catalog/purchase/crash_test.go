package purchase_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"firebrand/catalog/purchase"
	"firebrand/catalog/purchase/rule"
	"firebrand/internal/fault"
	"firebrand/internal/journal"
	"firebrand/internal/member"
	"firebrand/internal/points"
	"firebrand/internal/store/sqlite"
)

// fullSet has everything that a flow can meet: facts, a cap that cuts, two payers.
func fullSet() rule.Set {
	return rule.Set{Version: 5, Rules: []rule.Rule{
		{ID: "ten", Kind: rule.Rate, Points: 1, Money: 10_00, Funding: "velmar", CapMonth: 9},
		{ID: "first", Kind: rule.First, Points: 12, Funding: "tools"},
	}}
}

// life is an order's whole life: every message of it needs what the ones before it did.
func life(id, company string) []purchase.Message {
	first := placed(id, goods("1", 4), goods("2", 2))
	first.Buyer.Company = company
	return []purchase.Message{
		first, delivered(id, 2), returned(id, 3, "1", 3),
		{ID: id, Revision: 4, State: purchase.Changed, Lines: []purchase.Line{goods("1", 6), goods("2", 2)}}, cancelled(id, 5),
	}
}

// shared are the receivers of c1 in crashes: what one of them has a crash can leave without the others.
func shared() map[string][]member.Share {
	return map[string][]member.Share{"c1": {{Member: "m1", Percent: 60}, {Member: "m2", Percent: 40}}}
}

// stands is what an order and its accounts came to.
func (p process) stands(id string) string {
	p.t.Helper()
	o, err := p.purchase.Order(p.t.Context(), id)
	must(p.t, err)
	text := standing(o)
	for _, account := range []string{"m1", "m2"} {
		b := p.balance(account)
		text += fmt.Sprint(" ", b.Alive, b.Pending, b.Debt)
	}
	return text
}

// listed checks that lists show an order as it stands.
func (p process) listed(id string) {
	p.t.Helper()
	o, err := p.purchase.Order(p.t.Context(), id)
	must(p.t, err)
	page, err := p.purchase.List(p.t.Context(), purchase.Query{Buyer: "c1"})
	must(p.t, err)
	if len(page.Orders) != 1 || page.Orders[0].Seq != o.Seq {
		p.t.Fatalf("listed are %d orders, record %d stands", len(page.Orders), o.Seq)
	}
}

func TestACrashAtAnyWriteLeavesNothingHalf(t *testing.T) {
	all := life("V-1", "c1")
	for upTo := range all {
		smooth := newWorld(t, fullSet(), shared())
		for _, m := range all[:upTo+1] {
			smooth.take(m)
		}
		smooth.sound()
		good := smooth.stands("V-1")
		for _, lost := range []bool{false, true} {
			for _, again := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, answer lost %v, sent again %v", all[upTo].State, lost, again), func(t *testing.T) {
					cutEach(t, all[:upTo+1], lost, again, good)
				})
			}
		}
	}
}

// cutEach tells an order, the last message once for each of its writes, at which the process dies; then either the
// message is sent again or a new process finds what was left.
func cutEach(t *testing.T, told []purchase.Message, lost, again bool, good string) {
	for n := 1; ; n++ {
		w := newWorld(t, fullSet(), shared())
		last := len(told) - 1
		for _, m := range told[:last] {
			w.take(m)
		}
		w.store.DieAt(n, lost)
		_, _ = w.purchase.Take(t.Context(), "erp", told[last])
		died := w.store.Restart()
		next := w.another()
		if _, err := next.purchase.Order(t.Context(), "V-1"); again || fault.Is(err, fault.NotFound) {
			next.take(told[last])
		}
		must(t, next.journal.CatchUp(t.Context(), next.purchase.Follower()))
		if o, err := next.purchase.Order(t.Context(), "V-1"); err == nil && o.Revision < told[last].Revision {
			next.take(told[last])
		}
		next.sound()
		next.listed("V-1")
		if got := next.stands("V-1"); got != good {
			t.Fatalf("cut at write %d: %s\nwithout a cut: %s", n, got, good)
		}
		if !died {
			if n < 3 {
				t.Fatalf("only %d writes were met", n-1)
			}
			return
		}
	}
}

func TestTwoProcessesTakeOneOrder(t *testing.T) {
	smooth := newWorld(t, fullSet(), shared())
	for _, m := range life("V-1", "c1") {
		smooth.take(m)
	}
	good := smooth.stands("V-1")
	t.Run("the other one goes on between any two writes", func(t *testing.T) {
		all := life("V-1", "c1")
		for n := 1; n < 40; n++ {
			w := newWorld(t, fullSet(), shared())
			other := w.another()
			w.store.Hook(func(k int) {
				if k == n {
					must(t, other.journal.CatchUp(t.Context(), other.purchase.Follower()))
					other.take(all[1])
					other.take(all[4])
				}
			})
			for _, m := range all {
				w.take(m)
			}
			w.store.Hook(nil)
			w.sound()
			if got := w.stands("V-1"); n < 12 && got != good {
				t.Fatalf("between writes %d and %d: %s\nalone: %s", n-1, n, got, good)
			}
		}
	})
	t.Run("every message at once, in both", func(t *testing.T) {
		w := newWorld(t, fullSet(), shared())
		other := w.another()
		var wg sync.WaitGroup
		for _, p := range []process{w.process, other, w.process} {
			for _, m := range life("V-1", "c1") {
				wg.Go(func() {
					if _, err := p.purchase.Take(context.Background(), "erp", m); err != nil {
						t.Error(err)
					}
				})
			}
		}
		wg.Wait()
		w.sound()
		o, err := w.purchase.Order(t.Context(), "V-1")
		must(t, err)
		want(t, "state", o.State, purchase.Cancelled)
		want(t, "given", o.Points().Given, 0)
		want(t, "newest revision", o.Revision, 5)
	})
}

// childFolder, in the environment, makes this test binary an importer that is killed.
const childFolder = "FIREBRAND_TEST_PURCHASE_CHILD"

const (
	loaded  = 400
	loaders = 8
)

// bulk takes the same orders every time it is run, from the first.
func bulk(t *testing.T, p process, each func()) {
	var wg sync.WaitGroup
	for w := range loaders {
		wg.Go(func() {
			for i := w; i < loaded; i += loaders {
				for _, m := range life(fmt.Sprint("V-", i), fmt.Sprint("c", i%7)) {
					if _, err := p.purchase.Take(context.Background(), "erp", m); err != nil {
						t.Error(err)
						return
					}
				}
				each()
			}
		})
	}
	wg.Wait()
}

func TestTheSameLoadAgainAfterKills(t *testing.T) {
	now := func() time.Time { return time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC) }
	in := func(dir string, do func(p process)) {
		e, err := sqlite.Open(t.Context(), dir, sqlite.Options{})
		must(t, err)
		do(start(t, e, now, tenPercent(), nil))
		must(t, e.Close())
	}
	if dir := os.Getenv(childFolder); dir != "" {
		in(dir, func(p process) { bulk(t, p, func() { fmt.Print(".") }) })
		return
	}
	dir, calm := t.TempDir(), t.TempDir()
	for i := range 4 {
		killLoad(t, dir, 10+25*i)
	}
	sums := map[string][2]string{}
	for i, at := range []string{dir, calm} {
		in(at, func(p process) {
			must(t, p.journal.CatchUp(t.Context(), p.purchase.Follower()))
			p.sound()
			bulk(t, p, func() {})
			p.sound()
			r, err := p.purchase.Report(t.Context(), purchase.ReportQuery{})
			must(t, err)
			text := sums["report"]
			text[i] = fmt.Sprintf("%+v", r)
			sums["report"] = text
			_, _, err = p.journal.Verify(t.Context(), points.Family, func(stream string, recs []journal.Record) error {
				s, err := points.StateOf(recs[len(recs)-1])
				text := sums[stream]
				text[i] = fmt.Sprint(s.Earned-s.Reversed, s.Debt, s.Lots)
				sums[stream] = text
				return err
			})
			must(t, err)
		})
	}
	for what, s := range sums {
		want(t, what, s[0], s[1])
	}
}

// killLoad starts a load on the data folder and kills it once it has taken so many orders.
func killLoad(t *testing.T, dir string, taken int) {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^TestTheSameLoadAgainAfterKills$", "-test.timeout=5m")
	child.Env = append(os.Environ(), childFolder+"="+dir)
	dots, err := child.StdoutPipe()
	must(t, err)
	must(t, child.Start())
	_, short := io.ReadFull(dots, make([]byte, taken))
	must(t, child.Process.Kill())
	_ = child.Wait()
	must(t, short)
}
