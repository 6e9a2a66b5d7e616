package web

import (
	"github.com/gofiber/fiber/v2"

	"firebrand/game"
	"firebrand/internal/fault"
	"firebrand/web/ui"
)

// practiceView is today's round: the question to answer next, or what the last answer was.
type practiceView struct {
	game.PracticeView
	// Ask is the first question that is still to be answered, nil at the end of the round.
	Ask *game.PracticeQuestion
	// Last is the answer that was just given.
	Last *resultView
}

// practice shows the next question of today's round: no clock, no points, and it keeps points alive when finished.
func (s *Server) practice(c *fiber.Ctx) error { return s.showPractice(c, nil) }

// practiceAnswer explains an answer; the last one of a round closes it.
func (s *Server) practiceAnswer(c *fiber.Ctx) error {
	key, err := formKey(c)
	if err != nil {
		return err
	}
	var form struct {
		Choice []string `form:"choice"`
	}
	if err := c.BodyParser(&form); err != nil {
		return fault.New(fault.Invalid, "fault.form").Because(err)
	}
	p, id := s.player(c), c.Params("id")
	result, err := s.Game.PracticeAnswer(c.UserContext(), p, id, c.Params("question"), form.Choice)
	if err != nil {
		return err
	}
	round, err := s.Game.Practice(c.UserContext(), p, id)
	if err == nil && !round.Finished && round.Done == len(round.Questions) {
		_, err = s.Game.PracticeFinish(c.UserContext(), p, id, key)
	}
	if err != nil {
		return err
	}
	last := marked(result)
	return s.showPractice(c, &last)
}

func (s *Server) showPractice(c *fiber.Ctx, last *resultView) error {
	round, err := s.Game.Practice(c.UserContext(), s.player(c), c.Params("id"))
	if err != nil {
		return err
	}
	view := practiceView{PracticeView: round, Last: last}
	for i := range round.Questions {
		if !round.Questions[i].Done {
			view.Ask = &round.Questions[i]
			break
		}
	}
	return s.page(c, "practice", ui.Page{Title: round.Title, TitleIsText: true, Scripts: []string{"play.js"}, Data: view})
}
