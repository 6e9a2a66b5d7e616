package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"firebrand/internal/testenv"
)

// window is a browser of its own: no cookie is shared with another window.
type window struct {
	ctx  context.Context
	site string
	mu   sync.Mutex
	// wrong are console errors, exceptions and failed checks of accessibility.
	wrong []string
}

// openWindow starts a Chromium of the size of a phone or a desk.
func openWindow(t *testing.T, at string, width, height int64) *window {
	t.Helper()
	binary, err := exec.LookPath("chromium")
	if err != nil {
		testenv.Skip(t, "chromium is not installed")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(binary), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.UserDataDir(t.TempDir()), chromedp.WSURLReadTimeout(2*time.Minute), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("lang", "en"))
	allocated, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, closeTab := chromedp.NewContext(allocated)
	t.Cleanup(closeTab)
	w := &window{ctx: ctx, site: at}
	if err := chromedp.Listen(ctx, w.listen); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, height)); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *window) listen(event any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		w.wrong = append(w.wrong, "exception: "+e.ExceptionDetails.Text)
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError {
			w.wrong = append(w.wrong, fmt.Sprintf("console: %s %s", e.Entry.Text, e.Entry.URL))
		}
	}
}

// do runs steps within a bound.
func (w *window) do(t *testing.T, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	for _, step := range steps {
		ctx, cancel := context.WithTimeout(w.ctx, 2*time.Minute)
		err := chromedp.Do(ctx, step)
		cancel()
		if err != nil {
			t.Fatalf("%v; the page says: %s", err, w.text(t, "main"))
		}
	}
}

func (w *window) open(t *testing.T, path string) {
	t.Helper()
	if !strings.HasPrefix(path, "http") {
		path = w.site + path
	}
	w.do(t, chromedp.Navigate(path))
}

// js evaluates an expression that is a string.
func (w *window) js(t *testing.T, expression string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, 2*time.Minute)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[string]("String("+expression+")"))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return value
}

// text is what a part of the page says, empty where it is not there.
func (w *window) text(t *testing.T, selector string) string {
	t.Helper()
	return w.js(t, fmt.Sprintf(`(document.querySelector(%q)||{innerText:""}).innerText`, selector))
}

// tap clicks the first visible element of a selector; it fails where there is none.
func (w *window) tap(t *testing.T, selector string) {
	t.Helper()
	w.until(t, selector, func() bool { return w.has(t, selector) })
	w.js(t, fmt.Sprintf(`document.querySelector(%q).click()`, selector))
}

func (w *window) has(t *testing.T, selector string) bool {
	t.Helper()
	return w.js(t, fmt.Sprintf(`document.querySelector(%q)!==null`, selector)) == "true"
}

// until waits, for a minute at the most.
func (w *window) until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for range 600 {
		if holds() {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("%s: not within a minute; the page says: %s", what, w.text(t, "body"))
}

// axe is the file of axe-core that pages are checked with. A test asks for it before its first step: a step skipped in
// the middle would leave the steps behind it without what they stand on.
func axe(t *testing.T) string {
	t.Helper()
	file := os.Getenv("FIREBRAND_AXE")
	if file == "" {
		testenv.Skip(t, "FIREBRAND_AXE does not name axe-core's axe.min.js")
	}
	return file
}

// check looks for faults of accessibility on the page as it stands, with axe-core where it is installed.
func (w *window) check(t *testing.T, page string) {
	t.Helper()
	source, err := os.ReadFile(axe(t))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Run(w.ctx, chromedp.Evaluate[chromedp.Void](string(source))); err != nil {
		t.Fatal(err)
	}
	faults, err := chromedp.Run(w.ctx, chromedp.Evaluate[string](
		`axe.run(document,{runOnly:["wcag2a","wcag2aa","wcag21a","wcag21aa","wcag22aa"]}).then(r=>r.violations.map(v=>v.id+": "+v.nodes.map(n=>n.target.join(" ")+" "+n.failureSummary).join("; ")).join("\n"))`,
		chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal(err)
	}
	if faults != "" {
		t.Errorf("%s: %s", page, faults)
	}
	if wide := w.js(t, `document.documentElement.scrollWidth > innerWidth`); wide == "true" {
		t.Errorf("%s scrolls sideways", page)
	}
}

// quiet fails the test where the console was not.
func (w *window) quiet(t *testing.T) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, line := range w.wrong {
		t.Error(line)
	}
}

// key is what the demo's questions are answered with: for each question's text, the texts of its right options.
func key(t *testing.T) map[string][]string {
	t.Helper()
	files, err := filepath.Glob("demo/data/quizzes/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no quizzes: %v", err)
	}
	right := map[string][]string{}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var quiz struct {
			Questions []struct {
				Text    map[string]string
				Options []struct {
					Text  map[string]string
					Right bool
				}
			}
		}
		if err := json.Unmarshal(raw, &quiz); err != nil {
			t.Fatal(err)
		}
		for _, q := range quiz.Questions {
			for lang, text := range q.Text {
				for _, o := range q.Options {
					if o.Right {
						right[text] = append(right[text], o.Text[lang])
					}
				}
			}
		}
	}
	return right
}
