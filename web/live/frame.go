package live

import (
	"encoding/binary"

	"github.com/gofiber/websocket/v2"
)

// framed is a whole unmasked frame, as a server writes it, of a text or a control message. What goes to thousands is
// framed once and then only written: the library's prepared messages take a lock, look into a map and set a deadline for
// each connection, which was a quarter of what a delivery cost beside the kernel's part.
func framed(kind int, data []byte) []byte {
	const final = 0x80
	b := make([]byte, 0, len(data)+10)
	b = append(b, final|byte(kind))
	switch n := len(data); {
	case n < 126:
		b = append(b, byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, 126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 127), uint64(n))
	}
	return append(b, data...)
}

func framedText(text []byte) []byte { return framed(websocket.TextMessage, text) }

func goodbye(code int, why string) []byte {
	return framed(websocket.CloseMessage, websocket.FormatCloseMessage(code, why))
}
