package points

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/journal"
)

const lawSteps = 500

// The six laws of the account, after every step of seeded random runs on the pure rules.
func TestLaws(t *testing.T) {
	const lanes = 4
	for lane := range lanes {
		t.Run(fmt.Sprint("lane ", lane), func(t *testing.T) {
			t.Parallel()
			for seed := lane; seed < lawRuns; seed += lanes {
				r := newRun(t, rand.NewPCG(uint64(seed), 1), fmt.Sprint("seed ", seed))
				for range lawSteps {
					r.step()
				}
				r.finish()
			}
		})
	}
}

// FuzzApply lives the account's life as the fuzzer's bytes choose it, under the same laws.
func FuzzApply(f *testing.F) {
	f.Add([]byte{})
	for seed := range uint64(4) {
		data := make([]byte, 2048)
		_, _ = rand.NewChaCha8([32]byte{byte(seed)}).Read(data)
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		source := &chosen{data, rand.NewPCG(1, 1)}
		r := newRun(t, source, "fuzzed")
		for len(source.data) > 0 && len(r.stream) < lawSteps {
			r.step()
		}
		r.finish()
	})
}

// chosen is a source of randomness that the fuzzer chooses. Once its bytes are used up it is a seeded one, since numbers
// within a bound are drawn until one fits.
type chosen struct {
	data []byte
	then rand.Source
}

func (c *chosen) Uint64() uint64 {
	if len(c.data) == 0 {
		return c.then.Uint64()
	}
	var word [8]byte
	c.data = c.data[copy(word[:], c.data):]
	return binary.LittleEndian.Uint64(word[:])
}

// run is one random life of an account: its stream in memory, with keys that act once and a chain.
type run struct {
	t      testing.TB
	name   string
	rnd    *rand.Rand
	zone   calendar.Zone
	policy Policy
	now    time.Time
	state  State
	stream []journal.Record
	byKey  map[string]int
	asked  []Op
	spends []Change
	awards []Change
	ended  []string
	// undone is how much of which record was undone, by its seq.
	undone map[int64]int64
	// came is what came under which cap in which month, less what was taken back of it.
	came    map[string]int64
	account string
}

func newRun(t testing.TB, source rand.Source, name string) *run {
	rnd := rand.New(source)
	start := time.Date(2018, time.Month(1+rnd.IntN(12)), 1+rnd.IntN(28), rnd.IntN(24), 0, 0, 0, time.UTC)
	r := &run{t: t, name: name, rnd: rnd, now: start, byKey: map[string]int{}, undone: map[int64]int64{}, came: map[string]int64{}, account: "a"}
	r.publish()
	return r
}

// publish lets another policy come into force, zone and all.
func (r *run) publish() {
	names := []string{"Europe/Kyiv", "America/Sao_Paulo", "Asia/Beirut", "UTC"}
	p := DefaultPolicy()
	p.Version, p.Lives = r.policy.Version+1, nil
	p.Zone = names[r.rnd.IntN(len(names))]
	p.Warnings, p.IdleDays, p.SettleDay = r.rnd.IntN(2) == 0, 3+r.rnd.IntN(10), 1+r.rnd.IntN(31)
	p.GraceDays, p.Returns = r.rnd.IntN(10), []Mode{ModePending, ModeBalance, ModeDebt}[r.rnd.IntN(3)]
	kinds := []LifeKind{LifeDays, LifeMonths, LifeMonthEnd, LifeQuarterEnd, LifeDates}
	for _, source := range []Source{"", SourceGame, SourcePurchase} {
		l := Life{Source: source, Kind: kinds[r.rnd.IntN(len(kinds))], N: 1 + r.rnd.IntN(4)}
		if l.Kind == LifeDates {
			l.Dates = []DayOfYear{{time.February, 29}, {time.Month(1 + r.rnd.IntN(12)), 1 + r.rnd.IntN(28)}}
		}
		p.Lives = append(p.Lives, l)
	}
	if r.rnd.IntN(2) == 0 {
		p.Caps = []SourceCap{{SourceGame, int64(50 + r.rnd.IntN(300))}, {SourcePurchase, 200}}
	}
	if err := p.Validate(); err != nil {
		r.fail("%v", err)
	}
	r.policy, r.zone = p, p.In(calendar.Zone{})
}

