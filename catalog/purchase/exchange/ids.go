package exchange

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"firebrand/catalog/purchase"
)

// latin writes the letters of orders' numbers here in Latin ones.
var latin = strings.NewReplacer(
	"А", "A", "Б", "B", "В", "V", "Г", "H", "Ґ", "G", "Д", "D", "Е", "E", "Ё", "E", "Є", "E", "Ж", "ZH", "З", "Z", "И", "I", "І", "I", "Ї", "I",
	"Й", "I", "К", "K", "Л", "L", "М", "M", "Н", "N", "О", "O", "П", "P", "Р", "R", "С", "S", "Т", "T", "У", "U", "Ф", "F", "Х", "KH", "Ц", "TS",
	"Ч", "CH", "Ш", "SH", "Щ", "SHCH", "Ъ", "", "Ы", "Y", "Ь", "", "Э", "E", "Ю", "IU", "Я", "IA",
	"№", "", " ", "-", "/", "-", "\\", "-",
)

// idPrint is how many characters of an id are its fingerprint, with the sign before it.
const idPrint = 7

// storedID is an id of a file as orders may have it. ERPs here number their orders in Cyrillic, with slashes and spaces:
// those are written in Latin letters, with a fingerprint so that no two become one: "ЗК 00/1" is "ZK-00-1~" and six
// digits.
func storedID(id string) string {
	if id == "" || fits(id) {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	readable := strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return '_'
		}
		return r
	}, latin.Replace(strings.ToUpper(id)))
	readable = readable[:min(len(readable), purchase.MaxID-idPrint)]
	return readable + "~" + hex.EncodeToString(sum[:3])
}

// fits reports whether an id may stand as it is; one that is too long is refused by the room.
func fits(id string) bool {
	for i := range len(id) {
		if c := id[i]; c <= ' ' || c > '~' || c == '/' {
			return false
		}
	}
	return true
}
