package web

import (
	"net/url"
	"slices"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"firebrand/catalog/purchase/rule"
	"firebrand/internal/fault"
	"firebrand/web/ui"
)

// ruleForm is one rule of the draft open for writing.
type ruleForm struct {
	// ID is empty for a new rule, whose key is its id then.
	ID, Key  string
	Kind     rule.Kind
	Revision int64
	// Says is the rule as a sentence, as it was read.
	Says string
	// V is what stands in the fields, by the JSON pointers that faults name; Wrong says by field what is wrong.
	V     map[string]string
	Wrong map[string]string
	// Langs is the order of the name's columns; Name the rule's.
	Langs []string
	Name  map[string]string
	// Rows are the pointers of the minimums' rows, elsewhere first.
	Rows []string
	Pick rule.Pick
	// Stacks are the stacks of the other rules; Known are words that companies have, by field.
	Stacks []string
	Known  map[string]string
	// Fundings are the funding sources to choose from.
	Fundings []string
	// Stale says that somebody changed the draft meanwhile; Theirs is the rule as they left it, empty where it is gone.
	Stale  bool
	Theirs string
}

// Action is where the form goes.
func (f ruleForm) Action() string {
	if f.ID == "" {
		return "/studio/rules/draft/new"
	}
	return "/studio/rules/draft/" + f.ID
}

// Any says whether something stands in one of the fields, or is wrong there: a folded part of the form is open then.
func (f ruleForm) Any(fields ...string) bool {
	return slices.ContainsFunc(fields, func(at string) bool { return f.V[at] != "" || f.Wrong[at] != "" })
}

// ruleNew asks for the kind of a new rule first, then for the rule.
func (s *Server) ruleNew(c *fiber.Ctx) error {
	d, err := s.Rules.Draft(c.UserContext())
	if err != nil {
		return err
	}
	kind := rule.Kind(c.Query("kind"))
	if !slices.Contains(rule.Kinds, kind) {
		return s.page(c, "studio_rules_new", ui.Page{Title: "studio_rules.new_title", Data: rule.Kinds})
	}
	r := rule.Rule{Kind: kind}
	if kind == rule.Nth {
		r.Period = rule.Month
	}
	return s.rulePage(c, d, r, ruleValues(r, s.Zone), nil)
}

// ruleEdit opens a rule of the draft.
func (s *Server) ruleEdit(c *fiber.Ctx) error {
	d, err := s.Rules.Draft(c.UserContext())
	if err != nil {
		return err
	}
	r, ok := d.Rule(c.Params("rule"))
	if !ok {
		return fault.New(fault.NotFound, "rule.gone")
	}
	return s.rulePage(c, d, r, ruleValues(r, s.Zone), nil)
}

// rulePage shows a rule's form; edit changes what is shown besides.
func (s *Server) rulePage(c *fiber.Ctx, d rule.Draft, r rule.Rule, values url.Values, edit func(*ruleForm)) error {
	form, err := s.ruleForm(c, d, r, values)
	if err != nil {
		return err
	}
	p := ui.Page{Title: "studio_rules.edit_title", Wide: true}
	if form.ID == "" {
		p.Title = "studio_rules.new_title"
	}
	if edit != nil {
		edit(&form)
	}
	if len(form.Wrong) > 0 || form.Stale {
		c.Status(fiber.StatusUnprocessableEntity)
	}
	p.Data = form
	return s.page(c, "studio_rules_rule", p)
}

// ruleForm gathers what the form shows around its fields.
func (s *Server) ruleForm(c *fiber.Ctx, d rule.Draft, r rule.Rule, values url.Values) (ruleForm, error) {
	w := s.teller(s.lang(c))
	form := ruleForm{
		ID: r.ID, Kind: r.Kind, Revision: d.Revision, V: map[string]string{}, Wrong: map[string]string{}, Langs: tongues(w.lang),
		Name: map[string]string{}, Pick: d.Picks[r.Stack], Known: map[string]string{},
	}
	for at := range values {
		form.V[at] = values.Get(at)
	}
	for _, lang := range rule.Langs {
		form.Name[lang] = values.Get("/name/" + lang)
	}
	filled := 0
	for i := 0; values.Has("/minimums/" + strconv.Itoa(i) + "/amount"); i++ {
		if i == 0 || values.Get("/minimums/"+strconv.Itoa(i)+"/amount")+values.Get("/minimums/"+strconv.Itoa(i)+"/region") != "" {
			filled = i + 1
		}
	}
	for i := range min(max(filled, 1)+minimumRows, rule.MaxWords) {
		form.Rows = append(form.Rows, "/minimums/"+strconv.Itoa(i))
	}
	if len(r.Bounds()) == 0 {
		form.Says = w.rule(r)
	}
	for _, other := range d.Rules {
		if other.Stack != "" && other.ID != r.ID && !slices.Contains(form.Stacks, other.Stack) {
			form.Stacks = append(form.Stacks, other.Stack)
		}
	}
	form.Fundings = s.fundings(c.UserContext())
	return form, s.knownWords(c, form.Known)
}

// knownMost is how many known words a form shows below a field.
const knownMost = 12

