package leaderboard

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"firebrand/internal/calendar"
	"firebrand/internal/member"
)

// counting gathers a month's final tables from the accounts.
type counting struct {
	count
	roll roll
	sums map[string]part
}

// countMonth reads all accounts and says how a month ended. It asks nothing of Redis.
func (s *Service) countMonth(ctx context.Context, m calendar.Month) (count, error) {
	staff, err := s.readRoll(ctx)
	if err != nil {
		return count{}, err
	}
	n := counting{roll: staff, sums: map[string]part{}, count: count{
		month: m, boards: map[string][]row{}, players: map[string][]string{}, pooled: map[string][]string{},
	}}
	var ids []string
	if err := s.staff(ctx, func(p member.Member) { ids = append(ids, p.ID) }); err != nil {
		return count{}, err
	}
	for batch := range slices.Chunk(ids, drawBatch) {
		people, err := s.names.of(ctx, batch...)
		if err != nil {
			return count{}, err
		}
		for _, id := range batch {
			p, known := people[id]
			if !known {
				continue
			}
			a, err := s.readAccount(ctx, id, m)
			if err != nil {
				return count{}, err
			}
			n.add(s.entryOf(m, p, a))
		}
	}
	n.finish()
	return n.count, nil
}

// add takes an account's standing to its boards, as put.lua does.
func (n *counting) add(e entry) {
	if !e.stands {
		return
	}
	if e.score > 0 {
		for _, b := range e.boards {
			n.boards[b] = append(n.boards[b], rowOf(e.account, e.score))
		}
		if e.company != "" {
			p := n.sums[e.company]
			n.sums[e.company] = part{p.points + total(e.score), p.players + 1}
			n.players[e.company] = append(n.players[e.company], e.account)
		}
	}
	sums := map[string]earned{}
	for _, won := range e.earned {
		for _, b := range won.boards() {
			sum := sums[b]
			sums[b] = earned{points: sum.points + won.points, late: max(sum.late, won.late)}
		}
	}
	for b, sum := range sums {
		if sum.points > 0 {
			n.boards[b] = append(n.boards[b], row{e.account, min(sum.points, MaxPoints), sum.late})
		}
	}
}

func rowOf(account string, score int64) row {
	return row{account, total(score), tieSpan - 1 - score%tieSpan}
}

// finish orders the tables as Redis does: of equal scores the greater account first.
func (n *counting) finish() {
	for _, rows := range n.boards {
		slices.SortFunc(rows, func(a, b row) int {
			return cmp.Or(cmp.Compare(b.Points, a.Points), cmp.Compare(a.Late, b.Late), strings.Compare(b.Account, a.Account))
		})
	}
	n.classes = classesOf(n.roll, n.sums)
	for _, id := range slices.Sorted(maps.Keys(n.players)) {
		slices.Sort(n.players[id])
		c := n.roll.companies[id]
		if _, pool := classOf(c, n.roll.staff[id]); pool {
			n.pooled[c.Region] = append(n.pooled[c.Region], n.players[id]...)
		}
	}
}
