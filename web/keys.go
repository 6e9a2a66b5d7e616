package web

import (
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"firebrand/internal/fault"
	"firebrand/internal/member"
	"firebrand/web/ui"
)

// keyRoutes are the keys that other systems ask by.
var keyRoutes = []route{
	{"GET", "/keys", admins, (*Server).keys},
	{"GET", "/keys/new", admins, (*Server).keyForm},
	{"POST", "/keys/new", admins, (*Server).keyMake},
	{"GET", "/keys/:key/revoke", admins, (*Server).keyRevokePage},
	{"POST", "/keys/:key/revoke", admins, (*Server).keyRevoke},
}

// apiKeyView is one key as administrators see it.
type apiKeyView struct {
	member.APIKey
	// Maker and Ender are names, empty for people who are not there any more.
	Maker, Ender string
}

// keysView are all keys: those that work, and those that worked once.
type keysView struct{ Working, Ended []apiKeyView }

// newKeyView is the form for a key.
type newKeyView struct {
	Name   string
	Scopes []scopeChoice
}

// scopeChoice is one scope on the form.
type scopeChoice struct {
	Scope  string
	Chosen bool
}

// madeKeyView is a key's token, shown once.
type madeKeyView struct {
	Name, Token, Example string
	Scopes               []string
}

func (s *Server) keys(c *fiber.Ctx) error {
	keys, err := s.Members.APIKeys(c.UserContext(), s.me(c))
	if err != nil {
		return err
	}
	names, err := s.keyPeople(c, keys...)
	if err != nil {
		return err
	}
	return s.page(c, "keys", ui.Page{Title: "keys.title", Data: keysOf(keys, names)})
}

// keyPeople are those who made and ended keys.
func (s *Server) keyPeople(c *fiber.Ctx, keys ...member.APIKey) (map[string]member.Member, error) {
	var ids []string
	for _, k := range keys {
		ids = append(ids, k.By, k.RevokedBy)
	}
	slices.Sort(ids)
	return s.Members.Many(c.UserContext(), slices.Compact(ids))
}

func keysOf(keys []member.APIKey, names map[string]member.Member) keysView {
	var view keysView
	for _, k := range keys {
		shown := apiKeyView{k, names[k.By].Name, names[k.RevokedBy].Name}
		if k.Active() {
			view.Working = append(view.Working, shown)
		} else {
			view.Ended = append(view.Ended, shown)
		}
	}
	return view
}

func (s *Server) keyForm(c *fiber.Ctx) error { return s.page(c, "key_new", newKeyPage("", nil)) }

// keyMake makes a key and shows its token in the answer itself: it is kept nowhere to go on to.
func (s *Server) keyMake(c *fiber.Ctx) error {
	key, err := formKey(c)
	if err != nil {
		return err
	}
	name, scopes := c.FormValue("name"), formList(c, "scopes")
	k, token, err := s.Members.MakeAPIKey(c.UserContext(), s.me(c), member.APIKey{ID: key, Name: name, Scopes: scopes})
	if f := fault.As(err); f != nil && f.Key == "member.key_exists" {
		return said(c, "/keys", "said.keys_shown")
	}
	if err != nil {
		return s.again(c, err, "key_new", newKeyPage(name, scopes))
	}
	return s.page(c, "key_made", ui.Page{Title: "keys.made_title", Scripts: []string{"entry.js"}, Data: madeKeyView{
		Name: k.Name, Token: token, Scopes: k.Scopes, Example: "Authorization: Bearer " + token[:8] + "…",
	}})
}

func newKeyPage(name string, chosen []string) ui.Page {
	view := newKeyView{Name: name}
	for _, scope := range member.Scopes {
		view.Scopes = append(view.Scopes, scopeChoice{scope, slices.Contains(chosen, scope)})
	}
	return ui.Page{Title: "keys.new_title", Data: view}
}

// keyRevokePage says what revoking does before it is done.
func (s *Server) keyRevokePage(c *fiber.Ctx) error {
	k, err := s.Members.APIKeyByID(c.UserContext(), s.me(c), c.Params("key"))
	if err != nil {
		return err
	}
	if !k.Active() {
		return said(c, "/keys", "said.keys_revoked")
	}
	return s.page(c, "key_revoke", ui.Page{Title: "keys.revoke_title", Data: apiKeyView{APIKey: k}})
}

func (s *Server) keyRevoke(c *fiber.Ctx) error {
	if _, err := s.Members.RevokeAPIKey(c.UserContext(), s.me(c), c.Params("key")); err != nil {
		return err
	}
	return said(c, "/keys", "said.keys_revoked")
}

// Fresh reports whether the key was used within the last day.
func (k apiKeyView) Fresh(now time.Time) bool {
	return !k.LastUsed.IsZero() && now.Sub(k.LastUsed) < 24*time.Hour
}

// formList are all values that a form gives one field.
func formList(c *fiber.Ctx, field string) []string {
	var all []string
	for _, value := range c.Request().PostArgs().PeekMulti(field) {
		all = append(all, string(value))
	}
	return all
}
