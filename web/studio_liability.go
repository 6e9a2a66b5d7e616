package web

import (
	"bytes"
	"encoding/csv"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/points"
	"firebrand/internal/points/liability"
	"firebrand/web/ui"
)

// liabilityView is what is owed on a day, with the chart of when it ends.
type liabilityView struct {
	liability.Liability
	// Day is the day asked for, as the picker writes it; the answer holds for its end, or for now where it is today.
	Day string
	// Today and Coming say where that lies from now.
	Today, Coming bool
	Funding       string
	// Fundings are the sources to choose from.
	Fundings []string
	Chart    barChart
}

// barChart is a chart of stacked bars, in units of its own box.
type barChart struct {
	Width, Height int64
	Bars          []stackedBar
}

// stackedBar is one month: its place and the heights of its parts from the ground up.
type stackedBar struct {
	X, Width int64
	Parts    []barPart
	// Month is zero for what has no dates.
	Month calendar.Month
}

// Middle is where the bar's word stands.
func (b stackedBar) Middle() int64 { return b.X + b.Width/2 }

// Ground is the line on which the bar's word stands.
func (b stackedBar) Ground() int64 { return chartHeight + chartWords - 6 }

// barPart is one part of a bar; Class is its style.
type barPart struct {
	Y, Height int64
	Class     string
}

// liability shows what is owed at the end of a day.
func (s *Server) liability(c *fiber.Ctx) error {
	view, err := s.owed(c)
	if err != nil {
		return s.again(c, err, "studio_liability", ui.Page{Title: "money.liability", Wide: true, Data: view})
	}
	return s.page(c, "studio_liability", ui.Page{Title: "money.liability", Wide: true, Data: view})
}

// owed works out what the query asks for.
func (s *Server) owed(c *fiber.Ctx) (liabilityView, error) {
	now, today := s.Now(), s.Zone.Date(s.Now())
	view := liabilityView{Day: c.Query("day", today.String()), Funding: c.Query("funding")}
	day, err := calendar.ParseDate(view.Day)
	if err != nil || day.Year < 2000 || day.Year > 2200 {
		return view, fault.New(fault.Invalid, "money.day_wrong").On("day")
	}
	at := s.Zone.EndOf(day).Add(-time.Millisecond)
	view.Today, view.Coming = day == today, today.Before(day)
	if view.Today {
		at = now
	}
	whole, err := liability.At(c.UserContext(), s.Points, at, liability.Options{})
	if err != nil {
		return view, err
	}
	for _, f := range whole.ByFunding {
		if f.Name != "" {
			view.Fundings = append(view.Fundings, f.Name)
		}
	}
	view.Liability = whole
	if view.Funding != "" {
		view.Liability, err = liability.At(c.UserContext(), s.Points, at, liability.Options{Funding: view.Funding})
	}
	view.Chart = chartMonths(view.ByMonth)
	return view, err
}

const (
	chartBar, chartGap, chartHeight, chartWords = 48, 16, 160, 24
	// chartMost is how many months are drawn; the table has them all.
	chartMost = 18
)

// chartMonths draws what ends in which month.
func chartMonths(months []liability.MonthRow) barChart {
	months = months[:min(len(months), chartMost)]
	var most int64 = 1
	for _, m := range months {
		most = max(most, m.All())
	}
	chart := barChart{Width: max(1, int64(len(months))*(chartBar+chartGap)), Height: chartHeight + chartWords}
	for i, m := range months {
		bar := stackedBar{X: int64(i)*(chartBar+chartGap) + chartGap/2, Width: chartBar, Month: m.Month}
		y := int64(chartHeight)
		for _, part := range []struct {
			n     int64
			class string
		}{{m.Alive, "alive"}, {m.Pending, "pending"}, {m.Held, "held"}} {
			if part.n == 0 {
				continue
			}
			height := max(1, part.n*chartHeight/most)
			y -= height
			bar.Parts = append(bar.Parts, barPart{y, height, part.class})
		}
		chart.Bars = append(chart.Bars, bar)
	}
	return chart
}

// liabilityFile gives the same as a table for a spreadsheet.
func (s *Server) liabilityFile(c *fiber.Ctx) error {
	view, err := s.owed(c)
	if err != nil {
		return err
	}
	c.Set("Content-Type", "text/csv; charset=utf-8")
	c.Attachment("liability-" + view.Day + ".csv")
	lang := s.lang(c)
	say := func(key string) string { return s.UI.Texts.Say(lang, key, nil) }
	return c.Send(liabilityTable(view.Liability, say))
}

// liabilityTable writes one row for each part of the whole, headed in the reader's language, with a byte order mark,
// without which spreadsheets take it for another alphabet.
func liabilityTable(l liability.Liability, say func(string) string) []byte {
	var out bytes.Buffer
	out.WriteString("\ufeff")
	w := csv.NewWriter(&out)
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	row := func(part, name string, a liability.Amounts) {
		_ = w.Write([]string{part, plainCell(name), number(a.Alive), number(a.Pending), number(a.Held), number(a.All())})
	}
	_ = w.Write([]string{say("money.part"), say("money.name"), say("money.alive"), say("money.pending"), say("money.held"), say("money.all")})
	row(say("money.whole"), l.At.UTC().Format(time.RFC3339), l.Amounts)
	for _, m := range l.ByMonth {
		name := say("money.no_date")
		if !m.Month.IsZero() {
			name = m.Month.String()
		}
		row(say("money.by_month"), name, m.Amounts)
	}
	for _, f := range l.ByFunding {
		row(say("money.by_funding"), f.Name, f.Amounts)
	}
	for _, f := range l.BySource {
		row(say("money.by_source"), say(sourceKey(f.Name)), f.Amounts)
	}
	_ = w.Write([]string{say("money.debt"), "", "", "", "", number(l.Debt)})
	w.Flush()
	return out.Bytes()
}

// plainCell keeps a spreadsheet from reading a name as a formula.
func plainCell(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}

// sourceKey is the text of a source of points.
func sourceKey(source string) string {
	switch points.Source(source) {
	case points.SourceGame, points.SourcePurchase, points.SourceChallenge, points.SourceGrant, points.SourceRefund:
		return "money.source." + source
	}
	return "money.source.other"
}