// knownWords are the words that companies are described by, so that a rule's words match them.
func (s *Server) knownWords(c *fiber.Ctx, known map[string]string) error {
	companies, err := s.Members.Companies(c.UserContext())
	if err != nil {
		return err
	}
	words := map[string][]string{}
	for _, company := range companies {
		for at, word := range map[string]string{
			"/when/regions": company.Region, "/when/sizes": company.Size, "/when/industries": company.Industry,
		} {
			if word != "" && !slices.Contains(words[at], word) && len(words[at]) < knownMost {
				words[at] = append(words[at], word)
			}
		}
	}
	for at, list := range words {
		slices.Sort(list)
		known[at] = joinWords(list)
	}
	return nil
}

// ruleSave keeps a rule in the draft, unless somebody saved the draft meanwhile: then both are shown, and saving once
// more decides.
func (s *Server) ruleSave(c *fiber.Ctx) error {
	key, err := formKey(c)
	if err != nil {
		return err
	}
	d, err := s.Rules.Draft(c.UserContext())
	if err != nil {
		return err
	}
	values := formOf(c)
	r, stored, err := ruleSent(c, d, key, values)
	if err != nil {
		return err
	}
	r, wrong := ruleFrom(values, s.Zone, r)
	if wrong = append(wrong, r.Bounds()...); len(wrong) > 0 {
		return s.ruleAgain(c, d, r, values, wrong)
	}
	if stored != nil && sameRule(*stored, r) && d.Picks[r.Stack] == pickSent(values, r) {
		return said(c, "/studio/rules/draft", "said.rules_saved") // sent twice
	}
	seen, _ := strconv.ParseInt(values.Get("revision"), 10, 64)
	if seen == d.Revision {
		_, err = s.Rules.Save(c.UserContext(), s.me(c).ID, withRule(d, r, pickSent(values, r)))
	}
	if seen != d.Revision || fault.Is(err, fault.Conflict) {
		return s.ruleStale(c, r, values)
	}
	if fault.Is(err, fault.Invalid) {
		return s.ruleAgain(c, d, r, values, []*fault.Error{fault.As(err)})
	}
	if err != nil {
		return err
	}
	return said(c, "/studio/rules/draft", "said.rules_saved")
}

// ruleSent is the rule that a form is about, and as it stands in the draft: nil where it is new there.
func ruleSent(c *fiber.Ctx, d rule.Draft, key string, values url.Values) (r rule.Rule, stored *rule.Rule, err error) {
	id := c.Params("rule")
	if id == "" {
		r = rule.Rule{ID: key, Kind: rule.Kind(values.Get("/kind"))}
		if !slices.Contains(rule.Kinds, r.Kind) {
			return r, nil, fault.New(fault.Invalid, "fault.form").On("/kind")
		}
		id = key
	}
	if was, ok := d.Rule(id); ok {
		return rule.Rule{ID: id, Kind: was.Kind}, &was, nil
	}
	if r.ID == "" {
		return r, nil, fault.New(fault.NotFound, "rule.gone")
	}
	return r, nil, nil
}

// pickSent is how the form says that one rule of the stack is picked; rules of no stack have none.
func pickSent(values url.Values, r rule.Rule) rule.Pick {
	if r.Stack == "" {
		return ""
	}
	if rule.Pick(values.Get("/pick")) == rule.Foremost {
		return rule.Foremost
	}
	return rule.Best
}

// withRule is the draft with the rule in its place, or at the end.
func withRule(d rule.Draft, r rule.Rule, pick rule.Pick) rule.Draft {
	d.Rules = slices.Clone(d.Rules)
	if i := slices.IndexFunc(d.Rules, func(x rule.Rule) bool { return x.ID == r.ID }); i >= 0 {
		d.Rules[i] = r
	} else {
		d.Rules = append(d.Rules, r)
	}
	if pick != "" {
		picks := map[string]rule.Pick{r.Stack: pick}
		for stack, p := range d.Picks {
			if stack != r.Stack {
				picks[stack] = p
			}
		}
		d.Picks = picks
	}
	return d
}

// ruleAgain shows what was typed once more, with what is wrong in it.
func (s *Server) ruleAgain(c *fiber.Ctx, d rule.Draft, r rule.Rule, values url.Values, wrong []*fault.Error) error {
	return s.rulePage(c, d, r, values, func(f *ruleForm) {
		f.sent(c, values)
		for _, w := range wrong {
			if f.Wrong[w.Field] == "" {
				f.Wrong[w.Field] = s.say(c, w)
			}
		}
	})
}

// ruleStale shows what was typed beside what somebody else left meanwhile. It is saved over theirs when sent again.
func (s *Server) ruleStale(c *fiber.Ctx, r rule.Rule, values url.Values) error {
	d, err := s.Rules.Draft(c.UserContext())
	if err != nil {
		return err
	}
	return s.rulePage(c, d, r, values, func(f *ruleForm) {
		f.sent(c, values)
		f.Stale = true
		if theirs, ok := d.Rule(r.ID); ok {
			f.Theirs = s.teller(s.lang(c)).rule(theirs)
		}
	})
}

// sent keeps a new rule's id and the choice of its stack as they were sent.
func (f *ruleForm) sent(c *fiber.Ctx, values url.Values) {
	f.ID, f.Pick = c.Params("rule"), rule.Pick(values.Get("/pick"))
	if f.ID == "" {
		f.Key = values.Get("key")
	}
}
