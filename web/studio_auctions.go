package web

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"firebrand/catalog/auction"
	"firebrand/content"
	"firebrand/internal/fault"
	"firebrand/web/ui"
)

// studioAuctionRow is an auction as marketers look over them.
type studioAuctionRow struct {
	ID            string
	Title         content.Text
	Picture       string
	Phase         auction.Phase
	Opens, Closes time.Time
	Units         int
	Price         int64
}

// studioAuctionView is one auction as marketers see it.
type studioAuctionView struct {
	auctionTile
	Version    int64
	Form       auction.Form
	Units      int
	RewardName string
	Step       int64
	BuyNow     int64
	Reserve    int64
	AnyPoints  bool
	Regions    []string
	Bids       []auctionBidRow
	Count      int64
	Bidders    int
	Watchers   int
	// Extended says that bids moved the end; Over that nothing will change; Went that it was decided.
	Extended, Over, Went bool
	Reason               string
	// Warnings are what to know before it is announced, in words.
	Warnings []string
	// MayCancel says that nobody has bid yet, MayVoid that it can still be called off with a reason.
	MayCancel, MayVoid bool
	TypedReason        string
}

// studioAuctions lists every auction, the one saved last first.
func (s *Server) studioAuctions(c *fiber.Ctx) error {
	all, err := s.Auctions.List(c.UserContext())
	if err != nil {
		return err
	}
	rewards, err := s.Catalog.AllRewards(c.UserContext())
	if err != nil {
		return err
	}
	pictures := make(map[string]string, len(rewards))
	for _, r := range rewards {
		pictures[r.ID] = r.Picture
	}
	rows := make([]studioAuctionRow, len(all))
	for i, a := range all {
		rows[i] = studioAuctionRow{ID: a.ID, Title: a.Title, Picture: pictures[a.Reward], Phase: auction.PhaseDraft, Opens: a.Opens, Closes: a.Closes, Units: a.Units}
		if a.Stage == auction.Done && a.Went != "" {
			rows[i].Phase, rows[i].Closes = a.Went, a.Ended
			continue
		}
		if a.Stage != auction.Active && a.Stage != auction.Done {
			continue
		}
		state, err := s.Auctions.Snapshot(c.UserContext(), a.ID)
		if err != nil {
			return err
		}
		rows[i].Phase, rows[i].Closes, rows[i].Price = state.Phase, state.ClosesAt, state.Price
	}
	return s.page(c, "studio_auctions", ui.Page{Title: "lots.title", Wide: true, Data: rows})
}

// studioAuction shows a draft before it is announced, the form where it is asked for, and later how the auction goes.
func (s *Server) studioAuction(c *fiber.Ctx) error {
	a, err := s.Auctions.ByID(c.UserContext(), c.Params("id"))
	if err != nil {
		return err
	}
	if a.Stage == auction.Draft && c.Query("edit") != "" {
		return s.showAuctionForm(c, auctionForm{Auction: a, Base: a.Version}, nil)
	}
	view, err := s.studioAuctionFor(c, a)
	if err != nil {
		return err
	}
	return s.page(c, "studio_auction", studioAuctionPage(view, s.lang(c)))
}

func studioAuctionPage(view studioAuctionView, lang string) ui.Page {
	name, _ := view.Title.In(lang)
	return ui.Page{Title: name, TitleIsText: true, Data: view}
}

