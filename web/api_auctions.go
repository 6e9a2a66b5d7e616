package web

import (
	"net/http"
	"time"

	"github.com/gofiber/fiber/v2"

	"firebrand/catalog/auction"
	"firebrand/internal/fault"
	"firebrand/internal/member"
)

// apiAuction is an auction as the person sees it.
type apiAuction struct {
	ID          string `json:"id"`
	Title       string `json:"title"`
	Description string `json:"description,omitempty"`
	Lang        string `json:"lang" doc:"The language of the texts, which may be another than the person's."`
	Reward      string `json:"reward" doc:"The id of the reward that is sold."`
	Form        string `json:"form" enum:"ascending,sealed"`
	Units       int    `json:"units" doc:"How many pieces are sold; left are those that can still be won."`
	Left        int    `json:"left"`
	Phase       string `json:"phase" enum:"upcoming,open,closing,closed,cancelled,voided" doc:"Closing is short: bidding is over and the winners are being written down."`
	Start       int64  `json:"start" doc:"The least first bid. All amounts are points."`
	Step        int64  `json:"step" doc:"By how much a bid must beat the one that it displaces."`
	BuyNow      int64  `json:"buy_now,omitempty" doc:"The price for one piece at once; absent where it is not offered."`
	Proxy       bool   `json:"proxy" doc:"Whether a bid may name the most that the bidder would go to."`
	AnyPoints   bool   `json:"any_points" doc:"False: only points won in the month in which it opens can be bid."`

	Now        time.Time `json:"now" doc:"The server's clock, which decides."`
	Opens      time.Time `json:"opens"`
	ClosesAt   time.Time `json:"closes_at" doc:"The end as it stands; a late bid moves it."`
	EndsLatest time.Time `json:"ends_latest" doc:"The last instant that it can move to."`
	Price      int64     `json:"price" doc:"The least leading bid; 0 before the first one, and in a sealed auction."`
	Next       int64     `json:"next" doc:"The least that somebody who does not lead must bid; 0 where nobody can."`
	Bidders    int       `json:"bidders"`
	Watchers   int       `json:"watchers" doc:"Approximate."`
	Seq        int64     `json:"seq" doc:"Of two states the one with the higher number is newer."`
	Reason     string    `json:"reason,omitempty" doc:"Why it was cancelled or voided."`

	Leads []apiLead    `json:"leads" doc:"The bids that would win now, and after the end those that did."`
	Bids  []apiBidLine `json:"bids" doc:"The last ten, newest first."`
	Mine  *apiMine     `json:"mine,omitempty" doc:"What the person has to do with it; absent for a key."`
}

type apiLead struct {
	Who    string `json:"who" doc:"Stands for the bidder: the same in every auction and on every board."`
	Name   string `json:"name" doc:"As the bidder chose to be shown."`
	Amount int64  `json:"amount,omitempty" doc:"Absent in a sealed auction that is not over."`
	Won    bool   `json:"won" doc:"Whether it is decided."`
	Me     bool   `json:"me"`
}

type apiBidLine struct {
	Seq    int64     `json:"seq"`
	Who    string    `json:"who"`
	Name   string    `json:"name"`
	Amount int64     `json:"amount,omitempty" doc:"Absent in a sealed auction that is not over."`
	Bought bool      `json:"bought" doc:"It took a piece at the price for at once."`
	At     time.Time `json:"at"`
	Me     bool      `json:"me"`
}

type apiMine struct {
	Standing   string `json:"standing" enum:"none,leading,outbid,sealed,won,lost"`
	Amount     int64  `json:"amount,omitempty" doc:"The person's bid that stands or stood last; after a win what was paid."`
	Max        int64  `json:"max,omitempty" doc:"The most that they named."`
	Held       int64  `json:"held,omitempty" doc:"How many of their points are held for it."`
	Next       int64  `json:"next,omitempty" doc:"The least that the person must bid now."`
	Redemption string `json:"redemption,omitempty" doc:"The redemption that they won."`
	May        bool   `json:"may" doc:"Whether they may bid."`
	Why        string `json:"why,omitempty" doc:"Why they may not, in their language."`
}

type apiAuctions struct {
	Running []apiAuction `json:"running" doc:"Those that can be bid for, the first to close leading."`
	Coming  []apiAuction `json:"coming" doc:"Those that open later, the soonest first."`
	Over    []apiAuction `json:"over" doc:"Those that are over, the last to close first."`
	Held    []apiHeld    `json:"held" doc:"Where the person's points are held."`
}

type apiHeld struct {
	Auction string `json:"auction"`
	Title   string `json:"title"`
	Amount  int64  `json:"amount"`
}

// apiWish is a bid to be made.
type apiWish struct {
	Amount int64 `json:"amount" minimum:"1" maximum:"10000000" doc:"In points."`
	Max    int64 `json:"max,omitempty" minimum:"0" maximum:"10000000" doc:"The most that the bidder would go to, where the auction allows it."`
}

type apiPrice struct {
	Price int64 `json:"price" minimum:"1" maximum:"10000000" doc:"What the person saw; another price by now is a conflict."`
}

// AuctionID names an auction in a path.
type AuctionID struct {
	ID string `path:"id" maxLength:"64"`
}

