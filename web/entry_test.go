package web_test

import (
	"context"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"firebrand/internal/member"
)

var linkPattern = regexp.MustCompile(`id="link">([^<]+)<`)

// linkOn is the path of the one-time link that a page shows.
func linkOn(t *testing.T, s *site, a answer) string {
	t.Helper()
	found := linkPattern.FindStringSubmatch(a.Body)
	if a.Status != http.StatusOK || found == nil {
		t.Fatalf("no link on the page: %d\n%s", a.Status, a.Body)
	}
	link := html.UnescapeString(found[1])
	if !strings.HasPrefix(link, s.URL+"/i/") {
		t.Fatalf("the link %q is not on %s", link, s.URL)
	}
	return strings.TrimPrefix(link, s.URL)
}

func shows(t *testing.T, a answer, status int, texts ...string) {
	t.Helper()
	if a.Status != status {
		t.Fatalf("status %d, want %d\n%s", a.Status, status, a.Body)
	}
	for _, text := range texts {
		if !strings.Contains(html.UnescapeString(a.Body), text) {
			t.Errorf("the page does not say %q\n%s", text, a.Body)
		}
	}
}

func leadsTo(t *testing.T, a answer, path string) {
	t.Helper()
	if a.Status != http.StatusSeeOther || a.Location != path {
		t.Fatalf("status %d to %q, want 303 to %q\n%s", a.Status, a.Location, path, a.Body)
	}
}

func TestComingIn(t *testing.T) {
	s := newSite(t)
	dealer := s.company("Stroymarket", "Kyiv")
	principal := s.person(member.RolePrincipal, dealer.ID, "Ihor Bondar", "ihor@example.com", "en")
	boss := s.as(principal)
	var link string

	t.Run("a principal invites a colleague and is shown the link with its QR code", func(t *testing.T) {
		a := boss.post("/team/new", url.Values{"name": {"Olena Koval"}, "contact": {"050 111 22 33"}})
		link = linkOn(t, s, a)
		shows(t, a, http.StatusOK, "<svg", "Olena Koval")
		if a.Header.Get("Cache-Control") != "no-store" {
			t.Error("a page with a secret may be kept")
		}
		shows(t, boss.get("/team"), http.StatusOK, "Olena Koval", "Have not come in yet")
	})
	t.Run("the same form sent twice enters one person and leaves the link that was shown", func(t *testing.T) {
		form := url.Values{"name": {"Taras Shevchuk"}, "contact": {"050 111 22 34"}, "key": {"0d0f4c8e-90ab-4a54-8a3e-2f6b1a2c3d4e"}}
		first, again := linkOn(t, s, boss.post("/team/new", form)), boss.post("/team/new", form)
		if again.Status != http.StatusSeeOther || !strings.HasSuffix(again.Location, "?said=said.people_link_shown") {
			t.Fatalf("sent again it leads to %d %s", again.Status, again.Location)
		}
		shows(t, boss.get(again.Location), http.StatusOK, "The link was shown already", "Taras Shevchuk")
		shows(t, s.browser().get(first), http.StatusOK, "Taras Shevchuk")
	})
	t.Run("a phone that somebody has already is said on the form, which keeps what was typed", func(t *testing.T) {
		a := boss.post("/team/new", url.Values{"name": {"Other Olena"}, "contact": {"+380501112233"}})
		shows(t, a, http.StatusConflict, "Other Olena", "+380501112233", s.texts().Say("en", "member.phone_taken", nil))
	})
	phone := s.browser()
	t.Run("the link greets by name and company and offers the names as they will look", func(t *testing.T) {
		shows(t, phone.get(link), http.StatusOK, "Hello, Olena Koval!", "Stroymarket", "Olena K.", ">Start")
	})
	t.Run("a short password is refused on the same screen, and the choice of name is kept", func(t *testing.T) {
		a := phone.post(link, url.Values{"password": {"kava"}, "display": {"short"}, "lang": {"en"}})
		shows(t, a, http.StatusUnprocessableEntity, `value="short" checked`)
	})
	t.Run("accepting signs in and begins", func(t *testing.T) {
		a := phone.post(link, url.Values{"password": {password}, "display": {"short"}, "lang": {"en"}})
		leadsTo(t, a, "/?said=said.entry_welcome")
		shows(t, phone.get(a.Location), http.StatusOK, "You are ready to play")
		shows(t, phone.get("/profile"), http.StatusOK, "Olena Koval", "Olena K.", "Stroymarket")
		shows(t, boss.get("/team"), http.StatusOK, "In the game")
	})
	t.Run("a used link says that it ended and what to do", func(t *testing.T) {
		shows(t, s.browser().get(link), http.StatusNotFound, "This link has ended", "just sign in", "/sign-in")
		a := s.browser().post(link, url.Values{"password": {password}, "display": {"full"}, "lang": {"en"}})
		shows(t, a, http.StatusNotFound, "This link has ended")
		shows(t, s.browser().get("/i/nothing"), http.StatusNotFound, "This link has ended")
	})
	t.Run("a link for a person who has a password asks for a new one alone", func(t *testing.T) {
		people, err := s.Members.Search(context.Background(), s.Admin, "Olena", 10)
		must(t, err)
		reset := linkOn(t, s, boss.post("/team/"+people[0].ID+"/link", nil))
		a := s.browser().get(reset)
		shows(t, a, http.StatusOK, "New password")
		if strings.Contains(a.Body, `name="display"`) {
			t.Error("a reset asks again how to be named")
		}
		fresh := s.browser()
		leadsTo(t, fresh.post(reset, url.Values{"password": {"inshyi dobryi parol"}}), "/?said=said.entry_password")
		shows(t, fresh.get("/profile"), http.StatusOK, "Olena K.")
		leadsTo(t, phone.get("/profile"), "/sign-in?next=%2Fprofile")
	})
}

