// Package leaderboard shows dealer staff how they stand this month: on the board of everyone, of their region, of the
// month's newcomers, of each quiz and each week, and their companies in a league. It draws the boards from the accounts
// of points, onto Redis sorted sets.
//
// The rule that matters most: a board is a shadow. It holds nothing that is not in the journal, every standing on it is
// a total beside the seq that it was drawn from, and a board that is gone is drawn again. What counts is
// points.State.Won: won by playing and challenges in that month, less what of it burned, expired or was reversed by
// now. Of equal totals the one that was reached first leads.
//
// Once a month is over and final (FinalAfter) it is closed: its tables are kept in the store for ever, and its prizes are
// decided in one record and paid once. See Service.Sweep.
//
// On an embedded Redis reads come from copies of whole boards in memory, on a real one from its commands.
package leaderboard

import (
	"context"
	"time"

	"firebrand/internal/calendar"
	"firebrand/internal/member"
)

// The boards by name; a region's board is RegionBoard.
const (
	// All is everyone's board.
	All = "all"
	// New is the board of those who joined in that month.
	New = "new"
)

// RegionBoard is the name of a region's board.
func RegionBoard(region string) string { return regionPrefix + region }

// QuizBoard is the name of a quiz's board: what its finished games won in that month.
func QuizBoard(quizID string) string { return quizPrefix + quizID }

// WeekBoard is the name of the board of the week in which a day lies. A week that two months share has a board in
// each, since a month begins level.
func WeekBoard(day calendar.Date) string {
	return weekPrefix + monday(day).String()
}

// LeagueBoard is the name of a class of the companies' league: for Closed and for prizes, since a league is of teams and
// is read by League.
func LeagueBoard(class string) string { return leaguePrefix + class }

const (
	regionPrefix = "region:"
	quizPrefix   = "quiz:"
	weekPrefix   = "week:"
	leaguePrefix = "league:"
)

// MaxRows bounds one answer of Top and Around.
const MaxRows = 100

// Shown is how many rows a live room shows.
const Shown = 20

// Refresh is how often boards are looked at: what was written a moment ago is read at most this much later.
const Refresh = 200 * time.Millisecond

// People is what boards must know about people; member.Service is one.
type People interface {
	// Many returns the people of these ids; who is not there is left out.
	Many(ctx context.Context, ids []string) (map[string]member.Member, error)
	// CompanyByID returns a company, or fault.NotFound.
	CompanyByID(ctx context.Context, id string) (member.Company, error)
	// Companies returns all companies, in any order.
	Companies(ctx context.Context) ([]member.Company, error)
	// All calls each with every person, in any order.
	All(ctx context.Context, each func(member.Member) error) error
}

// Board is a piece of a board: rows one after another.
type Board struct {
	Name  string         `json:"board"`
	Month calendar.Month `json:"month"`
	// Total is how many stand on the whole board.
	Total int   `json:"total"`
	Rows  []Row `json:"rows"`
	// Updated is when the rows were read, for a room when they last changed.
	Updated time.Time `json:"updated"`
	// Stale says that the board cannot be read now and this is what it was.
	Stale bool `json:"stale,omitempty"`
	// Closed says that the month is over and this is its final table.
	Closed bool `json:"closed,omitempty"`
}

// Row is one person's place.
type Row struct {
	// Rank counts from 1; no two are equal.
	Rank int `json:"rank"`
	// Who tells rows apart for others without telling the member's id; see member.Who.
	Who string `json:"who"`
	// Name is as the person chose, an alias until they did.
	Name    string `json:"name"`
	Company string `json:"company,omitempty"`
	Points  int64  `json:"points"`
	// Me marks the member who asked; a live room, being the same for everyone, marks nobody: compare Who.
	Me bool `json:"me,omitempty"`
}

// Standing is a member's place on one board.
type Standing struct {
	Board string `json:"board"`
	// Rank counts from 1; it is 0 while the member has no points on it.
	Rank   int   `json:"rank"`
	Total  int   `json:"total"`
	Points int64 `json:"points"`
	// ToNext is how many more points pass the one above, 0 for the first and for who has no rank.
	ToNext int64 `json:"toNext"`
	// Moved is by how many places the member climbed since yesterday's end, below zero where they fell. Fresh says that
	// they had no rank then. Both are zero on a month's first day, while yesterday's table is being drawn (the first
	// minute of a day), and on the boards of quizzes and weeks.
	Moved int  `json:"moved"`
	Fresh bool `json:"fresh,omitempty"`
	// was is the rank yesterday, also where there is none today.
	was int
}

// Movement is how a member's rank on a board changed since yesterday's end; ranks are 0 where there is none.
type Movement struct {
	Board     string `json:"board"`
	Yesterday int    `json:"yesterday"`
	Today     int    `json:"today"`
	// Places is how many they climbed, below zero where they fell; 0 where either rank is missing.
	Places int `json:"places"`
	// Known says that there is a table of yesterday to compare with; see Standing.Moved for when there is none.
	Known bool `json:"known"`
}

// Mover is somebody who climbed on everyone's board since yesterday's end.
type Mover struct {
	Row
	Yesterday int `json:"yesterday"`
	Places    int `json:"places"`
}

// RoomName is the live room (web/live) of a board's first rows in a month.
func RoomName(board string, m calendar.Month) string {
	return roomPrefix + board + ":" + m.String()
}

const roomPrefix = "board:"
