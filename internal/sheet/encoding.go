package sheet

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// sampled is how much of a text's beginning tells its encoding.
const sampled = 256 << 10

// encoding is how the bytes of a text are to be read; nothing set is UTF-8.
type encoding struct {
	// mark is how many bytes of a byte order mark to pass over.
	mark int64
	// wide is UTF-16 with its mark, ansi Windows-1251.
	wide, ansi bool
	// told says that there were letters to tell it by.
	told bool
}

// encodingOf judges a text by its beginning: UTF-8 with or without its mark, UTF-16 with its mark, and Windows-1251, which is
// what spreadsheets here save a CSV as. Anything else is ErrEncoding, not a guess. A text in UTF-8 of which some lines are
// damaged is taken for one: those lines say so by themselves.
func encodingOf(r io.ReaderAt) (encoding, error) {
	sample := make([]byte, sampled)
	n, err := r.ReadAt(sample, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return encoding{}, err
	}
	whole := err != nil
	sample = sample[:n]
	switch {
	case bytes.HasPrefix(sample, []byte{0xFF, 0xFE}), bytes.HasPrefix(sample, []byte{0xFE, 0xFF}):
		return encoding{wide: true, told: true}, nil
	case bytes.IndexByte(sample, 0) >= 0:
		return encoding{}, ErrEncoding
	case bytes.HasPrefix(sample, []byte("\uFEFF")):
		return encoding{mark: 3, told: true}, nil
	}
	if !whole { // the last line is cut
		if end := bytes.LastIndexAny(sample, "\r\n"); end > 0 {
			sample = sample[:end]
		}
	}
	if utf8.Valid(sample) {
		return encoding{told: !ascii(sample)}, nil
	}
	if looksCyrillic(fromANSI(sample)) {
		return encoding{ansi: true, told: true}, nil
	}
	return encoding{told: true}, damaged(sample)
}

// damaged is nil for a text of which few lines are no UTF-8, and ErrEncoding for one that is something else.
func damaged(sample []byte) error {
	bad, all := 0, 0
	for l := range bytes.FieldsFuncSeq(sample, func(r rune) bool { return r == '\n' || r == '\r' }) {
		all++
		if !utf8.Valid(l) {
			bad++
		}
	}
	if bad*10 > all {
		return ErrEncoding
	}
	return nil
}

// looksCyrillic reports whether a text decoded from Windows-1251 reads like one. Other encodings of Cyrillic come out
// with letters that no language here has (CP866), or with capitals where small letters belong (KOI8).
func looksCyrillic(text string) bool {
	var letters, others, rises, falls int
	var before rune
	for _, r := range text {
		switch {
		case r < utf8.RuneSelf:
		case strings.ContainsRune("«»№–—„“”‘’…\u00A0", r):
		case r >= 'А' && r <= 'я', strings.ContainsRune("ЁёІіЇїЄєҐґЎў", r):
			letters++
			if unicode.IsLower(before) && unicode.IsUpper(r) {
				rises++
			}
			if unicode.IsUpper(before) && unicode.IsLower(r) {
				falls++
			}
		default:
			others++
		}
		before = r
	}
	return letters > 9*others && rises <= falls
}
