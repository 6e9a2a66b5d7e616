package paper

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"firebrand/internal/fault"
	"firebrand/internal/journal"
	"firebrand/internal/points"
	"firebrand/web/ui"
)

// table is what a paper shows, in words and figures.
type table struct {
	// facts are labels and what stands beside them; the first one is the title beside the programme's name.
	facts [][]string
	// head names the columns of rows: date, time, what happened, points, change, balance, record.
	head []string
	rows [][]string
	// notes are sentences below.
	notes []string
	// opening and closing are balances.
	opening, closing int64
}

// The columns of a row.
const (
	colDate = iota
	colTime
	colWhat
	colPoints
	colChange
	colBalance
	colRecord
	columns
)

// tableOf works out what the document shows.
func tableOf(d Document, t *ui.Texts) (table, error) {
	first, last, err := d.bounds()
	if err != nil {
		return table{}, err
	}
	lines, err := d.Lines()
	if err != nil {
		return table{}, err
	}
	end := last.View(d.last())
	tab := table{closing: end.Alive, head: d.labels(t, "date", "time", "what", "points", "change", "balance", "record")}
	if !d.From.IsZero() {
		tab.opening = first.View(d.From.Add(-time.Millisecond)).Alive
	}
	for _, told := range Tell(lines, d.names()) {
		if d.What.Has(told.Line) {
			tab.rows = append(tab.rows, d.row(told, t))
		}
	}
	slices.Reverse(tab.rows)
	tab.facts = d.facts(t, tab, end)
	tab.notes = d.labels(t, "seal_text", "check_text", "names_text")
	return tab, nil
}

// bounds are the account's states as the record before the period and the last record left them.
func (d Document) bounds() (first, last points.State, err error) {
	if first, err = points.StateOf(d.Opening); err != nil {
		return first, last, err
	}
	last = first
	if n := len(d.Records); n > 0 {
		last, err = points.StateOf(d.Records[n-1])
	}
	return first, last, err
}

// last is the last instant that is told.
func (d Document) last() time.Time {
	if until := d.until(); until.Equal(d.To) {
		return until.Add(-time.Millisecond)
	}
	return d.Made
}

// Lines are those of the period, newest first: what the records tell, each thing at its own instant, and what fell due
// after the last of them. What does not narrow them.
func (d Document) Lines() ([]points.Line, error) {
	_, last, err := d.bounds()
	if err != nil {
		return nil, err
	}
	lines, err := points.LinesOf(d.Records...)
	if err != nil {
		return nil, err
	}
	slices.Reverse(lines)
	lines = append(fallen(last, d.last()), lines...)
	return slices.DeleteFunc(lines, func(l points.Line) bool { return l.At.Before(d.From) }), nil
}

// fallen are the lines of what the clock did between a state and an instant, newest first.
func fallen(s points.State, until time.Time) []points.Line {
	_, fell := s.Settle(until)
	balance := s.View(s.At).Alive
	var lines []points.Line
	for _, f := range fell {
		change := -f.Amount
		switch {
		case f.Pending:
			change = 0
		case f.Why == points.WhyActive:
			change = f.Amount
		}
		balance += change
		lines = append(lines, points.Line{
			At: f.At, Kind: string(f.Why), Points: f.Amount, Amount: change, Source: f.Source, Why: f.Why, Balance: balance,
			Funding: f.Funding, Pending: f.Pending, Unwritten: true,
		})
	}
	slices.Reverse(lines)
	return lines
}

// names are what the records and the programme say beside the lines.
func (d Document) names() Names {
	return Names{
		Of: func(ref string) string { return clean(d.Names[ref]) },
		Most: func(line points.Line) int64 {
			i, found := slices.BinarySearchFunc(d.Records, line.Seq, func(r journal.Record, seq int64) int { return cmp.Compare(r.Seq, seq) })
			if !found {
				return 0
			}
			most, _ := MostOf(d.Records[i]) // a record that cannot be read was refused before
			return most
		},
	}
}

// row is one line of the table.
func (d Document) row(told Told, t *ui.Texts) []string {
	row := make([]string, columns)
	at := told.At.In(d.Zone.Location())
	row[colDate], row[colTime] = at.Format(time.DateOnly), at.Format("15:04")
	row[colWhat] = told.Say(t, d.Lang) + d.dayEnd(told.Line, t)
	if cut := told.SayCut(t, d.Lang); cut != "" {
		row[colWhat] += ". " + cut
	}
	row[colWhat] = safe(oneLine(row[colWhat]))
	row[colPoints], row[colBalance] = figure(told.Points), figure(told.Balance)
	if told.Amount != 0 {
		row[colChange] = figure(told.Amount)
	}
	if told.Seq > 0 {
		row[colRecord] = figure(told.Seq)
	}
	return row
}

