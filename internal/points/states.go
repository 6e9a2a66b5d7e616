package points

import (
	"sync"

	"firebrand/internal/journal"
	"firebrand/internal/store"
)

// statesMost bounds how many accounts' states are remembered, some kilobytes each.
const statesMost = 4096

// states remembers what the newest records of accounts say, so that nobody reads twice what was read or written before.
// It answers for the very record that it is asked about, by its hash: which record is the newest is never taken from
// here. The zero value is ready; it is safe for concurrent use.
type states struct {
	mu     sync.Mutex
	recent store.Recent[known]
}

// known is an account's state as of the record with this hash.
type known struct {
	hash  string
	state State
}

// of is the account as this record left it. Nobody changes a state, so that it can be shared.
func (m *states) of(rec journal.Record) (State, error) {
	if rec.Seq == 0 {
		return State{}, nil
	}
	m.mu.Lock()
	k, _ := m.recent.Get(rec.Stream)
	m.mu.Unlock()
	if k.hash == rec.Hash {
		return k.state, nil
	}
	state, err := StateOf(rec)
	if err == nil {
		m.put(rec, state)
	}
	return state, err
}

// put remembers what a record says, unless a newer one of its account is known.
func (m *states) put(rec journal.Record, state State) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if k, ok := m.recent.Get(rec.Stream); !ok || k.state.Seq <= rec.Seq {
		m.recent.Put(rec.Stream, known{rec.Hash, state}, statesMost)
	}
}
