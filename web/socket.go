package web

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"firebrand/internal/fault"
	"firebrand/web/live"
)

// socket upgrades to the live rooms, for people who are signed in and come from a page of ours.
func (s *Server) socket(c *fiber.Ctx) error {
	me, token := s.me(c), c.Cookies(sessionCookie)
	return s.Live.Upgrade(c, me, func() bool { return s.stillIn(token) })
}

// stillIn reports whether a token still opens a session. A store that does not answer signs nobody out.
func (s *Server) stillIn(token string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), live.SnapshotWait)
	defer cancel()
	_, _, err := s.Members.Session(ctx, token)
	return !fault.Is(err, fault.SignedOut)
}
