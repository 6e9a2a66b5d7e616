package member

import (
	"crypto/sha256"
	"encoding/hex"
)

// Who is how a member is told from others before people who must not learn their id, as on boards and in auctions: a
// short hash, from which the id cannot be had. It is the same everywhere and for ever.
func Who(memberID string) string {
	sum := sha256.Sum256([]byte("board/" + memberID))
	return hex.EncodeToString(sum[:8])
}
