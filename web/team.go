package web

import (
	"context"
	"strings"

	"github.com/gofiber/fiber/v2"

	"firebrand/internal/fault"
	"firebrand/internal/member"
	"firebrand/web/ui"
)

// teamRoutes are a principal's people. What is done with one of them is in person.go.
var teamRoutes = []route{
	{"GET", "/team", principals, (*Server).team},
	{"GET", "/team/new", principals, (*Server).teamNew},
	{"POST", "/team/new", principals, (*Server).teamInvite},
	{"GET", "/team/:member", principals, (*Server).personPage},
	{"GET", "/team/:member/link", principals, (*Server).personLinkAgain},
	{"POST", "/team/:member/link", principals, (*Server).personLink},
	{"POST", "/team/:member/sign-out", principals, (*Server).personSignOut},
	{"GET", "/team/:member/dismiss", principals, (*Server).dismissPage},
	{"POST", "/team/:member/dismiss", principals, (*Server).dismiss},
	{"POST", "/team/:member/restore", principals, (*Server).restore},
}

// teamView is a company's people, those to be helped in first.
type teamView struct {
	Company                    string
	Waiting, Active, Dismissed []personView
	// Shared is among how many people the points of the company's purchases are shared, zero for none.
	Shared int
}

// newPersonView is the form for entering a person; what only administrators choose is empty for a principal.
type newPersonView struct {
	Action, Back, Name, Contact string
	Role                        member.Role
	Company, Lang               string
	Roles                       []member.Role
	Companies                   []member.Company
}

// team lists the people of the principal's company.
func (s *Server) team(c *fiber.Ctx) error {
	me := s.me(c)
	people, err := s.Members.People(c.UserContext(), me, me.Company)
	if err != nil {
		return err
	}
	company, err := s.Members.CompanyByID(c.UserContext(), me.Company)
	if err != nil {
		return err
	}
	sharing, err := s.Members.Sharing(c.UserContext(), me.Company)
	if err != nil {
		return err
	}
	view := teamOf(me, company, people)
	view.Shared = sharedAmong(sharing)
	return s.page(c, "team", ui.Page{Title: "team.title", Data: view})
}

// teamOf sorts people by how far they have come in.
func teamOf(me member.Member, company member.Company, people []member.Person) teamView {
	view := teamView{Company: company.Name}
	for _, p := range people {
		shown := viewOf(me, p, company.Name, "/team")
		switch p.Standing {
		case member.StandingDismissed:
			view.Dismissed = append(view.Dismissed, shown)
		case member.StandingActive:
			view.Active = append(view.Active, shown)
		default:
			view.Waiting = append(view.Waiting, shown)
		}
	}
	return view
}

// sharedAmong counts the people who get a share of what a company's purchases bring.
func sharedAmong(sharing member.Sharing) (people int) {
	for _, share := range sharing.Shares {
		if share.Member != sharing.Company {
			people++
		}
	}
	return people
}

func (s *Server) teamNew(c *fiber.Ctx) error {
	return s.page(c, "person_new", newPersonPage(teamForm()))
}

// teamInvite enters a member of the principal's company and shows the link that brings them in.
func (s *Server) teamInvite(c *fiber.Ctx) error {
	key, err := formKey(c)
	if err != nil {
		return err
	}
	view := teamForm()
	view.Name, view.Contact = c.FormValue("name"), c.FormValue("contact")
	m := member.Member{ID: key, Role: member.RoleMember, Company: s.me(c).Company, Name: view.Name, Lang: s.lang(c)}
	m.Phone, m.Email = contactOf(view.Contact)
	if err := s.enterPerson(c.UserContext(), s.me(c), m); err != nil {
		return s.again(c, err, "person_new", newPersonPage(view))
	}
	return s.showLink(c, key)
}

// enterPerson enters a person under the form's key as their id, so that a form sent twice enters one.
func (s *Server) enterPerson(ctx context.Context, actor, m member.Member) error {
	_, err := s.Members.Create(ctx, actor, m)
	if f := fault.As(err); f != nil && f.Key == "member.exists" {
		return nil
	}
	return err
}

func teamForm() newPersonView { return newPersonView{Action: "/team/new", Back: "/team"} }

func newPersonPage(view newPersonView) ui.Page { return ui.Page{Title: "people.new_title", Data: view} }

// contactOf tells a phone from an e-mail; which of them is right the room says.
func contactOf(text string) (phone, email string) {
	if strings.Contains(text, "@") {
		return "", text
	}
	return text, ""
}
