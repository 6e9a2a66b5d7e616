package ui

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// Languages are the interface's languages, the first one being the one for people whose language is unknown.
var Languages = []string{"ru", "uk", "en"}

// Texts are the catalogues: the same keys in every language.
type Texts struct{ byLang map[string]map[string]message }

// message is one text, or its plural forms chosen by the argument n.
type message struct {
	text  string
	forms map[string]string
}

// UnmarshalJSON reads a sentence or an object of plural forms.
func (m *message) UnmarshalJSON(b []byte) error {
	if b[0] == '{' {
		return json.Unmarshal(b, &m.forms)
	}
	return json.Unmarshal(b, &m.text)
}

// LoadTexts reads i18n/<lang>/*.json, a file a room, and refuses a key that stands twice.
func LoadTexts() (*Texts, error) {
	t := &Texts{byLang: map[string]map[string]message{}}
	for _, lang := range Languages {
		t.byLang[lang] = map[string]message{}
		entries, err := files.ReadDir("i18n/" + lang)
		if err != nil {
			return nil, err
		}
		for _, entry := range entries {
			raw, err := files.ReadFile("i18n/" + lang + "/" + entry.Name())
			if err != nil {
				return nil, err
			}
			var room map[string]message
			if err := json.Unmarshal(raw, &room); err != nil {
				return nil, fmt.Errorf("texts %s/%s: %w", lang, entry.Name(), err)
			}
			for key, m := range room {
				if _, twice := t.byLang[lang][key]; twice {
					return nil, fmt.Errorf("texts %s/%s: %s stands twice", lang, entry.Name(), key)
				}
				t.byLang[lang][key] = m
			}
		}
	}
	return t, nil
}

// Say is the text of key in a language with its places {name} filled. Numbers are written the language's way.
// A key that is missing is returned as it is, which a test keeps from happening.
func (t *Texts) Say(lang, key string, args map[string]any) string {
	m, ok := t.byLang[lang][key]
	if !ok {
		return key
	}
	text := m.text
	if m.forms != nil {
		text = m.forms[pluralForm(lang, args["n"])]
	}
	for name, value := range args {
		text = strings.ReplaceAll(text, "{"+name+"}", fill(value))
	}
	return text
}

// Has reports whether a key stands in the catalogues.
func (t *Texts) Has(key string) bool { _, ok := t.byLang[Languages[0]][key]; return ok }

// Forms are a text's plural forms by their CLDR category, or its one form under the empty category.
func (t *Texts) Forms(lang, key string) map[string]string {
	m := t.byLang[lang][key]
	if m.forms != nil {
		return m.forms
	}
	return map[string]string{"": m.text}
}

// Keys lists a language's keys, sorted.
func (t *Texts) Keys(lang string) []string { return slices.Sorted(maps.Keys(t.byLang[lang])) }

// fill writes one argument into a text.
func fill(value any) string {
	switch v := value.(type) {
	case int:
		return Number(int64(v))
	case int64:
		return Number(v)
	default:
		return fmt.Sprint(v)
	}
}

// pluralForm is the CLDR plural category of n in a language: one, few, many or other.
func pluralForm(lang string, n any) string {
	var count int64
	switch v := n.(type) {
	case int:
		count = int64(v)
	case int64:
		count = v
	}
	if count < 0 {
		count = -count
	}
	switch plural.Cardinal.MatchPlural(language.Make(lang), int(count), 0, 0, 0, 0) {
	case plural.One:
		return "one"
	case plural.Few:
		return "few"
	case plural.Many:
		return "many"
	default:
		return "other"
	}
}