func auctionOperations(a *api) {
	operation(a, http.MethodGet, "/auctions", players, about{
		id: "listAuctions", tag: "auctions", summary: "Auctions that run, come and are over, and where points are held",
		detail: "A key sees what everybody may see.", scope: member.ScopeReportsRead,
	}, (*Server).apiAuctions)
	operation(a, http.MethodGet, "/auctions/{id}", players, about{
		id: "getAuction", tag: "auctions", summary: "One auction as it stands", also: []int{http.StatusNotFound},
		detail: "A key sees what everybody may see.", scope: member.ScopeReportsRead,
	}, (*Server).apiAuction)
	operation(a, http.MethodPost, "/auctions/{id}/bids", players, about{
		id: "bid", tag: "auctions", summary: "Bid", also: []int{http.StatusNotFound, http.StatusTooManyRequests},
		detail: "The points are held before the bid counts. The same key is one bid: it is answered by how the auction stands now.",
	}, (*Server).apiBid)
	operation(a, http.MethodPost, "/auctions/{id}/buy", players, about{
		id: "buyNow", tag: "auctions", summary: "Take a piece at the price for at once", also: []int{http.StatusNotFound, http.StatusTooManyRequests},
	}, (*Server).apiBuyNow)
	operation(a, http.MethodGet, "/auctions/{id}/log", auctionReaders, about{
		id: "getAuctionLog", tag: "auctions", summary: "Every record of an auction, and what replaying them gives", also: []int{http.StatusNotFound},
		detail: "For those who bid in it and for the brand's people. Each line has the hash of its record and of the one before it. Without a limit it is whole.",
	}, (*Server).apiAuctionLog)
}

func (s *Server) apiAuctions(c *fiber.Ctx, _ *struct{}) (apiAuctions, error) {
	ctx, me := c.UserContext(), s.me(c)
	out := apiAuctions{Held: []apiHeld{}}
	running, err := s.Auctions.Live(ctx, me.ID)
	if err != nil {
		return out, err
	}
	coming, err := s.Auctions.Upcoming(ctx, me.ID)
	if err != nil {
		return out, err
	}
	over, err := s.Auctions.Ended(ctx, me.ID, auctionsOver)
	if err != nil {
		return out, err
	}
	out.Running, out.Coming, out.Over = s.auctionsIn(c, running), s.auctionsIn(c, coming), s.auctionsIn(c, over)
	if me.ID == "" {
		return out, nil
	}
	held, err := s.Auctions.Held(ctx, me.ID)
	out.Held = make([]apiHeld, len(held))
	for i, h := range held {
		out.Held[i] = apiHeld{h.Auction, textIn(h.Title, s.lang(c)), h.Amount}
	}
	return out, err
}

func (s *Server) auctionsIn(c *fiber.Ctx, all []auction.View) []apiAuction {
	list := make([]apiAuction, len(all))
	for i, v := range all {
		list[i] = s.auctionIn(c, v)
	}
	return list
}

func (s *Server) apiAuction(c *fiber.Ctx, in *AuctionID) (apiAuction, error) {
	v, err := s.Auctions.View(c.UserContext(), in.ID, s.me(c).ID)
	if err == nil && v.Phase == auction.PhaseDraft {
		err = fault.New(fault.NotFound, "fault.not_found")
	}
	return s.auctionIn(c, v), err
}

func (s *Server) apiBid(c *fiber.Ctx, in *struct {
	Keyed
	AuctionID
	Body apiWish
}) (apiAuction, error) {
	v, err := s.Auctions.Bid(c.UserContext(), auction.Bid{Key: in.Key, Member: s.me(c).ID, Auction: in.ID, Amount: in.Body.Amount, Max: in.Body.Max})
	return s.auctionIn(c, v), err
}

func (s *Server) apiBuyNow(c *fiber.Ctx, in *struct {
	Keyed
	AuctionID
	Body apiPrice
}) (apiAuction, error) {
	v, err := s.Auctions.BuyNow(c.UserContext(), auction.Buy{Key: in.Key, Member: s.me(c).ID, Auction: in.ID, Price: in.Body.Price})
	return s.auctionIn(c, v), err
}

// auctionIn is an auction for a program of the person who asks.
func (s *Server) auctionIn(c *fiber.Ctx, v auction.View) apiAuction {
	a, me, lang := v.Auction, member.Who(s.me(c).ID), s.lang(c)
	title, used := a.Title.In(lang)
	out := apiAuction{
		ID: a.ID, Title: title, Description: textIn(a.Description, lang), Lang: used, Reward: a.Reward, Form: string(a.Form), Units: a.Units,
		Left: v.Left, Phase: string(v.Phase), Start: a.Start, Step: a.Step, BuyNow: v.BuyNow, Proxy: a.Proxy, AnyPoints: a.AnyPoints,
		Now: v.Now, Opens: v.Opens, ClosesAt: v.ClosesAt, EndsLatest: v.EndsLatest, Price: v.Price, Next: v.Next,
		Bidders: v.Bidders, Watchers: v.Watchers, Seq: v.Seq, Reason: v.Reason, Leads: leadsIn(v.Leads, me), Bids: make([]apiBidLine, len(v.Bids)),
	}
	for i, b := range v.Bids {
		out.Bids[i] = apiBidLine{b.Seq, b.Who, b.Name, b.Amount, b.Bought, b.At, b.Who == me}
	}
	m := v.Mine
	if s.me(c).ID == "" {
		return out
	}
	out.Mine = &apiMine{
		Standing: string(m.Standing), Amount: m.Amount, Max: m.Max, Held: m.Held, Next: m.Next, Redemption: m.Redemption, May: m.May,
	}
	if m.Why != "" {
		out.Mine.Why = s.UI.Texts.Say(lang, m.Why, s.argsInWords(lang, m.WhyArgs))
	}
	return out
}

func leadsIn(leads []auction.Lead, me string) []apiLead {
	list := make([]apiLead, len(leads))
	for i, l := range leads {
		list[i] = apiLead{l.Who, l.Name, l.Amount, l.Won, l.Who == me}
	}
	return list
}
