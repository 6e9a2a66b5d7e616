// Package live keeps rooms over WebSocket: boards, auctions, a person's own, whatever many people watch at once. A client
// joins a room, gets a snapshot of its state, and then each newer state as it comes.
//
// The rule that matters most: a room is state, not a log. Between two writes to a connection only the newest state of a
// room is kept for it, so a slow client skips to the newest and slows nobody. A state is computed once, encoded once
// and handed to everyone; it is remembered, so that a herd of reconnecting clients costs nothing but its sockets. What
// is no state, a word to one person, goes through a small queue, and whoever lets it overflow is dropped.
//
// Messages are JSON texts. The server writes
//
//	{"type":"snapshot"|"push"|"event"|"error"|"pong","room":…,"epoch":…,"n":…,"at":unixMillis,"data":…}
//
// and reads {"type":"join","room":…}, {"type":"leave","room":…}, {"type":"ping"}. Epoch is drawn when the hub starts; n
// grows by one with each state of a room. A push follows the message of n-1; a snapshot may stand anywhere and begins
// anew. A client that sees a gap joins again and gets a snapshot. An event has no n: it is said once, and what it tells
// of can be found elsewhere by whoever was away.
//
// Several processes serve one programme: a room lives in each that has a watcher of it, and they tell each other through
// Redis that a state changed, never the state itself.
package live

import (
	"context"
	"encoding/json"
	"time"

	"firebrand/internal/fault"
	"firebrand/internal/store"
)

// The bounds of a room and of a connection.
const (
	// Tick is the least time between two states of a room whose kind says nothing else: five a second.
	Tick = 200 * time.Millisecond
	// Refresh is after how long a watched room is asked again although nobody told of a change.
	Refresh = 10 * time.Second
	// MaxMessage is the longest message a client may send, in bytes; a longer one closes the connection.
	MaxMessage = 1024
	// MaxEvent is the longest event, encoded, in bytes, and MaxEvents how many may wait for a connection.
	MaxEvent  = 4096
	MaxEvents = 32
	// MaxRooms is how many rooms one connection may watch.
	MaxRooms = 8
	// MessagesPerSecond and MessageBurst bound what a client may send; more closes the connection with code 1008.
	MessagesPerSecond = 10
	MessageBurst      = 20
	// PingEvery is how often a peer is asked for a sign of life, and whether they may still be where they are; DeadAfter
	// is how long a sign of life may be missing.
	PingEvery = 25 * time.Second
	DeadAfter = 60 * time.Second
	// WriteWait is how long one message may take to be written before the client is dropped.
	WriteWait = 5 * time.Second
	// SnapshotWait bounds one call of Room.Snapshot.
	SnapshotWait = 3 * time.Second
)

// Personal begins the name of the room that is a person's own; events to them are said in it.
const Personal = "me:"

// Room is a kind of room: all the rooms whose names match the pattern it was opened under.
type Room struct {
	// Snapshot returns the present state of the room of this name, to be encoded as JSON, the same for everyone who
	// watches; json.RawMessage is taken as it is. It is called for rooms that changed and are watched, at most once in
	// Tick and never twice at a time for one room. fault.NotFound closes the room; after any other error the last state
	// stays and Snapshot is asked again.
	Snapshot func(ctx context.Context, name string) (any, error)
	// Authorise is Options.Authorise for this kind of room; both must agree. Nil lets everyone in.
	Authorise func(identity any, name string) error
	// Tick is the least time between two states; zero is the package's Tick. The first change after a rest is shown at
	// once.
	Tick time.Duration
	// Refresh is after how long a watched room is asked again though nobody told of a change; zero is the package's.
	Refresh time.Duration
}

// Options are what a hub needs.
type Options struct {
	// Now is the clock of "at" and of rate limits.
	Now func() time.Time
	// Authorise decides whether this person may watch the room; its fault is shown to the client. Identity is what
	// the connection was opened with, which may be long ago: what counts is who they are now. It is asked when they
	// join, after Recheck and every PingEvery; fault.Unavailable keeps out who joins and puts out nobody. Nil lets
	// everyone in. It must be quick: the connection waits for it.
	Authorise func(identity any, room string) error
	// Person is whose connection it is, by identity, for Tell and Recheck; empty for nobody. Nil knows nobody.
	Person func(identity any) string
	// Notices reach the hubs of the other processes; nil where there are none.
	Notices *store.Notices
	// Failed hears of errors and panics that are no fault of a client; nil ignores them.
	Failed func(error)
}

// Kinds of messages that the server writes.
const (
	typeSnapshot = "snapshot"
	typePush     = "push"
	typeEvent    = "event"
	typeError    = "error"
	typePong     = "pong"
)

// header is a message without its data.
type header struct {
	Type  string `json:"type"`
	Room  string `json:"room,omitempty"`
	Epoch string `json:"epoch"`
	N     uint64 `json:"n,omitempty"`
	At    int64  `json:"at"`
}

// problem is the data of an error message: the fault's kind and message key, as the API writes them.
type problem struct {
	Kind string         `json:"kind"`
	Key  string         `json:"key"`
	Args map[string]any `json:"args,omitempty"`
}

// message joins a header and data that is JSON already, without encoding the data a second time.
func message(h header, data []byte) []byte {
	head, err := json.Marshal(h)
	if err != nil {
		panic(err) // strings and integers only: it cannot fail
	}
	if len(data) == 0 {
		return head
	}
	out := make([]byte, 0, len(head)+len(data)+len(`,"data":`))
	out = append(out, head[:len(head)-1]...)
	out = append(out, `,"data":`...)
	out = append(out, data...)
	return append(out, '}')
}

// problemOf is the data of an error message for err; what is no fault is not shown.
func problemOf(err error) []byte {
	f := fault.As(err)
	if f == nil {
		f = fault.New(fault.Unavailable, "live.failed")
	}
	data, err := json.Marshal(problem{f.Kind.String(), f.Key, f.Args})
	if err != nil {
		data, _ = json.Marshal(problem{Kind: f.Kind.String(), Key: f.Key})
	}
	return data
}
