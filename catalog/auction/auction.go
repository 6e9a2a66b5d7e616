// Package auction sells rewards live, for points: dealer staff bid, marketers schedule and watch, and anyone who took
// part can replay what happened.
//
// An auction is the journal stream "auction/<id>". Its first records say what is sold and how, each later one is an
// accepted bid or a step of its end. The rules are pure: Apply takes a State, an Op and an instant. Redis and the rooms
// only show it.
//
// The rule that matters most: a bid that stands is covered by points that are held, and no other points are. Once
// nothing is under way these hold for every auction, and VerifyAuction checks them:
//
//  1. A member has at most one open hold for an auction. Its id is the id of the bid that stands, its amount is what
//     that bid may cost (Bidder.Max). Who has no standing bid has no hold.
//  2. A bid's record is written only behind its hold, and a hold ends only behind a record that says so: another bid
//     displaced it, the auction closed, or a void under the bid's own key, which then can never become a bid.
//  3. Of each unit there is at most one winner. Who wins is what the record "closed" (or "bought") says, and nothing
//     that is added later can change it: "closing" comes before it and ends the bidding.
//  4. A winner's hold is captured once, for the price in that record, under the unit's redemption; everybody else's is
//     released. A unit that nobody won is back in the stock.
//  5. Only an accepted bid moves the end, which is one field of the record, and never beyond Closes + Cap.
//  6. Replaying the stream from its first record gives what every record says.
//
// A flow (hold, bid, release of the outbid) may be cut anywhere: its keys derive from the member and the form's key,
// every step can be repeated, by the same request, by its repetition or by Sweep, and all come to the same end.
package auction

import (
	"time"

	"firebrand/content"
	"firebrand/internal/calendar"
)

// Family is the journal family of auctions and of the claims that let a member win once a month; journal.Open must
// name it, and those of catalog and points.
const Family = "auction"

// Form is how an auction is bid for.
type Form string

// The forms. Ascending is open: everyone sees the price. In a sealed one nobody sees an amount before the end; the best
// bids win and pay what they say.
const (
	Ascending Form = "ascending"
	Sealed    Form = "sealed"
)

// The defaults of a soft close.
const (
	DefaultWindow    = 30 * time.Second
	DefaultExtension = 30 * time.Second
	DefaultCap       = 10 * time.Minute
)

// The bounds of what a marketer writes.
const (
	MaxUnits = 50
	// MaxPrice bounds every amount of an auction, in points.
	MaxPrice = 10_000_000
	// MaxLasts is the longest that bidding may be open.
	MaxLasts = 62 * 24 * time.Hour
	// MaxSoft bounds window, extension and cap.
	MaxSoft = time.Hour

	maxTitle       = 120
	maxDescription = 5_000
	maxReason      = 200
	maxKey         = 200
)

// Stage is how far the marketer's document is.
type Stage string

// The stages. A draft can be changed; Scheduling is short, and Sweep ends what a crash left there; Active is in the
// journal; Done needs nothing more: every hold has ended and what was not sold is back.
const (
	Draft      Stage = "draft"
	Scheduling Stage = "scheduling"
	Active     Stage = "active"
	Done       Stage = "done"
)

