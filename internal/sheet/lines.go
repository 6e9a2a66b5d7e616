package sheet

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	utf16 "golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// line is one line of a text without its end.
type line struct {
	number int
	text   string
	flaw   Flaw
}

// lines splits a text at \n, \r\n or \r and decodes it line by line.
type lines struct {
	in     *bufio.Reader
	read   *counted
	number int
	ansi   bool // Windows-1251
	// told says that a letter beyond ASCII has told the encoding, so that it may not change any more.
	told bool
	// skip says that the last line ended in \r, so that a \n that follows belongs to it.
	skip bool
	// open says that the last line that was read had no end.
	open bool
	buf  []byte
}

// counted counts what was read of the file.
type counted struct {
	io.Reader
	n int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += int64(n)
	return n, err
}

// newLines begins at the start of a file whose encoding is known.
func newLines(r io.ReaderAt, size int64, enc encoding) *lines {
	read := &counted{Reader: io.NewSectionReader(r, enc.mark, size-enc.mark), n: enc.mark}
	var in io.Reader = read
	if enc.wide {
		in = transform.NewReader(read, utf16.UTF16(utf16.LittleEndian, utf16.UseBOM).NewDecoder())
	}
	return &lines{in: bufio.NewReaderSize(in, 64<<10), read: read, ansi: enc.ansi, told: enc.told}
}

// next is the next line, blank ones included, or io.EOF.
func (l *lines) next() (line, error) {
	l.buf = l.buf[:0]
	long, any := false, false
	for {
		part, err := l.in.Peek(1)
		if err != nil && !errors.Is(err, io.EOF) {
			return line{}, err
		}
		if len(part) == 0 {
			if !any {
				return line{}, io.EOF
			}
			l.open = true
			break
		}
		part, _ = l.in.Peek(l.in.Buffered())
		if l.skip {
			l.skip = false
			if part[0] == '\n' {
				_, _ = l.in.Discard(1)
				continue
			}
		}
		any = true
		end := lineEnd(part)
		keep := part
		if end >= 0 {
			keep = part[:end]
		}
		if len(l.buf)+len(keep) > MaxLine {
			long, keep = true, nil
		}
		l.buf = append(l.buf, keep...)
		if end < 0 {
			_, _ = l.in.Discard(len(part))
			continue
		}
		l.skip, l.open = part[end] == '\r', false
		_, _ = l.in.Discard(end + 1)
		break
	}
	l.number++
	if long {
		return line{number: l.number, flaw: Long}, nil
	}
	text, flaw := l.decode(l.buf)
	return line{number: l.number, text: text, flaw: flaw}, nil
}

// lineEnd is where the first line ends, -1 where it does not.
func lineEnd(b []byte) int {
	lf := bytes.IndexByte(b, '\n')
	if lf >= 0 {
		b = b[:lf]
	}
	if cr := bytes.IndexByte(b, '\r'); cr >= 0 {
		return cr
	}
	return lf
}

// decode makes UTF-8 of a line. A text that was ASCII so far may turn out to be Windows-1251 late.
func (l *lines) decode(b []byte) (string, Flaw) {
	if bytes.IndexByte(b, 0) >= 0 {
		return "", Encoding
	}
	if !l.ansi {
		if utf8.Valid(b) {
			l.told = l.told || !ascii(b)
			return string(b), ""
		}
		if l.told || !looksCyrillic(fromANSI(b)) {
			return "", Encoding
		}
		l.ansi, l.told = true, true
	}
	text := fromANSI(b)
	if bytes.IndexByte(b, 0x98) >= 0 { // the one byte that Windows-1251 does not have
		return "", Encoding
	}
	return text, ""
}

func fromANSI(b []byte) string {
	text, _ := charmap.Windows1251.NewDecoder().Bytes(b) // every byte is something
	return string(text)
}

func ascii(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
