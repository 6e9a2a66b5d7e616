package web

import (
	"net/url"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"firebrand/internal/member"
	"firebrand/web/ui"
)

// peopleRoutes are everybody, for those who run the programme.
var peopleRoutes = []route{
	{"GET", "/people", marketers, (*Server).people},
	{"GET", "/people/new", marketers, (*Server).peopleNew},
	{"POST", "/people/new", marketers, (*Server).peopleEnter},
	{"GET", "/people/import", marketers, (*Server).importPage},
	{"POST", "/people/import", marketers, (*Server).importPeople},
	{"GET", "/people/example.csv", marketers, (*Server).importExample},
	{"GET", "/people/:member", marketers, (*Server).personPage},
	{"GET", "/people/:member/link", marketers, (*Server).personLinkAgain},
	{"POST", "/people/:member/link", marketers, (*Server).personLink},
	{"POST", "/people/:member/sign-out", admins, (*Server).personSignOut},
	{"GET", "/people/:member/dismiss", admins, (*Server).dismissPage},
	{"POST", "/people/:member/dismiss", admins, (*Server).dismiss},
	{"POST", "/people/:member/restore", admins, (*Server).restore},
}

const (
	// everybody is more people than a search can read.
	everybody = 1 << 20
	// peoplePage is how many people stand on one page.
	peoplePage = 50
)

// peopleView is one page of a search.
type peopleView struct {
	Filter    peopleFilter
	Companies []member.Company
	Regions   []string
	Roles     []member.Role
	People    []personView
	Found     int
	// Admin is set for administrators, who have more ways on from here.
	Admin bool
	// Prev and Next are the addresses of the pages beside this one, empty where there is none.
	Prev, Next string
}

// peopleFilter is what was asked for; empty fields ask for nothing.
type peopleFilter struct {
	Text, Company, Region string
	Role                  member.Role
	Page                  int
}

// people finds people by name, phone or company and narrows them down.
func (s *Server) people(c *fiber.Ctx) error {
	filter := filterOf(c)
	found, err := s.Members.Search(c.UserContext(), s.me(c), filter.Text, everybody)
	if err != nil {
		return err
	}
	companies, err := s.Members.Companies(c.UserContext())
	if err != nil {
		return err
	}
	view := peopleOf(s.me(c), filter, found, companies)
	return s.page(c, "people", ui.Page{Title: "people.title", Wide: true, Data: view})
}

func (s *Server) peopleNew(c *fiber.Ctx) error {
	view, err := s.peopleForm(c)
	if err != nil {
		return err
	}
	view.Company, view.Role, view.Lang = c.Query("company"), member.RoleMember, s.lang(c)
	return s.page(c, "person_new", newPersonPage(view))
}

// peopleEnter enters a person and shows the link that brings them in.
func (s *Server) peopleEnter(c *fiber.Ctx) error {
	key, err := formKey(c)
	if err != nil {
		return err
	}
	view, err := s.peopleForm(c)
	if err != nil {
		return err
	}
	view.Name, view.Contact = c.FormValue("name"), c.FormValue("contact")
	view.Role, view.Company, view.Lang = member.Role(c.FormValue("role")), c.FormValue("company"), c.FormValue("lang")
	m := member.Member{ID: key, Role: view.Role, Company: view.Company, Name: view.Name, Lang: view.Lang}
	m.Phone, m.Email = contactOf(view.Contact)
	if err := s.enterPerson(c.UserContext(), s.me(c), m); err != nil {
		return s.again(c, err, "person_new", newPersonPage(view))
	}
	return s.showLink(c, key)
}

func (s *Server) peopleForm(c *fiber.Ctx) (newPersonView, error) {
	companies, err := s.Members.Companies(c.UserContext())
	return newPersonView{
		Action: "/people/new", Back: "/people", Roles: member.RolesFor(s.me(c)), Companies: companies,
	}, err
}

func filterOf(c *fiber.Ctx) peopleFilter {
	page, _ := strconv.Atoi(c.Query("page")) // what is no number is the first page
	return peopleFilter{
		Text: c.Query("q"), Company: c.Query("company"), Region: c.Query("region"), Role: member.Role(c.Query("role")), Page: max(1, page),
	}
}

// peopleOf narrows what a search found down to one page.
func peopleOf(me member.Member, filter peopleFilter, found []member.Person, companies []member.Company) peopleView {
	view := peopleView{Filter: filter, Companies: companies, Roles: member.RolesFor(me), Admin: admins.allows(me.Role)}
	byID, seen := map[string]member.Company{}, map[string]bool{"": true}
	for _, company := range companies {
		byID[company.ID] = company
		if !seen[company.Region] {
			view.Regions, seen[company.Region] = append(view.Regions, company.Region), true
		}
	}
	first := (filter.Page - 1) * peoplePage
	for _, p := range found {
		company := byID[p.Company]
		if filter.Company != "" && p.Company != filter.Company || filter.Region != "" && company.Region != filter.Region ||
			filter.Role != "" && p.Role != filter.Role {
			continue
		}
		if view.Found >= first && view.Found < first+peoplePage {
			view.People = append(view.People, viewOf(me, p, company.Name, "/people"))
		}
		view.Found++
	}
	if filter.Page > 1 {
		view.Prev = filter.at(filter.Page - 1)
	}
	if view.Found > first+peoplePage {
		view.Next = filter.at(filter.Page + 1)
	}
	return view
}

// at is the address of another page of the same search.
func (f peopleFilter) at(page int) string {
	q := url.Values{}
	for name, value := range map[string]string{
		"q": f.Text, "company": f.Company, "region": f.Region, "role": string(f.Role), "page": strconv.Itoa(page),
	} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return "/people?" + q.Encode()
}
