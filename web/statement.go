package web

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"firebrand/catalog"
	"firebrand/game"
	"firebrand/internal/calendar"
	"firebrand/internal/points"
	"firebrand/web/ui"
)

// statementView is an account as its owner reads it: what there is, what comes, what ends, and how it came to this.
type statementView struct {
	points.View
	Policy points.Policy
	// Starts is when pending points become spendable.
	Starts []starting
	Days   []statementDay
	// First says that this is the page with the newest lines; Before is where the next one begins, 0 at the end.
	First  bool
	Before int64
}

// starting is points that become spendable at one instant; the zero instant is an order that has not arrived yet.
type starting struct {
	At     time.Time
	Amount int64
}

// statementDay is one day's lines, newest first. Ago is 0 for today and 1 for yesterday.
type statementDay struct {
	At    time.Time
	Ago   int
	Lines []statementLine
}

// statementLine is a line in words: a text key and what it names.
type statementLine struct {
	points.Line
	Key, Name string
	Burnt     bool
	// Midnight says that the points ended with the day before At: that day is the line's.
	Midnight bool
}

// statement shows the account's story, newest first, a page at a time.
func (s *Server) statement(c *fiber.Ctx) error {
	ctx, me := c.UserContext(), s.me(c)
	balance, err := s.Points.Balance(ctx, me.ID)
	if err != nil {
		return err
	}
	before, _ := strconv.ParseInt(c.Query("before"), 10, 64) // what is no number begins at the newest
	lines, err := s.Points.Statement(ctx, me.ID, max(0, before), points.StatementPage)
	if err != nil {
		return err
	}
	view := statementView{View: balance, Policy: s.Points.Policy, First: before <= 0}
	if view.Starts, err = s.starts(ctx, balance); err != nil {
		return err
	}
	if n := len(lines); n > 0 && lines[n-1].Seq > 1 {
		view.Before = lines[n-1].Seq
	}
	name := func(ref string) string { return s.refName(ctx, s.lang(c), ref) }
	view.Days = daysOf(tell(lines, name), s.Zone, s.Now())
	return s.page(c, "statement", ui.Page{Title: "statement.title", Data: view})
}

// starts asks the account's last record when its pending points begin, which the balance does not say.
func (s *Server) starts(ctx context.Context, balance points.View) ([]starting, error) {
	if balance.Pending == 0 {
		return nil, nil
	}
	last, err := s.Points.Journal.Last(ctx, points.Stream(balance.Account))
	if err != nil {
		return nil, err
	}
	state, err := points.StateOf(last)
	if err != nil {
		return nil, err
	}
	return startsOf(state, s.Now()), nil
}

// startsOf is what becomes spendable when, soonest first; what waits for its order is last.
func startsOf(state points.State, now time.Time) []starting {
	settled, _ := state.Settle(now)
	slices.SortStableFunc(settled.Lots, func(a, b points.Lot) int { return a.From.Compare(b.From) })
	var all []starting
	var from time.Time
	for _, l := range settled.Lots {
		if !l.From.After(now) {
			continue
		}
		if len(all) == 0 || !l.From.Equal(from) {
			from = l.From
			all = append(all, starting{At: from})
		}
		all[len(all)-1].Amount += l.Amount
	}
	if n := len(all); n > 0 && from.Equal(points.Never) {
		all[n-1].At = time.Time{}
	}
	return all
}

// refName is what a line's reference is called: a quiz's title, an order's number, a reward's name. What cannot be
// found has no name; the line is told without it.
func (s *Server) refName(ctx context.Context, lang, ref string) string {
	family, rest, _ := strings.Cut(ref, "/")
	id, _, _ := strings.Cut(rest, "/")
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
	case "order":
		name = rest
	}
	return name
}