func TestSigningIn(t *testing.T) {
	s := newSite(t)
	marketer := s.person(member.RoleMarketer, "", "Daria Melnyk", "daria@example.com", "uk")

	t.Run("a wrong password is said in the browser's language", func(t *testing.T) {
		texts := s.texts()
		for _, lang := range []string{"ru", "uk", "en"} {
			b := s.browser()
			b.Lang = lang
			a := b.post("/sign-in", url.Values{"login": {"daria@example.com"}, "password": {"not this one"}, "next": {"/people"}})
			shows(t, a, http.StatusUnprocessableEntity, texts.Say(lang, "member.wrong_sign_in", nil), "daria@example.com", `value="/people"`)
			if !texts.Has("member.wrong_sign_in") {
				t.Error("member.wrong_sign_in has no text")
			}
		}
	})
	t.Run("signing in goes on to where the person wanted to be", func(t *testing.T) {
		b := s.browser()
		leadsTo(t, b.get("/people?q=bo"), "/sign-in?next=%2Fpeople%3Fq%3Dbo")
		leadsTo(t, b.post("/sign-in", url.Values{"login": {"daria@example.com"}, "password": {password}, "next": {"/people?q=bo"}}), "/people?q=bo")
		leadsTo(t, b.get("/sign-in"), "/")
	})
	t.Run("a visitor of the home page is asked who they are", func(t *testing.T) {
		shows(t, s.browser().get("/"), http.StatusOK, `action="/sign-in"`)
	})
	t.Run("it never leads to another site", func(t *testing.T) {
		for _, next := range []string{"https://evil.example", "//evil.example", `/\evil.example`, "javascript:alert(1)", "evil", "/sign-out", "/\t/evil.example", "%2F%2Fevil.example"} {
			a := s.browser().post("/sign-in", url.Values{"login": {"daria@example.com"}, "password": {password}, "next": {next}})
			leadsTo(t, a, "/")
		}
	})
	t.Run("a form from another site is refused", func(t *testing.T) {
		b := s.browser()
		for _, origin := range []string{"https://evil.example", "null", s.URL + "0"} {
			b.Origin = origin
			a := b.post("/sign-in", url.Values{"login": {"daria@example.com"}, "password": {password}})
			if a.Status != http.StatusForbidden || len(a.Header.Values("Set-Cookie")) > 0 {
				t.Errorf("from %q: status %d", origin, a.Status)
			}
		}
	})
	t.Run("a form that does not say where it comes from may not act by a cookie", func(t *testing.T) {
		b := s.as(marketer)
		for _, origin := range []string{"", "https://evil.example"} {
			b.Origin = origin
			shows(t, b.post("/profile/language", url.Values{"lang": {"ru"}}), http.StatusForbidden)
			shows(t, b.post("/sign-out", nil), http.StatusForbidden)
		}
		shows(t, b.get("/profile"), http.StatusOK, `<html lang="uk">`)
	})
	t.Run("signing out ends the session and its cookie", func(t *testing.T) {
		b := s.as(marketer)
		leadsTo(t, b.post("/sign-out", nil), "/sign-in?said=said.entry_signed_out")
		at, _ := url.Parse(s.URL)
		if left := b.client.Jar.Cookies(at); len(left) > 0 {
			t.Errorf("cookies left: %v", left)
		}
		leadsTo(t, b.get("/profile"), "/sign-in?next=%2Fprofile")
		leadsTo(t, b.post("/sign-out", nil), "/sign-in?said=said.entry_signed_out")
	})
}

