package notify

import (
	"time"

	"firebrand/internal/store"
)

// row is a message as it is stored. Args are one JSON text; Unread is an index's half of Read.
type row struct {
	Member string    `json:"member"`
	Key    string    `json:"key"`
	Args   string    `json:"args"`
	Link   string    `json:"link"`
	At     time.Time `json:"at"`
	Read   time.Time `json:"read"`
	Unread bool      `json:"unread"`
}

var messageSpec = store.Spec{Name: "messages", Indexes: []store.Index{
	{Name: "member_at", Fields: []string{"member", "at"}},
	{Name: "member_unread", Fields: []string{"member", "unread", "at"}},
	{Name: "at", Fields: []string{"at"}},
}}

func (r row) message(id string) (Message, error) {
	args, err := readArgs(r.Args)
	return Message{ID: id, Member: r.Member, Key: r.Key, Args: args, Link: r.Link, At: r.At, Read: r.Read}, err
}
