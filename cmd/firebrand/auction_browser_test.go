package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"firebrand/cmd/firebrand/demo"
)

// Two people in two browsers bid against each other to a soft close: a late bid moves the end, the outbid is told
// without touching the page, and at the end one of them has a voucher and the other's points are free.
func TestTwoBidders(t *testing.T) {
	axe(t)
	s := start(t, "demo", "--port", "0", "--data", t.TempDir())
	phone, desk := openWindow(t, s.at, 360, 740), openWindow(t, s.at, 1440, 900)
	phone.signIn(t, s.find(t, `member\s+(\+\d+)`))
	desk.signInAs(t, s.find(t, `principal\s+(\+\d+)`))
	marketer := comesIn(t, s.at, s.find(t, `marketer\s+(\S+)`))
	id := marketer.announces(t, 50*time.Second)
	for _, w := range []*window{phone, desk} {
		w.open(t, "/auctions/"+id)
		w.until(t, "the auction to open", func() bool { return w.has(t, "[data-sure]") })
		w.check(t, "the room")
	}

	t.Run("the first bid leads, and the other browser sees it by itself", func(t *testing.T) {
		phone.bids(t, 100)
		desk.until(t, "the price in the other browser", func() bool { return strings.HasPrefix(desk.text(t, ".lot__price"), "100") })
		desk.check(t, "the room with a bid")
	})
	t.Run("the outbid is told where they are, and their focus stays", func(t *testing.T) {
		phone.js(t, `document.querySelector(".lot__own summary").focus()`)
		desk.bids(t, 110)
		phone.until(t, "to be told", func() bool { return phone.has(t, `fb-auction[data-standing="outbid"]`) })
		if at := phone.js(t, `document.activeElement.dataset.focus`); at != "own" {
			t.Errorf("the focus went to %q", at)
		}
		phone.until(t, "to hear of it", func() bool { return phone.js(t, `document.querySelector("[data-say]").textContent`) != "" })
		phone.check(t, "the room of the outbid")
	})
	t.Run("a bid in the last seconds moves the end in both browsers", func(t *testing.T) {
		before := phone.ends(t)
		phone.bids(t, 120)
		for _, w := range []*window{phone, desk} {
			w.until(t, "the end to move", func() bool { return w.ends(t) > before })
			if left := clockSeconds(t, w.text(t, "[data-left]")); left == 0 {
				t.Error("the clock says that it is over")
			}
		}
		if a, b := phone.ends(t), desk.ends(t); a != b {
			t.Errorf("one ends at %d, the other at %d", a, b)
		}
	})
	t.Run("at the end one has a voucher and the other free points", func(t *testing.T) {
		wait := time.Now().Add(6 * time.Minute)
		for !phone.has(t, `fb-auction[data-standing="won"]`) || !desk.has(t, `fb-auction[data-standing="lost"]`) {
			if time.Now().After(wait) {
				t.Fatalf("no end: %s / %s", phone.text(t, "main"), desk.text(t, "main"))
			}
			time.Sleep(300 * time.Millisecond)
		}
		phone.check(t, "the room of who won")
		desk.check(t, "the room of who did not")
		desk.open(t, "/auctions/"+id+"/log")
		desk.check(t, "the log")
		if !desk.has(t, "main .said--good") || !desk.has(t, ".lot-log .chip") {
			t.Errorf("the log says %s", desk.text(t, "main"))
		}
		phone.tap(t, `a[href^="/redemptions/"]`)
		phone.until(t, "the voucher", func() bool { return phone.has(t, ".voucher__code") })
	})
	phone.quiet(t)
	desk.quiet(t)
}

// bids taps the large button and confirms, in two taps, the amount that both say.
func (w *window) bids(t *testing.T, amount int) {
	t.Helper()
	w.until(t, fmt.Sprintf("a button for %d", amount), func() bool {
		return w.js(t, `(document.querySelector("[data-sure] [name=amount]")||{}).value`) == fmt.Sprint(amount)
	})
	w.tap(t, "[data-sure] > summary")
	w.tap(t, `[data-sure] form button:not([aria-disabled])`)
	w.until(t, "to lead", func() bool { return w.has(t, `fb-auction[data-standing="leading"]`) })
}

