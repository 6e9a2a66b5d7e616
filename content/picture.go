package content

import (
	"bytes"
	"image"
	_ "image/gif" // decodes GIF
	"image/jpeg"
	"image/png"

	"golang.org/x/image/draw"
	_ "golang.org/x/image/webp" // decodes WebP

	"firebrand/internal/fault"
)

// jpegQuality is where a photograph on a phone shows no loss that anybody would point at.
const jpegQuality = 82

// redraw decodes a picture and draws it anew in the two widths, the wide one first; a narrow picture has one. The size
// that its header claims is looked at before anything is decoded: a few bytes can claim gigabytes.
func redraw(data []byte) ([]rendition, error) {
	config, kind, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, fault.New(fault.Invalid, "content.picture_unreadable").Because(err)
	}
	w, h := config.Width, config.Height
	if w < 1 || h < 1 || w > MaxPictureSide || h > MaxPictureSide || w*h > MaxPicturePixels {
		return nil, fault.New(fault.Invalid, "content.picture_large", "max", MaxPicturePixels/1_000_000, "side", MaxPictureSide)
	}
	decoded, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fault.New(fault.Invalid, "content.picture_unreadable").Because(err)
	}
	turn := 1
	if kind == "jpeg" {
		turn = orientation(data)
	}
	wide, err := rendered(decoded, turn, WideWidth)
	if err != nil || wide.width <= NarrowWidth {
		return []rendition{wide}, err
	}
	narrow, err := rendered(decoded, turn, NarrowWidth)
	return []rendition{wide, narrow}, err
}

// rendered scales the picture to at most width pixels as it will stand, turns it upright and encodes it.
func rendered(from image.Image, turn, width int) (rendition, error) {
	b := from.Bounds()
	w, h := b.Dx(), b.Dy()
	upright := w
	if turn >= 5 {
		upright = h
	}
	if upright > width {
		w, h = max(1, w*width/upright), max(1, h*width/upright)
	}
	scaled := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.ApproxBiLinear.Scale(scaled, scaled.Bounds(), from, b, draw.Src, nil)
	return encode(turned(scaled, turn))
}

// encode writes a picture as JPEG, or as PNG where something shines through it.
func encode(m *image.RGBA) (rendition, error) {
	r := rendition{kind: "image/jpeg", width: m.Bounds().Dx(), height: m.Bounds().Dy()}
	var out bytes.Buffer
	var err error
	if m.Opaque() {
		err = jpeg.Encode(&out, m, &jpeg.Options{Quality: jpegQuality})
	} else {
		r.kind = "image/png"
		err = png.Encode(&out, m)
	}
	r.data = out.Bytes()
	return r, err
}

// turned brings a picture upright from the orientation that EXIF names, 1 (upright already) to 8.
func turned(m *image.RGBA, turn int) *image.RGBA {
	if turn < 2 || turn > 8 {
		return m
	}
	w, h := m.Bounds().Dx(), m.Bounds().Dy()
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	if turn >= 5 {
		out = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	for y := range h {
		for x := range w {
			var tx, ty int
			switch turn {
			case 2:
				tx, ty = w-1-x, y
			case 3:
				tx, ty = w-1-x, h-1-y
			case 4:
				tx, ty = x, h-1-y
			case 5:
				tx, ty = y, x
			case 6:
				tx, ty = h-1-y, x
			case 7:
				tx, ty = h-1-y, w-1-x
			case 8:
				tx, ty = y, w-1-x
			}
			out.SetRGBA(tx, ty, m.RGBAAt(x, y))
		}
	}
	return out
}
