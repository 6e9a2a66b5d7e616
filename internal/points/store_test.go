package points_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/journal"
	"firebrand/internal/points"
	"firebrand/internal/store"
	"firebrand/internal/testenv"
)

// verify checks the chains and replays every account.
func verify(t testing.TB, j *journal.Journal, wantStreams int) {
	t.Helper()
	streams, records, err := j.Verify(t.Context(), points.Family, func(_ string, recs []journal.Record) error {
		return points.VerifyStream(recs)
	})
	if err != nil || streams != wantStreams {
		t.Fatalf("%d streams, %d records: %v", streams, records, err)
	}
}

// Twenty random lives at once on the real store: keys act once, and in the end chains, laws and states hold.
func TestRunsOnTheStore(t *testing.T) {
	e := testenv.Engine(t)
	var wg sync.WaitGroup
	for seed := range 20 {
		wg.Go(func() { liveOnStore(t, e, seed) })
	}
	wg.Wait()
	verify(t, testenv.Journal(t, e, time.Now, points.Family), 20)
}

// liveOnStore is one account's life through the service, with repeated requests in between.
func liveOnStore(t *testing.T, e store.Engine, seed int) {
	rnd := rand.New(rand.NewPCG(uint64(seed), 2))
	clock := testenv.At("2026-01-05T10:00:00Z")
	z, err := calendar.Load("Europe/Kyiv")
	if err != nil {
		t.Error(err)
		return
	}
	j, err := journal.Open(t.Context(), e, clock.Now, points.Family)
	if err != nil {
		t.Error(err)
		return
	}
	s := &points.Service{Journal: j, Zone: z, Policy: points.DefaultPolicy(), Now: clock.Now}
	l := &life{t: t, s: s, account: fmt.Sprint("member-", seed), rnd: rnd}
	for i := range 100 {
		clock.Add(time.Duration(rnd.IntN(40)) * time.Hour)
		l.step(fmt.Sprint("k", i))
	}
}

type life struct {
	t       *testing.T
	s       *points.Service
	account string
	rnd     *rand.Rand
	holds   []string
	spends  []string
	buys    []string
}

// step sends one random request, twice where the dice say so, and checks what came of it.
func (l *life) step(key string) {
	send := l.request(key, int64(1+l.rnd.IntN(100)))
	rec, err := send()
	if err != nil {
		if fault.KindOf(err) == 0 || fault.Is(err, fault.Unavailable) {
			l.t.Errorf("%s %s: %v", l.account, key, err)
		}
		return
	}
	if err := points.Check(rec.After); err != nil {
		l.t.Errorf("%s %s: %v", l.account, key, err)
	}
	switch rec.Op.Kind {
	case points.KindHold:
		l.holds = append(l.holds, key)
	case points.KindSpend, points.KindCapture:
		l.spends = append(l.spends, key)
	case points.KindAward:
		l.buys = append(l.buys, key)
	}
	if l.rnd.IntN(4) == 0 {
		if again, err := send(); err != nil || !again.Record.Replayed || again.Record.Hash != rec.Record.Hash || !again.After.Equal(rec.After) {
			l.t.Errorf("%s %s: repeated, it answered %+v, %v", l.account, key, again, err)
		}
	}
}

// request chooses what to ask for.
func (l *life) request(key string, n int64) func() (points.Receipt, error) {
	ctx, s := l.t.Context(), l.s
	pick := func(from []string) string {
		if len(from) == 0 {
			return "none"
		}
		return from[l.rnd.IntN(len(from))]
	}
	end := points.End{Key: key, Account: l.account, Hold: pick(l.holds)}
	switch l.rnd.IntN(10) {
	case 0, 1, 2:
		a := points.Award{Key: key, Account: l.account, Amount: n, Source: points.SourceGame, Played: true}
		return func() (points.Receipt, error) { return s.Award(ctx, a) }
	case 3:
		a := points.Award{Key: key, Account: l.account, Amount: n, Source: points.SourcePurchase}
		return func() (points.Receipt, error) { return s.Award(ctx, a) }
	case 4:
		return func() (points.Receipt, error) {
			return s.Spend(ctx, points.Spend{Key: key, Account: l.account, Amount: n})
		}
	case 5:
		return func() (points.Receipt, error) {
			return s.Hold(ctx, points.HoldRequest{Key: key, Account: l.account, Amount: n})
		}
	case 6:
		return func() (points.Receipt, error) { return s.Capture(ctx, end) }
	case 7:
		return func() (points.Receipt, error) { return s.Release(ctx, end) }
	case 8:
		r := points.Refund{Key: key, Account: l.account, Spend: pick(l.spends)}
		return func() (points.Receipt, error) { return s.Refund(ctx, r) }
	}
	if l.rnd.IntN(2) == 0 {
		return func() (points.Receipt, error) { return s.Warn(ctx, l.account, key, "sweep") }
	}
	r := points.Reverse{Key: key, Account: l.account, Award: pick(l.buys), Amount: n, Mode: points.ModeBalance, Ref: "return"}
	return func() (points.Receipt, error) { return s.Reverse(ctx, r) }
}

