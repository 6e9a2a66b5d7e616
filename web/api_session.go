package web

import (
	"net/http"

	"github.com/gofiber/fiber/v2"

	"firebrand/internal/member"
)

// apiMe is the person who asks.
type apiMe struct {
	ID      string      `json:"id"`
	Name    string      `json:"name"`
	Role    string      `json:"role" enum:"member,principal,marketer,desk,admin"`
	Company *apiCompany `json:"company,omitempty" doc:"The dealer, for members and principals."`
	Lang    string      `json:"lang" doc:"The language of texts: en, ru or uk."`
	Display apiDisplay  `json:"display"`
	Pace    int         `json:"pace" doc:"How much of a question's time the person takes, in percent." enum:"100,150,200"`
	Balance *apiBalance `json:"balance,omitempty" doc:"The account of points, for members and principals."`
}

type apiCompany struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Region string `json:"region,omitempty"`
}

type apiDisplay struct {
	Mode string `json:"mode" enum:"alias,short,full"`
	Name string `json:"name" doc:"How boards name the person."`
}

type apiCredentials struct {
	Login    string `json:"login" minLength:"1" maxLength:"254" doc:"A phone or an e-mail."`
	Password string `json:"password" minLength:"1" maxLength:"1024"`
}

func sessionOperations(a *api) {
	operation(a, http.MethodPost, "/session", anyone, about{
		id: "signIn", tag: "session", summary: "Sign in: sets the session cookie", also: []int{http.StatusTooManyRequests},
		detail: "A key that is sent again opens one more session; there is nothing else to act twice.",
	}, (*Server).apiSignIn)
	operation(a, http.MethodDelete, "/session", anyone, about{
		id: "signOut", tag: "session", summary: "Sign out: ends this session",
	}, (*Server).apiSignOut)
	operation(a, http.MethodGet, "/me", signedIn, about{
		id: "getMe", tag: "session", summary: "Who is signed in",
	}, (*Server).apiMe)
}

func (s *Server) apiSignIn(c *fiber.Ctx, in *struct {
	Keyed
	Body apiCredentials
}) (apiMe, error) {
	m, token, err := s.Members.SignIn(c.UserContext(), in.Body.Login, in.Body.Password, device(c))
	if err != nil {
		return apiMe{}, err
	}
	s.open(c, token)
	return s.describeMe(c, m)
}

func (s *Server) apiSignOut(c *fiber.Ctx, _ *struct{ Keyed }) (nothing, error) {
	return nothing{}, s.endSession(c)
}

func (s *Server) apiMe(c *fiber.Ctx, _ *struct{}) (apiMe, error) { return s.describeMe(c, s.me(c)) }

// describeMe gathers what a person may know about themselves.
func (s *Server) describeMe(c *fiber.Ctx, m member.Member) (apiMe, error) {
	me := apiMe{
		ID: m.ID, Name: m.Name, Role: string(m.Role), Lang: player(m, "").Lang, Pace: m.Pace,
		Display: apiDisplay{Mode: string(m.Display.Mode), Name: m.BoardName()},
	}
	if m.Company != "" {
		company, err := s.Members.CompanyByID(c.UserContext(), m.Company)
		if err != nil {
			return me, err
		}
		me.Company = &apiCompany{ID: company.ID, Name: company.Name, Region: company.Region}
	}
	if players.allows(m.Role) {
		view, err := s.Points.Balance(c.UserContext(), m.ID)
		if err != nil {
			return me, err
		}
		balance := balanceOf(view)
		me.Balance = &balance
	}
	return me, nil
}
