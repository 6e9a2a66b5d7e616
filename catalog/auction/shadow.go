package auction

import (
	"context"
	_ "embed"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"firebrand/internal/journal"
	"firebrand/internal/store"
)

var (
	//go:embed lua/refuse.lua
	refuseText string
	//go:embed lua/show.lua
	showText string

	refuseScript = redis.NewScript(refuseText)
	showScript   = redis.NewScript(showText)
)

const (
	// shadowWait bounds one question to Redis: the journal, which it is to spare, answers in less.
	shadowWait = 150 * time.Millisecond
	// shadowRest is how long Redis is not asked after it failed.
	shadowRest = time.Second
	// shadowKept is how long a shadow is kept behind its last change.
	shadowKept = 7 * 24 * time.Hour
	// shadowPage is how many records one script shows.
	shadowPage = 500
	// shadowTries bounds how often one show sends what turns out to be missing.
	shadowTries = 50
)

// redisWait is shadowWait but for tests, whose machine may be busier than any server.
var redisWait = shadowWait

// shadow is what Redis shows of auctions to the processes that share it: enough to refuse a bid without the store. It is
// exact up to its seq and never ahead of the journal; since the least bid only rises, what it refuses the journal would
// refuse too. One that is missing, or in doubt, refuses nothing. A nil shadow shows nothing.
type shadow struct {
	redis *store.Redis
	now   func() time.Time
	// rests is until when Redis is left alone, in Unix milliseconds.
	rests atomic.Int64
}

// shadowKey is the hash of one auction, with a hash tag of its own.
func shadowKey(id string) string { return "fb:{auction:" + id + "}" }

// ready reports whether Redis may be asked.
func (w *shadow) ready() bool { return w != nil && w.now().UnixMilli() >= w.rests.Load() }

// failed leaves Redis alone for a moment.
func (w *shadow) failed(err error) error {
	if err != nil {
		w.rests.Store(w.now().Add(shadowRest).UnixMilli())
	}
	return err
}

// refuse is why a bid must be refused, as far as the shadow can say; nil is no answer.
func (w *shadow) refuse(ctx context.Context, f flow) (refusal, failed error) {
	if !w.ready() {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, redisWait)
	defer cancel()
	said, err := refuseScript.Run(ctx, w.redis, []string{shadowKey(f.auction)},
		f.op.Key, f.op.top(), w.now().UnixMilli(), f.op.Member).StringSlice()
	if w.failed(err) != nil || len(said) < 2 {
		return nil, err
	}
	n, err := strconv.ParseInt(said[1], 10, 64)
	if err != nil {
		return nil, err
	}
	switch said[0] {
	case "low":
		return conflict("auction.too_low", "next", n).On("amount"), nil
	case "closed":
		return conflict("auction.closed", "at", time.UnixMilli(n).UTC()), nil
	case "early":
		return conflict("auction.not_open", "at", time.UnixMilli(n).UTC()), nil
	}
	return nil, nil
}

// show brings the shadow up to what t knows.
func (w *shadow) show(ctx context.Context, t *table, j *journal.Journal) error {
	if !w.ready() {
		return nil
	}
	fields, seq, keys := t.shown()
	from := seq - 1
	for range shadowTries {
		to, whole := seq, "1"
		if from < seq-1 { // the shadow lacks records: send what they were, in pages
			recs, err := j.Read(ctx, Stream(t.id), from+1, shadowPage)
			if err != nil {
				return err
			}
			keys = keys[:0]
			for _, rec := range recs {
				if rec.Seq <= seq {
					to, keys = rec.Seq, append(keys, actedKey(rec)...)
				}
			}
			if to < seq {
				whole = "0"
			}
		}
		has, err := w.send(ctx, t.id, from, to, whole, fields, keys)
		if w.failed(err) != nil || has >= seq {
			return err
		}
		from = has
	}
	return nil
}

func (w *shadow) send(ctx context.Context, id string, from, to int64, whole string, fields []any, keys []any) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, redisWait)
	defer cancel()
	args := append([]any{from, to, whole, int64(shadowKept / time.Second)}, fields...)
	return showScript.Run(ctx, w.redis, []string{shadowKey(id)}, append(args, keys...)...).Int64()
}

// shown is what the shadow says of the auction, at which seq, and the key of the last record where that was a bid.
func (t *table) shown() (fields []any, seq int64, keys []any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := &t.state
	ended, leads := "0", strings.Builder{}
	if s.End != "" || s.left() <= 0 {
		ended = "1"
	}
	leads.WriteByte(' ')
	for _, b := range s.Leads {
		leads.WriteString(b.Member + " ")
	}
	if n := len(t.last); n > 0 && t.last[n-1].Seq == s.Seq {
		keys = append(keys, t.lastKey)
	}
	return []any{s.next(), s.Settings.Opens.UnixMilli(), s.ClosesAt.UnixMilli(), ended, leads.String()}, s.Seq, keys
}

// actedKey is a record's key where a bid acted under it.
func actedKey(rec journal.Record) []any {
	if k := Kind(rec.Kind); k == KindBid || k == KindBought {
		return []any{rec.Key}
	}
	return nil
}

// quickly refuses what needs no store to be refused: by Redis where several processes share it, by what this process
// remembers where it is alone. Whatever they cannot say is asked of the journal.
func (s *Service) quickly(ctx context.Context, f flow) error {
	if !s.alone {
		refusal, failed := s.shadow.refuse(ctx, f)
		s.failed(failed)
		return refusal
	}
	s.tables.mu.Lock()
	t := s.tables.of[f.auction]
	s.tables.mu.Unlock()
	if t == nil || t.didAct(f.op.Key) {
		return nil
	}
	var refusal error
	t.read(func(st *State) {
		_, leads := st.lead(f.op.Member)
		if err := st.over(s.Journal.Now()); err != nil {
			refusal = err
		} else if next := st.next(); !leads && f.op.Kind == KindBid && f.op.top() < next && f.op.Amount > 0 {
			refusal = conflict("auction.too_low", "next", next).On("amount")
		}
	})
	return refusal
}

// show tells everyone who watches, after something was written.
func (s *Service) show(ctx context.Context, t *table) {
	s.failed(s.shadow.show(ctx, t, s.Journal))
	if s.Hub != nil {
		s.Hub.Changed(Room(t.id))
	}
}