func (r *run) fail(format string, args ...any) {
	r.t.Helper()
	r.t.Fatalf(r.name+", step "+fmt.Sprint(len(r.stream))+": "+format, args...)
}

func (r *run) step() {
	r.advance()
	if r.rnd.IntN(100) == 0 {
		r.publish()
	}
	op := r.choose()
	if len(r.asked) > 0 && r.rnd.IntN(20) == 0 {
		op = r.asked[r.rnd.IntN(len(r.asked))]
	}
	if r.checkKey(op) {
		return
	}
	before := deepClone(r.state)
	c, err := Apply(r.state, op, r.now, r.policy, r.zone)
	if !before.Equal(r.state) {
		r.fail("%s changed the state it was given", op.Kind)
	}
	if err != nil {
		if fault.KindOf(err) == 0 {
			r.fail("%s failed with no fault: %v", op.Kind, err)
		}
		return
	}
	r.checkChange(c)
	r.keep(op, c)
}

// advance moves the clock: not at all, a little, far, or exactly to, before or behind an instant that matters.
func (r *run) advance() {
	switch r.rnd.IntN(5) {
	case 0:
	case 1:
		r.now = r.now.Add(time.Duration(r.rnd.IntN(3_600_000)) * time.Millisecond)
	case 2:
		r.now = r.now.Add(time.Duration(r.rnd.IntN(5*24*3600)) * time.Second)
	default:
		marks := []time.Time{r.state.IdleUntil, r.state.BurnsAt, r.state.WarnsAt(r.policy)}
		for _, l := range r.state.Lots {
			marks = append(marks, l.From, l.Expires)
		}
		to := marks[r.rnd.IntN(len(marks))].Add(time.Duration(r.rnd.IntN(3)-1) * time.Millisecond)
		if to.After(r.now) && to.Before(r.now.AddDate(0, 2, 0)) {
			r.now = to
		}
	}
}

// checkKey does what the journal does: a key that acted before does not act again.
func (r *run) checkKey(op Op) bool {
	_, acted := r.byKey[op.Key]
	return acted
}

// checkChange holds one record against the laws and against the definition of being alive.
func (r *run) checkChange(c Change) {
	s := c.After
	if err := Check(s); err != nil {
		r.fail("%s: %v", c.Op.Kind, err)
	}
	delta := c.Delta
	for _, f := range c.Fell {
		delta += f.delta()
	}
	if was := r.state.alive(r.state.At); s.alive(s.At) != was+delta {
		r.fail("%s: balance %d, then %+d is not %d", c.Op.Kind, was, delta, s.alive(s.At))
	}
	if c.Op.Kind == KindCapture || c.Op.Kind == KindRelease {
		if err := errors.Join(stillHeld(s, c.Op.Hold), endsTwice(r.ended, c.Op.Hold)); err != nil {
			r.fail("%v", err)
		}
	}
	// What is alive at some later instant, straight from the definition, where no debt takes a share.
	at := s.At.Add(time.Duration(r.rnd.Int64N(int64(60 * 24 * time.Hour)))).Truncate(time.Millisecond)
	var want int64
	for _, l := range s.Lots {
		if !l.From.After(at) && at.Before(l.Expires) && (!l.Idles || s.BurnsAt.IsZero() || at.Before(s.BurnsAt)) {
			want += l.Amount
		}
	}
	if got := s.View(at).Alive; s.Debt == 0 && got != want {
		r.fail("alive %d, by definition %d", got, want)
	}
	r.checkClock(s, at)
}

// checkClock: settling in two steps is settling in one, and a month's total changes exactly when it says.
func (r *run) checkClock(s State, at time.Time) {
	half := s.At.Add(at.Sub(s.At) / 2).Truncate(time.Millisecond)
	first, _ := s.Settle(half)
	twice, _ := first.Settle(at)
	once, _ := s.Settle(at)
	if err := Check(once); err != nil {
		r.fail("%v", err)
	}
	if !once.Equal(twice) {
		r.fail("settled once %+v, in two steps %+v", once, twice)
	}
	if len(s.Months) == 0 {
		return
	}
	month := s.Months[r.rnd.IntN(len(s.Months))].Month
	total, since, changes := s.Won(month, s.At)
	if since.After(s.At) || total < 0 {
		r.fail("won %d in %s since %s", total, month, since)
	}
	if changes.IsZero() {
		return
	}
	before, sinceBefore, _ := s.Won(month, changes.Add(-time.Millisecond))
	after, sinceAfter, _ := s.Won(month, changes)
	if before != total || !sinceBefore.Equal(since) || after >= total || !sinceAfter.Equal(changes) {
		r.fail("won %d since %s, then %d, at %s %d since %s", total, since, before, changes, after, sinceAfter)
	}
}

