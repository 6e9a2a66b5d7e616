package leaderboard

import (
	"context"
	"time"

	"firebrand/internal/calendar"
	"firebrand/internal/journal"
	"firebrand/internal/store"
)

// Handle gives the service one record, as the journal does, and lets it reach the boards alone.
func Handle(s *Service, ctx context.Context, rec journal.Record) error {
	if err := s.handle(ctx, rec); err != nil {
		return err
	}
	return s.flush(ctx)
}

// Fill puts totals on everyone's board and declares it drawn, for benchmarks.
func Fill(s *Service, ctx context.Context, m calendar.Month, totals map[string]int64) error {
	entries := make([]entry, 0, len(totals))
	start := s.Zone.StartOfMonth(m)
	for id, points := range totals {
		entries = append(entries, entry{
			account: id, seq: 1, boards: []string{All}, score: score(points, start.Add(time.Hour), start), stands: true, company: "c" + id[len(id)-2:],
		})
	}
	for len(entries) > 0 {
		n := min(drawBatch, len(entries))
		if err := s.put(ctx, m, entries[:n]...); err != nil {
			return err
		}
		entries = entries[n:]
	}
	return s.Redis.HSet(ctx, metaKey(m), "epoch", "bench").Err()
}

// Put writes one standing, as handling a record does.
func Put(s *Service, ctx context.Context, m calendar.Month, id string, seq, points int64) error {
	start := s.Zone.StartOfMonth(m)
	return s.put(ctx, m, entry{account: id, seq: seq, boards: []string{All}, stands: true, company: "c" + id[len(id)-2:], score: score(points, start.Add(time.Hour), start)})
}

// Pages counts the pages kept of a month.
func Pages(t *Tables, ctx context.Context, m calendar.Month) int {
	found, err := t.pages.Find(ctx, store.Query{Index: "month", Equal: []any{m.String()}})
	if err != nil {
		panic(err)
	}
	return len(found)
}
