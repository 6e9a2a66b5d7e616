package auction_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"firebrand/catalog/auction"
	"firebrand/internal/fault"
	"firebrand/internal/store"
	"firebrand/internal/testenv"
)

func openRedis(t testing.TB, url string) *store.Redis {
	t.Helper()
	r, err := store.OpenRedis(context.Background(), url)
	must(t, err)
	t.Cleanup(func() { _ = r.Close() })
	return r
}

func TestRedisRefusesWithoutTheStore(t *testing.T) {
	for kind, url := range map[string]func(testing.TB) string{"single": testenv.RedisURL, "cluster": testenv.RedisClusterURL} {
		t.Run(kind, func(t *testing.T) {
			redis := openRedis(t, url(t))
			w := worldOver(t, redis)
			for i := range 3 {
				w.person(name(i), 10_000)
			}
			w.sell("bike")
			first := auction.Bid{Key: "form", Member: name(0), Auction: "bike", Amount: 200}
			_, err := w.auction.Bid(t.Context(), first)
			must(t, err)
			other := w.another() // it has never read this auction
			w.store.DieAt(1, false)
			f := wantFault(t, w.bid("bike", name(1), 205), fault.Conflict, "auction.too_low")
			want(t, "next", f.Args["next"], any(int64(210)))
			wantFault(t, other.bid("bike", name(1), 205), fault.Conflict, "auction.too_low")
			w.store.Restart()

			t.Run("a bid that was accepted is answered, not refused", func(t *testing.T) {
				must(t, other.bid("bike", name(1), 300))
				v, err := other.auction.Bid(t.Context(), first)
				must(t, err)
				want(t, "standing", v.Mine.Standing, auction.Outbid)
			})
			t.Run("after everything was flushed the journal answers, and the shadow is whole again", func(t *testing.T) {
				flush(t, redis)
				wantFault(t, w.bid("bike", name(2), 305), fault.Conflict, "auction.too_low")
				must(t, w.bid("bike", name(2), 400))
				flush(t, redis)
				v, err := w.auction.Bid(t.Context(), first)
				must(t, err)
				want(t, "standing", v.Mine.Standing, auction.Outbid)
				must(t, w.bid("bike", name(1), 500))
				n, err := redis.HLen(t.Context(), "fb:{auction:bike}").Result()
				must(t, err)
				want(t, "fields: six, and four bids", n, 10)
			})
			w.end("bike")
			wantFault(t, other.bid("bike", name(2), 9000), fault.Conflict, "auction.closed")
			w.whole("bike")
		})
	}
}

func flush(t testing.TB, r *store.Redis) {
	t.Helper()
	must(t, r.Del(context.Background(), "fb:{auction:bike}").Err())
}

func TestRedisFailsInTheMiddleOfBidding(t *testing.T) {
	url := testenv.RedisURL(t)
	redis := openRedis(t, url)
	w := worldOver(t, redis)
	for i := range 8 {
		w.person(name(i), 100_000)
	}
	w.sell("bike")
	amount := int64(100)
	bids := func(n int) {
		for range n {
			must(t, w.bid("bike", name(rand.IntN(4)*2+int(amount/10)%2), amount))
			amount += 10
		}
	}
	bids(10)
	const pause = 2 * auction.RedisWait
	t.Run("it stops answering", func(t *testing.T) {
		must(t, redis.Do(t.Context(), "CLIENT", "PAUSE", pause.Milliseconds(), "ALL").Err())
		bids(10)
		wantFault(t, w.bid("bike", name(0), 100), fault.Conflict, "auction.too_low")
	})
	t.Run("it is back and empty", func(t *testing.T) {
		time.Sleep(pause + 100*time.Millisecond)
		w.clock.Add(2 * time.Second)
		flush(t, redis)
		bids(10)
		n, err := redis.HGet(t.Context(), "fb:{auction:bike}", "seq").Int64()
		must(t, err)
		want(t, "seq", n, w.view("bike", "").Seq)
	})
	t.Run("it is gone for good", func(t *testing.T) {
		w.clock.Add(2 * time.Second)
		_ = redis.Close()
		bids(10)
		wantFault(t, w.bid("bike", name(0), 100), fault.Conflict, "auction.too_low")
	})
	want(t, "bids", w.view("bike", "").Count, 40)
	w.end("bike")
	for i := range 8 {
		w.free(name(i))
	}
	w.whole("bike")
}

