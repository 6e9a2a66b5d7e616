package paper

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"

	"firebrand/web/ui"
)

// texts are the interface's catalogues, which are embedded: they cannot change while the program runs.
var texts = sync.OnceValues(ui.LoadTexts)

// editions are the marks of all languages.
var editions = sync.OnceValue(func() map[string]string {
	marks := map[string]string{}
	if t, err := texts(); err == nil {
		for _, lang := range ui.Languages {
			marks[lang] = mark(t, lang)
		}
	}
	return marks
})

// edition is a mark of all the texts that papers in a language are written with, so that a paper which was written with
// other ones is not taken for a forged one.
func edition(lang string) string { return editions()[lang] }

// onPaper are what the keys of texts on papers begin with.
var onPaper = []string{"statement.", "paper.", "points.count", "format.day", "format.at_day_end", "format.month_of."}

func mark(t *ui.Texts, lang string) string {
	var all strings.Builder
	for _, key := range t.Keys(lang) {
		if !slices.ContainsFunc(onPaper, func(begin string) bool { return strings.HasPrefix(key, begin) }) {
			continue
		}
		forms := t.Forms(lang, key)
		for _, form := range []string{"", "one", "few", "many", "other"} {
			fmt.Fprintf(&all, "%s %q %q\n", key, form, forms[form])
		}
	}
	sum := sha256.Sum256([]byte(all.String()))
	return hex.EncodeToString(sum[:8])
}

// spoken reports whether texts exist in a language.
func spoken(lang string) bool { return slices.Contains(ui.Languages, lang) }
