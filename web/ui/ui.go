// Package ui is what people see: templates, styles, custom elements and texts in three languages, all embedded.
//
// Pages are painted whole by the server and work without script. What lives (a countdown, a board) is a custom element
// in TypeScript, bundled in the process when the program starts. The rule that matters most: a text that a person sees
// is a key in the three catalogues of i18n, never a sentence in Go or in a template.
package ui

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"golang.org/x/text/language"

	"firebrand/internal/calendar"
)

//go:embed templates styles elements i18n icons
var files embed.FS

// UI renders pages in the interface's languages. It is safe for concurrent use once made.
type UI struct {
	Texts  *Texts
	Assets *Assets
	zone   calendar.Zone
	brand  string
	// sets holds one parsed set of all pages a language, since the functions of a set know their language.
	sets map[string]*template.Template
}

// New parses every template in every language and bundles scripts and styles; what it returns cannot fail later for a
// fault in the embedded files. Dates are written in zone; brand is the programme's name as people read it.
func New(zone calendar.Zone, brand string) (*UI, error) {
	texts, err := LoadTexts()
	if err != nil {
		return nil, err
	}
	assets, err := bundle()
	if err != nil {
		return nil, err
	}
	u := &UI{Texts: texts, Assets: assets, zone: zone, brand: brand, sets: map[string]*template.Template{}}
	for _, lang := range Languages {
		if u.sets[lang], err = u.parse(lang); err != nil {
			return nil, err
		}
	}
	return u, nil
}

// mainOf is the name of a page's own template within a set.
func mainOf(page string) string { return "main/" + page }

// parse makes a language's set: the layout, the partials and every page. A page defines "main"; within the set it goes
// by the page's name, so that one set holds them all: a set a page took forty megabytes.
func (u *UI) parse(lang string) (*template.Template, error) {
	set, err := template.New("layout.html").Funcs(u.funcs(lang)).ParseFS(files, "templates/layout.html", "templates/partials/*.html")
	if err != nil {
		return nil, err
	}
	return set, fs.WalkDir(files, "templates/pages", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		page := strings.TrimSuffix(strings.TrimPrefix(name, "templates/pages/"), path.Ext(name))
		source := strings.Replace(string(raw), `{{define "main"}}`, `{{define "`+mainOf(page)+`"}}`, 1)
		if _, err := set.New(name).Parse(source); err != nil {
			return err
		}
		if set.Lookup(mainOf(page)) == nil {
			return fmt.Errorf("ui: page %s defines no main", page)
		}
		return nil
	})
}

// whole is a page as the layout sees it: its surroundings, and its main part painted already.
type whole struct {
	Page
	Main template.HTML
}

// Page writes a whole page, named as its file below templates/pages, or only its "main" part when fragment is set:
// what an element puts in place of the old one.
func (u *UI) Page(w io.Writer, lang, page string, fragment bool, p Page) error {
	set, ok := u.sets[lang]
	if !ok || set.Lookup(mainOf(page)) == nil {
		return fmt.Errorf("ui: no page %q in %q", page, lang)
	}
	// Into memory first: an error in the middle must not leave half a page behind a 200.
	var painted bytes.Buffer
	err := set.ExecuteTemplate(&painted, mainOf(page), p)
	if err == nil && !fragment {
		main := template.HTML(painted.String()) //nolint:gosec // escaped by the template that painted it
		painted.Reset()
		err = set.ExecuteTemplate(&painted, "layout.html", whole{p, main})
	}
	if err != nil {
		return fmt.Errorf("ui: page %s: %w", page, err)
	}
	_, err = painted.WriteTo(w)
	return err
}

// Language picks the interface's language from what a person set and what the browser asks for, in that order. A wish is
// a language or an Accept-Language header, of which the language that weighs most is taken.
func Language(wishes ...string) string {
	for _, wish := range wishes {
		if slices.Contains(Languages, wish) {
			return wish
		}
		tags, weights, err := language.ParseAcceptLanguage(wish)
		if err != nil {
			continue
		}
		for i, tag := range tags {
			if base, _ := tag.Base(); weights[i] > 0 && slices.Contains(Languages, base.String()) {
				return base.String()
			}
		}
	}
	return Languages[0]
}
