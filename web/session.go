package web

import (
	"net"
	"strings"
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

// renewed is for how long after a session was written, every ten minutes, its cookie is sent again: the two end together.
const renewed = time.Minute

// renew lets the cookie of a session that is in use live on as the session does.
func (s *Server) renew(c *fiber.Ctx, w who) {
	if s.Now().Sub(w.session.Seen) < renewed {
		s.open(c, c.Cookies(sessionCookie))
	}
}

// endSession signs this device out. A session that has ended already is signed out all the same.
func (s *Server) endSession(c *fiber.Ctx) error {
	if token := c.Cookies(sessionCookie); token != "" {
		if err := s.Members.SignOut(c.UserContext(), token); err != nil {
			return err
		}
	}
	s.cookie(c, sessionCookie, "", -time.Second, true)
	return nil
}

// device names the browser that a request comes from.
func device(c *fiber.Ctx) member.Device {
	return member.Device{Agent: c.Get("User-Agent"), Address: address(c)}
}

// address is where a request comes from. Behind a proxy, on this machine or in its private network, that is what the
// proxy wrote at the end of X-Forwarded-For: else all people would share one address, and the wrong passwords of one
// would shut everybody out. What stands before the end anybody can write.
func address(c *fiber.Ctx) string {
	remote := c.Context().RemoteIP()
	if !remote.IsLoopback() && !remote.IsPrivate() {
		return remote.String()
	}
	last := ""
	for _, line := range c.Request().Header.PeekAll(fiber.HeaderXForwardedFor) {
		last = string(line)
	}
	last = strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])
	if net.ParseIP(last) == nil {
		return remote.String()
	}
	return last
}
