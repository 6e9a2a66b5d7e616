package rule

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"slices"
	"time"

	"firebrand/internal/calendar"
)

// Replaying says what is replayed: orders, by the sets that were in force and by a draft.
type Replaying struct {
	// Zone is the programme's: months of caps and periods of orders are reckoned in it.
	Zone calendar.Zone
	// Live is the set that was in force for an order placed then.
	Live  func(placed time.Time) Set
	Draft Set
	// CountFrom leaves orders placed before it out of the sums; they only tell what a buyer had bought before.
	CountFrom time.Time
	// Each is told every order that counts, as they come; nil is nobody. Its error ends the replay.
	Each func(Difference) error
	// Progress is told how many orders were read, every now and then; nil is nobody.
	Progress func(read int)
}

// Difference is one order by both.
type Difference struct {
	Order       Order
	Live, Draft Value
	// LivePoints and DraftPoints are what is left of the values after the month's caps.
	LivePoints, DraftPoints int64
	Lines                   []LineDifference
}

// LineDifference is one line by both, before caps.
type LineDifference struct {
	Line        string
	Live, Draft int64
}

// Summary is what a replay came to.
type Summary struct {
	// Read are all orders, Orders those that count, Net what they cost in minor units.
	Read, Orders int
	Net          int64
	// Changed are the orders that the draft gives more or less.
	Changed     int
	Live, Draft Cost
	// Gain, Lose and Same count buyers by the sign of their whole difference.
	Gain, Lose, Same int
	// Buyers are all buyers by their difference, who gains most first.
	Buyers []BuyerSum
}

// Cost is what a set gave.
type Cost struct {
	// Points is after caps; Cut is what they took.
	Points, Cut int64
	// ByFunding and ByRule are after caps and before them.
	ByFunding, ByRule map[string]int64
}

// BuyerSum is what one buyer had by both, after caps.
type BuyerSum struct {
	Buyer       string
	Orders      int
	Live, Draft int64
}

// Difference is what the buyer gains by the draft, negative for a loss.
func (b BuyerSum) Difference() int64 { return b.Draft - b.Live }

// Difference is what the draft costs more than the live rules, negative for less.
func (s Summary) Difference() int64 { return s.Draft.Points - s.Live.Points }

// Top are the n buyers who gain most and the n who lose most, the largest first.
func (s Summary) Top(n int) (gain, lose []BuyerSum) {
	gain = append(gain, s.Buyers[:min(n, s.Gain)]...)
	for i := len(s.Buyers) - 1; i >= max(0, len(s.Buyers)-min(n, s.Lose)); i-- {
		lose = append(lose, s.Buyers[i])
	}
	return gain, lose
}

// every is how often a replay looks whether it is still wanted and tells how far it is.
const every = 256

// Replay values orders, which must come in the order they were placed, by the live sets and by the draft. Nothing is
// written. What it keeps is flat in the number of orders: a sum, a history and the running caps of each buyer.
//
// First purchases and n-th orders are those among the orders read. A cap bounds what a buyer had in the local month the
// orders were placed in: what the account itself would have cut by its policy or budget is not known here.
func Replay(ctx context.Context, r Replaying, orders iter.Seq2[Order, error]) (Summary, error) {
	p := replay{Replaying: r, buyers: map[string]*replayed{}}
	p.sum.Live, p.sum.Draft = newCost(), newCost()
	for o, err := range orders {
		if err != nil {
			return Summary{}, err
		}
		if p.sum.Read%every == 0 {
			if err := ctx.Err(); err != nil {
				return Summary{}, err
			}
			if r.Progress != nil {
				r.Progress(p.sum.Read)
			}
		}
		p.sum.Read++
		if err := p.order(&o); err != nil {
			return Summary{}, err
		}
	}
	return p.end(), nil
}

func newCost() Cost { return Cost{ByFunding: map[string]int64{}, ByRule: map[string]int64{}} }

// replay is a replay under way.
type replay struct {
	Replaying
	sum    Summary
	buyers map[string]*replayed
}

// replayed is what is kept of one buyer.
type replayed struct {
	sum         BuyerSum
	past        history
	live, draft caps
}

// caps are what a buyer had of each cap in the running month.
type caps struct {
	month calendar.Month
	had   map[string]int64
}

// order values one order by both and adds it up.
func (p *replay) order(o *Order) error {
	b := p.buyers[o.Buyer]
	if b == nil {
		b = &replayed{sum: BuyerSum{Buyer: o.Buyer}}
		p.buyers[o.Buyer] = b
	}
	facts := b.past.claim(p.Zone, o)
	counts := !o.Placed.Before(p.CountFrom)
	d := Difference{Order: *o, Live: p.Live(o.Placed).Value(*o, facts), Draft: p.Draft.Value(*o, facts)}
	d.LivePoints = b.live.cut(p.Zone.Month(o.Placed), &d.Live, &p.sum.Live, counts)
	d.DraftPoints = b.draft.cut(p.Zone.Month(o.Placed), &d.Draft, &p.sum.Draft, counts)
	if !counts {
		return nil
	}
	p.sum.Orders++
	p.sum.Net = add(p.sum.Net, o.Net())
	if d.LivePoints != d.DraftPoints {
		p.sum.Changed++
	}
	b.sum.Orders++
	b.sum.Live += d.LivePoints
	b.sum.Draft += d.DraftPoints
	if p.Each == nil {
		return nil
	}
	for i := range d.Live.Lines {
		d.Lines = append(d.Lines, LineDifference{o.Lines[i].ID, d.Live.Lines[i].Points, d.Draft.Lines[i].Points})
	}
	return p.Each(d)
}

// cut takes the value's shares under their caps in the month, and adds what is left to the cost where the order counts.
func (c *caps) cut(month calendar.Month, v *Value, cost *Cost, counts bool) (left int64) {
	if c.month != month {
		c.month = month
		clear(c.had)
	}
	for i := range v.Shares {
		s := &v.Shares[i]
		points := s.Points
		if s.CapID != "" {
			if c.had == nil {
				c.had = map[string]int64{}
			}
			points = max(0, min(points, s.CapMost-c.had[s.CapID]))
			c.had[s.CapID] += points
		}
		left += points
		if counts {
			cost.ByFunding[s.Funding] += points
			cost.Points += points
			cost.Cut += s.Points - points
		}
	}
	if counts {
		for i := range v.Lines {
			for j := range v.Lines[i].Trials {
				if t := &v.Lines[i].Trials[j]; t.Points > 0 {
					cost.ByRule[t.Rule] += t.Points
				}
			}
		}
	}
	return left
}

// end sorts the buyers.
func (p *replay) end() Summary {
	for _, id := range slices.Sorted(maps.Keys(p.buyers)) {
		b := p.buyers[id].sum
		if b.Orders == 0 {
			continue
		}
		p.sum.Buyers = append(p.sum.Buyers, b)
		switch d := b.Difference(); {
		case d > 0:
			p.sum.Gain++
		case d < 0:
			p.sum.Lose++
		default:
			p.sum.Same++
		}
	}
	slices.SortStableFunc(p.sum.Buyers, func(a, b BuyerSum) int { return cmp.Compare(b.Difference(), a.Difference()) })
	if p.Progress != nil {
		p.Progress(p.sum.Read)
	}
	return p.sum
}
