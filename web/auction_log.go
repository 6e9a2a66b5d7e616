package web

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"firebrand/catalog/auction"
	"firebrand/content"
	"firebrand/internal/member"
	"firebrand/web/ui"
)

// auctionLogView is an auction's story as one person may see it.
type auctionLogView struct {
	Title content.Text
	// Back is the room, for marketers the studio's page.
	Back string
	// Holds says that replaying gave what the records say; Broken names the record where it does not.
	Holds   bool
	Broken  string
	Over    bool
	Winners []auctionWinner
	Lines   []auctionLogLine
	Zone    string
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

// auctionLog shows every record of an auction and what replaying them gives.
func (s *Server) auctionLog(c *fiber.Ctx) error {
	me := s.me(c)
	log, err := s.Auctions.Log(c.UserContext(), c.Params("id"), me.ID)
	if err != nil {
		return err
	}
	view := s.auctionLogView(log, me, s.lang(c))
	return s.page(c, "auction_log", ui.Page{Title: "lots.log_title", Data: view})
}

func (s *Server) auctionLogView(log auction.Log, me member.Member, lang string) auctionLogView {
	view := auctionLogView{
		Title: log.Auction.Title, Back: "/auctions/" + log.Auction.ID, Holds: log.Whole, Broken: log.Fault, Over: log.Phase.Over(), Zone: s.Zone.String(),
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
	last := time.Time{}
	for _, l := range log.Lines {
		view.Lines = append(view.Lines, s.logLine(l, last, lang))
		last = l.ClosesAt
	}
	return view
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
