package catalog_test

import (
	"encoding/xml"
	"fmt"
	"image/color"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/boombuler/barcode/qr"

	"firebrand/catalog"
	"firebrand/internal/fault"
)

func TestQR(t *testing.T) {
	t.Run("the path covers exactly the dark modules, inside a quiet zone", func(t *testing.T) {
		const text = "https://firebrand.example/v/7K3M9QWZ"
		svg, err := catalog.QR(text)
		must(t, err)
		must(t, xml.Unmarshal([]byte(svg), new(struct{})))
		drawn := map[string]bool{}
		for _, m := range regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1`).FindAllStringSubmatch(svg, -1) {
			x, _ := strconv.Atoi(m[1])
			length, _ := strconv.Atoi(m[3])
			for i := range length {
				drawn[fmt.Sprint(x+i-4, " ", m[2])] = true
			}
		}
		code, err := qr.Encode(text, qr.M, qr.Auto)
		must(t, err)
		size, dark := code.Bounds().Dx(), 0
		for x := range size {
			for y := range size {
				black := code.At(x, y) == color.Black
				if black {
					dark++
				}
				want(t, fmt.Sprint("module ", x, " ", y), drawn[fmt.Sprint(x, " ", y+4)], black)
			}
		}
		want(t, "dark modules", len(drawn), dark)
		if !strings.Contains(svg, fmt.Sprintf(`viewBox="0 0 %d %d"`, size+8, size+8)) {
			t.Fatal("no quiet zone")
		}
	})
	t.Run("text that no QR code holds is refused", func(t *testing.T) {
		_, err := catalog.QR(strings.Repeat("я", 2000))
		wantFault(t, err, fault.Invalid, "catalog.qr")
	})
}
