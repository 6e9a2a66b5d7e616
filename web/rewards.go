package web

import (
	"context"
	"slices"
	"strconv"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"firebrand/catalog"
	"firebrand/internal/fault"
	"firebrand/internal/member"
	"firebrand/internal/points"
	"firebrand/web/ui"
)

// prizeRoutes are what points buy and where they came from, for those who have them; then the desk that hands prizes
// out, and the marketers who put them on the shelf.
var prizeRoutes = []route{
	{"GET", "/rewards", players, (*Server).rewards},
	{"GET", "/rewards/:id", players, (*Server).reward},
	{"GET", "/rewards/:id/redeem", players, (*Server).redeemPage},
	{"POST", "/rewards/:id/redeem", players, (*Server).redeem},
	{"GET", "/redemptions", players, (*Server).redemptions},
	{"GET", "/redemptions/:id", signedIn, (*Server).redemption},
	{"GET", "/statement", players, (*Server).statement},
	{"GET", "/statement.csv", players, keepStatement((*Server).mine, asCSV)},
	{"GET", "/statement.pdf", players, keepStatement((*Server).mine, asPDF)},
	{"GET", "/company", principals, (*Server).company},
	{"GET", "/company.csv", principals, keepStatement((*Server).ours, asCSV)},
	{"GET", "/company.pdf", principals, keepStatement((*Server).ours, asPDF)},
	{"GET", "/desk", desks, (*Server).desk},
	{"GET", "/desk/:id", desks, (*Server).deskOrder},
	{"POST", "/desk/:id/issue", desks, (*Server).deskIssue},
	{"GET", "/desk/:id/cancel", desks, (*Server).deskCancelPage},
	{"POST", "/desk/:id/cancel", desks, (*Server).deskCancel},
	{"GET", "/studio/rewards", marketers, (*Server).studioRewards},
	{"GET", "/studio/rewards/new", marketers, (*Server).rewardNew},
	{"POST", "/studio/rewards/new", marketers, (*Server).rewardEnter},
	{"GET", "/studio/rewards/:id", marketers, (*Server).rewardEdit},
	{"POST", "/studio/rewards/:id", marketers, (*Server).rewardSave},
	{"POST", "/studio/rewards/:id/stock", marketers, (*Server).rewardStock},
}

// scarce is the most pieces that are counted before the eyes of whoever chooses.
const scarce = 5

// rewardsView is the catalogue as one member sees it.
type rewardsView struct {
	Alive int64
	// Company is what a principal's company has; Principal says that there is one.
	Company   int64
	Principal bool
	// Waiting is how many of the member's prizes wait at the desk.
	Waiting int
	Cards   []rewardCard
}

// rewardCard is a reward beside what the member has.
type rewardCard struct {
	catalog.Reward
	Stock, Alive int64
	// Company is what the company has, 0 for whoever cannot spend it.
	Company int64
}

// SoldOut reports whether none is left.
func (r rewardCard) SoldOut() bool { return r.Stock <= 0 }

// Few is how many are left where they are few, else 0.
func (r rewardCard) Few() int64 {
	if r.Stock > scarce {
		return 0
	}
	return max(0, r.Stock)
}

// Missing is how many points the member lacks.
func (r rewardCard) Missing() int64 { return max(0, r.Price-r.Alive) }

// Payable reports whether the member could have it now.
func (r rewardCard) Payable() bool { return !r.SoldOut() && r.Missing() == 0 }

// ByCompany reports whether only the company could have it now.
func (r rewardCard) ByCompany() bool { return !r.SoldOut() && r.Missing() > 0 && r.Company >= r.Price }

// rewardView is one reward and what redeeming it would do to the member's points.
type rewardView struct {
	rewardCard
	// Goes are the points that would go, the soonest to end first; Left is what would stay.
	Goes []points.Ending
	Left int64
	// Had says that the member has as many as one member may have.
	Had bool
	// Purses are the accounts that a principal may pay from, empty for who has one only; Company says that the
	// company's pays.
	Purses  []payer
	Company bool
	// Key is the form's: the same again after a fault that leaves open whether the request acted.
	Key string
}

