package web

import (
	"github.com/gofiber/fiber/v2"

	"firebrand/internal/fault"
	"firebrand/internal/member"
	"firebrand/web/live"
	"firebrand/web/ui"
)

// chooseLanguage keeps a visitor's choice on this device. What somebody signed in chose in their profile goes before it.
func (s *Server) chooseLanguage(c *fiber.Ctx) error {
	lang := c.Params("lang")
	if ui.Language(lang) != lang {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	s.cookie(c, langCookie, lang, cookieAge, false)
	to := c.Get("Referer")
	if to == "" || !live.SameOrigin(to, c.Hostname()) {
		to = "/"
	}
	return c.Redirect(to, fiber.StatusSeeOther)
}

// manifest makes the site installable on a phone.
func (s *Server) manifest(c *fiber.Ctx) error {
	err := c.JSON(fiber.Map{
		"name": s.Brand, "short_name": s.Brand, "start_url": "/", "display": "standalone",
		"background_color": "#f4f2ec", "theme_color": "#12343b",
		"icons": []fiber.Map{{"src": "/icon.svg", "sizes": "any", "type": "image/svg+xml", "purpose": "any"}},
	})
	c.Set("Content-Type", "application/manifest+json")
	return err
}

// worker serves the service worker from the root, whose reach is the whole site.
func (s *Server) worker(c *fiber.Ctx) error {
	url, err := s.UI.Assets.URL("worker.js")
	if err != nil {
		return err
	}
	a, _ := s.UI.Assets.At(url)
	c.Set("Content-Type", a.Type)
	c.Set("Cache-Control", "no-cache")
	return c.Send(a.Body)
}

// icon is the site's sign, for tabs and home screens.
func (s *Server) icon(c *fiber.Ctx) error {
	c.Set("Content-Type", "image/svg+xml")
	c.Set("Cache-Control", "public, max-age=86400")
	return c.SendString(ui.SiteIcon)
}

// offline is the page that the worker shows when the network is gone. The worker keeps it as it comes: it is painted
// for a visitor, whoever is signed in, since the next one here may be somebody else.
func (s *Server) offline(c *fiber.Ctx) error {
	c.Locals("who", who{member: member.Member{Lang: s.lang(c)}})
	return s.page(c, "offline", ui.Page{Title: "offline.title"})
}
