package leaderboard

import (
	"context"
	"time"

	"firebrand/internal/calendar"
	"firebrand/internal/journal"
)

// Handle gives the service one record, as the journal does.
func Handle(s *Service, ctx context.Context, rec journal.Record) error { return s.handle(ctx, rec) }

// Fill puts totals on everyone's board and declares it drawn, for benchmarks.
func Fill(s *Service, ctx context.Context, m calendar.Month, totals map[string]int64) error {
	entries := make([]entry, 0, len(totals))
	start := s.Zone.StartOfMonth(m)
	for id, points := range totals {
		entries = append(entries, entry{
			account: id, seq: 1, boards: []string{All}, score: score(points, start.Add(time.Hour), start),
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
	return s.put(ctx, m, entry{account: id, seq: seq, boards: []string{All}, score: score(points, start.Add(time.Hour), start)})
}
