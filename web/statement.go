package web

import (
	"context"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"firebrand/internal/calendar"
	"firebrand/internal/member"
	"firebrand/internal/points"
	"firebrand/internal/points/paper"
	"firebrand/web/ui"
)

// purse is an account of points as pages show it: a person's own, or that of the company whose principal they are.
type purse struct {
	ID string
	// Holder is whose it is, in words.
	Holder string
	// Path is where its statement is.
	Path    string
	Company bool
}

// accountOf finds the account that a page is about.
type accountOf func(*Server, *fiber.Ctx) (purse, error)

// mine is the person's own account.
func (s *Server) mine(c *fiber.Ctx) (purse, error) {
	me := s.me(c)
	return purse{ID: me.ID, Holder: me.Name, Path: "/statement"}, nil
}

// ours is the account of the principal's company.
func (s *Server) ours(c *fiber.Ctx) (purse, error) {
	company, err := s.Members.CompanyByID(c.UserContext(), s.me(c).Company)
	return purse{ID: company.ID, Holder: company.Name, Path: "/company", Company: true}, err
}

// statementView is an account as its owner reads it: what there is, what comes, what ends, and how it came to this.
type statementView struct {
	points.View
	Purse purse
	// Principal says that the person has the company's account beside their own.
	Principal bool
	Policy    points.Policy
	Lives     []lifeView
	Forecast  []comingView
	Filter    filterView
	Days      []statementDay
	// First says that this is the page with the newest lines; Before is where the next one begins, 0 at the end.
	First  bool
	Before int64
	// Seal is the last record's hash in groups, empty for an account without records.
	Seal []string
}

// statement shows the account's story, newest first, a page at a time.
func (s *Server) statement(c *fiber.Ctx) error { return s.showStatement(c, (*Server).mine) }

// company shows the same of the principal's company.
func (s *Server) company(c *fiber.Ctx) error { return s.showStatement(c, (*Server).ours) }

func (s *Server) showStatement(c *fiber.Ctx, of accountOf) error {
	ctx := c.UserContext()
	account, err := of(s, c)
	if err != nil {
		return err
	}
	before, _ := strconv.ParseInt(c.Query("before"), 10, 64) // what is no number begins at the newest
	policy := s.Points.PolicyAt(s.Now())
	view := statementView{
		Purse: account, Principal: s.me(c).Role == member.RolePrincipal, Policy: policy, Lives: livesOf(policy, account.Company), First: before <= 0,
	}
	if view.Filter, err = s.filter(ctx, account.ID, c.Query("what"), c.Query("period")); err != nil {
		return err
	}
	if err = s.fillStatement(ctx, &view, max(0, before), s.lang(c)); err != nil {
		return err
	}
	title := "statement.title"
	if account.Company {
		title = "statement.company_title"
	}
	return s.page(c, "statement", ui.Page{Title: title, Data: view})
}

// fillStatement asks the room for the account, what comes, and the lines of the page.
func (s *Server) fillStatement(ctx context.Context, view *statementView, before int64, lang string) (err error) {
	if view.View, err = s.Points.Balance(ctx, view.Purse.ID); err != nil {
		return err
	}
	view.Starts = startsOf(view.Starts)
	if view.First {
		forecast, err := s.Points.Forecast(ctx, view.Purse.ID)
		if err != nil {
			return err
		}
		view.Forecast = comingOf(forecast)
		if view.Seal, err = s.seal(ctx, view.Purse.ID); err != nil {
			return err
		}
	}
	lines, next, err := s.linesOf(ctx, view.Purse.ID, view.Filter, before)
	if err != nil {
		return err
	}
	view.Before = next
	view.Days = daysOf(s.inWords(ctx, view.Purse.ID, lang, lines), view.Purse.Company, s.Zone, s.Now())
	for _, day := range view.Days {
		for i := range day.Lines {
			line := &day.Lines[i]
			line.Said, line.CutSaid = line.Say(s.UI.Texts, lang), line.SayCut(s.UI.Texts, lang)
		}
	}
	return nil
}

