package purchase_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"firebrand/catalog/purchase"
	"firebrand/catalog/purchase/rule"
)

// tale is a list of messages as an ERP would tell them in order, each possible after those before it.
func tale(r *rand.Rand, id, company string) []purchase.Message {
	line := func(n int) purchase.Line {
		l := goods(fmt.Sprint(n), 4+r.Int64N(6))
		l.Group = []string{"primers", "paint", "tools"}[r.IntN(3)]
		return l
	}
	first := placed(id, line(1), line(2))
	first.Buyer.Company = company
	all := []purchase.Message{first}
	for n := int64(2); n <= 5; n++ {
		var m purchase.Message
		switch r.IntN(7) {
		case 0:
			m = purchase.Message{ID: id, Revision: n, State: purchase.Changed, Lines: []purchase.Line{line(1), line(2), line(3)}}
		case 1, 2:
			m = delivered(id, n)
			m.Delivered = placedAt.Add(time.Duration(n) * time.Hour)
		case 3:
			m = returned(id, n, fmt.Sprint(1+r.IntN(2)), 1+r.Int64N(4))
		case 4:
			m = cancelled(id, n)
		case 5:
			m = purchase.Message{ID: id, Revision: n, State: purchase.Placed, Channel: "phone", Placed: placedAt.Add(-time.Hour)}
		case 6:
			m = purchase.Message{ID: id, Revision: n, State: purchase.Returned}
		}
		all = append(all, m)
	}
	return all
}

// orders of arrival: every permutation of n places, some of them said twice.
func arrivals(r *rand.Rand, n int) [][]int {
	all := [][]int{{}}
	for i := range n {
		var longer [][]int
		for _, p := range all {
			for at := range len(p) + 1 {
				q := append(append(append([]int{}, p[:at]...), i), p[at:]...)
				longer = append(longer, q)
			}
		}
		all = longer
	}
	for i := range all {
		for range r.IntN(3) {
			again := all[i][r.IntN(len(all[i]))]
			at := r.IntN(len(all[i]) + 1)
			all[i] = append(all[i][:at:at], append([]int{again}, all[i][at:]...)...)
		}
	}
	return all
}

// standing is what an order comes to, without how it came to it.
func standing(o purchase.Order) string {
	points := map[string][2]int64{}
	for _, s := range o.Slots {
		if s.Asked > 0 || s.Given > 0 {
			points[s.Funding+s.Cap] = [2]int64{s.Asked, s.Given}
		}
	}
	o.Slots, o.ID, o.Buyer = nil, "", purchase.Buyer{}
	b, _ := json.Marshal(o)
	return fmt.Sprintf("%s %v %+v", b, points, o.Points())
}

func TestAnyOrderOfArrivalEndsTheSame(t *testing.T) {
	set := rule.Set{Version: 4, Rules: []rule.Rule{
		{ID: "ten", Kind: rule.Rate, Points: 1, Money: 10_00, Funding: "velmar", Minimums: []rule.Minimum{{Amount: 400_00}}},
		{ID: "app", Kind: rule.Rate, Points: 3, Money: 10_00, Funding: "app", CapMonth: 150, When: rule.Conditions{Channels: []string{"app"}}},
		{ID: "paint", Kind: rule.First, Points: 40},
	}}
	tales := 6
	if testing.Short() {
		tales = 2
	}
	r := rand.New(rand.NewPCG(7, 11))
	for n := range tales {
		w := newWorld(t, set, nil)
		seed := r.Uint64()
		story := func(id string) []purchase.Message { return tale(rand.New(rand.NewPCG(seed, 1)), id, "c"+id) }
		for _, m := range story("0") {
			w.take(m)
		}
		inOrder, err := w.purchase.Order(t.Context(), "0")
		must(t, err)
		view := w.balance("c0")
		for i, arrival := range arrivals(r, len(story(""))) {
			id := fmt.Sprint(i + 1)
			told := story(id)
			for _, at := range arrival {
				w.take(told[at])
			}
			o, err := w.purchase.Order(t.Context(), id)
			must(t, err)
			want(t, fmt.Sprintf("tale %d told as %v", n, arrival), standing(o), standing(inOrder))
			b := w.balance("c" + id)
			want(t, fmt.Sprintf("points of tale %d told as %v", n, arrival), b.Alive+b.Pending-b.Debt, view.Alive+view.Pending-view.Debt)
		}
		w.sound()
	}
}
