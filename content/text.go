package content

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Langs are the languages of the interface; content may be written in any other language as well.
var Langs = []string{"ru", "uk", "en"}

// Text is the same text in several languages: language tag to text. A language without text is absent.
type Text map[string]string

var langTag = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$`)

// ValidLang reports whether tag can stand for a language: "th", "uk", "pt-BR".
func ValidLang(tag string) bool { return langTag.MatchString(tag) }

// In returns the text for a reader of lang and the language that it is in: lang itself, its base ("pt" for "pt-BR"),
// English, then whatever is there, the interface's languages first. Both are empty where there is no text at all.
func (t Text) In(lang string) (text, used string) {
	for _, l := range fallback(lang, slices.Sorted(maps.Keys(t))) {
		if t[l] != "" {
			return t[l], l
		}
	}
	return "", ""
}

// Clean returns the text without the space around it and without empty languages, as it is stored.
func (t Text) Clean() Text {
	var clean Text
	for lang, s := range t {
		if s = strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")); s != "" {
			if clean == nil {
				clean = Text{}
			}
			clean[lang] = s
		}
	}
	return clean
}

// fallback is the order in which a reader of lang is offered languages; present are those there are, sorted.
func fallback(lang string, present []string) []string {
	base, _, _ := strings.Cut(lang, "-")
	order := append([]string{lang, base, "en"}, Langs...)
	return append(order, present...)
}

// Share is how many of the texts that are wanted are there.
type Share struct {
	Have int `json:"have"`
	Of   int `json:"of"`
}

// Percent is the share in whole percent, rounded down, so that 100 means everything; nothing wanted is 100.
func (s Share) Percent() int {
	if s.Of == 0 {
		return 100
	}
	return s.Have * 100 / s.Of
}

// completeness counts, for the interface's languages and every other one that occurs, how many of the texts that are
// written in any language are written in that one.
func completeness(texts []Text) map[string]Share {
	shares := map[string]Share{}
	for _, lang := range Langs {
		shares[lang] = Share{}
	}
	wanted := 0
	for _, t := range texts {
		if len(t) == 0 {
			continue
		}
		wanted++
		for lang, s := range t {
			if s != "" {
				shares[lang] = Share{Have: shares[lang].Have + 1}
			}
		}
	}
	for lang, s := range shares {
		shares[lang] = Share{Have: s.Have, Of: wanted}
	}
	return shares
}

// total adds up shares by language. A part that lacks a language altogether still counts what it wants.
func total(parts []map[string]Share) map[string]Share {
	sum := map[string]Share{}
	wanted := 0
	for _, part := range parts {
		for lang, s := range part {
			sum[lang] = Share{Have: sum[lang].Have + s.Have}
		}
		wanted += part[Langs[0]].Of
	}
	for lang, s := range sum {
		sum[lang] = Share{Have: s.Have, Of: wanted}
	}
	return sum
}
