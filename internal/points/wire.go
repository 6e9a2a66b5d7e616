package points

import (
	"encoding/json"
	"fmt"

	"firebrand/internal/journal"
)

// The body of a record, in short names and plain integers because every earn and spend encodes and decodes it:
// instants are Unix milliseconds and months are year*100 + month, both 0 where there is none; lots, months and what
// fell due are texts (wire_text.go).
type (
	wireHold struct {
		ID     string   `json:"id"`
		Ref    string   `json:"r,omitempty"`
		At     int64    `json:"at"`
		Month  int64    `json:"m,omitempty"`
		Pieces []string `json:"l"`
	}
	wireState struct {
		Lots      []string   `json:"l,omitempty"`
		Holds     []wireHold `json:"h,omitempty"`
		Debt      int64      `json:"d,omitempty"`
		IdleUntil int64      `json:"iu,omitempty"`
		BurnsAt   int64      `json:"ba,omitempty"`
		Earned    int64      `json:"te,omitempty"`
		Spent     int64      `json:"ts,omitempty"`
		Expired   int64      `json:"tx,omitempty"`
		Burned    int64      `json:"tb,omitempty"`
		Reversed  int64      `json:"tr,omitempty"`
		Months    []string   `json:"m,omitempty"`
		Refunds   []string   `json:"rf,omitempty"`
	}
	wireOp struct {
		Amount      int64    `json:"n,omitempty"`
		Source      Source   `json:"s,omitempty"`
		Funding     string   `json:"f,omitempty"`
		From        int64    `json:"a,omitempty"`
		Expires     int64    `json:"e,omitempty"`
		Month       int64    `json:"m,omitempty"`
		Idles       bool     `json:"i,omitempty"`
		Played      bool     `json:"pl,omitempty"`
		Undelivered bool     `json:"u,omitempty"`
		Delivered   int64    `json:"dl,omitempty"`
		Manual      bool     `json:"mn,omitempty"`
		Second      string   `json:"sc,omitempty"`
		Hold        string   `json:"h,omitempty"`
		Of          string   `json:"of,omitempty"`
		Ref         string   `json:"r,omitempty"`
		Mode        Mode     `json:"md,omitempty"`
		Pieces      []string `json:"l,omitempty"`
		OfSeq       int64    `json:"oq,omitempty"`
		Policy      int      `json:"p,omitempty"`
		IdleUntil   int64    `json:"iu,omitempty"`
		BurnsAt     int64    `json:"ba,omitempty"`
		Grace       int64    `json:"g,omitempty"`
	}
	wireChange struct {
		Op     wireOp    `json:"op"`
		Fell   []string  `json:"fell,omitempty"`
		Took   []string  `json:"took,omitempty"`
		Moved  int64     `json:"moved,omitempty"`
		Delta  int64     `json:"delta,omitempty"`
		Repaid int64     `json:"repaid,omitempty"`
		Owed   int64     `json:"owed,omitempty"`
		After  wireState `json:"after"`
	}
	// asked is what tells one request from another: nothing that the policy or the clock added.
	asked struct {
		Kind Kind   `json:"kind"`
		Op   wireOp `json:"op"`
	}
)

// body is the record's content; the journal encodes it.
func (c Change) body() wireChange {
	return wireChange{
		Op: c.Op.wire(), Fell: each(c.Fell, fellText), Took: each(c.Took, lotText),
		Moved: c.Moved, Delta: c.Delta, Repaid: c.Repaid, Owed: c.Owed, After: c.After.wire(),
	}
}

// StateOf is the account as this record left it, for followers. The zero record gives the account that does not exist
// yet. A body that cannot be read is an error that names the record.
func StateOf(rec journal.Record) (State, error) {
	if rec.Seq == 0 {
		return State{}, nil
	}
	var body struct {
		After wireState `json:"after"`
	}
	err := json.Unmarshal(rec.Body, &body)
	if err != nil {
		return State{}, unreadable(rec, err)
	}
	state, err := body.After.state(rec)
	if err != nil {
		return State{}, unreadable(rec, err)
	}
	return state, nil
}

