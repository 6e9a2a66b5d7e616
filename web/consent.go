package web

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"firebrand/internal/fault"
	"firebrand/internal/member"
	"firebrand/web/ui"
)

// sharingRoutes are a principal's say on whom the points of the company's purchases go to.
var sharingRoutes = []route{
	{"GET", "/company/sharing", principals, (*Server).sharing},
	{"GET", "/company/sharing/change", principals, (*Server).sharingForm},
	{"POST", "/company/sharing/change", principals, (*Server).sharingChange},
	{"GET", "/company/sharing/withdraw", principals, (*Server).sharingWithdrawPage},
	{"POST", "/company/sharing/withdraw", principals, (*Server).sharingWithdraw},
}

// consentsShown is how many consents of a company a page shows; they are changed a few times a year.
const consentsShown = 50

// sharingView is whom the points of a company's purchases go to, and how that came.
type sharingView struct {
	Company string
	// Shares are those that hold now, none where all is the company's.
	Shares []shareView
	By     string
	At     time.Time
	// Lost is set where somebody who was meant to get a share gets none now.
	Lost    bool
	History []consentView
	// Mine is set for the principal, who may change it.
	Mine bool
}

// shareView is one receiver; Name is empty for the company's own account.
type shareView struct {
	Name    string
	Percent int
}

// consentView is one consent as it was given.
type consentView struct {
	At     time.Time
	By     string
	Shares []shareView
}

// sharingFormView is the form for a consent.
type sharingFormView struct {
	Company string
	// Version is the consent that the form was painted from.
	Version int64
	Rows    []shareRow
	Total   int
}

// shareRow is one line of the form; the company's own has its id as well.
type shareRow struct {
	ID, Name, Percent string
	Company           bool
}

func (s *Server) sharing(c *fiber.Ctx) error {
	view, err := s.sharingOf(c, s.me(c).Company)
	if err != nil {
		return err
	}
	view.Mine = true
	return s.page(c, "sharing", ui.Page{Title: "sharing.title", Data: view})
}

// sharingOf is a company's sharing with its history and everybody's names.
func (s *Server) sharingOf(c *fiber.Ctx, id string) (sharingView, error) {
	ctx := c.UserContext()
	company, err := s.Members.CompanyByID(ctx, id)
	if err != nil {
		return sharingView{}, err
	}
	now, err := s.Members.Sharing(ctx, id)
	if err != nil {
		return sharingView{}, err
	}
	history, err := s.Members.Sharings(ctx, s.me(c), id, consentsShown)
	if err != nil {
		return sharingView{}, err
	}
	var ids []string
	for _, sharing := range append(history, now) {
		ids = append(ids, sharing.By)
		for _, share := range append(sharing.Given, sharing.Shares...) {
			ids = append(ids, share.Member)
		}
	}
	slices.Sort(ids)
	people, err := s.Members.Many(ctx, slices.Compact(ids))
	return sharingViewOf(company, now, history, people), err
}

// sharingViewOf puts names to ids; who is not there any more is shown by a dash.
func sharingViewOf(company member.Company, now member.Sharing, history []member.Sharing, people map[string]member.Member) sharingView {
	named := func(shares []member.Share) []shareView {
		var all []shareView
		for _, share := range shares {
			shown := shareView{Percent: share.Percent}
			if share.Member != company.ID {
				shown.Name = cmp.Or(people[share.Member].Name, "—")
			}
			all = append(all, shown)
		}
		return all
	}
	view := sharingView{
		Company: company.Name, Shares: named(now.Shares), By: people[now.By].Name, At: now.At,
		Lost: !slices.Equal(now.Shares, now.Given),
	}
	for _, past := range history {
		view.History = append(view.History, consentView{past.At, people[past.By].Name, named(past.Given)})
	}
	return view
}

