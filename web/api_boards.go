package web

import (
	"net/http"
	"net/url"

	"github.com/gofiber/fiber/v2"

	"firebrand/internal/calendar"
	"firebrand/internal/member"
	"firebrand/leaderboard"
)

// apiStanding is the person's place on one board.
type apiStanding struct {
	Board  string `json:"board"`
	Rank   int    `json:"rank" doc:"From 1; 0 while the person has no points on it."`
	Total  int    `json:"total" doc:"How many stand on the board."`
	Points int64  `json:"points"`
	ToNext int64  `json:"to_next" doc:"How many more points pass the one above; 0 for the first."`
	Moved  int    `json:"moved" doc:"Places climbed since yesterday's end, below zero for places lost."`
	Fresh  bool   `json:"fresh,omitempty" doc:"There was no place yesterday."`
}

type apiStandings struct {
	Month     calendar.Month `json:"month"`
	Who       string         `json:"who" doc:"How the person is told from others in rows of boards."`
	Standings []apiStanding  `json:"standings" doc:"On everyone's board first; only dealer staff have any."`
}

// apiMovers are those who climbed most.
type apiMovers struct {
	Month  calendar.Month      `json:"month"`
	Movers []leaderboard.Mover `json:"movers" doc:"Those who climbed most on everyone's board since yesterday's end, the most first."`
}

// apiClosed is a page of a closed board with what its places brought.
type apiClosed struct {
	leaderboard.Board
	Prizes []apiPrize  `json:"prizes" doc:"What the places of this board brought; in a league each player of the team gets it."`
	Failed []apiFailed `json:"failed,omitempty" doc:"For marketers: who could not be given the prize of their place, and never will be."`
}

type apiPrize struct {
	Rank   int   `json:"rank"`
	Points int64 `json:"points"`
}

type apiFailed struct {
	Rank   int    `json:"rank"`
	Member string `json:"member" doc:"The member's id."`
	Points int64  `json:"points"`
	Why    string `json:"why" doc:"A word code, or the limit that left nothing: policy:<source> or budget:<id>."`
}

// BoardQuery is which board is asked for.
type BoardQuery struct {
	Board string         `path:"board" maxLength:"600" doc:"all, new, region: and a region's name, quiz: and a quiz's id, or week: and the date of its Monday." example:"all"`
	Month calendar.Month `query:"month" doc:"Such as 2026-11; this month unless it says otherwise."`
}

func boardOperations(a *api) {
	operation(a, http.MethodGet, "/boards/mine", players, about{
		id: "getStandings", tag: "boards", summary: "The person's places on their boards", also: []int{http.StatusNotFound},
	}, (*Server).apiStandings)
	operation(a, http.MethodGet, "/boards/movers", signedIn, about{
		id: "getMovers", tag: "boards", summary: "Who climbed most since yesterday", also: []int{http.StatusNotFound},
	}, (*Server).apiMovers)
	operation(a, http.MethodGet, "/boards/league", signedIn, about{
		id: "getLeague", tag: "boards", summary: "The companies' league", also: []int{http.StatusNotFound},
		detail: "A team's score is what its staff won together and what as many average members of its class as the league adds would have won, shared out among all of them. Averages and scores are in thousandths of a point.",
	}, (*Server).apiLeague)
	operation(a, http.MethodGet, "/boards/{board}", signedIn, about{
		id: "getBoard", tag: "boards", summary: "The first rows of a board", also: []int{http.StatusNotFound},
		detail: "The answer bears an ETag: with If-None-Match a board that has not changed is a 304.",
	}, (*Server).apiBoard)
	operation(a, http.MethodGet, "/boards/{board}/around", players, about{
		id: "getBoardAround", tag: "boards", summary: "The rows of a board around the person", also: []int{http.StatusNotFound},
	}, (*Server).apiAround)
	operation(a, http.MethodGet, "/boards/{board}/closed", signedIn, about{
		id: "getClosedBoard", tag: "boards", summary: "A closed month's board and what it brought", also: []int{http.StatusNotFound},
	}, (*Server).apiClosed)
}

func (s *Server) apiBoard(c *fiber.Ctx, in *struct {
	BoardQuery
	Top int `query:"top" minimum:"1" maximum:"100" default:"20" doc:"How many rows."`
}) (leaderboard.Board, error) {
	board, err := s.Boards.Top(c.UserContext(), s.monthOr(in.Month), in.name(), in.Top)
	who := member.Who(s.me(c).ID)
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
	month, me := s.monthOr(in.Month), s.me(c).ID
	mine, err := s.Boards.Mine(c.UserContext(), month, me)
	all := apiStandings{Month: month, Who: member.Who(me), Standings: make([]apiStanding, len(mine))}
	for i, m := range mine {
		all.Standings[i] = apiStanding{
			Board: m.Board, Rank: m.Rank, Total: m.Total, Points: m.Points, ToNext: m.ToNext, Moved: m.Moved, Fresh: m.Fresh,
		}
	}
	return all, err
}

func (s *Server) apiMovers(c *fiber.Ctx, in *struct {
	Month calendar.Month `query:"month" doc:"Such as 2026-11; this month unless it says otherwise."`
	Top   int            `query:"top" minimum:"1" maximum:"100" default:"10" doc:"How many."`
}) (apiMovers, error) {
	month := s.monthOr(in.Month)
	movers, err := s.Boards.Movers(c.UserContext(), month, in.Top)
	who := member.Who(s.me(c).ID)
	for i := range movers {
		movers[i].Me = movers[i].Who == who
	}
	return apiMovers{month, movers}, err
}

func (s *Server) apiLeague(c *fiber.Ctx, in *struct {
	Month calendar.Month `query:"month" doc:"Such as 2026-11; this month unless it says otherwise."`
}) (leaderboard.League, error) {
	return s.Boards.League(c.UserContext(), s.monthOr(in.Month))
}

func (s *Server) apiClosed(c *fiber.Ctx, in *struct {
	BoardQuery
	After int `query:"after" minimum:"0" default:"0" doc:"The rank behind which the rows lie."`
	Rows  int `query:"rows" minimum:"1" maximum:"100" default:"50" doc:"How many rows."`
}) (apiClosed, error) {
	ctx, month := c.UserContext(), in.Month
	if month.IsZero() {
		month = s.Zone.Month(s.Now()).Prev()
	}
	board, err := s.Boards.Closed(ctx, month, in.name(), in.After, in.Rows)
	if err != nil {
		return apiClosed{}, err
	}
	decided, err := s.Boards.Prizes(ctx, month)
	closed := apiClosed{Board: board, Prizes: []apiPrize{}}
	seen, marketer := map[int]bool{}, marketers.allows(s.me(c).Role)
	for _, p := range decided {
		if p.Board != in.name() {
			continue
		}
		if !seen[p.Rank] {
			closed.Prizes, seen[p.Rank] = append(closed.Prizes, apiPrize{p.Rank, p.Points}), true
		}
		if marketer && p.Failed != "" {
			closed.Failed = append(closed.Failed, apiFailed{p.Rank, p.Member, p.Points, p.Failed})
		}
	}
	return closed, err
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