// payer is an account that can pay, and what is in it.
type payer struct {
	Company bool
	Alive   int64
	// Chosen says that the page is about paying from it.
	Chosen bool
}

// Other is the account that could pay where the chosen one cannot, nil where none could.
func (v rewardView) Other() *payer {
	for i, p := range v.Purses {
		if !p.Chosen && p.Alive >= v.Price && v.Missing() > 0 {
			return &v.Purses[i]
		}
	}
	return nil
}

// Offered reports whether the form is worth showing. The room decides again when it is sent.
func (v rewardView) Offered() bool { return v.Payable() && !v.Had && v.State == catalog.Published }

// rewards shows the catalogue: what can be paid now first, each part from the cheapest.
func (s *Server) rewards(c *fiber.Ctx) error {
	ctx, me := c.UserContext(), s.me(c)
	all, err := s.Catalog.Rewards(ctx)
	if err != nil {
		return err
	}
	stocks, err := s.Catalog.Stocks(ctx, rewardIDs(all))
	if err != nil {
		return err
	}
	own, theirs, err := s.balances(ctx, me)
	if err != nil {
		return err
	}
	mine, err := s.Catalog.Mine(ctx, me.ID)
	if err != nil {
		return err
	}
	view := rewardsView{Alive: own.Alive}
	if theirs != nil {
		view.Company, view.Principal = theirs.Alive, true
	}
	view.fill(all, stocks)
	view.Waiting = waiting(mine)
	return s.page(c, "rewards", ui.Page{Title: "prizes.title", Wide: true, Data: view})
}

// reward shows one reward.
func (s *Server) reward(c *fiber.Ctx) error { return s.showReward(c, "reward") }

// redeemPage asks once more: which points go, and what stays.
func (s *Server) redeemPage(c *fiber.Ctx) error { return s.showReward(c, "reward_redeem") }

func (s *Server) showReward(c *fiber.Ctx, page string) error {
	view, err := s.rewardFor(c.UserContext(), s.me(c), c.Params("id"), c.Query("account") == companyPays)
	if err != nil {
		return err
	}
	return s.page(c, page, rewardPage(view, s.lang(c)))
}

// redeem pays a reward with the member's points, at the price that they saw.
func (s *Server) redeem(c *fiber.Ctx) error {
	key, err := formKey(c)
	if err != nil {
		return err
	}
	me := s.me(c)
	account, err := accountFor(me, c.FormValue("account"))
	if err != nil {
		return err
	}
	price, _ := strconv.ParseInt(c.FormValue("price"), 10, 64) // what is no number is no price, which the room says
	r, err := s.Catalog.Redeem(c.UserContext(), catalog.Order{
		Key: key, Member: me.ID, Company: me.Company, Account: account, Reward: c.Params("id"), Price: price,
	})
	if err != nil {
		return s.redeemAgain(c, err, key)
	}
	notice := ""
	if r.State == catalog.Placed {
		notice = "said.prizes_redeemed"
	}
	return said(c, "/redemptions/"+r.ID, notice)
}

// redeemAgain says on the same page why it did not work, beside what holds now.
func (s *Server) redeemAgain(c *fiber.Ctx, refused error, key string) error {
	view, err := s.rewardFor(c.UserContext(), s.me(c), c.Params("id"), c.FormValue("account") == companyPays)
	if err != nil {
		return refused
	}
	if fault.Is(refused, fault.Unavailable) {
		view.Key = key // the request may have acted: sent again it must be the same one
	}
	return s.again(c, shortInWords(refused), "reward_redeem", rewardPage(view, s.lang(c)))
}

// shortInWords counts the missing points the way a person reads them.
func shortInWords(err error) error {
	f := fault.As(err)
	if f == nil || f.Key != "points.short" {
		return err
	}
	return fault.New(f.Kind, "prizes.short", "n", f.Args["short"])
}

