package leaderboard

import (
	"fmt"
	"slices"
	"strings"

	"firebrand/content"
	"firebrand/internal/calendar"
)

// Prize is one prize of a closed month as it was decided, which never changes, and whether it failed.
type Prize struct {
	// ID derives from month, board and rank, and is the key under which it is paid.
	ID    string `json:"id"`
	Board string `json:"board"`
	Rank  int    `json:"rank"`
	// Member is who gets it; of a team in the league each player gets one.
	Member string `json:"member"`
	// Company is the team's, empty on a board of people and for a pool.
	Company string `json:"company,omitempty"`
	Points  int64  `json:"points"`
	// Failed says why it can never be paid: a message key, or the limit that left nothing, as points.Change.CutBy has it.
	// Empty where it is or will be paid. It is not part of what was decided: a record of its own says it.
	Failed string `json:"failed,omitempty"`
}

// count is everything that a month ended with.
type count struct {
	month calendar.Month
	// boards are whole tables, the best first.
	boards  map[string][]row
	classes []Class
	// players are who won something, by company and, of pools, by region.
	players, pooled map[string][]string
}

// prizesOf says who wins what: by board, rank and, within a team, member.
func prizesOf(n count, rules []content.BoardPrize) []Prize {
	var prizes []Prize
	for _, rule := range rules {
		if class, ok := strings.CutPrefix(rule.Board, leaguePrefix); ok {
			prizes = append(prizes, teamPrizes(n, class, rule)...)
			continue
		}
		for board, rows := range n.boards {
			if !prizeOf(rule.Board, board) {
				continue
			}
			for rank := rule.From; rank <= min(rule.To, len(rows)); rank++ {
				prizes = append(prizes, Prize{
					ID: prizeID(n.month, board, rank), Board: board, Rank: rank, Member: rows[rank-1].Account, Points: rule.Points,
				})
			}
		}
	}
	slices.SortFunc(prizes, func(a, b Prize) int {
		if c := strings.Compare(a.Board, b.Board); c != 0 {
			return c
		}
		if a.Rank != b.Rank {
			return a.Rank - b.Rank
		}
		return strings.Compare(a.Member, b.Member)
	})
	return prizes
}

// prizeOf reports whether a rule for pattern gives prizes on a board.
func prizeOf(pattern, board string) bool {
	switch pattern {
	case "region":
		return validRegion(board)
	case "week":
		return strings.HasPrefix(board, weekPrefix)
	}
	return pattern == board
}

func teamPrizes(n count, class string, rule content.BoardPrize) []Prize {
	var prizes []Prize
	for _, c := range n.classes {
		for _, t := range c.Teams {
			if c.Name != class || t.Rank < rule.From || t.Rank > rule.To {
				continue
			}
			players := n.players[t.Company]
			if t.Company == "" {
				players = n.pooled[t.Region]
			}
			for _, member := range players {
				prizes = append(prizes, Prize{
					ID: prizeID(n.month, rule.Board, t.Rank) + "/" + member, Board: rule.Board, Rank: t.Rank,
					Member: member, Company: t.Company, Points: rule.Points,
				})
			}
		}
	}
	return prizes
}

func prizeID(m calendar.Month, board string, rank int) string {
	return fmt.Sprintf("%s/%s/%s/%d", Family, m, board, rank)
}

// message is the text key of a prize and its arguments.
func (p Prize) message(m calendar.Month, points int64) (key string, args map[string]any) {
	args = map[string]any{"month": m.String(), "rank": int64(p.Rank), "n": points}
	kind, of, found := strings.Cut(p.Board, ":")
	if found {
		args["of"] = of
	}
	return "leaderboard.prize_" + kind, args
}
