package auction

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"firebrand/internal/fault"
)

var epoch = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

// run is one seeded auction on the pure rules.
type run struct {
	t     testing.TB
	rnd   *rand.Rand
	state State
	now   time.Time
	// standing is what each standing bid must hold, by the definition: what was held and neither displaced nor ended.
	standing map[string]int64
	sealed   map[string]int64
	accepted int
	n        int
}

func newRun(t testing.TB, rnd *rand.Rand) *run {
	r := &run{t: t, rnd: rnd, now: epoch, standing: map[string]int64{}, sealed: map[string]int64{}}
	a := Auction{
		ID: "x", Units: 1 + rnd.IntN(3), Form: Ascending, Start: int64(1 + rnd.IntN(50)), Step: int64(1 + rnd.IntN(20)),
		Opens: epoch, Closes: epoch.Add(time.Duration(1+rnd.IntN(10)) * time.Minute), Window: 30 * time.Second,
		Extension: 30 * time.Second, Cap: time.Duration(rnd.IntN(3)) * time.Minute, Proxy: rnd.IntN(2) == 0,
		ManyPerCompany: rnd.IntN(2) == 0,
	}
	if rnd.IntN(3) == 0 {
		a.BuyNow = a.Start + int64(rnd.IntN(400))
	}
	if rnd.IntN(3) == 0 {
		a.Reserve = int64(rnd.IntN(200))
	}
	if rnd.IntN(3) == 0 {
		a.Form, a.Proxy, a.BuyNow, a.Window, a.Extension, a.Cap = Sealed, false, 0, 0, 0, 0
	}
	r.do(Op{Kind: KindScheduled, Settings: &a})
	return r
}

// do applies an operation, checks the laws on what came of it and folds it.
func (r *run) do(op Op) bool {
	r.t.Helper()
	r.n++
	op.Key = fmt.Sprint("k", r.n)
	before, _ := json.Marshal(r.state)
	c, err := Apply(&r.state, op, r.now)
	if after, _ := json.Marshal(r.state); string(before) != string(after) {
		r.t.Fatal("Apply changed the state that it was given")
	}
	if err != nil {
		if f := fault.As(err); f == nil {
			r.t.Fatalf("%s: %v", op.Kind, err)
		}
		return false
	}
	raw, _ := json.Marshal(c)
	var stored Change
	if err := json.Unmarshal(raw, &stored); err != nil {
		r.t.Fatal(err)
	}
	stored.Op.Kind, stored.Op.Key = op.Kind, op.Key
	if !same(c, stored) {
		r.t.Fatalf("kept as %s", raw)
	}
	was := r.state
	r.state.take(stored, was.Seq+1, r.now)
	if err := r.laws(op, was, c); err != nil {
		r.t.Fatalf("%s after %d: %v\n%+v", op.Kind, was.Seq, err, c)
	}
	return true
}

// laws are checked behind every operation.
func (r *run) laws(op Op, was State, c Change) error {
	s := &r.state
	r.account(op, c)
	latest := s.Settings.Closes.Add(s.Settings.Cap)
	switch {
	case len(s.Leads)+len(s.Wins) > s.Settings.Units:
		return fmt.Errorf("%d lead and %d won", len(s.Leads), len(s.Wins))
	case s.ClosesAt.After(latest):
		return errors.New("ends beyond the cap")
	case op.Kind != KindBid && op.Kind != KindBought && op.Kind != KindScheduled && !s.ClosesAt.Equal(was.ClosesAt):
		return errors.New("the end moved without a bid")
	case op.Kind == KindBid && s.next() < was.next() && s.next() != 0:
		return fmt.Errorf("the next bid fell from %d to %d", was.next(), s.next())
	case !slices.IsSortedFunc(s.Leads, better):
		return errors.New("leads are out of order")
	}
	held := map[string]int64{}
	for m := range s.All {
		if b, stands := s.stands(m); stands {
			held[b.Bid] = b.Max
			if b.Amount > b.Max || b.Amount < s.Settings.Start {
				return fmt.Errorf("%s would pay %d of %d", m, b.Amount, b.Max)
			}
		}
	}
	if s.End == "" {
		if fmt.Sprint(held) != fmt.Sprint(r.standing) {
			return fmt.Errorf("standing %v, by the definition %v", held, r.standing)
		}
	}
	return r.fair()
}

// account keeps what is held by the definition: a bid's own, until a record says that it is displaced.
func (r *run) account(op Op, c Change) {
	if op.Kind != KindBid && op.Kind != KindBought {
		return
	}
	r.accepted++
	for key := range r.standing {
		if r.sealed[op.Member+"/"+key] != 0 {
			delete(r.standing, key)
		}
	}
	if op.Kind == KindBid {
		r.standing[op.Key] = op.top()
		r.sealed[op.Member+"/"+op.Key] = 1
	}
	for _, o := range c.Out {
		delete(r.standing, o.Bid)
	}
}

