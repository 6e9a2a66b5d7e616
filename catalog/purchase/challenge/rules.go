package challenge

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/points"
)

// The bounds of a challenge.
const (
	MaxSteps  = 12
	MaxTarget = 1_000_000
	MaxPoints = 1_000_000
	// MaxDays is the longest period.
	MaxDays = 400
	// maxVersions bounds what one document holds.
	maxVersions = 100
	maxWords    = 50
	maxName     = 120
	maxAbout    = 2000
	maxWord     = 120
)

// Live are the newest published terms; found is false for a challenge that was never published.
func (c Challenge) Live() (t Terms, found bool) {
	if len(c.Versions) == 0 {
		return Terms{}, false
	}
	return c.Versions[len(c.Versions)-1], true
}

// At are the terms of one version; found is false where that was never published.
func (c Challenge) At(version int) (t Terms, found bool) {
	for _, t := range c.Versions {
		if t.Version == version {
			return t, true
		}
	}
	return Terms{}, false
}

// Shown are the terms that an author looks at: the draft, else what is published.
func (c Challenge) Shown() Terms {
	if c.Draft != nil {
		return *c.Draft
	}
	t, _ := c.Live()
	return t
}

// Phase is what the challenge is at an instant.
func (c Challenge) Phase(now time.Time, z calendar.Zone) Phase {
	t, published := c.Live()
	switch {
	case !published:
		return PhaseDraft
	case !c.Stopped.IsZero() && c.Stopped.Before(z.EndOf(t.To)):
		return PhaseStopped
	case now.Before(z.StartOf(t.From)):
		return PhaseComing
	case now.Before(z.EndOf(t.To)):
		return PhaseLive
	}
	return PhaseEnded
}

// bounds are the instants between which something counts under these terms; stopping ends them early.
func (c Challenge) bounds(t Terms, z calendar.Zone) (from, to time.Time) {
	from, to = z.StartOf(t.From), z.EndOf(t.To)
	if !c.Stopped.IsZero() && c.Stopped.Before(to) {
		to = c.Stopped
	}
	return from, to
}

// Has reports whether an account is in the audience of these terms.
func (t Terms) Has(p Person, z calendar.Zone) bool {
	a := t.Audience
	if !p.Active || p.Company != a.Companies {
		return false
	}
	if a.Newcomers && (p.Joined.Before(z.StartOfMonth(t.From.Month())) || !p.Joined.Before(z.EndOf(t.To))) {
		return false
	}
	return among(a.Regions, p.Region) && among(a.Sizes, p.Size) && among(a.Industries, p.Industry)
}

// counts reports whether a line is one of the goods.
func (g Goods) counts(b Bought) bool {
	return among(g.Products, b.Product) && among(g.Groups, b.Group) && among(g.Suppliers, b.Supplier) &&
		among(g.Channels, b.Channel) && among(g.Regions, b.Region)
}

// among compares as the rules of purchases do, without regard to case.
func among(all []string, one string) bool {
	return len(all) == 0 || slices.ContainsFunc(all, func(w string) bool { return strings.EqualFold(w, one) })
}

// target is where a step lies, once it is known how much there is to read; 0 is nowhere yet.
func (t Terms) target(s Step, p Progress) int64 {
	if t.Goal == GoalRead && s.Target == 0 {
		return p.Of
	}
	return s.Target
}

// Most is what reaching every step brings.
func (t Terms) Most() int64 {
	var sum int64
	for _, s := range t.Steps {
		sum += s.Points
	}
	return sum
}

// check refuses what could never be published; a draft may lack names and steps.
func (t Terms) check(draft bool) error {
	if err := t.checkWords(draft); err != nil {
		return err
	}
	if days := t.From.DaysUntil(t.To); days < 0 || days >= MaxDays {
		return fault.New(fault.Invalid, "challenge.period", "most", MaxDays).On("to")
	}
	if t.Goal == GoalRead && t.From.Month() != t.To.Month() {
		return fault.New(fault.Invalid, "challenge.one_month").On("to")
	}
	if t.Audience.Companies && (t.Audience.Newcomers || t.Goal == GoalRead) {
		return fault.New(fault.Invalid, "challenge.for_companies").On("audience")
	}
	if t.Goal != GoalBuy && !t.Goods.empty() {
		return fault.New(fault.Invalid, "challenge.goods").On("goods")
	}
	return t.checkSteps(draft)
}

func (g Goods) empty() bool {
	return len(g.Products)+len(g.Groups)+len(g.Suppliers)+len(g.Channels)+len(g.Regions) == 0
}