// Auction is what is sold and how. It can be changed while it is a draft; scheduling writes it whole into the stream.
type Auction struct {
	// ID is lower-case letters, digits and hyphens, up to 64; drawn where empty.
	ID string `json:"id"`
	// Version counts the saves from 1.
	Version     int64        `json:"version"`
	Title       content.Text `json:"title"`
	Description content.Text `json:"description,omitempty"`
	// Reward is the catalogue's id of what is sold, Units how many pieces of it, 1 to MaxUnits.
	Reward string `json:"reward"`
	Units  int    `json:"units"`
	Form   Form   `json:"form"`
	// Start is the least first bid; Step is by how much a bid must beat the one it displaces. All amounts are points.
	Start int64 `json:"start"`
	Step  int64 `json:"step"`
	// BuyNow ends one unit at once; 0 is not offered. Ascending only.
	BuyNow int64 `json:"buyNow,omitempty"`
	// Reserve is the least that a unit is sold for; 0 is none. It is never shown to bidders.
	Reserve int64 `json:"reserve,omitempty"`
	// Proxy lets a bidder name the most they would pay; they lead with the least that leads. Ascending only.
	Proxy bool `json:"proxy,omitempty"`
	// Opens and Closes are instants to the millisecond, so that no change of the clocks can make them ambiguous.
	Opens  time.Time `json:"opens"`
	Closes time.Time `json:"closes"`
	// A bid within Window of the end moves the end by Extension, never beyond Closes + Cap; zero means the defaults.
	Window    time.Duration `json:"window"`
	Extension time.Duration `json:"extension"`
	Cap       time.Duration `json:"cap"`
	// AnyPoints lets every point be bid, not only those won in the month in which the auction opens.
	AnyPoints bool `json:"anyPoints,omitempty"`
	// ManyPerCompany lets several people of one company bid; ManyWins lets somebody win who has won this month.
	ManyPerCompany bool `json:"manyPerCompany,omitempty"`
	ManyWins       bool `json:"manyWins,omitempty"`
	// NoGameNeeded lets those bid who finished no scored game in the month in which the auction opens.
	NoGameNeeded bool `json:"noGameNeeded,omitempty"`
	// Regions are those invited; empty is every region.
	Regions []string `json:"regions,omitempty"`

	Stage Stage `json:"stage"`
	// Went is how it ended and Ended when, once it is Done: a list of many need not read their streams.
	Went  Phase     `json:"went,omitempty"`
	Ended time.Time `json:"ended,omitzero"`
	// SavedBy and Saved are of this version.
	SavedBy string    `json:"savedBy,omitempty"`
	Saved   time.Time `json:"saved"`
	// Attempt counts how often it was tried to schedule; Month is the programme's month in which it opens. Scheduling
	// fills both in.
	Attempt int            `json:"attempt,omitempty"`
	Month   calendar.Month `json:"month"`
	// RewardVersion and RewardName are the reward's when it was scheduled.
	RewardVersion int64        `json:"rewardVersion,omitempty"`
	RewardName    content.Text `json:"rewardName,omitempty"`
}

// Phase is where an auction stands by the clock, for people.
type Phase string

// The phases. Closing is short: the bidding is over and the winners are not written down yet.
const (
	PhaseDraft     Phase = "draft"
	PhaseUpcoming  Phase = "upcoming"
	PhaseOpen      Phase = "open"
	PhaseClosing   Phase = "closing"
	PhaseClosed    Phase = "closed"
	PhaseCancelled Phase = "cancelled"
	PhaseVoided    Phase = "voided"
)

// Over reports whether nothing will change any more for those who bid.
func (p Phase) Over() bool { return p == PhaseClosed || p == PhaseCancelled || p == PhaseVoided }

// Bid is a wish to bid.
type Bid struct {
	// Key is the form's idempotency key: one key of one member and auction acts once, however often it is sent.
	Key     string
	Member  string
	Auction string
	// Amount is the bid in points. With Proxy the bidder leads with the least that leads, up to the larger of Amount and
	// Max; without it Max stays 0.
	Amount int64
	Max    int64
}

// Buy is a wish to take a unit at the auction's BuyNow. Price is what the person saw.
type Buy struct {
	Key     string
	Member  string
	Auction string
	Price   int64
}

// Standing is how somebody stands in an auction.
type Standing string

// The standings. In a sealed auction every bid is "sealed" until the end.
const (
	None    Standing = "none"
	Leading Standing = "leading"
	Outbid  Standing = "outbid"
	InSeal  Standing = "sealed"
	Won     Standing = "won"
	Lost    Standing = "lost"
)

// purseMonth is the month whose winnings pay for it, zero where every point does.
func (a *Auction) purseMonth() calendar.Month {
	if a.AnyPoints {
		return calendar.Month{}
	}
	return a.Month
}

// Mine is what a person has to do with an auction.
type Mine struct {
	Standing Standing `json:"standing"`
	// Amount is their standing or last bid, after a win what they paid; Max is the most they named, 0 without Proxy.
	Amount int64 `json:"amount,omitempty"`
	Max    int64 `json:"max,omitempty"`
	// Held is how many of their points are held for it by the auction's record.
	Held int64 `json:"held,omitempty"`
	// Redemption is what they won, as the catalogue keeps it; empty before.
	Redemption string `json:"redemption,omitempty"`
	// May says whether they may bid; where not, Why is the message key of the reason and WhyArgs fill it.
	May     bool           `json:"may"`
	Why     string         `json:"why,omitempty"`
	WhyArgs map[string]any `json:"whyArgs,omitempty"`
	// Next is the least that this person must bid now: for who leads, to raise their own bid; 0 where no bid is possible.
	Next int64 `json:"next,omitempty"`
	// Purse is the most that they can name here now: their free points that count in this auction, and what it holds of
	// them. 0 where they may not bid.
	Purse int64 `json:"purse,omitempty"`
}

