package journal

import "sync"

// endsMost bounds how many streams' ends are remembered of each family, some kilobytes each.
const endsMost = 4096

// ends remembers the newest records of the streams that this process wrote last, so that a writer need not read what it
// has just written. An end may be old where another process wrote meanwhile: a decision on it then ends in Conflict, and
// a refusal on it is made again on the stored end. Balances are never read from here. Each family has its own, so that
// many short streams, as orders are, do not push out the few long ones that they pay into.
type ends struct {
	mu sync.Mutex
	// young takes what comes; when it is half of endsMost it becomes old, and what was old is forgotten.
	young, old map[string]Record
}

// get returns a stream's remembered end.
func (e *ends) get(stream string) (Record, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if rec, ok := e.young[stream]; ok {
		return rec, true
	}
	rec, ok := e.old[stream]
	return rec, ok
}

// put remembers a record as its stream's end, unless a newer one is known.
func (e *ends) put(rec Record) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if known, ok := e.young[rec.Stream]; ok && known.Seq > rec.Seq {
		return
	}
	if e.young == nil || len(e.young) >= endsMost/2 {
		e.young, e.old = make(map[string]Record, endsMost/2), e.young
	}
	e.young[rec.Stream] = rec
	delete(e.old, rec.Stream)
}

// drop forgets a stream's end, because what stands in the store is not known.
func (e *ends) drop(stream string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.young, stream)
	delete(e.old, stream)
}
