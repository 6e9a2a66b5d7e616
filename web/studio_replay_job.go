package web

import (
	"context"
	"errors"
	"iter"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"

	"firebrand/catalog/purchase"
	"firebrand/catalog/purchase/rule"
	"firebrand/internal/calendar"
	"firebrand/internal/fault"
)

// A replay may take minutes: it runs in the process that was asked, which keeps the last few and forgets them when it
// ends. Nothing is written, so that nothing is lost with it.
const (
	// replaysMost is how many replays a process keeps, running or done.
	replaysMost = 8
	// replaysAtOnce is how many of them run: each keeps a core busy that people's pages need.
	replaysAtOnce = 1
	// replaySaid is how many buyers are listed on each side.
	replaySaid = 10
	// replaySample is how many changed orders a page shows line by line; the file has them all.
	replaySample = 20
)

// replays are the replays that this process runs.
type replays struct {
	mu   sync.Mutex
	jobs []*replayJob
}

// replayJob is one replay.
type replayJob struct {
	id       string
	from, to calendar.Date
	started  time.Time
	rules    int
	stop     context.CancelFunc
	read     atomic.Int64
	done     chan struct{}

	// What follows is written before done is closed, and read after it.
	sum    rule.Summary
	sample []rule.Difference
	file   string
	err    error
	ended  time.Time
}

// running reports whether the replay has not ended.
func (j *replayJob) running() bool {
	select {
	case <-j.done:
		return false
	default:
		return true
	}
}

// forget ends the replay and removes its file.
func (j *replayJob) forget() {
	j.stop()
	<-j.done
	if j.file != "" {
		_ = os.Remove(j.file) // a file that stays is in the folder of temporary ones
	}
}

// find returns a replay that this process knows.
func (r *replays) find(id string) (*replayJob, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, j := range r.jobs {
		if j.id == id {
			return j, true
		}
	}
	return nil, false
}

// list are the replays of this process, the newest first.
func (r *replays) list() (list []*replayJob) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := len(r.jobs) - 1; i >= 0; i-- {
		list = append(list, r.jobs[i])
	}
	return list
}

// add takes a replay in unless one of its id is there or too many run, and lets go of the oldest.
func (r *replays) add(j *replayJob) (there bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	running := 0
	for _, other := range r.jobs {
		if other.id == j.id {
			return true, nil
		}
		if other.running() {
			running++
		}
	}
	if running >= replaysAtOnce {
		return false, fault.New(fault.TooMany, "studio_rules.replay_busy").After(30 * time.Second)
	}
	r.jobs = append(r.jobs, j)
	if len(r.jobs) > replaysMost {
		go r.jobs[0].forget()
		r.jobs = r.jobs[1:]
	}
	return false, nil
}

// end stops them all and removes their files.
func (r *replays) end() {
	for _, j := range r.list() {
		j.forget()
	}
}

// runReplay starts the work in the background, with the draft and the sets as they are now.
func (s *Server) runReplay(ctx context.Context, j *replayJob) error {
	d, err := s.Rules.Draft(ctx)
	var sets []rule.Set
	if err == nil {
		sets, err = s.Rules.List(ctx)
	}
	if err != nil {
		j.err = err
		close(j.done)
		return err
	}
	j.rules = len(d.Rules)
	running, stop := context.WithCancel(context.Background())
	j.stop = stop
	go func() {
		defer close(j.done)
		defer stop()
		defer func() { j.ended = s.Now() }()
		if j.err = s.replay(running, j, d.Set, sets); j.err != nil && !errors.Is(j.err, context.Canceled) {
			s.Log.Warn("replay", "error", j.err)
		}
	}()
	return nil
}

// replay values the orders of the period, writing every line into the job's file.
func (s *Server) replay(ctx context.Context, j *replayJob, draft rule.Set, sets []rule.Set) error {
	file, err := os.CreateTemp("", "firebrand-replay-*.csv")
	if err != nil {
		return err
	}
	j.file = file.Name()
	lines := newReplayLines(file)
	from, to := s.Zone.StartOf(j.from), s.Zone.EndOf(j.to)
	read := from
	if draft.Needs() || anyNeeds(sets) {
		read = time.Time{} // what a buyer had bought before decides what is a first purchase
	}
	j.sum, err = rule.Replay(ctx, rule.Replaying{
		Zone: s.Zone, Draft: draft, CountFrom: from,
		Live:     func(placed time.Time) rule.Set { return rule.InForce(sets, placed) },
		Progress: func(n int) { j.read.Store(int64(n)) },
		Each: func(d rule.Difference) error {
			if len(j.sample) < replaySample && d.LivePoints != d.DraftPoints {
				j.sample = append(j.sample, d)
			}
			return lines.write(d)
		},
	}, s.pastOrders(ctx, read, to))
	return errors.Join(err, lines.end(), file.Close())
}

func anyNeeds(sets []rule.Set) bool {
	for _, set := range sets {
		if set.Needs() {
			return true
		}
	}
	return false
}

// pastOrders are the orders that bring points, by the date they were placed.
func (s *Server) pastOrders(ctx context.Context, from, to time.Time) iter.Seq2[rule.Order, error] {
	return func(yield func(rule.Order, error) bool) {
		enough := errors.New("enough")
		err := s.Orders.Each(ctx, from, to, func(o purchase.Order) error {
			if !o.Buyer.Known() || o.State == purchase.Cancelled {
				return nil
			}
			ruled, _ := o.Ruled()
			if !yield(ruled, nil) {
				return enough
			}
			return nil
		})
		if err != nil && err != enough {
			yield(rule.Order{}, err)
		}
	}
}

// storedOrder is one order as rules see it, with what is known of its buyer's other orders.
func (s *Server) storedOrder(c *fiber.Ctx, id string) (rule.Order, rule.Facts, error) {
	o, err := s.Orders.Order(c.UserContext(), id)
	if err != nil {
		return rule.Order{}, rule.Facts{}, err
	}
	ruled, facts := o.Ruled()
	return ruled, facts, nil
}