// signInAs comes in as somebody whose first page has no game on it, perhaps.
func (w *window) signInAs(t *testing.T, login string) {
	t.Helper()
	w.open(t, "/sign-in")
	w.js(t, fmt.Sprintf(`(document.querySelector("[name=login]").value=%q, document.querySelector("[name=password]").value=%q)`, login, demo.Password))
	w.tap(t, "main form button.button--large")
	w.until(t, "the first page", func() bool { return w.has(t, ".purse") })
}

// ends is when the auction on the page ends, in Unix milliseconds.
func (w *window) ends(t *testing.T) (at int64) {
	t.Helper()
	text := w.js(t, `document.querySelector("fb-auction").ends`)
	if _, err := fmt.Sscan(text, &at); err != nil {
		t.Fatalf("it ends at %q: %v", text, err)
	}
	return at
}

// clockSeconds reads a clock of minutes and seconds.
func clockSeconds(t *testing.T, clock string) int {
	t.Helper()
	var minutes, rest int
	if _, err := fmt.Sscanf(strings.TrimSpace(clock), "%d:%d", &minutes, &rest); err != nil {
		t.Fatalf("%q is no clock: %v", clock, err)
	}
	return minutes*60 + rest
}

// formPerson is somebody of the demo who works by forms alone.
type formPerson struct {
	at     string
	client *http.Client
}

func comesIn(t *testing.T, at, login string) *formPerson {
	t.Helper()
	jar, _ := cookiejar.New(nil) // it fails with options only
	p := &formPerson{at, &http.Client{Jar: jar, Timeout: 2 * time.Minute}}
	p.post(t, "/sign-in", url.Values{"login": {login}, "password": {demo.Password}})
	return p
}

// announces puts the first prize of the form up for auction: from 100 points, for any points, without a game. It opens
// in the minute that runs, and closes at the first whole minute after the least that is asked.
func (p *formPerson) announces(t *testing.T, least time.Duration) string {
	t.Helper()
	form := p.get(t, "/studio/auctions/new")
	reward := regexp.MustCompile(`<option value="([a-z0-9-]+)">`).FindStringSubmatch(form)
	zone := regexp.MustCompile(`id="zone-hint">[^<]*?([A-Z][a-z]+/[A-Z][A-Za-z_]+)`).FindStringSubmatch(form)
	if reward == nil || zone == nil {
		t.Fatalf("no prize or no zone on the form: %s", form)
	}
	local, err := time.LoadLocation(zone[1])
	if err != nil {
		t.Fatal(err)
	}
	now, id := time.Now().In(local), uuid.NewString()
	closes := now.Add(least).Truncate(time.Minute).Add(time.Minute)
	p.post(t, "/studio/auctions/new", url.Values{
		"key": {id}, "version": {"0"}, "form": {"ascending"}, "reward": {reward[1]}, "units": {"1"}, "title_en": {"The last second"},
		"start": {"100"}, "step": {"10"}, "proxy": {"1"}, "opens": {now.Format("2006-01-02T15:04")}, "closes": {closes.Format("2006-01-02T15:04")},
		"window": {"120"}, "extension": {"15"}, "cap": {"2"}, "any_points": {"1"}, "many_company": {"1"}, "many_wins": {"1"}, "no_game": {"1"},
	})
	p.post(t, "/studio/auctions/"+id+"/schedule", nil)
	return id
}

func (p *formPerson) get(t *testing.T, path string) string {
	t.Helper()
	a, err := p.client.Get(p.at + path)
	if err != nil {
		t.Fatal(err)
	}
	return answered(t, path, a)
}

func (p *formPerson) post(t *testing.T, path string, form url.Values) {
	t.Helper()
	if form == nil {
		form = url.Values{}
	}
	if !form.Has("key") {
		form.Set("key", uuid.NewString())
	}
	r, err := http.NewRequest(http.MethodPost, p.at+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", p.at)
	r.Header.Set("Accept-Language", "en")
	a, err := p.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	answered(t, path, a)
}

func answered(t *testing.T, path string, a *http.Response) string {
	t.Helper()
	defer a.Body.Close()
	raw, err := io.ReadAll(a.Body)
	if err != nil || a.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %v %s", path, a.StatusCode, err, bytes.TrimSpace(raw))
	}
	return string(raw)
}
