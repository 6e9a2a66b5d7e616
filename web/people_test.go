package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"firebrand/internal/member"
)

func TestTeam(t *testing.T) {
	s := newSite(t)
	dealer, rival := s.company("Stroymarket", "Kyiv"), s.company("Budmax", "Lviv")
	boss := s.as(s.person(member.RolePrincipal, dealer.ID, "Ihor Bondar", "ihor@example.com", "en"))
	stranger := s.as(s.person(member.RolePrincipal, rival.ID, "Roman Lys", "roman@example.com", "en"))
	olena := s.person(member.RoleMember, dealer.ID, "Olena Koval", "olena@example.com", "en")
	of := "/team/" + olena.ID

	t.Run("another company's principal sees and changes nothing", func(t *testing.T) {
		for _, path := range []string{of, of + "/dismiss"} {
			shows(t, stranger.get(path), http.StatusForbidden)
		}
		for _, path := range []string{of + "/link", of + "/sign-out", of + "/dismiss", of + "/restore"} {
			shows(t, stranger.post(path, nil), http.StatusForbidden)
		}
		shows(t, stranger.get("/team/"+s.Admin.ID), http.StatusForbidden)
		shows(t, stranger.get("/team/nobody"), http.StatusNotFound)
		m, err := s.Members.ByID(context.Background(), olena.ID)
		must(t, err)
		if !m.Active() {
			t.Fatal("a stranger dismissed her")
		}
	})
	t.Run("staff have no team page and visitors are asked to sign in", func(t *testing.T) {
		shows(t, s.as(olena).get("/team"), http.StatusForbidden)
		leadsTo(t, s.browser().get("/team"), "/sign-in?next=%2Fteam")
	})
	t.Run("all of a person's devices are signed out", func(t *testing.T) {
		phone := s.as(olena)
		leadsTo(t, boss.post(of+"/sign-out", nil), of+"?said=said.people_signed_out")
		leadsTo(t, phone.get("/profile"), "/sign-in?next=%2Fprofile")
	})
	t.Run("a dismissal says what happens, ends the sessions, and can be taken back", func(t *testing.T) {
		phone := s.as(olena)
		shows(t, boss.get(of+"/dismiss"), http.StatusOK, "Points and results stay on record", "at once")
		leadsTo(t, boss.post(of+"/dismiss", nil), of+"?said=said.people_dismissed")
		leadsTo(t, phone.get("/profile"), "/sign-in?next=%2Fprofile")
		shows(t, boss.get("/team"), http.StatusOK, "Access ended: 1 person")
		a := s.browser().post("/sign-in", url.Values{"login": {"olena@example.com"}, "password": {password}})
		shows(t, a, http.StatusForbidden)
		leadsTo(t, boss.post(of+"/restore", nil), of+"?said=said.people_restored")
		s.as(olena)
	})
	t.Run("nobody dismisses themselves", func(t *testing.T) {
		me, err := s.Members.Search(context.Background(), s.Admin, "Ihor", 1)
		must(t, err)
		shows(t, boss.get("/team/"+me[0].ID+"/dismiss"), http.StatusForbidden)
		shows(t, boss.post("/team/"+me[0].ID+"/dismiss", nil), http.StatusForbidden)
	})
	t.Run("a page with a link leads back to the person when it is opened again", func(t *testing.T) {
		leadsTo(t, boss.get(of+"/link"), of)
	})
}

