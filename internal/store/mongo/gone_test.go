package mongo_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"firebrand/internal/fault"
	"firebrand/internal/journal"
	"firebrand/internal/store"
	"firebrand/internal/store/mongo"
	"firebrand/internal/testenv"
)

// counted is the body of the tests' records.
type counted struct {
	N int `json:"n"`
}

// count appends the next number to a stream, under a key.
func count(ctx context.Context, j *journal.Journal, stream, key string) (journal.Record, error) {
	return j.Decide(ctx, stream, journal.Request{Key: key, Actor: "tester", What: key}, func(last journal.Record, _ time.Time) (string, any, error) {
		var c counted
		if last.Seq > 0 {
			if err := json.Unmarshal(last.Body, &c); err != nil {
				return "", nil, err
			}
		}
		return "counted", counted{c.N + 1}, nil
	})
}

// through opens an engine over an empty database behind the proxy.
func through(t testing.TB, answer time.Duration) (store.Engine, *testenv.Proxy) {
	t.Helper()
	uri, proxy := testenv.Mongo(t)
	if proxy == nil {
		t.Skip("no proxy can stand before this MongoDB: over TLS, or with hosts that are looked up")
	}
	e, err := mongo.Open(t.Context(), uri, mongo.Options{Answer: answer})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e, proxy
}

// expect checks kind and key of a fault.
func expect(t testing.TB, err error, kind fault.Kind, key string) {
	t.Helper()
	if !fault.Is(err, kind) || fault.As(err).Key != key {
		t.Errorf("got %v, want %v %s", err, kind, key)
	}
}

// TestLostAnswer holds that a write whose answer was lost acts once, whether the driver repeats it or the caller does.
func TestLostAnswer(t *testing.T) {
	e, proxy := through(t, 0)
	j := testenv.Journal(t, e, time.Now, "points")
	if _, err := count(t.Context(), j, "points/a", "before"); err != nil {
		t.Fatal(err)
	}
	for n := range 5 {
		key := fmt.Sprint("key-", n)
		proxy.Lose(1)
		_, err := count(t.Context(), j, "points/a", key)
		if err != nil && !fault.Is(err, fault.Unavailable) {
			t.Fatalf("%s: %v", key, err)
		}
		rec, again := count(t.Context(), j, "points/a", key)
		if again != nil || rec.Seq != int64(n+2) || !rec.Replayed {
			t.Errorf("%s: seq %d, replayed %v, %v", key, rec.Seq, rec.Replayed, again)
		}
	}
	c, err := store.OpenCollection[counted](t.Context(), e, store.Spec{Name: "counters"})
	if err != nil {
		t.Fatal(err)
	}
	proxy.Lose(1)
	if err := c.Insert(t.Context(), "c", counted{}); err != nil && !fault.Is(err, fault.Unavailable) {
		t.Errorf("the insert: %v", err)
	}
	proxy.Lose(1)
	if err := c.Replace(t.Context(), "c", counted{1}, 1); err != nil && !fault.Is(err, fault.Unavailable) {
		t.Errorf("the replacement: %v", err)
	}
	if got, err := c.Get(t.Context(), "c"); err != nil || got.Value.N != 1 || got.Version != 2 {
		t.Errorf("got %+v, %v", got, err)
	}
}

// gone is how long the primary is away.
const gone = 10 * time.Second

// TestPrimaryGone lets writers write, each key until it is acknowledged as a careful client does, while the primary is away
// for ten seconds, and compares the keys afterwards.
func TestPrimaryGone(t *testing.T) {
	const answer = 2 * time.Second
	e, proxy := through(t, answer)
	j := testenv.Journal(t, e, time.Now, "points")
	w := &persistent{j: j, stop: make(chan struct{})}
	var all sync.WaitGroup
	for n := range 4 {
		all.Go(func() { w.write(t, n) })
	}
	time.Sleep(time.Second)
	proxy.Cut()
	cut := time.Now()
	for time.Since(cut) < gone {
		expect(t, e.Ping(t.Context()), fault.Unavailable, "store.down")
		_, err := j.Last(t.Context(), "points/0")
		expect(t, err, fault.Unavailable, "store.down")
	}
	refused := w.refused.Load()
	proxy.Mend()
	mended := time.Now()
	for e.Ping(t.Context()) != nil && time.Since(mended) < time.Minute {
	}
	back := time.Since(mended)
	time.Sleep(time.Second)
	close(w.stop)
	all.Wait()
	t.Logf("%d keys acknowledged, %d refusals while it was gone, the slowest after %v; all was well %v after it came back",
		w.done.Load(), refused, time.Duration(w.slowest.Load()).Round(time.Millisecond), back.Round(time.Millisecond))
	if slowest := time.Duration(w.slowest.Load()); refused == 0 || slowest > 5*answer || back > gone {
		t.Errorf("%d refusals, the slowest after %v, back after %v", refused, slowest, back)
	}
	w.compare(t)
}

// persistent writes keys into streams and repeats each until it is acknowledged.
type persistent struct {
	j                      *journal.Journal
	stop                   chan struct{}
	done, refused, slowest atomic.Int64
	mu                     sync.Mutex
	acknowledged           [4][]string
}

func (w *persistent) write(t *testing.T, n int) {
	stream := fmt.Sprintf("points/%d", n)
	for k := 0; ; k++ {
		key := fmt.Sprintf("%d-%d", n, k)
		for {
			began := time.Now()
			_, err := count(t.Context(), w.j, stream, key)
			if err == nil {
				break
			}
			w.refused.Add(1)
			w.slowest.Store(max(w.slowest.Load(), int64(time.Since(began))))
			if !fault.Is(err, fault.Unavailable) {
				t.Errorf("%s: %v", key, err)
				return
			}
		}
		w.done.Add(1)
		w.mu.Lock()
		w.acknowledged[n] = append(w.acknowledged[n], key)
		w.mu.Unlock()
		select {
		case <-w.stop:
			return
		default:
		}
	}
}

// compare reads every stream: each acknowledged key once, in its order, and no other.
func (w *persistent) compare(t *testing.T) {
	t.Helper()
	for n, want := range w.acknowledged {
		recs, err := w.j.Read(t.Context(), fmt.Sprintf("points/%d", n), 0, 1<<20)
		if err != nil || len(recs) != len(want) {
			t.Fatalf("stream %d: %d records, %d keys acknowledged, %v", n, len(recs), len(want), err)
		}
		for i, rec := range recs {
			var c counted
			if err := json.Unmarshal(rec.Body, &c); err != nil || rec.Key != want[i] || c.N != i+1 {
				t.Fatalf("stream %d, record %d: key %s counts %d, want %s; %v", n, i+1, rec.Key, c.N, want[i], err)
			}
		}
	}
	_, _, err := w.j.Verify(t.Context(), "points", func(string, []journal.Record) error { return nil })
	if err != nil {
		t.Error(err)
	}
}
