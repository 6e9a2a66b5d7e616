package web_test

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"firebrand/internal/member"
	"firebrand/web"
)

// wings says, apart from the tables, who works below a path; the longest that begins a route holds.
var wings = map[string]string{
	"/": "member principal", "/articles": "everybody", "/messages": "everybody", "/board": "everybody", "/board/around": "member principal",
	"/redemptions/:": "everybody", "/profile": "everybody", "/profile/pace": "member principal", "/team": "principal",
	"/desk": "desk admin", "/studio": "marketer admin", "/people": "marketer admin",
	"/people/:member/sign-out": "admin", "/people/:member/dismiss": "admin", "/people/:member/restore": "admin",
	"/auctions": "member principal", "/auctions/:id/log": "member principal marketer admin", "/people/merge": "admin", "/keys": "admin", "/company": "principal", "/orders/:": "member principal marketer admin",
}

// open are the ways of visitors.
var open = []string{"/", "/sign-in", "/sign-out", "/i/", "/language/", "/manifest.webmanifest", "/sw.js", "/icon.svg", "/offline"}

// hostile is a form that none of ours could send.
func hostile() url.Values {
	form := url.Values{}
	for _, field := range strings.Fields(`login name contact role company lang region display pace n choice sure price reason title
		/title/en /revision /version month from /articles /rewards /picture /draw /questions/0/kind /questions/0/id
		/questions/0/options/0/id /questions/0/seconds md per_member to one two keep scopes consent code`) {
		form.Set(field, "\xff{n}\x00-1")
	}
	form.Set("op", "add:/articles")
	return form
}

func TestEveryRouteKeepsOthersOut(t *testing.T) {
	s := newSite(t)
	must(t, s.Boards.CatchUp(context.Background()))
	dealer := s.company("Stroymarket", "Kyiv")
	in := map[member.Role]*browser{member.RoleAdmin: s.as(s.Admin)}
	for role, company := range map[member.Role]string{
		member.RoleMember: dealer.ID, member.RolePrincipal: dealer.ID, member.RoleMarketer: "", member.RoleDesk: "",
	} {
		in[role] = s.as(s.person(role, company, "Some One", string(role)+"@example.com", "en"))
	}
	param := regexp.MustCompile(`:month<[^>]*\)>|:[a-z]+`)
	for _, r := range web.Routes() {
		visitors := slices.ContainsFunc(open, func(way string) bool {
			return r.Path == way || strings.HasSuffix(way, "/") && way != "/" && strings.HasPrefix(r.Path, way)
		})
		if visitors != (r.Roles == nil) {
			t.Errorf("%s %s is open to visitors: %t", r.Method, r.Path, r.Roles == nil)
		}
		if visitors {
			continue
		}
		wing := ""
		for beginning := range wings {
			if strings.HasPrefix(r.Path, beginning) && len(beginning) > len(wing) {
				wing = beginning
			}
		}
		path := param.ReplaceAllStringFunc(r.Path, func(p string) string {
			if strings.HasPrefix(p, ":month") {
				return "2026-11"
			}
			return "none"
		})
		ask := func(b *browser) answer {
			if r.Method == http.MethodPost {
				return b.post(path, hostile())
			}
			return b.get(path)
		}
		if a := ask(s.browser()); a.Status != http.StatusSeeOther || !strings.HasPrefix(a.Location, "/sign-in?") {
			t.Errorf("%s %s answers a visitor with %d", r.Method, r.Path, a.Status)
		}
		for role, b := range in {
			may := wings[wing] == "everybody" || slices.Contains(strings.Fields(wings[wing]), string(role))
			if slices.Contains(r.Roles, role) != may {
				t.Errorf("%s %s lets a %s in: %t", r.Method, r.Path, role, !may)
			}
			if a := ask(b); !may && a.Status != http.StatusForbidden {
				t.Errorf("%s %s answers a %s with %d", r.Method, r.Path, role, a.Status)
			} else if a.Status >= http.StatusInternalServerError {
				t.Errorf("%s %s ends in %d for a %s", r.Method, r.Path, a.Status, role)
			}
		}
	}
}
