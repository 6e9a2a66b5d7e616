package live_test

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"
)

// plainFrame is a push as a hub writes it, of the same length.
func plainFrame(kind string, n int) []byte {
	text := fmt.Appendf(nil, `{"type":%q,"room":"board:all","epoch":"ABCDEFGHIJKL","n":%d,"at":%d,"data":{"changed":%d,"rows":%q}}`,
		kind, n, time.Now().UnixMilli(), time.Now().UnixNano(), strings.Repeat("x", 900))
	return append(binary.BigEndian.AppendUint16([]byte{0x81, 126}, uint16(len(text))), text...)
}

// What the least possible server pays: one write a delivery and nothing else. What the hub pays is held against this.
func BenchmarkPlainWrites(b *testing.B) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	conns := make(chan net.Conn, crowd)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			in := bufio.NewReader(conn)
			for line := "-"; line != "\r\n" && err == nil; {
				line, err = in.ReadString('\n')
			}
			_, _ = conn.Write([]byte("HTTP/1.1 101 Switching Protocols\r\n\r\n"))
			_, _ = in.ReadByte() // the request to join
			_, _ = conn.Write(plainFrame("snapshot", 1))
			conns <- conn
		}
	}()
	r := startHerd(b, "ws://"+l.Addr().String()+"/live", "board:all", crowd)
	all := make([]net.Conn, crowd)
	for i := range all {
		all[i] = <-conns
	}
	heard(b, r)
	begun, n := processor(b), 1
	for b.Loop() {
		n++
		text := plainFrame("push", n)
		for _, conn := range all {
			_, _ = conn.Write(text)
		}
		time.Sleep(200 * time.Millisecond)
	}
	used := processor(b) - begun
	time.Sleep(300 * time.Millisecond)
	got := heard(b, r)
	b.ReportMetric(used.Seconds()/float64(got.Messages)*1e6, "CPU-s/M")
	b.ReportMetric(got.P50, "p50-ms")
	b.ReportMetric(got.P99, "p99-ms")
}
