package content

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"regexp"
	"time"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/store"
)

// Bounds of pictures that are brought in, and the widths in which they are kept.
const (
	MaxPictureBytes  = 10 << 20
	MaxPicturePixels = 40_000_000
	MaxPictureSide   = 20_000
	MaxSVGBytes      = 200 << 10
	WideWidth        = 1080
	NarrowWidth      = 480
)

var mediaID = regexp.MustCompile(`^[0-9a-f]{32}$`)

// Medium is a picture that articles show, without its bytes; those never change.
type Medium struct {
	ID string `json:"id"`
	// Name is the file's name as it was brought in, for the studio only.
	Name string `json:"name"`
	// Type is image/jpeg, image/png or image/svg+xml.
	Type string `json:"type"`
	Alt  Text   `json:"alt"`
	// Width and Height are those of the widest size, in pixels; 0 for an SVG that names none.
	Width  int       `json:"width"`
	Height int       `json:"height"`
	Added  time.Time `json:"added"`
	By     string    `json:"by"`
}

// rendition is a picture ready to be kept: one size.
type rendition struct {
	kind          string
	width, height int
	data          []byte
}

// AddMedia takes a JPEG, PNG, GIF (its first frame), WebP or SVG in. Photographs are drawn anew, at most 1080 pixels
// wide and once more 480 wide, so that nothing of the file's own data stays; an SVG is written anew from what is allowed.
// The same file twice is one medium; the alt text given last stands, language by language.
//
// It fails with fault.Invalid: "content.alt_missing", "content.picture_heavy", "content.picture_large",
// "content.picture_unreadable", "content.svg_heavy", "content.svg_unreadable" and "content.svg_forbidden".
func (s *Service) AddMedia(ctx context.Context, actor, filename string, data []byte, alt Text) (Medium, error) {
	alt = alt.Clean()
	var c checker
	c.text("/alt", alt, MaxAlt)
	if len(alt) == 0 {
		c.add("/alt", "content.alt_missing")
	}
	if err := refuse(c.problems); err != nil {
		return Medium{}, err
	}
	sizes, err := s.renditions(ctx, data)
	if err != nil {
		return Medium{}, err
	}
	sum := sha256.Sum256(data)
	m := Medium{
		ID: hex.EncodeToString(sum[:16]), Name: fileName(filename), Type: sizes[0].kind, Alt: alt,
		Width: sizes[0].width, Height: sizes[0].height, Added: calendar.Milli(s.Now()), By: actor,
	}
	// The bytes come first: a medium that can be named can be shown.
	for i, width := range []int{WideWidth, NarrowWidth}[:len(sizes)] {
		err := s.pictures.Insert(ctx, pictureID(m.ID, width), picture{sizes[i].kind, sizes[i].data})
		if err != nil && !fault.Is(err, fault.Conflict) {
			return Medium{}, err
		}
	}
	return s.describe(ctx, m)
}

// describe inserts the medium, or adds its alt text to the one that is there.
func (s *Service) describe(ctx context.Context, m Medium) (Medium, error) {
	err := s.media.Insert(ctx, m.ID, m)
	if err == nil || !fault.Is(err, fault.Conflict) {
		return m, err
	}
	e, err := s.media.Update(ctx, m.ID, func(stored *Medium) error {
		for lang, text := range m.Alt {
			stored.Alt[lang] = text
		}
		return nil
	})
	return e.Value, err
}

// renditions makes the sizes of a file, the widest first. Decoding is what takes memory: one at a time.
func (s *Service) renditions(ctx context.Context, data []byte) ([]rendition, error) {
	if len(data) > MaxPictureBytes {
		return nil, fault.New(fault.Invalid, "content.picture_heavy", "max", MaxPictureBytes>>20)
	}
	if isSVG(data) {
		r, err := cleanSVG(data)
		return []rendition{r}, err
	}
	select {
	case s.decoding <- struct{}{}:
		defer func() { <-s.decoding }()
	case <-ctx.Done():
		return nil, fault.New(fault.Unavailable, "content.busy").Because(ctx.Err())
	}
	return redraw(data)
}

// Medium returns what is known of a medium, or fault.NotFound.
func (s *Service) Medium(ctx context.Context, id string) (Medium, error) {
	e, err := s.media.Get(ctx, id)
	return e.Value, missing(err)
}

// Library returns the media that were added last, newest first.
func (s *Service) Library(ctx context.Context, limit int) ([]Medium, error) {
	entries, err := s.media.Find(ctx, store.Query{Index: "added", Desc: true, Limit: limit})
	var media []Medium
	for _, e := range entries {
		media = append(media, e.Value)
	}
	return media, err
}

// Media returns the content type and the bytes of a medium, the narrow size for a width from 1 to 480 and else the
// wide one, or fault.NotFound. Under one id and width they never change: they may be cached for ever.
func (s *Service) Media(ctx context.Context, id string, width int) (contentType string, data []byte, err error) {
	if width > 0 && width <= NarrowWidth {
		e, err := s.pictures.Get(ctx, pictureID(id, NarrowWidth))
		if err == nil || !fault.Is(err, fault.NotFound) {
			return e.Value.Type, e.Value.Data, err
		}
	}
	e, err := s.pictures.Get(ctx, pictureID(id, WideWidth))
	return e.Value.Type, e.Value.Data, missing(err)
}

func pictureID(id string, width int) string { return fmt.Sprintf("%s/%d", id, width) }

// fileName keeps of a file's name what can be shown.
func fileName(name string) string {
	name = filepath.Base(name)
	if !writable(name) {
		return "?"
	}
	if runes := []rune(name); len(runes) > MaxTitle {
		name = string(runes[:MaxTitle])
	}
	return name
}
