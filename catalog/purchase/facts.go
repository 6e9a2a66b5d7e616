package purchase

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"firebrand/catalog/purchase/rule"
	"firebrand/internal/calendar"
	"firebrand/internal/journal"
)

// periodsKept bounds how many months, quarters and years a buyer's stream counts each; an order that comes for an older
// one is no first and no n-th.
const periodsKept = 24

// claim asks which groups an order is the first of its buyer's to hold, and which of their orders it is.
type claim struct {
	order, account string
	revision       int64
	groups         []string
	placed         time.Time
	// had is what the order claimed before.
	had *Facts
	// periods are by rule.Period.
	periods map[string]string
}

// Error makes a claim the reason why a decision must wait.
func (c claim) Error() string { return "purchase: " + c.order + " needs facts of " + c.account }

// covers reports whether what was claimed is what is needed.
func (c claim) covers(needed claim) bool {
	return c.account == needed.account && c.placed.Equal(needed.placed) && slices.Equal(c.groups, needed.groups)
}

// claimOf is what an order needs to know.
func (s *Service) claimOf(o Order, revision int64) claim {
	var groups []string
	for _, l := range o.Lines {
		if l.Group != "" && l.Quantity > 0 {
			groups = append(groups, l.Group)
		}
	}
	slices.Sort(groups)
	return claim{
		order: o.ID, account: o.Buyer.Party(), revision: revision, groups: slices.Compact(groups), placed: o.Placed,
		periods: periodsOf(s.Zone, o.Placed),
	}
}

// periodsOf names the local month, quarter and year of an instant.
func periodsOf(zone calendar.Zone, at time.Time) map[rule.Period]string {
	names := make(map[rule.Period]string, len(rule.Periods))
	for _, p := range rule.Periods {
		names[p] = rule.PeriodOf(zone, p, at)
	}
	return names
}

// buyerAfter is what an account's orders have claimed so far.
type buyerAfter struct {
	// Groups say which order was the first of each group.
	Groups map[string]string `json:"g,omitempty"`
	// Counts are how many orders there were in each period, by its name.
	Counts map[string]counted `json:"n,omitempty"`
	// Recent are the numbers of the orders that claimed last, the newest last. Two messages of one order that are decided
	// at once both claim, and only one of them is written into the order: the other must not take a second number.
	Recent []numbered `json:"r,omitempty"`
}

// recentClaims is how many claims a buyer's stream remembers; more never come between two messages decided at once.
const recentClaims = 8

// numbered is an order with its numbers.
type numbered struct {
	Order   string            `json:"i"`
	Nth     map[string]int    `json:"n"`
	Periods map[string]string `json:"p"`
}

// counted is how many numbers were given in a period, and which came back.
type counted struct {
	Given int   `json:"n"`
	Free  []int `json:"f,omitempty"`
}

// buyerBody is the content of a record of a buyer's stream.
type buyerBody struct {
	Order string     `json:"i"`
	Facts Facts      `json:"f,omitzero"`
	After buyerAfter `json:"after"`
}

// The kinds of records in a buyer's stream.
const (
	kindClaimed = "claimed"
	kindFreed   = "freed"
)

// claimFacts writes the claim and returns what the order got. The same order at the same revision gets the same.
func (s *Service) claimFacts(ctx context.Context, c claim) (*Facts, error) {
	what := struct {
		Placed time.Time
		Groups []string
	}{c.placed, c.groups}
	// A revision can need several claims where another message came between: the content is part of the key.
	key := fmt.Sprintf("%s/%d/%d/%x", Stream(c.order), c.revision, c.placed.UnixMilli(), groupsPrint(c.groups))
	var got Facts
	rec, err := s.Journal.Decide(ctx, BuyerStream(c.account), journal.Request{Key: key, What: what},
		func(last journal.Record, _ time.Time) (string, any, error) {
			b, err := buyerOf(last)
			if err != nil {
				return "", nil, err
			}
			got = b.After.claim(c)
			return kindClaimed, buyerBody{Order: c.order, Facts: got, After: b.After}, nil
		})
	if err != nil {
		return nil, err
	}
	if rec.Replayed {
		b, err := buyerOf(rec)
		return &b.Facts, err
	}
	return &got, nil
}

func groupsPrint(groups []string) (sum uint64) {
	sum = 14695981039346656037
	for _, g := range groups {
		for i := range len(g) {
			sum = (sum ^ uint64(g[i])) * 1099511628211
		}
		sum = (sum ^ 0xff) * 1099511628211
	}
	return sum
}

