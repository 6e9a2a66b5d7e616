package budget

import (
	"slices"
	"time"

	"firebrand/internal/fault"
)

// Kind is what a record of a budget did; it is the journal record's kind.
type Kind string

// The kinds.
const (
	KindSet     Kind = "set"     // a person made the budget or changed it
	KindReserve Kind = "reserve" // a process took a chunk, in place of the one it had
	KindClose   Kind = "close"   // a process gave its chunk back
	KindRecount Kind = "recount" // chunks without a process were counted anew from the points journal
	KindWarn    Kind = "warned"
	KindStop    Kind = "stopped"
)

// Chunk is a part of a budget that one process may give without asking.
type Chunk struct {
	// ID is the process's; it has one chunk of a budget at a time.
	ID     string
	Amount int64
	// Until is when the process gives nothing of it any more; zero where no other process can write.
	Until time.Time
}

// State is a budget as its last record left it. States are values.
type State struct {
	Budget Budget
	Seq    int64
	// Version counts the records of kind "set", By made the newest.
	Version int64
	By      string
	// Settled is what was given outside the open chunks, net of what reversals brought back.
	Settled int64
	Chunks  []Chunk
	// WarnedAt and StoppedAt are zero until it happens, and again when the limit is set anew; Asked is what the award
	// that was refused asked for.
	WarnedAt, StoppedAt time.Time
	Asked               int64
}

// Reserved is what is given or may be given without asking. It never exceeds the limit but where the limit was lowered.
func (s State) Reserved() int64 {
	n := s.Settled
	for _, c := range s.Chunks {
		n += c.Amount
	}
	return n
}

// Free is what may still be reserved, never below zero.
func (s State) Free() int64 { return max(0, s.Budget.Limit-s.Reserved()) }

// share is the part of what is free that one reservation takes where less is needed: large enough that a budget of
// millions is reserved in some hundred records. Where several processes give it is smaller, so that they come to the
// limit together, and so that one that was killed keeps little back from the others, until a moment in which none of
// them has a chunk.
const (
	share      = 8
	shareAmong = 64
)

// reserve gives the process id a chunk with at least need in it, in place of the one it has, of which it used some. It
// fails with fault.Conflict ("budget.short", arg "left") where the limit does not allow it.
func (s State) reserve(id string, used, need int64, until time.Time) (State, error) {
	next := s.close(id, used)
	free := next.Free()
	if need > free {
		return s, fault.New(fault.Conflict, "budget.short", "left", free)
	}
	part := free / share
	if !until.IsZero() {
		part = free / shareAmong
	}
	next.Chunks = append(next.Chunks, Chunk{id, min(free, max(need, part)), until})
	return next, nil
}

// close ends the chunk of a process that gave so much since the last record; used is below zero where more came back
// than was given.
func (s State) close(id string, used int64) State {
	s.Chunks = slices.DeleteFunc(slices.Clone(s.Chunks), func(c Chunk) bool { return c.ID == id })
	s.Settled += used
	return s
}

// chunk is what a process may give of the budget without asking.
func (s State) chunk(id string) Chunk {
	for _, c := range s.Chunks {
		if c.ID == id {
			return c
		}
	}
	return Chunk{}
}

// recount ends every chunk, with what the points journal says was given in all.
func (s State) recount(given int64) State {
	s.Chunks, s.Settled = nil, given
	return s
}

// orphans reports whether there are chunks, and all of them are over: then, and only then, the journal alone says what
// they gave.
func (s State) orphans(now time.Time) bool {
	for _, c := range s.Chunks {
		if c.Until.IsZero() || now.Before(c.Until) {
			return false
		}
	}
	return len(s.Chunks) > 0
}

// set puts what a person decided in place of what was. What was said of the old limit is over.
func (s State) set(b Budget, by string) State {
	s.Budget, s.By = b, by
	s.Version++
	s.WarnedAt, s.StoppedAt, s.Asked = time.Time{}, time.Time{}, 0
	return s
}

// warnDue reports whether so many points given make a warning due that was not recorded.
func (s State) warnDue(given int64) bool {
	at := s.Budget.warnsAt()
	return at > 0 && given >= at && s.WarnedAt.IsZero()
}

// view is the budget as people read it, with what the journal says was given, spent and ended of its points.
func (s State) view(t Sums, pending int64) View {
	v := View{
		Budget: s.Budget, Committed: t.Net(), Expected: pending, Spent: t.Spent - t.Refunded, Ended: t.Expired + t.Burned,
		WarnedAt: s.WarnedAt, StoppedAt: s.StoppedAt, Refused: s.Asked, By: s.By, Version: s.Version,
	}
	v.Left = s.Budget.Limit - v.Committed
	warn := s.Budget.warnsAt()
	v.Warned = !s.WarnedAt.IsZero() || warn > 0 && v.Committed >= warn
	v.Stopped = v.Left <= 0 || s.Asked > 0 && v.Left < s.Asked
	return v
}
