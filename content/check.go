package content

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"firebrand/internal/fault"
)

// Bounds of what is written, texts in runes of one language.
const (
	MaxTitle       = 200
	MaxSummary     = 1000
	MaxBody        = 50_000
	MaxAlt         = 300
	MaxTopic       = 80
	MaxQuestion    = 300
	MaxOption      = 200
	MaxExplanation = 1000
	MaxQuestions   = 60
	MaxOptions     = 10
	MaxLanguages   = 12
	// MaxNamed bounds each of an edition's lists.
	MaxNamed         = 50
	MinSeconds       = 5
	MaxSeconds       = 240
	MaxWeight        = 1000
	MaxSpeedShare    = 500
	MaxParticipation = 1000
	MaxParagraph     = 9999
)

// DefaultSpeedShare is what a new quiz begins with, in permille: knowledge outweighs haste.
const DefaultSpeedShare = 250

var slug = regexp.MustCompile(`^[a-z0-9-]{1,64}$`)

// ValidID reports whether id can name an article or a quiz: lower-case letters, digits and hyphens, at most 64.
func ValidID(id string) bool { return slug.MatchString(id) }

// checker gathers problems.
type checker struct{ problems []Problem }

func (c *checker) add(field, key string, pairs ...any) {
	c.problems = append(c.problems, NewProblem(field, key, pairs...))
}

// NewProblem makes a problem with the message's named arguments as pairs, like fault.New.
func NewProblem(field, key string, pairs ...any) Problem {
	return Problem{Field: field, Key: key, Args: fault.New(fault.Invalid, key, pairs...).Args}
}

// text checks one text's languages and lengths, and that it can be stored and shown.
func (c *checker) text(field string, t Text, most int) {
	if len(t) > MaxLanguages {
		c.add(field, "content.languages_many", "max", MaxLanguages)
		return
	}
	for _, lang := range slices.Sorted(maps.Keys(t)) {
		s := t[lang]
		at := field + "/" + lang
		switch {
		case !ValidLang(lang):
			c.add(field, "content.language_unknown")
		case !writable(s):
			c.add(at, "content.text_unreadable")
		case utf8.RuneCountInString(s) > most:
			c.add(at, "content.text_long", "max", most, "length", utf8.RuneCountInString(s))
		}
	}
}

func (c *checker) topic(field, topic string) {
	if !writable(topic) || utf8.RuneCountInString(topic) > MaxTopic {
		c.add(field, "content.text_long", "max", MaxTopic, "length", utf8.RuneCountInString(topic))
	}
}

func (c *checker) between(field string, n, least, most int64) {
	if n < least || n > most {
		c.add(field, "content.out_of_range", "min", least, "max", most)
	}
}

func (c *checker) id(field, id string) {
	if !ValidID(id) {
		c.add(field, "content.id_wrong")
	}
}

// writable reports whether s is UTF-8 without control characters other than tab and line feed.
func writable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' && r != '\t'
	})
}

// EditionBounds says why an edition cannot be stored as it is.
func EditionBounds(e Edition) []Problem {
	var c checker
	c.text("/title", e.Title, MaxTitle)
	c.text("/summary", e.Summary, MaxSummary)
	for _, list := range []struct {
		field string
		ids   []string
	}{{"/articles", e.Articles}, {"/quizzes", e.Quizzes}, {"/rewards", e.Rewards}} {
		if len(list.ids) > MaxNamed {
			c.add(list.field, "content.named_many", "max", MaxNamed)
		}
		for i, id := range list.ids {
			c.id(fmt.Sprintf("%s/%d", list.field, i), id)
		}
	}
	c.prizes(e.Prizes)
	return c.problems
}

// ArticleBounds says why an article cannot be stored as it is.
func ArticleBounds(a Article) []Problem {
	var c checker
	c.id("/id", a.ID)
	c.text("/title", a.Title, MaxTitle)
	c.text("/summary", a.Summary, MaxSummary)
	c.text("/body", a.Body, MaxBody)
	c.text("/alt", a.Alt, MaxAlt)
	c.topic("/topic", a.Topic)
	if a.Picture != "" && !mediaID.MatchString(a.Picture) {
		c.add("/picture", "content.media_missing")
	}
	return c.problems
}

// ArticleProblems says why an article cannot be published as it is: no title, no body, a picture without words for it.
func ArticleProblems(a Article) []Problem {
	c := checker{ArticleBounds(a)}
	if len(a.Title) == 0 {
		c.add("/title", "content.title_missing")
	}
	if len(a.Body) == 0 {
		c.add("/body", "content.body_missing")
	}
	if a.Picture != "" && len(a.Alt) == 0 {
		c.add("/alt", "content.alt_missing")
	}
	return c.problems
}
