package content

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Bounds of prizes.
const (
	// MaxPrizes bounds an edition's prizes, MaxPrizeRank the ranks that they reach.
	MaxPrizes      = 50
	MaxPrizeRank   = 1000
	MaxPrizePoints = 1_000_000
	maxClass       = 100
)

const (
	prizeQuiz   = "quiz:"
	prizeLeague = "league:"
)

// prizes checks what can be said of prizes by themselves: which boards, and that no place of a board is named twice.
func (c *checker) prizes(prizes []BoardPrize) {
	if len(prizes) > MaxPrizes {
		c.add("/prizes", "content.named_many", "max", MaxPrizes)
	}
	for i, p := range prizes {
		field := fmt.Sprintf("/prizes/%d", i)
		if !prizeBoard(p.Board) {
			c.add(field+"/board", "content.prize_board")
		}
		c.between(field+"/from", int64(p.From), 1, MaxPrizeRank)
		c.between(field+"/to", int64(p.To), int64(max(p.From, 1)), MaxPrizeRank)
		c.between(field+"/points", p.Points, 1, MaxPrizePoints)
		if slices.ContainsFunc(prizes[:i], func(q BoardPrize) bool {
			return p.Board == q.Board && p.From <= q.To && q.From <= p.To
		}) {
			c.add(field+"/from", "content.prize_twice", "from", p.From, "to", p.To)
		}
	}
}

// prizeBoard reports whether prizes can be of such a board.
func prizeBoard(board string) bool {
	switch board {
	case "all", "new", "region", "week":
		return true
	}
	if id, ok := strings.CutPrefix(board, prizeQuiz); ok {
		return ValidID(id)
	}
	class, ok := strings.CutPrefix(board, prizeLeague)
	return ok && writable(class) && utf8.RuneCountInString(class) <= maxClass
}

// prizeProblems says which prizes are of a quiz that the edition does not have.
func prizeProblems(e Edition) []Problem {
	var c checker
	for i, p := range e.Prizes {
		if id, ok := strings.CutPrefix(p.Board, prizeQuiz); ok && !slices.Contains(e.Quizzes, id) {
			c.add(fmt.Sprintf("/prizes/%d/board", i), "content.prize_quiz")
		}
	}
	return c.problems
}

// clonedPrizes are those that a month can take over from another one, whose quizzes it does not have.
func clonedPrizes(prizes []BoardPrize) []BoardPrize {
	return slices.DeleteFunc(slices.Clone(prizes), func(p BoardPrize) bool { return strings.HasPrefix(p.Board, prizeQuiz) })
}
