package live

import (
	"bufio"
	"encoding/base64"
	"net"
	"net/http"
	"strings"
	"sync"

	engine "github.com/fasthttp/websocket"
	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/websocket/v2"

	"firebrand/internal/fault"
)

// readBuffer holds what has been read of a connection and not yet looked at; control frames must fit.
const readBuffer = 256

// upgrader writes the answer to a handshake. The pool stays empty, because nothing but frames of our own is written
// later: without it every connection would keep a buffer.
var upgrader = engine.Upgrader{
	ReadBufferSize: readBuffer, WriteBufferPool: &sync.Pool{},
	CheckOrigin: func(*http.Request) bool { return true }, // Upgrade has
}

// KeepSockets lets an app's server hand connections over whole. Otherwise it keeps for each socket what it read the
// request with, its buffer and the request, which is more than a connection needs in all, and would pool the
// connection afterwards. It is called before the app serves; whatever else it hijacks must be closed by who did.
func KeepSockets(app *fiber.App) { app.Server().KeepHijackedConns = true }

// Upgrade makes the request a connection to the rooms, for as long as either side wishes. Identity is whoever is signed
// in. Still is asked every PingEvery, and after Recheck, whether they may stay, since a sign-out or a dismissal does not
// end a socket by itself; nil asks nothing.
//
// It fails with fault.NotFound ("fault.not_found") for what is no handshake and with fault.Forbidden ("fault.origin")
// for one from a page that is not ours.
func (h *Hub) Upgrade(c *fiber.Ctx, identity any, still func() bool) error {
	if !websocket.IsWebSocketUpgrade(c) || !newest(c) {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	if !SameOrigin(c.Get("Origin"), c.Hostname()) {
		return fault.New(fault.Forbidden, "fault.origin")
	}
	request := &http.Request{Method: http.MethodGet, Header: http.Header{
		"Connection": {"Upgrade"}, "Upgrade": {"websocket"}, "Sec-Websocket-Version": {"13"},
		"Sec-Websocket-Key": {strings.Clone(c.Get("Sec-WebSocket-Key"))},
	}}
	kept := c.App().Server().KeepHijackedConns
	c.Context().HijackSetNoResponse(true)
	c.Context().Hijack(func(conn net.Conn) {
		conn = rawOf(conn)
		if !kept {
			h.take(conn, request, identity, still)
			return
		}
		go func() { // the server lets go of what it read the request with when this function returns
			defer conn.Close() //nolint:errcheck // nobody is left to hear of it
			h.take(conn, request, identity, still)
		}()
	})
	return nil
}

// take answers the handshake and serves the connection until its end.
func (h *Hub) take(raw net.Conn, request *http.Request, identity any, still func() bool) {
	defer h.caught("a connection")
	conn, err := upgrader.Upgrade(handshake{raw}, request, nil)
	if err == nil { // else the peer is gone
		h.serve(conn, raw, identity, still)
	}
}

// newest reports whether a request speaks the one version of the protocol that there is, and has a key.
func newest(c *fiber.Ctx) bool {
	key, err := base64.StdEncoding.DecodeString(c.Get("Sec-WebSocket-Key"))
	return err == nil && len(key) == 16 && strings.TrimSpace(c.Get("Sec-WebSocket-Version")) == "13"
}

// rawOf is the connection itself, without the server's wrapping, which another client may be given later. What a client
// sent before it was answered is lost with the wrapping; none may.
func rawOf(conn net.Conn) net.Conn {
	if wrapped, ok := conn.(interface{ UnsafeConn() net.Conn }); ok {
		return wrapped.UnsafeConn()
	}
	return conn
}

// handshake hands a connection to the library, which expects a server of the standard library's.
type handshake struct{ conn net.Conn }

func (w handshake) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return w.conn, bufio.NewReadWriter(bufio.NewReaderSize(w.conn, 16), bufio.NewWriterSize(w.conn, 512)), nil
}

func (w handshake) Header() http.Header { return http.Header{} }

func (w handshake) WriteHeader(int) {}

func (w handshake) Write(b []byte) (int, error) { return len(b), nil }
