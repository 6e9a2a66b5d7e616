package auction

import (
	"context"
	"errors"
	"sync"
	"time"

	"firebrand/internal/fault"
	"firebrand/internal/journal"
)

const (
	// tablesMost is how many auctions are remembered before those go that are settled. One that is not is never forgotten:
	// two tables of one auction in one process would not know of each other's records.
	tablesMost = 256
	// lastBids is how many bids everyone sees.
	lastBids = 10
	readPage = 1000
)

// tables are the auctions that this process remembers.
type tables struct {
	mu sync.Mutex
	of map[string]*table
}

// table is one auction as this process remembers it: its records folded, so that a decision needs none of them read
// again. It may lag behind other processes; whoever refuses by it reads on first, and whoever accepts by it finds the
// next seq taken.
type table struct {
	id string
	// turn holds one token: who has it is let in. Bids of this process come one after another, so that a bid that another
	// one beats is refused before its points are held.
	turn chan struct{}

	mu sync.Mutex
	// tail is the bid let in last that is on its way, onWay are the members whose bids are.
	tail  *coming
	onWay map[string]struct{}
	state State
	// acted are the keys of all bids, purchases and voids.
	acted map[string]struct{}
	last  []BidLine // newest last, Who is the member's id
	// lastKey is the key of the newest of them.
	lastKey string
	// outbid are those who were told that they were outbid, and the bids of which they were.
	outbid map[string]struct{}
	known  map[string]struct{}
	// paid, told and cleared are what was done once behind the end; another process may do it again.
	paid    map[int]bool
	told    bool
	cleared bool
}

func newTable(id string) *table {
	return &table{
		id: id, turn: make(chan struct{}, 1), acted: map[string]struct{}{}, onWay: map[string]struct{}{}, known: map[string]struct{}{}, outbid: map[string]struct{}{}, paid: map[int]bool{},
	}
}

// table is the auction as far as it is known; fault.NotFound ("auction.missing") where it was never scheduled.
func (s *Service) table(ctx context.Context, id string) (*table, error) {
	s.tables.mu.Lock()
	t := s.tables.of[id]
	s.tables.mu.Unlock()
	if t != nil {
		return t, nil
	}
	t = newTable(id)
	if err := t.refresh(ctx, s.Journal); err != nil {
		return nil, err
	}
	if t.state.Seq == 0 {
		return nil, missing()
	}
	return s.tables.keep(t), nil
}

// fresh is the auction as it is stored now.
func (s *Service) fresh(ctx context.Context, id string) (*table, error) {
	t, err := s.table(ctx, id)
	if err != nil || s.alone {
		return t, err // nobody else writes, and what this process writes it folds at once
	}
	return t, t.refresh(ctx, s.Journal)
}

// keep remembers t unless the auction is remembered already, and returns the one that is.
func (ts *tables) keep(t *table) *table {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if known := ts.of[t.id]; known != nil {
		return known
	}
	if len(ts.of) >= tablesMost {
		for id, old := range ts.of {
			if old.over() {
				delete(ts.of, id)
			}
		}
	}
	ts.of[t.id] = t
	return t
}

func (t *table) over() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.state.Settled
}

// refresh folds what was written since.
func (t *table) refresh(ctx context.Context, j *journal.Journal) error {
	for {
		t.mu.Lock()
		from := t.state.Seq + 1
		t.mu.Unlock()
		recs, err := j.Read(ctx, Stream(t.id), from, readPage)
		if err != nil {
			return err
		}
		for _, rec := range recs {
			c, err := changeOf(rec)
			if err != nil {
				return err
			}
			t.fold(rec, c)
		}
		if len(recs) < readPage {
			return nil
		}
	}
}

// fold takes the next record in; any other one is known already, or is read later.
func (t *table) fold(rec journal.Record, c Change) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if rec.Seq != t.state.Seq+1 {
		return
	}
	t.state.take(c, rec.Seq, rec.At)
	switch c.Op.Kind {
	case KindBid, KindBought:
		t.last = append(t.last, BidLine{
			Seq: rec.Seq, Who: c.Op.Member, Amount: t.state.All[c.Op.Member].Amount, Bought: c.Op.Kind == KindBought, At: rec.At,
		})
		if len(t.last) > lastBids {
			t.last = append(t.last[:0], t.last[len(t.last)-lastBids:]...)
		}
		t.acted[rec.Key], t.lastKey = struct{}{}, rec.Key
	case KindVoid:
		t.acted[rec.Key] = struct{}{}
	}
}

// didAct reports whether a key is known to have acted.
func (t *table) didAct(key string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, acted := t.acted[key]
	return acted
}

// read lets look at the state without anybody changing it.
func (t *table) read(look func(s *State)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	look(&t.state)
}

// apply judges an operation on what is known now.
func (t *table) apply(op Op, at time.Time) (c Change, err error) {
	t.read(func(s *State) { c, err = Apply(s, op, at) })
	return c, err
}

// decide writes the operation's record, or finds the one that its key made. What the record says is folded.
func (s *Service) decide(ctx context.Context, t *table, req journal.Request, op Op) (journal.Record, Change, error) {
	var change Change
	op.Key = req.Key
	rec, err := s.Journal.Decide(ctx, Stream(t.id), req, func(last journal.Record, at time.Time) (string, any, error) {
		seq := func() (n int64) { t.read(func(s *State) { n = s.Seq }); return n }
		if seq() < last.Seq {
			if err := t.refresh(ctx, s.Journal); err != nil {
				return "", nil, err
			}
		}
		t.mu.Lock()
		defer t.mu.Unlock()
		if t.state.Seq != last.Seq {
			return "", nil, journal.ErrStale
		}
		var err error
		change, err = Apply(&t.state, op, at)
		return string(op.Kind), change, err
	})
	if err != nil {
		return rec, Change{}, err
	}
	if rec.Replayed {
		if change, err = changeOf(rec); err != nil {
			return rec, change, err
		}
		return rec, change, t.refresh(ctx, s.Journal) // another process may have written it
	}
	t.fold(rec, change)
	return rec, change, nil
}

// voided is what a void asks, whatever it stands for.
type voided struct{ Void string }

// void makes sure that nothing will ever happen under key, unless it has: the kind of the record that stands says which.
func (s *Service) void(ctx context.Context, t *table, key, actor string) (Kind, error) {
	rec, _, err := s.decide(ctx, t, journal.Request{Key: key, Actor: actor, What: voided{key}}, Op{Kind: KindVoid})
	if !fault.Is(err, fault.KeyReused) {
		return Kind(rec.Kind), err
	}
	rec, found, err := s.Journal.ByKey(ctx, Stream(t.id), key)
	if err == nil && !found {
		err = errors.New("auction: a key is reused that made no record") // a defect of the store
	}
	if err == nil {
		err = t.refresh(ctx, s.Journal)
	}
	return Kind(rec.Kind), err
}
