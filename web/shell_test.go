package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"firebrand/internal/member"
	"firebrand/internal/points"
	"firebrand/leaderboard"
)

func TestShell(t *testing.T) {
	s := newSite(t)
	dealer := s.company("Stroymarket", "Kyiv & Lviv + #1")
	olena := s.person(member.RoleMember, dealer.ID, "Olena Koval", "olena@example.com", "en")
	_, err := s.Points.Award(context.Background(), points.Award{Key: "won", Account: olena.ID, Amount: 4321, Source: points.SourceGame, Played: true, Ref: "play/x"})
	must(t, err)
	phone, inWords := s.as(olena), "4\u202f321"

	t.Run("the offline page, which a worker keeps, tells of nobody", func(t *testing.T) {
		a := phone.get("/offline")
		shows(t, a, http.StatusOK, "No network")
		for _, private := range []string{inWords, "/statement", "/profile"} {
			if strings.Contains(a.Body, private) {
				t.Errorf("it holds %q", private)
			}
		}
	})
	t.Run("a region's name stays one word of an address", func(t *testing.T) {
		must(t, s.Boards.CatchUp(context.Background()))
		a := phone.get("/board?b=" + url.QueryEscape(leaderboard.RegionBoard(dealer.Region)))
		shows(t, a, http.StatusOK)
		_, rest, found := strings.Cut(a.Body, `data-around-url="`)
		address, _, _ := strings.Cut(rest, `"`)
		if !found {
			t.Fatal("the board does not say where to ask again")
		}
		shows(t, phone.get(strings.ReplaceAll(address, "&amp;", "&")), http.StatusOK, inWords)
		if !strings.Contains(address, "%26") {
			t.Errorf("asked again at %s", address)
		}
	})
}

func TestSessionCookie(t *testing.T) {
	s := newSite(t)
	phone := s.as(s.Admin)
	t.Run("it lives on with the session that it opens", func(t *testing.T) {
		s.Clock.Add(80 * 24 * time.Hour)
		a := phone.get("/profile")
		shows(t, a, http.StatusOK)
		if !strings.Contains(a.Header.Get("Set-Cookie"), "fb_session=") {
			t.Error("the session slid on and its cookie did not")
		}
		s.Clock.Add(2 * time.Minute)
		if again := phone.get("/profile").Header.Get("Set-Cookie"); again != "" {
			t.Errorf("it is sent again a moment later: %s", again)
		}
	})
	t.Run("nothing of it stays after signing out", func(t *testing.T) {
		a := phone.post("/sign-out", nil)
		leadsTo(t, a, "/sign-in?said=said.entry_signed_out")
		if cookie := a.Header.Get("Set-Cookie"); !strings.Contains(cookie, "fb_session=;") || !strings.Contains(cookie, "max-age=0") {
			t.Errorf("the browser is told %q", cookie)
		}
	})
}

func TestGuessesBehindAProxy(t *testing.T) {
	s := newSite(t)
	guess := func(from ...string) int {
		form := url.Values{"login": {uuid.NewString() + "@example.com"}, "password": {"wrong password"}}
		req, err := http.NewRequest(http.MethodPost, s.URL+"/sign-in", strings.NewReader(form.Encode()))
		must(t, err)
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for _, f := range from {
			req.Header.Add("X-Forwarded-For", f)
		}
		resp, err := http.DefaultClient.Do(req)
		must(t, err)
		must(t, resp.Body.Close())
		return resp.StatusCode
	}
	for range 30 {
		guess("203.0.113.7, 198.51.100.1") // what stands first anybody can write
	}
	if got := guess("198.51.100.1"); got != http.StatusTooManyRequests {
		t.Errorf("after 30 wrong passwords the address gets %d", got)
	}
	if got := guess("198.51.100.2"); got != http.StatusUnprocessableEntity {
		t.Errorf("another address behind the same proxy gets %d", got)
	}
	if got := guess("203.0.113.7", "198.51.100.1"); got != http.StatusTooManyRequests {
		t.Errorf("the address in a line of its own gets %d", got)
	}
}
