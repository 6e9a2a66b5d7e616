// Package web is where people and machines meet Firebrand: one route table, pages painted by the server, forms that
// work without script, a JSON API for the same actions, and one table of errors.
//
// A handler decodes, calls one method of a room and renders. The rule that matters most: nothing is decided here. What
// a request may do is in the route table, what it does is in the rooms, and what went wrong is a fault of theirs.
package web

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/compress"
	"github.com/gofiber/fiber/v2/middleware/recover"
	"github.com/prometheus/client_golang/prometheus"

	"firebrand/catalog"
	"firebrand/catalog/auction"
	"firebrand/catalog/purchase"
	"firebrand/catalog/purchase/cases"
	"firebrand/catalog/purchase/challenge"
	"firebrand/catalog/purchase/rule"
	"firebrand/content"
	"firebrand/game"
	"firebrand/internal/calendar"
	"firebrand/internal/member"
	"firebrand/internal/notify"
	"firebrand/internal/points"
	"firebrand/internal/points/budget"
	"firebrand/internal/points/correction"
	"firebrand/leaderboard"
	"firebrand/web/live"
	"firebrand/web/ui"
)

// bodyLimit is the most that a request may carry: a picture or a question file with its form around it.
const bodyLimit = 12 << 20

// Rooms are what the pages are about.
type Rooms struct {
	Members     *member.Service
	Content     *content.Service
	Game        *game.Service
	Points      *points.Service
	Catalog     *catalog.Service
	Auctions    *auction.Service
	Budgets     *budget.Service
	Corrections *correction.Service
	Boards      *leaderboard.Service
	Orders      *purchase.Service
	Rules       *rule.Versions
	Challenges  *challenge.Service
	Cases       *cases.Service
	Live        *live.Hub
	Messages    *notify.Service
}

// Settings are what a programme chooses about its site.
type Settings struct {
	// Brand is the programme's name as people read it.
	Brand string
	Zone  calendar.Zone
	// Now is the clock that pages are painted by.
	Now func() time.Time
	// Ready reports whether this process can serve, for /readyz.
	Ready func(ctx context.Context) error
	// Several says that other processes serve the same programme, and a request may come to any of them.
	Several bool
	// First reports whether a key is asked about for the first time by any of them; nil where there is only this one.
	First func(ctx context.Context, key string) (bool, error)
	// Metrics are what /metrics tells; nil for none.
	Metrics prometheus.Gatherer
	Log     *slog.Logger
}

// Server is the site.
type Server struct {
	Rooms
	Settings
	UI    *ui.UI
	app   *fiber.App
	links once
	// deaf ends listening for what changes people's own rooms.
	deaf func()
	// packed are boards as programs get them, compressed once for everyone.
	packed packedBoards
	// replays are the rules' replays that this process runs.
	replays replays
	// imports are the files of orders that this process keeps, figures the reports on orders that it remembers.
	imports orderImports
	figures orderFigures
}

// New makes the site with all its routes; it serves once Serve is called.
func New(rooms Rooms, settings Settings) (*Server, error) {
	pages, err := ui.New(settings.Zone, settings.Brand)
	if err != nil {
		return nil, err
	}
	s := &Server{Rooms: rooms, Settings: settings, UI: pages}
	s.app = fiber.New(fiber.Config{
		// Kept path parameters were seen overwritten without it.
		Immutable:             true,
		BodyLimit:             bodyLimit,
		DisableStartupMessage: true,
		ErrorHandler:          s.fail,
		ReadTimeout:           30 * time.Second,
		WriteTimeout:          2 * time.Minute,
		IdleTimeout:           2 * time.Minute,
		ReadBufferSize:        16 << 10,
		// A hundred rows of a board leave in one write.
		WriteBufferSize: 16 << 10,
	})
	s.app.Use(recover.New(recover.Config{EnableStackTrace: true, StackTraceHandler: s.panicked}))
	stream(s.app.Server())
	live.KeepSockets(s.app)
	s.app.Use(bounded)
	s.app.Use(s.guard)
	s.app.Use(compress.New(compress.Config{Level: compress.LevelBestSpeed, Next: unpacked}))
	s.mountFast()
	if err := s.mountAPI(); err != nil {
		return nil, err
	}
	s.route()
	s.openPersonal()
	return s, nil
}

// Serve answers requests on the listener until Shutdown.
func (s *Server) Serve(l net.Listener) error { return s.app.Listener(l) }

// Shutdown closes the rooms first, because open sockets would otherwise keep their handlers, then lets the requests
// under way end until ctx does.
func (s *Server) Shutdown(ctx context.Context) error {
	s.deaf()
	s.replays.end()
	s.imports.end()
	return errors.Join(s.Live.Close(ctx), s.app.ShutdownWithContext(ctx))
}
