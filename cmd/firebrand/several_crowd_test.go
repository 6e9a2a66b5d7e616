package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"firebrand/game"
)

// crowdPatience is how long a person tries one thing again, with the same key and wherever somebody answers.
const crowdPatience = 2 * time.Minute

// wished is one bid: what was wished, and how it was answered in the end.
type wished struct {
	who    *caller
	amount int64
	// accepted and refused are both false while nobody knows.
	accepted, refused bool
}

// crowd plays and bids by the API, at any of several processes, and remembers every answer.
type crowd struct {
	fair  *fair
	fleet *fleet

	mu   sync.Mutex
	bids []*wished
	// answers are the choices that were acknowledged: by person and quiz, by the question's number.
	answers map[string]map[int]string
	// unavailable counts answers that say so, again what was tried once more for that or because nobody answered.
	unavailable, again int
	wrong              []string
	// won is what all were given for their games, once that was checked.
	won int64
	// over is when nobody begins anything any more.
	over time.Time
	busy sync.WaitGroup
}

// come lets everybody at the fair play and bid until the auction is over, and begin nothing after lasts.
func (f *fair) come(v *fleet, lasts time.Duration) *crowd {
	c := &crowd{fair: f, fleet: v, answers: map[string]map[int]string{}, over: time.Now().Add(lasts)}
	for _, who := range f.people {
		c.busy.Go(func() { c.playAll(who) })
		c.busy.Go(func() { c.bidAll(who) })
	}
	return c
}

func (c *crowd) fault(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wrong = append(c.wrong, fmt.Sprintf(format, args...))
}

// problemOf is what the API says is wrong; status 0 is no answer at all.
func problemOf(err error) (status int, kind, code string) {
	var refused *errRefused
	if !errors.As(err, &refused) {
		return 0, "", ""
	}
	var p struct{ Kind, Code string }
	_ = json.Unmarshal([]byte(refused.problem), &p) // what is no problem has no kind
	return refused.status, p.Kind, p.Code
}

// ask asks until somebody answers for good: another process where one is gone, and the same key every time.
func (c *crowd) ask(who *caller, method, path, key string, body, into any) error {
	begun := time.Now()
	for at := rand.IntN(len(c.fleet.addrs)); ; at++ {
		err := who.call(c.fleet.at(at), method, path, key, body, into)
		status, kind, _ := problemOf(err)
		switch {
		case err == nil || status != 0 && status < http.StatusInternalServerError && status != http.StatusTooManyRequests:
			return err
		case status == http.StatusServiceUnavailable && kind == "unavailable":
			c.mu.Lock()
			c.unavailable++
			c.mu.Unlock()
		case status != 0:
			c.fault("%s %s: %v", method, path, err)
		}
		if time.Since(begun) > crowdPatience {
			c.fault("%s %s: not within %s: %v", method, path, crowdPatience, err)
			return err
		}
		c.mu.Lock()
		c.again++
		c.mu.Unlock()
		time.Sleep(100*time.Millisecond + rand.N(100*time.Millisecond))
	}
}

// ended reports whether nothing new is begun.
func (c *crowd) ended() bool { return time.Now().After(c.over) }

// pause is how long a person looks at the page.
func pause() { time.Sleep(100*time.Millisecond + rand.N(200*time.Millisecond)) }

// playAll plays one quiz after another. What was begun is played to its end.
func (c *crowd) playAll(who *caller) {
	for _, quiz := range c.fair.quizzes {
		if c.ended() {
			return
		}
		if err := c.play(who, quiz); err != nil {
			c.fault("%s plays %s: %v", who.member.ID, quiz, err)
			return
		}
	}
}

