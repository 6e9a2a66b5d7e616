package web

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"firebrand/catalog"
	"firebrand/internal/fault"
	"firebrand/internal/member"
	"firebrand/web/ui"
)

const (
	// deskPage is how many waiting orders stand on one page.
	deskPage = 10
	// deskRecent is how many of those handed out last are shown.
	deskRecent = 5
)

// handOutView is the desk: the field for a code, the order at hand, and what else there is to hand out.
type handOutView struct {
	// Code is what was typed, shown again where it was wrong.
	Code  string
	Order *deskOrder
	// Waiting are the orders to be collected, oldest first; After begins the next page, empty at the end. Further says
	// that older ones wait on a page before this.
	Waiting []deskOrder
	After   string
	Further bool
	Recent  []deskOrder
}

// deskOrder is an order with the names that the desk knows people by.
type deskOrder struct {
	catalog.Redemption
	// Who and Where are the member's board name and company, Issuer who handed it out or cancelled it.
	Who, Where, Issuer string
	// Of is the reward as it was when it was ordered; of the order at hand only.
	Of catalog.Reward
	// Shown says that its code was shown, not that it was picked from the list.
	Shown bool
}

// desk takes a code, typed or scanned, and shows what it is for.
func (s *Server) desk(c *fiber.Ctx) error {
	typed := c.Query("code")
	if typed == "" {
		return s.showDesk(c, handOutView{}, nil)
	}
	r, err := s.Catalog.ByCode(c.UserContext(), scanned(typed))
	if err != nil {
		return s.showDesk(c, handOutView{Code: typed}, err)
	}
	return s.showOrder(c, r, true, nil)
}

// deskOrder shows an order that was picked from the list, for those who come without their voucher.
func (s *Server) deskOrder(c *fiber.Ctx) error {
	r, err := s.Catalog.Redemption(c.UserContext(), c.Params("id"))
	if err != nil {
		return err
	}
	return s.showOrder(c, r, false, nil)
}

// deskIssue records that a prize was handed out. Who comes second reads when it was and who did it.
func (s *Server) deskIssue(c *fiber.Ctx) error {
	key, err := formKey(c)
	if err != nil {
		return err
	}
	id := c.Params("id")
	if _, err := s.Catalog.Issue(c.UserContext(), s.me(c).ID, id, key); err != nil {
		return s.deskAgain(c, id, err)
	}
	return said(c, "/desk/"+id, "said.desk_issued")
}

// deskCancelPage asks for the reason before an order is taken back.
func (s *Server) deskCancelPage(c *fiber.Ctx) error {
	r, err := s.Catalog.Redemption(c.UserContext(), c.Params("id"))
	if err != nil {
		return err
	}
	if r.State != catalog.Placed {
		return c.Redirect("/desk/"+r.ID, fiber.StatusSeeOther)
	}
	order, err := s.orderFor(c.UserContext(), r)
	if err != nil {
		return err
	}
	return s.page(c, "desk_cancel", cancelPage(order))
}

// deskCancel takes an order back: the points return to the member and the piece to the stock.
func (s *Server) deskCancel(c *fiber.Ctx) error {
	key, err := formKey(c)
	if err != nil {
		return err
	}
	id, reason := c.Params("id"), c.FormValue("reason")
	_, err = s.Catalog.Cancel(c.UserContext(), s.me(c).ID, id, reason, key)
	switch {
	case fault.Is(err, fault.Invalid):
		return s.cancelAgain(c, id, reason, err)
	case err != nil:
		return s.deskAgain(c, id, err)
	}
	return said(c, "/desk/"+id, "said.desk_cancelled")
}

// cancelAgain asks for the reason once more, beside what was typed.
func (s *Server) cancelAgain(c *fiber.Ctx, id, reason string, refused error) error {
	r, err := s.Catalog.Redemption(c.UserContext(), id)
	if err != nil {
		return err
	}
	order, err := s.orderFor(c.UserContext(), r)
	if err != nil {
		return err
	}
	order.Reason = reason
	return s.again(c, refused, "desk_cancel", cancelPage(order))
}

