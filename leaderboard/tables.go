package leaderboard

import (
	"context"
	"fmt"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/store"
)

// Family is the journal family of closed months, a stream "board/<month>" each; journal.Open must name it.
const Family = "board"

// closedStream is the stream of a month.
func closedStream(m calendar.Month) string { return Family + "/" + m.String() }

// pageRows is how many rows one document holds.
const pageRows = 1000

// Tables keeps the final tables of closed months, for ever.
type Tables struct {
	pages *store.Collection[page]
}

// page is a piece of a final table. Run is whose counting it is of: only the one that the journal names counts.
type page struct {
	Month string `json:"month"`
	Run   string `json:"run"`
	Board string `json:"board"`
	Page  int    `json:"page"`
	Rows  []row  `json:"rows,omitempty"`
	// Teams are those of a class of the league.
	Teams []Team `json:"teams,omitempty"`
}

// row is a place on a final table.
type row struct {
	Account string `json:"account"`
	Points  int64  `json:"points"`
	// Late is when it was reached, in milliseconds from the month's start.
	Late int64 `json:"late"`
}

// OpenTables opens the collection of final tables.
func OpenTables(ctx context.Context, e store.Engine) (*Tables, error) {
	pages, err := store.OpenCollection[page](ctx, e, store.Spec{Name: "board_tables", Indexes: []store.Index{
		{Name: "month", Fields: []string{"month", "run"}},
	}})
	if err != nil {
		return nil, err
	}
	return &Tables{pages}, nil
}

func pageID(month, run, board string, n int) string {
	return fmt.Sprintf("%s/%s/%s/%06d", month, run, board, n)
}

// add writes a page; repeated it does nothing.
func (t *Tables) add(ctx context.Context, p page) error {
	err := t.pages.Insert(ctx, pageID(p.Month, p.Run, p.Board, p.Page), p)
	if f := fault.As(err); f != nil && f.Kind == fault.Conflict {
		return nil
	}
	return err
}

// board calls each with a board's pages in their order, until its total is reached.
func (t *Tables) board(ctx context.Context, month, run, board string, total int, each func(page)) error {
	for n := 0; n*pageRows < total; n++ {
		e, err := t.pages.Get(ctx, pageID(month, run, board, n))
		if err != nil {
			return err
		}
		each(e.Value)
	}
	return nil
}

// tidy deletes what other countings of a month than run left behind.
func (t *Tables) tidy(ctx context.Context, month, run string) error {
	var after *store.Position
	for {
		found, err := t.pages.Find(ctx, store.Query{Index: "month", Equal: []any{month}, After: after, Limit: 20})
		if err != nil || len(found) == 0 {
			return err
		}
		for _, e := range found {
			if e.Value.Run != run {
				if err := t.pages.Delete(ctx, e.ID); err != nil && !fault.Is(err, fault.NotFound) {
					return err
				}
			}
			after = &store.Position{Values: []any{e.Value.Run}, ID: e.ID}
		}
	}
}
