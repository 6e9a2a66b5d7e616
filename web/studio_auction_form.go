package web

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"firebrand/catalog"
	"firebrand/catalog/auction"
	"firebrand/content"
	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/web/ui"
)

// auctionForm is an auction being written, with what was typed.
type auctionForm struct {
	auction.Auction
	// Base is the version that is being edited, 0 for a new auction.
	Base int64
	// Stale says that somebody saved a newer version meanwhile.
	Stale bool
	// Key is the form's where its outcome is not known, empty for a new one.
	Key string
	// OpensText and ClosesText are what stands in the fields; Window and Extension are seconds, Cap minutes.
	OpensText, ClosesText  string
	Window, Extension, Cap int64
	Rewards                []rewardCard
	Regions                []regionChoice
	Zone                   string
	Forms                  []string
}

// regionChoice is a region that can be invited.
type regionChoice struct {
	Name   string
	Chosen bool
}

// Action is where the form goes.
func (f auctionForm) Action() string {
	if f.Base == 0 {
		return "/studio/auctions/new"
	}
	return "/studio/auctions/" + f.ID
}

// studioAuctionNew opens the form with an auction as most are: one piece, tomorrow until the evening, bids in tens.
func (s *Server) studioAuctionNew(c *fiber.Ctx) error {
	day := s.Zone.StartOf(s.Zone.Date(s.Now()).Add(1))
	return s.showAuctionForm(c, auctionForm{Auction: auction.Auction{
		Form: auction.Ascending, Units: 1, Step: 10, Proxy: true, Opens: s.hourOf(day, 12), Closes: s.hourOf(day, 18),
		Window: auction.DefaultWindow, Extension: auction.DefaultExtension, Cap: auction.DefaultCap,
	}}, nil)
}

// hourOf is an hour of a local day.
func (s *Server) hourOf(day time.Time, hour int) time.Time {
	d := day.In(s.Zone.Location())
	return time.Date(d.Year(), d.Month(), d.Day(), hour, 0, 0, 0, s.Zone.Location())
}

// studioAuctionEnter adds an auction under the form's key as its id, so that a form sent twice adds one.
func (s *Server) studioAuctionEnter(c *fiber.Ctx) error {
	key, err := formKey(c)
	if err != nil {
		return err
	}
	return s.keepAuction(c, key, 0)
}

// studioAuctionSave writes the next version of a draft, unless somebody else did.
func (s *Server) studioAuctionSave(c *fiber.Ctx) error {
	if _, err := formKey(c); err != nil {
		return err
	}
	base, _ := strconv.ParseInt(c.FormValue("version"), 10, 64) // what is no number is an old form, which the room says
	return s.keepAuction(c, c.Params("id"), max(1, base))
}

func (s *Server) keepAuction(c *fiber.Ctx, id string, base int64) error {
	form, err := s.typedAuction(c, id)
	form.Base = base
	if err == nil {
		_, err = s.Auctions.Save(c.UserContext(), s.me(c).ID, form.Auction, base)
	}
	switch {
	case err == nil:
		return said(c, "/studio/auctions/"+id, "said.aucs_saved")
	case base == 0 && fault.Is(err, fault.Conflict):
		return said(c, "/studio/auctions/"+id, "said.aucs_there")
	case base == 0 && fault.Is(err, fault.Unavailable):
		form.Key = id // it may have been written: sent again, it adds one
	}
	form.Stale = base > 0 && fault.Is(err, fault.Conflict)
	return s.showAuctionForm(c, form, err)
}

// showAuctionForm shows the form, with what was wrong where it was sent.
func (s *Server) showAuctionForm(c *fiber.Ctx, form auctionForm, wrong error) error {
	if err := s.fillAuctionForm(c.UserContext(), &form); err != nil {
		return err
	}
	page := ui.Page{Title: "aucs.new_title", Data: form}
	if form.Base > 0 {
		page.Title = "aucs.edit_title"
	}
	if wrong == nil {
		return s.page(c, "studio_auction_form", page)
	}
	if f := fault.As(wrong); f != nil {
		wrong = f.On(auctionField(f.Field))
	}
	return s.again(c, wrong, "studio_auction_form", page)
}

// auctionField is the form's name of a field that a fault names.
func auctionField(field string) string {
	switch field = strings.TrimPrefix(field, "/"); field {
	case "buyNow":
		return "buy_now"
	}
	name, _, _ := strings.Cut(field, "/")
	return name
}

