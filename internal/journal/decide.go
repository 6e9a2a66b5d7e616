package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"time"

	"firebrand/internal/fault"
	"firebrand/internal/store"
)

// decideTries bounds how often a decision is made again after a lost race between processes. Who has just written knows
// the stream's end and is quicker than who has just lost and must look: against another process that never rests, on a
// busy machine, 40 races in a row were lost now and then.
const decideTries = 200

// Request is what asks for a record: who, under which idempotency key, and what.
type Request struct {
	Key   string
	Actor string
	// What is hashed as JSON: the same Key with another What is fault.KeyReused. It holds what was asked, never
	// anything that a repetition would compute anew, such as the time.
	What any
	// Fresh says that the stream most likely has no record yet: the decision is made on an empty one without looking. Where
	// that was wrong the insert shows it, or a refusal is made again on what is stored.
	Fresh bool
	// Aside lets the decision be made without a turn among this process's writers: by whoever has the turn of another
	// stream, which may be the same one.
	Aside bool
}

// ErrStale is a Decision's answer where it knows of a newer record than the one it was shown: it is asked again on the
// stream's stored end, as after a lost race.
var ErrStale = errors.New("journal: the decision knows of a newer record")

// Decision looks at the newest record of a stream (Seq 0 where there is none) and the time that its record will bear,
// and says which record follows. It may run several times and must not act on anything else. Its error ends the call,
// except ErrStale.
type Decision func(last Record, at time.Time) (kind string, body any, err error)

var seed = maphash.MakeSeed()

// Decide loads the stream's end, lets decide choose the next record and appends it, again when another process was
// quicker; writers of this process come in one after another, so that only processes race.
//
// A key that acted before returns its record with Replayed set, even where the decision would fail now, or
// fault.KeyReused. It fails with fault.Unavailable after 200 lost races, and AppendDeadline after the call, its turn among
// the writers of this process included: whoever stands in a queue before a store that is away is told in time, too.
func (j *Journal) Decide(ctx context.Context, stream string, req Request, decide Decision) (Record, error) {
	request, err := requestHash(req.What)
	if err != nil {
		return Record{}, err
	}
	// No time is stamped before this, so that no record is written later than AppendDeadline after its own.
	ctx, cancel := context.WithTimeout(ctx, AppendDeadline)
	defer cancel()
	if !req.Aside {
		turn := j.turns[maphash.String(seed, stream)%uint64(len(j.turns))]
		if err := turn.take(ctx); err != nil {
			return Record{}, err
		}
		defer turn.leave()
	}
	for try := range decideTries {
		rec, err := j.decideOnce(ctx, stream, request, req, decide)
		if !raced(err) && !errors.Is(err, ErrStale) {
			return rec, err
		}
		req.Fresh = false
		// Short waits only: whoever stands back for long loses to the other process's whole queue.
		if err := store.Backoff(ctx, min(try, 2)); err != nil {
			return Record{}, err
		}
	}
	return Record{}, fault.New(fault.Unavailable, "store.busy")
}

// turn lets the writers of some streams in one after another, in the order they came.
type turn chan struct{}

// take waits for one's turn; it fails with fault.Unavailable ("store.busy") where ctx ends first.
func (t turn) take(ctx context.Context) error {
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fault.New(fault.Unavailable, "store.busy").Because(context.Cause(ctx))
	}
}

func (t turn) leave() { <-t }

func (j *Journal) decideOnce(ctx context.Context, stream, request string, req Request, decide Decision) (Record, error) {
	if _, err := j.family(stream); err != nil {
		return Record{}, err
	}
	last, remembered := j.endsOf(stream).get(stream)
	remembered = remembered || req.Fresh
	if !remembered {
		var err error
		if last, err = j.Last(ctx, stream); err != nil {
			return Record{}, err
		}
	}
	rec, err := j.decideOn(ctx, last, stream, request, req, decide)
	if err != nil && remembered && !raced(err) {
		// What refused it may be an end that is the newest no more, or is known to be that.
		j.endsOf(stream).drop(stream)
		req.Fresh = false
		return j.decideOnce(ctx, stream, request, req, decide)
	}
	return rec, err
}

// decideOn makes a decision on a stream's end and appends it.
func (j *Journal) decideOn(ctx context.Context, last Record, stream, request string, req Request, decide Decision) (Record, error) {
	at := j.Now()
	if at.Before(last.At) {
		at = last.At
	}
	kind, body, err := decide(last, at)
	if errors.Is(err, ErrStale) {
		return Record{}, err
	}
	if err != nil {
		// The state that refuses it now may be the one that this very request made.
		if stored, found, replayErr := j.replay(ctx, stream, req.Key, request); found || replayErr != nil {
			return stored, replayErr
		}
		return Record{}, err
	}
	encoded, err := encode(body)
	if err != nil {
		return Record{}, fmt.Errorf("journal %s: %w", stream, err)
	}
	rec := Record{
		Stream: stream, Seq: last.Seq + 1, Key: req.Key, Request: request, Kind: kind,
		At: at, Actor: req.Actor, Body: encoded, Prev: last.Hash,
	}
	written, err := j.insert(ctx, rec)
	if !fault.Is(err, fault.Conflict) {
		return written, err
	}
	return j.collided(ctx, rec)
}

// collided finds out why a record was refused, by one look where another record has its place: then the decision is made
// again on that one. Should the key have acted further back, the next insert is refused for the key alone.
func (j *Journal) collided(ctx context.Context, rec Record) (Record, error) {
	last, err := j.Last(ctx, rec.Stream)
	if err != nil {
		return Record{}, err
	}
	if last.Seq < rec.Seq || last.Key == rec.Key {
		return j.keyOrRace(ctx, rec)
	}
	j.endsOf(rec.Stream).put(last)
	j.counts.conflicts.Add(1)
	return Record{}, errRaced()
}

// encode makes a body's bytes; a body that is encoded already is taken as it is.
func encode(body any) ([]byte, error) {
	if raw, ok := body.(json.RawMessage); ok {
		return raw, nil
	}
	return json.Marshal(body)
}
