package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"firebrand/cmd/firebrand/app"
	"firebrand/game"
	"firebrand/internal/member"
	"firebrand/internal/testenv"
	"firebrand/leaderboard"
)

// checkEnd looks, at a process that runs, whether everything that was acknowledged is there, and nothing twice.
func (c *crowd) checkEnd(t *testing.T) {
	t.Helper()
	c.done(t)
	var end seenLot
	t.Run("the auction has one winner, and no other's points are held", func(t *testing.T) { end = c.checkClosed(t) })
	t.Run("every acknowledged bid is in its log, once", func(t *testing.T) { c.checkBids(t) })
	t.Run("every acknowledged answer counted, and accounts hold what they must", func(t *testing.T) { c.checkPlays(t, end) })
}

// checkClosed waits until the winner is written down.
func (c *crowd) checkClosed(t *testing.T) (end seenLot) {
	t.Helper()
	testenv.Eventually(t, "the auction is closed", func() bool {
		end = seenLot{}
		err := c.ask(c.fair.people[0], http.MethodGet, "/auctions/"+lot, "", nil, &end)
		return err == nil && end.Phase == "closed"
	})
	if len(end.Leads) != 1 || !end.Leads[0].Won {
		t.Fatalf("won by %+v", end.Leads)
	}
	for _, who := range c.fair.people {
		testenv.Eventually(t, "nothing of "+who.member.ID+" is held", func() bool {
			var me struct{ Balance struct{ Held int64 } }
			err := c.ask(who, http.MethodGet, "/me", "", nil, &me)
			return err == nil && me.Balance.Held == 0
		})
	}
	return end
}

// checkBids holds the log against what was answered.
func (c *crowd) checkBids(t *testing.T) {
	t.Helper()
	var log struct {
		Whole bool
		Fault string
		Lines []struct {
			Kind, Who string
			Amount    int64
		}
	}
	bidder := c.fair.people[0]
	for _, b := range c.bids {
		if b.accepted {
			bidder = b.who
		}
	}
	if err := c.ask(bidder, http.MethodGet, "/auctions/"+lot+"/log", "", nil, &log); err != nil {
		t.Fatal(err)
	}
	if !log.Whole {
		t.Errorf("the log is broken: %s", log.Fault)
	}
	type one struct {
		who    string
		amount int64
	}
	written, answered := map[one]int{}, map[one]int{}
	for _, line := range log.Lines {
		if line.Kind == "bid" {
			written[one{line.Who, line.Amount}]++
		}
	}
	for _, b := range c.bids {
		if b.accepted {
			answered[one{member.Who(b.who.member.ID), b.amount}]++
		}
	}
	for bid, n := range answered {
		if written[bid] != n {
			t.Errorf("%s's bid of %d was accepted %d times and is written %d times", bid.who, bid.amount, n, written[bid])
		}
	}
	for bid, n := range written {
		if answered[bid] != n {
			t.Errorf("%s's bid of %d is written %d times and was accepted %d times", bid.who, bid.amount, n, answered[bid])
		}
	}
}