func stillHeld(s State, hold string) error {
	if _, err := s.held(hold); err == nil {
		return fmt.Errorf("hold %s ended and is still open", hold)
	}
	return nil
}

func endsTwice(ended []string, hold string) error {
	for _, h := range ended {
		if h == hold {
			return fmt.Errorf("hold %s ended twice", hold)
		}
	}
	return nil
}

func (r *run) keep(op Op, c Change) {
	rec := recordOf(r.t, c)
	if n := len(r.stream); n > 0 {
		rec.Prev = r.stream[n-1].Hash
	}
	rec.Hash = chainHash(rec)
	r.byKey[op.Key] = len(r.stream)
	r.stream, r.asked, r.state = append(r.stream, rec), append(r.asked, op), c.After
	switch c.Op.Kind {
	case KindReverse:
		r.undone[op.OfSeq] += op.Amount
	case KindRefund:
		r.undone[op.OfSeq] += c.Moved
	}
	if undone := r.undone[op.OfSeq]; undone > sum(op.Pieces) {
		r.fail("%d were undone of %d", undone, sum(op.Pieces))
	}
	r.underCaps(c)
	switch c.Op.Kind {
	case KindSpend:
		r.spends = append(r.spends, c)
	case KindAward, KindDeliver:
		r.awards = append(r.awards, c)
	case KindCapture, KindRelease:
		r.ended = append(r.ended, op.Hold)
		if op.Kind == KindCapture {
			r.spends = append(r.spends, c)
		}
	}
}

// underCaps holds an award's caps against all that came under them in its month, added up beside the state.
func (r *run) underCaps(c Change) {
	for _, limit := range c.Op.Caps {
		came := fmt.Sprint(limit.ID, c.Op.CapMonth)
		switch c.Op.Kind {
		case KindReverse:
			r.came[came] -= c.Moved + c.Owed
		case KindAward:
			if r.came[came] += c.Moved; r.came[came] > limit.Most {
				r.fail("%d came under %s, which allows %d", r.came[came], limit.ID, limit.Most)
			}
		}
	}
}

// finish replays the stream and verifies its chain; a record changed behind our back is then found.
func (r *run) finish() {
	if err := VerifyStream(r.stream); err != nil {
		r.fail("%v", err)
	}
	prev := ""
	for _, rec := range r.stream {
		if rec.Prev != prev || rec.Hash != chainHash(rec) {
			r.fail("record %s breaks the chain", rec.ID())
		}
		prev = rec.Hash
	}
	if r.rnd.IntN(20) == 0 {
		r.tamper()
	}
}

// tamper changes the totals of one record behind our back.
func (r *run) tamper() {
	if len(r.stream) == 0 {
		return
	}
	i := r.rnd.IntN(len(r.stream))
	rec := &r.stream[i]
	forged := bytes.Replace(rec.Body, []byte(`"te":`), []byte(`"te":1`), 1)
	if bytes.Equal(rec.Body, forged) {
		return
	}
	rec.Body = forged
	if err := VerifyStream(r.stream); err == nil || !strings.Contains(err.Error(), rec.ID()) {
		r.fail("record %s was changed, verify says %v", rec.ID(), err)
	}
}

func chainHash(rec journal.Record) string {
	return fmt.Sprintf("%x", sha256.Sum256(fmt.Appendf(nil, "%s %d %s %s %d %s %s", rec.Stream, rec.Seq, rec.Key, rec.Kind,
		rec.At.UnixMilli(), rec.Prev, rec.Body)))
}

func deepClone(s State) State {
	s = s.clone()
	for i := range s.Holds {
		s.Holds[i].Pieces = slices.Clone(s.Holds[i].Pieces)
	}
	return s
}
