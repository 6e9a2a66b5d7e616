package web

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"firebrand/internal/fault"
	"firebrand/internal/points"
	"firebrand/web/ui"
)

// policyForm is a policy being written: the next version.
type policyForm struct {
	// V is what stands in the fields, Wrong what is wrong with them, by name.
	V, Wrong map[string]string
	Sources  []policySource
	Kinds    []points.LifeKind
	Modes    []points.Mode
	// Facts are the policy in words, with examples of what is typed.
	Facts []policyFact
}

// policySource is a row of the form.
type policySource struct {
	// Word names the row's fields: "lives.game.kind".
	Word string
	// Capped says that a cap can be set for it.
	Capped bool
}

// lifeKinds and returnModes are the choices of the form in their order.
var (
	lifeKinds   = []points.LifeKind{points.LifeMonthEnd, points.LifeQuarterEnd, points.LifeMonths, points.LifeDays, points.LifeDates}
	returnModes = []points.Mode{points.ModeDebt, points.ModeBalance, points.ModePending}
)

// policyNew opens the form for the next version, filled in from the one in force or from the one asked for.
func (s *Server) policyNew(c *fiber.Ctx) error {
	base := s.Points.PolicyAt(s.Now())
	list, err := s.policyList(c)
	if err != nil {
		return err
	}
	version, _ := strconv.Atoi(c.Query("version"))
	if i := slices.IndexFunc(list, func(p points.Policy) bool { return p.Version == version }); i >= 0 {
		base = list[i]
	}
	values := policyValues(base)
	values.Set("from", s.tomorrow())
	values.Set("base", strconv.Itoa(list[len(list)-1].Version))
	return s.page(c, "studio_policy_new", policyPage(s.policyForm(c, base, values, nil)))
}

func policyPage(form policyForm) ui.Page {
	return ui.Page{Title: "policies.new_title", Wide: true, Data: form}
}

// policyForm gathers what the form shows.
func (s *Server) policyForm(c *fiber.Ctx, p points.Policy, values url.Values, wrong []*fault.Error) policyForm {
	form := policyForm{
		V: map[string]string{}, Wrong: map[string]string{}, Kinds: lifeKinds, Modes: returnModes,
	}
	for at := range values {
		form.V[at] = values.Get(at)
	}
	for _, f := range wrong {
		if form.Wrong[f.Field] == "" {
			form.Wrong[f.Field] = s.say(c, f)
		}
	}
	for _, source := range policySources {
		form.Sources = append(form.Sources, policySource{sourceWord(source), source != ""})
	}
	if len(wrong) == 0 {
		form.Facts = s.teller(s.lang(c)).policy(p, s.Zone, s.Now())
	}
	return form
}

// policyPublish makes what was typed the next version from a date on. The button "look" only works the examples out.
func (s *Server) policyPublish(c *fiber.Ctx) error {
	if _, err := formKey(c); err != nil {
		return err
	}
	values := formOf(c)
	p, wrong := policyFrom(values)
	if err := p.Validate(); err != nil && len(wrong) == 0 {
		wrong = append(wrong, onPolicyField(p, err))
	}
	if values.Get("op") == "look" || len(wrong) > 0 {
		return s.policyAgain(c, p, values, wrong)
	}
	var err error
	if p.From, err = s.instant(values.Get("from")); err == nil {
		err = s.publishPolicy(c, p, values)
	}
	if f := fault.As(err); f != nil && (f.Kind == fault.Invalid || f.Kind == fault.Conflict) {
		return s.policyAgain(c, p, values, []*fault.Error{onPolicyField(p, f)})
	}
	if err != nil {
		return err
	}
	return said(c, "/studio/policies", "said.policies_published")
}

// publishPolicy makes the next version, unless somebody made one since the form was opened: then what was typed is shown
// again, and goes over theirs when it is sent once more. The same form sent twice makes one version.
func (s *Server) publishPolicy(c *fiber.Ctx, p points.Policy, values url.Values) error {
	if s.Points.Policies == nil {
		return fault.New(fault.Conflict, "policies.fixed")
	}
	list, err := s.Points.Policies.List(c.UserContext())
	if err != nil {
		return err
	}
	last := list[len(list)-1]
	if values.Get("base") != strconv.Itoa(last.Version) {
		if samePolicy(last, p) {
			return nil
		}
		values.Set("base", strconv.Itoa(last.Version))
		return fault.New(fault.Conflict, "policies.changed", "version", last.Version)
	}
	_, err = s.Points.Policies.Publish(c.UserContext(), s.me(c).ID, p)
	return err
}

// samePolicy compares what a form decides.
func samePolicy(a, b points.Policy) bool {
	a.Version, b.Version = 0, 0
	return a.From.Equal(b.From) && a.Note == b.Note && policyValues(a).Encode() == policyValues(b).Encode()
}

