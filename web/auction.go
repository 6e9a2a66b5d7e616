package web

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"firebrand/catalog/auction"
	"firebrand/content"
	"firebrand/internal/fault"
	"firebrand/internal/member"
	"firebrand/web/ui"
)

// auctionSoon is how long before it opens an auction is told of on the first page.
const auctionSoon = 24 * time.Hour

// auctionView is the room of one auction as one person sees it.
type auctionView struct {
	auctionTile
	Alt, Text content.Text
	Form      auction.Form
	Units     int
	Step      int64
	BuyNow    int64
	Proxy     bool
	AnyPoints bool
	// Amount, Max and Held are mine, and so is Redemption.
	Amount, Max, Held int64
	Redemption        string
	Bids              []auctionBidRow
	Bidders, Watchers int
	// Barred is why I cannot bid, in my words; ToGames says that playing helps.
	Barred  string
	ToGames bool
	Reason  string
	// Live says that the page still changes by itself, Over that nothing will, Log that I may read the log.
	Live, Over, Log bool
	// Room is the live room, Who how the page finds me in it.
	Room, Who string
	// NowMS is the server's clock and EndsMS what the page counts down to, in Unix milliseconds.
	// Seq is the newest record's.
	NowMS, EndsMS, Seq int64
	Left, Clock        string
	// Zone is the programme's, for the script's clock.
	Zone string
	// Words are the texts that the page's script says by itself, as JSON.
	Words string
	// Shown is the price on the page, From that it is the least that a first bid can be; Least the least of an own bid.
	Shown, Least int64
	From         bool
	// Free says that more than the next bid can be bid.
	Free bool
	// Purse is the most that I can name here, Poor that it is less than the next bid.
	Purse int64
	Poor  bool
	// Leads are the amounts that lead where several units are to be had, in words.
	Leads string
	// Key, OwnKey and BuyKey are the forms'; Typed is what stood in the own bid's field, Wrong that it was at fault, Asked
	// that the question before a bid stands open.
	Key, OwnKey, BuyKey string
	Typed               string
	Wrong, Asked        bool
}

// auctionBidRow is one bid as the page tells it.
type auctionBidRow struct {
	Name   string
	Amount int64
	Me     bool
	// Clock is the time of day, with the day where it is not today; Stamp the instant for machines.
	Clock, Stamp string
}

// auction shows the room of one auction.
func (s *Server) auction(c *fiber.Ctx) error {
	view, err := s.auctionFor(c)
	if err != nil {
		return err
	}
	return s.page(c, "auction", s.auctionPage(c, view))
}

func (s *Server) auctionPage(c *fiber.Ctx, view auctionView) ui.Page {
	name, _ := view.Title.In(s.lang(c))
	return ui.Page{Title: name, TitleIsText: true, Scripts: []string{"auction.js"}, Data: view}
}

func (s *Server) auctionFor(c *fiber.Ctx) (auctionView, error) {
	me := s.me(c)
	v, err := s.Auctions.View(c.UserContext(), c.Params("id"), me.ID)
	if err != nil {
		return auctionView{}, err
	}
	if v.Phase == auction.PhaseDraft {
		return auctionView{}, fault.New(fault.NotFound, "fault.not_found")
	}
	view := s.auctionView(v, me.ID, s.lang(c))
	if v.Mine.Why != "" {
		view.Barred = s.UI.Texts.Say(s.lang(c), v.Mine.Why, s.argsInWords(s.lang(c), v.Mine.WhyArgs))
		view.ToGames = v.Mine.Why == "auction.play_first"
		if v.Mine.Why == "auction.won_month" && v.Mine.Held > 0 {
			view.Barred = s.UI.Texts.Say(s.lang(c), "lots.lead_won", nil)
		}
	} else if v.Phase == auction.PhaseUpcoming || view.Poor && !view.AnyPoints {
		view.ToGames = s.hasGames(c.UserContext(), me)
	}
	if r, err := s.Catalog.Reward(c.UserContext(), v.Auction.Reward); err == nil {
		view.Picture, view.Alt = r.Picture, r.Alt
	}
	return view, nil
}

// hasGames reports whether a game of this month can still be played; where that cannot be told, none is offered.
func (s *Server) hasGames(ctx context.Context, m member.Member) bool {
	cards, err := s.Game.Month(ctx, player(m, ""))
	next, _ := nextGame(cards)
	return err == nil && next != nil
}

