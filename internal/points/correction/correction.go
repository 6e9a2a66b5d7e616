// Package correction is how a person gives points to an account or takes them by hand: a proposal with a reason, carried
// out at once while it is small, and else only when a second person has agreed. Marketers and administrators use it;
// whoever is corrected reads the reason on their statement.
//
// The rule that matters most: a proposal is carried out once. Its document says what was decided and by whom; the
// account's record, made under the proposal's own key, moves the points. A process that dies between the two has decided:
// the next look, or the sweep, carries it out.
package correction

import (
	"strings"
	"time"
	"unicode/utf8"

	"firebrand/internal/fault"
	"firebrand/internal/points"
)

// Status is how far a proposal has come.
type Status string

// The states. A proposal is born waiting or approved; waiting ends in approved, refused or withdrawn, approved in done
// or failed.
const (
	Waiting   Status = "waiting"
	Approved  Status = "approved" // decided, and the account's record is being written
	Done      Status = "done"
	Refused   Status = "refused"
	Withdrawn Status = "withdrawn" // by whoever proposed it
	// Failed is an approved proposal that the account did not allow; Note says why, as a message key.
	Failed Status = "failed"
)

// Correction is a proposal and what became of it.
type Correction struct {
	ID      string `json:"id"`
	Account string `json:"account"`
	// Amount is above zero to give, below zero to take.
	Amount  int64  `json:"amount"`
	Reason  string `json:"reason"`
	Funding string `json:"funding,omitempty"`
	Status  Status `json:"status"`
	// By proposed it at At.
	By string    `json:"by"`
	At time.Time `json:"at"`
	// Second agreed to it or refused it, or is its author who withdrew it, at Decided. Nobody had to agree to a small
	// one: Second is empty then.
	Second  string    `json:"second,omitempty"`
	Decided time.Time `json:"decided,omitzero"`
	// Note is why it was refused, or the message key of what made it fail.
	Note string `json:"note,omitempty"`
	// Finished is when the account's record was written, Moved how many points it moved: fewer than asked where less was
	// there, none where a budget refused. Seq is its place in the account.
	Finished time.Time `json:"finished,omitzero"`
	Moved    int64     `json:"moved,omitempty"`
	Seq      int64     `json:"seq,omitempty"`
	// CutBy is what kept the rest back, as points.Change says it.
	CutBy string `json:"cut_by,omitempty"`
	// Open is "open" until it ends, for looking them up.
	Open string `json:"open,omitempty"`
}

// Proposal asks for a correction.
type Proposal struct {
	// Key makes it act once and is the correction's id: at most 64 bytes of letters, digits and "-".
	Key     string
	Account string
	// Amount is above zero to give, below zero to take.
	Amount int64
	// Reason is shown to the account's owner, at most ReasonMost characters.
	Reason string
	// Funding says who pays for what is given; empty is nobody in particular.
	Funding string
}

// ReasonMost is the most characters of a reason.
const ReasonMost = 300

// size is how many points it is about.
func size(amount int64) int64 { return max(amount, -amount) }

// check refuses what nobody may propose under a policy.
func (p Proposal) check(policy points.Policy) error {
	switch {
	case p.Key == "" || len(p.Key) > 64 || strings.ContainsFunc(p.Key, notOfKey):
		return fault.New(fault.Invalid, "fault.key_missing")
	case p.Account == "":
		return fault.New(fault.Invalid, "points.account").On("account")
	case p.Amount == 0 || p.Amount > points.MaxAmount || p.Amount < -points.MaxAmount:
		return fault.New(fault.Invalid, "correction.amount").On("amount")
	case policy.ManualMost > 0 && size(p.Amount) > policy.ManualMost:
		return fault.New(fault.Forbidden, "correction.most", "n", policy.ManualMost).On("amount")
	case p.Reason == "":
		return fault.New(fault.Invalid, "points.reason").On("reason")
	case utf8.RuneCountInString(p.Reason) > ReasonMost || !utf8.ValidString(p.Reason):
		return fault.New(fault.Invalid, "correction.reason_long", "most", ReasonMost).On("reason")
	case len(p.Funding) > 64 || !utf8.ValidString(p.Funding):
		return fault.New(fault.Invalid, "points.funding").On("funding")
	}
	return nil
}

func notOfKey(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-'
}

// propose is the correction that a proposal makes: decided at once where one person may do it alone.
func propose(p Proposal, by string, at time.Time, policy points.Policy) Correction {
	c := Correction{
		ID: p.Key, Account: p.Account, Amount: p.Amount, Reason: p.Reason, Funding: p.Funding, Status: Waiting, By: by, At: at,
		Open: "open",
	}
	if size(p.Amount) <= policy.SecondAbove {
		c.Status, c.Decided = Approved, at
	}
	return c
}

// same reports whether a stored correction came from this proposal.
func (c Correction) same(p Proposal, by string) bool {
	return c.Account == p.Account && c.Amount == p.Amount && c.Reason == p.Reason && c.Funding == p.Funding && c.By == by
}

// decide ends the waiting: a second person approves or refuses, the author withdraws.
func (c *Correction) decide(to Status, who, note string, at time.Time) error {
	switch {
	case c.Status != Waiting:
		return fault.New(fault.Conflict, "correction.decided")
	case to == Withdrawn && who != c.By:
		return fault.New(fault.Forbidden, "correction.not_yours")
	case to != Withdrawn && who == c.By:
		return fault.New(fault.Forbidden, "correction.own")
	case to == Refused && note == "":
		return fault.New(fault.Invalid, "correction.note").On("note")
	case utf8.RuneCountInString(note) > ReasonMost || !utf8.ValidString(note):
		return fault.New(fault.Invalid, "correction.reason_long", "most", ReasonMost).On("note")
	}
	c.Status, c.Second, c.Note, c.Decided = to, who, note, at
	if to != Approved {
		c.Open = ""
	}
	return nil
}

// finish takes in what the account's record says.
func (c *Correction) finish(r points.Receipt) {
	c.Status, c.Open = Done, ""
	c.Finished, c.Moved, c.Seq, c.CutBy = r.Record.At, r.Moved, r.Record.Seq, r.CutBy
}
