package herd

import (
	"bytes"
	"time"
)

// socket is one of the herd: its last n, and what has been read of a frame that is not whole yet.
type socket struct {
	n    int64
	rest []byte
}

// tally is a report in the making.
type tally struct {
	config Config
	// key is the stamp as it stands in a message, and unit what it counts in.
	key  string
	unit time.Duration
	Report
	late *spread
}

func newTally(c Config) *tally {
	t := &tally{config: c, late: &spread{}, key: `"at":`, unit: time.Millisecond}
	if c.Stamp != "" {
		t.key, t.unit = `"`+c.Stamp+`":`, time.Nanosecond
	}
	return t
}

// take counts the whole frames of what a socket has read so far and returns what to answer; over means that the server
// closed it.
func (t *tally) take(s *socket, read []byte, now time.Time) (answer []byte, over bool) {
	t.Bytes += int64(len(read))
	if len(s.rest) > 0 {
		read = append(s.rest, read...)
	}
	for {
		kind, data, size := next(read)
		if size == 0 {
			break
		}
		read = read[size:]
		switch kind {
		case textFrame:
			t.count(s, data, now)
		case pingFrame:
			answer = append(answer, frame(pongFrame, data)...)
		case closeFrame:
			return answer, true
		}
	}
	if len(read) == 0 {
		s.rest = nil
	} else {
		s.rest = append([]byte(nil), read...)
	}
	return answer, false
}

var snapshotKind, pushKind = []byte(`{"type":"snapshot"`), []byte(`{"type":"push"`)

func (t *tally) count(s *socket, text []byte, now time.Time) {
	n, _ := number(text, `"n":`)
	switch {
	case bytes.HasPrefix(text, snapshotKind):
		t.Snapshots++
	case !bytes.HasPrefix(text, pushKind):
		return
	case n != s.n+1:
		t.Gaps++
	}
	s.n = n
	t.Messages++
	if stamp, ok := number(text, t.key); ok {
		t.late.add(now.Sub(time.Unix(0, stamp*int64(t.unit))))
	}
}

// report is what was heard since the one before.
func (t *tally) report() Report {
	r := t.Report
	r.P50, r.P99, r.Most = t.late.at(0.5), t.late.at(0.99), float64(t.late.most)/float64(time.Millisecond)
	t.Report, t.late = Report{Open: r.Open, Closed: r.Closed}, &spread{}
	return r
}