func cancelPage(order deskOrder) ui.Page { return ui.Page{Title: "desk.cancel_title", Data: order} }

// deskAgain shows the order as it stands now, with why what was asked could not be done.
func (s *Server) deskAgain(c *fiber.Ctx, id string, refused error) error {
	r, err := s.Catalog.Redemption(c.UserContext(), id)
	if err != nil {
		return refused
	}
	return s.showOrder(c, r, false, refused)
}

// tooLate says, with when and by whom, why an order can no longer be handed out or taken back.
var tooLate = map[catalog.State]string{
	catalog.Issued:     "desk.issued_already",
	catalog.Cancelling: "desk.cancelled_already",
	catalog.Cancelled:  "desk.cancelled_already",
}

func (s *Server) showOrder(c *fiber.Ctx, r catalog.Redemption, shown bool, refused error) error {
	order, err := s.orderFor(c.UserContext(), r)
	if err != nil {
		return err
	}
	order.Shown = shown
	if key := tooLate[r.State]; refused != nil && key != "" {
		refused = fault.New(fault.Conflict, key, "when", s.UI.Until(s.lang(c), r.Changed, s.Now()), "who", order.Issuer)
	}
	return s.showDesk(c, handOutView{Order: &order}, refused)
}

// showDesk adds the lists to what is at hand.
func (s *Server) showDesk(c *fiber.Ctx, view handOutView, refused error) error {
	ctx := c.UserContext()
	after := c.Query("after")
	waits, err := s.Catalog.Waiting(ctx, after, deskPage+1)
	if err != nil {
		return err
	}
	view.Further = after != ""
	if len(waits) > deskPage {
		waits = waits[:deskPage]
		view.After = waits[deskPage-1].ID
	}
	recent, err := s.Catalog.RecentlyIssued(ctx, deskRecent)
	if err != nil {
		return err
	}
	people, err := s.namedOn(ctx, slices.Concat(waits, recent))
	if err != nil {
		return err
	}
	view.Waiting, view.Recent = people.orders(waits), people.orders(recent)
	p := ui.Page{Title: "desk.title", Wide: true, Data: view}
	if refused != nil {
		return s.again(c, refused, "desk", p)
	}
	return s.page(c, "desk", p)
}

// orderFor is one order with its people and its reward.
func (s *Server) orderFor(ctx context.Context, r catalog.Redemption) (deskOrder, error) {
	people, err := s.namedOn(ctx, []catalog.Redemption{r})
	if err != nil {
		return deskOrder{}, err
	}
	order := people.orders([]catalog.Redemption{r})[0]
	order.Of, err = s.Catalog.RewardAt(ctx, r.Reward, r.Version)
	if fault.Is(err, fault.NotFound) {
		err = nil
	}
	return order, err
}

// deskPeople are those whom orders name: the members as others know them, the staff by their names.
type deskPeople struct {
	members map[string]member.Card
	staff   map[string]member.Member
}

// namedOn reads the people whom orders name.
func (s *Server) namedOn(ctx context.Context, all []catalog.Redemption) (deskPeople, error) {
	var ids, by []string
	for _, r := range all {
		ids = append(ids, r.Member)
		if r.By != "" {
			by = append(by, r.By)
		}
	}
	cards, err := s.Members.Cards(ctx, ids)
	if err != nil {
		return deskPeople{}, err
	}
	staff, err := s.Members.Many(ctx, by)
	return deskPeople{cards, staff}, err
}

func (p deskPeople) orders(all []catalog.Redemption) []deskOrder {
	orders := make([]deskOrder, len(all))
	for i, r := range all {
		card := p.members[r.Member]
		orders[i] = deskOrder{Redemption: r, Who: card.Name, Where: card.CompanyName, Issuer: p.staff[r.By].Name}
	}
	return orders
}

// scanned is the code in what a scanner typed: the address in a voucher's QR code, or the code itself.
func scanned(typed string) string {
	typed = strings.TrimSpace(typed)
	u, err := url.Parse(typed)
	if err != nil || !strings.Contains(typed, "?") {
		return typed
	}
	return u.Query().Get("code")
}
