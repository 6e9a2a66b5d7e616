// Package herd opens thousands of WebSockets to a room, for load drivers and benchmarks: what a server costs shows only
// when those who listen cost little, and in another process.
//
// A herd is meant to run in a child process, whose own processor time nobody counts: the child calls Command with its
// standard input and output, the parent steers it through a Remote. On Linux one goroutine reads all sockets through
// epoll, without a goroutine, a library or a buffer a socket.
package herd

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strconv"
	"time"
)

// Config is whom to listen to.
type Config struct {
	// Addr is host:port, Path what is asked for there, with its query.
	Addr, Path string
	// Header is sent with each request, such as a session's cookie; Host and what WebSockets need are added.
	Header map[string]string
	// Room is joined by each of the Sockets.
	Room    string
	Sockets int
	// Stamp is the JSON key whose number says when a state changed, in Unix nanoseconds, anywhere in the first kilobyte
	// of a message; empty is the header's "at", in milliseconds.
	Stamp string
}

// Report is what a herd heard since the report before. Times are from the stamp to the socket being read, in
// milliseconds; both ends are on one machine.
type Report struct {
	// Open sockets, and those that were closed since the beginning.
	Open, Closed int
	// Messages with a state, Snapshots among them; Gaps are pushes that did not follow the message before.
	Messages, Snapshots, Gaps int64
	Bytes                     int64
	P50, P99, Most            float64
}

// spread counts latencies in steps of 0.1 ms up to 20 s.
type spread struct {
	steps [200_000]int32
	n     int64
	most  time.Duration
}

func (s *spread) add(d time.Duration) {
	s.n++
	s.most = max(s.most, d)
	s.steps[min(max(0, int(d/(100*time.Microsecond))), len(s.steps)-1)]++
}

// at is the latency that the given share stays below, in milliseconds.
func (s *spread) at(share float64) float64 {
	left := int64(share * float64(s.n))
	for i, n := range s.steps {
		if left -= int64(n); left < 0 {
			return float64(i+1) / 10
		}
	}
	return 0
}

// request is the handshake of one socket.
func (c Config) request() []byte {
	key := make([]byte, 16)
	rand.Read(key)
	var b bytes.Buffer
	fmt.Fprintf(&b, "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n", c.Path, c.Addr)
	fmt.Fprintf(&b, "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n", base64.StdEncoding.EncodeToString(key))
	for name, value := range c.Header {
		fmt.Fprintf(&b, "%s: %s\r\n", name, value)
	}
	b.WriteString("\r\n")
	return b.Bytes()
}

// The kinds of frames that a herd writes or understands.
const (
	textFrame  = 1
	closeFrame = 8
	pingFrame  = 9
	pongFrame  = 10
)

// frame is a client's frame of up to 125 bytes; its mask is zero, which is one of the masks there are.
func frame(kind byte, data []byte) []byte {
	return append([]byte{0x80 | kind, 0x80 | byte(len(data)), 0, 0, 0, 0}, data...)
}

func (c Config) join() []byte {
	return frame(textFrame, []byte(`{"type":"join","room":`+strconv.Quote(c.Room)+`}`))
}

// next cuts the first whole frame off b; size 0 means that more must be read first.
func next(b []byte) (kind byte, data []byte, size int) {
	if len(b) < 2 {
		return 0, nil, 0
	}
	head, n := 2, int(b[1]&0x7f)
	switch {
	case n == 126 && len(b) >= 4:
		head, n = 4, int(binary.BigEndian.Uint16(b[2:]))
	case n == 127 && len(b) >= 10:
		head, n = 10, int(binary.BigEndian.Uint64(b[2:]))
	case n >= 126:
		return 0, nil, 0
	}
	if len(b) < head+n {
		return 0, nil, 0
	}
	return b[0] & 0x0f, b[head : head+n], head + n
}

// number reads the digits behind a JSON key in the first kilobyte.
func number(text []byte, key string) (int64, bool) {
	text = text[:min(len(text), 1024)]
	i := bytes.Index(text, []byte(key))
	if i < 0 {
		return 0, false
	}
	rest, n, digits := text[i+len(key):], int64(0), 0
	for digits < len(rest) && rest[digits] >= '0' && rest[digits] <= '9' {
		n = n*10 + int64(rest[digits]-'0')
		digits++
	}
	return n, digits > 0
}
