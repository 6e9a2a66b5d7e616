package content_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"firebrand/content"
	"firebrand/internal/fault"
)

var drill = content.Text{"ru": "Дрель"}

// halves is a picture whose left half is red and whose right half is blue, or nothing at all.
func halves(w, h int, through bool) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.NRGBA{R: 255, A: 255}
			if x >= w/2 {
				c = color.NRGBA{B: 255, A: 255}
				if through {
					c = color.NRGBA{}
				}
			}
			m.SetNRGBA(x, y, c)
		}
	}
	return m
}

func asPNG(t testing.TB, m image.Image) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// asJPEG encodes a picture with an EXIF segment that says how to turn it and where it was taken.
func asJPEG(t testing.TB, m image.Image, turn byte) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	exif := append([]byte("Exif\x00\x00MM\x00\x2A\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00"), turn, 0, 0, 0, 0, 0, 0)
	exif = append(exif, "Kyiv 50.45N"...)
	segment := binary.BigEndian.AppendUint16([]byte{0xFF, 0xE1}, uint16(len(exif)+2))
	return bytes.Join([][]byte{b.Bytes()[:2], segment, exif, b.Bytes()[2:]}, nil)
}

// claim is the header of a PNG that claims a size and holds nothing of it.
func claim(w, h uint32) []byte {
	head := append([]byte("IHDR"), 0, 0, 0, 0, 0, 0, 0, 0, 8, 6, 0, 0, 0)
	binary.BigEndian.PutUint32(head[4:], w)
	binary.BigEndian.PutUint32(head[8:], h)
	out := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), head...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(head))
}

func TestPictures(t *testing.T) {
	d := open(t, "UTC")
	shown := func(t *testing.T, id string, width int) (string, image.Image) {
		t.Helper()
		kind, data, err := d.Media(t.Context(), id, width)
		if err != nil {
			t.Fatal(err)
		}
		m, _, err := image.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		return kind, m
	}
	t.Run("a large photograph is kept in two widths", func(t *testing.T) {
		m := must[content.Medium](t)(d.AddMedia(t.Context(), "olena", "drill.png", asPNG(t, halves(2160, 400, false)), drill))
		if m.Type != "image/jpeg" || m.Width != 1080 || m.Height != 200 || m.Name != "drill.png" {
			t.Fatalf("medium %+v", m)
		}
		for asked, want := range map[int]int{0: 1080, 1080: 1080, 480: 480, 320: 480, 9999: 1080} {
			if kind, got := shown(t, m.ID, asked); kind != "image/jpeg" || got.Bounds().Dx() != want {
				t.Errorf("width %d gives %s %v", asked, kind, got.Bounds())
			}
		}
	})
	t.Run("what shines through stays so", func(t *testing.T) {
		m := must[content.Medium](t)(d.AddMedia(t.Context(), "olena", "logo.png", asPNG(t, halves(100, 50, true)), drill))
		kind, got := shown(t, m.ID, 0)
		if _, _, _, alpha := got.At(90, 10).RGBA(); kind != "image/png" || alpha != 0 || got.Bounds().Dx() != 100 {
			t.Fatalf("%s, alpha %d, %v", kind, alpha, got.Bounds())
		}
	})
	t.Run("a phone's photograph stands upright and does not tell where it was taken", func(t *testing.T) {
		// Turned by 6, the left half is the upper one; by 8 the lower.
		for turn, redAbove := range map[byte]bool{6: true, 8: false} {
			m := must[content.Medium](t)(d.AddMedia(t.Context(), "olena", "p.jpg", asJPEG(t, halves(60, 40, false), turn), drill))
			_, got := shown(t, m.ID, 0)
			red, _, _, _ := got.At(20, 5).RGBA()
			if m.Width != 40 || m.Height != 60 || (red > 0x8000) != redAbove {
				t.Errorf("turn %d: %d×%d, red above %v", turn, m.Width, m.Height, red > 0x8000)
			}
			_, data, _ := d.Media(t.Context(), m.ID, 0)
			if bytes.Contains(data, []byte("Kyiv")) || bytes.Contains(data, []byte("Exif")) {
				t.Error("the file's own data stayed")
			}
		}
	})
	t.Run("a GIF is taken", func(t *testing.T) {
		var b bytes.Buffer
		if err := gif.Encode(&b, halves(20, 20, false), nil); err != nil {
			t.Fatal(err)
		}
		must[content.Medium](t)(d.AddMedia(t.Context(), "olena", "a.gif", b.Bytes(), drill))
	})
	t.Run("the same picture twice is one, with the words of both", func(t *testing.T) {
		data := asPNG(t, halves(30, 30, false))
		a := must[content.Medium](t)(d.AddMedia(t.Context(), "olena", "a.png", data, drill))
		b := must[content.Medium](t)(d.AddMedia(t.Context(), "ivan", "b.png", data, content.Text{"uk": "Дриль"}))
		if a.ID != b.ID || b.Alt["ru"] != "Дрель" || b.Alt["uk"] != "Дриль" || b.Name != "a.png" {
			t.Fatalf("%+v and %+v", a, b)
		}
		if list := must[[]content.Medium](t)(d.Library(t.Context(), 100)); len(list) < 2 {
			t.Fatalf("library %v", list)
		}
	})
	for _, c := range []struct {
		why  string
		data []byte
		alt  content.Text
		key  string
	}{
		{"50 megapixels are refused by their header", claim(10_000, 5_000), drill, "content.picture_large"},
		{"a strip is refused by its header", claim(60_000, 10), drill, "content.picture_large"},
		{"a header alone is no picture", claim(100, 100), drill, "content.picture_unreadable"},
		{"more than 10 MB is refused unread", make([]byte, content.MaxPictureBytes+1), drill, "content.picture_heavy"},
		{"text is no picture", []byte("hello"), drill, "content.picture_unreadable"},
		{"nothing is no picture", nil, drill, "content.picture_unreadable"},
		{"a picture without words is refused", claim(1, 1), content.Text{"ru": " "}, "content.alt_missing"},
	} {
		t.Run(c.why, func(t *testing.T) {
			_, err := d.AddMedia(t.Context(), "olena", "x", c.data, c.alt)
			wants(t, err, fault.Invalid, c.key)
		})
	}
	t.Run("what is not there is not found", func(t *testing.T) {
		_, _, err := d.Media(t.Context(), "gone", 480)
		wants(t, err, fault.NotFound, "content.missing")
	})
}

