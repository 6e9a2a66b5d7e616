// Package notify keeps the messages that members find in the program itself: a prize is on its way, somebody bid more, a
// month's board is closed. Whatever happens to a member in their absence is told here.
//
// The rule that matters most: a message has an id that its sender derives from what happened, so that telling twice,
// after a crash or by two processes, is telling once. A message holds a text key and its arguments, never words, because
// whoever reads it chooses the language.
package notify

import (
	"time"

	"firebrand/internal/fault"
)

const (
	// Kept is how long a message is kept, read or not.
	Kept = 180 * 24 * time.Hour
	// UnreadMost is where counting of unread messages ends.
	UnreadMost = 100
	// PageMost is the longest page of an inbox.
	PageMost = 100

	// maxID bounds an id, maxText a key and a link and maxArgs the encoded arguments, in bytes.
	maxID, maxText, maxArgs = 200, 500, 4000
)

// Message is one message to one member.
type Message struct {
	// ID is derived from what happened ("outbid/<auction>/<seq>"), the same however often it is told. It says to whom,
	// where several are told of one thing.
	ID     string
	Member string
	// Key is the text's key, whose placeholders Args fills: texts, numbers, truths, and texts in several languages
	// (anything that encodes as an object of strings). When read, whole numbers are int64, others float64, and texts in
	// several languages map[string]string.
	Key  string
	Args map[string]any
	// Link is where to go from it, a path of this site; empty where there is nothing to see.
	Link string
	At   time.Time
	// Read is when it was read; zero until then.
	Read time.Time
}

func noMessage() error { return fault.New(fault.NotFound, "notify.no_message") }