func TestAShadowThatMissedAnExtensionClosesNothing(t *testing.T) {
	redis := openRedis(t, testenv.RedisURL(t))
	w := worldOver(t, redis)
	for i := range 2 {
		w.person(name(i), 10_000)
	}
	a := w.sell("bike")
	must(t, w.bid("bike", name(0), 100))
	w.clock.Set(a.Closes.Add(-time.Second))
	before, err := redis.HGetAll(t.Context(), "fb:{auction:bike}").Result()
	must(t, err)
	must(t, w.bid("bike", name(1), 200)) // which moves the end
	// The process that wrote it died, or Redis failed over, before the shadow showed it.
	must(t, redis.HSet(t.Context(), "fb:{auction:bike}", before).Err())
	w.clock.Set(a.Closes.Add(time.Second))
	must(t, w.bid("bike", name(0), 300))
	w.end("bike")
	w.whole("bike")
}

// TestSeededAuctions plays whole auctions with random bids from two processes, kills and losses of Redis: for each the
// replayed log gives the recorded winners, no hold is left and the laws hold.
func TestSeededAuctions(t *testing.T) {
	redis := openRedis(t, testenv.RedisURL(t))
	const group = 25
	var all tally
	var mu sync.Mutex
	t.Run("groups", func(t *testing.T) {
		for first := 0; first < seededAuctions; first += group {
			t.Run(fmt.Sprint("from ", first), func(t *testing.T) {
				t.Parallel()
				n := playGroup(t, redis, first, min(first+group, seededAuctions))
				mu.Lock()
				defer mu.Unlock()
				all.add(n)
			})
		}
	})
	t.Logf("%d auctions: %+v", seededAuctions, all)
}

// playGroup plays some auctions one after another in a world of their own.
func playGroup(t *testing.T, redis *store.Redis, from, to int) (n tally) {
	w := worldOver(t, redis)
	for i := range 12 {
		w.person(name(i), 1_000_000, fmt.Sprint("firm", i/2))
	}
	for seed := from; seed < to; seed++ {
		n.add(w.season(uint64(seed)))
	}
	w.clock.Add(31 * time.Second)
	w.sweep()
	for i := range 12 {
		w.free(name(i))
	}
	w.whole()
	return n
}

// tally says what the seeded auctions met.
type tally struct{ bids, refused, kills, losses, wins, unsold, left int }

func (a *tally) add(b tally) {
	a.bids, a.refused, a.kills, a.losses = a.bids+b.bids, a.refused+b.refused, a.kills+b.kills, a.losses+b.losses
	a.wins, a.unsold, a.left = a.wins+b.wins, a.unsold+b.unsold, a.left+b.left
}

// someLeave lets some of the bidders be dismissed just before the end, and says how each stood then.
func (w *world) someLeave(r *rand.Rand, id string) map[string]auction.Standing {
	w.t.Helper()
	left := map[string]auction.Standing{}
	if r.IntN(3) > 0 {
		return left
	}
	for i := range 12 {
		standing := w.view(id, name(i)).Mine.Standing
		if standing != auction.None && r.IntN(2) == 0 {
			left[name(i)] = standing
			must(w.t, w.members.Dismiss(context.Background(), w.admin, name(i)))
		}
	}
	return left
}

// comeBack checks that none of those who left won by it, and lets them come back. It returns how many would have won.
func (w *world) comeBack(left map[string]auction.Standing, id string) (would int) {
	w.t.Helper()
	for who, stood := range left {
		if got := w.view(id, who).Mine.Standing; (got == auction.Won) != (stood == auction.Won) {
			w.t.Fatalf("%s: %s, who had left while %s, is %s", id, who, stood, got)
		}
		if stood == auction.Leading || stood == auction.InSeal {
			would++
		}
		must(w.t, w.members.Restore(context.Background(), w.admin, who))
	}
	return would
}

