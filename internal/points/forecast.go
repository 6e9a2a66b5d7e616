package points

import (
	"context"
	"slices"
	"time"

	"firebrand/internal/calendar"
)

// Forecast is what the clock will do to an account if nobody does anything.
type Forecast struct {
	Account string
	At      time.Time
	// Alive is what can be spent now.
	Alive int64
	// Events come in their order. A burn that is not Certain stands beside the other events, which are those of a life
	// without it: the points that it names may appear again where they expire.
	Events []Event
	// Losses gather what is lost at one instant, soonest first: "120 points burn on Friday at midnight; one finished game
	// saves 80 of them".
	Losses []Loss
	// IdleUntil is until when no play is needed, and PlayedIdleUntil what a game finished now would make of it.
	IdleUntil, PlayedIdleUntil time.Time
}

// Event is one thing that will happen to points at an instant.
type Event struct {
	At time.Time
	// Amount is in points.
	Amount int64
	// Why is WhyExpires, WhyBurns, WhyActive or WhyRepaid.
	Why Why
	// Saves is how much of it would not be lost then if one game were finished now.
	Saves int64
	// Certain is false where points burn only if their owner is warned before.
	Certain bool
}

// Loss is what expires and burns at one instant.
type Loss struct {
	At            time.Time
	Amount, Saves int64
	// Burns is how much of Amount burns for want of play; the rest expires.
	Burns int64
	// Certain as in Event; where any of it is, the instant is.
	Certain bool
}

// Forecast is what the clock will do to the account from an instant on, under a policy and its zone. What a finished
// game saves is found by finishing one: the same rules carry it out on a copy.
func (s State) Forecast(at time.Time, p Policy, z calendar.Zone) Forecast {
	now, _ := s.Settle(calendar.Milli(at))
	played := now.afterGame(p, z)
	f := Forecast{
		Account: s.Owner, At: now.At, Alive: now.alive(now.At), IdleUntil: now.IdleUntil, PlayedIdleUntil: played.IdleUntil,
		Events: now.toCome(),
	}
	f.save(played.toCome())
	if burn, ok := now.unwarned(p, z); ok {
		burn.Saves = burn.Amount
		if later, ok := played.unwarned(p, z); ok && later.At.Equal(burn.At) {
			burn.Saves = max(burn.Amount-later.Amount, 0)
		}
		f.Events = append(f.Events, burn)
		slices.SortStableFunc(f.Events, func(a, b Event) int { return a.At.Compare(b.At) })
	}
	f.Losses = losses(f.Events)
	return f
}

// afterGame is the account had its owner just finished a game that brings nothing.
func (s State) afterGame(p Policy, z calendar.Zone) State {
	c, err := Apply(s, Op{Kind: KindPlayed, Key: "forecast", Account: "forecast", Played: true}, s.At, p, z)
	if err != nil {
		return s
	}
	return c.After
}

// toCome is all that the clock will do to a settled state, but for burns that were not announced.
func (s State) toCome() []Event {
	_, fell := s.Settle(Never.Add(-time.Millisecond))
	var events []Event
	for _, f := range fell {
		if n := len(events); n > 0 && events[n-1].At.Equal(f.At) && events[n-1].Why == f.Why {
			events[n-1].Amount += f.Amount
			continue
		}
		events = append(events, Event{At: f.At, Amount: f.Amount, Why: f.Why, Certain: true})
	}
	return merged(events)
}

// merged makes one event of those of one instant and reason that did not stand beside each other.
func merged(events []Event) []Event {
	var all []Event
	for _, e := range events {
		i := slices.IndexFunc(all, func(o Event) bool { return o.At.Equal(e.At) && o.Why == e.Why })
		if i < 0 {
			all = append(all, e)
			continue
		}
		all[i].Amount += e.Amount
	}
	return all
}

// save compares what is lost with what would be lost after a game.
func (f *Forecast) save(played []Event) {
	for i, e := range f.Events {
		if e.Why != WhyBurns && e.Why != WhyExpires {
			continue
		}
		then := int64(0)
		for _, o := range played {
			if o.Why == e.Why && o.At.Equal(e.At) {
				then = o.Amount
			}
		}
		f.Events[i].Saves = max(e.Amount-then, 0)
	}
}

// unwarned is the burn that the next warning would announce, written as soon as it falls due; ok is false where none can.
func (s State) unwarned(p Policy, z calendar.Zone) (burn Event, ok bool) {
	due := s.WarnsAt(p)
	if due.IsZero() {
		return Event{}, false
	}
	c, err := Apply(s, Op{Kind: KindWarn, Key: "forecast", Account: "forecast"}, later(due, s.At), p, z)
	if err != nil {
		return Event{}, false
	}
	for _, e := range c.After.toCome() {
		if e.Why == WhyBurns {
			e.Certain = false
			return e, true
		}
	}
	return Event{}, false
}

// losses gathers what is lost at one instant.
func losses(events []Event) []Loss {
	var all []Loss
	for _, e := range events {
		if e.Why != WhyBurns && e.Why != WhyExpires {
			continue
		}
		if n := len(all); n == 0 || !all[n-1].At.Equal(e.At) {
			all = append(all, Loss{At: e.At})
		}
		l := &all[len(all)-1]
		l.Amount, l.Saves, l.Certain = l.Amount+e.Amount, l.Saves+e.Saves, l.Certain || e.Certain
		if e.Why == WhyBurns {
			l.Burns += e.Amount
		}
	}
	return all
}

// Forecast is what the clock will do to an account from now on, by the policy in force.
func (s *Service) Forecast(ctx context.Context, account string) (Forecast, error) {
	state, err := s.now(ctx, account)
	if err != nil {
		return Forecast{}, err
	}
	p, zone, err := s.rulesAt(ctx, state.At)
	if err != nil {
		return Forecast{}, err
	}
	return state.Forecast(state.At, p, zone), nil
}