// fillAuctionForm adds what the form offers to choose from.
func (s *Server) fillAuctionForm(ctx context.Context, form *auctionForm) error {
	all, err := s.Catalog.AllRewards(ctx)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(r catalog.Reward) bool { return r.State != catalog.Published && r.ID != form.Reward })
	stocks, err := s.Catalog.Stocks(ctx, rewardIDs(all))
	if err != nil {
		return err
	}
	for _, r := range all {
		form.Rewards = append(form.Rewards, rewardCard{Reward: r, Stock: stocks[r.ID]})
	}
	companies, err := s.Members.Companies(ctx)
	if err != nil {
		return err
	}
	names := slices.Clone(form.Auction.Regions)
	for _, company := range companies {
		names = append(names, company.Region)
	}
	form.Regions = nil
	for _, name := range distinct(names) {
		form.Regions = append(form.Regions, regionChoice{name, slices.Contains(form.Auction.Regions, name)})
	}
	form.Zone, form.Forms = s.Zone.String(), []string{string(auction.Ascending), string(auction.Sealed)}
	form.Window, form.Extension, form.Cap = int64(form.Auction.Window/time.Second), int64(form.Auction.Extension/time.Second), int64(form.Auction.Cap/time.Minute)
	if form.OpensText == "" {
		form.OpensText = s.localInstant(form.Opens)
	}
	if form.ClosesText == "" {
		form.ClosesText = s.localInstant(form.Closes)
	}
	return nil
}

// localInstant writes an instant as a form has it; the zero one as nothing.
func (s *Server) localInstant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(s.Zone.Location()).Format(instantForm)
}

// typedAuction reads the form. What is no number becomes one that the room refuses.
func (s *Server) typedAuction(c *fiber.Ctx, id string) (auctionForm, error) {
	number := func(field string) int64 {
		text := strings.TrimSpace(c.FormValue(field))
		if text == "" {
			return 0
		}
		n, err := strconv.ParseInt(text, 10, 32)
		if err != nil {
			return -1
		}
		return n
	}
	texts := func(field string) content.Text {
		t := content.Text{}
		for _, lang := range ui.Languages {
			if text := strings.TrimSpace(c.FormValue(field + "_" + lang)); text != "" {
				t[lang] = text
			}
		}
		return t
	}
	a := auction.Auction{
		ID: id, Title: texts("title"), Description: texts("description"), Reward: c.FormValue("reward"), Units: int(number("units")),
		Form: auction.Form(c.FormValue("form")), Start: number("start"), Step: number("step"), BuyNow: number("buy_now"), Reserve: number("reserve"),
		Proxy: c.FormValue("proxy") != "", Window: time.Duration(number("window")) * time.Second, Extension: time.Duration(number("extension")) * time.Second,
		Cap: time.Duration(number("cap")) * time.Minute, AnyPoints: c.FormValue("any_points") != "", ManyPerCompany: c.FormValue("many_company") != "",
		ManyWins: c.FormValue("many_wins") != "", NoGameNeeded: c.FormValue("no_game") != "",
	}
	if a.Form == auction.Sealed {
		a.Step, a.BuyNow, a.Proxy = max(a.Step, 1), 0, false // the form hides what a sealed auction has not
	}
	for _, region := range c.Context().PostArgs().PeekMulti("regions") {
		a.Regions = append(a.Regions, string(region))
	}
	form := auctionForm{Auction: a, OpensText: c.FormValue("opens"), ClosesText: c.FormValue("closes")}
	var err error
	if form.Opens, err = s.wallTime(form.OpensText, "opens"); err != nil {
		return form, err
	}
	form.Closes, err = s.wallTime(form.ClosesText, "closes")
	return form, err
}

// wallTime reads a form's time of day in the programme's zone. On the nights when the clocks change, a time that there
// is twice, or not at all, is refused: nobody could tell which was meant.
func (s *Server) wallTime(word, field string) (time.Time, error) {
	at, err := time.ParseInLocation(instantForm, word, s.Zone.Location())
	if err != nil {
		return at, fault.New(fault.Invalid, "aucs.time_wrong").On(field).Because(err)
	}
	if at.Format(instantForm) != word {
		return at, fault.New(fault.Invalid, "aucs.time_skipped").On(field)
	}
	for _, other := range []time.Duration{-time.Hour, -30 * time.Minute, 30 * time.Minute, time.Hour} {
		if at.Add(other).Format(instantForm) == word {
			return at, fault.New(fault.Invalid, "aucs.time_twice").On(field)
		}
	}
	return calendar.Milli(at), nil
}