func (s *Server) sharingForm(c *fiber.Ctx) error {
	now, err := s.Members.Sharing(c.UserContext(), s.me(c).Company)
	if err != nil {
		return err
	}
	view, err := s.sharingRows(c, func(id string) string {
		for _, share := range now.Shares {
			if share.Member == id {
				return strconv.Itoa(share.Percent)
			}
		}
		return ""
	})
	if err != nil {
		return err
	}
	view.Version = now.Version
	return s.page(c, "sharing_change", sharingPage(view))
}

// sharingRows are the lines of the form: the company, then its people by name, each with what typed says.
func (s *Server) sharingRows(c *fiber.Ctx, typed func(id string) string) (sharingFormView, error) {
	me := s.me(c)
	company, err := s.Members.CompanyByID(c.UserContext(), me.Company)
	if err != nil {
		return sharingFormView{}, err
	}
	people, err := s.Members.People(c.UserContext(), me, me.Company)
	if err != nil {
		return sharingFormView{}, err
	}
	view := sharingFormView{Company: company.Name, Rows: []shareRow{{ID: company.ID, Name: company.Name, Company: true}}}
	for _, p := range people {
		if p.Active() {
			view.Rows = append(view.Rows, shareRow{ID: p.ID, Name: p.Name})
		}
	}
	for i, row := range view.Rows {
		view.Rows[i].Percent = typed(row.ID)
		n, _ := strconv.Atoi(strings.TrimSpace(view.Rows[i].Percent)) // what is no number adds nothing
		view.Total += n
	}
	return view, nil
}

// sharingChange records a consent.
func (s *Server) sharingChange(c *fiber.Ctx) error {
	key, err := formKey(c)
	if err != nil {
		return err
	}
	view, err := s.sharingRows(c, func(id string) string { return c.FormValue("share/" + id) })
	if err != nil {
		return err
	}
	view.Version, _ = strconv.ParseInt(c.FormValue("version"), 10, 64) // another version is told as a change in between
	shares, err := sharesOf(view.Rows)
	if err == nil && c.FormValue("consent") == "" {
		err = fault.New(fault.Invalid, "sharing.consent_needed").On("consent")
	}
	if err == nil {
		_, err = s.Members.ShareAfter(c.UserContext(), s.me(c), s.me(c).Company, view.Version, shares, key)
	}
	if f := fault.As(err); f != nil && f.Key == "member.sharing_changed" {
		return said(c, "/company/sharing", "said.sharing_raced")
	}
	if err != nil {
		return s.again(c, err, "sharing_change", sharingPage(view))
	}
	return said(c, "/company/sharing", "said.sharing_given")
}

// sharesOf reads the form's lines; empty ones and zeros are nobody's.
func sharesOf(rows []shareRow) ([]member.Share, error) {
	var shares []member.Share
	for _, row := range rows {
		text := strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(row.Percent), "%"))
		if text == "" || text == "0" {
			continue
		}
		percent, err := strconv.Atoi(text)
		if err != nil {
			return nil, fault.New(fault.Invalid, "member.share_percent").On("shares")
		}
		shares = append(shares, member.Share{Member: row.ID, Percent: percent})
	}
	if len(shares) == 0 {
		return nil, fault.New(fault.Invalid, "member.share_total", "total", 0).On("shares")
	}
	return shares, nil
}

func sharingPage(view sharingFormView) ui.Page {
	return ui.Page{Title: "sharing.change_title", Scripts: []string{"entry.js"}, Data: view}
}

// sharingWithdrawPage says what a withdrawal does before it is done.
func (s *Server) sharingWithdrawPage(c *fiber.Ctx) error {
	company, err := s.Members.CompanyByID(c.UserContext(), s.me(c).Company)
	if err != nil {
		return err
	}
	return s.page(c, "sharing_withdraw", ui.Page{Title: "sharing.withdraw_title", Data: company.Name})
}

func (s *Server) sharingWithdraw(c *fiber.Ctx) error {
	key, err := formKey(c)
	if err != nil {
		return err
	}
	me := s.me(c)
	if _, err := s.Members.Share(c.UserContext(), me, me.Company, nil, key); err != nil {
		return err
	}
	return said(c, "/company/sharing", "said.sharing_withdrawn")
}