func (t Terms) checkWords(draft bool) error {
	if t.Goal != GoalBuy && t.Goal != GoalPlay && t.Goal != GoalRead {
		return fault.New(fault.Invalid, "challenge.goal").On("goal")
	}
	if !draft && len(t.Name) == 0 {
		return fault.New(fault.Invalid, "challenge.name").On("name")
	}
	for _, text := range t.Name {
		if utf8.RuneCountInString(text) > maxName || !utf8.ValidString(text) {
			return fault.New(fault.Invalid, "challenge.long", "most", maxName).On("name")
		}
	}
	for _, text := range t.Description {
		if utf8.RuneCountInString(text) > maxAbout || !utf8.ValidString(text) {
			return fault.New(fault.Invalid, "challenge.long", "most", maxAbout).On("description")
		}
	}
	for field, list := range map[string][]string{
		"products": t.Goods.Products, "groups": t.Goods.Groups, "suppliers": t.Goods.Suppliers, "channels": t.Goods.Channels,
		"goods_regions": t.Goods.Regions, "regions": t.Audience.Regions, "sizes": t.Audience.Sizes,
		"industries": t.Audience.Industries, "funding": {t.Funding},
	} {
		if len(list) > maxWords || slices.ContainsFunc(list, func(w string) bool {
			return utf8.RuneCountInString(w) > maxWord || !utf8.ValidString(w)
		}) {
			return fault.New(fault.Invalid, "challenge.words", "n", maxWords, "most", maxWord).On(field)
		}
	}
	return nil
}

func (t Terms) checkSteps(draft bool) error {
	if len(t.Steps) > MaxSteps || len(t.Steps) == 0 && !draft {
		return fault.New(fault.Invalid, "challenge.steps", "most", MaxSteps).On("steps")
	}
	for i, s := range t.Steps {
		field := fmt.Sprintf("target_%d", i)
		everything := t.Goal == GoalRead && s.Target == 0 && i == len(t.Steps)-1
		switch {
		case s.Target > MaxTarget || s.Target < 1 && !everything:
			return fault.New(fault.Invalid, "challenge.target", "step", i+1, "most", MaxTarget).On(field)
		case i > 0 && !everything && s.Target <= t.Steps[i-1].Target:
			return fault.New(fault.Invalid, "challenge.rising", "step", i+1).On(field)
		case s.Points < 1 || s.Points > MaxPoints:
			return fault.New(fault.Invalid, "challenge.points", "step", i+1, "most", MaxPoints).On(fmt.Sprintf("points_%d", i))
		}
	}
	return nil
}

// next is the decision that an account's progress asks for; kind is empty where nothing is to be written. Measured holds
// the progress under each version of which a step is paid, and under live's. Live is nil for who may be paid nothing
// more. A paid step is judged by the terms it was paid under: no edit of a marketer ever takes points back.
func next(c Challenge, st Standing, live *Terms, measured map[int]Progress) (kind Kind, step StepState) {
	for _, s := range st.Steps {
		t, known := c.At(s.Version)
		if s.Stand == StandPaid && known && t.Goal == GoalBuy && measured[s.Version].Have < s.Target {
			s.Stand = StandTaking
			return KindReopened, s
		}
	}
	if live == nil {
		return "", StepState{}
	}
	for _, step := range live.Steps {
		s := st.Step(step.ID)
		target := live.target(step, measured[live.Version])
		if s.Stand != "" && s.Stand != StandOpen || target < 1 || measured[live.Version].Have < target {
			continue
		}
		return KindPaid, StepState{
			Step: step.ID, Version: live.Version, Target: target, Round: s.Round + 1, Stand: StandPaying,
			Asked: max(0, step.Points-s.Kept), Kept: s.Kept, Source: live.Goal.Source(), Funding: live.Funding,
		}
	}
	return "", StepState{}
}

// month is the one on whose boards points won in a challenge count: its last, or the running one while it goes on.
func (t Terms) month(now calendar.Month) calendar.Month {
	if last := t.To.Month(); last.Before(now) {
		return last
	}
	return now
}

// award is the request that pays a step that was decided on.
func (s StepState) award(id, account string) points.Award {
	a := points.Award{
		Key: awardKey(id, s.Step, s.Round), Account: account, Amount: s.Asked, Source: s.Source, Funding: s.Funding,
		Ref: Stream(id, account),
	}
	if s.Source == points.SourceChallenge {
		a.Month = s.Month
	}
	return a
}
