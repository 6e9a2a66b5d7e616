// Package journal keeps append-only streams of records: the one truth that everything else is drawn from.
//
// What must never be lost or counted twice is a record here. The rule that matters most: one decision is one insert.
// (stream, seq) and (stream, key) are unique, so the insert itself settles both races, the one for the next place in
// the stream and the one of a request that was sent twice. Nothing here needs a transaction.
//
// A record is chained to the one before it by a hash, so that a change behind our back is found at the right record.
package journal

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/store"
)

// AppendDeadline is how long after stamping its time a record may still be written; Decide sees to it. Followers wait
// longer than this before they believe that nothing earlier can appear (see Overlap).
const AppendDeadline = 10 * time.Second

// Record is one entry of a stream. It holds no personal data: people are named by their ids.
type Record struct {
	// Stream is "family/…"; the family, the part before the first slash, is the collection it lives in.
	Stream string `json:"stream"`
	// Seq counts from 1 within the stream, without gaps.
	Seq int64 `json:"seq"`
	// Key names the request that made the record; it acts once in a stream.
	Key string `json:"key"`
	// Request is the hash of what was asked, to tell a repeated request from another one under the same key.
	Request string `json:"request"`
	Kind    string `json:"kind"`
	// At is to the millisecond and never runs back within a stream.
	At    time.Time `json:"at"`
	Actor string    `json:"actor,omitempty"`
	// Body is JSON, encoded once; Hash covers exactly these bytes.
	Body []byte `json:"body"`
	// Prev is the hash of the record before, empty in the first one.
	Prev string `json:"prev,omitempty"`
	Hash string `json:"hash"`
	// Replayed says that this record was there before: the request was sent again. It is not stored.
	Replayed bool `json:"-"`
}

// ID is the record's place: stream and zero-padded seq.
func (r Record) ID() string { return recordID(r.Stream, r.Seq) }

func recordID(stream string, seq int64) string { return fmt.Sprintf("%s/%012d", stream, seq) }

// Family is the collection that a stream lives in.
func Family(stream string) string {
	family, _, _ := strings.Cut(stream, "/")
	return family
}

// Journal is the open journal. It is safe for concurrent use.
type Journal struct {
	// Leases are what followers that name one share their reading by; nil holds everything. Set it before Run.
	Leases   *Leases
	families map[string]*store.Collection[Record]
	now      func() time.Time
	// turns are by a hash of the stream.
	turns [256]turn
	ends  map[string]*ends
	// alone says that every record is written by this process, which hears of its own.
	alone   bool
	mu      sync.RWMutex
	heard   map[string]map[int]func(Record)
	nextEar int
	running runners
	// doubts are when a write of each family failed last without saying whether it happened.
	doubts map[string]*atomic.Int64
	clock  *clock
	counts counters
}

// Open opens the journal with its families, one collection each. Now is the clock that stamps records.
func Open(ctx context.Context, e store.Engine, now func() time.Time, families ...string) (*Journal, error) {
	j := &Journal{
		families: map[string]*store.Collection[Record]{}, ends: map[string]*ends{}, now: now,
		heard: map[string]map[int]func(Record){}, alone: e.Alone(),
		clock: &clock{engine: e, now: now}, doubts: map[string]*atomic.Int64{},
	}
	for i := range j.turns {
		j.turns[i] = make(turn, 1)
	}
	for _, family := range families {
		c, err := store.OpenCollection[Record](ctx, e, spec(family))
		if err != nil {
			return nil, fmt.Errorf("journal %s: %w", family, err)
		}
		j.families[family], j.ends[family], j.doubts[family] = c, &ends{}, &atomic.Int64{}
	}
	_ = j.clock.check(ctx) // a clock that is off is said by Ready and by every write
	return j, nil
}

// Now is the journal's clock, to the millisecond.
func (j *Journal) Now() time.Time { return calendar.Milli(j.now()) }

// Append writes rec as the next record of its stream and returns it with its hash. Callers that stamped rec.At end ctx
// AppendDeadline after that.
//
// It fails with fault.Conflict ("journal.raced") when rec.Seq is taken: load, decide again, retry; Decide does that.
// When the stream already holds rec.Key it writes nothing and returns the stored record with Replayed set, or
// fault.KeyReused when that record came from another request. Callers answer from the returned record only.
// A text that is no UTF-8, as a key out of a request's header may be, is fault.Invalid ("fault.key_missing"). A process
// whose clock is off writes nothing: fault.Unavailable ("journal.clock").
func (j *Journal) Append(ctx context.Context, rec Record) (Record, error) {
	written, err := j.insert(ctx, rec)
	if !fault.Is(err, fault.Conflict) {
		return written, err
	}
	// Some unique index refused it. Which one is not asked of the error: the key decides.
	return j.keyOrRace(ctx, rec)
}

