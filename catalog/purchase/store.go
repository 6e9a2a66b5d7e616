package purchase

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"firebrand/internal/journal"
	"firebrand/internal/store"
)

// The journal families of this room; journal.Open must name them, and points.Family.
const (
	Family      = "order"
	BuyerFamily = "buyer"
)

// Stream is the stream of an order; it is the Ref of its points as well.
func Stream(id string) string { return Family + "/" + id }

// IDOf is the order whose stream this is.
func IDOf(stream string) string { return strings.TrimPrefix(stream, Family+"/") }

// BuyerStream is the stream of what an account's orders claimed.
func BuyerStream(account string) string { return BuyerFamily + "/" + account }

func revisionKey(revision int64) string { return "rev/" + strconv.FormatInt(revision, 10) }

func outcomeKey(seq int64) string { return "outcome/" + strconv.FormatInt(seq, 10) }

// moveKey is the key of a move elsewhere; n counts from 1.
func moveKey(id string, seq int64, n int) string {
	return Stream(id) + "/" + strconv.FormatInt(seq, 10) + "/" + strconv.Itoa(n)
}

// kindOutcome is the kind of a record that tells what came of the moves before it; every other kind is a State.
const kindOutcome = "outcome"

// body is the content of a record.
type body struct {
	Said  *message `json:"m,omitempty"`
	Moves []Move   `json:"w,omitempty"`
	// Of is the record whose moves went otherwise than asked, Told how.
	Of    int64  `json:"of,omitempty"`
	Told  []Told `json:"o,omitempty"`
	After Order  `json:"after"`
}

// message is what was said, without what stands in After and without how people were named.
type message struct {
	Revision  int64     `json:"r"`
	Placed    time.Time `json:"p,omitzero"`
	Delivered time.Time `json:"d,omitzero"`
	Channel   string    `json:"c,omitempty"`
	Buyer     string    `json:"b,omitempty"`
	Lines     []Line    `json:"l,omitempty"`
	Returns   []Return  `json:"t,omitempty"`
}

func (m *message) revision() int64 {
	if m == nil {
		return 0
	}
	return m.Revision
}

// said keeps of a message what the order does not show.
func said(m Message, after Order) *message {
	kept := &message{Revision: m.Revision, Returns: m.Returns}
	if after.Marks.Lines != m.Revision {
		kept.Lines = m.Lines
	}
	if after.Marks.Placed != m.Revision {
		kept.Placed = m.Placed
	}
	if after.Marks.Delivered != m.Revision {
		kept.Delivered = m.Delivered
	}
	if after.Marks.Channel != m.Revision {
		kept.Channel = m.Channel
	}
	if m.Buyer != (BuyerRef{}) && after.Marks.Buyer != m.Revision {
		kept.Buyer = m.Buyer.print()
	}
	return kept
}

// open reports whether a record has moves whose outcome is not told by it.
func (b body) open() bool { return len(b.Moves) > 0 }

func bodyOf(rec journal.Record) (body, error) {
	var b body
	if err := json.Unmarshal(rec.Body, &b); err != nil {
		return b, fmt.Errorf("purchase: record %s: %w", rec.ID(), err)
	}
	b.After.Seq = rec.Seq
	return b, nil
}

// OrderOf is the order as a record of its stream left it.
func OrderOf(rec journal.Record) (Order, error) {
	var b struct {
		After Order `json:"after"`
	}
	if err := json.Unmarshal(rec.Body, &b); err != nil {
		return Order{}, fmt.Errorf("purchase: record %s: %w", rec.ID(), err)
	}
	b.After.Seq = rec.Seq
	return b.After, nil
}

// shadowRow is an order as lists read it. The follower's checkpoint is a row of the same collection, so that it is gone
// when the rows are.
type shadowRow struct {
	Seq int64 `json:"seq"`
	// Buyer is Buyer.Key.
	Buyer  string         `json:"buyer"`
	Placed time.Time      `json:"placed"`
	Order  Order          `json:"order"`
	Mark   journal.Cursor `json:"mark,omitzero"`
}

// order is the row's order.
func (r shadowRow) order() Order {
	r.Order.Seq = r.Seq
	return r.Order
}

// rowID is the id of an order's row; the checkpoint's has no such prefix.
func rowID(id string) string { return "o/" + id }

const markID = "mark"

var shadowSpec = store.Spec{Name: "purchase_orders", Indexes: []store.Index{
	{Name: "buyer_placed", Fields: []string{"buyer", "placed"}},
	{Name: "placed", Fields: []string{"placed"}},
}}
