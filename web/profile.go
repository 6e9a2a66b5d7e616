package web

import (
	"strconv"

	"github.com/gofiber/fiber/v2"

	"firebrand/internal/fault"
	"firebrand/internal/member"
	"firebrand/web/live"
	"firebrand/web/ui"
)

// profileView is what a person has chosen, a row each.
type profileView struct {
	Name, Login, Company, BoardName string
	// Pace is a text key.
	Pace    string
	Player  bool
	Devices int
}

// devicesView is where a person is signed in; ThisID is the device that asks.
type devicesView struct {
	ThisID   string
	Sessions []member.Session
}

// choiceView is a page with one question and a few answers, of which one is kept.
type choiceView struct {
	// Action is where the answer goes, Name how it is called there; the texts are keys.
	Action, Name, Question, Hint string
	Choices                      []radioCard
}

// profile shows what a person has chosen and leads to changing it.
func (s *Server) profile(c *fiber.Ctx) error {
	m := s.me(c)
	sessions, err := s.Members.Devices(c.UserContext(), m.ID)
	if err != nil {
		return err
	}
	view := profileView{
		Name: m.Name, Login: loginOf(m), BoardName: m.BoardName(), Pace: paceKey(m.Pace), Player: players.allows(m.Role),
		Devices: len(sessions),
	}
	if m.Company != "" {
		company, err := s.Members.CompanyByID(c.UserContext(), m.Company)
		if err != nil {
			return err
		}
		view.Company = company.Name
	}
	return s.page(c, "profile", ui.Page{Title: "profile.title", Data: view})
}

func (s *Server) displayPage(c *fiber.Ctx) error {
	m := s.me(c)
	return s.page(c, "profile_choice", displayChoice(m, m.Display.Mode))
}

// setDisplay chooses how the person is named before others.
func (s *Server) setDisplay(c *fiber.Ctx) error {
	mode := member.Mode(c.FormValue("display"))
	if _, err := s.Members.SetDisplay(c.UserContext(), s.me(c).ID, mode); err != nil {
		return s.again(c, err, "profile_choice", displayChoice(s.me(c), mode))
	}
	return said(c, "/profile", "said.profile_display")
}

func (s *Server) languagePage(c *fiber.Ctx) error {
	return s.page(c, "profile_choice", languageChoice(s.lang(c)))
}

// setLanguage chooses the language of pages and messages, here and on every other device.
func (s *Server) setLanguage(c *fiber.Ctx) error {
	lang := c.FormValue("lang")
	if _, err := s.Members.SetLang(c.UserContext(), s.me(c).ID, lang); err != nil {
		return s.again(c, err, "profile_choice", languageChoice(lang))
	}
	s.cookie(c, langCookie, lang, cookieAge, false)
	s.Live.Changed(live.Personal + s.me(c).ID) // what it says in words is of the old language
	return said(c, "/profile", "said.profile_language")
}

func (s *Server) pacePage(c *fiber.Ctx) error {
	return s.page(c, "profile_choice", paceChoice(s.me(c).Pace))
}

// setPace chooses how much time a question gives.
func (s *Server) setPace(c *fiber.Ctx) error {
	percent, _ := strconv.Atoi(c.FormValue("pace")) // 0 is no pace, which the room says
	if _, err := s.Members.SetPace(c.UserContext(), s.me(c).ID, percent); err != nil {
		return s.again(c, err, "profile_choice", paceChoice(percent))
	}
	return said(c, "/profile", "said.profile_pace")
}

func (s *Server) passwordPage(c *fiber.Ctx) error {
	return s.page(c, "profile_password", passwordForm(s.me(c)))
}

// setPassword replaces the person's password; every other device is signed out by it.
func (s *Server) setPassword(c *fiber.Ctx) error {
	w, err := s.visitor(c)
	if err != nil {
		return err
	}
	err = s.Members.SetPassword(c.UserContext(), w.member.ID, w.session.ID, c.FormValue("current"), c.FormValue("password"))
	if err != nil {
		return s.again(c, err, "profile_password", passwordForm(w.member))
	}
	return said(c, "/profile", "said.profile_password")
}

// devices shows where the person is signed in.
func (s *Server) devices(c *fiber.Ctx) error {
	w, err := s.visitor(c)
	if err != nil {
		return err
	}
	sessions, err := s.Members.Devices(c.UserContext(), w.member.ID)
	if err != nil {
		return err
	}
	return s.page(c, "profile_devices", ui.Page{Title: "profile.devices", Data: devicesView{w.session.ID, sessions}})
}

// signOutDevice ends the session of one device. One that is gone already is what was asked for.
func (s *Server) signOutDevice(c *fiber.Ctx) error {
	m := s.me(c)
	err := s.Members.SignOutDevice(c.UserContext(), m, m.ID, c.Params("session"))
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	return said(c, "/profile/devices", "said.profile_device")
}

// signOutOthers ends every session but this one.
func (s *Server) signOutOthers(c *fiber.Ctx) error {
	w, err := s.visitor(c)
	if err != nil {
		return err
	}
	if err := s.signOutAll(c, w.member.ID, w.session.ID); err != nil {
		return err
	}
	return said(c, "/profile/devices", "said.profile_devices")
}

// signOutAll ends a person's sessions but the one to keep.
func (s *Server) signOutAll(c *fiber.Ctx, memberID, keep string) error {
	sessions, err := s.Members.Devices(c.UserContext(), memberID)
	if err != nil {
		return err
	}
	for _, session := range sessions {
		if session.ID == keep {
			continue
		}
		err := s.Members.SignOutDevice(c.UserContext(), s.me(c), memberID, session.ID)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	return nil
}

func passwordForm(m member.Member) ui.Page {
	return ui.Page{Title: "profile.password", Scripts: []string{"entry.js"}, Data: loginOf(m)}
}

func displayChoice(m member.Member, mode member.Mode) ui.Page {
	return choicePage("profile.display", choiceView{
		Action: "/profile/display", Name: "display", Question: "profile.display_question", Hint: "profile.display_hint", Choices: namings(m, mode),
	})
}

func languageChoice(lang string) ui.Page {
	var all []radioCard
	for _, l := range ui.Languages {
		all = append(all, radioCard{Value: l, Label: "layout.lang." + l, Chosen: l == lang})
	}
	return choicePage("profile.language", choiceView{
		Action: "/profile/language", Name: "lang", Question: "profile.language_question", Hint: "profile.language_hint", Choices: all,
	})
}

func paceChoice(percent int) ui.Page {
	var all []radioCard
	for _, p := range []int{100, 150, 200} {
		all = append(all, radioCard{strconv.Itoa(p), paceKey(p), "", p == percent})
	}
	return choicePage("profile.pace", choiceView{
		Action: "/profile/pace", Name: "pace", Question: "profile.pace_question", Hint: "profile.pace_hint", Choices: all,
	})
}

func choicePage(title string, view choiceView) ui.Page { return ui.Page{Title: title, Data: view} }

func paceKey(percent int) string { return "profile.pace_" + strconv.Itoa(percent) }
