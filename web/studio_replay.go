package web

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"firebrand/catalog/purchase/rule"
	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/web/ui"
)

// replayFormView is the form for a replay and what was replayed lately.
type replayFormView struct {
	From, To string
	HasDraft bool
	Jobs     []replayRow
}

// replayRow is a replay in the list.
type replayRow struct {
	ID       string
	From, To time.Time
	Started  time.Time
	Running  bool
	Failed   bool
}

// replayDays is the period that a form begins with.
const replayDays = 90

// replayForm asks for the period.
func (s *Server) replayForm(c *fiber.Ctx) error {
	today := s.Zone.Date(s.Now())
	p, err := s.replayFormPage(c, today.Add(-replayDays).String(), today.String())
	if err != nil {
		return err
	}
	return s.page(c, "studio_replay", p)
}

func (s *Server) replayFormPage(c *fiber.Ctx, from, to string) (ui.Page, error) {
	_, err := s.Rules.Draft(c.UserContext())
	if err != nil && !fault.Is(err, fault.NotFound) {
		return ui.Page{}, err
	}
	view := replayFormView{From: from, To: to, HasDraft: err == nil}
	for _, j := range s.replays.list() {
		running := j.running()
		view.Jobs = append(view.Jobs, replayRow{
			ID: j.id, From: s.Zone.StartOf(j.from), To: s.Zone.StartOf(j.to), Started: j.started, Running: running, Failed: !running && j.err != nil,
		})
	}
	return ui.Page{Title: "studio_rules.replay_title", Wide: true, Data: view}, nil
}

// replayStart begins a replay of the draft. The form's key is its name, so that a form sent twice begins one.
func (s *Server) replayStart(c *fiber.Ctx) error {
	key, err := formKey(c)
	if err != nil {
		return err
	}
	j, err := s.replayAsked(c, key)
	if err == nil {
		var there bool
		if there, err = s.replays.add(j); err == nil && !there {
			err = s.runReplay(c.UserContext(), j)
		}
	}
	if err == nil {
		return c.Redirect("/studio/replay/"+key, fiber.StatusSeeOther)
	}
	p, unread := s.replayFormPage(c, c.FormValue("from"), c.FormValue("to"))
	if unread != nil {
		return unread
	}
	return s.again(c, err, "studio_replay", p)
}

// replayAsked reads the form.
func (s *Server) replayAsked(c *fiber.Ctx, key string) (*replayJob, error) {
	from, wrongFrom := calendar.ParseDate(c.FormValue("from"))
	to, wrongTo := calendar.ParseDate(c.FormValue("to"))
	switch {
	case wrongFrom != nil:
		return nil, fault.New(fault.Invalid, "studio_rules.day_wrong").On("from")
	case wrongTo != nil:
		return nil, fault.New(fault.Invalid, "studio_rules.day_wrong").On("to")
	case to.Before(from):
		return nil, fault.New(fault.Invalid, "studio_rules.to_first").On("to")
	}
	return &replayJob{id: key, from: from, to: to, started: s.Now(), stop: func() {}, done: make(chan struct{})}, nil
}

// replayStop ends a replay before its end.
func (s *Server) replayStop(c *fiber.Ctx) error {
	if _, err := formKey(c); err != nil {
		return err
	}
	if j, ok := s.replays.find(c.Params("id")); ok {
		j.stop()
	} else if sent, err := s.seek(c); sent {
		return err
	}
	return said(c, "/studio/replay", "said.replay_stopped")
}

// replayFile is every line by both rules, as a table.
func (s *Server) replayFile(c *fiber.Ctx) error {
	j, ok := s.replays.find(c.Params("id"))
	if !ok {
		if sent, err := s.seek(c); sent {
			return err
		}
	}
	if !ok || j.running() || j.err != nil {
		return fault.New(fault.NotFound, "studio_rules.replay_gone")
	}
	c.Set("Content-Type", "text/csv; charset=utf-8")
	c.Set("Content-Disposition", `attachment; filename="replay-`+j.from.String()+"-"+j.to.String()+`.csv"`)
	c.Set("Cache-Control", "no-store")
	return c.SendFile(j.file)
}

// replayView is a replay under way or done.
type replayView struct {
	ID            string
	From, To      time.Time
	Running, Lost bool
	Stopped       bool
	// Gone is a replay that nobody knows: results end with the program.
	Gone       bool
	Read       int64
	Rules      int
	Sum        rule.Summary
	Net        string
	More       int64
	Gain, Lose []replayBuyer
	ByRule     []replayPart
	ByFunding  []replayPart
	Sample     []replayOrder
}