// policyAgain shows what was typed once more.
func (s *Server) policyAgain(c *fiber.Ctx, p points.Policy, values url.Values, wrong []*fault.Error) error {
	page := policyPage(s.policyForm(c, p, values, wrong))
	if len(wrong) > 0 {
		c.Status(status[wrong[0].Kind])
		page.Fault, page.Field = s.say(c, wrong[0]), wrong[0].Field
	}
	return s.page(c, "studio_policy_new", page)
}

// policyFrom reads the form, and what could not be read of it.
func policyFrom(values url.Values) (points.Policy, []*fault.Error) {
	r := fieldReader{values: values}
	p := points.Policy{
		Note: strings.TrimSpace(values.Get("note")), Zone: strings.TrimSpace(values.Get("zone")),
		IdleDays: r.small("idle_days"), WarnDays: r.small("warn_days"), Warnings: values.Get("warnings") != "",
		GraceDays: r.small("grace_days"), SettleDay: r.small("settle_day"), Returns: points.Mode(values.Get("returns")),
		SecondAbove: r.number("second_above"), ManualMost: r.number("manual_most"),
	}
	for _, source := range policySources {
		at := "lives." + sourceWord(source)
		if kind := points.LifeKind(values.Get(at + ".kind")); kind != "" {
			life := points.Life{Source: source, Kind: kind}
			if kind == points.LifeDates {
				life.Dates = r.dates(at + ".dates")
			} else {
				life.N = r.small(at + ".n")
			}
			p.Lives = append(p.Lives, life)
		}
		if most := r.number("caps." + sourceWord(source) + ".month"); source != "" && most != 0 {
			p.Caps = append(p.Caps, points.SourceCap{Source: source, Month: most})
		}
	}
	return p, r.wrong
}

// small reads a whole number that fits an int.
func (r *fieldReader) small(at string) int {
	n := r.number(at)
	if int64(int32(n)) != n {
		r.fail(at, "studio.number_wrong")
		return 0
	}
	return int(n)
}

// dates reads days of the year such as "31.03, 30.09".
func (r *fieldReader) dates(at string) (dates []points.DayOfYear) {
	for _, word := range r.list(at) {
		day, month, ok := strings.Cut(word, ".")
		d, wrongDay := strconv.Atoi(day)
		m, wrongMonth := strconv.Atoi(strings.TrimSuffix(month, "."))
		if !ok || wrongDay != nil || wrongMonth != nil {
			r.fail(at, "policies.dates_wrong")
			return nil
		}
		dates = append(dates, points.DayOfYear{Month: time.Month(m), Day: d})
	}
	return dates
}

// typedDates writes days of the year as a form has them.
func typedDates(dates []points.DayOfYear) string {
	words := make([]string, len(dates))
	for i, d := range dates {
		words[i] = fmt.Sprintf("%02d.%02d", d.Day, d.Month)
	}
	return strings.Join(words, ", ")
}

// policyValues writes a policy into the fields of its form, the reverse of policyFrom.
func policyValues(p points.Policy) url.Values {
	v := url.Values{}
	for at, n := range map[string]int64{
		"idle_days": int64(p.IdleDays), "warn_days": int64(p.WarnDays), "grace_days": int64(p.GraceDays),
		"settle_day": int64(p.SettleDay), "second_above": p.SecondAbove, "manual_most": p.ManualMost, "base": int64(p.Version),
	} {
		v.Set(at, strconv.FormatInt(n, 10))
	}
	v.Set("zone", p.Zone)
	v.Set("returns", string(p.Returns))
	if p.Warnings {
		v.Set("warnings", "true")
	}
	for _, life := range p.Lives {
		at := "lives." + sourceWord(life.Source)
		v.Set(at+".kind", string(life.Kind))
		v.Set(at+".n", plain(int64(life.N)))
		v.Set(at+".dates", typedDates(life.Dates))
	}
	if !v.Has("lives.all.kind") {
		life := p.LifeOf("")
		v.Set("lives.all.kind", string(life.Kind))
		v.Set("lives.all.n", plain(int64(life.N)))
	}
	for _, limit := range p.Caps {
		v.Set("caps."+string(limit.Source)+".month", plain(limit.Month))
	}
	return v
}

// onPolicyField turns the place that a policy's fault names, "lives.2.n", into the form's own field, "lives.game.n".
func onPolicyField(p points.Policy, err error) *fault.Error {
	f := fault.As(err)
	part := strings.Split(f.Field, ".")
	if len(part) != 3 {
		return f
	}
	i, _ := strconv.Atoi(part[1])
	switch {
	case part[0] == "lives" && i < len(p.Lives):
		return f.On("lives." + sourceWord(p.Lives[i].Source) + "." + part[2])
	case part[0] == "caps" && i < len(p.Caps):
		return f.On("caps." + sourceWord(p.Caps[i].Source) + "." + part[2])
	}
	return f
}
