package web

import (
	"errors"
	"fmt"
	"math"
	"net/url"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/websocket/v2"
	"github.com/google/uuid"

	"firebrand/internal/fault"
	"firebrand/web/ui"
)

// status is the one place where kinds of fault become HTTP status codes.
var status = map[fault.Kind]int{
	fault.Invalid:     fiber.StatusUnprocessableEntity,
	fault.NotFound:    fiber.StatusNotFound,
	fault.Conflict:    fiber.StatusConflict,
	fault.KeyReused:   fiber.StatusConflict,
	fault.Forbidden:   fiber.StatusForbidden,
	fault.SignedOut:   fiber.StatusUnauthorized,
	fault.TooMany:     fiber.StatusTooManyRequests,
	fault.Unavailable: fiber.StatusServiceUnavailable,
}

// fail answers a request that ended in an error: a problem for programs, a sentence for sockets, a page with a way on for people.
func (s *Server) fail(c *fiber.Ctx, err error) error {
	s.knowVisitor(c)
	code, f := s.understand(c, err)
	c.Status(code)
	retryAfter(c, f)
	if strings.HasPrefix(c.Path(), "/api/") {
		return c.JSON(s.problem(c, code, f), problemType)
	}
	if websocket.IsWebSocketUpgrade(c) {
		return c.SendString(s.say(c, f) + "\n") // who opens a socket follows no redirect and paints no page
	}
	if f.Kind == fault.SignedOut && c.Get(fragmentHeader) == "" {
		return c.Redirect("/sign-in?next="+url.QueryEscape(back(c)), fiber.StatusSeeOther)
	}
	title := "fault.title"
	if f.Kind == fault.NotFound {
		title = "fault.not_found_title"
	}
	return s.page(c, "fault", ui.Page{Title: title, Fault: s.say(c, f)})
}

// knowVisitor sees to it that a page which tells of an error is in one language, that of the person, also where no route
// has looked them up. Where that fails it asks no second time: a page about a store that is down must not need it.
func (s *Server) knowVisitor(c *fiber.Ctx) {
	if strings.HasPrefix(c.Path(), "/api/") {
		return
	}
	if _, err := s.visitor(c); err != nil {
		c.Locals("who", who{})
	}
}

// understand turns any error into a status and a fault. What is no fault is a defect of ours: it is logged under a
// number that the person sees, and its text stays here.
func (s *Server) understand(c *fiber.Ctx, err error) (int, *fault.Error) {
	if f := fault.As(err); f != nil {
		if f.Kind == fault.Unavailable {
			s.Log.Warn("unavailable", "path", traced(c), "error", err)
		}
		return status[f.Kind], f
	}
	var router *fiber.Error
	if errors.As(err, &router) {
		switch router.Code {
		case fiber.StatusRequestEntityTooLarge:
			return router.Code, fault.New(fault.Invalid, "fault.too_large", "mb", bodyLimit>>20)
		case fiber.StatusNotFound:
			return router.Code, fault.New(fault.NotFound, "fault.not_found")
		case fiber.StatusMethodNotAllowed:
			return router.Code, fault.New(fault.Invalid, "fault.method", "method", c.Method())
		}
		if router.Code < fiber.StatusInternalServerError {
			return router.Code, fault.New(fault.Invalid, "fault.form")
		}
	}
	id := uuid.NewString()[:8]
	s.Log.Error("unexpected", "id", id, "method", c.Method(), "path", traced(c), "error", err)
	return fiber.StatusInternalServerError, fault.New(0, "fault.unexpected", "id", id)
}

// panicked logs where a handler panicked; the request itself ends in fail.
func (s *Server) panicked(c *fiber.Ctx, reason any) {
	s.Log.Error("panic", "path", traced(c), "reason", fmt.Sprint(reason), "stack", string(debug.Stack()))
}

// traced is a request's path as logs may have it: a one-time link is a secret until it is used.
func traced(c *fiber.Ctx) string {
	if strings.HasPrefix(c.Path(), "/i/") {
		return "/i/…"
	}
	return c.Path()
}

// say is a fault in the words of the person who asked.
func (s *Server) say(c *fiber.Ctx, f *fault.Error) string {
	return s.UI.Texts.Say(s.lang(c), f.Key, f.Args)
}

// retryAfter tells programs and browsers when it may work again.
func retryAfter(c *fiber.Ctx, f *fault.Error) {
	if f.RetryAfter > 0 {
		c.Set("Retry-After", strconv.Itoa(int(math.Ceil(f.RetryAfter.Seconds()))))
	}
}

// back is where a person was: the page itself, or the one that held the form.
func back(c *fiber.Ctx) string {
	if c.Method() == fiber.MethodGet {
		return c.OriginalURL()
	}
	if u, err := url.Parse(c.Get("Referer")); err == nil && strings.EqualFold(u.Host, c.Hostname()) {
		return u.RequestURI()
	}
	return "/"
}
