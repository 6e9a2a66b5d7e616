package web

import (
	"context"
	"time"

	"github.com/gofiber/fiber/v2"

	"firebrand/catalog"
	"firebrand/catalog/auction"
	"firebrand/content"
	"firebrand/internal/member"
	"firebrand/web/ui"
)

// auctionRoutes are the auctions of those who bid, and their logs, which marketers read as well; then the studio's.
var auctionRoutes = []route{
	{"GET", "/auctions", players, (*Server).auctions},
	{"GET", "/auctions/:id", players, (*Server).auction},
	{"POST", "/auctions/:id/bid", players, (*Server).auctionBid},
	{"POST", "/auctions/:id/buy", players, (*Server).auctionBuy},
	{"GET", "/auctions/:id/log", auctionReaders, (*Server).auctionLog},
	{"GET", "/auctions/:id/log.csv", auctionReaders, (*Server).auctionLogFile},
	{"GET", "/studio/auctions", marketers, (*Server).studioAuctions},
	{"GET", "/studio/auctions/new", marketers, (*Server).studioAuctionNew},
	{"POST", "/studio/auctions/new", marketers, (*Server).studioAuctionEnter},
	{"GET", "/studio/auctions/:id", marketers, (*Server).studioAuction},
	{"POST", "/studio/auctions/:id", marketers, (*Server).studioAuctionSave},
	{"POST", "/studio/auctions/:id/schedule", marketers, (*Server).studioAuctionSchedule},
	{"POST", "/studio/auctions/:id/cancel", marketers, (*Server).studioAuctionCancel},
	{"POST", "/studio/auctions/:id/void", marketers, (*Server).studioAuctionVoid},
}

// auctionReaders may open a log; the room says whose.
var auctionReaders = access{member.RoleMember, member.RolePrincipal, member.RoleMarketer, member.RoleAdmin}

// auctionsOver is how many auctions that are over the list shows.
const auctionsOver = 12

// auctionsView is every auction as one person sees it.
type auctionsView struct {
	Running, Coming, Over []auctionTile
	Held                  []auctionHeld
	HeldSum               int64
}

// auctionHeld is what of somebody's points an auction holds.
type auctionHeld struct {
	ID     string
	Title  content.Text
	Amount int64
}

// auctionTile is an auction in a list.
type auctionTile struct {
	ID      string
	Title   content.Text
	Picture string
	Phase   auction.Phase
	Sealed  bool
	// Price is what leads or, at the end, the least that won; Next what a first or higher bid would be.
	Price, Next, Start int64
	Opens, Closes      time.Time
	Standing           auction.Standing
	// Sold says that at least one unit was won.
	Sold bool
}

// auctions lists what runs, what comes and what is over, and where the reader's points are held.
func (s *Server) auctions(c *fiber.Ctx) error {
	view, err := s.auctionsFor(c.UserContext(), s.me(c).ID)
	if err != nil {
		return err
	}
	return s.page(c, "auctions", ui.Page{Title: "lots.title", Data: view})
}

func (s *Server) auctionsFor(ctx context.Context, memberID string) (auctionsView, error) {
	var view auctionsView
	running, err := s.Auctions.Live(ctx, memberID)
	if err != nil {
		return view, err
	}
	coming, err := s.Auctions.Upcoming(ctx, memberID)
	if err != nil {
		return view, err
	}
	over, err := s.Auctions.Ended(ctx, memberID, auctionsOver)
	if err != nil {
		return view, err
	}
	held, err := s.Auctions.Held(ctx, memberID)
	if err != nil {
		return view, err
	}
	for _, h := range held {
		view.Held = append(view.Held, auctionHeld{h.Auction, h.Title, h.Amount})
		view.HeldSum += h.Amount
	}
	rewards, err := s.Catalog.AllRewards(ctx)
	view.Running, view.Coming, view.Over = auctionTiles(running, rewards), auctionTiles(coming, rewards), auctionTiles(over, rewards)
	return view, err
}

// auctionTiles are auctions with what their rewards look like today.
func auctionTiles(all []auction.View, rewards []catalog.Reward) []auctionTile {
	pictures := make(map[string]string, len(rewards))
	for _, r := range rewards {
		pictures[r.ID] = r.Picture
	}
	tiles := make([]auctionTile, len(all))
	for i, v := range all {
		tiles[i] = tileOf(v)
		tiles[i].Picture = pictures[v.Auction.Reward]
	}
	return tiles
}

func tileOf(v auction.View) auctionTile {
	tile := auctionTile{
		ID: v.Auction.ID, Title: v.Auction.Title, Phase: v.Phase, Sealed: v.Auction.Form == auction.Sealed, Price: v.Price, Next: v.Next,
		Start: v.Auction.Start, Opens: v.Opens, Closes: v.ClosesAt, Standing: v.Mine.Standing,
	}
	if v.Phase == auction.PhaseClosed {
		tile.Price = 0
		for _, lead := range v.Leads {
			if lead.Won && (tile.Price == 0 || lead.Amount < tile.Price) {
				tile.Price, tile.Sold = lead.Amount, true
			}
		}
	}
	return tile
}
