package web

import (
	"slices"

	"github.com/gofiber/fiber/v2"

	"firebrand/internal/member"
)

// Route is one line of the route tables.
type Route struct {
	Method, Path string
	Roles        []member.Role // nil for visitors too
}

// Routes are all lines of the route tables.
func Routes() (all []Route) {
	for _, table := range tables {
		for _, r := range table {
			all = append(all, Route{r.method, r.path, r.need})
		}
	}
	return all
}

// OperationsForTests adds an operation and a raw handler that people who publish, and keys that report orders, may ask,
// to the sites that are made before remove is called; both answer with who asks.
func OperationsForTests() (remove func()) {
	before := operations
	operations = append(slices.Clip(operations), func(a *api) {
		type out struct {
			Actor string `json:"actor"`
		}
		operation(a, "POST", "/test/typed", marketers, about{id: "testTyped", tag: "test", summary: "Who asks", scope: member.ScopeOrdersWrite},
			func(s *Server, c *fiber.Ctx, _ *struct{}) (out, error) { return out{s.actor(c)}, nil })
		a.app.Post(apiBase+"/test/raw", a.admitKey(member.ScopeOrdersWrite, marketers, func(c *fiber.Ctx) error {
			return c.SendString(a.actor(c))
		}))
	})
	return func() { operations = before }
}