// replayBuyer is a buyer by name with what they had by both.
type replayBuyer struct {
	rule.BuyerSum
	Name string
}

// replayPart is a part of the cost by both.
type replayPart struct {
	Name        string
	Live, Draft int64
}

// replayOrder is an order that the draft gives more or less.
type replayOrder struct {
	ID, Buyer   string
	Placed      time.Time
	Live, Draft int64
	Lines       []replayLine
}

// replayLine is a line of it with the rules that gave it something by the draft, or why none did.
type replayLine struct {
	What        string
	Live, Draft int64
	Why         []string
}

// refreshEvery is how often a browser asks again while a replay runs, in seconds.
const refreshEvery = "2"

// replayShow shows how far a replay is, or what it came to.
func (s *Server) replayShow(c *fiber.Ctx) error {
	j, ok := s.replays.find(c.Params("id"))
	if !ok {
		if sent, err := s.seek(c); sent {
			return err
		}
		c.Status(fiber.StatusNotFound)
		return s.page(c, "studio_replay_run", ui.Page{Title: "studio_rules.replay_gone_title", Data: replayView{Gone: true}})
	}
	view := replayView{
		ID: j.id, From: s.Zone.StartOf(j.from), To: s.Zone.StartOf(j.to), Running: j.running(), Read: j.read.Load(), Rules: j.rules,
	}
	switch {
	case view.Running:
		refreshing(c)
	case j.err != nil:
		view.Lost, view.Stopped = true, errors.Is(j.err, context.Canceled)
	default:
		if err := s.replayResult(c, j, &view); err != nil {
			return err
		}
	}
	return s.page(c, "studio_replay_run", ui.Page{Title: "studio_rules.replay_title", Wide: true, Data: view})
}

// replayResult fills in what a replay came to.
func (s *Server) replayResult(c *fiber.Ctx, j *replayJob, view *replayView) error {
	w := s.teller(s.lang(c))
	sets, err := s.Rules.List(c.UserContext())
	if err != nil {
		return err
	}
	d, err := s.Rules.Draft(c.UserContext())
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	view.Sum, view.Net, view.More = j.sum, w.money(j.sum.Net), j.sum.Difference()
	gain, lose := j.sum.Top(replaySaid)
	view.Gain, view.Lose = s.named(c.UserContext(), gain), s.named(c.UserContext(), lose)
	all := append([]rule.Set{d.Set}, sets...)
	view.ByRule = parts(j.sum.Live.ByRule, j.sum.Draft.ByRule, func(id string) string { return w.nameIn(all, id) })
	view.ByFunding = parts(j.sum.Live.ByFunding, j.sum.Draft.ByFunding, func(id string) string {
		if id == "" {
			return w.say("studio_rules.no_funding")
		}
		return w.payer(id)
	})
	for _, diff := range j.sample {
		view.Sample = append(view.Sample, w.replayed(diff, all, s.buyerName(c.UserContext(), diff.Order.Buyer)))
	}
	return nil
}

// replayed puts an order by both into words.
func (w teller) replayed(d rule.Difference, sets []rule.Set, buyer string) replayOrder {
	row := replayOrder{ID: d.Order.ID, Buyer: buyer, Placed: d.Order.Placed, Live: d.LivePoints, Draft: d.DraftPoints}
	for i, l := range d.Order.Lines {
		line := replayLine{What: strings.TrimSpace(l.Product + " " + l.Group), Live: d.Lines[i].Live, Draft: d.Lines[i].Draft}
		for _, t := range d.Draft.Lines[i].Trials {
			line.Why = append(line.Why, w.nameIn(sets, t.Rule)+": "+w.trial(t, sets[0], false))
		}
		row.Lines = append(row.Lines, line)
	}
	return row
}

// nameIn is the name of a rule in the first of the sets that has it.
func (w teller) nameIn(sets []rule.Set, id string) string {
	for _, set := range sets {
		if r, ok := set.Rule(id); ok {
			return w.name(r)
		}
	}
	return w.say("studio_rules.unnamed")
}

// named gives buyers their names.
func (s *Server) named(ctx context.Context, sums []rule.BuyerSum) (list []replayBuyer) {
	for _, b := range sums {
		list = append(list, replayBuyer{b, s.buyerName(ctx, b.Buyer)})
	}
	return list
}

// buyerName is a company's or a member's name, or the id of one who is gone.
func (s *Server) buyerName(ctx context.Context, id string) string {
	if company, err := s.Members.CompanyByID(ctx, id); err == nil {
		return company.Name
	}
	if name := s.nameOf(ctx, id); name != "" {
		return name
	}
	return id
}
