package cases

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"firebrand/internal/calendar"
)

// Total is the money of the whole sale.
func (s Sale) Total() int64 {
	var sum int64
	for _, l := range s.Lines {
		sum += l.Net
	}
	return sum
}

// Back is the money of what came back, line by line by its share, rounded down.
func (s Sale) Back() int64 {
	var sum int64
	for _, l := range s.Lines {
		switch {
		case l.Returned <= 0 || l.Quantity <= 0:
		case l.Returned >= l.Quantity:
			sum += l.Net
		default:
			// The quotient first: money times quantity may not fit.
			sum += l.Net/l.Quantity*l.Returned + l.Net%l.Quantity*l.Returned/l.Quantity
		}
	}
	return sum
}

// share is what came back of the money, in permille.
func (s Sale) share() int64 {
	back, total := s.Back(), s.Total()
	switch {
	case total <= 0:
		return 0
	case total > math.MaxInt64/1000:
		return min(1000, back/(total/1000))
	}
	return back * 1000 / total
}

// judged reports whether there is anything to draw from a sale.
func (s Sale) judged() bool { return s.Buyer != "" && s.Total() > 0 }

// stockUp says why a sale looks bought for its points alone; nothing where it does not.
func stockUp(s Sale, th Thresholds) []Reason {
	share := s.share()
	if !s.judged() || s.Points <= 0 || s.Returned.IsZero() || share < th.LargeShare {
		return nil
	}
	var why []Reason
	percent := map[string]int64{"percent": share / 10}
	if s.Short > 0 {
		why = append(why, Reason{Key: "spent", Args: map[string]int64{"percent": share / 10, "points": s.Short}, Order: s.Order})
	}
	if !s.Active.IsZero() && !s.Returned.Before(s.Active) {
		why = append(why, Reason{Key: "active", Args: percent, Order: s.Order})
	}
	if minimum := s.passed(); minimum > 0 && s.Total()-s.Back() < minimum && s.soon(th) {
		why = append(why, Reason{Key: "minimum", Args: map[string]int64{"percent": share / 10, "minimum": minimum}, Order: s.Order})
	}
	return why
}

// passed is the highest minimum that the sale reached as it was ordered; 0 where none was asked.
func (s Sale) passed() int64 {
	var highest int64
	for _, m := range s.Minimums {
		if s.Total() >= m {
			highest = max(highest, m)
		}
	}
	return highest
}

// soon reports whether the return came within some days.
func (s Sale) soon(th Thresholds) bool {
	began := s.Delivered
	if began.IsZero() {
		began = s.Placed
	}
	return s.Returned.Before(began.AddDate(0, 0, th.ReturnDays))
}

// receipt is what two tellings of one receipt have in common: the lines, in whatever order, and their money.
func (s Sale) receipt() string {
	lines := make([]string, len(s.Lines))
	for i, l := range s.Lines {
		lines[i] = fmt.Sprintf("%q %d %d", l.Product, l.Quantity, l.Net)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// twins are the sales that tell the same receipt as s within some days, s itself among them; nothing where it stands alone.
func twins(s Sale, near []Sale, th Thresholds) []Sale {
	if !s.judged() || s.Cancelled {
		return nil
	}
	receipt := s.receipt()
	var same []Sale
	for _, o := range near {
		apart := o.Placed.Sub(s.Placed).Abs()
		if !o.Cancelled && o.Buyer == s.Buyer && apart <= days(th.TwiceDays) && o.receipt() == receipt {
			same = append(same, o)
		}
	}
	if len(same) < 2 {
		return nil
	}
	return same
}

// split says why the sales of one buyer and day look like one; which are those that it is about.
func split(sales []Sale, th Thresholds) (which []Sale, why []Reason) {
	for _, minimum := range minimums(sales) {
		var over []Sale
		for _, s := range sales {
			if total := s.Total(); slices.Contains(s.Minimums, minimum) && total >= minimum && total-minimum <= minimum/1000*th.JustOver+minimum%1000*th.JustOver/1000 {
				over = append(over, s)
			}
		}
		if len(over) >= th.SplitOrders {
			which = append(which, over...)
			why = append(why, Reason{Key: "just_over", Args: map[string]int64{"n": int64(len(over)), "minimum": minimum}})
		}
	}
	var bonuses []Sale
	for _, s := range sales {
		if s.Bonuses > 0 {
			bonuses = append(bonuses, s)
		}
	}
	if len(sales) >= th.BonusOrders && len(bonuses) >= th.Bonuses {
		which = append(which, sales...)
		why = append(why, Reason{Key: "bonuses", Args: map[string]int64{"n": int64(len(sales)), "bonuses": int64(len(bonuses))}})
	}
	return which, why
}

// minimums are those that any of the sales was asked for, each once.
func minimums(sales []Sale) []int64 {
	var all []int64
	for _, s := range sales {
		all = append(all, s.Minimums...)
	}
	slices.Sort(all)
	return slices.DeleteFunc(slices.Compact(all), func(m int64) bool { return m <= 0 })
}

// ofDay are the sales of a buyer's local day that stand, once each, by time.
func ofDay(near []Sale, day calendar.Date, z calendar.Zone) []Sale {
	var sales []Sale
	for _, s := range near {
		if s.judged() && !s.Cancelled && z.Date(s.Placed) == day {
			sales = append(sales, s)
		}
	}
	return sales
}

// found makes the case that some sales and reasons are; the id says what it is about.
func found(kind Kind, buyer, about string, sales []Sale, why []Reason) Case {
	slices.SortStableFunc(sales, func(a, b Sale) int {
		if c := a.Placed.Compare(b.Placed); c != 0 {
			return c
		}
		return strings.Compare(a.Order, b.Order)
	})
	c := Case{ID: caseID(kind, buyer, about), Kind: kind, Buyer: buyer, Reasons: why, State: Waiting}
	for _, s := range sales {
		if !slices.Contains(c.Orders, s.Order) {
			c.Orders = append(c.Orders, s.Order)
		}
	}
	return c
}

// caseID is the same for the same suspicion, whoever finds it and however often.
func caseID(kind Kind, buyer, about string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%q\x00%q", kind, buyer, about))
	return hex.EncodeToString(sum[:12])
}

// merged is a stored case with what was found now, and whether anything of that is new: an order or a reason of a kind
// that was not there. Numbers of a known reason are renewed without opening the case again.
func merged(stored, now Case, at time.Time) (c Case, news bool) {
	c = stored
	c.Orders, c.Reasons = slices.Clone(stored.Orders), slices.Clone(stored.Reasons)
	for _, order := range now.Orders {
		if !slices.Contains(c.Orders, order) && len(c.Orders) < maxOrders {
			c.Orders = append(c.Orders, order)
			news = true
		}
	}
	for _, r := range now.Reasons {
		i := slices.IndexFunc(c.Reasons, func(o Reason) bool { return o.Key == r.Key && o.Order == r.Order })
		if i < 0 {
			c.Reasons = append(c.Reasons, r)
			news = true
			continue
		}
		c.Reasons[i] = r
	}
	if news && c.State != Waiting {
		c.State, c.Changed = Waiting, at
	}
	return c, news
}

// maxOrders bounds what one case names; more of the same says nothing new.
const maxOrders = 100

func days(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }
