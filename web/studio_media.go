package web

import (
	"context"
	"io"
	"mime/multipart"
	"slices"

	"github.com/gofiber/fiber/v2"

	"firebrand/content"
	"firebrand/internal/fault"
)

// libraryShown is how many pictures of the library a form offers, the newest first.
const libraryShown = 24

// pictureSent is the picture of a form: the file that came with it, taken into the library, or the one chosen there.
// Words for a picture that were not typed are those that it has in the library.
func (s *Server) pictureSent(c *fiber.Ctx, chosen string, alt content.Text) (string, content.Text, error) {
	header, err := c.FormFile("file")
	if err != nil || header.Size == 0 {
		return chosen, s.altOf(c.UserContext(), chosen, alt), nil
	}
	if header.Size > content.MaxPictureBytes {
		return chosen, alt, fault.New(fault.Invalid, "content.picture_heavy", "max", content.MaxPictureBytes>>20).On("/picture")
	}
	data, err := bytesOf(header)
	if err != nil {
		return chosen, alt, err
	}
	m, err := s.Content.AddMedia(c.UserContext(), s.me(c).ID, header.Filename, data, alt)
	if f := fault.As(err); f != nil && f.Field == "" {
		err = f.On("/picture")
	}
	if err != nil {
		return chosen, alt, err
	}
	return m.ID, alt, nil
}

// bytesOf is all of a file that a form sent; bodyLimit bounds it.
func bytesOf(header *multipart.FileHeader) ([]byte, error) {
	file, err := header.Open()
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(file)
}

// altOf are the words for a picture: those typed, else those that the library has.
func (s *Server) altOf(ctx context.Context, picture string, alt content.Text) content.Text {
	if picture == "" || len(alt) > 0 {
		return alt
	}
	m, err := s.Content.Medium(ctx, picture)
	if err != nil {
		return alt // the save says that there is no such picture
	}
	return m.Alt
}

// libraryWith are the newest pictures, the chosen one first.
func (s *Server) libraryWith(ctx context.Context, chosen string) ([]content.Medium, error) {
	media, err := s.Content.Library(ctx, libraryShown)
	if err != nil || chosen == "" {
		return media, err
	}
	m, err := s.Content.Medium(ctx, chosen)
	if fault.Is(err, fault.NotFound) {
		return media, nil
	}
	media = slices.DeleteFunc(media, func(m content.Medium) bool { return m.ID == chosen })
	return append([]content.Medium{m}, media...), err
}
