package web

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"firebrand/content"
	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/notify"
	"firebrand/web/ui"
)

// messageRoutes are what the programme has told a person.
var messageRoutes = []route{
	{"GET", "/messages", signedIn, (*Server).messages},
	{"POST", "/messages/read", signedIn, (*Server).messagesRead},
}

// messagesShown is how many messages stand on one page.
const messagesShown = 30

// messagesView are a person's messages, the newest first.
type messagesView struct {
	Days []messageDay
	// IDs are the unread ones on the page, which one button marks.
	IDs []string
	// Before is the message that earlier ones lie behind, empty where there are none; First says that these are the newest.
	Before string
	First  bool
}

// messageDay are the messages of one day.
type messageDay struct {
	At   time.Time
	Ago  int
	List []messageView
}

// messageView is one message in words.
type messageView struct {
	Said, Link string
	At         time.Time
	New        bool
}

// messages shows what the programme has told a person, by day.
func (s *Server) messages(c *fiber.Ctx) error {
	me, ctx := s.me(c), c.UserContext()
	before := c.Query("before")
	list, err := s.Messages.Inbox(ctx, me.ID, before, messagesShown+1)
	if err != nil {
		return err
	}
	view := messagesView{First: before == ""}
	if len(list) > messagesShown {
		list = list[:messagesShown]
		view.Before = list[len(list)-1].ID
	}
	view.Days, view.IDs = s.messageDays(s.lang(c), list)
	return s.page(c, "messages", ui.Page{Title: "messages.title", Data: view})
}

// messagesRead marks the messages that a page showed as read; those that came meanwhile stay new.
func (s *Server) messagesRead(c *fiber.Ctx) error {
	var ids []string
	for _, id := range c.Context().PostArgs().PeekMulti("id") {
		ids = append(ids, string(id))
	}
	if len(ids) > messagesShown {
		return fault.New(fault.Invalid, "fault.form")
	}
	if err := s.Messages.MarkRead(c.UserContext(), s.me(c).ID, ids...); err != nil {
		return err
	}
	return said(c, "/messages", "said.messages_read")
}

// messageDays lays messages out by day in a language, and names those that are new.
func (s *Server) messageDays(lang string, list []notify.Message) (days []messageDay, unread []string) {
	today := s.Zone.Date(s.Now())
	for _, m := range list {
		ago := s.Zone.Date(m.At).DaysUntil(today)
		if len(days) == 0 || days[len(days)-1].Ago != ago {
			days = append(days, messageDay{At: m.At, Ago: ago})
		}
		v := messageView{Said: s.messageSaid(lang, m), Link: m.Link, At: m.At, New: m.Read.IsZero()}
		if v.New {
			unread = append(unread, m.ID)
		}
		days[len(days)-1].List = append(days[len(days)-1].List, v)
	}
	return days, unread
}

// messageSaid is a message in words. A key that the catalogues do not have yet, from a newer process beside this one,
// is told as news without words rather than as a key.
func (s *Server) messageSaid(lang string, m notify.Message) string {
	if !s.UI.Texts.Has(m.Key) {
		return s.UI.Texts.Say(lang, "messages.unknown", nil)
	}
	args := make(map[string]any, len(m.Args))
	for name, value := range m.Args {
		args[name] = s.messageArg(lang, name, value)
	}
	return s.UI.Texts.Say(lang, m.Key, args)
}

// messageArg is one argument of a message as texts take it: contents' texts in the person's language, points with their
// unit, a month and the day that a week begins on in words.
func (s *Server) messageArg(lang, name string, value any) any {
	switch v := value.(type) {
	case map[string]string:
		said, _ := content.Text(v).In(lang)
		return said
	case string:
		return s.dateInWords(lang, name, v)
	case int64:
		if name == "points" {
			return s.UI.Texts.Say(lang, "points.count", map[string]any{"n": v})
		}
	}
	return value
}

// dateInWords writes the month of a message, and a day that a board is named by, the way a person reads them. Any other
// text stays what it is: most boards are named by a region, a quiz or a size.
func (s *Server) dateInWords(lang, name, text string) string {
	switch name {
	case "month":
		if m, err := calendar.ParseMonth(text); err == nil {
			return s.UI.MonthName(lang, m.Year, m.Mon)
		}
	case "of":
		if d, err := calendar.ParseDate(text); err == nil {
			return s.UI.Day(lang, s.Zone.StartOf(d), s.Now())
		}
	}
	return text
}
