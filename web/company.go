package web

import (
	"context"
	"strings"

	"github.com/gofiber/fiber/v2"

	"firebrand/internal/fault"
	"firebrand/internal/member"
	"firebrand/web/ui"
)

// companyRoutes are the dealer companies, for those who run the programme. They stand before those of people, whose
// ids they would be taken for.
var companyRoutes = []route{
	{"GET", "/people/company", marketers, (*Server).companyPage},
	{"POST", "/people/company", marketers, (*Server).companyEnter},
	{"GET", "/people/companies", marketers, (*Server).companies},
	{"GET", "/people/companies/:company", marketers, (*Server).companyCard},
	{"GET", "/people/companies/:company/change", marketers, (*Server).companyForm},
	{"POST", "/people/companies/:company/change", marketers, (*Server).companyChange},
}

// companyView is the form for entering a company or changing one.
type companyView struct {
	Company member.Company
	Regions []string
	// Action and Back are addresses; Title and Do are text keys.
	Action, Back, Title, Do string
}

// companiesView is a search among companies.
type companiesView struct {
	Text      string
	Companies []member.Company
	Found     int
}

// oneCompanyView is a company with whom the points of its purchases go to.
type oneCompanyView struct {
	Company member.Company
	Sharing sharingView
}

// companiesShown is how many companies of a search a page shows.
const companiesShown = 200

// companies finds companies by the beginning of a word of their name, by code or by region.
func (s *Server) companies(c *fiber.Ctx) error {
	all, err := s.Members.Companies(c.UserContext())
	if err != nil {
		return err
	}
	view := companiesView{Text: c.Query("q")}
	for _, company := range all {
		if !company.Answers(view.Text) {
			continue
		}
		if view.Found++; view.Found <= companiesShown {
			view.Companies = append(view.Companies, company)
		}
	}
	return s.page(c, "companies", ui.Page{Title: "companies.title", Data: view})
}

// companyCard shows one company; what its principal consented to can only be looked at here.
func (s *Server) companyCard(c *fiber.Ctx) error {
	company, err := s.Members.CompanyByID(c.UserContext(), c.Params("company"))
	if err != nil {
		return err
	}
	sharing, err := s.sharingOf(c, company.ID)
	if err != nil {
		return err
	}
	return s.page(c, "company", ui.Page{Title: company.Name, TitleIsText: true, Data: oneCompanyView{company, sharing}})
}

func (s *Server) companyPage(c *fiber.Ctx) error {
	view, err := s.companyFields(c, newCompany(member.Company{}))
	if err != nil {
		return err
	}
	return s.page(c, "company_new", companyForm(view))
}

// companyEnter adds a company and goes on to its first person.
func (s *Server) companyEnter(c *fiber.Ctx) error {
	key, err := formKey(c)
	if err != nil {
		return err
	}
	company := companySent(c, key)
	if err := s.enterCompany(c.UserContext(), s.me(c), company); err != nil {
		return s.companyAgain(c, err, newCompany(company))
	}
	return said(c, "/people/new?company="+key, "said.people_company")
}

// enterCompany adds a company under the form's key as its id, so that a form sent twice adds one.
func (s *Server) enterCompany(ctx context.Context, actor member.Member, company member.Company) error {
	_, err := s.Members.CreateCompany(ctx, actor, company)
	if fault.Is(err, fault.Conflict) {
		if _, missing := s.Members.CompanyByID(ctx, company.ID); missing == nil {
			return nil
		}
	}
	return err
}

func (s *Server) companyForm(c *fiber.Ctx) error {
	company, err := s.Members.CompanyByID(c.UserContext(), c.Params("company"))
	if err != nil {
		return err
	}
	view, err := s.companyFields(c, oldCompany(company))
	if err != nil {
		return err
	}
	return s.page(c, "company_new", companyForm(view))
}

func (s *Server) companyChange(c *fiber.Ctx) error {
	company := companySent(c, c.Params("company"))
	if _, err := s.Members.UpdateCompany(c.UserContext(), s.me(c), company); err != nil {
		return s.companyAgain(c, err, oldCompany(company))
	}
	return said(c, "/people/companies/"+company.ID, "said.companies_changed")
}

// companySent is a company as a form has it.
func companySent(c *fiber.Ctx, id string) member.Company {
	return member.Company{
		ID: id, Name: c.FormValue("name"), Region: c.FormValue("region"), Size: c.FormValue("size"),
		Industry: c.FormValue("industry"), Code: strings.TrimSpace(c.FormValue("code")),
	}
}

func newCompany(company member.Company) companyView {
	return companyView{Company: company, Action: "/people/company", Back: "/people", Title: "people.company_title", Do: "people.company_do"}
}

func oldCompany(company member.Company) companyView {
	of := "/people/companies/" + company.ID
	return companyView{Company: company, Action: of + "/change", Back: of, Title: "companies.change_title", Do: "companies.change_do"}
}

// companyFields adds what the form offers to choose from.
func (s *Server) companyFields(c *fiber.Ctx, view companyView) (companyView, error) {
	regions, err := s.Members.Regions(c.UserContext())
	view.Regions = regions
	return view, err
}

func (s *Server) companyAgain(c *fiber.Ctx, err error, view companyView) error {
	view, unread := s.companyFields(c, view)
	if unread != nil {
		return unread
	}
	return s.again(c, err, "company_new", companyForm(view))
}

func companyForm(view companyView) ui.Page { return ui.Page{Title: view.Title, Data: view} }
