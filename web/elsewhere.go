package web

import (
	"strconv"

	"github.com/gofiber/fiber/v2"
)

// seekMost is how often a request is sent on. Among three processes, each request handed to any of them, one in a hundred
// looks in vain; browsers follow twenty redirects.
const seekMost = 12

// seek sends on a request for what only one process knows, as a file of orders that it keeps or a replay that it runs:
// where several serve the programme a proxy may have handed it to the wrong one, and hands the next to another. The
// status keeps a form as it was sent. Sent is false where nobody else could know it.
func (s *Server) seek(c *fiber.Ctx) (sent bool, err error) {
	n := max(0, c.QueryInt("seek"))
	if !s.Several || n >= seekMost {
		return false, nil
	}
	query := c.Context().QueryArgs()
	query.Set("seek", strconv.Itoa(n+1))
	return true, c.Redirect(c.Path()+"?"+query.String(), fiber.StatusTemporaryRedirect)
}

// findImport finds a file of orders here, or sends the request on.
func (s *Server) findImport(c *fiber.Ctx) (run *orderRun, sent bool, err error) {
	run, gone := s.imports.find(c.Params("run"))
	if gone == nil {
		return run, false, nil
	}
	if sent, err = s.seek(c); sent {
		return nil, true, err
	}
	return nil, false, gone
}

// refreshing makes a browser ask again soon, without script, and from the first process on.
func refreshing(c *fiber.Ctx) {
	again := refreshEvery
	if c.Query("seek") != "" {
		again += "; url=" + c.Path()
	}
	c.Set("Refresh", again)
}

// firstTime reports whether a form's key is met for the first time by any process. Where the others cannot be asked a
// form that comes back acts again, as after a restart.
func (s *Server) firstTime(c *fiber.Ctx, key string) bool {
	if !s.links.first(key) {
		return false
	}
	if s.First == nil {
		return true
	}
	first, err := s.First(c.UserContext(), key)
	return err != nil || first
}
