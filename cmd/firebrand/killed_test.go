package main

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"firebrand/catalog"
	"firebrand/cmd/firebrand/app"
	"firebrand/game"
)

// promised is what the server acknowledged before it was killed.
type promised struct {
	mu          sync.Mutex
	redemptions map[string]bool
	answers     int
	// wrong are answers that no state of the world explains.
	wrong []string
}

func (p *promised) note(err error) {
	var refused *errRefused
	if errors.As(err, &refused) && refused.status >= http.StatusInternalServerError && refused.status != http.StatusServiceUnavailable {
		p.mu.Lock()
		p.wrong = append(p.wrong, refused.Error())
		p.mu.Unlock()
	}
}

// live plays and redeems until the server is gone. A player goes on where the kill before left them.
func (p *promised) live(c *caller, at string, until time.Time) {
	for time.Now().Before(until) {
		var month struct{ Quizzes []game.Card }
		if err := c.call(at, http.MethodGet, "/edition", "", nil, &month); err != nil {
			p.note(err)
			return
		}
		p.redeem(c, at)
		for _, card := range month.Quizzes {
			if card.State == game.StateNew || card.State == game.StateOpen {
				p.play(c, at, card.Quiz)
				p.redeem(c, at)
			}
		}
	}
}

func (p *promised) redeem(c *caller, at string) {
	var r struct{ ID string }
	err := c.call(at, http.MethodPost, "/rewards/coffee-voucher/redemptions", uuid.NewString(), map[string]int64{"price": 150}, &r)
	if err == nil {
		p.mu.Lock()
		p.redemptions[r.ID] = true
		p.mu.Unlock()
	}
	p.note(err)
}

func (p *promised) play(c *caller, at, quiz string) {
	var v game.View
	err := c.call(at, http.MethodPost, "/quizzes/"+quiz+"/start", uuid.NewString(), struct{}{}, &v)
	for err == nil && v.State == game.StateOpen {
		if err = c.call(at, http.MethodPost, "/quizzes/"+quiz+"/next", uuid.NewString(), struct{}{}, &v); err != nil || v.Open == nil {
			continue
		}
		answer := map[string]any{"n": v.Open.N, "choice": []string{v.Open.Options[0].ID}, "sure": false}
		if err = c.call(at, http.MethodPost, "/quizzes/"+quiz+"/answers", uuid.NewString(), answer, &v); err == nil {
			p.mu.Lock()
			p.answers++
			p.mu.Unlock()
		}
	}
	p.note(err)
}

// until waits, for three minutes at the most, until so many answers and redemptions were acknowledged in all, with more of
// both under way.
func (p *promised) until(t *testing.T, answers, redemptions int) {
	t.Helper()
	enough := func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.answers >= answers && len(p.redemptions) >= redemptions
	}
	for range 18_000 {
		if enough() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("%d answers and %d redemptions within three minutes: too few to test anything", p.answers, len(p.redemptions))
}

func TestKilledUnderLoad(t *testing.T) {
	folder := demoFolder(t)
	people := callers(t, folder, 24)
	p := &promised{redemptions: map[string]bool{}}
	for round := range 3 {
		s := start(t, "serve", "--listen", "127.0.0.1:0", "--data", folder)
		var playing sync.WaitGroup
		for _, c := range people {
			playing.Go(func() { p.live(c, s.at, time.Now().Add(5*time.Minute)) })
		}
		p.until(t, (round+1)*40, (round+1)*6)
		s.kill()
		playing.Wait()
	}
	for _, w := range p.wrong {
		t.Error(w)
	}
	t.Logf("%d answers, %d redemptions acknowledged", p.answers, len(p.redemptions))

	t.Run("verify finds every chain whole", func(t *testing.T) {
		out, err := run(t, "verify", "--data", folder)
		if err != nil || !strings.Contains(out, "flows") {
			t.Errorf("%v\n%s", err, out)
		}
	})
	t.Run("every acknowledged prize is there, and none was given twice", func(t *testing.T) { checkPrizes(t, folder, p.redemptions) })
}

// checkPrizes opens the folder as the next start would, lets the sweep end what was cut off, and looks at every prize.
func checkPrizes(t *testing.T, folder string, want map[string]bool) {
	later := func() time.Time { return time.Now().Add(time.Minute) } // a sweep leaves what is younger than 30 s to its request
	a, err := app.Open(t.Context(), app.Settings{Data: folder, Zone: "Europe/Kyiv", Now: later})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close() //nolint:errcheck // only read after the sweep
	for _, f := range a.Followers() {
		if err := a.Journal.CatchUp(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Sweep(t.Context()); err != nil {
		t.Error(err)
	}
	codes := map[string]string{}
	for id := range want {
		r, err := a.Catalog.Redemption(t.Context(), id)
		if err != nil || r.State != catalog.Placed {
			t.Errorf("redemption %s is %q: %v", id, r.State, err)
		}
		if other := codes[r.Code]; other != "" {
			t.Errorf("%s and %s share the voucher %s", id, other, r.Code)
		}
		codes[r.Code] = id
	}
	var said []string
	if err := a.Verify(t.Context(), func(line string) { said = append(said, line) }); err != nil {
		t.Error(err)
	}
	for _, line := range said {
		if strings.HasPrefix(line, "open") {
			t.Error(line)
		}
	}
	if last := said[len(said)-1]; last != fmt.Sprintf("flows       %6d open, %d holds", 0, 0) {
		t.Errorf("after the sweep: %s", last)
	}
}
