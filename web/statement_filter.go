package web

import (
	"context"
	"html/template"
	"net/url"
	"strconv"
	"time"

	"firebrand/internal/points"
	"firebrand/internal/points/paper"
)

// filterView is what of an account's story is shown, and what else could be.
type filterView struct {
	What    paper.What
	Whats   []whatOption
	Period  string
	Periods []periodOption
	// from ≤ t < to is the period.
	from, to time.Time
}

// whatOption is a kind of lines and its text.
type whatOption struct {
	What paper.What
	Key  string
}

// periodOption is a period's word and its text; Year is set for a year.
type periodOption struct {
	Word, Key, Year string
}

// Narrow reports whether anything is left out.
func (f filterView) Narrow() bool { return f.What != paper.All || f.Period != "" }

// Query is the filter as a link carries it on, empty where everything is shown.
func (f filterView) Query() template.URL {
	q := url.Values{}
	if f.What != paper.All {
		q.Set("what", string(f.What))
	}
	if f.Period != "" {
		q.Set("period", f.Period)
	}
	return template.URL(q.Encode()) //nolint:gosec // encoded by net/url
}

// filter reads what shall be shown; what makes no sense shows everything. Years are offered from the account's first.
func (s *Server) filter(ctx context.Context, account, what, period string) (filterView, error) {
	now := s.Now()
	f := filterView{What: paper.ParseWhat(what)}
	f.Period, f.from, f.to = paper.Period(period, s.Zone, now)
	for _, w := range paper.Whats {
		key := "statement.what_all"
		if w != paper.All {
			key = "statement.what_" + string(w)
		}
		f.Whats = append(f.Whats, whatOption{w, key})
	}
	f.Periods = []periodOption{
		{Word: "", Key: "statement.period_all"}, {Word: paper.ThisMonth, Key: "statement.period_month"},
		{Word: paper.LastMonth, Key: "statement.period_last"},
	}
	first, err := s.Points.Journal.Read(ctx, points.Stream(account), 1, 1)
	if err != nil {
		return f, err
	}
	year := s.Zone.Month(now).Year
	since := year
	if len(first) > 0 {
		since = s.Zone.Month(first[0].At).Year
	}
	for ; year >= since; year-- {
		word := strconv.Itoa(year)
		f.Periods = append(f.Periods, periodOption{Word: word, Key: "statement.period_year", Year: word})
	}
	return f, nil
}
