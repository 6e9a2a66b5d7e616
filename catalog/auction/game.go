package auction

import (
	"context"

	"firebrand/content"
	"firebrand/game"
	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/journal"
)

// Played is Game over the journal of play and the month's edition.
type Played struct {
	Journal *journal.Journal
	Content *content.Service
}

// Finished reports whether the member finished one of the edition's quizzes for points.
func (p Played) Finished(ctx context.Context, member string, month calendar.Month) (bool, error) {
	edition, err := p.Content.Edition(ctx, month)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	for _, quiz := range edition.Quizzes {
		last, err := p.Journal.Last(ctx, game.Stream(quiz, month, member))
		if err != nil {
			return false, err
		}
		if last.Seq == 0 {
			continue
		}
		a, err := game.AttemptOf(last)
		if err != nil {
			return false, err
		}
		if a.State == game.StateFinished {
			return true, nil
		}
	}
	return false, nil
}
