package web

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"firebrand/catalog/purchase/rule"
	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/web/ui"
)

// ruleRoutes are where marketers decide what purchases bring and how long points live.
var ruleRoutes = []route{
	{"GET", "/studio/rules", marketers, (*Server).rules},
	{"POST", "/studio/rules/begin", marketers, (*Server).rulesBegin},
	{"GET", "/studio/rules/versions/:version", marketers, (*Server).rulesVersion},
	{"GET", "/studio/rules/try", marketers, (*Server).rulesTry},
	{"GET", "/studio/rules/draft", marketers, (*Server).rulesDraft},
	{"POST", "/studio/rules/draft", marketers, (*Server).rulesDraftChange},
	{"POST", "/studio/rules/draft/discard", marketers, (*Server).rulesDiscard},
	{"POST", "/studio/rules/draft/publish", marketers, (*Server).rulesPublish},
	{"GET", "/studio/rules/draft/new", marketers, (*Server).ruleNew},
	{"POST", "/studio/rules/draft/new", marketers, (*Server).ruleSave},
	{"GET", "/studio/rules/draft/:rule", marketers, (*Server).ruleEdit},
	{"POST", "/studio/rules/draft/:rule", marketers, (*Server).ruleSave},
	{"GET", "/studio/replay", marketers, (*Server).replayForm},
	{"POST", "/studio/replay", marketers, (*Server).replayStart},
	{"GET", "/studio/replay/:id", marketers, (*Server).replayShow},
	{"GET", "/studio/replay/:id/lines.csv", marketers, (*Server).replayFile},
	{"POST", "/studio/replay/:id/stop", marketers, (*Server).replayStop},
	{"GET", "/studio/policies", marketers, (*Server).policies},
	{"GET", "/studio/policies/new", marketers, (*Server).policyNew},
	{"POST", "/studio/policies/new", marketers, (*Server).policyPublish},
	{"GET", "/studio/policies/:version", marketers, (*Server).policyVersion},
}

// rulesView is what counts now, what is to come, the draft and all versions.
type rulesView struct {
	// InForce is the set for an order placed now; its version is 0 where there is none.
	InForce setView
	Draft   *draftHead
	// Versions are all published sets, the newest first.
	Versions []versionRow
}

// setView is one set in words.
type setView struct {
	rule.Set
	ByName string
	Rows   []ruleRow
}

// ruleRow is a rule in plain words.
type ruleRow struct {
	ID, Name, Says string
	// More is what it has besides: who pays, its stack.
	More []string
	// N is its place in the list, from 1.
	N           int
	First, Last bool
	// Changed is "new" or "changed" against the version that a draft was begun from.
	Changed string
	// Wrong is what keeps it from being published.
	Wrong string
}

// draftHead says that there is a draft.
type draftHead struct {
	N      int
	ByName string
	Saved  time.Time
}

// versionRow is a version in the list.
type versionRow struct {
	rule.Set
	ByName string
	// Phase is "now", "planned", "past" or "never", where another took its place before it began.
	Phase string
}

// rules shows what counts now and the way to everything else about it.
func (s *Server) rules(c *fiber.Ctx) error {
	ctx, w := c.UserContext(), s.teller(s.lang(c))
	list, err := s.Rules.List(ctx)
	if err != nil {
		return err
	}
	view := rulesView{InForce: s.setView(ctx, w, rule.InForce(list, s.Now()))}
	for i := range list {
		view.Versions = append(view.Versions, versionRow{list[i], s.nameOf(ctx, list[i].By), phaseOf(list, list[i], s.Now())})
	}
	d, err := s.Rules.Draft(ctx)
	if err == nil {
		view.Draft = &draftHead{len(d.Rules), s.nameOf(ctx, d.By), d.Saved}
	} else if !fault.Is(err, fault.NotFound) {
		return err
	}
	return s.page(c, "studio_rules", ui.Page{Title: "studio_rules.title", Wide: true, Data: view})
}