const svgHead = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 12"`

func TestSVG(t *testing.T) {
	d := open(t, "UTC")
	t.Run("a drawing is written anew, without what its editor noted", func(t *testing.T) {
		m := must[content.Medium](t)(d.AddMedia(t.Context(), "olena", "d.svg", []byte(`<?xml version="1.0"?><!DOCTYPE svg><!-- me -->`+
			svgHead+` xmlns:i="http://inkscape" i:v="1" data-x="y"><metadata><a/></metadata><i:view><script/></i:view>
			<defs><linearGradient id="g"><stop offset="0" stop-color="#f60"/></linearGradient></defs>
			<path d="M0 0h24" fill="url(#g)"/><text x="1">a &lt; b</text></svg>`), drill))
		if m.Type != "image/svg+xml" || m.Width != 24 || m.Height != 12 {
			t.Fatalf("medium %+v", m)
		}
		kind, data, err := d.Media(t.Context(), m.ID, 480)
		got := string(data)
		if err != nil || kind != "image/svg+xml" || !strings.HasPrefix(got, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 12">`) {
			t.Fatalf("%v %s %s", err, kind, got)
		}
		for _, want := range []string{`fill="url(#g)"`, "a &lt; b", "linearGradient"} {
			if !strings.Contains(got, want) {
				t.Errorf("lost %s: %s", want, got)
			}
		}
		for _, gone := range []string{"metadata", "script", "view>", "data-x", "inkscape", "me", "DOCTYPE"} {
			if strings.Contains(got, gone) {
				t.Errorf("kept %s: %s", gone, got)
			}
		}
	})
	for _, c := range []struct{ why, body, key string }{
		{"a script", `><script>alert(1)</script></svg>`, "content.svg_forbidden"},
		{"a handler", ` onload="x()"/>`, "content.svg_forbidden"},
		{"a handler in capitals", `><g ONCLICK="x()"/></svg>`, "content.svg_forbidden"},
		{"a style sheet", `><style>*{}</style></svg>`, "content.svg_forbidden"},
		{"a style", `><g style="fill:url(http://e.org)"/></svg>`, "content.svg_forbidden"},
		{"foreign content", `><foreignObject/></svg>`, "content.svg_forbidden"},
		{"a link", `><a href="x"/></svg>`, "content.svg_forbidden"},
		{"a link of the old kind", `><g xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="x"/></svg>`, "content.svg_forbidden"},
		{"a picture from elsewhere", `><image/></svg>`, "content.svg_forbidden"},
		{"a fill from elsewhere", `><g fill="URL(http://e.org/#a)"/></svg>`, "content.svg_forbidden"},
		{"a fill with an escape", `><g fill="u\72l(http://e.org)"/></svg>`, "content.svg_forbidden"},
		{"motion", `><set attributeName="href" to="x"/></svg>`, "content.svg_forbidden"},
		{"an entity", `>&x;</svg>`, "content.svg_unreadable"},
		{"an end that is missing", `><g>`, "content.svg_unreadable"},
		{"a second root", `/><script/>`, "content.svg_unreadable"},
		{"what lies too deep", ">" + strings.Repeat("<g>", 100) + strings.Repeat("</g>", 100) + "</svg>", "content.svg_unreadable"},
		{"too much of it", ">" + strings.Repeat("<g/>", 60_000) + "</svg>", "content.svg_heavy"},
	} {
		t.Run(c.why+" is refused", func(t *testing.T) {
			_, err := d.AddMedia(t.Context(), "olena", "d.svg", []byte(svgHead+c.body), drill)
			wants(t, err, fault.Invalid, c.key)
		})
	}
	t.Run("a page is no drawing", func(t *testing.T) {
		for _, page := range []string{"<html><svg/></html>", `<svg xmlns="http://www.w3.org/1999/xhtml"><script/></svg>`, "<", "<!-- x -->"} {
			_, err := d.AddMedia(t.Context(), "olena", "d.svg", []byte(page), drill)
			wants(t, err, fault.Invalid, "content.svg_unreadable")
		}
	})
}

