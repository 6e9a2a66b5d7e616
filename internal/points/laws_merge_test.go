package points

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"firebrand/internal/calendar"
)

// Two accounts of one person live on after one was merged into the other, and what both had is there.
func TestMergesKeepTheLaws(t *testing.T) {
	for seed := range uint64(lawRuns / 5) {
		from := newRun(t, rand.NewPCG(seed, 2), fmt.Sprint("source, seed ", seed))
		into := newRun(t, rand.NewPCG(seed, 3), fmt.Sprint("target, seed ", seed))
		into.account, into.now = "b", from.now
		for range 150 {
			from.step()
			into.step()
		}
		from.mergeInto(into)
		for range 100 {
			into.step()
		}
		from.finish()
		into.finish()
	}
}

// mergeInto frees what is held, merges, and compares what was there before with what is there after.
func (r *run) mergeInto(into *run) {
	do := func(r *run, op Op) Change {
		c, err := Apply(r.state, op, r.now, r.policy, r.zone)
		if err != nil {
			r.fail("%s: %v", op.Kind, err)
		}
		r.checkChange(c)
		r.keep(op, c)
		return c
	}
	for len(r.state.Holds) > 0 {
		h := r.state.Holds[0].ID
		do(r, Op{Kind: KindRelease, Key: "free/" + h, Account: r.account, Hold: h})
	}
	r.now = later(r.now, into.now)
	into.now = r.now
	mine, theirs := r.state.View(r.now), into.state.View(r.now)
	out := do(r, Op{Kind: KindMergeOut, Key: "merge", Account: r.account, Other: into.account, Ref: "one person"})
	op := out.Op
	op.Kind, op.Key, op.Account, op.Other = KindMergeIn, mergeKey(r.account), into.account, r.account
	do(into, op)
	left, got := r.state.View(r.now), into.state.View(r.now)
	paid := got.Totals.Reversed - theirs.Totals.Reversed
	if left.Alive+left.Pending+left.Debt != 0 || left.Totals.MovedOut != mine.Alive+mine.Pending+mine.Totals.Spent ||
		got.Alive+got.Pending+paid != mine.Alive+mine.Pending+theirs.Alive+theirs.Pending ||
		got.Debt+paid != mine.Debt+theirs.Debt || got.Totals.Spent != mine.Totals.Spent+theirs.Totals.Spent || got.Held != theirs.Held || got.Totals.Burned != theirs.Totals.Burned {
		r.fail("%+v and %+v became %+v and %+v", mine, theirs, left, got)
	}
	for _, m := range got.Months {
		if m.Won != wonIn(mine, m.Month)+wonIn(theirs, m.Month) {
			r.fail("won in %s: %d and %d became %d", m.Month, wonIn(mine, m.Month), wonIn(theirs, m.Month), m.Won)
		}
	}
	if burns := got.BurnsAt; !burns.IsZero() && (burns.Before(mine.BurnsAt) || burns.Before(theirs.BurnsAt)) {
		r.fail("after the merge burns at %s, warned of %s and %s", burns, mine.BurnsAt, theirs.BurnsAt)
	}
}

func wonIn(v View, m calendar.Month) int64 {
	for _, t := range v.Months {
		if t.Month == m {
			return t.Won
		}
	}
	return 0
}
