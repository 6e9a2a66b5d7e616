package load

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// askers is how many connections ask at once. What a request costs a server depends on how busy it is: one that is woken
// for each request pays for waking, so that askers must be many and cost little themselves.
const askers = 64

// asker asks a server for pages over one kept connection. It does no more than reading answers to their end.
type asker struct {
	conn net.Conn
	in   *bufio.Reader
	host string
}

func newAsker(ctx context.Context, at string) (*asker, error) {
	u, err := url.Parse(at)
	if err != nil {
		return nil, err
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", u.Host)
	if err != nil {
		return nil, err
	}
	return &asker{conn, bufio.NewReaderSize(conn, 16<<10), u.Host}, nil
}

// get asks for a path with a session, and fails where the answer is not a 200.
func (a *asker) get(request []byte) error {
	if _, err := a.conn.Write(request); err != nil {
		return err
	}
	status, err := a.in.ReadSlice('\n')
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(status, []byte("HTTP/1.1 200")) {
		return fmt.Errorf("%.40s: %.60q", request, status)
	}
	length := -1
	for {
		line, err := a.in.ReadSlice('\n')
		if err != nil {
			return err
		}
		if len(line) <= 2 {
			break
		}
		if value, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return err
			}
		}
	}
	if length < 0 {
		return fmt.Errorf("%.40s: the answer does not say how long it is", request)
	}
	_, err = io.CopyN(io.Discard, a.in, int64(length))
	return err
}

// ask asks for a path n times over many connections, each of them with the session of a player.
func ask(ctx context.Context, at, path string, players []player, n int) error {
	g, ctx := errgroup.WithContext(ctx)
	var next atomic.Int64
	for i := range askers {
		g.Go(func() error {
			a, err := newAsker(ctx, at)
			if err != nil {
				return err
			}
			defer a.conn.Close() //nolint:errcheck // everything was read
			if err := a.conn.SetDeadline(time.Now().Add(10 * startWait)); err != nil {
				return err
			}
			request := fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: %s\r\nCookie: fb_session=%s\r\n\r\n", path, a.host, players[i%len(players)].token)
			for next.Add(1) <= int64(n) && ctx.Err() == nil {
				if err := a.get(request); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}
