package leaderboard_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"firebrand/internal/calendar"
	"firebrand/internal/journal"
	"firebrand/internal/member"
	"firebrand/internal/points"
	"firebrand/leaderboard"
)

// dump is everything that a month's boards say in Redis: tables, yesterday's tables, the league's sums.
func (w *world) dump(m calendar.Month) map[string]string {
	w.t.Helper()
	ctx, prefix := w.t.Context(), "fb:{board:"+m.String()+"}:"
	keys, err := w.redis.Keys(ctx, prefix+"*").Result()
	if err != nil {
		w.t.Fatal(err)
	}
	said := map[string]string{}
	for _, key := range keys {
		name := strings.TrimPrefix(key, prefix)
		yesterday := "was:" + w.zone.Date(w.clock.Now()).Add(-1).String()
		switch {
		case strings.HasPrefix(name, "on:") || strings.HasPrefix(name, yesterday):
			rows, err := w.redis.ZRevRangeWithScores(ctx, key, 0, -1).Result()
			if err != nil {
				w.t.Fatal(err)
			}
			said[name] = fmt.Sprint(rows)
		case name == "league":
			for field, value := range w.redis.HGetAll(ctx, key).Val() {
				if value != "0" {
					said[name+" "+field] = value
				}
			}
		}
	}
	return said
}

func (w *world) same(why string, live, rebuilt map[string]string) {
	w.t.Helper()
	for _, name := range slices.Sorted(maps.Keys(live)) {
		if live[name] != rebuilt[name] {
			w.t.Errorf("%s: %s\n   live %s\nrebuilt %s", why, name, live[name], rebuilt[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(rebuilt)) {
		if _, there := live[name]; !there {
			w.t.Errorf("%s: %s is missing live: %s", why, name, rebuilt[name])
		}
	}
}

// chance does one thing at random, as people and misfortune do.
type chance struct {
	*world
	*rand.Rand
	ids  []string
	n    int
	done map[string]int
	// merges counts accounts that were merged into others; what is asked of them later goes there.
	merges int
}

func (c *chance) step() {
	c.n++
	id, amount := c.ids[c.IntN(len(c.ids))], 1+c.Int64N(50)
	ctx, key := c.t.Context(), fmt.Sprint("step-", c.n)
	m := c.zone.Month(c.clock.Now())
	// What an account refuses, such as spending what is not there, is part of the game.
	var err error
	what := c.IntN(100)
	switch {
	case what < 30:
		c.clock.Add(time.Millisecond)
		quiz := fmt.Sprint("q", c.IntN(6))
		if c.zone.Month(c.clock.Now().Add(-30*time.Minute)) != m && c.IntN(2) == 0 {
			m = m.Prev() // begun before midnight
		}
		_, err = c.points.Award(ctx, points.Award{
			Key: "game/" + quiz + "/" + m.String() + "", Account: id, Amount: amount, Source: points.SourceGame, Funding: "programme",
			Month: m, Played: true, Ref: "play/" + quiz + "/" + m.String() + "/" + id,
		})
	case what < 40:
		_, err = c.points.Award(ctx, points.Award{Key: key, Account: id, Amount: amount, Source: points.SourceChallenge, Funding: "brand", Ref: "challenge"})
	case what < 46:
		_, err = c.points.Award(ctx, points.Award{Key: key, Account: id, Amount: amount, Source: points.SourcePurchase, Funding: "brand", Ref: "order"})
	case what < 54:
		_, err = c.points.Spend(ctx, points.Spend{Key: key, Account: id, Amount: amount, Ref: "mug"})
	case what < 60:
		_, err = c.points.Forfeit(ctx, points.Forfeit{Key: key, Account: id, Amount: amount, Source: points.SourceGame, Ref: "left"})
	case what == 64:
		_, err = c.points.Merge(ctx, points.Merge{
			Key: key, Actor: "admin", From: id, Into: c.ids[c.IntN(len(c.ids))], Reason: "one person",
		})
		if err == nil {
			c.merges++
		}
	case what < 66:
		_, err = c.points.Reverse(ctx, points.Reverse{
			Key: key, Actor: "admin", Account: id, Award: fmt.Sprint("game/q", c.IntN(6), "/", m), Amount: 1 + amount/4, Ref: "found out",
		})
	case what < 68:
		_, err = c.points.Settle(ctx, id)
	case what < 88:
		c.clock.Add(time.Duration(c.Int64N(int64(40 * time.Minute))))
	case what < 92:
		c.clock.Add(time.Duration(c.Int64N(int64(20 * time.Hour))))
	case what < 96:
		c.draw()
	case what < 98:
		c.boards = leaderboard.Open(c.config()) // killed; what it had not drawn is for the next one
	default:
		c.do("FLUSHALL")
	}
	if err == nil {
		c.done[fmt.Sprint(what/2)]++
	}
}

func TestRebuiltEqualsLive(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		merges := 0
		for seed := range uint64(6) {
			w := newWorld(t, url)
			w.do("FLUSHALL")
			c := &chance{world: w, Rand: rand.New(rand.NewPCG(seed, 7)), done: map[string]int{}}
			for i := range 14 {
				m := member.Member{ID: fmt.Sprintf("p%02d", i), Role: member.RoleMember, Company: w.north.ID}
				if i%3 > 0 {
					m.Company = w.south.ID
				}
				if i%4 > 0 {
					m.Joined = w.zone.StartOfMonth(november).Add(-time.Hour)
				}
				c.ids = append(c.ids, w.enter(m).ID)
			}
			for round := range 8 {
				if round == 6 { // the month's last moments
					w.clock.Set(w.zone.EndOfMonth(w.zone.Month(w.clock.Now())).Add(-10 * time.Minute))
				}
				for range 60 {
					c.step()
				}
				w.compareWithRebuilt(fmt.Sprintf("seed %d, round %d", seed, round))
			}
			if len(c.done) < 15 {
				t.Errorf("only %d kinds of steps succeeded", len(c.done))
			}
			merges += c.merges
		}
		if merges < 6 {
			t.Errorf("only %d accounts were merged", merges)
		}
	})
}

// compareWithRebuilt lets the boards catch up and compares them with boards drawn from nothing but the journal.
func (w *world) compareWithRebuilt(why string) {
	w.t.Helper()
	// No record of the day before can come any more, so that yesterday's table can be drawn.
	if since := w.clock.Now().Sub(w.zone.StartOf(w.zone.Date(w.clock.Now()))); since < journal.Overlap {
		w.clock.Add(journal.Overlap)
	}
	w.draw()
	w.clock.Add(leaderboard.Refresh)
	w.draw()
	now := w.zone.Month(w.clock.Now())
	live, before := w.dump(now), w.dump(now.Prev())
	if err := w.boards.Rebuild(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	w.clock.Add(leaderboard.Refresh)
	w.draw()
	w.same(why, live, w.dump(now))
	if len(before) > 0 {
		w.same(why+", the month before", before, w.dump(now.Prev()))
	}
	if len(live) == 0 {
		w.t.Logf("%s: nobody stands on a board", why)
	}
	if w.clock.Now().Before(w.final(now.Prev())) {
		return
	}
	w.sweep()
	for name, rows := range before {
		board, ok := strings.CutPrefix(name, "on:")
		if !ok {
			continue
		}
		b, err := w.boards.Closed(w.t.Context(), now.Prev(), board, 0, 100)
		if err != nil || b.Total != strings.Count(rows, "{") {
			w.t.Errorf("%s: closed %s has %d rows, live %s, %v", why, board, b.Total, rows, err)
		}
	}
}