func FuzzAddMedia(f *testing.F) {
	d := open(f, "UTC")
	f.Add([]byte(svgHead + `><path d="M0 0"/></svg>`))
	f.Add([]byte(svgHead + ` xmlns:x="y"><x:g onload="a"/><g x:href="z"/><title>a</title></svg>`))
	f.Add(asJPEG(f, halves(8, 8, false), 6))
	f.Add(asPNG(f, halves(8, 8, true)))
	f.Add(claim(9, 9))
	f.Fuzz(func(t *testing.T, data []byte) {
		if c, _, err := image.DecodeConfig(bytes.NewReader(data)); err == nil && c.Width*c.Height > 1_000_000 {
			return // decoding what is large takes seconds, and finds nothing more
		}
		m, err := d.AddMedia(t.Context(), "olena", "x", data, drill)
		if err != nil {
			if fault.KindOf(err) != fault.Invalid {
				t.Fatal(err)
			}
			return
		}
		kind, out, err := d.Media(t.Context(), m.ID, 0)
		if err != nil {
			t.Fatal(err)
		}
		if kind != "image/svg+xml" {
			return
		}
		low := strings.ToLower(string(out))
		for _, s := range tag.FindAllString(low, -1) {
			s = quoted.ReplaceAllString(s, `""`)
			if strings.Contains(s, "<script") || strings.Contains(s, "href") || strings.Contains(s, "style=") || handler.MatchString(s) {
				t.Fatalf("%q keeps %q", data, s)
			}
		}
		// What was written anew is allowed as it stands.
		again, err := d.AddMedia(t.Context(), "olena", "x", out, drill)
		if err != nil {
			t.Fatalf("%q gives %q, which is refused: %v", data, out, err)
		}
		if _, twice, _ := d.Media(t.Context(), again.ID, 0); !bytes.Equal(twice, out) {
			t.Fatalf("%q is not stable: %q", out, twice)
		}
	})
}
