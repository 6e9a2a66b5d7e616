package web

import (
	"context"
	"net/http"

	"github.com/gofiber/fiber/v2"

	"firebrand/game"
	"firebrand/internal/fault"
)

// apiQuiz is where the person stands with a quiz: before the start or in an attempt.
type apiQuiz struct {
	Offer   *game.Offer `json:"offer,omitempty" doc:"What it takes and gives, where the person has not begun."`
	Attempt *game.View  `json:"attempt,omitempty" doc:"The attempt by the clock, where there is one."`
}

type apiAnswer struct {
	N      int      `json:"n" minimum:"1" maximum:"1000" doc:"The open question's number."`
	Choice []string `json:"choice" maxItems:"50" maxLength:"64" doc:"Ids of the options as they were shown."`
	Sure   bool     `json:"sure,omitempty" doc:"The person is sure; it counts for nothing."`
}

// QuizID is which quiz is asked for.
type QuizID struct {
	ID string `path:"id" maxLength:"64"`
}

// QuizMove is a call that moves an attempt on.
type QuizMove struct {
	Keyed
	QuizID
}

func playOperations(a *api) {
	missing := []int{http.StatusNotFound}
	operation(a, http.MethodGet, "/quizzes/{id}", players, about{
		id: "getQuiz", tag: "play", summary: "A quiz of the month and where the person stands with it", also: missing,
	}, (*Server).apiQuiz)
	operation(a, http.MethodPost, "/quizzes/{id}/start", players, about{
		id: "startQuiz", tag: "play", summary: "Begin the month's attempt", also: missing,
		detail: "No question is handed out yet. Where there is an attempt already, it is the answer.",
	}, (*Server).apiStart)
	operation(a, http.MethodPost, "/quizzes/{id}/next", players, about{
		id: "nextQuestion", tag: "play", summary: "Hand out the next question: its countdown begins", also: missing,
		detail: "While a question is open it is the answer, its deadline as it was.",
	}, apiMove((*game.Service).Next))
	operation(a, http.MethodPost, "/quizzes/{id}/answers", players, about{
		id: "answerQuestion", tag: "play", summary: "Answer the open question", also: missing,
		detail: "The first answer counts: another one later is answered by what became of the first, with repeated set. The last answer finishes the attempt.",
	}, (*Server).apiAnswer)
	operation(a, http.MethodPost, "/quizzes/{id}/pause", players, about{
		id: "pauseQuiz", tag: "play", summary: "Let the attempt wait, once, until the day ends", also: missing,
	}, apiMove((*game.Service).Pause))
	operation(a, http.MethodPost, "/quizzes/{id}/leave", players, about{
		id: "leaveQuiz", tag: "play", summary: "Give the attempt up: what it has won burns", also: missing,
	}, apiMove((*game.Service).Leave))
}

func (s *Server) apiQuiz(c *fiber.Ctx, in *QuizID) (apiQuiz, error) {
	view, err := s.Game.View(c.UserContext(), s.player(c), in.ID)
	if fault.Is(err, fault.NotFound) {
		offer, err := s.Game.Offer(c.UserContext(), s.player(c), in.ID, "")
		return apiQuiz{Offer: &offer}, err
	}
	return apiQuiz{Attempt: &view}, err
}

func (s *Server) apiAnswer(c *fiber.Ctx, in *struct {
	QuizMove
	Body apiAnswer
}) (game.View, error) {
	return s.Game.Answer(c.UserContext(), s.player(c), in.ID, in.Body.N, in.Body.Choice, in.Body.Sure, in.Key)
}

func (s *Server) apiStart(c *fiber.Ctx, in *QuizMove) (game.View, error) {
	return s.Game.Start(c.UserContext(), s.player(c), in.ID, "", in.Key)
}

// apiMove is an operation that takes an attempt one move on.
func apiMove(move func(*game.Service, context.Context, game.Player, string, string) (game.View, error)) func(*Server, *fiber.Ctx, *QuizMove) (game.View, error) {
	return func(s *Server, c *fiber.Ctx, in *QuizMove) (game.View, error) {
		return move(s.Game, c.UserContext(), s.player(c), in.ID, in.Key)
	}
}
