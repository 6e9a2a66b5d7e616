package budget

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"firebrand/internal/fault"
	"firebrand/internal/journal"
	"firebrand/internal/store"
)

// appendTries bounds how often a record is decided on again after another process was quicker.
const appendTries = 40

// append decides on a budget's next record and writes it, as journal.Decide does, but without waiting in the queue of
// the stream's writers: it is called by awards that stand in the queue of an account, which may be the same one.
func (s *Service) append(ctx context.Context, id string, req journal.Request, decide journal.Decision) (journal.Record, error) {
	request, err := requestOf(req.What)
	if err != nil {
		return journal.Record{}, err
	}
	for try := range appendTries {
		rec, err := s.appendOnce(ctx, Stream(id), request, req, decide)
		if f := fault.As(err); f == nil || f.Key != "journal.raced" {
			return rec, err
		}
		if err := store.Backoff(ctx, min(try, 2)); err != nil {
			return journal.Record{}, err
		}
	}
	return journal.Record{}, fault.New(fault.Unavailable, "store.busy")
}

func (s *Service) appendOnce(ctx context.Context, stream, request string, req journal.Request, decide journal.Decision) (journal.Record, error) {
	last, err := s.journal.Last(ctx, stream)
	if err != nil {
		return journal.Record{}, err
	}
	at := later(s.journal.Now(), last.At)
	kind, body, err := decide(last, at)
	if err != nil {
		return s.stored(ctx, stream, request, req.Key, err)
	}
	encoded, err := json.Marshal(body)
	if err != nil {
		return journal.Record{}, err
	}
	writing, cancel := context.WithTimeout(ctx, journal.AppendDeadline)
	defer cancel()
	return s.journal.Append(writing, journal.Record{
		Stream: stream, Seq: last.Seq + 1, Key: req.Key, Request: request, Kind: kind, At: at, Actor: req.Actor,
		Body: encoded, Prev: last.Hash,
	})
}

// stored is the record that a key made before, where what refuses it now is what that very request did; else refused.
func (s *Service) stored(ctx context.Context, stream, request, key string, refused error) (journal.Record, error) {
	rec, found, err := s.journal.ByKey(ctx, stream, key)
	switch {
	case err != nil:
		return journal.Record{}, err
	case !found:
		return journal.Record{}, refused
	case rec.Request != request:
		return journal.Record{}, fault.New(fault.KeyReused, "journal.key_reused")
	}
	rec.Replayed = true
	return rec, nil
}

func requestOf(what any) (string, error) {
	raw, err := json.Marshal(what)
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:16]), err
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
