package web

import (
	"net"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/valyala/fasthttp/fasthttpadaptor"

	"firebrand/internal/fault"
)

// metrics answers Prometheus, from this machine and its private network only: what a programme's figures are is no
// business of the public that reaches the site through a proxy.
func (s *Server) metrics(c *fiber.Ctx) error {
	from := net.ParseIP(address(c))
	if s.Metrics == nil || from == nil || !from.IsLoopback() && !from.IsPrivate() {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	fasthttpadaptor.NewFastHTTPHandler(promhttp.HandlerFor(s.Metrics, promhttp.HandlerOpts{}))(c.Context())
	return nil
}
