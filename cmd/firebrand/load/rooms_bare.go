package load

import (
	"bufio"
	"context"
	"crypto/sha1" //nolint:gosec // WebSocket's handshake is made of it
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
)

// bareServer is the baseline of rooms: it answers handshakes and writes one frame to every connection, one after the
// other, and can do nothing else. A client that does not read stops it.
type bareServer struct {
	mu    sync.Mutex
	conns []net.Conn
	n     int
}

func serveBare(ctx context.Context, in io.Reader, out io.Writer) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	b := &bareServer{}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go b.admit(conn)
		}
	}()
	err = obey(ctx, l.Addr().String(), in, out, b.changed)
	return errors.Join(err, l.Close())
}

// admit answers a handshake, takes the request to join as read and sends the first state.
func (b *bareServer) admit(conn net.Conn) {
	req, err := http.ReadRequest(bufio.NewReaderSize(conn, 2048))
	if err != nil {
		_ = conn.Close()
		return
	}
	sum := sha1.Sum([]byte(req.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")) //nolint:gosec // see above
	fmt.Fprintf(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
		base64.StdEncoding.EncodeToString(sum[:]))
	var join [64]byte
	if _, err := conn.Read(join[:]); err != nil {
		_ = conn.Close()
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, err := conn.Write(b.frame("snapshot")); err == nil {
		b.conns = append(b.conns, conn)
	}
}

// changed writes a new state to everyone.
func (b *bareServer) changed() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.n++
	push := b.frame("push")
	for _, conn := range b.conns {
		_, _ = conn.Write(push) // whoever is gone is gone
	}
}

// frame is a state as one frame of a WebSocket.
func (b *bareServer) frame(kind string) []byte {
	data, _ := json.Marshal(stated()) // texts and numbers only
	text := fmt.Appendf(nil, `{"type":%q,"room":%q,"epoch":"bare","n":%d,"at":0,"data":%s}`, kind, paceRoom, b.n, data)
	const whole, long = 0x81, 126
	return append(binary.BigEndian.AppendUint16([]byte{whole, long}, uint16(len(text))), text...) //nolint:gosec // about a kilobyte
}