func (s *Server) studioAuctionFor(c *fiber.Ctx, a auction.Auction) (studioAuctionView, error) {
	ctx := c.UserContext()
	v := auction.View{Auction: a, Public: auction.Public{ID: a.ID, Phase: auction.PhaseDraft, Opens: a.Opens, ClosesAt: a.Closes}}
	if a.Stage == auction.Active || a.Stage == auction.Done {
		state, err := s.Auctions.Snapshot(ctx, a.ID)
		if err != nil {
			return studioAuctionView{}, err
		}
		v.Public = state
	}
	view := studioAuctionOf(v)
	view.Bids = s.bidRows(v.Bids, "", s.lang(c))
	name, _ := a.RewardName.In(s.lang(c))
	if name == "" {
		if r, err := s.Catalog.Reward(ctx, a.Reward); err == nil {
			name, _ = r.Name.In(s.lang(c))
		}
	}
	view.RewardName = name
	view.Went = v.Phase == auction.PhaseClosed
	if v.Phase != auction.PhaseDraft && v.Phase != auction.PhaseUpcoming {
		return view, nil
	}
	warnings, err := s.Auctions.Warnings(ctx, a)
	for _, w := range warnings {
		view.Warnings = append(view.Warnings, s.UI.Texts.Say(s.lang(c), w.Key, s.argsInWords(s.lang(c), w.Args)))
	}
	return view, err
}

// studioAuctionOf puts an auction together for marketers, without what is said in a language.
func studioAuctionOf(v auction.View) studioAuctionView {
	a := v.Auction
	tile := tileOf(v)
	return studioAuctionView{
		auctionTile: tile, Version: a.Version, Form: a.Form, Units: a.Units, Step: a.Step, BuyNow: a.BuyNow, Reserve: a.Reserve,
		AnyPoints: a.AnyPoints, Regions: a.Regions, Count: v.Count, Bidders: v.Bidders, Watchers: v.Watchers,
		Extended: v.ClosesAt.After(a.Closes), Over: v.Phase.Over(), Reason: v.Reason,
		MayCancel: v.Count == 0 && (v.Phase == auction.PhaseUpcoming || v.Phase == auction.PhaseOpen),
		MayVoid:   v.Count > 0 && v.Phase == auction.PhaseOpen,
	}
}

// studioAuctionSchedule announces a draft: from here on it can be called off and not changed.
func (s *Server) studioAuctionSchedule(c *fiber.Ctx) error {
	if _, err := formKey(c); err != nil {
		return err
	}
	id := c.Params("id")
	if _, err := s.Auctions.Schedule(c.UserContext(), s.me(c).ID, id); err != nil {
		return s.studioAuctionAgain(c, err)
	}
	return said(c, "/studio/auctions/"+id, "said.aucs_scheduled")
}

// studioAuctionCancel takes an auction back that nobody has bid in.
func (s *Server) studioAuctionCancel(c *fiber.Ctx) error {
	if _, err := formKey(c); err != nil {
		return err
	}
	id := c.Params("id")
	if err := s.Auctions.Cancel(c.UserContext(), s.me(c).ID, id, c.FormValue("reason")); err != nil {
		return s.studioAuctionAgain(c, err)
	}
	return said(c, "/studio/auctions/"+id, "said.aucs_cancelled")
}

// studioAuctionVoid calls an auction off that has bids: all points go back, and everybody reads the reason.
func (s *Server) studioAuctionVoid(c *fiber.Ctx) error {
	if _, err := formKey(c); err != nil {
		return err
	}
	id := c.Params("id")
	if err := s.Auctions.Void(c.UserContext(), s.me(c).ID, id, c.FormValue("reason")); err != nil {
		return s.studioAuctionAgain(c, err)
	}
	return said(c, "/studio/auctions/"+id, "said.aucs_voided")
}

// studioAuctionAgain says on the same page why it did not work.
func (s *Server) studioAuctionAgain(c *fiber.Ctx, refused error) error {
	a, err := s.Auctions.ByID(c.UserContext(), c.Params("id"))
	if fault.Is(err, fault.NotFound) {
		return err
	}
	if err != nil {
		return refused
	}
	view, err := s.studioAuctionFor(c, a)
	if err != nil {
		return refused
	}
	view.TypedReason = c.FormValue("reason")
	return s.again(c, s.timeInWords(c, refused), "studio_auction", studioAuctionPage(view, s.lang(c)))
}
