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

// who is the signed-in person of a request, or the API key that it bears; kept for the request's length.
type who struct {
	member  member.Member
	session member.Session
	known   bool
	// key is what another system asks by; keyed requests have no person.
	key   member.APIKey
	keyed bool
}

// visitor looks up once a request who is asking. A cookie that no longer opens a session is a visitor, not an error; a
// store that does not answer is one, and so is a key that is none: a request that bears a key is never asked by anyone else.
func (s *Server) visitor(c *fiber.Ctx) (who, error) {
	if w, ok := c.Locals("who").(who); ok {
		return w, nil
	}
	w := who{}
	if token, bears := bearer(c); bears {
		key, err := s.Members.UseAPIKey(c.UserContext(), token)
		if err != nil {
			return who{}, err
		}
		w = who{key: key, keyed: true}
		c.Locals("who", w)
		return w, nil
	}
	if token := c.Cookies(sessionCookie); token != "" {
		m, session, err := s.Members.Session(c.UserContext(), token)
		switch {
		case err == nil:
			w = who{member: m, session: session, known: true}
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

// actor names who asks in records: a member's id, or "key:" and the key's id.
func (s *Server) actor(c *fiber.Ctx) string {
	w, _ := c.Locals("who").(who)
	if w.keyed {
		return w.key.Actor()
	}
	return w.member.ID
}

// bearer is the token that a request to the API bears, and whether it bears one. Pages know no keys.
func bearer(c *fiber.Ctx) (token string, bears bool) {
	if !strings.HasPrefix(c.Path(), "/api/") {
		return "", false
	}
	scheme, token, _ := strings.Cut(c.Get(fiber.HeaderAuthorization), " ")
	return strings.TrimSpace(token), strings.EqualFold(scheme, "bearer")
}

// admit lets a request through to its handler when its person may be there; keys are let in where anybody is.
func (s *Server) admit(need access, next fiber.Handler) fiber.Handler {
	return s.admitKey("", need, next)
}

// admitKey lets a request through to its handler when it bears an API key with the scope, or when its person has one of
// the roles; who it was, the handler asks of actor. It is for handlers beside the API's operations, which say the same
// in about.scope. Roles nil lets visitors in, access{} no person at all, and an empty scope no key.
//
// Faults: SignedOut for no key and no person, and for a key that is unknown or revoked; Forbidden "fault.key_scope"
// (arg scope) for a key without the scope, "fault.key_not_here" where no key may ask, "fault.forbidden" for a person.
func (s *Server) admitKey(scope string, need access, next fiber.Handler) fiber.Handler {
	return func(c *fiber.Ctx) error {
		w, err := s.visitor(c)
		if err != nil {
			tellKey(c, err, "")
			return err
		}
		if err := w.may(scope, need); err != nil {
			tellKey(c, err, scope)
			return err
		}
		return next(c)
	}
}

// may is nil where this key or this person may ask.
func (w who) may(scope string, need access) error {
	switch {
	case need == nil, w.keyed && scope != "" && w.key.Allows(scope):
		return nil
	case w.keyed && scope == "":
		return fault.New(fault.Forbidden, "fault.key_not_here")
	case w.keyed:
		return fault.New(fault.Forbidden, "fault.key_scope", "scope", scope)
	case !w.known:
		return fault.New(fault.SignedOut, "fault.signed_out")
	case !need.allows(w.member.Role):
		return fault.New(fault.Forbidden, "fault.forbidden")
	}
	return nil
}

// tellKey tells a program in HTTP's own words (RFC 6750) what is wrong with its key.
func tellKey(c *fiber.Ctx, err error, scope string) {
	if _, bears := bearer(c); !bears {
		return
	}
	switch fault.KindOf(err) {
	case fault.SignedOut:
		c.Set(fiber.HeaderWWWAuthenticate, `Bearer error="invalid_token"`)
	case fault.Forbidden:
		if scope != "" {
			c.Set(fiber.HeaderWWWAuthenticate, `Bearer error="insufficient_scope", scope="`+scope+`"`)
		}
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
