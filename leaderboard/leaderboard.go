// Package leaderboard shows dealer staff how they stand this month: on the board of everyone, of their region and of
// the month's newcomers. It draws the boards from the accounts of points, onto Redis sorted sets.
//
// The rule that matters most: a board is a shadow. It holds nothing that is not in the journal, every standing on it is
// a total beside the seq that it was drawn from, and a board that is gone is drawn again. What counts is
// points.State.Won: won by playing and challenges in that month, less what of it burned, expired or was reversed by
// now. Of equal totals the one that was reached first leads.
//
// On an embedded Redis reads come from copies of whole boards in memory, on a real one from its commands.
package leaderboard

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
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

const regionPrefix = "region:"

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
}

// Row is one person's place.
type Row struct {
	// Rank counts from 1; no two are equal.
	Rank int `json:"rank"`
	// Who tells rows apart for others without telling the member's id; see Who.
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
}

// Who is how a member is told from others in rows: a short hash, from which the id cannot be had.
func Who(memberID string) string {
	sum := sha256.Sum256([]byte("board/" + memberID))
	return hex.EncodeToString(sum[:8])
}

// RoomName is the live room (web/live) of a board's first rows in a month.
func RoomName(board string, m calendar.Month) string {
	return roomPrefix + board + ":" + m.String()
}

const roomPrefix = "board:"
