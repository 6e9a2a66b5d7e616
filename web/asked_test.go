package web_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"firebrand/internal/member"
)

func TestVisitorsAreAnsweredInTheirLanguage(t *testing.T) {
	s := newSite(t)
	ask := func(path, wish string, socket bool) (int, string) {
		t.Helper()
		req, err := http.NewRequest(http.MethodGet, s.URL+path, nil)
		must(t, err)
		req.Header.Set("Accept-Language", wish)
		if socket {
			req.Header.Set("Connection", "Upgrade")
			req.Header.Set("Upgrade", "websocket")
		}
		resp, err := http.DefaultClient.Do(req)
		must(t, err)
		defer resp.Body.Close()
		raw, err := io.ReadAll(resp.Body)
		must(t, err)
		return resp.StatusCode, string(raw)
	}
	said := map[string]string{"ru": "Войдите, чтобы продолжить.", "uk": "Увійдіть, щоб продовжити.", "en": "Sign in to go on."}
	for wish, lang := range map[string]string{
		"uk": "uk", "en-GB": "en", "ru-UA,ru;q=0.9": "ru", "de,en;q=0.5": "en", "en;q=0.3,uk;q=0.9": "uk", "uk;q=0,en": "en",
		"": "ru", "*": "ru", "de": "ru", ";;,=": "ru",
	} {
		if code, body := ask("/api/v1/me", wish, false); code != http.StatusUnauthorized || !strings.Contains(body, said[lang]) {
			t.Errorf("the API answers %q with %d %s", wish, code, body)
		}
		if code, body := ask("/live", wish, true); code != http.StatusUnauthorized || body != said[lang]+"\n" {
			t.Errorf("a socket that asks for %q is refused with %d %s", wish, code, body)
		}
		if code, body := ask("/sign-in", wish, false); code != http.StatusOK || !strings.Contains(body, `<html lang="`+lang+`"`) {
			t.Errorf("a page answers %q with %d %s", wish, code, body)
		}
	}
}

func TestAProgramIsToldWhatToSend(t *testing.T) {
	s := newSite(t)
	p := s.programOf(t, s.person(member.RoleMember, s.company("Stroymarket", "Kyiv").ID, "Olena Koval", "olena@example.com", "en")).with(t)
	own := p.Origin
	p.Origin = ""
	told := p.post("/quizzes/none/start", nil).problem(t, http.StatusForbidden, "fault.origin_missing")
	if !strings.Contains(told.Title, "header Origin") {
		t.Errorf("it is told %q", told.Title)
	}
	p.Origin = own
	p.post("/quizzes/none/start", nil).problem(t, http.StatusNotFound, "game.not_live")
}
