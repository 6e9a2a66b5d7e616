package auction_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"

	"firebrand/catalog/auction"
	"firebrand/internal/store/sqlite"
	"firebrand/internal/testenv"
)

// childFolder, in the environment, makes this test binary a room full of bidders on that data folder until it is killed.
const childFolder = "FIREBRAND_TEST_AUCTION_CHILD"

const killBidders, killAuctions = 16, 3

// keepBidding bids from the data folder for every auction at once, and closes what is due, until the process is killed.
// It prints a dot for each accepted bid.
func keepBidding(t *testing.T, dir string) {
	e, err := sqlite.Open(t.Context(), dir, sqlite.Options{})
	must(t, err)
	p := start(t, e, time.Now, nil)
	for i := range killBidders {
		go func() {
			for n := 0; ; n++ {
				id, who := fmt.Sprint("hot", n%killAuctions), name(i)
				v, err := p.auction.Snapshot(context.Background(), id)
				if err != nil {
					continue
				}
				b := auction.Bid{Key: fmt.Sprint(os.Getpid(), "-", n), Member: who, Auction: id, Amount: max(v.Next, 1) + int64(i)}
				if _, err = p.auction.Bid(context.Background(), b); err == nil {
					fmt.Print(".")
				}
			}
		}()
	}
	for {
		_ = p.auction.Sweep(context.Background())
		time.Sleep(50 * time.Millisecond)
	}
}

func TestNothingIsLostWhenTheProcessIsKilled(t *testing.T) {
	if dir := os.Getenv(childFolder); dir != "" {
		keepBidding(t, dir)
	}
	dir := t.TempDir()
	inFolder(t, dir, time.Now, func(w *world) {
		for i := range killBidders {
			w.person(name(i), 1_000_000)
		}
		for i := range killAuctions {
			w.sell(fmt.Sprint("hot", i), func(a *auction.Auction) {
				a.Proxy, a.Units, a.AnyPoints, a.Closes = i == 1, 1+i%2, true, time.Now().Add(time.Hour)
				if i == 2 {
					a.Form = auction.Sealed
				}
			})
		}
	})
	const kills = 5
	for i := range kills {
		killBidding(t, dir, 15+11*i)
	}
	later := func() time.Time { return time.Now().Add(2 * time.Hour) }
	inFolder(t, dir, later, func(w *world) {
		open := 0
		for i := range killAuctions {
			report, err := w.auction.VerifyAuction(t.Context(), fmt.Sprint("hot", i))
			must(t, err)
			open += report.Open
		}
		w.sweep()
		w.clock.Add(31 * time.Second)
		w.sweep()
		t.Logf("%d kills left %d open holds", kills, open)
		for i := range killAuctions {
			w.whole(fmt.Sprint("hot", i))
			want(t, "stage", w.stage(fmt.Sprint("hot", i)), auction.Done)
		}
		for i := range killBidders {
			w.free(name(i))
		}
	})
}

// killBidding starts bidders on the data folder and kills them once so many bids were accepted, in the midst of the next.
func killBidding(t *testing.T, dir string, bids int) {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^TestNothingIsLostWhenTheProcessIsKilled$", "-test.timeout=5m")
	child.Env = append(os.Environ(), childFolder+"="+dir)
	dots, err := child.StdoutPipe()
	must(t, err)
	must(t, child.Start())
	_, short := io.ReadFull(dots, make([]byte, bids))
	must(t, child.Process.Kill())
	_ = child.Wait()
	must(t, short)
}

// inFolder does something with a data folder and leaves it to the next process.
func inFolder(t *testing.T, dir string, now func() time.Time, do func(w *world)) {
	t.Helper()
	e, err := sqlite.Open(t.Context(), dir, sqlite.Options{})
	must(t, err)
	clock := testenv.At(now().UTC().Format(time.RFC3339))
	do(&world{process: start(t, e, clock.Now, nil), clock: clock, store: &testenv.Flaky{Engine: e}, admin: admin})
	must(t, e.Close())
}
