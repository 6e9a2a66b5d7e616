package web

import (
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"firebrand/internal/fault"
)

// forever is for what changes its name when it changes its content.
const forever = "public, max-age=31536000, immutable"

// asset serves the bundled scripts and styles, compressed once at start.
func (s *Server) asset(c *fiber.Ctx) error {
	a, ok := s.UI.Assets.At(c.Path())
	if !ok {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	c.Set("Content-Type", a.Type)
	c.Set("Cache-Control", forever)
	c.Set("Vary", "Accept-Encoding")
	if strings.Contains(c.Get("Accept-Encoding"), "gzip") {
		c.Set("Content-Encoding", "gzip")
		return c.Send(a.Gzip)
	}
	return c.Send(a.Body)
}

// media serves a picture that a marketer added. Its name is its content's hash. A drawing (SVG) opened by itself may
// load and run nothing.
func (s *Server) media(c *fiber.Ctx) error {
	width, _ := strconv.Atoi(c.Query("w")) // 0: the full size
	kind, data, err := s.Content.Media(c.UserContext(), c.Params("id"), width)
	if err != nil {
		return err
	}
	c.Set("Content-Type", kind)
	c.Set("Cache-Control", forever)
	c.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox")
	return c.Send(data)
}

// ready says whether the stores answer, for whoever balances the load.
func (s *Server) ready(c *fiber.Ctx) error {
	if err := s.Ready(c.UserContext()); err != nil {
		s.Log.Warn("not ready", "error", err)
		return c.Status(fiber.StatusServiceUnavailable).SendString("not ready\n")
	}
	return c.SendString("ready\n")
}
