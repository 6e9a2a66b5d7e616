package ui_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"firebrand/web/ui"
)

func texts(t *testing.T) *ui.Texts {
	t.Helper()
	loaded, err := ui.LoadTexts()
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

func TestEveryLanguageSaysTheSame(t *testing.T) {
	all := texts(t)
	want := all.Keys(ui.Languages[0])
	for _, lang := range ui.Languages[1:] {
		if got := all.Keys(lang); !slices.Equal(got, want) {
			t.Errorf("%s lacks or adds: %v", lang, difference(got, want))
		}
	}
	place := regexp.MustCompile(`\{[a-z_]+\}`)
	for _, key := range want {
		var first []string
		for i, lang := range ui.Languages {
			forms := all.Forms(lang, key)
			if missing := incomplete(lang, forms); missing != "" {
				t.Errorf("%s in %s lacks its form %q", key, lang, missing)
			}
			places := map[string]bool{}
			for _, form := range forms {
				if strings.TrimSpace(form) == "" {
					t.Errorf("%s in %s is empty", key, lang)
				}
				for _, p := range place.FindAllString(form, -1) {
					places[p] = true
				}
			}
			// A plural form may do without the number itself.
			delete(places, "{n}")
			sorted := slices.Sorted(func(yield func(string) bool) {
				for p := range places {
					if !yield(p) {
						return
					}
				}
			})
			if i == 0 {
				first = sorted
			} else if !slices.Equal(first, sorted) {
				t.Errorf("%s fills %v in %s and %v in %s", key, sorted, lang, first, ui.Languages[0])
			}
		}
	}
}

// incomplete names a plural form that a language needs and that is not there.
func incomplete(lang string, forms map[string]string) string {
	if _, plain := forms[""]; plain {
		return ""
	}
	needed := []string{"one", "few", "many", "other"}
	if lang == "en" {
		needed = []string{"one", "other"}
	}
	for _, form := range needed {
		if _, ok := forms[form]; !ok {
			return form
		}
	}
	return ""
}

func difference(a, b []string) []string {
	var only []string
	for _, x := range a {
		if !slices.Contains(b, x) {
			only = append(only, "+"+x)
		}
	}
	for _, x := range b {
		if !slices.Contains(a, x) {
			only = append(only, "-"+x)
		}
	}
	return only
}

// The keys that code and templates name: t and count in templates, faults and notices in Go.
var named = []*regexp.Regexp{
	regexp.MustCompile(`[({]\s*(?:t|count) "([a-z_]+\.[a-z0-9_.]+)"`),
	regexp.MustCompile(`fault\.New\(\s*fault\.[A-Za-z]+,\s*"([a-z_]+\.[a-z0-9_.]+)"`),
	regexp.MustCompile(`"(said\.[a-z0-9_]+)"`),
	regexp.MustCompile(`Title:\s+"([a-z_]+\.[a-z0-9_.]+)"`),
}

func TestEveryKeyThatIsNamedHasItsText(t *testing.T) {
	all := texts(t)
	found := 0
	walk(t, func(name, source string) {
		for _, pattern := range named {
			for _, m := range pattern.FindAllStringSubmatch(source, -1) {
				found++
				if !all.Has(m[1]) {
					t.Errorf("%s names %q, which no catalogue has", name, m[1])
				}
			}
		}
	})
	if found < 200 {
		t.Errorf("only %d names were found: the patterns no longer fit the code", found)
	}
}

func TestNoTextIsLeftOver(t *testing.T) {
	var source strings.Builder
	walk(t, func(_, s string) { source.WriteString(s) })
	code := source.String()
	// A key that is put together ends in a part that is not written out: "format.month." and a number.
	parts := regexp.MustCompile(`"([a-z_]+\.(?:[a-z0-9_]+[._])*)"|"([a-z_]+\.(?:[a-z0-9_]+[._])*)%`).FindAllStringSubmatch(code, -1)
	var prefixes []string
	for _, m := range parts {
		prefixes = append(prefixes, m[1]+m[2])
	}
	for _, key := range texts(t).Keys(ui.Languages[0]) {
		if strings.Contains(code, `"`+key+`"`) {
			continue
		}
		if !slices.ContainsFunc(prefixes, func(p string) bool { return p != "" && strings.HasPrefix(key, p) }) {
			t.Errorf("%s is said by nobody", key)
		}
	}
}

// walk reads every Go file that is no test and every template of the project.
func walk(t *testing.T, each func(name, source string)) {
	t.Helper()
	err := filepath.WalkDir("../..", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && strings.HasPrefix(d.Name(), ".") && d.Name() != ".." && name != "../.." {
			return filepath.SkipDir
		}
		ext := filepath.Ext(name)
		if d.IsDir() || ext != ".go" && ext != ".html" || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		raw, err := os.ReadFile(name)
		if err == nil {
			each(name, string(raw))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
