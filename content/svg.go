package content

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"

	"firebrand/internal/fault"
)

const (
	svgSpace = "http://www.w3.org/2000/svg"
	// svgDepth bounds how deep elements lie in each other.
	svgDepth = 64
)

// svgElements may stand in an SVG: shapes, text, gradients, clips. Nothing that fetches, links, moves or runs.
var svgElements = set(`svg g defs title desc path rect circle ellipse line polyline polygon text tspan
	linearGradient radialGradient stop clipPath mask`)

// svgAttributes may stand on them; every other one is left out, or refused where it could act.
var svgAttributes = set(`id class viewBox width height x y x1 y1 x2 y2 cx cy r rx ry fx fy d points transform
	preserveAspectRatio opacity fill fill-opacity fill-rule stroke stroke-width stroke-opacity stroke-linecap
	stroke-linejoin stroke-miterlimit stroke-dasharray stroke-dashoffset vector-effect color clip-path clip-rule mask
	clipPathUnits maskUnits maskContentUnits gradientUnits gradientTransform spreadMethod offset stop-color stop-opacity
	font-family font-size font-weight font-style letter-spacing text-anchor dominant-baseline dx dy rotate
	textLength lengthAdjust role aria-label aria-hidden visibility display version`)

// localURL is the only use of url(): to a gradient, clip or mask of the same picture.
var localURL = regexp.MustCompile(`^url\(#[A-Za-z0-9_.-]+\)$`)

func set(words string) map[string]bool {
	m := map[string]bool{}
	for word := range strings.FieldsSeq(words) {
		m[word] = true
	}
	return m
}

// isSVG reports whether data looks like XML, which none of the other formats does.
func isSVG(data []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF")), " \t\r\n"), []byte("<"))
}

// cleanSVG writes an SVG anew from what is allowed. What could act (scripts, styles, links, foreign content, handlers)
// is refused by name rather than left out, so that nobody wonders where a part of the picture went; what editors note
// for themselves in name spaces of their own is left out.
func cleanSVG(data []byte) (rendition, error) {
	if len(data) > MaxSVGBytes {
		return rendition{}, fault.New(fault.Invalid, "content.svg_heavy", "max", MaxSVGBytes>>10)
	}
	c := svgCleaner{in: xml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF"))))}
	for {
		token, err := c.in.Token()
		if errors.Is(err, io.EOF) && c.depth == 0 && c.elements > 0 {
			return rendition{"image/svg+xml", c.width, c.height, c.out.Bytes()}, nil
		}
		if err == nil {
			err = c.token(token)
		}
		if fault.As(err) != nil {
			return rendition{}, err
		}
		if err != nil {
			return rendition{}, fault.New(fault.Invalid, "content.svg_unreadable").Because(err)
		}
	}
}

// svgCleaner writes what of a stream of XML tokens is allowed.
type svgCleaner struct {
	in              *xml.Decoder
	out             bytes.Buffer
	depth, elements int
	width, height   int
}

func (c *svgCleaner) token(token xml.Token) error {
	switch t := token.(type) {
	case xml.StartElement:
		return c.start(t)
	case xml.EndElement:
		c.depth--
		fmt.Fprintf(&c.out, "</%s>", t.Name.Local)
	case xml.CharData:
		if c.depth > 0 {
			return xml.EscapeText(&c.out, t)
		}
	}
	// Comments, instructions and a DOCTYPE are left out; entities that one declares are unknown to the decoder.
	return nil
}

func (c *svgCleaner) start(t xml.StartElement) error {
	name := t.Name.Local
	root := c.elements == 0
	if root && name != "svg" {
		return errors.New("the root is no svg")
	}
	if !root && c.depth == 0 {
		return errors.New("a second root")
	}
	if name == "metadata" || t.Name.Space != svgSpace && t.Name.Space != "" {
		if root {
			return errors.New("the root is of another name space")
		}
		return c.in.Skip()
	}
	if !svgElements[name] {
		return svgForbidden("<" + name + ">")
	}
	if c.depth++; c.depth > svgDepth {
		return errors.New("too deep")
	}
	c.elements++
	c.out.WriteString("<" + name)
	if root {
		c.out.WriteString(` xmlns="` + svgSpace + `"`)
		c.size(t.Attr)
	}
	for _, a := range t.Attr {
		if err := c.attribute(a); err != nil {
			return err
		}
	}
	c.out.WriteByte('>')
	return nil
}

func (c *svgCleaner) attribute(a xml.Attr) error {
	name, value := a.Name.Local, strings.TrimSpace(a.Value)
	low := strings.ToLower(name)
	if strings.HasPrefix(low, "on") || low == "style" || low == "href" || low == "src" {
		return svgForbidden(name)
	}
	if a.Name.Space != "" || !svgAttributes[name] {
		return nil
	}
	folded := strings.ToLower(value)
	if strings.Contains(folded, "url(") && !localURL.MatchString(value) ||
		strings.Contains(folded, "javascript:") || strings.Contains(folded, `\`) {
		return svgForbidden(name)
	}
	c.out.WriteString(" " + name + `="`)
	if err := xml.EscapeText(&c.out, []byte(value)); err != nil {
		return err
	}
	c.out.WriteByte('"')
	return nil
}

// size reads the picture's size in pixels, so that a page can keep its place free: from width and height, else from
// the view box.
func (c *svgCleaner) size(attrs []xml.Attr) {
	var w, h float64
	for _, a := range attrs {
		switch a.Name.Local {
		case "width":
			w = pixels(a.Value)
		case "height":
			h = pixels(a.Value)
		case "viewBox":
			box := strings.Fields(strings.ReplaceAll(a.Value, ",", " "))
			if len(box) == 4 && (w == 0 || h == 0) {
				w, h = pixels(box[2]), pixels(box[3])
			}
		}
	}
	if w > 0 && h > 0 {
		c.width, c.height = int(math.Ceil(w)), int(math.Ceil(h))
	}
}

// pixels reads a length without unit or in px; 0 for any other, and for what no screen has.
func pixels(s string) float64 {
	n, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(s), "px"), 64)
	if err != nil || !(n > 0 && n <= MaxPictureSide) {
		return 0
	}
	return n
}

func svgForbidden(part string) error {
	if len(part) > 40 {
		part = part[:40]
	}
	return fault.New(fault.Invalid, "content.svg_forbidden", "part", strings.ToValidUTF8(part, "?"))
}
