package testenv

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"slices"
	"sync"
	"testing"
)

// Proxy stands before a MongoDB. It can cut every connection and take no new one, as when the primary is gone, and lose
// an answer after the server did what was asked. A serial one lets a single message through at a time, from the question
// to its answer, because FerretDB loses updates that meet.
type Proxy struct {
	listener net.Listener
	target   string
	serial   bool
	// turn is held while a serial proxy waits for an answer.
	turn sync.Mutex

	mu    sync.Mutex
	cut   bool
	lose  int
	conns map[net.Conn]bool
}

// opMsg is the code of the one kind of message that today's drivers send, and moreToCome its flag for one that is not
// answered, or whose answer goes on in the next.
const (
	opMsg      = 2013
	moreToCome = 1 << 1
)

// startProxy runs a proxy for the length of the test.
func startProxy(t testing.TB, target string, serial bool) *Proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{listener: l, target: target, serial: serial, conns: map[net.Conn]bool{}}
	go p.accept()
	t.Cleanup(func() {
		_ = l.Close()
		p.Cut()
	})
	return p
}

// Addr is where the proxy listens: host and port on this machine.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Cut ends every connection, in the middle of whatever it is doing, and takes no new one until Mend.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = true
	for conn := range p.conns {
		_ = conn.Close()
	}
	clear(p.conns)
}

// Mend takes connections again.
func (p *Proxy) Mend() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut, p.lose = false, 0
}

// Lose lets the next n writes reach the server, and cuts their connection instead of handing over the answer.
func (p *Proxy) Lose(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lose = n
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		go p.serve(client)
	}
}

// keep remembers a connection so that it can be cut; false where none is taken now.
func (p *Proxy) keep(conn net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.cut {
		p.conns[conn] = true
	}
	return !p.cut
}

func (p *Proxy) forget(conn net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, conn)
	_ = conn.Close()
}

// serve passes one connection's messages on until either side ends it.
func (p *Proxy) serve(client net.Conn) {
	defer p.forget(client)
	if !p.keep(client) {
		return
	}
	server, err := net.Dial("tcp", p.target)
	if err != nil {
		return
	}
	defer p.forget(server)
	if !p.keep(server) {
		return
	}
	for {
		question, err := readMessage(client)
		if err != nil {
			return
		}
		if err := p.pass(client, server, question); err != nil {
			return
		}
	}
}

var errLost = errors.New("the answer is lost on purpose")

// pass hands one question over and its answer back.
func (p *Proxy) pass(client, server net.Conn, question []byte) error {
	answers, err := p.ask(server, question)
	if err != nil {
		return err
	}
	for _, answer := range answers {
		if _, err := client.Write(answer); err != nil {
			return err
		}
	}
	// A server that pushes, as a genuine one does to who watches it, goes on until it has said its last.
	for len(answers) > 0 && !p.serial && goesOn(answers[0]) {
		answer, err := readMessage(server)
		if err != nil {
			return err
		}
		if _, err := client.Write(answer); err != nil {
			return err
		}
		answers[0] = answer
	}
	return nil
}

// ask sends a question and reads its answer, none where the question wants none.
func (p *Proxy) ask(server net.Conn, question []byte) ([][]byte, error) {
	// Who only asks how the server is does not wait behind what it is doing: the driver would take it for dead.
	if p.serial && !isCommand(question, "hello", "isMaster", "ismaster", "ping") {
		p.turn.Lock()
		defer p.turn.Unlock()
	}
	if _, err := server.Write(question); err != nil {
		return nil, err
	}
	if goesOn(question) {
		return nil, nil
	}
	answer, err := readMessage(server)
	if err == nil && p.loses(question) {
		return nil, errLost
	}
	return [][]byte{answer}, err
}

// loses reports whether the answer to this question is one to lose.
func (p *Proxy) loses(question []byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lose == 0 || !isCommand(question, "insert", "update", "delete") {
		return false
	}
	p.lose--
	return true
}

// isCommand reports whether a message is one of these commands. The name stands behind the header of 16 bytes, four of
// flags, one for the kind of section, and the length and type that a document begins with. A message of the older kind,
// which is a driver's first word, is a greeting.
func isCommand(message []byte, names ...string) bool {
	const at = 16 + 4 + 1 + 4 + 1
	if len(message) < at || binary.LittleEndian.Uint32(message[12:]) != opMsg {
		return names[0] == "hello"
	}
	name, _, _ := bytes.Cut(message[at:], []byte{0})
	return slices.Contains(names, string(name))
}

func goesOn(message []byte) bool {
	return len(message) >= 20 && binary.LittleEndian.Uint32(message[12:]) == opMsg &&
		binary.LittleEndian.Uint32(message[16:])&moreToCome != 0
}

// mostMessage is the longest message of the protocol: 48 MB.
const mostMessage = 48_000_000

// readMessage reads one message, which begins with its own length.
func readMessage(r io.Reader) ([]byte, error) {
	var length [4]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return nil, err
	}
	n := binary.LittleEndian.Uint32(length[:])
	if n < 16 || n > mostMessage {
		return nil, errors.New("this is no message of MongoDB's")
	}
	message := make([]byte, n)
	copy(message, length[:])
	_, err := io.ReadFull(r, message[4:])
	return message, err
}