// ChangeOf is what this record did, read back.
func ChangeOf(rec journal.Record) (Change, error) {
	var body wireChange
	if err := json.Unmarshal(rec.Body, &body); err != nil {
		return Change{}, unreadable(rec, err)
	}
	c := Change{Moved: body.Moved, Delta: body.Delta, Repaid: body.Repaid, Owed: body.Owed}
	var err error
	if c.Op, err = body.Op.op(rec); err != nil {
		return Change{}, unreadable(rec, err)
	}
	if c.Fell, err = parse(body.Fell, readFell); err != nil {
		return Change{}, unreadable(rec, err)
	}
	if c.Took, err = parse(body.Took, readLot); err != nil {
		return Change{}, unreadable(rec, err)
	}
	if c.After, err = body.After.state(rec); err != nil {
		return Change{}, unreadable(rec, err)
	}
	return c, nil
}

func unreadable(rec journal.Record, err error) error {
	return fmt.Errorf("points: record %s: %w", rec.ID(), err)
}

func (s State) wire() wireState {
	return wireState{
		Lots: each(s.Lots, lotText), Debt: s.Debt, IdleUntil: milli(s.IdleUntil), BurnsAt: milli(s.BurnsAt),
		Earned: s.Earned, Spent: s.Spent, Expired: s.Expired, Burned: s.Burned, Reversed: s.Reversed,
		Holds: each(s.Holds, func(h Hold) wireHold {
			return wireHold{h.ID, h.Ref, milli(h.At), monthNumber(h.Month), each(h.Pieces, lotText)}
		}),
		Months: each(s.Months, monthText), Refunds: each(s.Refunds, refundText),
	}
}

func (w wireState) state(rec journal.Record) (s State, err error) {
	s = State{
		Owner: AccountOf(rec.Stream), Seq: rec.Seq, At: rec.At,
		Debt: w.Debt, IdleUntil: instant(w.IdleUntil), BurnsAt: instant(w.BurnsAt),
		Totals: Totals{w.Earned, w.Spent, w.Expired, w.Burned, w.Reversed},
	}
	if s.Lots, err = parse(w.Lots, readLot); err != nil {
		return s, err
	}
	if s.Months, err = parse(w.Months, readMonth); err != nil {
		return s, err
	}
	if s.Refunds, err = parse(w.Refunds, readRefund); err != nil {
		return s, err
	}
	for _, h := range w.Holds {
		pieces, err := parse(h.Pieces, readLot)
		if err != nil {
			return s, err
		}
		s.Holds = append(s.Holds, Hold{h.ID, h.Ref, instant(h.At), month(h.Month), pieces})
	}
	return s, nil
}

func (op Op) wire() wireOp {
	return wireOp{
		Amount: op.Amount, Source: op.Source, Funding: op.Funding, From: milli(op.From), Expires: milli(op.Expires),
		Month: monthNumber(op.Month), Idles: op.Idles, Played: op.Played, Undelivered: op.Undelivered,
		Delivered: milli(op.Delivered), Manual: op.Manual, Second: op.Second, Hold: op.Hold, Of: op.Of, Ref: op.Ref,
		Mode: op.Mode, Pieces: each(op.Pieces, lotText), OfSeq: op.OfSeq, Policy: op.Policy,
		IdleUntil: milli(op.IdleUntil), BurnsAt: milli(op.BurnsAt), Grace: milli(op.Grace),
	}
}

func (w wireOp) op(rec journal.Record) (Op, error) {
	pieces, err := parse(w.Pieces, readLot)
	return Op{
		Kind: Kind(rec.Kind), Key: rec.Key, Actor: rec.Actor, Account: AccountOf(rec.Stream),
		Amount: w.Amount, Source: w.Source, Funding: w.Funding, From: instant(w.From), Expires: instant(w.Expires),
		Month: month(w.Month), Idles: w.Idles, Played: w.Played, Undelivered: w.Undelivered,
		Delivered: instant(w.Delivered), Manual: w.Manual, Second: w.Second, Hold: w.Hold, Of: w.Of, Ref: w.Ref,
		Mode: w.Mode, Pieces: pieces, OfSeq: w.OfSeq, Policy: w.Policy,
		IdleUntil: instant(w.IdleUntil), BurnsAt: instant(w.BurnsAt), Grace: instant(w.Grace),
	}, err
}

// each converts a list; an empty one becomes nil and is left out of the body.
func each[A, B any](from []A, convert func(A) B) []B {
	if len(from) == 0 {
		return nil
	}
	to := make([]B, len(from))
	for i, a := range from {
		to[i] = convert(a)
	}
	return to
}