// phaseOf is what became of a version by now.
func phaseOf(list []rule.Set, set rule.Set, now time.Time) string {
	from := rule.InForce(list, set.From)
	switch {
	case from.Version != set.Version:
		return "never"
	case set.From.After(now):
		return "planned"
	case rule.InForce(list, now).Version == set.Version:
		return "now"
	}
	return "past"
}

// setView puts a set into words.
func (s *Server) setView(ctx context.Context, w teller, set rule.Set) setView {
	return setView{set, s.nameOf(ctx, set.By), ruleRows(w, set, rule.Set{}, false)}
}

// ruleRows are the rules of a set in words; marked says what is new in them against base, and what is wrong.
func ruleRows(w teller, set, base rule.Set, marked bool) (rows []ruleRow) {
	for i, r := range set.Rules {
		row := ruleRow{
			ID: r.ID, Name: w.name(r), Says: w.rule(r), More: w.more(r, set.Picks[r.Stack]), N: i + 1, First: i == 0, Last: i == len(set.Rules)-1,
		}
		if marked {
			row.Changed = changeOf(r, base)
			if found := r.Problems(); len(found) > 0 {
				row.Wrong = w.texts.Say(w.lang, found[0].Key, found[0].Args)
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// changeOf says whether the rule is not in base, or otherwise.
func changeOf(r rule.Rule, base rule.Set) string {
	was, ok := base.Rule(r.ID)
	if !ok {
		return "new"
	}
	if !sameRule(r, was) {
		return "changed"
	}
	return ""
}

// sameRule compares what is stored.
func sameRule(a, b rule.Rule) bool {
	x, wrongX := json.Marshal(a)
	y, wrongY := json.Marshal(b)
	return wrongX == nil && wrongY == nil && bytes.Equal(x, y)
}

// rulesBegin makes the draft from a version, or from nothing. Where there is one already it is opened.
func (s *Server) rulesBegin(c *fiber.Ctx) error {
	if _, err := formKey(c); err != nil {
		return err
	}
	from, _ := strconv.Atoi(c.FormValue("version")) // nothing is 0, which is an empty draft
	_, err := s.Rules.Begin(c.UserContext(), s.me(c).ID, max(0, from))
	if fault.Is(err, fault.Conflict) {
		return said(c, "/studio/rules/draft", "said.rules_there")
	}
	if err != nil {
		return err
	}
	return said(c, "/studio/rules/draft", "said.rules_begun")
}

// rulesVersion shows a published set as it is for ever.
func (s *Server) rulesVersion(c *fiber.Ctx) error {
	version, _ := strconv.Atoi(c.Params("version"))
	set, err := s.Rules.Version(c.UserContext(), version)
	if err != nil {
		return err
	}
	list, err := s.Rules.List(c.UserContext())
	if err != nil {
		return err
	}
	view := versionView{s.setView(c.UserContext(), s.teller(s.lang(c)), set), phaseOf(list, set, s.Now())}
	return s.page(c, "studio_rules_version", ui.Page{Title: "studio_rules.version_title", Wide: true, Data: view})
}

// versionView is one published set.
type versionView struct {
	setView
	Phase string
}

// draftView is the draft open for work.
type draftView struct {
	Rows     []ruleRow
	Removed  []string
	Revision int64
	Base     int
	ByName   string
	Saved    time.Time
	// Wrong is how many things keep it from being published; Where is the first one's rule.
	Wrong int
	// From and Note are the form's for publishing.
	From, Note string
}

// rulesDraft opens the draft.
func (s *Server) rulesDraft(c *fiber.Ctx) error {
	view, err := s.draftView(c)
	if fault.Is(err, fault.NotFound) {
		return said(c, "/studio/rules", "")
	}
	if err != nil {
		return err
	}
	return s.page(c, "studio_rules_draft", draftPage(view))
}

func draftPage(view draftView) ui.Page {
	return ui.Page{Title: "studio_rules.draft_title", Wide: true, Data: view}
}

// draftView puts the draft into words.
func (s *Server) draftView(c *fiber.Ctx) (draftView, error) {
	ctx, w := c.UserContext(), s.teller(s.lang(c))
	d, err := s.Rules.Draft(ctx)
	if err != nil {
		return draftView{}, err
	}
	var base rule.Set
	if d.Base != 0 {
		if base, err = s.Rules.Version(ctx, d.Base); err != nil {
			return draftView{}, err
		}
	}
	view := draftView{
		Rows: ruleRows(w, d.Set, base, true), Revision: d.Revision, Base: d.Base, ByName: s.nameOf(ctx, d.By), Saved: d.Saved,
		Wrong: len(d.Problems()), From: s.tomorrow(),
	}
	for _, r := range base.Rules {
		if _, stays := d.Rule(r.ID); !stays {
			view.Removed = append(view.Removed, w.name(r))
		}
	}
	return view, nil
}

// instantForm is how a form writes an instant of the programme's zone.
const instantForm = "2006-01-02T15:04"

// tomorrow is the start of the next day as a form has it.
func (s *Server) tomorrow() string {
	return s.Zone.StartOf(s.Zone.Date(s.Now()).Add(1)).In(s.Zone.Location()).Format(instantForm)
}

// rulesDraftChange moves or drops a rule of the draft.
func (s *Server) rulesDraftChange(c *fiber.Ctx) error {
	if _, err := formKey(c); err != nil {
		return err
	}
	d, err := s.Rules.Draft(c.UserContext())
	if err != nil {
		return err
	}
	revision, _ := strconv.ParseInt(c.FormValue("revision"), 10, 64)
	if d.Revision != revision {
		return said(c, "/studio/rules/draft", "said.rules_changed")
	}
	d.Rules = arrangedRules(d.Rules, c.FormValue("op"))
	if _, err = s.Rules.Save(c.UserContext(), s.me(c).ID, d); fault.Is(err, fault.Conflict) {
		return said(c, "/studio/rules/draft", "said.rules_changed")
	}
	if err != nil {
		return err
	}
	return said(c, "/studio/rules/draft", "said.rules_saved")
}

// arrangedRules are the rules after a button: "up:id", "down:id", "drop:id".
func arrangedRules(rules []rule.Rule, op string) []rule.Rule {
	for i, r := range rules {
		for _, verb := range []string{"up", "down", "drop"} {
			if op == verb+":"+r.ID {
				return moved(rules, verb, i)
			}
		}
	}
	return slices.Clone(rules)
}

// rulesDiscard throws the draft away.
func (s *Server) rulesDiscard(c *fiber.Ctx) error {
	if _, err := formKey(c); err != nil {
		return err
	}
	revision, _ := strconv.ParseInt(c.FormValue("revision"), 10, 64)
	err := s.Rules.Discard(c.UserContext(), revision)
	if fault.Is(err, fault.Conflict) {
		return said(c, "/studio/rules/draft", "said.rules_changed")
	}
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	return said(c, "/studio/rules", "said.rules_discarded")
}

// rulesPublish makes the draft a version with its date.
func (s *Server) rulesPublish(c *fiber.Ctx) error {
	if _, err := formKey(c); err != nil {
		return err
	}
	revision, _ := strconv.ParseInt(c.FormValue("revision"), 10, 64)
	from, err := s.instant(c.FormValue("from"))
	if err == nil {
		_, err = s.Rules.Publish(c.UserContext(), s.me(c).ID, revision, from, c.FormValue("note"))
	}
	if fault.Is(err, fault.NotFound) { // sent twice: the first one did it
		return said(c, "/studio/rules", "")
	}
	if err == nil {
		return said(c, "/studio/rules", "said.rules_published")
	}
	view, unread := s.draftView(c)
	if unread != nil {
		return unread
	}
	view.From, view.Note = c.FormValue("from"), c.FormValue("note")
	return s.again(c, err, "studio_rules_draft", draftPage(view))
}

// instant reads a form's instant in the programme's zone. A time that the clock skips is the first one after it.
func (s *Server) instant(word string) (time.Time, error) {
	wrong := fault.New(fault.Invalid, "studio_rules.instant_wrong").On("from")
	at, err := time.ParseInLocation(instantForm, word, s.Zone.Location())
	if err != nil {
		return at, wrong.Because(err)
	}
	return calendar.Milli(at), nil
}
