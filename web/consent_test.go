package web_test

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"firebrand/internal/member"
)

func TestSharingPages(t *testing.T) {
	s := newSite(t)
	dealer, rival := s.company("Stroymarket", "Kyiv"), s.company("Budmax", "Lviv")
	ihor := s.person(member.RolePrincipal, dealer.ID, "Ihor Bondar", "ihor@example.com", "en")
	olena := s.person(member.RoleMember, dealer.ID, "Olena Koval", "olena@example.com", "en")
	petro := s.person(member.RoleMember, dealer.ID, "Petro Lys", "petro@example.com", "en")
	stranger := s.person(member.RoleMember, rival.ID, "Roman Dub", "roman@example.com", "en")
	boss := s.as(ihor)
	const at = "/company/sharing"
	version := func() string {
		m := regexp.MustCompile(`name="version" value="(\d+)"`).FindStringSubmatch(boss.get(at + "/change").Body)
		if m == nil {
			t.Fatal("the form has no version")
		}
		return m[1]
	}
	shares := func(pairs ...string) url.Values {
		form := url.Values{"consent": {"1"}, "version": {version()}}
		for i := 0; i < len(pairs); i += 2 {
			form.Set("share/"+pairs[i], pairs[i+1])
		}
		return form
	}
	holds := func(want ...member.Share) {
		t.Helper()
		sharing, err := s.Members.Sharing(context.Background(), dealer.ID)
		must(t, err)
		if len(sharing.Shares) != len(want) {
			t.Fatalf("got %+v, want %+v", sharing.Shares, want)
		}
		for i := range want {
			if sharing.Shares[i] != want[i] {
				t.Fatalf("got %+v, want %+v", sharing.Shares, want)
			}
		}
	}

	t.Run("at first all is the company's, in plain words", func(t *testing.T) {
		shows(t, boss.get("/team"), http.StatusOK, "All of them go to the company’s account", at)
		shows(t, boss.get(at), http.StatusOK, "All of them go to the company’s account", "Name people", "new orders")
		shows(t, boss.get(at+"/change"), http.StatusOK, "Olena Koval", "Petro Lys", "Ihor Bondar", "I consent on behalf of Stroymarket")
	})
	t.Run("what is wrong is said on the form, with what was typed", func(t *testing.T) {
		shows(t, boss.post(at+"/change", shares(olena.ID, "60", petro.ID, "30")), http.StatusUnprocessableEntity, "Together they are 90 %", `value="60"`)
		shows(t, boss.post(at+"/change", shares(olena.ID, "sixty")), http.StatusUnprocessableEntity, "whole number", `value="sixty"`)
		shows(t, boss.post(at+"/change", shares()), http.StatusUnprocessableEntity, "Together they are 0 %")
		unticked := shares(olena.ID, "100")
		unticked.Del("consent")
		shows(t, boss.post(at+"/change", unticked), http.StatusUnprocessableEntity, "Tick the consent")
		shows(t, boss.post(at+"/change", shares(stranger.ID, "100")), http.StatusUnprocessableEntity, "Together they are 0 %")
		holds()
	})
	t.Run("a consent is recorded with who and when, and shown to those who run the programme", func(t *testing.T) {
		leadsTo(t, boss.post(at+"/change", shares(olena.ID, " 60 ", petro.ID, "40%", dealer.ID, "0")), at+"?said=said.sharing_given")
		holds(member.Share{Member: olena.ID, Percent: 60}, member.Share{Member: petro.ID, Percent: 40})
		shows(t, boss.get(at), http.StatusOK, "Olena Koval", "60 %", "Decided by Ihor Bondar, today at 12:00", "History: 1 record")
		shows(t, boss.get(at+"/change"), http.StatusOK, `value="60"`)
		shows(t, boss.get("/team"), http.StatusOK, "2 people get a share")
		marketer := s.as(s.person(member.RoleMarketer, "", "Daria Melnyk", "daria@example.com", "en"))
		for _, b := range []*browser{s.as(s.Admin), marketer} {
			page := b.get("/people/companies/" + dealer.ID)
			shows(t, page, http.StatusOK, "Olena Koval", "60 %", "Ihor Bondar", "Only the company’s principal decides")
			if strings.Contains(page.Body, at) {
				t.Error("it offers to change it")
			}
		}
	})
	t.Run("a form painted before another decision is not recorded", func(t *testing.T) {
		old := shares(dealer.ID, "100")
		_, err := s.Members.Share(context.Background(), ihor, dealer.ID, []member.Share{{Member: petro.ID, Percent: 100}}, "elsewhere")
		must(t, err)
		leadsTo(t, boss.post(at+"/change", old), at+"?said=said.sharing_raced")
		holds(member.Share{Member: petro.ID, Percent: 100})
	})
	t.Run("somebody's share is the company's once they are dismissed", func(t *testing.T) {
		must(t, s.Members.Dismiss(context.Background(), s.Admin, petro.ID))
		shows(t, boss.get(at), http.StatusOK, "no longer with the company", "All of them go to the company’s account")
		must(t, s.Members.Restore(context.Background(), s.Admin, petro.ID))
	})
	t.Run("it is withdrawn after a question", func(t *testing.T) {
		shows(t, boss.get(at+"/withdraw"), http.StatusOK, "the account of Stroymarket")
		leadsTo(t, boss.post(at+"/withdraw", nil), at+"?said=said.sharing_withdrawn")
		holds()
		shows(t, boss.get(at), http.StatusOK, "History: 3 records", "Withdrawn")
	})
}

func TestCompanyPages(t *testing.T) {
	s := newSite(t)
	admin := s.as(s.Admin)
	of := s.company("Budmax", "Lviv")
	a := admin.post("/people/company", url.Values{"name": {"Stroymarket"}, "code": {" C-100 "}, "key": {"2f0f4c8e-90ab-4a54-8a3e-2f6b1a2c3d4e"}})
	leadsTo(t, a, "/people/new?company=2f0f4c8e-90ab-4a54-8a3e-2f6b1a2c3d4e&said=said.people_company")

	t.Run("companies are found by name, number and region", func(t *testing.T) {
		shows(t, admin.get("/people/companies"), http.StatusOK, "2 companies found", "Stroymarket", "No. C-100")
		for _, q := range []string{"stroy", "c-1"} {
			shows(t, admin.get("/people/companies?q="+q), http.StatusOK, "1 company found", "Stroymarket")
		}
		shows(t, admin.get("/people/companies?q=lviv"), http.StatusOK, "1 company found", "Budmax")
		shows(t, admin.get("/people/companies?q=nothing"), http.StatusOK, "None found")
		shows(t, admin.get("/people?q=c-100"), http.StatusOK, "Nobody found")
	})
	t.Run("one is changed, and a number that another has is refused by name", func(t *testing.T) {
		path := "/people/companies/" + of.ID
		shows(t, admin.get(path), http.StatusOK, "Budmax", "not given", "has not decided anything yet")
		shows(t, admin.get(path+"/change"), http.StatusOK, `value="Budmax"`)
		form := url.Values{"name": {"Budmax"}, "region": {"Lviv"}, "code": {"c-100"}}
		shows(t, admin.post(path+"/change", form), http.StatusConflict, "Stroymarket has the customer number c-100 already", `value="c-100"`)
		form.Set("code", "B-7")
		leadsTo(t, admin.post(path+"/change", form), path+"?said=said.companies_changed")
		shows(t, admin.get(path), http.StatusOK, "B-7")
		shows(t, admin.get("/people/companies/nothing"), http.StatusNotFound)
		shows(t, admin.post("/people/companies/nothing/change", form), http.StatusNotFound)
	})
}
