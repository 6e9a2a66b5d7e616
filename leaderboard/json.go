package leaderboard

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"sync"
	"time"

	"firebrand/internal/calendar"
)

// textsMost bounds the encoded boards that are kept in memory.
const textsMost = 500

// texts keeps boards as they were encoded last.
type texts struct {
	mu   sync.Mutex
	held map[textID]*text
}

type textID struct {
	boardID
	n int
}

// text is a board as JSON. It is handed to everyone and never changed.
type text struct {
	version string
	names   int64
	at      time.Time
	board   Board
	body    []byte
	etag    string
}

// TopJSON is Top as JSON with its ETag, quotes included: encoded once for each change of the board or of a name on it and
// handed to everyone, so the bytes must not be changed. Its faults are those of Top.
func (s *Service) TopJSON(ctx context.Context, m calendar.Month, board string, n int) (body []byte, etag string, err error) {
	if !validBoard(board) {
		return nil, "", noBoard()
	}
	at, err := s.mark(ctx, m)
	if err != nil {
		return s.encode(ctx, m, board, n) // which knows what was shown last
	}
	id := textID{boardID{month: m, name: board}, min(max(n, 0), MaxRows)}
	version, names, now := at.of(board), s.names.changes.Load(), s.now()
	s.texts.mu.Lock()
	defer s.texts.mu.Unlock()
	held := s.texts.held[id]
	if held != nil && held.version == version && held.names == names && now.Sub(held.at).Abs() < knownFor {
		return held.body, held.etag, nil
	}
	b, err := s.Top(ctx, m, board, id.n)
	if err != nil {
		return nil, "", err
	}
	if held == nil || !sameBoard(held.board, b) {
		held = &text{board: b}
		if held.body, held.etag, err = encoded(b); err != nil || b.Stale {
			return held.body, held.etag, err
		}
	}
	// A copy, since others may be reading the one before.
	kept := *held
	kept.version, kept.names, kept.at = version, names, now
	s.texts.keep(id, &kept)
	return kept.body, kept.etag, nil
}

// encode encodes a board that is not to be kept.
func (s *Service) encode(ctx context.Context, m calendar.Month, board string, n int) ([]byte, string, error) {
	b, err := s.Top(ctx, m, board, n)
	if err != nil {
		return nil, "", err
	}
	return encoded(b)
}

func encoded(b Board) (body []byte, etag string, err error) {
	if body, err = json.Marshal(b); err != nil {
		return nil, "", err
	}
	sum := sha256.Sum256(body)
	return body, `"` + hex.EncodeToString(sum[:12]) + `"`, nil
}

func (t *texts) keep(id textID, kept *text) {
	if t.held == nil || len(t.held) >= textsMost {
		t.held = map[textID]*text{}
	}
	t.held[id] = kept
}
