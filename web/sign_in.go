package web

import (
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"firebrand/web/ui"
)

// entryRoutes are how people come in, what they choose for themselves, and how they go.
var entryRoutes = []route{
	{"GET", "/sign-in", anyone, (*Server).signInPage},
	{"POST", "/sign-in", anyone, (*Server).signIn},
	{"POST", "/sign-out", anyone, (*Server).signOut},
	{"GET", "/i/:token", anyone, (*Server).invitation},
	{"GET", "/i/:token/password", anyone, (*Server).resetPage},
	{"POST", "/i/:token", anyone, (*Server).accept},
	{"POST", "/i/:token/password", anyone, (*Server).acceptReset},
	{"GET", "/profile", signedIn, (*Server).profile},
	{"GET", "/profile/display", signedIn, (*Server).displayPage},
	{"POST", "/profile/display", signedIn, (*Server).setDisplay},
	{"GET", "/profile/language", signedIn, (*Server).languagePage},
	{"POST", "/profile/language", signedIn, (*Server).setLanguage},
	{"GET", "/profile/pace", players, (*Server).pacePage},
	{"POST", "/profile/pace", players, (*Server).setPace},
	{"GET", "/profile/password", signedIn, (*Server).passwordPage},
	{"POST", "/profile/password", signedIn, (*Server).setPassword},
	{"GET", "/profile/devices", signedIn, (*Server).devices},
	{"POST", "/profile/devices", signedIn, (*Server).signOutOthers},
	{"POST", "/profile/devices/:session", signedIn, (*Server).signOutDevice},
}

// signInView is what the sign-in page shows.
type signInView struct{ Login, Next string }

// signInPage asks who is there; visitors of the home page are shown it too.
func (s *Server) signInPage(c *fiber.Ctx) error {
	w, err := s.visitor(c)
	if err != nil {
		return err
	}
	next := localPath(c.Query("next"))
	if w.known {
		return c.Redirect(next, fiber.StatusSeeOther)
	}
	return s.page(c, "sign_in", signInForm(signInView{Next: next}))
}

// signIn opens a session and goes on to where the person wanted to be.
func (s *Server) signIn(c *fiber.Ctx) error {
	view := signInView{Login: c.FormValue("login"), Next: localPath(c.FormValue("next"))}
	_, token, err := s.Members.SignIn(c.UserContext(), view.Login, c.FormValue("password"), device(c))
	if err != nil {
		return s.again(c, err, "sign_in", signInForm(view))
	}
	s.open(c, token)
	return c.Redirect(view.Next, fiber.StatusSeeOther)
}

// signOut ends this device's session.
func (s *Server) signOut(c *fiber.Ctx) error {
	if err := s.endSession(c); err != nil {
		return err
	}
	return said(c, "/sign-in", "said.entry_signed_out")
}

func signInForm(view signInView) ui.Page {
	return ui.Page{Title: "entry.sign_in", Bare: true, Scripts: []string{"entry.js"}, Data: view}
}

// localPath is a path of this site, or the home page for anything else: a link that signs people in must not be able to
// send them to another site afterwards. Browsers read "//host" and "/\host" as another host.
func localPath(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") ||
		strings.ContainsRune(next, '\\') || strings.HasPrefix(u.Path, "/sign-") {
		return "/"
	}
	return u.RequestURI()
}
