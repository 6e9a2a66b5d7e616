package web

import (
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"firebrand/internal/fault"
	"firebrand/internal/member"
	"firebrand/web/live"
	"firebrand/web/ui"
)

// fragmentHeader asks for a page's main part alone; custom elements send it to put the answer in place of the old one.
const fragmentHeader = "X-Fragment"

// purseHeader tells an element what the purse in the layout should show now, in words and escaped.
const purseHeader = "X-Purse"

// page renders a page of web/ui with what the layout needs around it.
func (s *Server) page(c *fiber.Ctx, name string, p ui.Page) error {
	p.Now = s.Now()
	if said := c.Query("said"); p.Notice == "" && strings.HasPrefix(said, "said.") && s.UI.Texts.Has(said) {
		p.Notice = said
	}
	w, err := s.visitor(c)
	if err != nil {
		w = who{} // a page that tells of a store that is down must not need it
	}
	if w.known {
		p.Person = s.person(c, w.member)
		path := placePath(w.member.Role, c.Path())
		p.Nav, p.Places = nav(w.member.Role, path), placesOf(w.member.Role, path)
		s.renew(c, w)
	}
	if p.Person != nil && p.Person.HasPoints {
		purse := s.UI.Texts.Say(s.lang(c), "points.count", map[string]any{"n": p.Person.Points})
		c.Set(purseHeader, url.PathEscape(purse))
	}
	c.Set("Content-Type", "text/html; charset=utf-8")
	c.Set("Cache-Control", "no-store")
	c.Set("Vary", "Cookie, Accept-Language, "+fragmentHeader)
	return s.UI.Page(c.Response().BodyWriter(), s.lang(c), name, c.Get(fragmentHeader) != "", p)
}

// person is what the layout shows of the one signed in. What cannot be read is left out, not an error.
func (s *Server) person(c *fiber.Ctx, m member.Member) *ui.Person {
	p := &ui.Person{Room: live.Personal + m.ID}
	if unread, err := s.Messages.Unread(c.UserContext(), m.ID); err == nil {
		p.Unread = unread
	}
	if !players.allows(m.Role) {
		return p
	}
	view, err := s.Points.Balance(c.UserContext(), m.ID)
	if err != nil {
		return p
	}
	p.Points, p.HasPoints = view.Alive, true
	return p
}

// places are the navigation of each role, at most five, the first being where their work begins.
var places = map[member.Role][]ui.NavItem{
	member.RoleMember: {
		{Key: "nav.home", Href: "/", Icon: "home"}, {Key: "nav.board", Href: "/board", Icon: "board"}, {Key: "nav.rewards", Href: "/rewards", Icon: "gift"},
		{Key: "nav.statement", Href: "/statement", Icon: "purse"}, {Key: "nav.me", Href: "/profile", Icon: "person"},
	},
	member.RolePrincipal: {
		{Key: "nav.home", Href: "/", Icon: "home"}, {Key: "nav.company", Href: "/team", Icon: "people"},
		// What they want of the boards is their company's place; their points stand in the head of every page.
		{Key: "nav.board", Href: "/board/league", Icon: "board"}, {Key: "nav.rewards", Href: "/rewards", Icon: "gift"},
		{Key: "nav.me", Href: "/profile", Icon: "person"},
	},
	member.RoleMarketer: {
		{Key: "nav.studio", Href: "/studio", Icon: "pen"}, {Key: "nav.studio_rewards", Href: "/studio/rewards", Icon: "gift"},
		{Key: "nav.board", Href: "/board", Icon: "board"}, {Key: "nav.people", Href: "/people", Icon: "people"}, {Key: "nav.me", Href: "/profile", Icon: "person"},
	},
	member.RoleDesk: {
		{Key: "nav.desk", Href: "/desk", Icon: "scan"}, {Key: "nav.me", Href: "/profile", Icon: "person"},
	},
	member.RoleAdmin: {
		{Key: "nav.people", Href: "/people", Icon: "people"}, {Key: "nav.studio", Href: "/studio", Icon: "pen"},
		{Key: "nav.keys", Href: "/keys", Icon: "key"}, {Key: "nav.desk", Href: "/desk", Icon: "scan"}, {Key: "nav.me", Href: "/profile", Icon: "person"},
	},
}

// nav marks the place that a path belongs to: the longest one that begins it.
func nav(role member.Role, path string) []ui.NavItem {
	items := append([]ui.NavItem(nil), places[role]...)
	best := -1
	for i, item := range items {
		within := path == item.Href || item.Href != "/" && strings.HasPrefix(path, item.Href+"/")
		if within && (best < 0 || len(item.Href) > len(items[best].Href)) {
			best = i
		}
	}
	if best >= 0 {
		items[best].Current = true
	}
	return items
}

// said sends a person on to a page after a form, with a notice: a text key below "said.".
func said(c *fiber.Ctx, to, notice string) error {
	if notice != "" {
		sep := "?"
		if strings.Contains(to, "?") {
			sep = "&"
		}
		to += sep + "said=" + notice
	}
	return c.Redirect(to, fiber.StatusSeeOther)
}

// again shows a form once more with what was wrong with it, where the fault is one that the person can mend;
// any other error goes on to fail.
func (s *Server) again(c *fiber.Ctx, err error, name string, p ui.Page) error {
	f := fault.As(err)
	if f == nil || f.Kind == fault.SignedOut || f.Kind == fault.NotFound && f.Field == "" {
		return err
	}
	c.Status(status[f.Kind])
	retryAfter(c, f)
	p.Fault, p.Field = s.say(c, f), f.Field
	return s.page(c, name, p)
}

// formKey is the idempotency key that every form carries. A form without one is not ours.
func formKey(c *fiber.Ctx) (string, error) {
	key, err := uuid.Parse(c.FormValue("key"))
	if err != nil {
		return "", fault.New(fault.Invalid, "fault.key_missing")
	}
	return key.String(), nil
}
