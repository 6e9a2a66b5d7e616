package web

import (
	"net/http"
	"time"

	"github.com/gofiber/fiber/v2"

	"firebrand/internal/points"
)

// apiBalance is an account now, in points.
type apiBalance struct {
	Alive     int64       `json:"alive" doc:"What can be spent now."`
	Pending   int64       `json:"pending" doc:"What is not active yet."`
	Held      int64       `json:"held" doc:"What is set aside."`
	Debt      int64       `json:"debt" doc:"What returns could not take; purchase points repay it."`
	IdleUntil time.Time   `json:"idle_until,omitzero" doc:"Until when no play is needed; absent before the first finished game."`
	BurnsAt   time.Time   `json:"burns_at,omitzero" doc:"When idling points burn unless a game is finished before; absent where nothing is announced."`
	Ends      []apiEnding `json:"ends" doc:"What of the spendable points ends when, soonest first."`
}

type apiEnding struct {
	At     time.Time `json:"at"`
	Points int64     `json:"points"`
	Why    string    `json:"why" enum:"expires,burns" doc:"What burns is saved by finishing a game, what expires by spending it."`
}

// apiLine is one line of a statement.
type apiLine struct {
	Seq       int64     `json:"seq" doc:"The record's number in the account; 0 where the line is not written yet."`
	At        time.Time `json:"at"`
	Kind      string    `json:"kind" doc:"What happened: award, played, deliver, spend, hold, resize, capture, release, void, forfeit, refund, reverse, warn, or what the clock did."`
	Why       string    `json:"why,omitempty" enum:"expires,burns,active,repaid" doc:"What the clock did, where it did it."`
	Points    int64     `json:"points" doc:"How many points the line tells of."`
	Amount    int64     `json:"amount" doc:"The change of what is spendable."`
	Balance   int64     `json:"balance" doc:"What was spendable afterwards."`
	Source    string    `json:"source,omitempty" enum:"game,purchase,challenge,grant,refund" doc:"Where the points came from, where all of them have one source."`
	Ref       string    `json:"ref,omitempty" doc:"The journal stream that it belongs to."`
	Hash      string    `json:"hash,omitempty" doc:"The record's hash, by which the line can be verified."`
	Unwritten bool      `json:"unwritten,omitempty" doc:"It fell due after the last record; the next one writes it down."`
}

type apiStatement struct {
	Lines []apiLine `json:"lines" doc:"Newest first."`
	Next  int64     `json:"next,omitempty" doc:"The before of the next page; absent at the end."`
}

func pointsOperations(a *api) {
	operation(a, http.MethodGet, "/balance", players, about{
		id: "getBalance", tag: "points", summary: "The account now, and what of it ends when",
	}, (*Server).apiBalance)
	operation(a, http.MethodGet, "/statement", players, about{
		id: "getStatement", tag: "points", summary: "The account's story, newest first",
	}, (*Server).apiStatement)
}

func (s *Server) apiBalance(c *fiber.Ctx, _ *struct{}) (apiBalance, error) {
	view, err := s.Points.Balance(c.UserContext(), s.me(c).ID)
	return balanceOf(view), err
}

func (s *Server) apiStatement(c *fiber.Ctx, in *struct {
	Before int64 `query:"before" minimum:"0" doc:"The next of the page before; 0 begins at the newest."`
	Limit  int   `query:"limit" minimum:"1" maximum:"500" default:"50" doc:"How many records a page tells; each may have several lines."`
}) (apiStatement, error) {
	lines, err := s.Points.Statement(c.UserContext(), s.me(c).ID, in.Before, in.Limit)
	return statementOf(lines), err
}

func balanceOf(v points.View) apiBalance {
	b := apiBalance{
		Alive: v.Alive, Pending: v.Pending, Held: v.Held, Debt: v.Debt, IdleUntil: v.IdleUntil, BurnsAt: v.BurnsAt,
		Ends: make([]apiEnding, len(v.Ends)),
	}
	for i, e := range v.Ends {
		b.Ends[i] = apiEnding{At: e.At, Points: e.Amount, Why: string(e.Why)}
	}
	return b
}

func statementOf(lines []points.Line) apiStatement {
	page := apiStatement{Lines: make([]apiLine, len(lines))}
	for i, l := range lines {
		page.Lines[i] = apiLine{
			Seq: l.Seq, At: l.At, Kind: l.Kind, Why: string(l.Why), Points: l.Points, Amount: l.Amount, Balance: l.Balance,
			Source: string(l.Source), Ref: l.Ref, Hash: l.Hash, Unwritten: l.Unwritten,
		}
	}
	if n := len(lines); n > 0 && lines[n-1].Seq > 1 { // records count from 1
		page.Next = lines[n-1].Seq
	}
	return page
}
