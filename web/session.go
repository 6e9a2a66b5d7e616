package web

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"firebrand/internal/fault"
	"firebrand/internal/member"
	"firebrand/web/ui"
)

const (
	sessionCookie = "fb_session"
	langCookie    = "fb_lang"
	cookieAge     = 90 * 24 * time.Hour
)

// who is the signed-in person of a request, kept for its length.
type who struct {
	member  member.Member
	session member.Session
	known   bool
}

// visitor looks up once a request who is asking. A cookie that no longer opens a session is a visitor, not an error; a
// store that does not answer is one.
func (s *Server) visitor(c *fiber.Ctx) (who, error) {
	if w, ok := c.Locals("who").(who); ok {
		return w, nil
	}
	w := who{}
	if token := c.Cookies(sessionCookie); token != "" {
		m, session, err := s.Members.Session(c.UserContext(), token)
		switch {
		case err == nil:
			w = who{m, session, true}
		case fault.KindOf(err) != fault.SignedOut:
			return who{}, err
		}
	}
	c.Locals("who", w)
	return w, nil
}

// me is the signed-in person; routes that let visitors in ask visitor instead.
func (s *Server) me(c *fiber.Ctx) member.Member {
	w, _ := c.Locals("who").(who)
	return w.member
}

// admit lets a request through to its handler when its person may be there.
func (s *Server) admit(need access, next fiber.Handler) fiber.Handler {
	return func(c *fiber.Ctx) error {
		w, err := s.visitor(c)
		if err != nil {
			return err
		}
		if need == nil {
			return next(c)
		}
		if !w.known {
			return fault.New(fault.SignedOut, "fault.signed_out")
		}
		if !need.allows(w.member.Role) {
			return fault.New(fault.Forbidden, "fault.forbidden")
		}
		return next(c)
	}
}

// lang is the language that a request is answered in: the person's own, the one chosen on this device, the browser's.
func (s *Server) lang(c *fiber.Ctx) string {
	w, _ := c.Locals("who").(who)
	return ui.Language(w.member.Lang, c.Cookies(langCookie), c.Get("Accept-Language"))
}

// open keeps a new session in the browser.
func (s *Server) open(c *fiber.Ctx, token string) {
	s.cookie(c, sessionCookie, token, cookieAge, true)
}

// cookie sets a cookie of the site; hidden ones are out of reach of scripts. A negative age removes it.
func (s *Server) cookie(c *fiber.Ctx, name, value string, age time.Duration, hidden bool) {
	c.Cookie(&fiber.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: int(age.Seconds()),
		HTTPOnly: hidden, SameSite: fiber.CookieSameSiteLaxMode, Secure: c.Protocol() == "https",
	})
}

// device names the browser that a request comes from.
func device(c *fiber.Ctx) member.Device {
	return member.Device{Agent: c.Get("User-Agent"), Address: c.IP()}
}
