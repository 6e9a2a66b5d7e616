package journal

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// hash is SHA-256 over the record's fields, each with its length before it, and the hash of the record before.
func hash(r Record) string {
	buf := make([]byte, 0, 256+len(r.Body))
	for _, s := range []string{r.Stream, r.Key, r.Request, r.Kind, r.Actor, r.Prev} {
		buf = binary.AppendUvarint(buf, uint64(len(s)))
		buf = append(buf, s...)
	}
	buf = binary.BigEndian.AppendUint64(buf, uint64(r.Seq))
	buf = binary.BigEndian.AppendUint64(buf, uint64(r.At.UnixMilli()))
	buf = binary.AppendUvarint(buf, uint64(len(r.Body)))
	buf = append(buf, r.Body...)
	sum := sha256.Sum256(buf)
	return hex.EncodeToString(sum[:])
}

// requestHash is the hash of what a request asked, from its JSON.
func requestHash(what any) (string, error) {
	b, err := json.Marshal(what)
	if err != nil {
		return "", fmt.Errorf("journal: a request that cannot be hashed: %w", err)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16]), nil
}

// Broken names the first record of a chain that does not hold, and why.
type Broken struct {
	ID  string
	Why string
}

// Error says which record is broken.
func (b *Broken) Error() string { return fmt.Sprintf("record %s: %s", b.ID, b.Why) }

// CheckChain checks that rec follows prev (the zero Record before the first): the same stream, the next seq, a time
// that does not run back, the hash before, and its own hash. It returns a *Broken.
func CheckChain(prev, rec Record) error {
	broken := func(format string, args ...any) error { return &Broken{rec.ID(), fmt.Sprintf(format, args...)} }
	switch {
	case prev.Seq > 0 && prev.Stream != rec.Stream:
		return broken("follows a record of %s", prev.Stream)
	case rec.Seq != prev.Seq+1:
		return broken("seq %d follows %d", rec.Seq, prev.Seq)
	case rec.At.Before(prev.At):
		return broken("its time runs back")
	case rec.Prev != prev.Hash:
		return broken("is not chained to the record before it")
	case rec.Hash != hash(rec):
		return broken("its content does not match its hash")
	}
	return nil
}