func rewardPage(view rewardView, lang string) ui.Page {
	name, _ := view.Name.In(lang)
	return ui.Page{Title: name, TitleIsText: true, Data: view}
}

// rewardFor gathers one reward for one member, paid from their own account or their company's. A draft is not there yet.
func (s *Server) rewardFor(ctx context.Context, me member.Member, id string, company bool) (rewardView, error) {
	var view rewardView
	r, err := s.Catalog.Reward(ctx, id)
	if err != nil {
		return view, err
	}
	if r.State == catalog.Draft {
		return view, fault.New(fault.NotFound, "catalog.reward_missing")
	}
	stock, err := s.Catalog.Stock(ctx, id)
	if err != nil {
		return view, err
	}
	own, theirs, err := s.balances(ctx, me)
	if err != nil {
		return view, err
	}
	had, err := s.Catalog.Mine(ctx, me.ID)
	if err != nil {
		return view, err
	}
	pays := own
	if company = company && theirs != nil; company {
		pays = *theirs
	}
	view = offer(rewardCard{Reward: r, Stock: stock, Alive: pays.Alive}, pays.Ends, had)
	if theirs != nil && theirs.Alive > 0 {
		view.Company = company
		view.Purses = []payer{{Alive: own.Alive, Chosen: !company}, {Company: true, Alive: theirs.Alive, Chosen: company}}
	}
	return view, nil
}

// balances are a person's own account and, for a principal, the company's.
func (s *Server) balances(ctx context.Context, me member.Member) (own points.View, theirs *points.View, err error) {
	if own, err = s.Points.Balance(ctx, me.ID); err != nil || me.Role != member.RolePrincipal {
		return own, nil, err
	}
	company, err := s.Points.Balance(ctx, me.Company)
	return own, &company, err
}

// companyPays is what a request says to pay from, or to read of, the company's account.
const companyPays = "company"

// accountFor is the account that a person asks for: their own, or that of the company whose principal they are.
func accountFor(me member.Member, asked string) (string, error) {
	switch {
	case asked != companyPays:
		return me.ID, nil
	case me.Role != member.RolePrincipal:
		return "", fault.New(fault.Forbidden, "fault.forbidden")
	}
	return me.Company, nil
}

// offer is what redeeming a reward would do.
func offer(card rewardCard, ends []points.Ending, mine []catalog.Redemption) rewardView {
	view := rewardView{rewardCard: card, Left: card.Alive - card.Price, Key: uuid.NewString()}
	rest := card.Price
	for _, e := range ends {
		if rest == 0 {
			break
		}
		e.Amount = min(e.Amount, rest)
		rest -= e.Amount
		view.Goes = append(view.Goes, e)
	}
	had := 0
	for _, r := range mine {
		if r.Reward == card.ID && r.State != catalog.Cancelled && r.State != catalog.Refused {
			had++
		}
	}
	view.Had = card.PerMember > 0 && had >= card.PerMember
	return view
}

// fill puts what can be paid now first and what is sold out last; the order by price stays within each part.
func (v *rewardsView) fill(all []catalog.Reward, stocks map[string]int64) {
	for _, r := range all {
		v.Cards = append(v.Cards, rewardCard{r, stocks[r.ID], v.Alive, v.Company})
	}
	part := func(r rewardCard) int {
		switch {
		case r.SoldOut():
			return 2
		case r.Missing() > 0 && !r.ByCompany():
			return 1
		}
		return 0
	}
	slices.SortStableFunc(v.Cards, func(a, b rewardCard) int { return part(a) - part(b) })
}

func rewardIDs(all []catalog.Reward) []string {
	ids := make([]string, len(all))
	for i, r := range all {
		ids[i] = r.ID
	}
	return ids
}

// waiting counts the redemptions that can be collected.
func waiting(mine []catalog.Redemption) int {
	n := 0
	for _, r := range mine {
		if r.State == catalog.Placed {
			n++
		}
	}
	return n
}