// auctionView puts into words what the room says.
func (s *Server) auctionView(v auction.View, memberID, lang string) auctionView {
	a := v.Auction
	view := auctionView{
		auctionTile: tileOf(v), Text: a.Description, Form: a.Form, Units: a.Units, Step: a.Step, BuyNow: v.BuyNow, Proxy: a.Proxy,
		AnyPoints: a.AnyPoints, Amount: v.Mine.Amount, Max: v.Mine.Max, Held: v.Mine.Held, Redemption: v.Mine.Redemption,
		Bidders: v.Bidders, Watchers: v.Watchers, Reason: v.Reason, Room: auction.Room(a.ID), Who: member.Who(memberID),
		NowMS: v.Now.UnixMilli(), EndsMS: v.ClosesAt.UnixMilli(), Seq: v.Seq, Clock: s.second(v.Now), Zone: s.Zone.String(), Words: s.auctionWords(lang),
		Live: !v.Phase.Over(), Over: v.Phase.Over(), Key: uuid.NewString(), OwnKey: uuid.NewString(), BuyKey: uuid.NewString(),
	}
	view.Log = v.Mine.Standing != auction.None && v.Mine.Standing != ""
	if v.Phase == auction.PhaseUpcoming {
		view.EndsMS = v.Opens.UnixMilli()
	}
	if v.Mine.Next > 0 {
		view.Next = v.Mine.Next
	}
	view.Least = max(view.Next, 1)
	view.Free = !view.Sealed
	view.Purse, view.Poor = v.Mine.Purse, v.Mine.May && v.Mine.Held == 0 && v.Mine.Purse < v.Mine.Next
	view.Leads = s.leadsInWords(v.Public, a, lang)
	view.Shown = view.Price
	switch {
	case !view.Over && (view.Sealed || view.Price == 0):
		view.Shown, view.From = a.Start, true
	case v.Phase == auction.PhaseVoided || v.Phase == auction.PhaseCancelled:
		view.Shown = 0
	}
	view.Left = s.leftOf(lang, time.Duration(view.EndsMS-view.NowMS)*time.Millisecond)
	view.Bids = s.bidRows(v.Bids, view.Who, lang)
	return view
}

// leadsInWords are the amounts that lead an auction of several units, the highest first: a limit follows others up, so
// that what leads need not stand among the last bids. Empty where one unit or no price is to be seen.
func (s *Server) leadsInWords(p auction.Public, a auction.Auction, lang string) string {
	if a.Units < 2 || a.Form == auction.Sealed || p.Phase != auction.PhaseOpen || len(p.Leads) == 0 {
		return ""
	}
	amounts := make([]string, len(p.Leads))
	for i, l := range p.Leads {
		amounts[i] = s.UI.Texts.Say(lang, "points.count", map[string]any{"n": l.Amount})
	}
	return s.UI.Texts.Say(lang, "lots.leads", map[string]any{"amounts": strings.Join(amounts, " · ")})
}

func (s *Server) bidRows(bids []auction.BidLine, who, lang string) []auctionBidRow {
	rows := make([]auctionBidRow, len(bids))
	for i, b := range bids {
		rows[i] = auctionBidRow{b.Name, b.Amount, b.Who == who, s.moment(lang, b.At), b.At.UTC().Format(time.RFC3339)}
	}
	return rows
}

// second is a time of day to the second in the programme's zone: bids come within one minute.
func (s *Server) second(t time.Time) string { return t.In(s.Zone.Location()).Format("15:04:05") }

// moment is a time of day, to the second today and to the minute after the day it was. The script writes it in the same words.
func (s *Server) moment(lang string, t time.Time) string {
	if s.Zone.Date(t) == s.Zone.Date(s.Now()) {
		return s.second(t)
	}
	return s.UI.Day(lang, t, s.Now()) + ", " + s.UI.Clock(t)
}

// leftOf is how long it is until an end: in days, in hours, or as a clock that runs. The script counts on in the same words.
func (s *Server) leftOf(lang string, left time.Duration) string {
	seconds := int(max(0, (left+time.Second-1)/time.Second))
	days, hours, minutes := seconds/86400, seconds/3600%24, seconds/60%60
	switch {
	case days > 0:
		return s.UI.Texts.Say(lang, "lots.left_days", map[string]any{"d": days, "h": hours})
	case hours > 0:
		return s.UI.Texts.Say(lang, "lots.left_hours", map[string]any{"h": hours, "m": minutes})
	}
	return strconv.Itoa(minutes) + ":" + pad(seconds%60)
}

func pad(n int) string {
	if n < 10 {
		return "0" + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}

// spokenWords are the texts that the script of a room fills in by itself.
var spokenWords = []string{
	"points.count", "lots.left_days", "lots.left_hours", "lots.bid", "lots.sure", "lots.sure_yes", "lots.moved",
	"lots.say_price", "lots.say_leading", "lots.say_outbid", "lots.say_left", "lots.say_moved_end", "lots.lost", "lots.waiting",
	"lots.you", "lots.hidden", "lots.label_price", "lots.bidders", "lots.watchers", "lots.leads",
}

// auctionWords are those texts with their plural forms, as JSON.
func (s *Server) auctionWords(lang string) string {
	words := make(map[string]map[string]string, len(spokenWords))
	for _, key := range spokenWords {
		words[key] = s.UI.Texts.Forms(lang, key)
	}
	raw, err := json.Marshal(words)
	if err != nil {
		return "{}" // strings alone: it cannot fail
	}
	return string(raw)
}