// dayEnd says of what ended at the very end of a day which day that was: its instant is 00:00 of the next. Empty for
// everything else.
func (d Document) dayEnd(line points.Line, t *ui.Texts) string {
	before := line.At.Add(-time.Millisecond)
	if line.Why != points.WhyBurns && line.Why != points.WhyExpires || d.Zone.Date(before) == d.Zone.Date(line.At) {
		return ""
	}
	local := before.In(d.Zone.Location())
	month := t.Say(d.Lang, "format.month_of."+strconv.Itoa(int(local.Month())), nil)
	day := t.Say(d.Lang, "format.day", map[string]any{"day": local.Day(), "month": month})
	return ", " + t.Say(d.Lang, "format.at_day_end", map[string]any{"day": day})
}

// facts say whose paper this is, of what period, and what there was before and after.
func (d Document) facts(t *ui.Texts, tab table, end points.View) [][]string {
	made := d.Made.In(d.Zone.Location()).Format("2006-01-02 15:04") + " " + d.Zone.String()
	seal := d.Head()
	if seal == "" {
		seal = "–"
	}
	facts := [][]string{
		{d.label(t, "title"), safe(clean(d.Brand))},
		{d.label(t, "holder"), safe(clean(d.Holder))},
		{d.label(t, "account"), safe(clean(d.Account))},
		{d.label(t, "period"), d.period(t)},
		{d.label(t, "shown"), d.label(t, "shown_"+whatKey(d.What))},
		{d.label(t, "made"), made},
		{d.label(t, "opening"), figure(tab.opening)},
		{d.label(t, "closing"), figure(tab.closing)},
	}
	for _, more := range []struct {
		key string
		n   int64
	}{{"pending", end.Pending}, {"held", end.Held}, {"debt", end.Debt}} {
		if more.n != 0 {
			facts = append(facts, []string{d.label(t, more.key), figure(more.n)})
		}
	}
	return append(facts, []string{d.label(t, "seal"), seal})
}

// whatKey is the last part of the text key of a kind of lines.
func whatKey(w What) string {
	if w == All {
		return "all"
	}
	return string(w)
}

// period is the period in the first and the last day that it tells of.
func (d Document) period(t *ui.Texts) string {
	to := d.Zone.Date(d.last()).String()
	if d.From.IsZero() {
		return t.Say(d.Lang, "paper.period_all", map[string]any{"to": to})
	}
	return d.Zone.Date(d.From).String() + " – " + to
}

func (d Document) label(t *ui.Texts, name string) string { return t.Say(d.Lang, "paper."+name, nil) }

func (d Document) labels(t *ui.Texts, names ...string) []string {
	labels := make([]string, len(names))
	for i, name := range names {
		labels[i] = d.label(t, name)
	}
	return labels
}

func figure(n int64) string { return strconv.FormatInt(n, 10) }

// oneLine keeps a text within its cell.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return ' '
		}
		return r
	}, text)
}

// clean makes a name one line of bounded length.
func clean(name string) string {
	name = oneLine(name)
	if runes := []rune(name); len(runes) > mostName {
		name = string(runes[:mostName])
	}
	return strings.TrimSpace(name)
}

// safe keeps a cell from being taken for a formula by whoever opens the table.
func safe(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

// check refuses a document that cannot be put on paper.
func (d Document) check() error {
	switch {
	case !spoken(d.Lang):
		return fault.New(fault.Invalid, "paper.lang").On("lang")
	case d.Account == "" || d.Made.IsZero():
		return fault.New(fault.Invalid, "paper.unnamed").On("account")
	case d.strayed():
		return fault.New(fault.Invalid, "paper.strayed").On("period")
	}
	return nil
}

// strayed reports whether a record lies outside of the account or the period.
func (d Document) strayed() bool {
	inside := func(r journal.Record) bool {
		return r.Stream == points.Stream(d.Account) && !r.At.Before(d.From) && !r.At.After(d.last())
	}
	if d.Opening.Seq > 0 && (d.Opening.Stream != points.Stream(d.Account) || !d.Opening.At.Before(d.From)) {
		return true
	}
	return slices.ContainsFunc(d.Records, func(r journal.Record) bool { return !inside(r) })
}
