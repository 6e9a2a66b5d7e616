package web

import (
	"cmp"
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"firebrand/internal/fault"
	"firebrand/internal/member"
)

// apiPerson is one of the principal's people.
type apiPerson struct {
	ID           string    `json:"id"`
	Name         string    `json:"name"`
	BoardName    string    `json:"board_name" doc:"How boards name the person."`
	Role         string    `json:"role" enum:"member,principal"`
	Phone        string    `json:"phone,omitempty"`
	Email        string    `json:"email,omitempty"`
	Standing     string    `json:"standing" enum:"entered,invited,active,dismissed" doc:"How far the person has come in."`
	Seen         time.Time `json:"seen,omitzero" doc:"When the person was last here, to some ten minutes; absent for who never came."`
	InvitedUntil time.Time `json:"invited_until,omitzero" doc:"When the open link ends, where one is open."`
}

type apiTeam struct {
	Company apiCompany  `json:"company"`
	People  []apiPerson `json:"people" doc:"By name."`
}

type apiNewPerson struct {
	Name  string `json:"name" minLength:"1" maxLength:"200"`
	Phone string `json:"phone,omitempty" maxLength:"40" doc:"A phone or an e-mail is needed to sign in."`
	Email string `json:"email,omitempty" maxLength:"254"`
	Lang  string `json:"lang,omitempty" enum:"en,ru,uk" doc:"The principal's language unless it says otherwise."`
}

type apiInvitation struct {
	URL     string    `json:"url" doc:"The one-time link. It is told this once and kept nowhere."`
	Expires time.Time `json:"expires"`
	Reset   bool      `json:"reset" doc:"The person has been here before: the link is for a new password alone."`
}

func teamOperations(a *api) {
	operation(a, http.MethodGet, "/team", principals, about{
		id: "getTeam", tag: "team", summary: "The principal's people",
	}, (*Server).apiTeam)
	operation(a, http.MethodPost, "/team", principals, about{
		id: "enterPerson", tag: "team", summary: "Enter a member of the company", status: http.StatusCreated,
		detail: "The person cannot come in before they are given a link by an invitation.",
	}, (*Server).apiEnterPerson)
	operation(a, http.MethodPost, "/team/{id}/invitation", principals, about{
		id: "invitePerson", tag: "team", summary: "Make a one-time link for a person", status: http.StatusCreated, also: []int{http.StatusNotFound},
		detail: "The link before it ends. As links are kept nowhere, a call that is sent again makes a new one, whatever its key.",
	}, (*Server).apiInvite)
}

func (s *Server) apiTeam(c *fiber.Ctx, _ *struct{}) (apiTeam, error) {
	me := s.me(c)
	company, err := s.Members.CompanyByID(c.UserContext(), me.Company)
	if err != nil {
		return apiTeam{}, err
	}
	people, err := s.Members.People(c.UserContext(), me, me.Company)
	team := apiTeam{apiCompany{company.ID, company.Name, company.Region}, make([]apiPerson, len(people))}
	for i, p := range people {
		team.People[i] = describePerson(p)
	}
	return team, err
}

func (s *Server) apiEnterPerson(c *fiber.Ctx, in *struct {
	Keyed
	Body apiNewPerson
}) (apiPerson, error) {
	ctx, me := c.UserContext(), s.me(c)
	m := member.Member{
		ID: enteredID(me.ID, in.Key), Role: member.RoleMember, Company: me.Company, Lang: cmp.Or(in.Body.Lang, s.lang(c)),
		Name: in.Body.Name, Phone: in.Body.Phone, Email: in.Body.Email,
	}
	_, err := s.Members.Create(ctx, me, m)
	if f := fault.As(err); f != nil && f.Key == "member.exists" {
		err = s.enteredBefore(ctx, m)
	}
	if err != nil {
		return apiPerson{}, err
	}
	p, err := s.colleague(ctx, me, m.ID)
	return describePerson(p), err
}

func (s *Server) apiInvite(c *fiber.Ctx, in *struct {
	Keyed
	ID string `path:"id" maxLength:"64"`
}) (apiInvitation, error) {
	me := s.me(c)
	p, err := s.colleague(c.UserContext(), me, in.ID)
	if err != nil {
		return apiInvitation{}, err
	}
	token, expires, err := s.Members.Invite(c.UserContext(), me, p.ID)
	if err != nil {
		return apiInvitation{}, err
	}
	link := apiInvitation{URL: c.BaseURL() + "/i/" + token, Expires: expires, Reset: p.Standing == member.StandingActive}
	if link.Reset {
		link.URL += "/password"
	}
	return link, nil
}

// entered is the space of the ids that keys are turned into; another one would let old calls act again.
var entered = uuid.MustParse("0c7f2f0a-3b0e-5a53-9a0f-6f1f3c1f7c55")

// enteredID is the same for the same principal and key, so that a call sent twice enters one person.
func enteredID(principal, key string) string {
	return uuid.NewSHA1(entered, []byte(principal+"\x00"+key)).String()
}

// enteredBefore refuses a key that entered somebody else.
func (s *Server) enteredBefore(ctx context.Context, m member.Member) error {
	was, err := s.Members.ByID(ctx, m.ID)
	if err != nil {
		return err
	}
	phone, _ := member.NormalPhone(m.Phone) // what is no phone is no person's
	email, _ := member.NormalEmail(m.Email)
	if strings.Join(strings.Fields(m.Name), " ") != was.Name || phone != was.Phone || email != was.Email {
		return fault.New(fault.KeyReused, "journal.key_reused")
	}
	return nil
}

// colleague is one of the principal's people; whoever else is asked for is not found.
func (s *Server) colleague(ctx context.Context, me member.Member, id string) (member.Person, error) {
	p, err := s.Members.Person(ctx, me, id)
	if fault.Is(err, fault.Forbidden) {
		err = fault.New(fault.NotFound, "member.unknown")
	}
	return p, err
}

func describePerson(p member.Person) apiPerson {
	return apiPerson{
		ID: p.ID, Name: p.Name, BoardName: p.BoardName(), Role: string(p.Role), Phone: p.Phone, Email: p.Email,
		Standing: string(p.Standing), Seen: p.Seen, InvitedUntil: p.InvitedUntil,
	}
}
