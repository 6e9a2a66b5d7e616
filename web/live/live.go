// Package live keeps rooms over WebSocket: boards, and whatever else many people watch at once. A client joins a room,
// gets a snapshot of its state, and then each newer state as it comes.
//
// The rule that matters most: a room is state, not a log. Between two writes to a connection only the newest state of a
// room is kept for it, so a slow client skips to the newest and slows nobody. A state is computed once, encoded once
// and handed to everyone; it is remembered, so that a herd of reconnecting clients costs nothing but its sockets.
//
// Messages are JSON texts. The server writes
//
//	{"type":"snapshot"|"push"|"error"|"pong","room":…,"epoch":…,"n":…,"at":unixMillis,"data":…}
//
// and reads {"type":"join","room":…}, {"type":"leave","room":…}, {"type":"ping"}. Epoch is drawn when the hub starts; n
// grows by one with each state of a room. A push follows the message of n-1; a snapshot may stand anywhere and begins
// anew. A client that sees a gap joins again and gets a snapshot.
package live

import (
	"context"
	"encoding/json"
	"time"

	"firebrand/internal/fault"
)

// The bounds of a room and of a connection.
const (
	// Tick is the least time between two states of a room: five a second.
	Tick = 200 * time.Millisecond
	// MaxMessage is the longest message a client may send, in bytes; a longer one closes the connection.
	MaxMessage = 1024
	// MaxRooms is how many rooms one connection may watch.
	MaxRooms = 8
	// MessagesPerSecond and MessageBurst bound what a client may send; more closes the connection with code 1008.
	MessagesPerSecond = 10
	MessageBurst      = 20
	// PingEvery is how often a silent peer is asked for a sign of life, and DeadAfter how long one may be missing.
	PingEvery = 25 * time.Second
	DeadAfter = 60 * time.Second
	// WriteWait is how long one message may take to be written before the client is dropped.
	WriteWait = 5 * time.Second
	// SnapshotWait bounds one call of Room.Snapshot.
	SnapshotWait = 3 * time.Second
)

// Room is a kind of room: all the rooms whose names match the pattern it was opened under.
type Room struct {
	// Snapshot returns the present state of the room of this name, to be encoded as JSON, the same for everyone who
	// watches. It is called for rooms that changed and are watched, at most once in Tick and never twice at a time for
	// one room. fault.NotFound closes the room; after any other error the last state stays and Snapshot is asked again.
	Snapshot func(ctx context.Context, name string) (any, error)
}

// Options are what a hub needs.
type Options struct {
	// Now is the clock of "at", of rate limits and of the sockets' deadlines.
	Now func() time.Time
	// Authorise decides whether this person may watch the room; its fault is shown to the client. Identity is what
	// Serve was given. Nil lets everyone in. It must be quick: the connection waits for it.
	Authorise func(identity any, room string) error
	// Failed hears of errors and panics that are no fault of a client; nil ignores them.
	Failed func(error)
}

// Kinds of messages that the server writes.
const (
	typeSnapshot = "snapshot"
	typePush     = "push"
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