// BidLine is one accepted bid as everyone may see it.
type BidLine struct {
	Seq int64 `json:"seq"`
	// Who stands for the bidder: the same in every auction and board, and not their id (member.Who).
	Who string `json:"who"`
	// Name is as the person chose to be shown.
	Name string `json:"name"`
	// Amount is 0 in a sealed auction that is not closed: one that was called off may be held again.
	Amount int64 `json:"amount,omitempty"`
	// Bought says that it took a unit at the price for at once.
	Bought bool      `json:"bought,omitempty"`
	At     time.Time `json:"at"`
}

// Lead is a standing bid that would win now, or after the end did win.
type Lead struct {
	Who    string `json:"who"`
	Name   string `json:"name"`
	Amount int64  `json:"amount,omitempty"`
	// Won says that it is decided.
	Won bool `json:"won,omitempty"`
}

// Public is the state of an auction that everyone may see, the same for everybody: the room "auction:<id>" shows it.
type Public struct {
	ID    string `json:"id"`
	Phase Phase  `json:"phase"`
	// ClosesAt is the end as it stands, EndsLatest the last instant that it can move to. The clock is not in it: a room's
	// messages bear it, and a state that changed with every look would be pushed to everybody for nothing.
	Opens      time.Time `json:"opens"`
	ClosesAt   time.Time `json:"closesAt"`
	EndsLatest time.Time `json:"endsLatest"`
	// Price is the least leading bid, 0 without one and in a sealed auction; Next is the least that somebody who does not
	// lead must bid, 0 where nobody can.
	Price int64 `json:"price"`
	Next  int64 `json:"next"`
	// BuyNow is 0 where it is not, or no longer, offered.
	BuyNow int64 `json:"buyNow,omitempty"`
	// Left is how many units can still be won.
	Left    int       `json:"left"`
	Leads   []Lead    `json:"leads,omitempty"`
	Bids    []BidLine `json:"bids,omitempty"` // the last ten, newest first
	Count   int64     `json:"count"`
	Bidders int       `json:"bidders"`
	// Watchers is approximate.
	Watchers int `json:"watchers"`
	// Reason is why it was cancelled or voided.
	Reason string `json:"reason,omitempty"`
	// Unsold is how many units went back, known once it is closed.
	Unsold int `json:"unsold,omitempty"`
	// Seq is that of the newest record: of two states the one with the higher Seq is newer.
	Seq int64 `json:"seq"`

	// sealed says that amounts are not shown yet.
	sealed bool
}

// View is an auction as one person sees it at the server's Now; the zero member sees no Mine.
type View struct {
	Public
	Now     time.Time `json:"now"`
	Auction Auction   `json:"auction"`
	Mine    Mine      `json:"mine"`
}

// Held is what of somebody's points an auction holds.
type Held struct {
	Auction string       `json:"auction"`
	Title   content.Text `json:"title"`
	Amount  int64        `json:"amount"`
	// Standing and ClosesAt are the auction's now.
	Standing Standing  `json:"standing"`
	ClosesAt time.Time `json:"closesAt"`
}

// Warning is something that a marketer should know before, or right after, scheduling. Key is a message key.
type Warning struct {
	Key  string
	Args map[string]any
}

// LogLine is one record of an auction as any bidder may see it.
type LogLine struct {
	Seq  int64     `json:"seq"`
	Kind string    `json:"kind"`
	At   time.Time `json:"at"`
	Who  string    `json:"who,omitempty"`
	Name string    `json:"name,omitempty"`
	Mine bool      `json:"mine,omitempty"`
	// Amount is what was bid visibly; Max is what a proxy bid named, shown to others once the auction is closed.
	Amount int64 `json:"amount,omitempty"`
	Max    int64 `json:"max,omitempty"`
	// Price, ClosesAt and Leads are how the record left the auction.
	Price    int64     `json:"price,omitempty"`
	ClosesAt time.Time `json:"closesAt"`
	Leads    []Lead    `json:"leads,omitempty"`
	Reason   string    `json:"reason,omitempty"`
	// Hash is the record's and Prev the one before it: a chain.
	Hash string `json:"hash"`
	Prev string `json:"prev,omitempty"`
}

// Log is an auction's whole story and what replaying it gave.
type Log struct {
	Auction Auction   `json:"auction"`
	Phase   Phase     `json:"phase"`
	Lines   []LogLine `json:"lines"`
	Leads   []Lead    `json:"leads"`
	// Whole says that the chain holds and that replaying gives what every record says; Fault is the id of the first record
	// that does not.
	Whole bool   `json:"whole"`
	Fault string `json:"fault,omitempty"`
}

// Report is what VerifyAuction found whole.
type Report struct {
	Auction string
	Phase   Phase
	Records int
	Bids    int64
	Winners int
	// Held is how many points are still held for it, Open how many members have a hold that no standing bid covers: a
	// running server ends those within a minute.
	Held int64
	Open int
	// Hash is that of the last record.
	Hash string
}
