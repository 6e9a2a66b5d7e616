package sheet_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"testing"

	"firebrand/internal/sheet"
)

func FuzzText(f *testing.F) {
	f.Add([]byte(list))
	f.Add([]byte("\xFF\xFEa\x00,\x00"))
	f.Add([]byte("a,\"b\nc\"\r\rd,\"e"))
	f.Add([]byte(" 00004 0001 19970101  2   29.33\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if bytes.HasPrefix(data, []byte("PK")) {
			return
		}
		r, err := sheet.Open(bytes.NewReader(data), int64(len(data)), sheet.Options{Score: named("номер"), Spaces: true})
		if errors.Is(err, sheet.ErrEncoding) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		last := r.Header().Line
		for {
			row, err := r.Next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				// A wide text that ends within a letter is the one thing that shows only later.
				t.Fatal(err)
			}
			if row.Line <= last || (row.Flaw == "") == (row.Cells == nil) {
				t.Fatalf("after line %d: %+v", last, row)
			}
			last = row.Line
		}
	})
}

// What the standard library takes for one row is the same row here.
func FuzzQuotes(f *testing.F) {
	f.Add(`a,"b ""c""",d`)
	f.Add(`"a",b"c,"d"e`)
	f.Fuzz(func(t *testing.T, text string) {
		if strings.ContainsAny(text, "\r\n\x00;\t") || strings.TrimSpace(text) == "" {
			return
		}
		theirs := csv.NewReader(strings.NewReader(text))
		want, err := theirs.Read()
		if err != nil {
			return
		}
		// The header fixes the separator.
		file := "номер,сума\n" + text + "\n"
		r, err := sheet.Open(strings.NewReader(file), int64(len(file)), sheet.Options{Score: named("номер", "сума")})
		if err != nil {
			return
		}
		row, err := r.Next()
		if err != nil || row.Flaw == "" && strings.Join(row.Cells, "\x01") != strings.Join(want, "\x01") {
			t.Errorf("%q: %q, not %q (%v)", text, row.Cells, want, err)
		}
	})
}
