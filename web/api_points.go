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
	// Starts and Forecast are read by programs that show what waits and what comes.
	Starts   []apiStarting `json:"starts" doc:"What of the pending points becomes spendable when, soonest first."`
	Forecast []apiComing   `json:"forecast,omitempty" doc:"What the clock does to the account unless something happens, soonest first."`
}

type apiStarting struct {
	At     time.Time `json:"at,omitzero" doc:"Absent while their order has not arrived."`
	Points int64     `json:"points"`
}

type apiComing struct {
	At      time.Time `json:"at"`
	Points  int64     `json:"points"`
	Why     string    `json:"why" enum:"expires,burns,active,repaid"`
	Saves   int64     `json:"saves,omitempty" doc:"How many of them one finished game saves."`
	Certain bool      `json:"certain" doc:"False for what burns only after a warning."`
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
	Kind      string    `json:"kind" doc:"What happened: award, played, deliver, spend, hold, resize, capture, release, void, forfeit, refund, reverse, warn, refused, correct, merge_in, merge_out, settle, or what the clock did."`
	Why       string    `json:"why,omitempty" enum:"expires,burns,active,repaid" doc:"What the clock did, where it did it."`
	Points    int64     `json:"points" doc:"How many points the line tells of."`
	Amount    int64     `json:"amount" doc:"The change of what is spendable."`
	Balance   int64     `json:"balance" doc:"What was spendable afterwards."`
	Source    string    `json:"source,omitempty" enum:"game,purchase,challenge,grant,refund" doc:"Where the points came from, where all of them have one source."`
	Ref       string    `json:"ref,omitempty" doc:"The journal stream that it belongs to."`
	Hash      string    `json:"hash,omitempty" doc:"The record's hash, by which the line can be verified."`
	Asked     int64     `json:"asked,omitempty" doc:"How many points were asked for, where a limit cut them."`
	CutBy     string    `json:"cut_by,omitempty" doc:"The limit: policy:<source>, cap:<id> or budget:<id>."`
	Unwritten bool      `json:"unwritten,omitempty" doc:"It fell due after the last record; the next one writes it down."`
}

type apiStatement struct {
	Lines []apiLine `json:"lines" doc:"Newest first."`
	Next  int64     `json:"next,omitempty" doc:"The before of the next page; absent at the end."`
}

func pointsOperations(a *api) {
	operation(a, http.MethodGet, "/balance", players, about{
		id: "getBalance", tag: "points", summary: "The account now, and what of it ends when", also: []int{http.StatusForbidden},
	}, (*Server).apiBalance)
	operation(a, http.MethodGet, "/statement", players, about{
		id: "getStatement", tag: "points", summary: "The account's story, newest first", also: []int{http.StatusForbidden},
	}, (*Server).apiStatement)
}

// OfAccount is the input of operations that read one of the person's accounts.
type OfAccount struct {
	Account string `query:"account" enum:"own,company" default:"own" doc:"A principal may ask for the account of their company."`
}

func (s *Server) apiBalance(c *fiber.Ctx, in *OfAccount) (apiBalance, error) {
	account, err := accountFor(s.me(c), in.Account)
	if err != nil {
		return apiBalance{}, err
	}
	view, err := s.Points.Balance(c.UserContext(), account)
	if err != nil {
		return apiBalance{}, err
	}
	forecast, err := s.Points.Forecast(c.UserContext(), account)
	balance := balanceOf(view)
	for _, e := range forecast.Events {
		balance.Forecast = append(balance.Forecast, apiComing{At: e.At, Points: e.Amount, Why: string(e.Why), Saves: e.Saves, Certain: e.Certain})
	}
	return balance, err
}

func (s *Server) apiStatement(c *fiber.Ctx, in *struct {
	OfAccount
	Before int64 `query:"before" minimum:"0" doc:"The next of the page before; 0 begins at the newest."`
	Limit  int   `query:"limit" minimum:"1" maximum:"500" default:"50" doc:"How many records a page tells; each may have several lines."`
}) (apiStatement, error) {
	account, err := accountFor(s.me(c), in.Account)
	if err != nil {
		return apiStatement{}, err
	}
	lines, err := s.Points.Statement(c.UserContext(), account, in.Before, in.Limit)
	return statementOf(lines), err
}

func balanceOf(v points.View) apiBalance {
	b := apiBalance{
		Alive: v.Alive, Pending: v.Pending, Held: v.Held, Debt: v.Debt, IdleUntil: v.IdleUntil, BurnsAt: v.BurnsAt,
		Ends: make([]apiEnding, len(v.Ends)), Starts: make([]apiStarting, len(v.Starts)),
	}
	for i, start := range v.Starts {
		b.Starts[i] = apiStarting{At: start.At, Points: start.Amount}
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
			Asked: l.Asked, CutBy: l.CutBy,
		}
	}
	if n := len(lines); n > 0 && lines[n-1].Seq > 1 { // records count from 1
		page.Next = lines[n-1].Seq
	}
	return page
}
