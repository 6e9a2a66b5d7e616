package points

import (
	"testing"
	"time"
)

// Each law, broken in a state that keeps the others.
func TestCheckFindsEachBrokenLaw(t *testing.T) {
	_, c := twelveLots(t)
	if err := Check(c.After); err != nil {
		t.Fatal(err)
	}
	for _, b := range []struct {
		why      string
		breakLaw func(*State)
	}{
		{"points made", func(s *State) { s.Lots[3].Amount++ }},
		{"points lost", func(s *State) { s.Burned-- }},
		{"a total below zero", func(s *State) { s.Spent, s.Burned = s.Spent-1, s.Burned+1 }},
		{"a debt below zero", func(s *State) { s.Debt = -1 }},
		{"an empty lot", func(s *State) { s.Earned -= s.Lots[0].Amount; s.Lots[0].Amount = 0 }},
		{"lots out of order", func(s *State) { s.Lots[0], s.Lots[1] = s.Lots[1], s.Lots[0] }},
		{"a lot that outlived its end", func(s *State) { s.At = s.Lots[0].Expires }},
		{"a lot that expires before it is active", func(s *State) { s.Lots[0].From = s.Lots[0].Expires }},
		{"a bought lot on a month's boards", func(s *State) { s.Lots[0].Month = s.Months[0].Month }},
		{"a hold twice", func(s *State) { s.Holds = append(s.Holds, s.Holds[0]); s.Earned += s.Holds[0].Amount() }},
		{"an empty hold", func(s *State) { s.Holds = append(s.Holds, Hold{ID: "x"}) }},
		{"an empty piece", func(s *State) { s.Holds = append(s.Holds, Hold{ID: "x", Pieces: []Lot{{}}}) }},
		{"a burn before idle until", func(s *State) { s.BurnsAt = s.IdleUntil.Add(-time.Millisecond) }},
		{"more lost than won", func(s *State) { s.Months[0].Lost = s.Months[0].Won + 1 }},
		{"too many months", func(s *State) { s.Months = make([]MonthTotal, MonthsKept+1) }},
	} {
		t.Run(b.why, func(t *testing.T) {
			s := deepClone(c.After)
			b.breakLaw(&s)
			if err := Check(s); err == nil {
				t.Errorf("nobody noticed")
			}
		})
	}
}
