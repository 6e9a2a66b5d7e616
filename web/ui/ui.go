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
	"strings"

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
	// pages holds one parsed set a language and page, since the functions of a set know their language.
	pages map[string]map[string]*template.Template
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
	u := &UI{Texts: texts, Assets: assets, zone: zone, brand: brand, pages: map[string]map[string]*template.Template{}}
	for _, lang := range Languages {
		if u.pages[lang], err = u.parse(lang); err != nil {
			return nil, err
		}
	}
	return u, nil
}

// parse makes the set of every page: the layout, the partials and the page's own "main".
func (u *UI) parse(lang string) (map[string]*template.Template, error) {
	base, err := template.New("layout.html").Funcs(u.funcs(lang)).ParseFS(files, "templates/layout.html", "templates/partials/*.html")
	if err != nil {
		return nil, err
	}
	pages := map[string]*template.Template{}
	err = fs.WalkDir(files, "templates/pages", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		set, err := base.Clone()
		if err != nil {
			return err
		}
		if _, err := set.ParseFS(files, name); err != nil {
			return err
		}
		pages[strings.TrimSuffix(strings.TrimPrefix(name, "templates/pages/"), path.Ext(name))] = set
		return nil
	})
	return pages, err
}

// Page writes a whole page, named as its file below templates/pages, or only its "main" part when fragment is set:
// what an element puts in place of the old one.
func (u *UI) Page(w io.Writer, lang, page string, fragment bool, data any) error {
	set, ok := u.pages[lang][page]
	if !ok {
		return fmt.Errorf("ui: no page %q in %q", page, lang)
	}
	root := "layout.html"
	if fragment {
		root = "main"
	}
	// Into memory first: an error in the middle must not leave half a page behind a 200.
	var buf bytes.Buffer
	if err := set.ExecuteTemplate(&buf, root, data); err != nil {
		return fmt.Errorf("ui: page %s: %w", page, err)
	}
	_, err := buf.WriteTo(w)
	return err
}

// Language picks the interface's language from what a person set and what the browser asks for, in that order.
func Language(wishes ...string) string {
	for _, wish := range wishes {
		for _, lang := range strings.Split(wish, ",") {
			code, _, _ := strings.Cut(strings.TrimSpace(strings.ToLower(lang)), "-")
			code, _, _ = strings.Cut(code, ";")
			for _, known := range Languages {
				if code == known {
					return known
				}
			}
		}
	}
	return Languages[0]
}