func TestPeople(t *testing.T) {
	s := newSite(t)
	admin := s.as(s.Admin)
	marketer := s.as(s.person(member.RoleMarketer, "", "Daria Melnyk", "daria@example.com", "en"))
	kyiv, lviv := s.company("Stroymarket", "Kyiv"), s.company("Budmax", "Lviv")
	for i := range 60 {
		company := []member.Company{kyiv, lviv}[i%2]
		_, err := s.Members.Create(context.Background(), s.Admin, member.Member{
			Role: member.RoleMember, Company: company.ID, Name: fmt.Sprintf("Player %02d", i), Phone: fmt.Sprintf("+3805000000%02d", i),
		})
		must(t, err)
	}

	t.Run("people are found by name, phone and company, and narrowed down", func(t *testing.T) {
		shows(t, admin.get("/people?q=player+07"), http.StatusOK, "1 person found", "Player 07")
		shows(t, admin.get("/people?q=%2B380500000033"), http.StatusOK, "1 person found", "Player 33")
		shows(t, admin.get("/people?q=budmax"), http.StatusOK, "30 people found")
		shows(t, admin.get("/people?region=Kyiv"), http.StatusOK, "30 people found")
		shows(t, admin.get("/people?company="+lviv.ID), http.StatusOK, "30 people found")
		shows(t, admin.get("/people?role=marketer"), http.StatusOK, "1 person found", "Daria Melnyk")
		shows(t, admin.get("/people?q=nobody"), http.StatusOK, "Nobody found")
	})
	t.Run("pages follow each other and keep the search", func(t *testing.T) {
		first := admin.get("/people?q=player")
		shows(t, first, http.StatusOK, "60 people found", "Player 49", "/people?page=2&q=player")
		if strings.Contains(first.Body, "Player 50") {
			t.Error("the first page has 51 people")
		}
		shows(t, admin.get("/people?page=2&q=player"), http.StatusOK, "Player 59", "/people?page=1&q=player")
		shows(t, admin.get("/people?page=-3&q=player"), http.StatusOK, "Player 00")
		shows(t, admin.get("/people?page=9999999999999&q=player"), http.StatusOK, "60 people found")
	})
	t.Run("a marketer sees dealer staff and makes links, and dismisses nobody", func(t *testing.T) {
		shows(t, marketer.get("/people"), http.StatusOK, "60 people found")
		found, err := s.Members.Search(context.Background(), s.Admin, "Player 00", 1)
		must(t, err)
		linkOn(t, s, marketer.post("/people/"+found[0].ID+"/link", nil))
		shows(t, marketer.post("/people/"+found[0].ID+"/dismiss", nil), http.StatusForbidden)
		shows(t, marketer.get("/people/"+s.Admin.ID), http.StatusNotFound)
		shows(t, marketer.post("/people/"+s.Admin.ID+"/link", nil), http.StatusNotFound)
		form := url.Values{"name": {"Another Admin"}, "contact": {"x@example.com"}, "role": {"admin"}, "lang": {"en"}}
		shows(t, marketer.post("/people/new", form), http.StatusForbidden)
	})
	t.Run("an administrator adds a company and its principal", func(t *testing.T) {
		a := admin.post("/people/company", url.Values{"name": {"Novyi Dim"}, "region": {"Odesa"}, "key": {"2f0f4c8e-90ab-4a54-8a3e-2f6b1a2c3d4e"}})
		leadsTo(t, a, "/people/new?company=2f0f4c8e-90ab-4a54-8a3e-2f6b1a2c3d4e&said=said.people_company")
		shows(t, admin.get(a.Location), http.StatusOK, `value="2f0f4c8e-90ab-4a54-8a3e-2f6b1a2c3d4e" selected`)
		a = admin.post("/people/new", url.Values{
			"name": {"Nina Rud"}, "contact": {"nina@example.com"}, "role": {"principal"}, "company": {"2f0f4c8e-90ab-4a54-8a3e-2f6b1a2c3d4e"}, "lang": {"uk"},
		})
		b := s.browser()
		shows(t, b.get(linkOn(t, s, a)), http.StatusOK, "Вітаємо, Nina Rud!", "Novyi Dim")
		shows(t, admin.post("/people/company", url.Values{"name": {"«novyi dim»"}}), http.StatusConflict, "«novyi dim»")
	})
	t.Run("what is wrong with a person is said on the form", func(t *testing.T) {
		a := admin.post("/people/new", url.Values{"name": {"Lost One"}, "contact": {"12"}, "role": {"desk"}, "lang": {"en"}})
		shows(t, a, http.StatusUnprocessableEntity, "Lost One", `aria-invalid="true"`, `value="desk" selected`)
		a = admin.post("/people/new", url.Values{"name": {"Lost One"}, "contact": {"lost@example.com"}, "role": {"member"}, "lang": {"en"}})
		shows(t, a, http.StatusUnprocessableEntity, s.texts().Say("en", "member.company_needed", nil))
	})
}

func TestImport(t *testing.T) {
	s := newSite(t)
	admin := s.as(s.Admin)
	count := func() int {
		people, err := s.Members.Search(context.Background(), s.Admin, "", 1000)
		must(t, err)
		return len(people)
	}
	before := count()

	for _, lang := range []string{"en", "ru", "uk"} {
		t.Run("the example is taken whole and a trial changes nothing: "+lang, func(t *testing.T) {
			admin.post("/profile/language", url.Values{"lang": {lang}})
			example := admin.get("/people/example.csv")
			a := admin.upload("/people/import", url.Values{"dry": {"1"}}, "people.csv", []byte(example.Body))
			shows(t, a, http.StatusOK, s.texts().Say(lang, "people.import_would", nil), `name="dry" value="0"`)
			if strings.Contains(a.Body, s.texts().Say(lang, "people.import_refused_hint", nil)) {
				t.Errorf("a row of the example is refused\n%s", a.Body)
			}
			if count() != before {
				t.Error("a trial entered people")
			}
		})
	}
	admin.post("/profile/language", url.Values{"lang": {"en"}})
	file := []byte("company,name,phone\nStroymarket,Olena Koval,+380501112233\nStroymarket,No Phone,\nStroymarket,Bad Phone,12\n")

	t.Run("a trial says what would be taken and what not, and why", func(t *testing.T) {
		a := admin.upload("/people/import", url.Values{"dry": {"1"}}, "people.csv", file)
		shows(t, a, http.StatusOK, "nothing is changed yet", "Olena Koval", "Bad Phone", "Import for real")
		if count() != before {
			t.Error("a trial entered people")
		}
		companies, err := s.Members.Companies(context.Background())
		must(t, err)
		if len(companies) > 0 {
			t.Errorf("a trial entered companies: %v", companies)
		}
	})
	t.Run("for real, the good rows are taken, and once", func(t *testing.T) {
		for range 2 {
			shows(t, admin.upload("/people/import", url.Values{"dry": {"0"}}, "people.csv", file), http.StatusOK, "Imported", "Bad Phone")
			if count() != before+1 {
				t.Errorf("%d people, want %d", count(), before+1)
			}
		}
	})
	t.Run("no file and what is no table are said on the form", func(t *testing.T) {
		shows(t, admin.post("/people/import", url.Values{"dry": {"1"}}), http.StatusUnprocessableEntity, "Choose a file.")
		shows(t, admin.upload("/people/import", nil, "x.csv", []byte{0, 1, 2, 3}), http.StatusUnprocessableEntity, `role="alert"`)
	})
	t.Run("staff may not import", func(t *testing.T) {
		dealer := s.company("Budmax", "Lviv")
		staff := s.as(s.person(member.RoleMember, dealer.ID, "Petro Haidai", "petro@example.com", "en"))
		shows(t, staff.upload("/people/import", url.Values{"dry": {"0"}}, "people.csv", file), http.StatusForbidden)
	})
}
