package web

import (
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"firebrand/game"
	"firebrand/internal/fault"
	"firebrand/leaderboard"
	"firebrand/web/ui"
)

// playView is an attempt as its page shows it: one question, or what came of the last one, or the end.
type playView struct {
	game.View
	// Last is the result to explain between questions.
	Last *resultView
	// All are the results of an attempt that is over.
	All []resultView
	// Left is how many questions are still to come.
	Left     int
	Standing *leaderboard.Standing
	// Again is the next game of the month, offered at the end.
	Again *game.Card
}

// resultView is a question that is over, each option marked.
type resultView struct {
	game.Result
	Marked []markedOption
}

// CutKey is the text that tells why a finished game brought less than it won.
func (v playView) CutKey() string {
	if strings.HasPrefix(v.CutBy, "budget:") {
		return "play.cut_budget"
	}
	return "play.cut_most"
}

// markedOption is an option with what it was: chosen, right, both or neither.
type markedOption struct {
	Text          string
	Chosen, Right bool
}

// quiz shows where the member stands with a quiz: the start, the open question, the pause, the end.
func (s *Server) quiz(c *fiber.Ctx) error {
	v, err := s.Game.View(c.UserContext(), s.player(c), c.Params("id"))
	if fault.Is(err, fault.NotFound) {
		return s.quizOffer(c)
	}
	return s.showPlay(c, v, err)
}

// quizOffer is the page before the start: what it takes, what it gives, what burns.
func (s *Server) quizOffer(c *fiber.Ctx) error {
	offer, err := s.Game.Offer(c.UserContext(), s.player(c), c.Params("id"), "")
	if err != nil {
		return err
	}
	return s.page(c, "quiz_start", ui.Page{Title: offer.Title, TitleIsText: true, Bare: true, Data: offer})
}

// quizStart begins the attempt and hands out its first question at once.
func (s *Server) quizStart(c *fiber.Ctx) error {
	key, err := formKey(c)
	if err != nil {
		return err
	}
	p, id := s.player(c), c.Params("id")
	if _, err := s.Game.Start(c.UserContext(), p, id, "", key); err != nil {
		return err
	}
	v, err := s.Game.Next(c.UserContext(), p, id, key+"/first")
	return s.showPlay(c, v, err)
}

// quizNext hands out the next question: its countdown starts now.
func (s *Server) quizNext(c *fiber.Ctx) error {
	key, err := formKey(c)
	if err != nil {
		return err
	}
	v, err := s.Game.Next(c.UserContext(), s.player(c), c.Params("id"), key)
	return s.showPlay(c, v, err)
}

// quizAnswer takes the answer to question n. The first one counts, and the server's clock says when it came.
func (s *Server) quizAnswer(c *fiber.Ctx) error {
	key, err := formKey(c)
	if err != nil {
		return err
	}
	var form struct {
		N      int      `form:"n"`
		Choice []string `form:"choice"`
		Sure   string   `form:"sure"`
	}
	if err := c.BodyParser(&form); err != nil {
		return fault.New(fault.Invalid, "fault.form").Because(err)
	}
	v, err := s.Game.Answer(c.UserContext(), s.player(c), c.Params("id"), form.N, form.Choice, form.Sure != "", key)
	return s.showPlay(c, v, err)
}

// quizPause keeps the game for a customer who walked in.
func (s *Server) quizPause(c *fiber.Ctx) error {
	key, err := formKey(c)
	if err != nil {
		return err
	}
	v, err := s.Game.Pause(c.UserContext(), s.player(c), c.Params("id"), key)
	return s.showPlay(c, v, err)
}

// quizLeaving says what leaving would burn, before it does.
func (s *Server) quizLeaving(c *fiber.Ctx) error {
	v, err := s.Game.View(c.UserContext(), s.player(c), c.Params("id"))
	if err != nil {
		return err
	}
	return s.page(c, "quiz_leave", ui.Page{Title: "play.leave_title", Bare: true, Data: v})
}

// quizLeave ends the game for good; what it had won burns.
func (s *Server) quizLeave(c *fiber.Ctx) error {
	key, err := formKey(c)
	if err != nil {
		return err
	}
	v, err := s.Game.Leave(c.UserContext(), s.player(c), c.Params("id"), key)
	return s.showPlay(c, v, err)
}

// showPlay renders an attempt. A form sent without script is answered by the page's own address, so that a reload does
// not send it again; an element gets the page's part at once.
func (s *Server) showPlay(c *fiber.Ctx, v game.View, err error) error {
	if err != nil {
		return err
	}
	if c.Method() == fiber.MethodPost && c.Get(fragmentHeader) == "" {
		return c.Redirect("/quiz/"+v.Quiz, fiber.StatusSeeOther)
	}
	view := playView{View: v, Left: v.Questions - v.Asked}
	for _, r := range v.Results {
		view.All = append(view.All, marked(r))
	}
	if n := len(view.All); v.Open == nil && n > 0 {
		view.Last = &view.All[n-1]
	}
	if over(v.State) {
		s.after(c, &view)
	}
	return s.page(c, "play", ui.Page{Title: v.Title, TitleIsText: true, Bare: !over(v.State), Scripts: []string{"play.js"}, Data: view})
}

// after adds what a finished player wants to see: their place, and what else there is to play. Neither is worth an
// error page, so what cannot be read is left out.
func (s *Server) after(c *fiber.Ctx, view *playView) {
	me := s.me(c)
	if all, err := s.Boards.Mine(c.UserContext(), view.Month, me.ID); err == nil && len(all) > 0 && all[0].Rank > 0 {
		view.Standing = &all[0]
	}
	if cards, err := s.Game.Month(c.UserContext(), s.player(c)); err == nil {
		view.Again, _ = nextGame(cards)
	}
}

// over reports whether nothing more can be won in an attempt.
func over(state game.State) bool {
	return state == game.StateFinished || state == game.StateLeft || state == game.StateBurned
}

// marked pairs the options of a result with what they were.
func marked(r game.Result) resultView {
	view := resultView{Result: r}
	for _, o := range r.Options {
		view.Marked = append(view.Marked, markedOption{
			Text: o.Text, Chosen: slices.Contains(r.Chosen, o.ID), Right: slices.Contains(r.RightOptions, o.ID),
		})
	}
	return view
}

// player is the signed-in member as the game knows them, in the language of the request.
func (s *Server) player(c *fiber.Ctx) game.Player { return player(s.me(c), s.lang(c)) }
