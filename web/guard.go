package web

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"firebrand/internal/fault"
	"firebrand/web/live"
)

// policy lets a page load what the site itself serves and nothing else.
const policy = "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; connect-src 'self' ws: wss:; " +
	"frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'"

// guard sets the headers that every answer carries and refuses what another site sends in a person's name: a request
// that changes something and does not come from a page of ours.
func (s *Server) guard(c *fiber.Ctx) error {
	c.Set("Content-Security-Policy", policy)
	c.Set("X-Content-Type-Options", "nosniff")
	c.Set("Referrer-Policy", "same-origin")
	switch c.Method() {
	case fiber.MethodGet, fiber.MethodHead, fiber.MethodOptions:
		return c.Next()
	}
	switch {
	case s.ownPage(c):
		return c.Next()
	case c.Get("Origin") == "" && c.Get("Sec-Fetch-Site") == "":
		return fault.New(fault.Forbidden, "fault.origin_missing") // a program: no browser leaves out both
	}
	return fault.New(fault.Forbidden, "fault.origin")
}

// ownPage reports whether a request that changes something comes from a page of ours, by what browsers say about it.
// One that says nothing comes from a program; it may not act by a browser's cookie. One that bears an API key acts by
// that alone, which no other site can send for a person.
func (s *Server) ownPage(c *fiber.Ctx) bool {
	if _, bears := bearer(c); bears {
		return true
	}
	if origin := c.Get("Origin"); origin != "" {
		return live.SameOrigin(origin, c.Hostname())
	}
	if site := c.Get("Sec-Fetch-Site"); site != "" {
		return site == "same-origin" || site == "none"
	}
	return c.Cookies(sessionCookie) == ""
}

// packedElsewhere leaves out of compression what is compressed already or must stream.
func packedElsewhere(c *fiber.Ctx) bool {
	p := c.Path()
	return strings.HasPrefix(p, "/assets/") || strings.HasPrefix(p, "/media/") || p == "/live"
}
