package web

import (
	"slices"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/points"
	"firebrand/web/ui"
)

// policiesView is the policy of points that holds now, those to come and those before.
type policiesView struct {
	Now      policyCard
	Versions []policyRow
}

// policyCard is a policy in plain words.
type policyCard struct {
	points.Policy
	ByName string
	Facts  []policyFact
	Phase  string
}

// policyFact is one decision of a policy: what it is about, what it says, and an example with dates.
type policyFact struct{ Label, Says, Example string }

// policyRow is a version in the list.
type policyRow struct {
	points.Policy
	ByName, Phase string
}

// policies shows how long points live now, and what was decided before and for later.
func (s *Server) policies(c *fiber.Ctx) error {
	list, err := s.policyList(c)
	if err != nil {
		return err
	}
	now := s.Points.PolicyAt(s.Now())
	view := policiesView{Now: s.policyCard(c, list, now)}
	for _, p := range slices.Backward(list) {
		view.Versions = append(view.Versions, policyRow{p, s.nameOf(c.UserContext(), p.By), s.policyPhase(list, p)})
	}
	return s.page(c, "studio_policies", ui.Page{Title: "policies.title", Wide: true, Data: view})
}

// policyList are all versions, the oldest first; a site without versions has the one that it was started with.
func (s *Server) policyList(c *fiber.Ctx) ([]points.Policy, error) {
	if s.Points.Policies == nil {
		return []points.Policy{s.Points.PolicyAt(s.Now())}, nil
	}
	return s.Points.Policies.List(c.UserContext())
}

// policyPhase is what became of a version by now: "now", "planned", "past" or "never". A later version that began no
// later took its place.
func (s *Server) policyPhase(list []points.Policy, p points.Policy) string {
	switch {
	case slices.ContainsFunc(list, func(q points.Policy) bool { return q.Version > p.Version && !q.From.After(p.From) }):
		return "never"
	case p.From.After(s.Now()):
		return "planned"
	case s.Points.PolicyAt(s.Now()).Version == p.Version:
		return "now"
	}
	return "past"
}

func (s *Server) policyCard(c *fiber.Ctx, list []points.Policy, p points.Policy) policyCard {
	return policyCard{p, s.nameOf(c.UserContext(), p.By), s.teller(s.lang(c)).policy(p, s.Zone, s.Now()), s.policyPhase(list, p)}
}

// policyVersion shows one version as it is for ever.
func (s *Server) policyVersion(c *fiber.Ctx) error {
	version, _ := strconv.Atoi(c.Params("version"))
	list, err := s.policyList(c)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(p points.Policy) bool { return p.Version == version })
	if i < 0 {
		return fault.New(fault.NotFound, "policies.no_version")
	}
	return s.page(c, "studio_policy", ui.Page{Title: "policies.version_title", Wide: true, Data: s.policyCard(c, list, list[i])})
}

// policySources are the sources that a policy's form has rows for; the first, without a name, is every other one.
var policySources = []points.Source{
	"", points.SourceGame, points.SourcePurchase, points.SourceChallenge, points.SourceGrant, points.SourceRefund,
}

// sourceWord names a source in text keys and form fields.
func sourceWord(s points.Source) string {
	if s == "" {
		return "all"
	}
	return string(s)
}

// policy puts a policy into plain words, each with an example: what would follow from what happened at now.
func (w teller) policy(p points.Policy, zone calendar.Zone, now time.Time) (facts []policyFact) {
	zone = p.In(zone)
	today := zone.Date(now)
	add := func(label, says, example string) {
		facts = append(facts, policyFact{w.say(label), says, example})
	}
	for _, source := range policySources {
		if source != "" && !slices.ContainsFunc(p.Lives, func(l points.Life) bool { return l.Source == source }) {
			continue
		}
		life := p.LifeOf(source)
		add("policies.source_"+sourceWord(source), w.life(life),
			w.say("policies.life_example", "day", w.day(now), "until", w.day(p.Expiry(zone, source, now).Add(-time.Millisecond))))
	}
	if len(p.Lives) == 0 {
		facts = facts[:1]
	}
	for _, limit := range p.Caps {
		add("policies.cap", w.say("policies.cap_says", "n", limit.Month, "source", w.say("policies.from_"+string(limit.Source))), "")
	}
	add("policies.idle", w.say("policies.idle_says", "n", p.IdleDays),
		w.say("policies.idle_example", "day", w.day(now), "until", w.day(zone.StartOf(today.Add(p.IdleDays)))))
	warning := w.say("policies.warn_none")
	if p.Warnings {
		warning = w.say("policies.warn_says", "n", p.WarnDays)
	}
	add("policies.warn", warning, "")
	add("policies.settle", w.say("policies.settle_says", "day", p.SettleDay),
		w.say("policies.settle_example", "day", w.day(now), "active", w.day(p.Settles(zone, now))))
	add("policies.returns", w.say("policies.returns_"+string(p.Returns)), "")
	add("policies.grace", w.say("policies.grace_says", "n", p.GraceDays), "")
	add("policies.second", w.say("policies.second_says", "n", p.SecondAbove), w.say("policies.most_says", "n", p.ManualMost))
	if p.Zone != "" {
		add("policies.zone", p.Zone, "")
	}
	return facts
}

// life is how long points live, in words.
func (w teller) life(l points.Life) string {
	if l.Kind == points.LifeDates {
		return w.say("policies.life_dates", "dates", typedDates(l.Dates))
	}
	return w.say("policies.life_"+string(l.Kind), "n", l.N)
}
