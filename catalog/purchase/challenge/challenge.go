// Package challenge keeps the challenges of the programme: "buy 40 of product group G from supplier S in region R by
// the 20th", "finish five games", "read everything this month". Marketers write them, members and companies reach
// their steps and are paid in points.
//
// The rule that matters most: progress is never counted up. It is asked of the rooms that hold it whenever somebody
// looks, net of what came back, and the stream "challenge/<id>/<account>" holds only the decisions: a step was reached
// and paid, goods came back and it was reopened. So an evaluation can be repeated, raced and cut off anywhere, and each
// step is paid once.
//
// Who may write a challenge is decided by the caller; an actor is the id of a member.
package challenge

import (
	"context"
	"time"

	"firebrand/content"
	"firebrand/internal/calendar"
	"firebrand/internal/journal"
	"firebrand/internal/points"
)

// Family is the journal family of what was paid; journal.Open must name it.
const Family = "challenge"

// Goal is what a challenge asks for.
type Goal string

// The goals. Buying counts delivered pieces net of returns; playing counts finished scored games; reading counts the
// articles of the edition of the challenge's month.
const (
	GoalBuy  Goal = "buy"
	GoalPlay Goal = "play"
	GoalRead Goal = "read"
)

// Source is where the points of a challenge come from: those of purchases follow returns and move no board, those of
// playing and reading are won. The reason is in docs/decisions/2026-11-22-points-of-purchase-challenges.md.
func (g Goal) Source() points.Source {
	if g == GoalBuy {
		return points.SourcePurchase
	}
	return points.SourceChallenge
}

// Audience is whom a challenge is for. An empty list is everybody in that respect.
type Audience struct {
	// Companies says that the accounts are those of companies: what their people do counts together. Otherwise each
	// member has the challenge for themselves.
	Companies  bool     `json:"companies,omitempty"`
	Regions    []string `json:"regions,omitempty"`
	Sizes      []string `json:"sizes,omitempty"`
	Industries []string `json:"industries,omitempty"`
	// Newcomers are members who joined in the months of the challenge; it is not for companies.
	Newcomers bool `json:"newcomers,omitempty"`
}

// Goods are the purchases that count; an empty list is everything in that respect.
type Goods struct {
	Products  []string `json:"products,omitempty"`
	Groups    []string `json:"groups,omitempty"`
	Suppliers []string `json:"suppliers,omitempty"`
	Channels  []string `json:"channels,omitempty"`
	// Regions are those of the order, which may be others than the buyer's own.
	Regions []string `json:"regions,omitempty"`
}

// Step is one mark on the way and what reaching it brings.
type Step struct {
	// ID stays through the versions of a challenge: a step is paid once under it. Save draws it where it is empty.
	ID string `json:"id"`
	// Target is in pieces, games or articles; 0 in a reading challenge is everything.
	Target int64 `json:"target"`
	Points int64 `json:"points"`
}

// Terms are one version of a challenge. A published one never changes.
type Terms struct {
	// Version counts from 1.
	Version     int          `json:"version"`
	Name        content.Text `json:"name"`
	Description content.Text `json:"description,omitempty"`
	Goal        Goal         `json:"goal"`
	Goods       Goods        `json:"goods"`
	Audience    Audience     `json:"audience"`
	// From and To are local days, both inclusive: what was ordered, played or read within them counts. An order may
	// arrive later.
	From calendar.Date `json:"from"`
	To   calendar.Date `json:"to"`
	// Steps rise in target.
	Steps []Step `json:"steps"`
	// Funding is the funding source that pays; empty is the programme itself.
	Funding string    `json:"funding,omitempty"`
	Saved   time.Time `json:"saved"`
	By      string    `json:"by"`
}

// Challenge is a challenge with all its versions.
type Challenge struct {
	ID string `json:"id"`
	// Draft is what is being written; nil where nothing is.
	Draft *Terms `json:"draft,omitempty"`
	// Versions are the published ones, oldest first.
	Versions []Terms `json:"versions,omitempty"`
	// Stopped ends the period early; zero while nobody has.
	Stopped   time.Time `json:"stopped,omitzero"`
	StoppedBy string    `json:"stoppedBy,omitempty"`
	// Saves is what SaveDraft, Publish and Stop want back, to notice that somebody else saved meanwhile.
	Saves int64 `json:"-"`
}

// Phase is what a challenge is at one instant.
type Phase string

// The phases, in their order. A stopped one has ended early.
const (
	PhaseDraft   Phase = "draft"
	PhaseComing  Phase = "coming"
	PhaseLive    Phase = "live"
	PhaseEnded   Phase = "ended"
	PhaseStopped Phase = "stopped"
)

// Progress is how far an account is in one version of a challenge.
type Progress struct {
	// Have counts: delivered net of returns, finished, read.
	Have int64 `json:"have"`
	// Coming is ordered in time and still on the way.
	Coming int64 `json:"coming,omitempty"`
	// Of is everything there is to read; 0 for other goals.
	Of int64 `json:"of,omitempty"`
}

// Person is an account that may take part: a member, or a company.
type Person struct {
	// Account is the member's or the company's id.
	Account string
	Company bool
	// CompanyID is the company that a member belongs to; a company's own id.
	CompanyID string
	Region    string
	Size      string
	Industry  string
	// Joined is zero for companies.
	Joined time.Time
	// Active is false for who was dismissed: nothing more is paid, goods that come back still are taken off.
	Active bool
}

// Bought is one line of an order as challenges count it.
type Bought struct {
	Order                                     string
	Region, Channel, Product, Group, Supplier string
	// Quantity is net of returns.
	Quantity  int64
	Delivered bool
}

// Purchases is what the room of orders tells.
type Purchases interface {
	// Bought calls each with every line of the account's orders placed at or after from and before to, cancelled ones
	// left out. It is safe to repeat; an order just written may show a moment later.
	Bought(ctx context.Context, account string, from, to time.Time, each func(Bought) error) error
	// Told is what a record of an order is about: when it was placed and whose it is, the member's who bought and the
	// company's. Accounts are empty where nobody's progress can change.
	Told(ctx context.Context, rec journal.Record) (placed time.Time, accounts []string, err error)
}

// Plays is what the room of games tells.
type Plays interface {
	// Finished is how many scored games a member finished at or after from and before to.
	Finished(ctx context.Context, member string, from, to time.Time) (int64, error)
	// Told is the member whose scored game a record finished; empty for any other record.
	Told(rec journal.Record) (member string, err error)
}

// Reads is what the room of articles tells.
type Reads interface {
	// Read is how many articles of a month's edition a member read before the instant to, of how many there are; both
	// are 0 while the edition is not out. What was read before the challenge began counts: nobody reads twice.
	Read(ctx context.Context, member string, month calendar.Month, to time.Time) (have, of int64, err error)
}

// People is what the room of members tells.
type People interface {
	// Person is the account as it stands now; found is false where there is no such member or company.
	Person(ctx context.Context, account string) (p Person, found bool, err error)
	// Each calls each with every member who can have points, or with every company.
	Each(ctx context.Context, companies bool, each func(Person) error) error
	// Staff are the ids of a company's people.
	Staff(ctx context.Context, company string) ([]string, error)
}

// Account is what points are moved through; points.Service is it.
type Account interface {
	Award(ctx context.Context, r points.Award) (points.Receipt, error)
	Reverse(ctx context.Context, r points.Reverse) (points.Receipt, error)
	// Record finds what a key did, in the account or in the one that it was merged into.
	Record(ctx context.Context, account, key string) (rec journal.Record, found bool, err error)
}