// season plays one auction from its seed.
func (w *world) season(seed uint64) (n tally) {
	w.t.Helper()
	r, id := rand.New(rand.NewPCG(seed, 20)), fmt.Sprint("season-", seed)
	a := w.sell(id, func(a *auction.Auction) {
		a.Units, a.Proxy, a.ManyPerCompany, a.ManyWins = 1+r.IntN(3), r.IntN(2) == 0, r.IntN(2) == 0, r.IntN(4) > 0
		a.AnyPoints, a.Start, a.Step = r.IntN(2) == 0, 10, int64(1+r.IntN(10))
		switch r.IntN(4) {
		case 0:
			a.Form, a.Proxy = auction.Sealed, false
		case 1:
			a.BuyNow = 150
		case 2:
			a.Reserve = int64(r.IntN(60))
		}
	})
	w.clock.Set(a.Closes.Add(-time.Minute))
	other := w.another()
	for i := range 14 {
		w.clock.Add(time.Duration(r.IntN(5000)) * time.Millisecond)
		if r.IntN(5) == 0 {
			w.store.DieAt(1+r.IntN(9), r.IntN(2) == 0)
		}
		if r.IntN(8) == 0 {
			n.losses++
			must(w.t, w.redis.FlushAll(context.Background()).Err())
		}
		err := w.move(r, []process{w.process, other}[r.IntN(2)], id, i)
		if err == nil {
			n.bids++
		} else if n.refused++; fault.As(err) == nil {
			w.t.Fatalf("seed %d, move %d: %v", seed, i, err)
		}
		if w.store.Restart() {
			n.kills++
			w.restart()
		}
	}
	if r.IntN(10) == 0 {
		_ = w.auction.Void(context.Background(), "marketer", id, "seeded")
	}
	if closes := w.view(id, "").ClosesAt; closes.After(w.clock.Now()) {
		w.clock.Set(closes)
	}
	left := w.someLeave(r, id)
	w.store.DieAt(1+r.IntN(25), r.IntN(2) == 0) // in the middle of closing
	_ = w.auction.Sweep(context.Background())
	if w.store.Restart() {
		n.kills++
		w.restart()
	}
	w.end(id)
	w.end(id)
	n.left += w.comeBack(left, id)
	report, err := w.auction.VerifyAuction(context.Background(), id)
	must(w.t, err)
	log := w.view(id, "")
	want(w.t, "held", report.Held, 0)
	want(w.t, "open", report.Open, 0)
	want(w.t, "units", len(log.Leads)+int(w.stock(id)), a.Units)
	want(w.t, "settled", w.stage(id), auction.Done)
	n.wins, n.unsold = report.Winners, a.Units-report.Winners
	return n
}

// move is one thing that somebody does.
func (w *world) move(r *rand.Rand, p process, id string, i int) error {
	ctx, who := context.Background(), name(r.IntN(12))
	v := p.view(id, "")
	key := fmt.Sprint("k", r.IntN(1+i)) // some forms are sent twice
	amount := max(v.Next, 1) + int64(r.IntN(40)) - 10
	switch r.IntN(12) {
	case 0:
		return p.auction.Sweep(ctx)
	case 1:
		_, err := p.auction.BuyNow(ctx, auction.Buy{Key: key, Member: who, Auction: id, Price: 150})
		return err
	}
	b := auction.Bid{Key: key, Member: who, Auction: id, Amount: amount}
	if r.IntN(2) == 0 && v.BuyNow == 0 {
		b.Max = amount + int64(r.IntN(50))
	}
	_, err := p.auction.Bid(ctx, b)
	return err
}

func (p process) stage(id string) auction.Stage {
	doc, err := p.auction.ByID(context.Background(), id)
	must(p.t, err)
	return doc.Stage
}
