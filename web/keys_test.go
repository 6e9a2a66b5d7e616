package web_test

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"

	"firebrand/internal/member"
	"firebrand/web"
)

// erp is a program that asks by an API key alone.
type erp struct {
	site *site
	// Token is sent as it stands; Cookie too, where it is not empty.
	Token, Cookie string
}

// key makes an API key and returns it with its program.
func (s *site) key(scopes ...string) (member.APIKey, *erp) {
	s.t.Helper()
	k, token, err := s.Members.MakeAPIKey(context.Background(), s.Admin, member.APIKey{Name: "ERP", Scopes: scopes})
	must(s.t, err)
	return k, &erp{site: s, Token: token}
}

// ask sends a request without an Origin and without an Idempotency-Key.
func (e *erp) ask(method, path, body string) answer {
	e.site.t.Helper()
	req, err := http.NewRequest(method, e.site.URL+path, strings.NewReader(body))
	must(e.site.t, err)
	req.Header.Set("Authorization", "Bearer "+e.Token)
	req.Header.Set("Accept-Language", "en")
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if e.Cookie != "" {
		req.Header.Set("Cookie", "fb_session="+e.Cookie)
	}
	resp, err := http.DefaultTransport.RoundTrip(req) // it follows no redirect
	must(e.site.t, err)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	must(e.site.t, err)
	return answer{Status: resp.StatusCode, Body: string(raw), Header: resp.Header}
}

// told checks a problem by its status and code.
func (a answer) told(t *testing.T, status int, code string) {
	t.Helper()
	if a.Status != status || !strings.Contains(a.Body, `"code":"`+code+`"`) || a.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("%d %s, want %d %s", a.Status, a.Body, status, code)
	}
}

func TestBearer(t *testing.T) {
	t.Cleanup(web.OperationsForTests())
	s := newSite(t)
	k, reader := s.key(member.ScopeOrdersRead)
	_, writer := s.key(member.ScopeOrdersWrite, member.ScopeReportsRead)
	const raw, typed = "/api/v1/test/raw", "/api/v1/test/typed"

	t.Run("a key with the scope asks without a cookie, an Origin or an idempotency key", func(t *testing.T) {
		for _, path := range []string{raw, typed} {
			if a := writer.ask("POST", path, `{}`); a.Status != http.StatusOK || !strings.Contains(a.Body, "key:") {
				t.Errorf("%s: %d %s", path, a.Status, a.Body)
			}
		}
	})
	t.Run("a key without it is told which scope it lacks", func(t *testing.T) {
		for _, path := range []string{raw, typed} {
			a := reader.ask("POST", path, `{}`)
			a.told(t, http.StatusForbidden, "fault.key_scope")
			if !strings.Contains(a.Body, `"scope":"orders:write"`) || !strings.Contains(a.Header.Get("WWW-Authenticate"), `scope="orders:write"`) {
				t.Errorf("%s %v", a.Body, a.Header)
			}
		}
	})
	t.Run("a key asks for nothing that is people's", func(t *testing.T) {
		writer.ask("GET", "/api/v1/me", "").told(t, http.StatusForbidden, "fault.key_not_here")
		if a := writer.ask("GET", "/keys", ""); a.Status != http.StatusSeeOther {
			t.Errorf("a page answers a key with %d", a.Status)
		}
	})
	t.Run("a key that is none is no visitor either", func(t *testing.T) {
		for _, token := range []string{"", "x", "fbk_" + strings.Repeat("A", 43)} {
			for _, path := range []string{raw, typed} {
				a := (&erp{site: s, Token: token}).ask("POST", path, `{}`)
				a.told(t, http.StatusUnauthorized, "member.key_unknown")
				if a.Header.Get("WWW-Authenticate") == "" {
					t.Error("HTTP's own header is missing")
				}
			}
			(&erp{site: s, Token: token}).ask("DELETE", "/api/v1/session", "").told(t, http.StatusUnauthorized, "member.key_unknown")
		}
	})
	t.Run("with a cookie beside it the key alone counts", func(t *testing.T) {
		_, session, err := s.Members.SignIn(context.Background(), "admin@example.com", password, member.Device{})
		must(t, err)
		both := &erp{site: s, Token: reader.Token, Cookie: session}
		both.ask("POST", raw, `{}`).told(t, http.StatusForbidden, "fault.key_scope")
		both.ask("GET", "/api/v1/me", "").told(t, http.StatusForbidden, "fault.key_not_here")
		both.Token = "fbk_" + strings.Repeat("A", 43)
		both.ask("GET", "/api/v1/me", "").told(t, http.StatusUnauthorized, "member.key_unknown")
	})
	t.Run("a person with the role asks as before, with the site's Origin", func(t *testing.T) {
		b := s.as(s.Admin)
		for _, path := range []string{raw, typed} {
			if a := b.do("POST", path, "application/json", strings.NewReader(`{}`)); a.Status != http.StatusOK || !strings.Contains(a.Body, s.Admin.ID) {
				t.Errorf("%s: %d %s", path, a.Status, a.Body)
			}
		}
		b.Origin = "https://evil.example"
		if a := b.do("POST", raw, "application/json", strings.NewReader(`{}`)); a.Status != http.StatusForbidden {
			t.Errorf("another site's page is answered with %d", a.Status)
		}
		if a := s.browser().do("POST", raw, "application/json", strings.NewReader(`{}`)); a.Status != http.StatusUnauthorized {
			t.Errorf("a visitor is answered with %d", a.Status)
		}
	})
	t.Run("a revoked key is out at once", func(t *testing.T) {
		_, err := s.Members.RevokeAPIKey(context.Background(), s.Admin, k.ID)
		must(t, err)
		reader.ask("POST", raw, `{}`).told(t, http.StatusUnauthorized, "member.key_revoked")
	})
	t.Run("the document describes keys and who needs which", func(t *testing.T) {
		a := s.browser().get("/api/v1/openapi.json")
		for _, want := range []string{`"scheme":"bearer"`, `"security":[{"session":[]},{"key":["orders:write"]}]`} {
			if !strings.Contains(a.Body, want) {
				t.Errorf("%s is not in the document", want)
			}
		}
	})
}

