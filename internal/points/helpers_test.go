package points

import (
	"testing"

	"firebrand/internal/journal"
)

// recordOf is the record that the journal would keep of a change, for tests of the pure rules.
func recordOf(t testing.TB, c Change) journal.Record {
	return journal.Record{
		Stream: Stream(c.Op.Account), Seq: c.After.Seq, Key: c.Op.Key, Kind: string(c.Op.Kind), At: c.After.At,
		Actor: c.Op.Actor, Body: c.body(),
	}
}
