package catalog_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"

	"firebrand/catalog"
	"firebrand/internal/journal"
	"firebrand/internal/store/sqlite"
)

// childFolder, in the environment, makes this test binary a shop that redeems from that data folder until it is killed.
const childFolder = "FIREBRAND_TEST_CATALOG_CHILD"

// shoppers are so many that each one's list of redemptions shows them all.
const shoppers = 40

// keepShop redeems, issues and cancels from the data folder, in four aisles at once, until the process is killed. It
// prints a dot for each redemption.
func keepShop(t *testing.T, dir string) {
	e, err := sqlite.Open(t.Context(), dir, sqlite.Options{})
	must(t, err)
	p := start(t, e, time.Now)
	for aisle := range 4 {
		go func() {
			for i := 0; ; i++ {
				member, key := fmt.Sprint("m", (aisle+i)%shoppers), fmt.Sprint(os.Getpid(), "-", aisle, "-", i)
				r, err := p.redeem(member, "mug", 3, key)
				if err == nil {
					fmt.Print(".")
				}
				if err == nil && i%3 == 0 {
					_, _ = p.catalog.Cancel(context.Background(), "desk", r.ID, "gone", "c")
				} else if err == nil && i%3 == 1 {
					_, _ = p.catalog.Issue(context.Background(), "desk", r.ID, "i")
				}
			}
		}()
	}
	select {}
}

func TestPointsAndStockAgreeAfterKills(t *testing.T) {
	if dir := os.Getenv(childFolder); dir != "" {
		keepShop(t, dir)
	}
	dir := t.TempDir()
	inFolder(t, dir, time.Now, func(p process) {
		p.reward("mug", 3, 100_000, 0)
		for i := range shoppers {
			p.award(fmt.Sprint("m", i), 300_000)
		}
	})
	const kills = 5
	for i := range kills {
		killShop(t, dir, 20+13*i)
	}
	later := func() time.Time { return time.Now().Add(time.Minute) }
	inFolder(t, dir, later, func(p process) {
		open, err := p.catalog.Open(t.Context())
		must(t, err)
		must(t, p.catalog.Sweep(t.Context()))
		p.agrees()
		states := map[catalog.State]int64{}
		_, _, err = p.journal.Verify(t.Context(), catalog.RedemptionFamily, func(_ string, recs []journal.Record) error {
			r, err := catalog.StateOf(recs[len(recs)-1])
			states[r.State]++
			return err
		})
		must(t, err)
		t.Logf("%d kills left %d open flows; after the sweep %v", kills, len(open), states)
		out := states[catalog.Placed] + states[catalog.Issued]
		var spent int64
		for i := range shoppers {
			spent += p.balance(fmt.Sprint("m", i)).Totals.Spent
		}
		want(t, "stock", p.stock("mug"), 100_000-out)
		want(t, "spent", spent, 3*out)
	})
}

// killShop starts a shop on the data folder and kills it once it has redeemed so many, in the midst of the next ones.
func killShop(t *testing.T, dir string, redeemed int) {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^TestPointsAndStockAgreeAfterKills$", "-test.timeout=5m")
	child.Env = append(os.Environ(), childFolder+"="+dir)
	dots, err := child.StdoutPipe()
	must(t, err)
	must(t, child.Start())
	_, short := io.ReadFull(dots, make([]byte, redeemed))
	must(t, child.Process.Kill())
	_ = child.Wait()
	must(t, short)
}

// inFolder does something with a data folder and leaves it to the next process.
func inFolder(t *testing.T, dir string, now func() time.Time, do func(p process)) {
	t.Helper()
	e, err := sqlite.Open(t.Context(), dir, sqlite.Options{})
	must(t, err)
	do(start(t, e, now))
	must(t, e.Close())
}
