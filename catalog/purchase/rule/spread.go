package rule

import (
	"cmp"
	"math/bits"
	"slices"
)

// share is amount × points / money rounded half up, MaxPoints at most; 0 where a figure makes no sense.
func share(amount, points, money int64) int64 {
	if amount <= 0 || points <= 0 || money <= 0 {
		return 0
	}
	hi, lo := bits.Mul64(uint64(amount), uint64(points))
	if hi >= uint64(money) {
		return MaxPoints
	}
	q, rest := bits.Div64(hi, lo, uint64(money))
	if rest >= uint64(money)-rest {
		q++
	}
	return int64(min(q, MaxPoints))
}

// spread gives points to the lines in proportion to their weights, so that the parts add up to points exactly: each its
// whole part first, then one more to those with the largest remainders. Equal remainders go by weight, then by the
// line's id, so that the order in which lines are told changes nothing. Without any weight nothing is given.
func (e *evaluation) spread(points int64, weights []int64, into []int64) {
	var whole uint64
	for _, w := range weights {
		whole += uint64(w) // lines have MaxNet at most: see evaluation.weigh
	}
	if whole == 0 || points <= 0 {
		return
	}
	left := points
	rests := e.rests[:0]
	for i, w := range weights {
		if w == 0 {
			continue
		}
		hi, lo := bits.Mul64(uint64(points), uint64(w))
		q, rest := bits.Div64(hi, lo, whole)
		into[i] += int64(q)
		left -= int64(q)
		rests = append(rests, remainder{rest, w, i})
	}
	e.rests = rests
	if left == 0 {
		return
	}
	slices.SortFunc(rests, func(a, b remainder) int {
		return cmp.Or(cmp.Compare(b.rest, a.rest), cmp.Compare(b.weight, a.weight),
			cmp.Compare(e.order.Lines[a.line].ID, e.order.Lines[b.line].ID), cmp.Compare(a.line, b.line))
	})
	for _, r := range rests[:left] {
		into[r.line]++
	}
}

// remainder is what is left of a line's part after its whole points.
type remainder struct {
	rest   uint64
	weight int64
	line   int
}
