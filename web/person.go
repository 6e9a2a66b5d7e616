package web

import (
	"html/template"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"firebrand/catalog"
	"firebrand/internal/fault"
	"firebrand/internal/member"
	"firebrand/web/ui"
)

// personView is one person as those see them who answer for them.
type personView struct {
	// Base is the list that the page belongs to: "/team" or "/people".
	Base                       string
	ID, Name, BoardName, Login string
	// Company is a name, CompanyID leads to its page.
	Company, CompanyID string
	// MergedInto is the id of the account that this one became a part of, and MergedName whose it is.
	MergedInto, MergedName         string
	Role                           member.Role
	Standing                       member.Standing
	Seen, InvitedUntil, Dismissed  time.Time
	Self, MayInvite, MayEnd, Plays bool
	MayMerge                       bool
	Devices                        int
}

// linkView is a one-time link, shown once.
type linkView struct {
	personView
	URL     string
	QR      template.HTML
	Expires time.Time
	Reset   bool
}

// personPage shows one person and what can be done.
func (s *Server) personPage(c *fiber.Ctx) error {
	view, err := s.subject(c, c.Params("member"))
	if err != nil {
		return err
	}
	devices, err := s.Members.Devices(c.UserContext(), view.ID)
	if err != nil {
		return err
	}
	view.Devices = len(devices)
	if view.MergedInto != "" {
		if other, err := s.Members.ByID(c.UserContext(), view.MergedInto); err == nil {
			view.MergedName = other.Name
		}
	}
	return s.page(c, "person", ui.Page{Title: view.Name, TitleIsText: true, Data: view})
}

// personLink makes a new one-time link.
func (s *Server) personLink(c *fiber.Ctx) error { return s.showLink(c, c.Params("member")) }

// personLinkAgain is for a page with a link that is opened again: links are kept nowhere, a new one has to be made.
func (s *Server) personLinkAgain(c *fiber.Ctx) error {
	return c.Redirect(peopleBase(c)+"/"+c.Params("member"), fiber.StatusSeeOther)
}

// showLink makes a one-time link for a person and shows it in the answer itself: it is kept nowhere to go on to.
func (s *Server) showLink(c *fiber.Ctx, id string) error {
	view, err := s.subject(c, id)
	if err != nil {
		return err
	}
	key, err := formKey(c)
	if err != nil {
		return err
	}
	if !s.firstTime(c, s.me(c).ID+key) {
		return said(c, view.Base+"/"+id, "said.people_link_shown")
	}
	token, expires, err := s.Members.Invite(c.UserContext(), s.me(c), id)
	if err != nil {
		return err
	}
	link, err := linkFor(c.BaseURL(), view, token, expires)
	if err != nil {
		return err
	}
	return s.page(c, "person_link", ui.Page{Title: "people.link_title", Scripts: []string{"entry.js"}, Data: link})
}

// linkFor is a one-time link as text and as QR; somebody who has come in before is led to a new password.
func linkFor(base string, view personView, token string, expires time.Time) (linkView, error) {
	link := linkView{personView: view, URL: base + "/i/" + token, Expires: expires, Reset: view.Standing == member.StandingActive}
	if link.Reset {
		link.URL += "/password"
	}
	qr, err := catalog.QR(link.URL)
	link.QR = template.HTML(qr) //nolint:gosec // drawn by our own code from our own address
	return link, err
}

// personSignOut ends all sessions of a person.
func (s *Server) personSignOut(c *fiber.Ctx) error {
	view, err := s.subject(c, c.Params("member"))
	if err != nil {
		return err
	}
	if err := s.signOutAll(c, view.ID, ""); err != nil {
		return err
	}
	return said(c, view.Base+"/"+view.ID, "said.people_signed_out")
}

// dismissPage says what a dismissal does before it is done.
func (s *Server) dismissPage(c *fiber.Ctx) error {
	view, err := s.subject(c, c.Params("member"))
	if err != nil {
		return err
	}
	if !view.MayEnd {
		return fault.New(fault.Forbidden, "member.not_allowed")
	}
	return s.page(c, "person_dismiss", ui.Page{Title: "people.dismiss_title", Data: view})
}

// dismiss ends a person's access.
func (s *Server) dismiss(c *fiber.Ctx) error {
	if err := s.Members.Dismiss(c.UserContext(), s.me(c), c.Params("member")); err != nil {
		return err
	}
	return said(c, peopleBase(c)+"/"+c.Params("member"), "said.people_dismissed")
}

// restore takes a dismissal back.
func (s *Server) restore(c *fiber.Ctx) error {
	if err := s.Members.Restore(c.UserContext(), s.me(c), c.Params("member")); err != nil {
		return err
	}
	return said(c, peopleBase(c)+"/"+c.Params("member"), "said.people_restored")
}

// subject is a person whom the one signed in may look at.
func (s *Server) subject(c *fiber.Ctx, id string) (personView, error) {
	p, err := s.Members.Person(c.UserContext(), s.me(c), id)
	if err != nil {
		return personView{}, err
	}
	var company member.Company
	if p.Company != "" {
		if company, err = s.Members.CompanyByID(c.UserContext(), p.Company); err != nil {
			return personView{}, err
		}
	}
	return viewOf(s.me(c), p, company.Name, peopleBase(c)), nil
}

// viewOf is a person with what me may do. The room decides again when it is done; this only keeps buttons away that
// would be refused.
func viewOf(me member.Member, p member.Person, company, base string) personView {
	self := me.ID == p.ID
	return personView{
		Base: base, ID: p.ID, Name: p.Name, BoardName: p.BoardName(), Login: loginOf(p.Member), Company: company,
		CompanyID: p.Company, MergedInto: p.MergedInto, MayMerge: admins.allows(me.Role) && players.allows(p.Role) && p.MergedInto == "",
		Role: p.Role, Standing: p.Standing, Seen: p.Seen, InvitedUntil: p.InvitedUntil, Dismissed: p.Dismissed, Self: self,
		MayEnd: !self && member.AnswersFor(me, p.Member), MayInvite: !self && p.Active() && member.Manages(me, p.Member),
		Plays: players.allows(p.Role),
	}
}

// peopleBase is the list that a page about a person belongs to.
func peopleBase(c *fiber.Ctx) string {
	if strings.HasPrefix(c.Path(), "/team") {
		return "/team"
	}
	return "/people"
}
