package ui

import (
	"fmt"
	"html/template"
	"time"

	"github.com/google/uuid"

	"firebrand/internal/calendar"
)

// funcs are what templates may call, in one language.
func (u *UI) funcs(lang string) template.FuncMap {
	return template.FuncMap{
		"t":     func(key string, pairs ...any) (string, error) { return u.say(lang, key, pairs) },
		"lang":  func() string { return lang },
		"brand": func() string { return u.brand },
		"langs": func() []string { return Languages },
		"num":   func(n any) (string, error) { return number(n) },
		// points writes a number of points with its unit: points never stand without it.
		"points": func(n any) (string, error) { return u.counted(lang, "points.count", n) },
		"count":  func(key string, n any) (string, error) { return u.counted(lang, key, n) },
		// text takes a text of several languages in the page's one, or in the first that there is.
		"text":  func(texts map[string]string) string { return pick(texts, lang) },
		"day":   func(t, now time.Time) string { return u.Day(lang, t, now) },
		"clock": u.Clock,
		"until": func(t, now time.Time) string { return u.Until(lang, t, now) },
		"month": func(m calendar.Month) string { return u.MonthName(lang, m.Year, m.Mon) },
		"icon":  icon,
		"flame": flame,
		"key":   uuid.NewString,
		"asset": u.Assets.URL,
		"html":  func(s string) template.HTML { return template.HTML(s) }, //nolint:gosec // only for what content sanitised
		"add":   func(a, b int) int { return a + b },
		"minus": func(a int) int { return -a },
		"dict":  dict,
		// seconds are rounded up: a countdown never shows less than there is.
		"seconds":  func(ms int64) int64 { return (ms + 999) / 1000 },
		"minutes":  func(seconds int) int { return seconds / 60 },
		"permille": func(n int) int { return n / 10 },
	}
}

// say fills a text from pairs of name and value.
func (u *UI) say(lang, key string, pairs []any) (string, error) {
	args, err := dict(pairs...)
	if err != nil {
		return "", fmt.Errorf("text %s: %w", key, err)
	}
	if !u.Texts.Has(key) {
		return "", fmt.Errorf("no text %q", key)
	}
	return u.Texts.Say(lang, key, args), nil
}

func (u *UI) counted(lang, key string, n any) (string, error) {
	count, err := integer(n)
	if err != nil {
		return "", err
	}
	return u.say(lang, key, []any{"n", count})
}

func number(n any) (string, error) {
	count, err := integer(n)
	return Number(count), err
}

func integer(n any) (int64, error) {
	switch v := n.(type) {
	case int:
		return int64(v), nil
	case int64:
		return v, nil
	}
	return 0, fmt.Errorf("%v is no integer", n)
}

// dict makes a map of pairs, for partials that need several things.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("an odd number of arguments")
	}
	m := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("%v is no name", pairs[i])
		}
		m[name] = pairs[i+1]
	}
	return m, nil
}

// pick is the text in lang, else in the interface's other languages, else any.
func pick(texts map[string]string, lang string) string {
	if s := texts[lang]; s != "" {
		return s
	}
	for _, other := range Languages {
		if s := texts[other]; s != "" {
			return s
		}
	}
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}

// flame is how much of a flame is left, 1 to 7: a week or more is 7, the last day 1.
func flame(at, now time.Time) int64 {
	return max(1, min(7, 1+int64(at.Sub(now)/(24*time.Hour))))
}

// icon is a drawn sign from icons/, inline, hidden from screen readers: the words beside it say the same.
func icon(name string) (template.HTML, error) {
	raw, err := files.ReadFile("icons/" + name + ".svg")
	return template.HTML(raw), err //nolint:gosec // our own embedded file
}
