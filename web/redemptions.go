package web

import (
	"html/template"
	"net/url"

	"github.com/gofiber/fiber/v2"

	"firebrand/catalog"
	"firebrand/internal/fault"
	"firebrand/internal/member"
	"firebrand/web/ui"
)

// redemptionRow is a redemption in a list, with the picture of its reward.
type redemptionRow struct {
	catalog.Redemption
	Picture string
}

// voucherView is a redemption as its owner shows it at the desk.
type voucherView struct {
	catalog.Redemption
	// Of is the reward as it was when it was ordered.
	Of catalog.Reward
	// QR leads a desk to this redemption; empty where there is nothing to hand out.
	QR template.HTML
	// Why is why it did not work out, in the reader's words; only of a refused one.
	Why  string
	Mine bool
}

// redemptions lists what a member redeemed, newest first.
func (s *Server) redemptions(c *fiber.Ctx) error {
	mine, err := s.Catalog.Mine(c.UserContext(), s.me(c).ID)
	if err != nil {
		return err
	}
	rewards, err := s.Catalog.AllRewards(c.UserContext())
	if err != nil {
		return err
	}
	return s.page(c, "redemptions", ui.Page{Title: "prizes.mine", Data: pictured(mine, rewards)})
}

// redemption shows a voucher to whose it is, and to those who hand out; to others it is not there: whoever knows its
// code can collect.
func (s *Server) redemption(c *fiber.Ctx) error {
	ctx, me := c.UserContext(), s.me(c)
	r, err := s.Catalog.Redemption(ctx, c.Params("id"))
	if err != nil {
		return err
	}
	if !mayCollect(me, r) {
		return fault.New(fault.NotFound, "catalog.redemption_missing")
	}
	view := voucherView{Redemption: r, Mine: r.Member == me.ID}
	if view.Of, err = s.Catalog.RewardAt(ctx, r.Reward, r.Version); err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	if r.State == catalog.Placed {
		if view.QR, err = voucherQR(c.BaseURL(), r); err != nil {
			return err
		}
	}
	if r.Refusal != nil {
		view.Why = s.say(c, fault.As(shortInWords(r.Refusal.Fault())))
	}
	name, _ := r.Name.In(s.lang(c))
	return s.page(c, "redemption", ui.Page{Title: name, TitleIsText: true, Data: view})
}

// mayCollect reports whether somebody may see a redemption's code.
func mayCollect(m member.Member, r catalog.Redemption) bool {
	return m.ID == r.Member || desks.allows(m.Role)
}

// voucherQR is the desk's address with the code in it, so that any phone's camera opens it.
func voucherQR(base string, r catalog.Redemption) (template.HTML, error) {
	qr, err := catalog.QR(base + "/desk?" + url.Values{"code": {r.Voucher()}}.Encode())
	return template.HTML(qr), err //nolint:gosec // drawn by our own code from our own address
}

// pictured pairs redemptions with what their rewards look like today.
func pictured(all []catalog.Redemption, rewards []catalog.Reward) []redemptionRow {
	pictures := make(map[string]string, len(rewards))
	for _, r := range rewards {
		pictures[r.ID] = r.Picture
	}
	rows := make([]redemptionRow, len(all))
	for i, r := range all {
		rows[i] = redemptionRow{r, pictures[r.Reward]}
	}
	return rows
}
