package web

import (
	"context"
	"strings"
	"time"

	"firebrand/catalog/purchase"
	"firebrand/catalog/purchase/rule"
	"firebrand/internal/fault"
	"firebrand/internal/member"
)

// orderView is one order. Full is a marketer's: every trial, who gets the points, and what was reported when.
type orderView struct {
	Full, Company bool
	ID            string
	Stand         string
	Good, Bad     bool
	Placed        time.Time
	// Delivered is zero until it arrived.
	Delivered time.Time
	Buyer     string
	// Link is a marketer's way to the buyer, Outside says that the buyer is not in the programme, Personal that a member
	// bought for themselves.
	Outside, Personal bool
	Channel           string
	Money             string
	Does              []boughtPoints
	// Nothing says that the reader has no points of it: why stands open.
	Nothing bool
	// Part and All are the reader's points and the order's, where others have a part.
	Part, All      int64
	Owed, Forgiven int64
	// Over is a return of more than was bought, Missing one of a line that the order has not; nil where there is none.
	Over, Missing *purchase.Note
	Lines         []orderLineView
	// Why gave nothing for any line, each for the same reason.
	Why       []whyView
	Points    purchase.Points
	Version   int
	Receivers []receiverView
	History   []eventView
}

// orderLineView is a line with what it brought and why.
type orderLineView struct {
	purchase.LineStory
	Money string
	// Gave are the rules that gave points, Not those that did not, Cuts what took points off.
	Gave, Not []whyView
	Cuts      []string
	// Back is what went with what came back.
	Back int64
}

// whyView is a rule and what it said.
type whyView struct {
	Name, Why string
	Points    int64
}

// receiverView is who gets which part.
type receiverView struct {
	Who     string
	Percent int
	Points  purchase.Points
}

// eventView is one record of the order.
type eventView struct {
	At       time.Time
	Key      string
	Revision int64
	Who      string
	Moves    []string
}

func (s *Server) boughtOrderView(ctx context.Context, me member.Member, o purchase.Order, words teller) (orderView, error) {
	v := orderView{
		Full: marketers.allows(me.Role), ID: o.ID, Placed: o.Placed, Delivered: o.Delivered,
		Money: words.money(o.Net()), Outside: !o.Buyer.Known(), Personal: o.Buyer.Member != "", Points: o.Points(), Version: o.Version,
	}
	v.Stand, v.Good, v.Bad = stands(o)
	if v.Channel = words.channel(o.Channel); v.Full {
		v.Channel = words.channels([]string{o.Channel})[0]
	}
	for _, note := range o.Notes() {
		switch note.Key {
		case "purchase.note_returned_more":
			v.Over = &note
		case "purchase.note_line_unknown":
			v.Missing = &note
		}
	}
	set, err := s.setOf(ctx, o)
	if err != nil {
		return v, err
	}
	v.Lines, v.Why = orderLines(o.Stories(), set, words, !v.Full)
	if v.Buyer, err = s.boughtByName(ctx, o); err != nil {
		return v, err
	}
	if v.Full {
		return v, s.inFull(ctx, &v, o, words)
	}
	account, company := whose(me, o)
	v.Company = company
	own := o.PointsOf(account)
	v.Part, v.All, v.Owed, v.Forgiven = own.Given, v.Points.Given, own.Owed, own.Forgiven
	v.Does, err = s.does(ctx, o, account, waitsWhole)
	v.Nothing = own.Given == 0
	return v, err
}

// boughtByName is who bought, as people read it.
func (s *Server) boughtByName(ctx context.Context, o purchase.Order) (string, error) {
	if !o.Buyer.Known() {
		if o.Buyer.Name != "" {
			return o.Buyer.Name, nil
		}
		return o.Buyer.Code, nil
	}
	return s.partyName(ctx, o.Buyer)
}

