package web_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"firebrand/catalog/auction"
	"firebrand/internal/member"
)

// longLog is a log's announcement and so many bids, Taras's and Olena's in turn, one point and one second apart from 101 on.
func (f fair) longLog(id string, bids int) {
	f.t.Helper()
	f.auction(id, func(a *auction.Auction) { a.Start, a.Step = 101, 1 })
	for i := range bids {
		bidder := []member.Member{f.Taras, f.Olena}[i%2]
		_, err := f.Auctions.Bid(context.Background(), auction.Bid{
			Key: fmt.Sprintf("%s-%d", id, i), Member: bidder.ID, Auction: id, Amount: int64(101 + i),
		})
		must(f.t, err)
		f.Clock.Add(time.Second)
	}
}

func TestLongAuctionLog(t *testing.T) {
	f := newFair(t)
	f.longLog("drill", 103)
	olena := f.as(f.Olena)
	t.Run("it opens at its first lines and leads on to the next", func(t *testing.T) {
		a := olena.get("/auctions/drill/log")
		shows(t, a, http.StatusOK, "Lines 1–50 of 104", "Announced", ": 149 points", `href="/auctions/drill/log?page=2#lines" rel="next"`)
		lacks(t, a, ": 150 points", `rel="prev"`)
		if n := strings.Count(a.Body, `class="lot-log__at"`); n != 50 {
			t.Errorf("%d lines", n)
		}
	})
	t.Run("a line tells that it moved the end also where the one before it is on another page", func(t *testing.T) {
		f.auction("moved", func(a *auction.Auction) { a.Step = 1; a.Closes = f.Clock.Now().Add(time.Minute) })
		for i := range 52 { // Olena leads: one wins once a month, and the other auction is for Taras
			if i == 49 {
				f.Clock.Add(45 * time.Second)
			}
			_, err := f.Auctions.Bid(context.Background(), auction.Bid{
				Key: fmt.Sprintf("moved-%d", i), Member: []member.Member{f.Taras, f.Olena}[i%2].ID, Auction: "moved", Amount: int64(100 + i),
			})
			must(t, err)
		}
		lacks(t, olena.get("/auctions/moved/log"), "moved</span>")
		a := olena.get("/auctions/moved/log?page=2")
		shows(t, a, http.StatusOK, "Lines 51–53 of 53")
		if n := strings.Count(a.Body, "moved</span>"); n != 1 {
			t.Errorf("%d lines moved the end", n)
		}
	})
	f.over(time.Hour)
	t.Run("what proves the result is on every page, of the whole log", func(t *testing.T) {
		for _, page := range []string{"1", "2", "3"} {
			shows(t, olena.get("/auctions/drill/log?page="+page), http.StatusOK, "gives the same winners", "Winner", f.Taras.BoardName(), "203 points")
		}
		a := olena.get("/auctions/drill/log?page=3")
		shows(t, a, http.StatusOK, "Lines 101–106 of 106", "Winners written down", `href="/auctions/drill/log?page=2#lines" rel="prev"`)
		lacks(t, a, "Announced", `rel="next"`)
	})
	t.Run("a page that is none is the nearest", func(t *testing.T) {
		for page, first := range map[string]string{"0": "Lines 1–50", "-7": "Lines 1–50", "x": "Lines 1–50", "99999999999": "Lines 101–106"} {
			shows(t, olena.get("/auctions/drill/log?page="+page), http.StatusOK, first)
		}
	})
	t.Run("the file has every line, each with the seal of the one before it", func(t *testing.T) {
		a := olena.get("/auctions/drill/log.csv")
		if kind := a.Header.Get("Content-Type"); a.Status != http.StatusOK || kind != "text/csv; charset=utf-8" {
			t.Fatalf("%d %s", a.Status, kind)
		}
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(a.Body, "\ufeff"))).ReadAll()
		must(t, err)
		if len(rows) != 107 || rows[2][5] != "101" {
			t.Fatalf("%d rows, the first bid %q", len(rows), rows[2])
		}
		for i, row := range rows[2:] {
			if prev, hash := row[10], rows[i+1][11]; prev != hash || hash == "" {
				t.Errorf("line %s follows %q, and the one before it is %q", row[0], prev, hash)
			}
		}
		lacks(t, a, f.Taras.ID, "Taras Melnyk")
	})
	t.Run("the file is for who bid", func(t *testing.T) {
		other := f.person(member.RoleMember, f.company("Third", "Kyiv").ID, "Ivan Third", "ivan@example.com", "en")
		shows(t, f.as(other).get("/auctions/drill/log.csv"), http.StatusForbidden)
	})
}

func TestAPILongAuctionLog(t *testing.T) {
	f := newFair(t)
	f.longLog("drill", 9)
	p := f.programOf(t, f.Olena).with(t)
	t.Run("without a limit it is whole", func(t *testing.T) {
		log := p.get("/auctions/drill/log").is(t, http.StatusOK)
		holds(t, log, 10, "records")
		holds(t, log, 10, "lines", 9, "seq")
		holds(t, log, nil, "next")
	})
	t.Run("with one it is told in parts, until none follow", func(t *testing.T) {
		first := p.get("/auctions/drill/log?limit=4").is(t, http.StatusOK)
		holds(t, first, 4, "next")
		holds(t, first, 10, "records")
		holds(t, first, true, "whole")
		holds(t, first, 109, "leads", 0, "amount")
		last := p.get("/auctions/drill/log?limit=4&after=8").is(t, http.StatusOK)
		holds(t, last, 9, "lines", 0, "seq")
		holds(t, last, nil, "next")
		if lines := at(t, last, "lines").([]any); len(lines) != 2 {
			t.Errorf("%d lines", len(lines))
		}
		if none := at(t, p.get("/auctions/drill/log?after=10").is(t, http.StatusOK), "lines").([]any); len(none) != 0 {
			t.Errorf("lines behind the last: %v", none)
		}
	})
}
