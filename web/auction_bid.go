package web

import (
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"firebrand/catalog/auction"
	"firebrand/internal/calendar"
	"firebrand/internal/fault"
)

// bidNotice says what a bid came to.
var bidNotice = map[auction.Standing]string{
	auction.Leading: "said.lots_leading", auction.Outbid: "said.lots_outbid", auction.InSeal: "said.lots_sealed",
	auction.Won: "said.lots_won",
}

// auctionBid bids what the person saw on the button, or an amount of their own.
func (s *Server) auctionBid(c *fiber.Ctx) error {
	key, err := formKey(c)
	if err != nil {
		return err
	}
	id := c.Params("id")
	bid := auction.Bid{Key: key, Member: s.me(c).ID, Auction: id, Amount: typedPoints(c, "amount"), Max: typedPoints(c, "max")}
	if bid.Amount == 0 {
		bid.Amount = bid.Max // the most that they named covers the least that leads
	}
	v, err := s.Auctions.Bid(c.UserContext(), bid)
	if err != nil {
		return s.auctionAgain(c, err, key)
	}
	return said(c, "/auctions/"+id, bidNotice[v.Mine.Standing])
}

// auctionBuy takes a unit at the price for at once.
func (s *Server) auctionBuy(c *fiber.Ctx) error {
	key, err := formKey(c)
	if err != nil {
		return err
	}
	id := c.Params("id")
	v, err := s.Auctions.BuyNow(c.UserContext(), auction.Buy{Key: key, Member: s.me(c).ID, Auction: id, Price: typedPoints(c, "price")})
	if err != nil {
		return s.auctionAgain(c, err, key)
	}
	return said(c, "/auctions/"+id, bidNotice[v.Mine.Standing])
}

// auctionAgain says in the room why a bid was not taken, beside what holds now. What was typed stays.
func (s *Server) auctionAgain(c *fiber.Ctx, refused error, key string) error {
	view, err := s.auctionFor(c)
	if err != nil {
		return refused
	}
	if c.FormValue("own") != "" {
		view.Typed, view.Wrong = c.FormValue("max", c.FormValue("amount")), true
	}
	if fault.Is(refused, fault.Unavailable) {
		view.Key, view.OwnKey, view.BuyKey = key, key, key // it may have acted: sent again it must be the same one
	}
	return s.again(c, s.timeInWords(c, shortInWords(refused)), "auction", s.auctionPage(c, view))
}

// timeInWords writes the instants that a fault names the way a person reads them.
func (s *Server) timeInWords(c *fiber.Ctx, err error) error {
	f := fault.As(err)
	if f == nil {
		return err
	}
	told := *f
	told.Args = s.argsInWords(s.lang(c), f.Args)
	return &told
}

// argsInWords are a text's arguments with instants in words: in the zone that they are told for, else in the programme's.
func (s *Server) argsInWords(lang string, args map[string]any) map[string]any {
	words := maps.Clone(args)
	for name, value := range args {
		at, ok := value.(time.Time)
		if !ok {
			continue
		}
		words[name] = s.UI.Until(lang, at, s.Now())
		if name, ok := args["zone"].(string); ok {
			if zone, err := calendar.Load(name); err == nil {
				words["at"] = at.In(zone.Location()).Format("02.01 15:04")
			}
		}
	}
	return words
}

// typedPoints reads a number of points; what is none is 0, which the room refuses.
func typedPoints(c *fiber.Ctx, field string) int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(c.FormValue(field)), 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}