func (c *crowd) play(who *caller, quiz string) error {
	var v game.View
	err := c.ask(who, http.MethodPost, "/quizzes/"+quiz+"/start", uuid.NewString(), struct{}{}, &v)
	for err == nil && v.State == game.StateOpen {
		pause()
		if err = c.ask(who, http.MethodPost, "/quizzes/"+quiz+"/next", uuid.NewString(), struct{}{}, &v); err != nil || v.Open == nil {
			continue
		}
		n, choice := v.Open.N, v.Open.Options[rand.IntN(len(v.Open.Options))].ID
		v = game.View{}
		err = c.ask(who, http.MethodPost, "/quizzes/"+quiz+"/answers", uuid.NewString(), map[string]any{"n": n, "choice": []string{choice}, "sure": false}, &v)
		if err == nil {
			c.answered(who, quiz, n, choice)
		}
	}
	if err == nil && v.State != game.StateFinished {
		err = fmt.Errorf("it is %s", v.State)
	}
	return err
}

func (c *crowd) answered(who *caller, quiz string, n int, choice string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	place := who.member.ID + " " + quiz
	if c.answers[place] == nil {
		c.answers[place] = map[int]string{}
	}
	c.answers[place][n] = choice
}

// seenLot is the auction as a person sees it.
type seenLot struct {
	Phase string
	Price int64
	Seq   int64
	Leads []struct {
		Who    string
		Amount int64
		Won    bool
		Me     bool
	}
	Mine struct {
		Standing   string
		Next       int64
		Held       int64
		May        bool
		Why        string
		Redemption string
	}
}

// bidAll bids whenever somebody else leads, until the auction is over.
func (c *crowd) bidAll(who *caller) {
	for {
		var v seenLot
		if err := c.ask(who, http.MethodGet, "/auctions/"+lot, "", nil, &v); err != nil {
			c.fault("%s looks at the auction: %v", who.member.ID, err)
			return
		}
		switch {
		case v.Phase != "open":
			return
		case v.Mine.Why != "":
			c.fault("%s may not bid: %s", who.member.ID, v.Mine.Why)
			return
		case v.Mine.May:
			c.bid(who, v.Mine.Next+10*rand.Int64N(3))
		}
		pause()
	}
}

func (c *crowd) bid(who *caller, amount int64) {
	b := &wished{who: who, amount: amount}
	c.mu.Lock()
	c.bids = append(c.bids, b)
	c.mu.Unlock()
	err := c.ask(who, http.MethodPost, "/auctions/"+lot+"/bids", uuid.NewString(), map[string]int64{"amount": amount}, nil)
	status, _, code := problemOf(err)
	c.mu.Lock()
	b.accepted, b.refused = err == nil, status != 0 && status < http.StatusInternalServerError
	c.mu.Unlock()
	if b.refused && code != "auction.too_low" && code != "auction.closed" && code != "auction.own_lead" {
		c.fault("%s bids %d: %v", who.member.ID, amount, err)
	}
}

// done waits for everybody and reports what no state of the world explains.
func (c *crowd) done(t *testing.T) {
	t.Helper()
	c.busy.Wait()
	for _, w := range c.wrong {
		t.Error(w)
	}
	answers, accepted := 0, c.acceptedBids()
	for _, all := range c.answers {
		answers += len(all)
	}
	t.Logf("%d answers and %d of %d bids acknowledged; tried again %d times, told that it is unavailable %d times",
		answers, accepted, len(c.bids), c.again, c.unavailable)
	if answers == 0 || accepted == 0 {
		t.Error("too little happened to test anything")
	}
}

func (c *crowd) acceptedBids() (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, b := range c.bids {
		if b.accepted {
			n++
		}
	}
	return n
}

// until waits, for a minute at the most, until so many more bids were accepted.
func (c *crowd) until(t *testing.T, more int) {
	t.Helper()
	want := c.acceptedBids() + more
	for range 600 {
		if c.acceptedBids() >= want {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	t.Fatalf("no %d more bids within a minute, which ended %s behind the lot: %v", more, time.Since(c.over).Round(time.Second), c.wrong)
}
