package web

import (
	"context"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/websocket/v2"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/member"
	"firebrand/leaderboard"
	"firebrand/web/live"
	"firebrand/web/ui"
)

// aroundRows is how many rows are shown around a member who is not among the first.
const aroundRows = 5

// boardView is one board: its first rows, and where I am when I am not among them.
type boardView struct {
	leaderboard.Board
	// Room is the live room that the page watches, Who how it finds me in the rows.
	Room, Who string
	Tabs      []boardTab
	Around    []leaderboard.Row
	Standing  *leaderboard.Standing
	// Previous is last month, for looking back; Running says that this is the month that counts.
	Previous calendar.Month
	Running  bool
	EndsAt   string
}

// boardTab is one of the boards that can be looked at; Name is a text key or, for a region, the region itself.
type boardTab struct {
	Board, Name string
	IsRegion    bool
	Current     bool
}

// board shows a month's board, drawn live while it is open.
func (s *Server) board(c *fiber.Ctx) error {
	view, err := s.readBoard(c)
	if fault.Is(err, fault.Unavailable) {
		c.Status(fiber.StatusServiceUnavailable)
		c.Set("Refresh", "3") // boards that are being drawn are there in a moment
		return s.page(c, "board_down", ui.Page{Title: "board.title", Fault: s.say(c, fault.As(err))})
	}
	if err != nil {
		return err
	}
	return s.page(c, "board", ui.Page{Title: "board.title", Scripts: []string{"board.js"}, Data: view})
}

// boardAround is the part of a board around me alone, fetched again when the board changes.
func (s *Server) boardAround(c *fiber.Ctx) error {
	view, err := s.readBoard(c)
	if err != nil {
		return err
	}
	return s.page(c, "board_around", ui.Page{Title: "board.title", Data: view})
}

func (s *Server) readBoard(c *fiber.Ctx) (boardView, error) {
	me, running := s.me(c), s.Zone.Month(s.Now())
	month, err := calendar.ParseMonth(c.Query("month", running.String()))
	if err != nil {
		return boardView{}, fault.New(fault.NotFound, "leaderboard.no_board")
	}
	name := c.Query("b", leaderboard.All)
	top, err := s.Boards.Top(c.UserContext(), month, name, leaderboard.Shown)
	if err != nil {
		return boardView{}, err
	}
	view := boardView{
		Board: top, Room: leaderboard.RoomName(name, month), Who: leaderboard.Who(me.ID), Tabs: s.tabs(c, me, month, name),
		Previous: running.Prev(), Running: month == running,
	}
	if me.Role != member.RoleMember {
		return view, nil
	}
	return view, s.findMe(c, &view, me, month)
}

// findMe marks my row, or reads the rows around me where I am further down.
func (s *Server) findMe(c *fiber.Ctx, view *boardView, me member.Member, month calendar.Month) error {
	for i := range view.Rows {
		if view.Rows[i].Who == view.Who {
			view.Rows[i].Me = true
		}
	}
	around, err := s.Boards.Around(c.UserContext(), month, view.Name, me.ID, aroundRows)
	if err != nil {
		return nil // a stale board has no rows around anybody; what is shown says that it is stale
	}
	if len(around.Rows) > 0 && around.Rows[len(around.Rows)-1].Rank > leaderboard.Shown {
		view.Around = around.Rows
	}
	standings, err := s.Boards.Mine(c.UserContext(), month, me.ID)
	if err != nil {
		return nil
	}
	for i := range standings {
		if standings[i].Board == view.Name {
			view.Standing = &standings[i]
		}
	}
	return nil
}

// tabs are the boards that concern a member: everyone's, their region's, the newcomers'.
func (s *Server) tabs(c *fiber.Ctx, me member.Member, month calendar.Month, current string) []boardTab {
	tabs := []boardTab{{Board: leaderboard.All, Name: "board.tab_all"}}
	if company, err := s.Members.CompanyByID(c.UserContext(), me.Company); err == nil && company.Region != "" {
		tabs = append(tabs, boardTab{Board: leaderboard.RegionBoard(company.Region), Name: company.Region, IsRegion: true})
	} else if region, ok := strings.CutPrefix(current, "region:"); ok {
		tabs = append(tabs, boardTab{Board: current, Name: region, IsRegion: true})
	}
	tabs = append(tabs, boardTab{Board: leaderboard.New, Name: "board.tab_new"})
	for i := range tabs {
		tabs[i].Current = tabs[i].Board == current
	}
	return tabs
}

// socket upgrades to the live rooms, for people who are signed in and come from a page of ours.
func (s *Server) socket(c *fiber.Ctx) error {
	if !websocket.IsWebSocketUpgrade(c) {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	if !live.SameOrigin(c.Get("Origin"), c.Hostname()) {
		return fault.New(fault.Forbidden, "fault.origin")
	}
	me, token := s.me(c), c.Cookies(sessionCookie)
	return websocket.New(func(conn *websocket.Conn) {
		s.Live.Serve(conn, me, func() bool { return s.stillIn(token) })
	})(c)
}

// stillIn reports whether a token still opens a session. A store that does not answer signs nobody out.
func (s *Server) stillIn(token string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), live.SnapshotWait)
	defer cancel()
	_, _, err := s.Members.Session(ctx, token)
	return !fault.Is(err, fault.SignedOut)
}
