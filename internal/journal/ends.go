package journal

import (
	"sync"

	"firebrand/internal/store"
)

// endsMost bounds how many streams' ends are remembered of each family, some kilobytes each.
const endsMost = 4096

// ends remembers the newest records of the streams that this process wrote last, so that a writer need not read what it
// has just written. An end may be old where another process wrote meanwhile: a decision on it then ends in Conflict, and
// a refusal on it is made again on the stored end. Balances are never read from here. Each family has its own, so that
// many short streams, as orders are, do not push out the few long ones that they pay into.
type ends struct {
	mu   sync.Mutex
	last store.Recent[Record]
}

// get returns a stream's remembered end.
func (e *ends) get(stream string) (Record, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.last.Get(stream)
}

// put remembers a record as its stream's end, unless a newer one is known.
func (e *ends) put(rec Record) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if known, ok := e.last.Get(rec.Stream); !ok || known.Seq <= rec.Seq {
		e.last.Put(rec.Stream, rec, endsMost)
	}
}

// drop forgets a stream's end, because what stands in the store is not known.
func (e *ends) drop(stream string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.last.Drop(stream)
}