// seal is the hash of an account's last record in groups of eight, so that two people can compare it.
func (s *Server) seal(ctx context.Context, account string) ([]string, error) {
	last, err := s.Points.Journal.Last(ctx, points.Stream(account))
	var groups []string
	for hash := last.Hash; len(hash) >= 8; hash = hash[8:] {
		groups = append(groups, hash[:8])
	}
	return groups, err
}

// linesOf is one page of the lines that a filter lets through, newest first, and where the next one begins.
func (s *Server) linesOf(ctx context.Context, account string, f filterView, before int64) (page []points.Line, next int64, err error) {
	if f.Period != "" {
		story, err := s.Points.Story(ctx, account, f.from, f.to)
		if err != nil {
			return nil, 0, err
		}
		doc := paper.Of(story, f.from, f.to)
		doc.Made = calendar.Milli(s.Now())
		lines, err := doc.Lines()
		page, next = pageOf(lines, f.What, before)
		return page, next, err
	}
	for range filterPages {
		lines, err := s.Points.Statement(ctx, account, before, points.StatementPage)
		if err != nil || len(lines) == 0 {
			return page, 0, err
		}
		for _, line := range lines {
			if f.What.Has(line) {
				page = append(page, line)
			}
		}
		before = lines[len(lines)-1].Seq
		if before <= 1 {
			return page, 0, nil
		}
		if len(page) >= points.StatementPage {
			break
		}
	}
	return page, before, nil
}

// filterPages bounds how far back one request looks for lines that are shown; the next page goes on from there.
const filterPages = 20

// pageOf cuts a page out of a period's lines, newest first, where one record ends.
func pageOf(lines []points.Line, what paper.What, before int64) (page []points.Line, next int64) {
	for i, line := range lines {
		if before > 0 && (line.Seq == 0 || line.Seq >= before) || !what.Has(line) {
			continue
		}
		if len(page) >= points.StatementPage && lines[i-1].Seq != line.Seq {
			return page, page[len(page)-1].Seq
		}
		page = append(page, line)
	}
	return page, 0
}

// statementDay is one day's lines, newest first. Ago is 0 for today and 1 for yesterday.
type statementDay struct {
	At    time.Time
	Ago   int
	Lines []statementLine
}

// statementLine is a line in words, and where more about it is told.
type statementLine struct {
	paper.Told
	// Said is the line's sentence, CutSaid why it moved less than was asked for, as the papers say them.
	Said, CutSaid string
	Href          string
	// Parts is how many records the line tells together; 0 where it tells one.
	Parts int
	// Midnight says that the points ended with the day before At: that day is the line's.
	Midnight bool
}

// atOnce is how far apart the records of one report about an order are written at most.
const atOnce = 2 * time.Second

// takes reports whether an older line is told together with this one: an order's points come one record for each who
// pays and each life, which to the person is one thing. What was cut is told by itself.
func (l statementLine) takes(older statementLine) bool {
	one := l.Key == older.Key && l.Ref == older.Ref && l.Cut == "" && older.Cut == "" && l.At.Sub(older.At) <= atOnce
	family, _ := refParts(l.Ref)
	return one && (family == orderRef || l.Why == points.WhyActive)
}

// take adds an older line; the balance stays that after the newest.
func (l *statementLine) take(older statementLine) {
	l.Parts = max(1, l.Parts) + 1
	l.Points += older.Points
	l.Amount += older.Amount
	l.Waited += older.Waited
}

// daysOf groups lines by the programme's day.
func daysOf(lines []paper.Told, company bool, zone calendar.Zone, now time.Time) []statementDay {
	var days []statementDay
	for _, told := range lines {
		line, at := statementLine{Told: told, Href: placeOf(told.Ref, company)}, told.At
		if line.Why == points.WhyBurns || line.Why == points.WhyExpires {
			at = at.Add(-time.Millisecond)
			line.Midnight = zone.Date(at) != zone.Date(line.At)
		}
		date := zone.Date(at)
		if n := len(days); n == 0 || zone.Date(days[n-1].At) != date {
			days = append(days, statementDay{At: at, Ago: date.DaysUntil(zone.Date(now))})
		}
		last := &days[len(days)-1]
		if n := len(last.Lines); n > 0 && last.Lines[n-1].takes(line) {
			last.Lines[n-1].take(line)
			continue
		}
		last.Lines = append(last.Lines, line)
	}
	return days
}
