// Package store keeps documents in collections, over an embedded SQLite file or a MongoDB, and opens the Redis that
// shadows live on. It is small on purpose: insert, get, replace-if-version, delete, and find over a declared index.
//
// The rule that matters most: there are no transactions over several documents. One insert is one decision, and the
// unique indexes of that insert are its only guard; so the same code is right on every engine.
//
// Engines live in the rooms below (store/sqlite) and pass one contract suite, store/storetest.
package store

import (
	"context"
	"reflect"
	"time"
)

// Engine is one database that holds collections. All of its methods are safe for concurrent use.
//
// Faults: fault.Unavailable ("store.down", "store.full") when the database does not answer or cannot keep what it is
// given, and ("store.busy") when the context ended first; nothing was written then, or the caller must look (a write
// that timed out may have happened).
type Engine interface {
	// Open makes the collection and its indexes where absent and checks that what stands there is what is declared:
	// an index that stood there once and is missing, or differs, is an error that names it, because a stream without
	// its unique index corrupts silently. An index declared for the first time is built over the documents already
	// there. One that is declared no longer is dropped where no other process can use it, else it stays: processes of the
	// release before still ask by it.
	Open(ctx context.Context, spec Spec) (Table, error)
	// Unused names the indexes that the collections opened so far declare no longer and that stay, as "collection.index",
	// in order.
	Unused() []string
	// DropUnused drops these. Call it once no process of the release before runs: what such a one asks by them fails.
	// It can be repeated.
	DropUnused(ctx context.Context) error
	// Now is the database's own clock, to compare ours with.
	Now(ctx context.Context) (time.Time, error)
	// Alone reports that no other process can write while this one has the database open.
	Alone() bool
	// Ping reports whether the database answers.
	Ping(ctx context.Context) error
	// Close lets the writes under way end and frees the database for another process.
	Close() error
}

// Table is one collection as an engine offers it; rooms use it through Collection, which adds the type.
//
// A document is any value whose type has json tags. Times are kept to the millisecond and come back in UTC; integers
// keep all their 64 bits; []byte is kept as it is. A write that returned nil survives a crash of the process and of
// the machine, and every read begun afterwards sees it.
type Table interface {
	// Insert adds a document with version 1. It fails with fault.Conflict ("store.duplicate") when the id or the value
	// of a unique index is taken; which of them is not said, since not every database can say it.
	Insert(ctx context.Context, id string, doc any) error
	// Get decodes the document into doc, a pointer, and returns its version, or fault.NotFound ("store.missing").
	Get(ctx context.Context, id string, doc any) (version int64, err error)
	// Replace writes doc where the stored version still is version, and raises it by one. It fails with fault.Conflict
	// ("store.changed") when the document has another version or is gone, and ("store.duplicate") as Insert does.
	Replace(ctx context.Context, id string, doc any, version int64) error
	// Delete removes the document; fault.NotFound where there is none.
	Delete(ctx context.Context, id string) error
	// Find calls each with every document that q asks for, in the index's order and, where it is equal, by id.
	// It stops at the first error of each and returns it.
	Find(ctx context.Context, q Query, each func(Raw) error) error
}

// Raw is a found document before its type is known.
type Raw struct {
	ID      string
	Version int64
	// Decode fills doc, a pointer.
	Decode func(doc any) error
}

// Spec declares a collection: its name ([a-z_]+) and every index it is asked by.
type Spec struct {
	Name    string
	Indexes []Index
	// Type is the type of its documents, which the indexed fields are checked against; OpenCollection fills it in.
	Type reflect.Type
}

// Index is a declared order over one or more fields, by their json names; "a.b" reaches into an embedded struct.
// A field is a string, a type that marshals itself to text, a bool, an integer that fits an int64 or a time.Time; none
// of them behind a pointer. It may be a slice of strings in an index of that one field, which is not unique, holds the
// document once for each different element, and is asked by Equal or In only.
type Index struct {
	// Name is unique within the collection ([a-z_]+) and stands for this definition: a changed index takes a new name.
	Name   string
	Fields []string
	// Unique forbids two documents with the same values. A document in which any of the fields is the empty string
	// stays out of a unique index, so that optional fields can be unique where they are given; Find by that index does
	// not see it.
	Unique bool
}

// Query asks one declared index. Equal fixes its first fields in order; In, From and To then speak of the next field:
// one of several values, at or above, below. At most one of In and the pair From, To may be given. A query that does not
// fit its index is a defect of the caller: a plain error, no fault.
type Query struct {
	// Index names the index; empty is the order of ids, where Equal is not allowed and From and To are ids.
	Index string
	Equal []any
	// In is not nil where it is meant: an empty list finds nothing.
	In []any
	// From is the first value, inclusive; To is the end, exclusive. Nil leaves that side open.
	From, To any
	// Desc reads from the end; ids run down too then.
	Desc bool
	// After continues behind a document that was read before: its values in this index and its id. With it, paging
	// neither skips nor repeats a document that stays where it is, whatever others write meanwhile.
	After *Position
	// Limit bounds the answer; zero means 1,000.
	Limit int
}

// Position is a place in an index: the values of its fields after Equal (none for the order of ids) and the id.
type Position struct {
	Values []any
	ID     string
}
