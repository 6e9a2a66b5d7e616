package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"firebrand/cmd/firebrand/demo"
)

// The main job, as a visitor of the demo does it: two players at once, one of them a newcomer on a phone.
func TestTwoPlayers(t *testing.T) {
	axe(t)
	s := start(t, "demo", "--port", "0", "--data", t.TempDir())
	right := key(t)
	phone := openWindow(t, s.at, 360, 740)
	other := openWindow(t, s.at, 1440, 900)

	if !t.Run("the newcomer comes in by the printed invitation", func(t *testing.T) {
		phone.open(t, s.find(t, `(http://\S+/i/\S+)`))
		phone.check(t, "the invitation")
		phone.js(t, `document.querySelector("input[name=password]").value="correct horse"`)
		phone.tap(t, "form button.button--large")
		phone.until(t, "the first page", func() bool { return phone.has(t, `a[href^="/quiz/"]`) })
		phone.check(t, "the first page")
	}) {
		return
	}
	if !t.Run("a member signs in at a desk", func(t *testing.T) {
		other.open(t, "/sign-in")
		other.check(t, "signing in")
		other.signIn(t, s.find(t, `member\s+(\+\d+)`))
		other.check(t, "the first page at a desk")
	}) {
		return
	}

	if !t.Run("both play at once, and the board moves in a second window", func(t *testing.T) {
		watching := openWindow(t, s.at, 1440, 900)
		watching.signIn(t, s.find(t, `member\s+(\+\d+)`))
		watching.open(t, "/board")
		watching.check(t, "the board")
		before := watching.text(t, "fb-board")
		var both sync.WaitGroup
		both.Go(func() { phone.play(t, right) })
		both.Go(func() { other.play(t, right) })
		both.Wait()
		watching.until(t, "a board that moved", func() bool { return watching.text(t, "fb-board") != before })
		watching.quiet(t)
	}) {
		return
	}

	if !t.Run("the newcomer plays the other game and exchanges points for a prize", func(t *testing.T) {
		phone.open(t, "/")
		phone.play(t, right)
		phone.open(t, "/rewards")
		phone.check(t, "the prizes")
		phone.redeem(t)
		phone.check(t, "the voucher")
		phone.open(t, "/redemptions")
		phone.check(t, "my redemptions")
	}) {
		return
	}

	if !t.Run("every step stands on the statement", func(t *testing.T) {
		phone.open(t, "/statement")
		phone.check(t, "the statement")
		text := phone.text(t, "main")
		for _, want := range []string{"Layer by layer", "Warm walls", "Coffee for a week"} {
			if !strings.Contains(text, want) {
				t.Errorf("%q is not on the statement: %s", want, text)
			}
		}
	}) {
		return
	}

	for name, path := range map[string]string{"the profile": "/profile", "an article": "/articles/dry-bathroom"} {
		phone.open(t, path)
		phone.check(t, name)
	}
	phone.quiet(t)
	other.quiet(t)
}

// signIn comes in as one of the demo's people.
func (w *window) signIn(t *testing.T, login string) {
	t.Helper()
	w.open(t, "/sign-in")
	w.js(t, fmt.Sprintf(`(document.querySelector("[name=login]").value=%q, document.querySelector("[name=password]").value=%q)`, login, demo.Password))
	w.tap(t, "main form button.button--large")
	w.until(t, "the first page", func() bool { return w.has(t, `a[href^="/quiz/"]`) })
}

// play plays the game that the first page offers to its end, every answer right.
func (w *window) play(t *testing.T, right map[string][]string) {
	w.open(t, "/")
	w.tap(t, `.next a[href^="/quiz/"]`)
	w.tap(t, `form[action$="/start"] button`)
	for n := 1; n <= 8; n++ {
		w.until(t, fmt.Sprintf("question %d", n), func() bool {
			return w.has(t, ".answers") && strings.HasPrefix(w.text(t, ".play__head"), fmt.Sprint(n))
		})
		if n == 1 {
			w.check(t, "a question")
		}
		w.answer(t, right[w.text(t, "h1")])
		if n < 8 {
			w.until(t, "the explanation", func() bool { return w.has(t, ".verdict--right") })
			if n == 1 {
				w.check(t, "an explanation")
			}
			w.tap(t, ".play__next button")
		}
	}
	w.until(t, "the end of the game", func() bool { return w.has(t, ".ending .big") })
	w.check(t, "the end of a game")
}

// answer chooses the options of these texts.
func (w *window) answer(t *testing.T, texts []string) {
	wanted, err := json.Marshal(texts)
	if err != nil {
		t.Error(err)
	}
	w.js(t, fmt.Sprintf(`(()=>{const wanted=%s,fit=e=>wanted.includes(e.innerText.trim());
		const taps=[...document.querySelectorAll("button.answer--tap")];
		if(taps.length){taps.find(fit).click();return}
		document.querySelectorAll("label.answer").forEach(l=>{l.querySelector("input").checked=fit(l)});
		document.querySelector(".answers .button--large").click()})()`, wanted))
}

// redeem exchanges points for the cheapest prize.
func (w *window) redeem(t *testing.T) {
	w.tap(t, `a[href="/rewards/coffee-voucher"]`)
	w.until(t, "the prize", func() bool { return strings.HasSuffix(w.js(t, "location.pathname"), "/rewards/coffee-voucher") })
	w.check(t, "a prize")
	for range 3 { // the prize, the confirmation, the voucher
		if strings.HasPrefix(w.js(t, "location.pathname"), "/redemptions/") {
			break
		}
		path := w.js(t, "location.href")
		w.tap(t, `main form[action$="/redeem"] button, main a.button--large`)
		w.until(t, "the next step", func() bool { return w.js(t, "location.href") != path })
	}
	w.until(t, "the voucher", func() bool {
		return strings.HasPrefix(w.js(t, "location.pathname"), "/redemptions/") && w.has(t, "main svg")
	})
}
