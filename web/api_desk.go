package web

import (
	"net/http"

	"github.com/gofiber/fiber/v2"

	"firebrand/catalog"
)

// apiDeskOrder is a redemption as the desk sees it: with whose it is, and without its voucher, which proves that
// somebody may collect it.
type apiDeskOrder struct {
	APIRedemption
	Who    string `json:"who" doc:"The person as boards name them."`
	Where  string `json:"where,omitempty" doc:"The person's company."`
	Issuer string `json:"issuer,omitempty" doc:"Who handed it out or cancelled it."`
}

type apiDeskOrders struct {
	Redemptions []apiDeskOrder `json:"redemptions" doc:"Oldest first."`
	Next        string         `json:"next,omitempty" doc:"The after of the next page; absent at the end."`
}

type apiCancellation struct {
	Reason string `json:"reason" minLength:"1" maxLength:"200" doc:"The member reads it; it names no person."`
}

// RedemptionID is which redemption is asked for.
type RedemptionID struct {
	ID string `path:"id" maxLength:"64"`
}

func deskOperations(a *api) {
	missing := []int{http.StatusNotFound}
	operation(a, http.MethodGet, "/desk/redemptions", desks, about{
		id: "listWaiting", tag: "desk", summary: "What waits to be handed out", also: missing,
	}, (*Server).apiWaiting)
	operation(a, http.MethodGet, "/desk/redemptions/by-code/{code}", desks, about{
		id: "getByCode", tag: "desk", summary: "What a voucher is for, whatever became of it", also: missing,
	}, (*Server).apiByCode)
	operation(a, http.MethodPost, "/desk/redemptions/{id}/issue", desks, about{
		id: "issueRedemption", tag: "desk", summary: "Record that it was handed out, once", also: missing,
		detail: "Of two desks that hand out one voucher at once the second gets a conflict, with when the first did.",
	}, (*Server).apiIssue)
	operation(a, http.MethodPost, "/desk/redemptions/{id}/cancel", desks, about{
		id: "cancelRedemption", tag: "desk", summary: "Take it back before it is handed out", also: missing,
		detail: "The piece returns to the stock and the points, with the age they had, to the member.",
	}, (*Server).apiCancel)
}

func (s *Server) apiWaiting(c *fiber.Ctx, in *struct {
	After string `query:"after" maxLength:"64" doc:"The next of the page before; empty begins at the oldest."`
	Limit int    `query:"limit" minimum:"1" maximum:"199" default:"50"`
}) (apiDeskOrders, error) {
	waits, err := s.Catalog.Waiting(c.UserContext(), in.After, in.Limit+1)
	if err != nil {
		return apiDeskOrders{}, err
	}
	page := apiDeskOrders{}
	if len(waits) > in.Limit {
		waits = waits[:in.Limit]
		page.Next = waits[in.Limit-1].ID
	}
	page.Redemptions, err = s.atDesk(c, waits...)
	return page, err
}

func (s *Server) apiByCode(c *fiber.Ctx, in *struct {
	Code string `path:"code" maxLength:"64" doc:"As typed or scanned: any case, spaces and hyphens anywhere." example:"7K3M-9QWZ"`
}) (apiDeskOrder, error) {
	r, err := s.Catalog.ByCode(c.UserContext(), unescaped(in.Code))
	return s.oneAtDesk(c, r, err)
}

func (s *Server) apiIssue(c *fiber.Ctx, in *struct {
	Keyed
	RedemptionID
}) (apiDeskOrder, error) {
	r, err := s.Catalog.Issue(c.UserContext(), s.me(c).ID, in.ID, in.Key)
	return s.oneAtDesk(c, r, err)
}

func (s *Server) apiCancel(c *fiber.Ctx, in *struct {
	Keyed
	RedemptionID
	Body apiCancellation
}) (apiDeskOrder, error) {
	r, err := s.Catalog.Cancel(c.UserContext(), s.me(c).ID, in.ID, in.Body.Reason, in.Key)
	return s.oneAtDesk(c, r, err)
}

func (s *Server) oneAtDesk(c *fiber.Ctx, r catalog.Redemption, err error) (apiDeskOrder, error) {
	if err != nil {
		return apiDeskOrder{}, err
	}
	orders, err := s.atDesk(c, r)
	if err != nil {
		return apiDeskOrder{}, err
	}
	return orders[0], nil
}

// atDesk adds to redemptions the names of their people.
func (s *Server) atDesk(c *fiber.Ctx, all ...catalog.Redemption) ([]apiDeskOrder, error) {
	people, err := s.namedOn(c.UserContext(), all)
	if err != nil {
		return nil, err
	}
	orders := make([]apiDeskOrder, len(all))
	for i, o := range people.orders(all) {
		orders[i] = apiDeskOrder{redemptionIn(o.Redemption, s.lang(c)), o.Who, o.Where, o.Issuer}
	}
	return orders, nil
}