// fair: nobody who named less leads before somebody who named more and does not, and nobody pays more than needed.
func (r *run) fair() error {
	s := &r.state
	if s.Settings.Form == Sealed || s.End != "" {
		return nil
	}
	for m, b := range s.All {
		_, leads := s.lead(m)
		_, won := s.win(m)
		for _, l := range s.Leads {
			if !leads && !won && b.Max > l.Max && s.Settings.BuyNow == 0 {
				return fmt.Errorf("%s named %d and does not lead, %s named %d and does", m, b.Max, l.Member, l.Max)
			}
		}
	}
	for _, l := range s.Leads {
		if s.Settings.Proxy && l.Amount > max(s.Settings.Start, s.Beaten+s.Settings.Step) {
			return fmt.Errorf("%s pays %d, %d would do", l.Member, l.Amount, s.Beaten+s.Settings.Step)
		}
	}
	return nil
}

func (r *run) step() {
	r.now = r.now.Add(time.Duration(r.rnd.IntN(20_000)) * time.Millisecond)
	who := r.rnd.IntN(7)
	op := Op{Kind: KindBid, Member: fmt.Sprint("m", who), Company: fmt.Sprint("c", who/2)}
	next := r.state.next()
	op.Amount = next + int64(r.rnd.IntN(60)) - 15
	if r.state.Settings.Proxy && r.rnd.IntN(2) == 0 {
		op.Max = op.Amount + int64(r.rnd.IntN(100))
	}
	switch r.rnd.IntN(30) {
	case 0:
		op.Kind, op.Amount, op.Max = KindBought, r.state.Settings.BuyNow, 0
	case 1:
		op = Op{Kind: KindVoid}
	case 2:
		op = Op{Kind: KindCancelled}
	case 3:
		op = Op{Kind: KindClosing}
	}
	r.do(op)
}

// finish closes the auction and checks its winners against the definition.
func (r *run) finish() {
	if r.now.Before(r.state.ClosesAt) {
		r.now = r.state.ClosesAt
	}
	if r.state.End == "" && !r.do(Op{Kind: KindClosing}) {
		r.t.Fatal("cannot be closed")
	}
	if r.state.End != KindClosing {
		return
	}
	var denied []string
	if ranking := r.state.ranking(); len(ranking) > 0 && r.rnd.IntN(3) == 0 {
		denied = append(denied, ranking[0].Member)
	}
	ranking, bought := slices.Clone(r.state.ranking()), len(r.state.Wins)
	if !r.do(Op{Kind: KindClosed, Denied: denied}) {
		r.t.Fatal("cannot be decided")
	}
	want := []string{}
	for _, b := range ranking {
		if len(want) < r.state.Settings.Units-bought && b.Max >= r.state.Settings.Reserve && !slices.Contains(denied, b.Member) {
			want = append(want, b.Member)
		}
	}
	got := []string{}
	for _, w := range r.state.Wins[bought:] {
		got = append(got, w.Member)
		if w.Price < r.state.Settings.Reserve {
			r.t.Fatalf("sold for %d below %d", w.Price, r.state.Settings.Reserve)
		}
	}
	if !slices.Equal(got, want) {
		r.t.Fatalf("won by %v, not %v", got, want)
	}
	if r.do(Op{Kind: KindBid, Member: "late", Company: "late", Amount: MaxPrice}) {
		r.t.Fatal("a bid after the end")
	}
	if !r.do(Op{Kind: KindSettled}) || r.do(Op{Kind: KindSettled}) {
		r.t.Fatal("settled otherwise than once")
	}
}

func TestTheLawsHoldAfterEveryOperation(t *testing.T) {
	accepted := 0
	for seed := range uint64(2000) {
		r := newRun(t, rand.New(rand.NewPCG(seed, 4)))
		for range 60 {
			r.step()
		}
		r.finish()
		accepted += r.accepted
	}
	t.Logf("%d accepted bids", accepted)
}

func FuzzRules(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(seed, uint8(40))
	}
	f.Fuzz(func(t *testing.T, seed uint64, steps uint8) {
		r := newRun(t, rand.New(rand.NewPCG(seed, 11)))
		for range steps {
			r.step()
		}
		r.finish()
	})
}

// TestABidWhoseRecordIsChangedIsFound replays a stream with one field changed.
func TestAChangedRecordIsFound(t *testing.T) {
	r := newRun(t, rand.New(rand.NewPCG(1, 1)))
	r.state.Settings.Form, r.state.Settings.BuyNow = Ascending, 0
	op := Op{Kind: KindBid, Key: "a", Member: "m1", Company: "c1", Amount: r.state.next()}
	c, err := Apply(&r.state, op, r.now)
	if err != nil {
		t.Fatal(err)
	}
	stored := c
	stored.After.Leads = slices.Clone(c.After.Leads)
	stored.After.Leads[0].Amount++
	if same(c, stored) {
		t.Fatal("a changed amount goes unnoticed")
	}
}
