package budget

import (
	"encoding/json"
	"fmt"

	"firebrand/internal/calendar"
	"firebrand/internal/journal"
)

// The body of a record is the budget as the record leaves it, and what the record itself was about.
type (
	wireChunk struct {
		ID     string `json:"id"`
		Amount int64  `json:"amount"`
		Until  int64  `json:"until,omitempty"`
	}
	wireState struct {
		Funding   string      `json:"funding,omitempty"`
		Name      string      `json:"name"`
		From      string      `json:"from"`
		To        string      `json:"to"`
		Limit     int64       `json:"limit"`
		WarnShare int         `json:"warn_share,omitempty"`
		Version   int64       `json:"version"`
		By        string      `json:"by,omitempty"`
		Settled   int64       `json:"settled"`
		Chunks    []wireChunk `json:"chunks,omitempty"`
		WarnedAt  int64       `json:"warned_at,omitempty"`
		StoppedAt int64       `json:"stopped_at,omitempty"`
		Asked     int64       `json:"asked,omitempty"`
	}
	wireBody struct {
		// Used is what the process gave of the chunk that this record ended.
		Used  int64     `json:"used,omitempty"`
		After wireState `json:"after"`
	}
)

func (s State) wire() wireState {
	w := wireState{
		Funding: s.Budget.Funding, Name: s.Budget.Name, From: s.Budget.From.String(), To: s.Budget.To.String(),
		Limit: s.Budget.Limit, WarnShare: s.Budget.WarnShare, Version: s.Version, By: s.By, Settled: s.Settled,
		WarnedAt: calendar.Millis(s.WarnedAt), StoppedAt: calendar.Millis(s.StoppedAt), Asked: s.Asked,
	}
	for _, c := range s.Chunks {
		w.Chunks = append(w.Chunks, wireChunk{c.ID, c.Amount, calendar.Millis(c.Until)})
	}
	return w
}

// StateOf is the budget as this record left it; the zero record gives the budget that does not exist yet.
func StateOf(rec journal.Record) (State, error) {
	if rec.Seq == 0 {
		return State{}, nil
	}
	body, err := bodyOf(rec)
	if err != nil {
		return State{}, err
	}
	w := body.After
	from, err := calendar.ParseDate(w.From)
	if err != nil {
		return State{}, unreadable(rec, err)
	}
	to, err := calendar.ParseDate(w.To)
	if err != nil {
		return State{}, unreadable(rec, err)
	}
	s := State{
		Budget: Budget{
			ID: rec.Stream[len(Family)+1:], Funding: w.Funding, Name: w.Name, From: from, To: to,
			Limit: w.Limit, WarnShare: w.WarnShare,
		},
		Seq: rec.Seq, Version: w.Version, By: w.By, Settled: w.Settled,
		WarnedAt: calendar.Instant(w.WarnedAt), StoppedAt: calendar.Instant(w.StoppedAt), Asked: w.Asked,
	}
	for _, c := range w.Chunks {
		s.Chunks = append(s.Chunks, Chunk{c.ID, c.Amount, calendar.Instant(c.Until)})
	}
	return s, nil
}

func bodyOf(rec journal.Record) (body wireBody, err error) {
	if err = json.Unmarshal(rec.Body, &body); err != nil {
		return body, unreadable(rec, err)
	}
	return body, nil
}

func unreadable(rec journal.Record, err error) error {
	return fmt.Errorf("budget: record %s: %w", rec.ID(), err)
}