// tell puts lines into words. Points are held for a prize and captured at once; to the person this is one thing.
func tell(lines []points.Line, name func(ref string) string) []statementLine {
	var told []statementLine
	names := map[string]string{}
	for i, line := range lines {
		if i > 0 && isPaid(lines[i-1], line) {
			told[len(told)-1].Line = line
			told[len(told)-1].Key = "statement.prize"
			if told[len(told)-1].Name == "" {
				told[len(told)-1].Key += "_any"
			}
			continue
		}
		if _, asked := names[line.Ref]; !asked {
			names[line.Ref] = name(line.Ref)
		}
		told = append(told, inWords(line, names[line.Ref]))
	}
	return told
}

// isPaid reports whether a capture and the line before it are the two halves of one prize.
func isPaid(capture, hold points.Line) bool {
	return capture.Kind == string(points.KindCapture) && hold.Kind == string(points.KindHold) && capture.Ref == hold.Ref &&
		strings.HasPrefix(hold.Ref, catalog.RedemptionFamily+"/")
}

// inWords chooses the text of a line, the one without a name where there is none to say.
func inWords(line points.Line, name string) statementLine {
	told := statementLine{Line: line, Name: name, Key: "statement." + topic(line)}
	told.Burnt = line.Kind == string(points.KindForfeit) || line.Why == points.WhyBurns
	if reason := ownWords(line); name == "" && reason != "" {
		told.Name = reason
	}
	if named[told.Key] && told.Name == "" {
		told.Key += "_any"
	}
	return told
}

// ownWords is the reason that a person wrote for a correction by hand.
func ownWords(line points.Line) string {
	if line.Source != points.SourceGrant || strings.Contains(line.Ref, "/") {
		return ""
	}
	return line.Ref
}

// named are the texts that have a name in them; each has a sister "_any" that has none.
var named = map[string]bool{
	"statement.game": true, "statement.practice": true, "statement.order": true, "statement.order_pending": true,
	"statement.delivered": true, "statement.prize": true, "statement.set_aside": true, "statement.captured": true,
	"statement.released": true, "statement.refunded": true, "statement.left": true, "statement.reversed": true,
	"statement.granted": true,
}

// topic is what a line is about.
func topic(line points.Line) string {
	switch line.Why {
	case points.WhyExpires, points.WhyBurns, points.WhyActive, points.WhyRepaid:
		return string(line.Why)
	}
	switch points.Kind(line.Kind) {
	case points.KindAward:
		return awarded(line)
	case points.KindPlayed:
		return "practice"
	case points.KindDeliver:
		return "delivered"
	case points.KindSpend:
		return "prize"
	case points.KindHold, points.KindResize:
		return "set_aside"
	case points.KindCapture:
		return "captured"
	case points.KindRelease:
		return "released"
	case points.KindRefund:
		return "refunded"
	case points.KindVoid:
		return "void"
	case points.KindForfeit:
		return "left"
	case points.KindReverse:
		return "reversed"
	case points.KindWarn:
		return "warned"
	}
	return "other"
}

// awarded is what an award was for.
func awarded(line points.Line) string {
	switch line.Source {
	case points.SourceGame:
		return "game"
	case points.SourcePurchase:
		if line.Amount == 0 {
			return "order_pending"
		}
		return "order"
	case points.SourceChallenge:
		return "challenge"
	case points.SourceGrant:
		return "granted"
	}
	return "other"
}

// daysOf groups lines by the programme's day.
func daysOf(lines []statementLine, zone calendar.Zone, now time.Time) []statementDay {
	var days []statementDay
	for _, line := range lines {
		at := line.At
		if line.Why == points.WhyBurns || line.Why == points.WhyExpires {
			at = at.Add(-time.Millisecond)
			line.Midnight = zone.Date(at) != zone.Date(line.At)
		}
		date := zone.Date(at)
		if n := len(days); n == 0 || zone.Date(days[n-1].At) != date {
			days = append(days, statementDay{At: at, Ago: date.DaysUntil(zone.Date(now))})
		}
		last := &days[len(days)-1]
		last.Lines = append(last.Lines, line)
	}
	return days
}
