package points

import (
	"testing"
	"time"

	"firebrand/internal/calendar"
)

// book is an account in memory, for the pure rules: operations one after another, by a clock set by hand.
type book struct {
	t      testing.TB
	policy Policy
	zone   calendar.Zone
	state  State
	last   Change
}

func newBook(t testing.TB, policy Policy) *book {
	t.Helper()
	z, err := calendar.Load("Europe/Kyiv")
	if err != nil {
		t.Fatal(err)
	}
	return &book{t: t, policy: policy, zone: z, state: State{Owner: "m1"}}
}

// vectorPolicy is that of the worked vectors: 7 idle days, grace 3 days, no warnings.
func vectorPolicy() Policy {
	p := DefaultPolicy()
	p.Warnings, p.GraceDays = false, 3
	return p
}

// try applies an operation and checks the laws; it keeps the state only where the operation went through.
func (b *book) try(at string, op Op) error {
	b.t.Helper()
	if op.Account == "" {
		op.Account = "m1"
	}
	if op.Key == "" {
		op.Key = at + string(op.Kind)
	}
	c, err := Apply(b.state, op, instantOf(b.t, at), b.policy, b.zone)
	if err != nil {
		return err
	}
	if err := Check(c.After); err != nil {
		b.t.Fatalf("after %s at %s: %v", op.Kind, at, err)
	}
	b.state, b.last = c.After, c
	return nil
}

func (b *book) do(at string, op Op) Change {
	b.t.Helper()
	if err := b.try(at, op); err != nil {
		b.t.Fatalf("%s at %s: %v", op.Kind, at, err)
	}
	return b.last
}

func (b *book) view(at string) View { b.t.Helper(); return b.state.View(instantOf(b.t, at)) }

func (b *book) wantAlive(at string, want int64) {
	b.t.Helper()
	if got := b.view(at).Alive; got != want {
		b.t.Errorf("balance at %s is %d, want %d", at, got, want)
	}
}

func (b *book) wantTime(what string, got time.Time, want string) {
	b.t.Helper()
	if !got.Equal(instantOf(b.t, want)) {
		b.t.Errorf("%s %s, want %s", what, got.Format(time.RFC3339Nano), want)
	}
}

func instantOf(t testing.TB, s string) time.Time {
	t.Helper()
	at, err := time.Parse("2006-01-02T15:04:05.999Z07:00", s)
	if err != nil {
		t.Fatal(err)
	}
	return at.UTC()
}

func game(amount int64) Op {
	return Op{Kind: KindAward, Amount: amount, Source: SourceGame, Played: true}
}

func grant(t testing.TB, amount int64, expires string) Op {
	return Op{Kind: KindAward, Amount: amount, Source: SourceGrant, Expires: instantOf(t, expires)}
}

func TestVector1APlayerIdlesThroughTheShortDay(t *testing.T) {
	b := newBook(t, vectorPolicy())
	b.do("2026-03-24T18:00:00Z", game(100))
	b.wantTime("idle until", b.state.IdleUntil, "2026-03-31T21:00:00Z")
	b.wantAlive("2026-03-31T20:59:59.999Z", 100)
	b.wantAlive("2026-03-31T21:00:00Z", 0)

	c := b.do("2026-03-31T21:00:00Z", game(10))
	if len(c.Fell) != 1 || c.Fell[0].Why != WhyBurns || c.Fell[0].Amount != 100 || c.After.Burned != 100 {
		t.Errorf("fell due %+v, burned %d", c.Fell, c.After.Burned)
	}
	b.wantAlive("2026-03-31T21:00:00Z", 10)
	b.wantTime("idle until", b.state.IdleUntil, "2026-04-08T21:00:00Z")
}

// vector2 is the account that vectors 2 and 5 share, with the spend of 60 in its last record.
func vector2(t *testing.T) *book {
	b := newBook(t, vectorPolicy())
	b.do("2026-03-29T12:00:00Z", game(50))
	b.wantTime("idle until", b.state.IdleUntil, "2026-04-05T21:00:00Z")
	b.wantTime("A expires", b.state.Lots[0].Expires, "2026-05-31T21:00:00Z")
	b.do("2026-03-29T12:01:00Z", grant(t, 30, "2026-04-03T21:00:00Z"))
	b.do("2026-03-29T12:02:00Z", grant(t, 40, "2026-04-05T21:00:00Z"))
	c := b.do("2026-04-02T12:00:00Z", Op{Kind: KindSpend, Key: "buy", Amount: 60})
	if len(c.Took) != 2 || c.Took[0].Amount != 30 || c.Took[1].Amount != 30 {
		t.Fatalf("spent %+v, want B 30, C 30", c.Took)
	}
	b.wantTime("B", c.Took[0].Expires, "2026-04-03T21:00:00Z")
	b.wantTime("C", c.Took[1].Expires, "2026-04-05T21:00:00Z")
	return b
}

