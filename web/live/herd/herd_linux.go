package herd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"syscall"
	"time"
)

// openWait bounds how long a handshake, and the first snapshots, may take.
const openWait = 30 * time.Second

// Herd is the open sockets. Close ends them.
type Herd struct {
	poll    int
	now     func() time.Time
	sockets map[int]*socket
	buf     []byte
	stopped chan struct{}
	done    chan struct{}

	mu    sync.Mutex
	tally *tally
}

// Open connects all sockets, one after another, joins the room with each, and returns once all have had a snapshot.
func Open(ctx context.Context, now func() time.Time, c Config) (*Herd, error) {
	poll, err := syscall.EpollCreate1(0)
	if err != nil {
		return nil, fmt.Errorf("epoll: %w", err)
	}
	h := &Herd{
		poll: poll, now: now, sockets: map[int]*socket{}, buf: make([]byte, 256<<10), tally: newTally(c),
		stopped: make(chan struct{}), done: make(chan struct{}),
	}
	err = h.connect(ctx, c)
	go h.listen()
	if err == nil {
		err = h.joined(ctx, c.Sockets)
	}
	if err != nil {
		h.Close()
		return nil, err
	}
	return h, nil
}

func (h *Herd) connect(ctx context.Context, c Config) error {
	to, err := net.ResolveTCPAddr("tcp4", c.Addr)
	if err != nil {
		return err
	}
	addr := &syscall.SockaddrInet4{Port: to.Port, Addr: [4]byte(to.IP.To4())}
	for range c.Sockets {
		if err := ctx.Err(); err != nil {
			return err
		}
		fd, err := dial(addr, c)
		if err != nil {
			return err
		}
		h.sockets[fd] = &socket{}
		h.tally.Open++
		event := syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(fd)}
		if err := syscall.EpollCtl(h.poll, syscall.EPOLL_CTL_ADD, fd, &event); err != nil {
			return fmt.Errorf("epoll: %w", err)
		}
	}
	return nil
}

// dial opens one socket up to its request to join; from there on it does not block.
func dial(addr *syscall.SockaddrInet4, c Config) (fd int, err error) {
	fd, err = syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}
	defer func() {
		if err != nil {
			_ = syscall.Close(fd)
		}
	}()
	wait := syscall.NsecToTimeval(openWait.Nanoseconds())
	if err = syscall.SetsockoptTimeval(fd, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &wait); err != nil {
		return 0, err
	}
	if err = syscall.Connect(fd, addr); err != nil {
		return 0, err
	}
	if err = write(fd, c.request()); err != nil {
		return 0, err
	}
	if err = upgraded(fd); err != nil {
		return 0, err
	}
	if err = write(fd, c.join()); err != nil {
		return 0, err
	}
	return fd, syscall.SetNonblock(fd, true)
}

func write(fd int, b []byte) error {
	n, err := syscall.Write(fd, b)
	if err == nil && n < len(b) {
		err = errors.New("a short write")
	}
	return err
}

// upgraded reads the answer to the handshake; the server says nothing more before it is asked.
func upgraded(fd int) error {
	var head []byte
	buf := make([]byte, 2048)
	for !bytes.Contains(head, []byte("\r\n\r\n")) {
		n, err := syscall.Read(fd, buf)
		if err == syscall.EINTR {
			continue
		}
		if err != nil || n <= 0 {
			return fmt.Errorf("the handshake ended after %q: %w", head, errors.Join(err, syscall.ECONNRESET))
		}
		head = append(head, buf[:n]...)
	}
	if !bytes.HasPrefix(head, []byte("HTTP/1.1 101 ")) {
		return fmt.Errorf("the server answered %.300q", head)
	}
	return nil
}

// joined waits until every socket has had a snapshot.
func (h *Herd) joined(ctx context.Context, sockets int) error {
	for range openWait / (10 * time.Millisecond) {
		h.mu.Lock()
		got, closed := h.tally.Snapshots, h.tally.Closed
		h.mu.Unlock()
		if int(got) >= sockets {
			h.Report()
			return nil
		}
		if closed > 0 || ctx.Err() != nil {
			return fmt.Errorf("%d of %d sockets joined, %d were closed: %w", got, sockets, closed, ctx.Err())
		}
		time.Sleep(10 * time.Millisecond)
	}
	return fmt.Errorf("not all of %d sockets were let into the room", sockets)
}

// listen reads the sockets until Close.
func (h *Herd) listen() {
	defer close(h.done)
	events := make([]syscall.EpollEvent, 512)
	for {
		select {
		case <-h.stopped:
			return
		default:
		}
		n, err := syscall.EpollWait(h.poll, events, 100)
		if err != nil && err != syscall.EINTR {
			return
		}
		h.mu.Lock()
		for i := range max(0, n) {
			h.read(int(events[i].Fd))
		}
		h.mu.Unlock()
	}
}

func (h *Herd) read(fd int) {
	n, err := syscall.Read(fd, h.buf)
	if err == syscall.EAGAIN || err == syscall.EINTR {
		return
	}
	over := true
	if err == nil && n > 0 {
		var answer []byte
		if answer, over = h.tally.take(h.sockets[fd], h.buf[:n], h.now()); len(answer) > 0 && write(fd, answer) != nil {
			over = true
		}
	}
	if over {
		_ = syscall.Close(fd)
		delete(h.sockets, fd)
		h.tally.Open--
		h.tally.Closed++
	}
}

// Report is what was heard since the one before, or since Open.
func (h *Herd) Report() Report {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.tally.report()
}

// Close ends all sockets.
func (h *Herd) Close() {
	close(h.stopped)
	<-h.done
	for fd := range h.sockets {
		_ = syscall.Close(fd)
	}
	_ = syscall.Close(h.poll)
}
