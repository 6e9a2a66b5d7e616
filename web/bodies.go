package web

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

const (
	// bulkPath is the one route whose body is read as it comes, however long it is.
	bulkPath = apiBase + "/orders/bulk"
	// bulkLasts bounds how long such a body, and the answer to it, may be on their way.
	bulkLasts = time.Hour
)

// stream lets bodies be read as they come. The server does so for all routes or for none; bounded reads them for all
// but one, so that only that one notices.
func stream(server *fasthttp.Server) {
	server.StreamRequestBody = true
	// Forms with files would be unfolded to the disk before anybody has looked at how long they are.
	server.DisablePreParseMultipartForm = true
	server.HeaderReceived = func(h *fasthttp.RequestHeader) fasthttp.RequestConfig {
		if path, _, _ := strings.Cut(string(h.RequestURI()), "?"); h.IsPost() && path == bulkPath {
			return fasthttp.RequestConfig{ReadTimeout: bulkLasts, WriteTimeout: bulkLasts}
		}
		return fasthttp.RequestConfig{}
	}
}

// bounded reads a request's body, which may not be longer than bodyLimit. One that says that it is longer is refused
// before it is read; then the connection is closed, since what is still on its way would be taken for the next request.
func bounded(c *fiber.Ctx) error {
	if c.Method() == fiber.MethodPost && c.Path() == bulkPath {
		return c.Next()
	}
	req := c.Request()
	in := req.BodyStream()
	if in == nil {
		return c.Next()
	}
	refuse := func(err error) error {
		c.Response().SetConnectionClose()
		return err
	}
	if req.Header.ContentLength() > bodyLimit {
		return refuse(fiber.ErrRequestEntityTooLarge)
	}
	var body bytes.Buffer
	if n := req.Header.ContentLength(); n > 0 {
		body.Grow(n)
	}
	read, err := io.Copy(&body, io.LimitReader(in, bodyLimit+1))
	switch {
	case read > bodyLimit:
		return refuse(fiber.ErrRequestEntityTooLarge)
	case err != nil && !errors.Is(err, io.EOF):
		return refuse(fiber.ErrBadRequest)
	}
	req.ResetBody()
	if strings.HasPrefix(c.Path(), apiBase) {
		// The API's library asks the server whether it streams, and then reads a stream.
		req.SetBodyStream(&body, body.Len())
		return c.Next()
	}
	req.SetBodyRaw(body.Bytes())
	return c.Next()
}