// Sixty-four tills spend the last thousand points by ones, half of them from a second process.
func TestTheLastPointsAreSpentOnce(t *testing.T) {
	clock := testenv.At("2026-03-02T10:00:00Z")
	e := testenv.Engine(t)
	one := &points.Service{Journal: testenv.Journal(t, e, clock.Now, points.Family), Policy: points.DefaultPolicy(), Now: clock.Now}
	two := &points.Service{Journal: testenv.Journal(t, e, clock.Now, points.Family), Policy: points.DefaultPolicy(), Now: clock.Now}
	granted(t, one, "g", 1000)
	var spent, short atomic.Int64
	var wg sync.WaitGroup
	for till := range 64 {
		s := one
		if till%2 == 1 {
			s = two
		}
		wg.Go(func() {
			for n := 0; ; n++ {
				_, err := s.Spend(t.Context(), points.Spend{Key: fmt.Sprint(till, "/", n), Account: "m1", Amount: 1})
				switch {
				case err == nil:
					spent.Add(1)
				case fault.Is(err, fault.Unavailable):
					n-- // a lost race to the end is safe to repeat with the same key
				case fault.Is(err, fault.Conflict):
					short.Add(1)
					return
				default:
					t.Errorf("till %d: %v", till, err)
					return
				}
			}
		})
	}
	wg.Wait()
	if v := balance(t, one); spent.Load() != 1000 || short.Load() != 64 || v.Alive != 0 || v.Totals.Spent != 1000 || v.Seq != 1001 {
		t.Errorf("%d spent, %d short, %+v", spent.Load(), short.Load(), v)
	}
	verify(t, one.Journal, 1)
}

func TestCaptureAndReleaseAtOnceEndAHoldOnce(t *testing.T) {
	s, _ := newService(t)
	ctx := t.Context()
	granted(t, s, "g", 1000)
	for i := range 20 {
		hold := fmt.Sprint("hold-", i)
		must(t)(s.Hold(ctx, points.HoldRequest{Key: hold, Account: "m1", Amount: 10}))
		var wg sync.WaitGroup
		var ended atomic.Int64
		for n := range 8 {
			wg.Go(func() {
				end := points.End{Key: fmt.Sprint(hold, "/", n), Account: "m1", Hold: hold}
				act := s.Capture
				if n%2 == 0 {
					act = s.Release
				}
				_, err := act(ctx, end)
				if err == nil {
					ended.Add(1)
				} else if !fault.Is(err, fault.Conflict) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if ended.Load() != 1 {
			t.Errorf("%s ended %d times", hold, ended.Load())
		}
	}
	if v := balance(t, s); v.Held != 0 || v.Alive+v.Totals.Spent != 1000 {
		t.Errorf("in the end %+v", v)
	}
	verify(t, s.Journal, 1)
}

// BenchmarkCommittedSpend is a spend in all, from an account of twelve lots: load, decide, append, on the disk. Sixteen
// accounts at once share commits. The figure that is kept is cpu-µs/op, the process's own (300 at most).
func BenchmarkCommittedSpend(b *testing.B) {
	s, clock := newService(b)
	for account := range 16 {
		for lot := range 12 {
			must(b)(s.Award(b.Context(), points.Award{
				Key: fmt.Sprint("g", lot), Account: fmt.Sprint(account), Amount: points.MaxAmount, Source: points.SourceGrant,
				Funding: "brand-7", Expires: clock.Now().AddDate(0, 1, lot),
			}))
		}
	}
	var worker, n atomic.Int64
	b.SetParallelism(8)
	before := cpuTime(b)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		account := fmt.Sprint(worker.Add(1) % 16)
		for pb.Next() {
			if _, err := s.Spend(b.Context(), points.Spend{Key: fmt.Sprint(n.Add(1)), Account: account, Amount: 1}); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64((cpuTime(b)-before).Microseconds())/float64(b.N), "cpu-µs/op")
}

// cpuTime is what the process has used of the processors so far.
func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
