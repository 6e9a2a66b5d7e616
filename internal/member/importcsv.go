package member

import (
	"bytes"
	"encoding/csv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	utf16 "golang.org/x/text/encoding/unicode"

	"firebrand/internal/fault"
)

// joinWithin is over how many lines of the file a quoted cell may run.
const joinWithin = 20

// readCSV reads a text file whose cells are separated by whichever of semicolon, comma and tab finds the best header.
func readCSV(data []byte) ([]line, header, error) {
	text, err := decodeText(data)
	if err != nil {
		return nil, header{}, err
	}
	texts := strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text), "\n")
	var best rune
	var found, score = header{}, -1
	for _, comma := range ";,\t" {
		if h, n := findHeader(splitLines(texts, comma, headerWithin)); n > score {
			best, found, score = comma, h, n
		}
	}
	// One row more than may be taken is enough to refuse the file.
	return splitLines(texts, best, headerWithin+maxRows+1), found, nil
}

// splitLines splits up to limit rows that are not blank.
func splitLines(texts []string, comma rune, limit int) []line {
	var lines []line
	for at := 0; at < len(texts) && len(lines) < limit; {
		if strings.TrimSpace(texts[at]) == "" {
			at++
			continue
		}
		cells, used := splitLine(texts[at:], comma)
		lines = append(lines, line{number: at + 1, cells: cells, broken: cells == nil})
		at += used
	}
	return lines
}

// splitLine splits the first row of texts and says how many of them it used. A quotation mark that is opened and not
// closed must not swallow the rows behind it: then the line alone is broken, and cells is nil.
func splitLine(texts []string, comma rune) (cells []string, used int) {
	if cells := parseCSV(texts[0], comma, false); cells != nil {
		return cells, 1
	}
	if strings.Count(texts[0], `"`)%2 == 0 {
		return parseCSV(texts[0], comma, true), 1
	}
	for n := 2; n <= min(joinWithin, len(texts)); n++ {
		if cells := parseCSV(strings.Join(texts[:n], "\n"), comma, false); cells != nil {
			return cells, n
		}
	}
	return nil, 1
}

// parseCSV parses exactly one row, or returns nil. Lazy takes quotation marks within a cell as they stand.
func parseCSV(text string, comma rune, lazy bool) []string {
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = comma, lazy, -1
	rows, err := r.ReadAll()
	if err != nil || len(rows) != 1 {
		return nil
	}
	return rows[0]
}

// decodeText makes UTF-8 of UTF-8 with or without its mark, of UTF-16 with its mark, and of Windows-1251, which is what
// spreadsheets here save a CSV as. Anything else is fault.Invalid "member.import_encoding", not a guess.
func decodeText(data []byte) (string, error) {
	if bytes.HasPrefix(data, []byte{0xFF, 0xFE}) || bytes.HasPrefix(data, []byte{0xFE, 0xFF}) {
		decoded, err := utf16.UTF16(utf16.LittleEndian, utf16.UseBOM).NewDecoder().Bytes(data)
		if err != nil {
			return "", badEncoding()
		}
		data = decoded
	}
	data = bytes.TrimPrefix(data, []byte("\uFEFF"))
	if bytes.IndexByte(data, 0) >= 0 {
		return "", badEncoding()
	}
	if utf8.Valid(data) {
		return string(data), nil
	}
	text, err := charmap.Windows1251.NewDecoder().Bytes(data)
	if err != nil || !looksCyrillic(string(text)) {
		return "", badEncoding()
	}
	return string(text), nil
}

// looksCyrillic reports whether a text decoded from Windows-1251 reads like one. Other encodings of Cyrillic come out
// with letters that no language here has (CP866), or with capitals where small letters belong (KOI8).
func looksCyrillic(text string) bool {
	var letters, others, rises, falls int
	var before rune
	for _, r := range text {
		switch {
		case r < 0x80:
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

func badEncoding() error { return fault.New(fault.Invalid, "member.import_encoding").On("file") }