// keyOrRace answers for a record that was refused: with the one that its key made before, or that its place is taken.
func (j *Journal) keyOrRace(ctx context.Context, rec Record) (Record, error) {
	if stored, found, err := j.replay(ctx, rec.Stream, rec.Key, rec.Request); found || err != nil {
		return stored, err
	}
	j.counts.conflicts.Add(1)
	return Record{}, errRaced()
}

func errRaced() error { return fault.New(fault.Conflict, "journal.raced") }

// insert writes a record; it fails with fault.Conflict where its place or its key is taken.
func (j *Journal) insert(ctx context.Context, rec Record) (Record, error) {
	c, err := j.family(rec.Stream)
	if err != nil {
		return Record{}, err
	}
	if rec.Key == "" || rec.Seq < 1 {
		return Record{}, fmt.Errorf("journal: a record of %s without key or seq", rec.Stream)
	}
	// Kept as JSON it would come back as another text than the one that was hashed, and break the chain.
	if !utf8.ValidString(rec.Stream + rec.Key + rec.Request + rec.Kind + rec.Actor) {
		return Record{}, fault.New(fault.Invalid, "fault.key_missing")
	}
	if err := j.clock.check(ctx); err != nil {
		j.counts.refused.Add(1)
		return Record{}, err
	}
	rec.At = calendar.Milli(rec.At)
	rec.Hash = hash(rec)
	err = c.Insert(ctx, rec.ID(), rec)
	if err == nil {
		j.counts.appends.Add(1)
		j.endsOf(rec.Stream).put(rec)
		j.tell(rec)
		return rec, nil
	}
	j.endsOf(rec.Stream).drop(rec.Stream)
	if !fault.Is(err, fault.Conflict) {
		j.doubts[Family(rec.Stream)].Store(j.Now().UnixMilli())
	}
	return Record{}, err
}

// replay looks for the record that key made; found is false when there is none.
func (j *Journal) replay(ctx context.Context, stream, key, request string) (Record, bool, error) {
	stored, found, err := j.ByKey(ctx, stream, key)
	if err != nil || !found {
		return Record{}, false, err
	}
	if stored.Request != request {
		return Record{}, true, fault.New(fault.KeyReused, "journal.key_reused")
	}
	j.counts.replays.Add(1)
	if j.doubtful(Family(stream)) {
		j.tell(stored) // it may be one whose writer never heard that it was written, and told nobody
	}
	stored.Replayed = true
	return stored, true, nil
}

// Listen calls hear after every record of the family that this process commits, from the goroutine that wrote it:
// hear must be quick and must not write to the journal. The returned function ends it.
func (j *Journal) Listen(family string, hear func(Record)) (stop func()) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.nextEar++
	ear := j.nextEar
	if j.heard[family] == nil {
		j.heard[family] = map[int]func(Record){}
	}
	j.heard[family][ear] = hear
	return func() {
		j.mu.Lock()
		defer j.mu.Unlock()
		delete(j.heard[family], ear)
	}
}

func (j *Journal) tell(rec Record) {
	j.mu.RLock()
	defer j.mu.RUnlock()
	for _, hear := range j.heard[Family(rec.Stream)] {
		hear(rec)
	}
}

// doubtFor is for how long after a write that may have happened followers read what they were not told.
const doubtFor = 2 * Overlap

// doubtful reports whether the family may hold a record of this process that was told to nobody.
func (j *Journal) doubtful(family string) bool {
	at := j.doubts[family].Load()
	return at != 0 && j.Now().Sub(time.UnixMilli(at)).Abs() < doubtFor
}

// endsOf are the ends of the family of a stream that has one.
func (j *Journal) endsOf(stream string) *ends { return j.ends[Family(stream)] }

func (j *Journal) family(stream string) (*store.Collection[Record], error) {
	c, ok := j.families[Family(stream)]
	if !ok {
		return nil, fmt.Errorf("journal: no family for stream %q", stream)
	}
	return c, nil
}