func TestKeyPages(t *testing.T) {
	s := newSite(t)
	admin := s.as(s.Admin)
	shows(t, admin.get("/keys"), http.StatusOK, "There are no keys yet")
	form := url.Values{"name": {"ERP <orders>"}, "scopes": {"orders:write", "reports:read"}, "key": {uuid.NewString()}}
	made := admin.post("/keys/new", form)
	shows(t, made, http.StatusOK, "ERP <orders>", "not shown again", "Report orders", "Read reports")
	token := regexp.MustCompile(`fbk_[\w-]{43}`).FindString(made.Body)

	t.Run("the token is shown once, and works", func(t *testing.T) {
		k, err := s.Members.UseAPIKey(context.Background(), token)
		must(t, err)
		if k.Name != "ERP <orders>" || !k.Allows(member.ScopeReportsRead) {
			t.Errorf("got %+v", k)
		}
		leadsTo(t, admin.post("/keys/new", form), "/keys?said=said.keys_shown")
		list := admin.get("/keys?said=said.keys_shown")
		shows(t, list, http.StatusOK, "ERP <orders>", "Last used", "was made and shown already")
		if strings.Contains(list.Body, token) {
			t.Error("the list shows the token")
		}
	})
	t.Run("what is wrong with a key is said on the form", func(t *testing.T) {
		a := admin.post("/keys/new", url.Values{"name": {"CRM"}})
		shows(t, a, http.StatusUnprocessableEntity, `value="CRM"`, s.texts().Say("en", "member.key_scope_needed", nil))
		a = admin.post("/keys/new", url.Values{"scopes": {"orders:read"}})
		shows(t, a, http.StatusUnprocessableEntity, `value="orders:read" checked`, `aria-invalid="true"`)
		shows(t, admin.post("/keys/new", url.Values{"name": {"CRM"}, "scopes": {"everything\xff"}}), http.StatusUnprocessableEntity)
	})
	t.Run("a key is revoked after a question, and again changes nothing", func(t *testing.T) {
		keys, err := s.Members.APIKeys(context.Background(), s.Admin)
		must(t, err)
		of := "/keys/" + keys[0].ID + "/revoke"
		shows(t, admin.get(of), http.StatusOK, "Revoke the key “ERP <orders>”?", "at once")
		for range 2 {
			leadsTo(t, admin.post(of, nil), "/keys?said=said.keys_revoked")
		}
		leadsTo(t, admin.get(of), "/keys?said=said.keys_revoked")
		shows(t, admin.get("/keys"), http.StatusOK, "1 revoked key", "by Administrator")
		shows(t, admin.get("/keys/nothing/revoke"), http.StatusNotFound)
		shows(t, admin.post("/keys/nothing/revoke", nil), http.StatusNotFound)
	})
}
