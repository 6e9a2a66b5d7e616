package web

import (
	"net/http"
	"time"

	"github.com/gofiber/fiber/v2"

	"firebrand/catalog"
	"firebrand/internal/fault"
)

// apiReward is a reward that can be redeemed.
type apiReward struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	Lang        string `json:"lang" doc:"The language of the texts, which may be another than the person's."`
	Price       int64  `json:"price" doc:"In points."`
	Picture     string `json:"picture,omitempty" doc:"The address of its picture."`
	Alt         string `json:"alt,omitempty" doc:"What the picture shows."`
	Supplier    string `json:"supplier,omitempty" doc:"Who hands it out."`
	Left        int64  `json:"left" doc:"How many pieces are left."`
	PerMember   int    `json:"per_member,omitempty" doc:"How many one person may have; absent where there is no limit."`
}

type apiRewards struct {
	Rewards []apiReward `json:"rewards" doc:"Cheapest first."`
}

// APIRedemption is a reward redeemed, without its voucher.
type APIRedemption struct {
	ID      string    `json:"id"`
	Reward  string    `json:"reward" doc:"The reward's id; name and price are as they were when it was ordered."`
	Name    string    `json:"name"`
	Price   int64     `json:"price"`
	State   string    `json:"state" enum:"requested,placed,issued,cancelling,cancelled,refused" doc:"What is placed waits at the desk."`
	At      time.Time `json:"at" doc:"When it was ordered."`
	Changed time.Time `json:"changed" doc:"When it came into its state."`
	Reason  string    `json:"reason,omitempty" doc:"Why it was cancelled."`
}

// apiVoucher is a redemption as its owner sees it.
type apiVoucher struct {
	APIRedemption
	Voucher string `json:"voucher,omitempty" doc:"What the desk asks for: whoever knows it can collect. Absent before the redemption is placed." example:"7K3M-9QWZ"`
}

type apiVouchers struct {
	Redemptions []apiVoucher `json:"redemptions" doc:"Newest first, the last 500."`
}

type apiPayment struct {
	Price int64 `json:"price" minimum:"1" maximum:"10000000" doc:"What the person saw; another price by now is a conflict."`
	// Account is the account that pays.
	Account string `json:"account,omitempty" enum:"own,company" default:"own" doc:"A principal may pay from the account of their company."`
}

func rewardOperations(a *api) {
	operation(a, http.MethodGet, "/rewards", signedIn, about{
		id: "listRewards", tag: "rewards", summary: "What points buy",
	}, (*Server).apiRewards)
	operation(a, http.MethodPost, "/rewards/{id}/redemptions", players, about{
		id: "redeemReward", tag: "rewards", summary: "Pay a reward with points", status: http.StatusCreated, also: []int{http.StatusNotFound},
		detail: "The same key is one redemption: it is answered by how that one stands now.",
	}, (*Server).apiRedeem)
	operation(a, http.MethodGet, "/redemptions", players, about{
		id: "listRedemptions", tag: "rewards", summary: "What the person redeemed",
	}, (*Server).apiRedemptions)
	operation(a, http.MethodGet, "/redemptions/{id}", players, about{
		id: "getRedemption", tag: "rewards", summary: "One of them, with its voucher", also: []int{http.StatusNotFound},
	}, (*Server).apiRedemption)
}

func (s *Server) apiRewards(c *fiber.Ctx, _ *struct{}) (apiRewards, error) {
	all, err := s.Catalog.Rewards(c.UserContext())
	if err != nil {
		return apiRewards{}, err
	}
	left, err := s.Catalog.Stocks(c.UserContext(), rewardIDs(all))
	list := apiRewards{Rewards: make([]apiReward, len(all))}
	for i, r := range all {
		list.Rewards[i] = rewardIn(r, s.lang(c), left[r.ID])
	}
	return list, err
}

func (s *Server) apiRedeem(c *fiber.Ctx, in *struct {
	Keyed
	ID   string `path:"id" maxLength:"64"`
	Body apiPayment
}) (apiVoucher, error) {
	me := s.me(c)
	account, err := accountFor(me, in.Body.Account)
	if err != nil {
		return apiVoucher{}, err
	}
	r, err := s.Catalog.Redeem(c.UserContext(), catalog.Order{
		Key: in.Key, Member: me.ID, Company: me.Company, Account: account, Reward: in.ID, Price: in.Body.Price,
	})
	return voucherIn(r, s.lang(c)), err
}

func (s *Server) apiRedemptions(c *fiber.Ctx, _ *struct{}) (apiVouchers, error) {
	mine, err := s.Catalog.Mine(c.UserContext(), s.me(c).ID)
	list := apiVouchers{Redemptions: make([]apiVoucher, len(mine))}
	for i, r := range mine {
		list.Redemptions[i] = voucherIn(r, s.lang(c))
	}
	return list, err
}

func (s *Server) apiRedemption(c *fiber.Ctx, in *RedemptionID) (apiVoucher, error) {
	r, err := s.Catalog.Redemption(c.UserContext(), in.ID)
	if err == nil && r.Member != s.me(c).ID {
		err = fault.New(fault.NotFound, "catalog.redemption_missing")
	}
	return voucherIn(r, s.lang(c)), err
}

func rewardIn(r catalog.Reward, lang string, left int64) apiReward {
	name, used := r.Name.In(lang)
	return apiReward{
		ID: r.ID, Name: name, Description: textIn(r.Description, lang), Lang: used, Price: r.Price, Picture: pictureOf(r.Picture),
		Alt: textIn(r.Alt, lang), Supplier: r.Supplier, Left: max(0, left), PerMember: r.PerMember,
	}
}

func voucherIn(r catalog.Redemption, lang string) apiVoucher {
	return apiVoucher{redemptionIn(r, lang), r.Voucher()}
}

func redemptionIn(r catalog.Redemption, lang string) APIRedemption {
	return APIRedemption{
		ID: r.ID, Reward: r.Reward, Name: textIn(r.Name, lang), Price: r.Price, State: string(r.State), At: r.At, Changed: r.Changed, Reason: r.Reason,
	}
}
