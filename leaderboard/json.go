package leaderboard

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"sync"
	"time"

	"firebrand/internal/calendar"
	"firebrand/internal/member"
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

// text is a board as it was encoded, and when that holds.
type text struct {
	Text
	version string
	names   int64
	at      time.Time
	board   Board
}

// Text is a board as JSON with its ETag, quotes included. It is handed to everyone, so that its rows say only who they
// are, and its bytes must not be changed.
type Text struct {
	Body []byte
	ETag string
	// ends is where each row ends, before its brace, by who it is.
	ends map[string]int
}

// Mine is the board with the row of one person marked, for whom alone it is; own is false where it has no such row.
func (t Text) Mine(memberID string) (body []byte, own bool) {
	end, own := t.ends[member.Who(memberID)]
	if !own {
		return nil, false
	}
	body = make([]byte, 0, len(t.Body)+len(markMe))
	return append(append(append(body, t.Body[:end]...), markMe...), t.Body[end:]...), true
}

// markMe is what a row of Row.Me has more than others.
const markMe = `,"me":true`

// TopJSON is Top as JSON: encoded once for each change of the board or of a name on it. Its faults are those of Top.
func (s *Service) TopJSON(ctx context.Context, m calendar.Month, board string, n int) (Text, error) {
	if !validBoard(board) {
		return Text{}, noBoard()
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
		return held.Text, nil
	}
	b, err := s.Top(ctx, m, board, id.n)
	if err != nil {
		return Text{}, err
	}
	if held == nil || !sameBoard(held.board, b) {
		held = &text{board: b}
		if held.Text, err = encoded(b); err != nil || b.Stale {
			return held.Text, err
		}
	}
	// A copy, since others may be reading the one before.
	kept := *held
	kept.version, kept.names, kept.at = version, names, now
	s.texts.keep(id, &kept)
	return kept.Text, nil
}

// encode encodes a board that is not to be kept.
func (s *Service) encode(ctx context.Context, m calendar.Month, board string, n int) (Text, error) {
	b, err := s.Top(ctx, m, board, n)
	if err != nil {
		return Text{}, err
	}
	return encoded(b)
}

func encoded(b Board) (t Text, err error) {
	if t.Body, err = json.Marshal(b); err != nil {
		return Text{}, err
	}
	sum := sha256.Sum256(t.Body)
	t.ETag, t.ends = `"`+hex.EncodeToString(sum[:12])+`"`, make(map[string]int, len(b.Rows))
	end := 0
	for _, row := range b.Rows {
		// Quotes within names are escaped, so that this is found nowhere but where the row says who it is, and the next brace
		// behind its points is its end.
		end += bytes.Index(t.Body[end:], []byte(`"who":"`+row.Who+`"`))
		end += bytes.Index(t.Body[end:], []byte(`,"points":`))
		end += bytes.IndexByte(t.Body[end:], '}')
		t.ends[row.Who] = end
	}
	return t, nil
}

func (t *texts) keep(id textID, kept *text) {
	if t.held == nil || len(t.held) >= textsMost {
		t.held = map[textID]*text{}
	}
	t.held[id] = kept
}

// AroundJSON is Around as JSON, put together from what is ready of each row: there is another one for every member, so that
// none can be kept. Its faults are those of Around.
func (s *Service) AroundJSON(ctx context.Context, m calendar.Month, board, memberID string, n int) ([]byte, error) {
	id, read, closed, err := s.around(ctx, m, board, memberID, n)
	if err != nil {
		return nil, err
	}
	people, err := s.peopleOf(ctx, id, read)
	if err != nil {
		return nil, err
	}
	name, updated, err := quoted(id.name, read.read)
	if err != nil {
		return nil, err
	}
	b := make([]byte, 0, 200+160*len(read.rows))
	b = append(append(append(b, `{"board":`...), name...), `,"month":"`...)
	b = append(append(b, m.String()...), `","total":`...)
	b = append(strconv.AppendInt(b, int64(read.total), 10), `,"rows":[`...)
	for i, row := range read.rows {
		if people[i] != nil {
			b = append(appendRow(b, row, people[i], row.account == memberID), ',')
		}
	}
	b = append(append(bytes.TrimSuffix(b, []byte(",")), `],"updated":`...), updated...)
	if closed {
		b = append(b, `,"closed":true`...)
	}
	return append(b, '}'), nil
}

// quoted are the fields of a board that are not of digits alone, as JSON.
func quoted(name string, read time.Time) (board, updated []byte, err error) {
	if board, err = json.Marshal(name); err != nil {
		return nil, nil, err
	}
	updated, err = read.MarshalJSON()
	return board, updated, err
}

// appendRow adds a Row as JSON.
func appendRow(b []byte, at placed, p *person, me bool) []byte {
	b = strconv.AppendInt(append(b, `{"rank":`...), int64(at.rank), 10)
	b = strconv.AppendInt(append(b, p.shown...), at.points, 10)
	if me {
		b = append(b, markMe...)
	}
	return append(b, '}')
}

// shownOf is what a Row as JSON has between its rank and its points.
func shownOf(p *person) []byte {
	row, err := json.Marshal(Row{Who: p.who, Name: p.name, Company: p.company.Name})
	if err != nil {
		return nil // never: texts only
	}
	return bytes.TrimSuffix(bytes.TrimPrefix(row, []byte(`{"rank":0`)), []byte(`0}`))
}
