package web

import (
	"context"
	"net/url"
	"strings"

	"firebrand/catalog"
	"firebrand/catalog/auction"
	"firebrand/game"
	"firebrand/internal/calendar"
	"firebrand/internal/points"
	"firebrand/internal/points/paper"
	"firebrand/leaderboard"
)

// The beginnings of references that lines bear for orders and challenges.
const (
	orderRef     = "order"
	challengeRef = "challenge"
)

// inWords tells an account's lines in a language.
func (s *Server) inWords(ctx context.Context, account, lang string, lines []points.Line) []paper.Told {
	return paper.Tell(lines, paper.Names{
		Of: func(ref string) string { return s.refName(ctx, lang, ref) },
		Most: func(line points.Line) int64 {
			found, err := s.Points.Journal.ReadBack(ctx, points.Stream(account), line.Seq+1, 1)
			if err != nil || len(found) == 0 {
				return 0 // the line is told without the limit
			}
			most, err := paper.MostOf(found[0])
			if err != nil {
				return 0
			}
			return most
		},
	})
}

// refName is what a line's reference is called: a quiz's title, an order's number, a reward's name, a board's month. What cannot be
// found has no name; the line is told without it.
func (s *Server) refName(ctx context.Context, lang, ref string) string {
	family, id := refParts(ref)
	name := ""
	switch family {
	case game.Family:
		if q, err := s.Content.Quiz(ctx, id); err == nil {
			name, _ = q.Title.In(lang)
		}
	case catalog.RedemptionFamily:
		if r, err := s.Catalog.Redemption(ctx, id); err == nil {
			name, _ = r.Name.In(lang)
		}
	case auction.Family:
		if v, err := s.Auctions.View(ctx, id, ""); err == nil {
			name, _ = v.Auction.Title.In(lang)
		}
	case leaderboard.Family:
		if m, err := calendar.ParseMonth(id); err == nil {
			name = s.UI.MonthName(lang, m.Year, m.Mon)
		}
	case orderRef:
		name = id
	case challengeRef:
		if ch, err := s.Challenges.Challenge(ctx, id); err == nil {
			name = ch.NameIn(lang)
		}
	}
	return name
}

// refParts are what a reference is of, and its id; a reason in a person's own words has neither.
func refParts(ref string) (family, id string) {
	family, rest, _ := strings.Cut(ref, "/")
	id, _, _ = strings.Cut(rest, "/")
	return family, id
}

// placeOf is the page that tells more about a line, empty where there is none. A voucher is only its owner's to see, who
// may be another principal where the company paid.
func placeOf(ref string, company bool) string {
	family, id := refParts(ref)
	if id == "" {
		return ""
	}
	switch {
	case family == orderRef:
		return "/orders/" + url.PathEscape(id)
	case family == catalog.RedemptionFamily && !company:
		return "/redemptions/" + url.PathEscape(id)
	case family == challengeRef:
		return "/challenges"
	case family == auction.Family && !company:
		return "/auctions/" + url.PathEscape(id)
	}
	return ""
}
