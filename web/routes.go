package web

import (
	"github.com/gofiber/fiber/v2"
)

// route is one line of the table: what is asked for, who may ask, and which action answers.
type route struct {
	method, path string
	need         access
	action       func(*Server, *fiber.Ctx) error
}

// tables are all routes of pages; each table stands beside the first of its actions.
var tables = [][]route{common, playRoutes, boardRoutes, messageRoutes, studioPrizeRoutes, prizeRoutes, entryRoutes, teamRoutes, companyRoutes, mergeRoutes, peopleRoutes, keyRoutes, sharingRoutes, studioRoutes, moneyRoutes, ruleRoutes, challengeRoutes, boughtRoutes, orderRoutes, auctionRoutes}

// route wires the tables into the router. The files, the sockets and the API have routes of their own beside the pages.
func (s *Server) route() {
	s.app.Get("/healthz", func(c *fiber.Ctx) error { return c.SendString("alive\n") })
	s.app.Get("/readyz", s.ready)
	s.app.Get("/metrics", s.metrics)
	s.app.Get("/assets/:name", s.asset)
	s.app.Get("/media/:id", s.media)
	s.app.Get("/live", s.admit(signedIn, s.socket))
	for _, table := range tables {
		for _, r := range table {
			action := r.action
			s.app.Add(r.method, r.path, s.admit(r.need, func(c *fiber.Ctx) error { return action(s, c) }))
		}
	}
}

// common are the routes of everybody.
var common = []route{
	{"GET", "/language/:lang", anyone, (*Server).chooseLanguage},
	{"GET", "/manifest.webmanifest", anyone, (*Server).manifest},
	{"GET", "/sw.js", anyone, (*Server).worker},
	{"GET", "/icon.svg", anyone, (*Server).icon},
	{"GET", "/offline", anyone, (*Server).offline},
}
