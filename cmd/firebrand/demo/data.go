package demo

import (
	"embed"
	"encoding/json"
	"fmt"
	"strings"

	"firebrand/content"
)

//go:embed data
var data embed.FS

// edition is a month of the demo, offset months from the present one.
type edition struct {
	Offset  int          `json:"offset"`
	Title   content.Text `json:"title"`
	Summary content.Text `json:"summary"`
	// Prizes are what the boards bring when the month is over.
	Prizes []content.BoardPrize `json:"prizes"`
}

type article struct {
	Slug    string       `json:"slug"`
	Offset  int          `json:"offset"`
	Topic   string       `json:"topic"`
	Picture string       `json:"picture"`
	Alt     content.Text `json:"alt"`
}

type quiz struct {
	Slug      string             `json:"slug"`
	Offset    int                `json:"offset"`
	Article   string             `json:"article"`
	Title     content.Text       `json:"title"`
	Intro     content.Text       `json:"intro"`
	Questions []content.Question `json:"questions"`
}

type reward struct {
	Slug        string       `json:"slug"`
	Name        content.Text `json:"name"`
	Description content.Text `json:"description"`
	Price       int64        `json:"price"`
	Stock       int64        `json:"stock"`
	Picture     string       `json:"picture"`
	Supplier    string       `json:"supplier"`
}

// people are the lists that names are drawn from.
type people struct {
	Regions []struct {
		ID   string       `json:"id"`
		Name content.Text `json:"name"`
	} `json:"regions"`
	Companies []struct {
		Name     string `json:"name"`
		Region   string `json:"region"`
		Size     string `json:"size"`
		Industry string `json:"industry"`
	} `json:"companies"`
	FirstM []string `json:"first_m"`
	LastM  []string `json:"last_m"`
	FirstF []string `json:"first_f"`
	LastF  []string `json:"last_f"`
}

// region is the name of a region's id: what people read on their board.
func (p people) region(id string) string {
	for _, r := range p.Regions {
		if r.ID == id {
			return r.Name["uk"]
		}
	}
	return id
}

// read decodes one of the embedded files.
func read[T any](name string) (T, error) {
	var v T
	raw, err := data.ReadFile("data/" + name)
	if err != nil {
		return v, err
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		return v, fmt.Errorf("%s: %w", name, err)
	}
	return v, nil
}

// readQuizzes reads every quiz, in the order of their names.
func readQuizzes() ([]quiz, error) {
	entries, err := data.ReadDir("data/quizzes")
	if err != nil {
		return nil, err
	}
	var all []quiz
	for _, e := range entries {
		q, err := read[quiz]("quizzes/" + e.Name())
		if err != nil {
			return nil, err
		}
		all = append(all, q)
	}
	return all, nil
}

// readArticle splits an article's files into title, summary and body by language. The summary stays the body's first
// block, so that the numbers of paragraphs hold.
func readArticle(slug string) (title, summary, body content.Text, err error) {
	title, summary, body = content.Text{}, content.Text{}, content.Text{}
	for _, lang := range content.Langs {
		raw, err := data.ReadFile("data/articles/" + slug + "." + lang + ".md")
		if err != nil {
			return nil, nil, nil, err
		}
		head, rest, _ := strings.Cut(string(raw), "\n")
		rest = strings.TrimSpace(rest)
		first, _, _ := strings.Cut(rest, "\n\n")
		title[lang], summary[lang], body[lang] = strings.TrimPrefix(head, "# "), strings.TrimSpace(first), rest
	}
	return title, summary, body, nil
}