// orderLines puts lines into words. A rule that gave no line anything, for one and the same reason, is told once for the
// whole order.
func orderLines(stories []purchase.LineStory, set rule.Set, words teller, short bool) (lines []orderLineView, whole []whyView) {
	same := sameEverywhere(stories)
	for i, story := range stories {
		line := orderLineView{LineStory: story, Money: words.money(story.Net()), Back: story.Value - story.Kept}
		for _, t := range story.Why {
			r, _ := set.Rule(t.Rule)
			why := whyView{Name: words.name(r), Why: words.reason(t, set, short), Points: t.Points}
			if t.Rule == "" {
				why.Name = ""
			}
			switch {
			case t.Applied:
				line.Gave = append(line.Gave, why)
			case !short || !same[t.Rule]:
				line.Not = append(line.Not, why)
			case i == 0:
				whole = append(whole, why)
			}
		}
		for _, c := range story.Cuts {
			line.Cuts = append(line.Cuts, words.cutWords(c, set))
		}
		lines = append(lines, line)
	}
	return lines, whole
}

// shortRegions is how many regions a member is told by name.
const shortRegions = 3

// reason is what a rule said about a line; to members without the words that only an ERP knows.
func (w teller) reason(t rule.Trial, set rule.Set, short bool) string {
	if !short || t.Applied {
		return w.trial(t, set, short)
	}
	want, _ := t.Args["want"].(string)
	all := strings.Split(want, ", ")
	switch t.Why {
	case "rule.why_not_first":
		return w.say("orders.not_first")
	case "rule.why_channel":
		for i, id := range all {
			all[i] = w.channel(id)
		}
		return w.say(t.Short(), "want", strings.Join(all, ", "))
	case "rule.why_region":
		if len(all) > shortRegions {
			return w.say("orders.not_region_many")
		}
		return w.say("orders.not_region", "want", want)
	}
	return w.trial(t, set, short)
}

// channel is a way to order as members read it: in words, or in quotes where nobody knows a word for it.
func (w teller) channel(id string) string {
	switch known := strings.ToLower(id); known {
	case "":
		return ""
	case "app", "phone", "web", "email", "manager", "office", "visit":
		return w.say("orders.channel_" + known)
	}
	return w.say("orders.channel_other", "id", id)
}

// sameEverywhere are the rules that gave nothing for the same reason on every line of several.
func sameEverywhere(stories []purchase.LineStory) map[string]bool {
	said := map[string]int{}
	why := map[string]string{}
	for _, story := range stories {
		for _, t := range story.Why {
			if !t.Applied && (why[t.Rule] == "" || why[t.Rule] == t.Why) {
				why[t.Rule] = t.Why
				said[t.Rule]++
			}
		}
	}
	same := map[string]bool{}
	for id, n := range said {
		same[id] = n == len(stories) && n > 1
	}
	return same
}

// inFull adds what only marketers see.
func (s *Server) inFull(ctx context.Context, v *orderView, o purchase.Order, words teller) error {
	names := accountNames{s: s, names: map[string]string{}}
	for _, r := range o.Buyer.Receivers {
		who, err := names.of(ctx, r.Account)
		if err != nil {
			return err
		}
		v.Receivers = append(v.Receivers, receiverView{who, r.Percent, o.PointsOf(r.Account)})
	}
	events, err := s.Orders.History(ctx, o.ID)
	if err != nil {
		return err
	}
	for _, e := range events {
		event := eventView{At: e.At, Key: "orders.said_" + e.Kind, Revision: e.Revision}
		for _, m := range e.Moves {
			account := m.Account
			if m.Verb != purchase.VerbFree {
				account = e.After.Slots[m.Slot].Account
			}
			who, err := names.of(ctx, account)
			if err != nil {
				return err
			}
			said := words.say("points.count", "n", m.Points)
			event.Moves = append(event.Moves, words.say("orders.move_"+string(m.Verb), "points", said, "who", who))
		}
		v.History = append(v.History, event)
	}
	return nil
}

// accountNames are what accounts are called: a person or a company.
type accountNames struct {
	s     *Server
	names map[string]string
}

func (a accountNames) of(ctx context.Context, account string) (string, error) {
	if name, known := a.names[account]; known {
		return name, nil
	}
	name := account
	m, err := a.s.Members.ByID(ctx, account)
	switch {
	case err == nil:
		name = m.Name
	case fault.Is(err, fault.NotFound):
		company, err := a.s.Members.CompanyByID(ctx, account)
		if err == nil {
			name = company.Name
		} else if !fault.Is(err, fault.NotFound) {
			return "", err
		}
	default:
		return "", err
	}
	a.names[account] = name
	return name, nil
}
