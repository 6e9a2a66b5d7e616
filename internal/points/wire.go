package points

import (
	"bytes"
	"encoding/json"
	"fmt"

	"firebrand/internal/calendar"
	"firebrand/internal/journal"
)

// The body of a record, in short names and plain integers because every earn and spend encodes and decodes it:
// instants are Unix milliseconds and months are year*100 + month, both 0 where there is none; each list is one text
// (wire_text.go). It is read here and written in wire_write.go.
type (
	wireHold struct {
		ID     string `json:"id"`
		Ref    string `json:"r"`
		At     int64  `json:"at"`
		Month  int64  `json:"m"`
		Pieces string `json:"l"`
	}
	wireState struct {
		Lots      string     `json:"l"`
		Holds     []wireHold `json:"h"`
		Debt      int64      `json:"d"`
		IdleUntil int64      `json:"iu"`
		BurnsAt   int64      `json:"ba"`
		Earned    int64      `json:"te"`
		Spent     int64      `json:"ts"`
		Expired   int64      `json:"tx"`
		Burned    int64      `json:"tb"`
		Reversed  int64      `json:"tr"`
		MovedIn   int64      `json:"ti"`
		MovedOut  int64      `json:"to"`
		Months    string     `json:"m"`
		CapMonth  int64      `json:"cm"`
		Capped    string     `json:"c"`
		Undone    string     `json:"u"`
		UndoneTo  int64      `json:"ut"`
		Merged    string     `json:"mi"`
	}
	wireOp struct {
		Amount      int64  `json:"n"`
		Source      Source `json:"s"`
		Funding     string `json:"f"`
		From        int64  `json:"a"`
		Expires     int64  `json:"e"`
		Month       int64  `json:"m"`
		Idles       bool   `json:"i"`
		Played      bool   `json:"pl"`
		Undelivered bool   `json:"u"`
		Delivered   int64  `json:"dl"`
		Manual      bool   `json:"mn"`
		Second      string `json:"sc"`
		Hold        string `json:"h"`
		As          string `json:"as"`
		Sole        bool   `json:"so"`
		Of          string `json:"of"`
		Ref         string `json:"r"`
		Mode        Mode   `json:"md"`
		CapID       string `json:"ci"`
		CapMost     int64  `json:"cn"`
		Other       string `json:"ot"`
		Pieces      string `json:"l"`
		OfSeq       int64  `json:"oq"`
		OfAccount   string `json:"oa"`
		OfAt        int64  `json:"oi"`
		Before      int64  `json:"ob"`
		Refused     string `json:"rb"`
		Debt        int64  `json:"d"`
		Spent       int64  `json:"sp"`
		Months      string `json:"ms"`
		Caps        string `json:"c"`
		CapMonth    int64  `json:"cm"`
		Policy      int    `json:"p"`
		IdleUntil   int64  `json:"iu"`
		BurnsAt     int64  `json:"ba"`
		Grace       int64  `json:"g"`
	}
	wireChange struct {
		Op     wireOp    `json:"op"`
		Fell   string    `json:"fell"`
		Took   string    `json:"took"`
		Moved  int64     `json:"moved"`
		Delta  int64     `json:"delta"`
		Repaid int64     `json:"repaid"`
		Owed   int64     `json:"owed"`
		Asked  int64     `json:"asked"`
		Cut    int64     `json:"cut"`
		CutBy  string    `json:"by"`
		After  wireState `json:"after"`
	}
)

// StateOf is the account as this record left it, for followers. The zero record gives the account that does not exist
// yet. A body that cannot be read is an error that names the record.
func StateOf(rec journal.Record) (State, error) {
	if rec.Seq == 0 {
		return State{}, nil
	}
	after, err := afterOf(rec.Body)
	if err != nil {
		return State{}, unreadable(rec, err)
	}
	state, err := after.state(rec)
	if err != nil {
		return State{}, unreadable(rec, err)
	}
	return state, nil
}