func TestVector2TheSoonestEndIsSpentFirst(t *testing.T) {
	b := vector2(t)
	b.wantAlive("2026-04-02T12:00:00Z", 60)
	b.wantAlive("2026-04-05T20:59:59.999Z", 60)
	b.wantAlive("2026-04-05T21:00:00Z", 0)
}

func TestVector3HeldPointsDoNotEnd(t *testing.T) {
	b := newBook(t, vectorPolicy())
	b.do("2026-04-01T09:00:00Z", grant(t, 100, "2026-04-10T21:00:00Z"))
	b.do("2026-04-09T10:00:00Z", Op{Kind: KindHold, Key: "h", Amount: 80})
	b.wantAlive("2026-04-09T10:00:00Z", 20)
	b.wantAlive("2026-04-10T20:59:59.999Z", 20)
	if v := b.view("2026-04-10T21:00:00Z"); v.Alive != 0 || v.Totals.Expired != 20 || v.Held != 80 {
		t.Errorf("at the expiry %+v", v)
	}
	b.do("2026-04-12T09:00:00Z", Op{Kind: KindRelease, Hold: "h"})
	b.wantAlive("2026-04-12T09:00:00Z", 80)
	b.wantAlive("2026-04-15T20:59:59.999Z", 80)
	b.wantAlive("2026-04-15T21:00:00Z", 0)
}

func TestVector4DebtIsRepaidWhenPurchasesBecomeActive(t *testing.T) {
	b := newBook(t, vectorPolicy())
	b.do("2026-03-01T09:00:00Z", Op{Kind: KindAward, Key: "old", Amount: 50, Source: SourcePurchase, From: instantOf(t, "2026-03-01T08:00:00Z")})
	b.do("2026-03-02T09:00:00Z", Op{Kind: KindSpend, Amount: 50})
	b.do("2026-03-03T09:00:00Z", Op{
		Kind: KindReverse, Of: "old", Pieces: []Lot{{Source: SourcePurchase, Amount: 50}}, Amount: 50, Mode: ModeDebt,
	})
	before := b.state
	if before.Debt != 50 || before.Reversed != 0 {
		t.Fatalf("debt %d, reversed %d", before.Debt, before.Reversed)
	}
	c := b.do("2026-03-10T22:00:00Z", Op{Kind: KindAward, Amount: 200, Source: SourcePurchase})
	b.wantTime("active", c.Op.From, "2026-04-10T21:00:00Z")
	if v := b.view("2026-04-10T20:59:59.999Z"); v.Alive != 0 || v.Pending != 200 || v.Debt != 50 {
		t.Errorf("a millisecond before %+v", v)
	}
	if v := b.view("2026-04-10T21:00:00Z"); v.Alive != 150 || v.Debt != 0 || v.Totals.Reversed != 50 || v.Pending != 0 {
		t.Errorf("at the settlement day %+v", v)
	}

	b.state = before
	c = b.do("2026-03-10T21:59:59.999Z", Op{Kind: KindAward, Amount: 200, Source: SourcePurchase})
	b.wantTime("delivered a millisecond earlier: active", c.Op.From, "2026-03-10T22:00:00Z")
	b.wantAlive("2026-03-10T21:59:59.999Z", 0)
	b.wantAlive("2026-03-10T22:00:00Z", 150)
}

func TestVector5ARefundKeepsTheOldAge(t *testing.T) {
	b := vector2(t)
	spend := b.last
	b.do("2026-04-04T12:00:00Z", Op{Kind: KindRefund, Of: "buy", OfSeq: spend.After.Seq, Pieces: spend.Took, Amount: 40})
	want := []struct {
		amount  int64
		expires string
	}{{40, "2026-04-05T21:00:00Z"}, {10, "2026-04-07T21:00:00Z"}, {50, "2026-05-31T21:00:00Z"}}
	for i, l := range b.state.Lots {
		if l.Amount != want[i].amount || !l.Expires.Equal(instantOf(t, want[i].expires)) {
			t.Errorf("lot %d: %d until %s, want %v", i, l.Amount, l.Expires, want[i])
		}
	}
	b.wantAlive("2026-04-04T12:00:00Z", 100)
	b.wantAlive("2026-04-05T20:59:59.999Z", 100)
	b.wantAlive("2026-04-05T21:00:00Z", 10)
	b.wantAlive("2026-04-07T20:59:59.999Z", 10)
	b.wantAlive("2026-04-07T21:00:00Z", 0)
	ends := b.view("2026-04-04T12:00:00Z").Ends
	if len(ends) != 3 || ends[0].Amount != 40 || ends[1].Amount != 50 || ends[1].Why != WhyBurns || ends[2].Amount != 10 {
		t.Errorf("ends %+v", ends)
	}
}
