package web

import (
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"firebrand/catalog/auction"
	"firebrand/content"
	"firebrand/internal/member"
	"firebrand/web/ui"
)

// auctionLogPage is how many lines a page of a log shows: a hot auction has thousands, and phones are old.
const auctionLogPage = 50

// auctionLogView is a page of an auction's story as one person may see it. What proves the result is on every page, and
// is of the whole story.
type auctionLogView struct {
	ID    string
	Title content.Text
	// Back is the room, for marketers the studio's page.
	Back string
	// Holds says that replaying gave what the records say; Broken names the record where it does not.
	Holds   bool
	Broken  string
	Over    bool
	Winners []auctionWinner
	// Lines are those from the From-th to the To-th of all Of, oldest first; Page is one of Pages, Prev and Next lead on.
	Lines        []auctionLogLine
	From, To, Of int
	Page, Pages  int
	Prev, Next   string
	Zone         string
}

type auctionWinner struct {
	Name   string
	Amount int64
	Me     bool
}

// auctionLogLine is one record in words.
type auctionLogLine struct {
	N            int64
	Clock, Stamp string
	Says         string
	Price        int64
	Ends         string
	// Moved says that this record moved the end.
	Moved bool
	Me    bool
}

// auctionLog shows the records of an auction, a page at a time, and what replaying all of them gives.
func (s *Server) auctionLog(c *fiber.Ctx) error {
	me := s.me(c)
	log, err := s.Auctions.Log(c.UserContext(), c.Params("id"), me.ID)
	if err != nil {
		return err
	}
	page, _ := strconv.Atoi(c.Query("page")) // what is no number is the first page
	view := s.auctionLogView(log, page, me, s.lang(c))
	return s.page(c, "auction_log", ui.Page{Title: "lots.log_title", Data: view})
}

func (s *Server) auctionLogView(log auction.Log, page int, me member.Member, lang string) auctionLogView {
	view := auctionLogView{
		ID: log.Auction.ID, Title: log.Auction.Title, Back: "/auctions/" + log.Auction.ID, Holds: log.Whole, Broken: log.Fault, Over: log.Phase.Over(), Zone: s.Zone.String(),
	}
	if marketers.allows(me.Role) {
		view.Back = "/studio" + view.Back
	}
	who := member.Who(me.ID)
	for _, lead := range log.Leads {
		if lead.Won {
			view.Winners = append(view.Winners, auctionWinner{lead.Name, lead.Amount, lead.Who == who})
		}
	}
	view.turn(page, len(log.Lines))
	last := time.Time{}
	if view.From > 1 {
		last = log.Lines[view.From-2].ClosesAt
	}
	for _, l := range log.Lines[view.From-1 : view.To] {
		view.Lines = append(view.Lines, s.logLine(l, last, lang))
		last = l.ClosesAt
	}
	return view
}

// turn opens a page of so many lines, the nearest that there is.
func (v *auctionLogView) turn(page, lines int) {
	v.Of, v.Pages = lines, max(1, (lines+auctionLogPage-1)/auctionLogPage)
	v.Page = max(1, min(page, v.Pages))
	v.From = (v.Page-1)*auctionLogPage + 1
	v.To = min(v.From+auctionLogPage-1, lines)
	at := func(page int) string { return "/auctions/" + v.ID + "/log?page=" + strconv.Itoa(page) + "#lines" }
	if v.Page > 1 {
		v.Prev = at(v.Page - 1)
	}
	if v.Page < v.Pages {
		v.Next = at(v.Page + 1)
	}
}

// logLine tells one record; last is the end before it.
func (s *Server) logLine(l auction.LogLine, last time.Time, lang string) auctionLogLine {
	line := auctionLogLine{
		N: l.Seq, Clock: s.dated(l.At), Stamp: l.At.UTC().Format(time.RFC3339Nano), Price: l.Price, Ends: s.dated(l.ClosesAt), Me: l.Mine,
		Moved: !last.IsZero() && l.ClosesAt.After(last),
	}
	say := func(key string, args map[string]any) string { return s.UI.Texts.Say(lang, key, args) }
	name := l.Name
	if l.Mine {
		name = say("lots.you", nil)
	}
	line.Says = say("lots.line_"+l.Kind, map[string]any{"name": name, "points": say("points.count", map[string]any{"n": l.Amount}), "reason": l.Reason})
	if l.Amount == 0 && l.Kind == "bid" {
		line.Says = say("lots.line_sealed", map[string]any{"name": name})
	}
	if l.Max > 0 {
		line.Says += " " + say("lots.line_max", map[string]any{"points": say("points.of", map[string]any{"n": l.Max})})
	}
	return line
}

// dated is a day and a time of day to the second in the programme's zone, as logs have it.
func (s *Server) dated(t time.Time) string { return t.In(s.Zone.Location()).Format("02.01 15:04:05") }
