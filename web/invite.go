package web

import (
	"github.com/gofiber/fiber/v2"

	"firebrand/internal/fault"
	"firebrand/internal/member"
	"firebrand/web/ui"
)

// inviteView is the one screen between a link and the first quiz.
type inviteView struct {
	Token, Name, Company string
	// Reset asks for a new password alone: the person has been here before.
	Reset bool
	// NeedsLogin is set for the first administrator, who has neither a phone nor an e-mail yet.
	NeedsLogin bool
	// Login is what was typed where it was needed; KnownLogin is what the person signs in with otherwise.
	Login, KnownLogin string
	Names             []radioCard
}

// radioCard is one radio card: what is sent, what it looks like, and what it means as a text key.
type radioCard struct {
	Value, Label, Hint string
	Chosen             bool
}

// invitation greets whoever opens a one-time link.
func (s *Server) invitation(c *fiber.Ctx) error { return s.greet(c, false) }

// resetPage is the same link for somebody who only chooses a new password.
func (s *Server) resetPage(c *fiber.Ctx) error { return s.greet(c, true) }

func (s *Server) greet(c *fiber.Ctx, reset bool) error {
	m, err := s.Members.Invitation(c.UserContext(), c.Params("token"))
	if err != nil {
		return s.linkEnded(c, err)
	}
	s.speak(c, m.Lang)
	view, err := s.inviteView(c, m, m.Display.Mode, reset)
	if err != nil {
		return err
	}
	return s.page(c, "invite", invitePage(view))
}

// accept uses the link and begins.
func (s *Server) accept(c *fiber.Ctx) error {
	return s.enter(c, false, member.Acceptance{
		Password: c.FormValue("password"), Display: member.Mode(c.FormValue("display")), Lang: c.FormValue("lang"),
		Login: c.FormValue("login"),
	})
}

// acceptReset uses the link for a new password and leaves the rest as it was.
func (s *Server) acceptReset(c *fiber.Ctx) error {
	return s.enter(c, true, member.Acceptance{Password: c.FormValue("password")})
}

func (s *Server) enter(c *fiber.Ctx, reset bool, with member.Acceptance) error {
	m, err := s.Members.Invitation(c.UserContext(), c.Params("token"))
	if err != nil {
		return s.linkEnded(c, err)
	}
	_, token, err := s.Members.Accept(c.UserContext(), c.Params("token"), with, device(c))
	if fault.Is(err, fault.NotFound) {
		return s.linkEnded(c, err) // somebody was quicker
	}
	if err != nil {
		s.speak(c, m.Lang)
		view, shown := s.inviteView(c, m, with.Display, reset)
		if shown != nil {
			return shown
		}
		view.Login = with.Login
		return s.again(c, err, "invite", invitePage(view))
	}
	s.open(c, token)
	if reset {
		return said(c, "/", "said.entry_password")
	}
	return said(c, "/", "said.entry_welcome")
}

// linkEnded says that a link leads nowhere any more and what to do; other errors go on to fail.
func (s *Server) linkEnded(c *fiber.Ctx, err error) error {
	if !fault.Is(err, fault.NotFound) {
		return err
	}
	c.Status(fiber.StatusNotFound)
	return s.page(c, "invite_ended", ui.Page{Title: "invite.ended_title", Bare: true})
}

// speak paints the rest of the request in the language that an invited person is known by, unless this device has
// chosen one. The page is theirs even when somebody else is signed in here.
func (s *Server) speak(c *fiber.Ctx, lang string) {
	if c.Cookies(langCookie) != "" {
		lang = ""
	}
	c.Locals("who", who{member: member.Member{Lang: lang}})
}

func (s *Server) inviteView(c *fiber.Ctx, m member.Member, mode member.Mode, reset bool) (inviteView, error) {
	view := inviteView{
		Token: c.Params("token"), Name: m.Name, Reset: reset, NeedsLogin: m.Phone == "" && m.Email == "",
		KnownLogin: loginOf(m), Names: namings(m, mode),
	}
	if !m.Role.OfCompany() {
		view.Names = nil // who has no place on a board needs no name for it
		return view, nil
	}
	company, err := s.Members.CompanyByID(c.UserContext(), m.Company)
	view.Company = company.Name
	return view, err
}

func invitePage(view inviteView) ui.Page {
	title := "invite.title"
	if view.Reset {
		title = "invite.reset_title"
	}
	return ui.Page{Title: title, Bare: true, Scripts: []string{"entry.js"}, Data: view}
}

// namings are the three ways in which others may see a person, each as it will really look.
func namings(m member.Member, chosen member.Mode) []radioCard {
	var all []radioCard
	for _, mode := range []member.Mode{member.ModeAlias, member.ModeShort, member.ModeFull} {
		m.Display.Mode = mode
		all = append(all, radioCard{Value: string(mode), Label: m.BoardName(), Chosen: mode == chosen})
	}
	all[0].Hint = "entry.name_alias"
	return all
}

// loginOf is what a person signs in with: the phone where there is one.
func loginOf(m member.Member) string {
	if m.Phone != "" {
		return m.Phone
	}
	return m.Email
}
