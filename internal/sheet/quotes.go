package sheet

import (
	"strings"
	"unicode/utf8"
)

// splitCells splits one row as RFC 4180 has it; ok is false where a quotation mark stands within a cell or is not closed.
// Lazy takes such marks as they stand and is always ok.
func splitCells(text string, comma rune, lazy bool) (cells []string, ok bool) {
	sep := string(comma)
	if !strings.Contains(text, `"`) {
		return strings.Split(text, sep), true
	}
	for {
		cell, rest, more, ok := cut(text, sep, lazy)
		if !ok {
			return nil, false
		}
		cells = append(cells, cell)
		if !more {
			return cells, true
		}
		text = rest
	}
}

// cut takes the first cell off; more says that a separator followed it.
func cut(text, sep string, lazy bool) (cell, rest string, more, ok bool) {
	if !strings.HasPrefix(text, `"`) {
		cell, rest, more = strings.Cut(text, sep)
		return cell, rest, more, lazy || !strings.Contains(cell, `"`)
	}
	var b strings.Builder
	for text = text[1:]; ; {
		inner, behind, closed := strings.Cut(text, `"`)
		b.WriteString(inner)
		next, width := utf8.DecodeRuneInString(behind)
		switch {
		case !closed:
			return b.String(), "", false, lazy
		case behind == "":
			return b.String(), "", false, true
		case next == '"':
			b.WriteByte('"')
			text = behind[width:]
		case strings.HasPrefix(behind, sep):
			return b.String(), behind[len(sep):], true, true
		case lazy:
			b.WriteByte('"')
			text = behind
		default:
			return "", "", false, false
		}
	}
}