func buyerOf(rec journal.Record) (b buyerBody, err error) {
	if rec.Seq > 0 {
		if err = json.Unmarshal(rec.Body, &b); err != nil {
			err = fmt.Errorf("purchase: record %s: %w", rec.ID(), err)
		}
	}
	if b.After.Groups == nil {
		b.After.Groups = map[string]string{}
	}
	if b.After.Counts == nil {
		b.After.Counts = map[string]counted{}
	}
	return b, err
}

// claim gives the order the groups that no other order has, takes those back that it holds no longer, and numbers it in
// its periods, unless it has its numbers there; those of periods that it is not in any more come back.
func (a *buyerAfter) claim(c claim) Facts {
	for g, holder := range a.Groups {
		if holder == c.order && !slices.Contains(c.groups, g) {
			delete(a.Groups, g)
		}
	}
	facts := Facts{Nth: map[string]int{}}
	for _, g := range c.groups {
		if a.Groups[g] == "" {
			a.Groups[g] = c.order
		}
		if a.Groups[g] == c.order {
			facts.Groups = append(facts.Groups, g)
		}
	}
	had := a.numbers(c.order, c.had)
	for _, p := range rule.Periods {
		name := c.periods[p]
		if n := had.number(p, name); n > 0 {
			facts.Nth[p] = n
			continue
		}
		a.giveBack(had, p)
		if n := a.number(p, name); n > 0 {
			facts.Nth[p] = n
		}
	}
	facts.Periods = c.periods
	a.Recent = append(a.Recent, numbered{c.order, facts.Nth, facts.Periods})
	a.Recent = a.Recent[max(0, len(a.Recent)-recentClaims):]
	return facts
}

// numbers takes the order's numbers out of what is remembered; known are those that the order itself says it has, for
// one that claimed long ago.
func (a *buyerAfter) numbers(order string, known *Facts) *Facts {
	i := slices.IndexFunc(a.Recent, func(n numbered) bool { return n.Order == order })
	if i < 0 {
		return known
	}
	had := &Facts{Nth: a.Recent[i].Nth, Periods: a.Recent[i].Periods}
	a.Recent = slices.Delete(a.Recent, i, i+1)
	return had
}

// giveBack lets another order have the number that one had in a period.
func (a *buyerAfter) giveBack(had *Facts, period rule.Period) {
	if had == nil || had.Nth[period] == 0 {
		return
	}
	id, n := period+":"+had.Periods[period], had.Nth[period]
	c, known := a.Counts[id]
	if !known || slices.Contains(c.Free, n) {
		return
	}
	c.Free = append(c.Free, n)
	slices.Sort(c.Free)
	a.Counts[id] = c
}

// number is what the order is numbered in a period already; 0 where it is not.
func (f *Facts) number(period rule.Period, name string) int {
	if f == nil || f.Periods[period] != name {
		return 0
	}
	return f.Nth[period]
}

// number gives the smallest free number of a period, or 0 where the period is too old to be counted.
func (a *buyerAfter) number(period rule.Period, name string) int {
	id := period + ":" + name
	c, known := a.Counts[id]
	if !known && !a.room(period, id) {
		return 0
	}
	n := c.Given + 1
	if len(c.Free) > 0 {
		n, c.Free = c.Free[0], c.Free[1:]
	} else {
		c.Given = n
	}
	a.Counts[id] = c
	return n
}

// room makes room for a new period of its kind by dropping the oldest; a period older than all is not let in.
func (a *buyerAfter) room(period rule.Period, id string) bool {
	oldest, n := "", 0
	for have := range a.Counts {
		if len(have) > len(period) && have[:len(period)+1] == period+":" {
			n++
			if oldest == "" || have < oldest {
				oldest = have
			}
		}
	}
	if n < periodsKept {
		return true
	}
	if id < oldest {
		return false
	}
	delete(a.Counts, oldest)
	return true
}

// free gives back what an order had claimed.
func (a *buyerAfter) free(order string, had Facts) {
	for g, holder := range a.Groups {
		if holder == order {
			delete(a.Groups, g)
		}
	}
	numbers := a.numbers(order, &had)
	for _, period := range rule.Periods {
		a.giveBack(numbers, period)
	}
}

// freeFacts gives back in a buyer's stream what an order claims no longer.
func (s *Service) freeFacts(ctx context.Context, order, account, key string, had Facts) error {
	_, err := s.Journal.Decide(ctx, BuyerStream(account), journal.Request{Key: key},
		func(last journal.Record, _ time.Time) (string, any, error) {
			b, err := buyerOf(last)
			if err != nil {
				return "", nil, err
			}
			b.After.free(order, had)
			return kindFreed, buyerBody{Order: order, Facts: had, After: b.After}, nil
		})
	return err
}
