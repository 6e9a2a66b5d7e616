package catalog_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"firebrand/catalog"
	"firebrand/internal/fault"
)

// TestARandomRunKeepsTheLaws plays 200 steps of a busy, crashing desk and checks everything that is stored every 50.
func TestARandomRunKeepsTheLaws(t *testing.T) {
	for _, seed := range []uint64{1, 2, 20261102} {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			w := newWorld(t)
			w.reward("mug", 30, 15, 0)
			w.reward("cap", 50, 12, 4)
			run := &randomRun{world: w, r: rand.New(rand.NewPCG(seed, 7)), states: map[catalog.State]int{}}
			for i := range 200 {
				run.step(i)
				if i%50 == 49 {
					w.store.Restart()
					w.sweep()
					w.agrees()
				}
			}
			t.Logf("%d crashes, ends %v", run.crashes, run.states)
		})
	}
}

type randomRun struct {
	world
	r       *rand.Rand
	crashes int
	states  map[catalog.State]int
}

func (run *randomRun) step(i int) {
	t, ctx := run.t, run.t.Context()
	if run.r.IntN(4) == 0 {
		run.store.DieAt(1+run.r.IntN(9), run.r.IntN(2) == 0)
	}
	member := fmt.Sprint("m", run.r.IntN(4))
	var err error
	switch what := run.r.IntN(10); {
	case what < 5:
		reward, price := "mug", int64(30)
		if run.r.IntN(2) == 0 {
			reward, price = "cap", 50
		}
		// Every third form or so is one that was sent before.
		var r catalog.Redemption
		r, err = run.redeem(member, reward, price, fmt.Sprint(reward, run.r.IntN(1+i/3)))
		run.states[r.State]++
	case what < 8:
		err = run.atTheDesk(member, i)
	case what == 8:
		_, err = run.catalog.AddStock(ctx, "marketer", "mug", 1, fmt.Sprint("more", i))
	default:
		run.clock.pass(time.Duration(run.r.IntN(40)) * time.Second)
		err = run.catalog.Sweep(ctx)
	}
	if run.store.Restart() {
		run.crashes++
	} else if err != nil && !fault.Is(err, fault.Conflict) {
		t.Fatalf("step %d: %v", i, err)
	}
	if run.r.IntN(2) == 0 {
		run.award(member, 40)
	}
}

// atTheDesk issues or cancels one of the member's redemptions, whatever its state.
func (run *randomRun) atTheDesk(member string, i int) error {
	ctx := run.t.Context()
	mine, err := run.catalog.Mine(ctx, member)
	if err != nil || len(mine) == 0 {
		return err
	}
	r := mine[run.r.IntN(len(mine))]
	if run.r.IntN(2) == 0 {
		r, err = run.catalog.Issue(ctx, "desk", r.ID, fmt.Sprint("i", i%3))
	} else {
		r, err = run.catalog.Cancel(ctx, "desk", r.ID, "gone", fmt.Sprint("c", i%3))
	}
	run.states[r.State]++
	return err
}
