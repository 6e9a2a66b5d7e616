// Package fault holds the eight kinds of error that Firebrand tells people and machines about.
//
// A room returns a fault where it knows what went wrong and what the person can do about it. A fault carries a
// message key, never a sentence: the sentence stands in the three catalogues of web/ui, and only web/errors.go knows
// status codes. An error that is no fault is a defect: it becomes a 500 and is logged.
package fault

import (
	"errors"
	"fmt"
	"time"
)

// Kind is what went wrong, seen from the person who asked.
type Kind int

// The eight kinds. The zero Kind is none of them and stands for an error that is no fault.
const (
	// Invalid: the request itself is wrong, and repeating it unchanged will not help.
	Invalid Kind = iota + 1
	// NotFound: there is no such thing, or not for this person.
	NotFound
	// Conflict: the state of the world does not allow it (taken, sold out, too late); load again and decide again.
	Conflict
	// KeyReused: the idempotency key already served another request.
	KeyReused
	// Forbidden: the person is known and may not do this.
	Forbidden
	// SignedOut: nobody is signed in, or the session has ended.
	SignedOut
	// TooMany: too often or too much; RetryAfter says when it may work again.
	TooMany
	// Unavailable: a store does not answer or cannot keep what it is given; safe to repeat with the same key.
	Unavailable
)

var names = map[Kind]string{
	Invalid: "invalid", NotFound: "not_found", Conflict: "conflict", KeyReused: "key_reused",
	Forbidden: "forbidden", SignedOut: "signed_out", TooMany: "too_many", Unavailable: "unavailable",
}

// String is the kind's word, as the API writes it.
func (k Kind) String() string { return names[k] }

// Error is one fault. Build it with New and the With methods; compare it with Is.
type Error struct {
	Kind Kind
	// Key names the message in the catalogues, for example "points.short".
	Key string
	// Args fill the message's named places; values are numbers, strings or times.
	Args map[string]any
	// Field names the form field or JSON pointer at fault, empty where there is none.
	Field string
	// RetryAfter is how long to wait before asking again; zero where waiting does not help.
	RetryAfter time.Duration
	// Cause is for the log only and never reaches a person.
	Cause error
}

// New makes a fault of kind with the message key and its named arguments as pairs: New(Conflict, "points.short", "short", 40).
// It panics on an odd number of pairs or a name that is no string, which is a defect of the caller.
func New(kind Kind, key string, pairs ...any) *Error {
	e := &Error{Kind: kind, Key: key}
	if len(pairs)%2 != 0 {
		panic("fault.New: odd number of arguments for " + key)
	}
	for i := 0; i < len(pairs); i += 2 {
		if e.Args == nil {
			e.Args = make(map[string]any, len(pairs)/2)
		}
		e.Args[pairs[i].(string)] = pairs[i+1]
	}
	return e
}

// On returns a copy of e that names the field at fault.
func (e *Error) On(field string) *Error { c := *e; c.Field = field; return &c }

// Because returns a copy of e with the cause that the log shows.
func (e *Error) Because(cause error) *Error { c := *e; c.Cause = cause; return &c }

// After returns a copy of e that says when to try again.
func (e *Error) After(d time.Duration) *Error { c := *e; c.RetryAfter = d; return &c }

// Error is the text for logs and command lines, in English and with the key.
func (e *Error) Error() string {
	s := e.Kind.String() + ": " + e.Key
	if len(e.Args) > 0 {
		s += fmt.Sprintf(" %v", e.Args)
	}
	if e.Field != "" {
		s += " (" + e.Field + ")"
	}
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

// Unwrap gives the cause to errors.Is and errors.As.
func (e *Error) Unwrap() error { return e.Cause }

// As returns the outermost fault in err's chain, or nil.
func As(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}

// KindOf returns the kind of the outermost fault in err's chain, or zero when there is none.
func KindOf(err error) Kind {
	if e := As(err); e != nil {
		return e.Kind
	}
	return 0
}

// Is reports whether err is a fault of this kind.
func Is(err error, kind Kind) bool { return err != nil && KindOf(err) == kind }
