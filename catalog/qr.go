package catalog

import (
	"fmt"
	"strings"

	"github.com/boombuler/barcode/qr"

	"firebrand/internal/fault"
)

// quietZone is the empty border that a scanner needs, in modules.
const quietZone = 4

// QR draws text as a QR code: a self-contained SVG element of one path, black on white whatever the page's theme,
// because scanners need the contrast. It scales to whatever size it is given. Text longer than a QR code holds (about
// 2,300 bytes) is fault.Invalid ("catalog.qr").
func QR(text string) (string, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return "", fault.New(fault.Invalid, "catalog.qr").Because(err)
	}
	size := code.Bounds().Dx()
	dark := func(x, y int) bool { r, _, _, _ := code.At(x, y).RGBA(); return r == 0 }
	var path strings.Builder
	for y := range size {
		for x := 0; x < size; x++ {
			if !dark(x, y) {
				continue
			}
			from := x
			for x < size && dark(x, y) {
				x++
			}
			fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", from+quietZone, y+quietZone, x-from, x-from)
		}
	}
	whole := size + 2*quietZone
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" shape-rendering="crispEdges" aria-hidden="true">`+
		`<path fill="#fff" d="M0 0h%dv%dH0z"/><path fill="#000" d="%s"/></svg>`, whole, whole, whole, whole, path.String()), nil
}
