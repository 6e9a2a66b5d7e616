package web

import (
	"net/http"
	"net/url"

	"github.com/gofiber/fiber/v2"

	"firebrand/internal/calendar"
	"firebrand/leaderboard"
)

// apiStanding is the person's place on one board.
type apiStanding struct {
	Board  string `json:"board"`
	Rank   int    `json:"rank" doc:"From 1; 0 while the person has no points on it."`
	Total  int    `json:"total" doc:"How many stand on the board."`
	Points int64  `json:"points"`
	ToNext int64  `json:"to_next" doc:"How many more points pass the one above; 0 for the first."`
}

type apiStandings struct {
	Month     calendar.Month `json:"month"`
	Standings []apiStanding  `json:"standings" doc:"On everyone's board first; only dealer staff have any."`
}

// BoardQuery is which board is asked for.
type BoardQuery struct {
	Board string         `path:"board" maxLength:"600" doc:"all, new, or region: and a region's name." example:"all"`
	Month calendar.Month `query:"month" doc:"Such as 2026-11; this month unless it says otherwise."`
}

func boardOperations(a *api) {
	operation(a, http.MethodGet, "/boards/mine", players, about{
		id: "getStandings", tag: "boards", summary: "The person's places on their boards", also: []int{http.StatusNotFound},
	}, (*Server).apiStandings)
	operation(a, http.MethodGet, "/boards/{board}", signedIn, about{
		id: "getBoard", tag: "boards", summary: "The first rows of a board", also: []int{http.StatusNotFound},
	}, (*Server).apiBoard)
	operation(a, http.MethodGet, "/boards/{board}/around", players, about{
		id: "getBoardAround", tag: "boards", summary: "The rows of a board around the person", also: []int{http.StatusNotFound},
	}, (*Server).apiAround)
}

func (s *Server) apiBoard(c *fiber.Ctx, in *struct {
	BoardQuery
	Top int `query:"top" minimum:"1" maximum:"100" default:"20" doc:"How many rows."`
}) (leaderboard.Board, error) {
	board, err := s.Boards.Top(c.UserContext(), s.monthOr(in.Month), in.name(), in.Top)
	who := leaderboard.Who(s.me(c).ID)
	for i := range board.Rows {
		board.Rows[i].Me = board.Rows[i].Who == who
	}
	return board, err
}

func (s *Server) apiAround(c *fiber.Ctx, in *struct {
	BoardQuery
	Rows int `query:"rows" minimum:"1" maximum:"100" default:"5" doc:"How many rows, the person's own among them."`
}) (leaderboard.Board, error) {
	return s.Boards.Around(c.UserContext(), s.monthOr(in.Month), in.name(), s.me(c).ID, in.Rows)
}

func (s *Server) apiStandings(c *fiber.Ctx, in *struct {
	Month calendar.Month `query:"month" doc:"Such as 2026-11; this month unless it says otherwise."`
}) (apiStandings, error) {
	month := s.monthOr(in.Month)
	mine, err := s.Boards.Mine(c.UserContext(), month, s.me(c).ID)
	all := apiStandings{Month: month, Standings: make([]apiStanding, len(mine))}
	for i, m := range mine {
		all.Standings[i] = apiStanding{Board: m.Board, Rank: m.Rank, Total: m.Total, Points: m.Points, ToNext: m.ToNext}
	}
	return all, err
}

// name is the board's name: the router leaves escapes in a path as they are.
func (q BoardQuery) name() string { return unescaped(q.Board) }

// unescaped is a part of a path as it was meant; what is no escape stays as it is.
func unescaped(part string) string {
	if plain, err := url.PathUnescape(part); err == nil {
		return plain
	}
	return part
}

// monthOr is the month asked for, or the one that runs.
func (s *Server) monthOr(m calendar.Month) calendar.Month {
	if m.IsZero() {
		return s.Zone.Month(s.Now())
	}
	return m
}