// checkPlays holds attempts and balances against what was answered.
func (c *crowd) checkPlays(t *testing.T, end seenLot) {
	t.Helper()
	for _, who := range c.fair.people {
		want := int64(fairPurse)
		for _, quiz := range c.fair.quizzes {
			acknowledged := c.answers[who.member.ID+" "+quiz]
			if len(acknowledged) == 0 {
				continue
			}
			var seen struct{ Attempt game.View }
			testenv.Eventually(t, quiz+" of "+who.member.ID+" is paid", func() bool {
				seen.Attempt = game.View{}
				err := c.ask(who, http.MethodGet, "/quizzes/"+quiz, "", nil, &seen)
				return err == nil && seen.Attempt.State == game.StateFinished && seen.Attempt.Given == seen.Attempt.Points
			})
			want += seen.Attempt.Given
			c.won += seen.Attempt.Given
			for n, choice := range acknowledged {
				if n > len(seen.Attempt.Results) {
					t.Errorf("%s's answer %d in %s is lost", who.member.ID, n, quiz)
				} else if r := seen.Attempt.Results[n-1]; r.Missed || len(r.Chosen) != 1 || r.Chosen[0] != choice {
					t.Errorf("%s's answer %d in %s was %s and is %v, missed %t", who.member.ID, n, quiz, choice, r.Chosen, r.Missed)
				}
			}
		}
		if len(end.Leads) == 1 && end.Leads[0].Who == member.Who(who.member.ID) {
			want -= end.Leads[0].Amount
		}
		// Where a process was killed between a game's end and its points, another brings them: it must have the lease first,
		// which takes 15 s, and then it reads every 10 s.
		var got int64
		for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(250 * time.Millisecond) {
			var me struct {
				Balance struct{ Alive, Pending int64 }
			}
			if err := c.ask(who, http.MethodGet, "/me", "", nil, &me); err == nil {
				if got = me.Balance.Alive + me.Balance.Pending; got == want {
					break
				}
			}
		}
		if got != want {
			t.Errorf("%s has %d points, want %d", who.member.ID, got, want)
		}
	}
}

// checkBoards compares the live board with one that is drawn from the journal, in a process and a Redis of its own. It
// is called while the fleet runs on a MongoDB; stop ends it where the store is a folder.
func (c *crowd) checkBoards(t *testing.T, stop func()) {
	t.Helper()
	var live leaderboard.Board
	played := 0
	for _, who := range c.fair.people {
		if c.finished(who) {
			played++
		}
	}
	where := c.fair.where
	where.Redis = ""
	read := func() (b leaderboard.Board) {
		if err := c.ask(c.fair.people[0], http.MethodGet, "/boards/all?top=100", "", nil, &b); err != nil {
			t.Fatal(err)
		}
		return b
	}
	testenv.Eventually(t, "everyone who played is on the board", func() bool { live = read(); return live.Total >= played })
	testenv.Eventually(t, "the last games have reached the board", func() bool {
		live = read()
		var sum int64
		for _, row := range live.Rows {
			sum += row.Points
		}
		return sum == c.won
	})
	stop()
	want := redrawn(t, where)
	if len(live.Rows) != len(want.Rows) || live.Total != want.Total || want.Total == 0 {
		t.Fatalf("%d of %d rows, want %d of %d", len(live.Rows), live.Total, len(want.Rows), want.Total)
	}
	for i, row := range live.Rows {
		if row.Who != want.Rows[i].Who || row.Points != want.Rows[i].Points {
			t.Errorf("place %d: %s with %d, want %s with %d", i+1, row.Name, row.Points, want.Rows[i].Name, want.Rows[i].Points)
		}
	}
}

// finished reports whether somebody finished a quiz.
func (c *crowd) finished(who *caller) bool {
	for _, quiz := range c.fair.quizzes {
		if len(c.answers[who.member.ID+" "+quiz]) == fairQuestions {
			return true
		}
	}
	return false
}

// redrawn draws the board of everyone from the store alone.
func redrawn(t *testing.T, where app.Settings) leaderboard.Board {
	t.Helper()
	a, err := app.Open(t.Context(), where)
	must(t, err)
	defer a.Close() //nolint:errcheck // only read
	must(t, a.Boards.Rebuild(t.Context()))
	b, err := a.Boards.Top(t.Context(), a.Zone.Month(a.Now()), leaderboard.All, leaderboard.MaxRows)
	must(t, err)
	return b
}

// checkVerify runs the program's own audit until no flow is open any more.
func (f *fair) checkVerify(t *testing.T) {
	t.Helper()
	args := append([]string{"verify"}, f.flags()...)
	var out string
	testenv.Eventually(t, "no flow is open", func() bool {
		var err error
		if out, err = run(t, args...); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return strings.Contains(out, "0 open, 0 holds")
	})
	out, err := run(t, append(args, "--auction", lot)...)
	if err != nil || !strings.Contains(out, "held        0 points, 0 holds") {
		t.Errorf("%v\n%s", err, out)
	}
}