// afterOf reads nothing of a body but its last field, the state that the record left: whoever asks for a balance need
// not know what the record did. No text of JSON holds the mark, since its quotes are escaped there.
func afterOf(body []byte) (after wireState, err error) {
	mark := []byte(`,"after":{`)
	if i := bytes.LastIndex(body, mark); i >= 0 && bytes.HasSuffix(body, []byte("}}")) {
		err = json.Unmarshal(body[i+len(mark)-1:len(body)-1], &after)
		return after, err
	}
	var whole struct {
		After wireState `json:"after"`
	}
	err = json.Unmarshal(body, &whole)
	return whole.After, err
}

// ChangeOf is what this record did, read back.
func ChangeOf(rec journal.Record) (Change, error) {
	var body wireChange
	if err := json.Unmarshal(rec.Body, &body); err != nil {
		return Change{}, unreadable(rec, err)
	}
	c := Change{
		Moved: body.Moved, Delta: body.Delta, Repaid: body.Repaid, Owed: body.Owed,
		Asked: body.Asked, Cut: body.Cut, CutBy: body.CutBy,
	}
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

func (w wireState) state(rec journal.Record) (s State, err error) {
	s = State{
		Owner: AccountOf(rec.Stream), Seq: rec.Seq, At: rec.At,
		Debt: w.Debt, IdleUntil: calendar.Instant(w.IdleUntil), BurnsAt: calendar.Instant(w.BurnsAt),
		Totals:   Totals{w.Earned, w.Spent, w.Expired, w.Burned, w.Reversed, w.MovedIn, w.MovedOut},
		CapMonth: month(w.CapMonth), UndoneTo: w.UndoneTo, MergedInto: w.Merged,
	}
	if s.Lots, err = parse(w.Lots, readLot); err != nil {
		return s, err
	}
	if s.Months, err = parse(w.Months, readMonth); err != nil {
		return s, err
	}
	if s.Capped, err = parse(w.Capped, readCapped); err != nil {
		return s, err
	}
	if s.Undone, err = parse(w.Undone, readUndone); err != nil {
		return s, err
	}
	for _, h := range w.Holds {
		pieces, err := parse(h.Pieces, readLot)
		if err != nil {
			return s, err
		}
		s.Holds = append(s.Holds, Hold{h.ID, h.Ref, calendar.Instant(h.At), month(h.Month), pieces})
	}
	return s, nil
}

func (w wireOp) op(rec journal.Record) (op Op, err error) {
	op = Op{
		Kind: Kind(rec.Kind), Key: rec.Key, Actor: rec.Actor, Account: AccountOf(rec.Stream),
		Amount: w.Amount, Source: w.Source, Funding: w.Funding, From: calendar.Instant(w.From), Expires: calendar.Instant(w.Expires),
		Month: month(w.Month), Idles: w.Idles, Played: w.Played, Undelivered: w.Undelivered,
		Delivered: calendar.Instant(w.Delivered), Manual: w.Manual, Second: w.Second, Hold: w.Hold, As: w.As, Sole: w.Sole, Of: w.Of, Ref: w.Ref,
		Mode: w.Mode, Cap: Cap{w.CapID, w.CapMost}, Other: w.Other, OfSeq: w.OfSeq, OfAccount: w.OfAccount,
		OfAt: calendar.Instant(w.OfAt), Before: w.Before, Refused: w.Refused, Debt: w.Debt, Spent: w.Spent, CapMonth: month(w.CapMonth),
		Policy: w.Policy, IdleUntil: calendar.Instant(w.IdleUntil), BurnsAt: calendar.Instant(w.BurnsAt), Grace: calendar.Instant(w.Grace),
	}
	if op.Pieces, err = parse(w.Pieces, readLot); err != nil {
		return op, err
	}
	if op.Months, err = parse(w.Months, readMonth); err != nil {
		return op, err
	}
	op.Caps, err = parse(w.Caps, readCap)
	return op, err
}
