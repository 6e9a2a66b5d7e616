package content

import "fmt"

// QuizBounds says why a quiz cannot be stored as it is. A quiz that is only begun has no problem here.
func QuizBounds(q Quiz) []Problem {
	var c checker
	c.id("/id", q.ID)
	if q.Article != "" {
		c.id("/article", q.Article)
	}
	c.text("/title", q.Title, MaxTitle)
	c.text("/intro", q.Intro, MaxSummary)
	c.between("/draw", int64(q.Draw), 0, MaxQuestions)
	c.between("/speed_share", int64(q.SpeedShare), 0, MaxSpeedShare)
	c.between("/participation", q.Participation, 0, MaxParticipation)
	if len(q.Questions) > MaxQuestions {
		c.add("/questions", "content.questions_many", "max", MaxQuestions)
		return c.problems
	}
	seen := map[string]bool{}
	for i, question := range q.Questions {
		field := fmt.Sprintf("/questions/%d", i)
		c.question(field, question)
		c.part(field, question.ID, seen)
		taken := map[string]bool{}
		for j, o := range question.Options {
			c.part(fmt.Sprintf("%s/options/%d", field, j), o.ID, taken)
		}
	}
	return c.problems
}

// QuestionProblems says why a question that stands n-th, from 1, cannot be asked as it is. It asks for no ids, which a
// save gives.
func QuestionProblems(q Question, n int) []Problem {
	var c checker
	c.question("", q)
	c.answers("", n, q)
	return c.problems
}

// part checks the id of a question or an option among those beside it.
func (c *checker) part(field, id string, seen map[string]bool) {
	c.id(field+"/id", id)
	if seen[id] {
		c.add(field+"/id", "content.id_twice")
	}
	seen[id] = true
}

// question checks what bounds one question.
func (c *checker) question(field string, q Question) {
	if q.Kind != Single && q.Kind != Several && q.Kind != TrueFalse {
		c.add(field+"/kind", "content.kind_unknown")
	}
	c.topic(field+"/topic", q.Topic)
	c.text(field+"/text", q.Text, MaxQuestion)
	c.text(field+"/explanation", q.Explanation, MaxExplanation)
	c.between(field+"/paragraph", int64(q.Paragraph), 0, MaxParagraph)
	c.between(field+"/seconds", int64(q.Seconds), MinSeconds, MaxSeconds)
	c.between(field+"/weight", q.Weight, 1, MaxWeight)
	if len(q.Options) > MaxOptions {
		c.add(field+"/options", "content.options_many", "max", MaxOptions)
	}
	for i, o := range q.Options {
		c.text(fmt.Sprintf("%s/options/%d/text", field, i), o.Text, MaxOption)
	}
}

// QuizProblems says why a quiz cannot be played as it is; an empty list is a playable quiz.
func QuizProblems(q Quiz) []Problem {
	c := checker{QuizBounds(q)}
	if len(q.Title) == 0 {
		c.add("/title", "content.title_missing")
	}
	if len(q.Questions) == 0 {
		c.add("/questions", "content.questions_missing")
		return c.problems
	}
	if q.Draw > len(q.Questions) {
		c.add("/draw", "content.draw_large", "max", len(q.Questions))
	}
	for i, question := range q.Questions {
		c.answers(fmt.Sprintf("/questions/%d", i), i+1, question)
	}
	if q.Language("") == "" {
		c.add("/questions", "content.quiz_no_language")
	}
	return c.problems
}

// answers checks that a question can be answered: its options and which of them are right. n is its place, from 1.
func (c *checker) answers(field string, n int, q Question) {
	if len(q.Text) == 0 {
		c.add(field+"/text", "content.question_text_missing", "question", n)
	}
	right := 0
	for i, o := range q.Options {
		if o.Right {
			right++
		}
		if len(o.Text) == 0 {
			c.add(fmt.Sprintf("%s/options/%d/text", field, i), "content.option_text_missing", "question", n, "option", i+1)
		}
	}
	switch {
	case q.Kind == TrueFalse && len(q.Options) != 2:
		c.add(field+"/options", "content.options_two", "question", n)
	case len(q.Options) < 2:
		c.add(field+"/options", "content.options_few", "question", n)
	case q.Kind == Several && right < 1:
		c.add(field+"/options", "content.right_missing", "question", n)
	case q.Kind != Several && right != 1:
		c.add(field+"/options", "content.right_one", "question", n, "right", right)
	}
}