func TestProfile(t *testing.T) {
	s := newSite(t)
	dealer := s.company("Stroymarket", "Kyiv")
	olena := s.person(member.RoleMember, dealer.ID, "Olena Koval", "olena@example.com", "en")
	phone, desk := s.as(olena), s.as(olena)

	t.Run("a choice is saved and said", func(t *testing.T) {
		leadsTo(t, phone.post("/profile/display", url.Values{"display": {"full"}}), "/profile?said=said.profile_display")
		leadsTo(t, phone.post("/profile/pace", url.Values{"pace": {"150"}}), "/profile?said=said.profile_pace")
		shows(t, phone.get("/profile?said=said.profile_pace"), http.StatusOK, "Olena Koval", "×1.5", "counts from your next quiz")
		leadsTo(t, phone.post("/profile/language", url.Values{"lang": {"uk"}}), "/profile?said=said.profile_language")
		shows(t, desk.get("/profile"), http.StatusOK, `<html lang="uk">`)
		leadsTo(t, phone.post("/profile/language", url.Values{"lang": {"en"}}), "/profile?said=said.profile_language")
	})
	t.Run("what is no choice is refused on the same page", func(t *testing.T) {
		shows(t, phone.post("/profile/pace", url.Values{"pace": {"1000"}}), http.StatusUnprocessableEntity, "How much time")
		shows(t, phone.post("/profile/display", url.Values{"display": {"boss"}}), http.StatusUnprocessableEntity, "Olena K.")
		shows(t, phone.post("/profile/language", url.Values{"lang": {"xx"}}), http.StatusUnprocessableEntity, "Which language?")
	})
	t.Run("signing the other device out ends its session and not this one", func(t *testing.T) {
		a := phone.get("/profile/devices")
		shows(t, a, http.StatusOK, "This device", "Chrome, Android")
		forms := regexp.MustCompile(`action="(/profile/devices/[0-9a-f]+)"`).FindAllStringSubmatch(a.Body, -1)
		if len(forms) != 2 { // the third session is from accepting the invitation
			t.Fatalf("%d other devices, want 2", len(forms))
		}
		for _, form := range forms {
			leadsTo(t, phone.post(form[1], nil), "/profile/devices?said=said.profile_device")
		}
		leadsTo(t, phone.post(forms[0][1], nil), "/profile/devices?said=said.profile_device") // once more is no fault
		leadsTo(t, desk.get("/profile"), "/sign-in?next=%2Fprofile")
		shows(t, phone.get("/profile/devices"), http.StatusOK, "signed in only here")
	})
	t.Run("nobody signs out the device of another", func(t *testing.T) {
		other := s.as(s.person(member.RoleMember, dealer.ID, "Petro Haidai", "petro@example.com", "en"))
		sessions, err := s.Members.Devices(context.Background(), olena.ID)
		must(t, err)
		other.post("/profile/devices/"+sessions[0].ID, nil)
		shows(t, phone.get("/profile"), http.StatusOK)
	})
	t.Run("all the others go at once", func(t *testing.T) {
		second, third := s.as(olena), s.as(olena)
		leadsTo(t, phone.post("/profile/devices", nil), "/profile/devices?said=said.profile_devices")
		for _, b := range []*browser{second, third} {
			leadsTo(t, b.get("/profile"), "/sign-in?next=%2Fprofile")
		}
		shows(t, phone.get("/profile"), http.StatusOK)
	})
	t.Run("a new password needs the old one and signs the others out", func(t *testing.T) {
		second := s.as(olena)
		wrong := phone.post("/profile/password", url.Values{"current": {"not it at all"}, "password": {"inshyi dobryi parol"}})
		shows(t, wrong, http.StatusUnprocessableEntity, `aria-invalid="true"`)
		leadsTo(t, phone.post("/profile/password", url.Values{"current": {password}, "password": {"inshyi dobryi parol"}}), "/profile?said=said.profile_password")
		shows(t, phone.get("/profile"), http.StatusOK)
		leadsTo(t, second.get("/profile"), "/sign-in?next=%2Fprofile")
	})
}
