package points_test

import (
	"strings"
	"testing"
	"time"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/points"
	"firebrand/internal/testenv"
)

// newService is the account of points over a store of its own, with a clock that stands at noon of 2 March 2026, Kyiv.
func newService(t testing.TB) (*points.Service, *testenv.Clock) {
	t.Helper()
	clock := testenv.At("2026-03-02T10:00:00Z")
	z, err := calendar.Load("Europe/Kyiv")
	if err != nil {
		t.Fatal(err)
	}
	j := testenv.Journal(t, testenv.Engine(t), clock.Now, points.Family)
	return &points.Service{Journal: j, Zone: z, Policy: points.DefaultPolicy(), Now: clock.Now}, clock
}

// must fails the test on an error and returns the receipt.
func must(t testing.TB) func(points.Receipt, error) points.Receipt {
	return func(r points.Receipt, err error) points.Receipt {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
}

func wantFault(t testing.TB, err error, kind fault.Kind, key string) {
	t.Helper()
	if f := fault.As(err); f == nil || f.Kind != kind || f.Key != key {
		t.Errorf("failed with %v, want %v %s", err, kind, key)
	}
}

func balance(t testing.TB, s *points.Service) points.View {
	t.Helper()
	v, err := s.Balance(t.Context(), "m1")
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// granted gives the account points that do not idle, for what does not care where they came from.
func granted(t testing.TB, s *points.Service, key string, amount int64) {
	t.Helper()
	must(t)(s.Award(t.Context(), points.Award{Key: key, Account: "m1", Amount: amount, Source: points.SourceGrant, Ref: "welcome"}))
}

func played(t testing.TB, s *points.Service, key string, amount int64) points.Receipt {
	t.Helper()
	return must(t)(s.Award(t.Context(), points.Award{
		Key: key, Account: "m1", Amount: amount, Source: points.SourceGame, Played: true, Ref: "quiz-1",
	}))
}

func TestAKeyActsOnce(t *testing.T) {
	s, clock := newService(t)
	ctx := t.Context()
	first := played(t, s, "game-1", 100)
	clock.Add(48 * time.Hour)

	t.Run("the same request gets the stored answer", func(t *testing.T) {
		again := played(t, s, "game-1", 100)
		if !again.Record.Replayed || again.Record.Hash != first.Record.Hash || again.Moved != 100 || !again.After.Equal(first.After) {
			t.Errorf("answered %+v, first %+v", again, first)
		}
	})
	t.Run("also when it could not be done any more", func(t *testing.T) {
		spend := points.Spend{Key: "buy", Account: "m1", Amount: 100, Ref: "mug"}
		must(t)(s.Spend(ctx, spend))
		if again := must(t)(s.Spend(ctx, spend)); !again.Record.Replayed || again.Balance() != 0 {
			t.Errorf("answered %+v", again)
		}
	})
	t.Run("another request under the key is refused", func(t *testing.T) {
		_, err := s.Award(ctx, points.Award{Key: "game-1", Account: "m1", Amount: 101, Source: points.SourceGame, Played: true, Ref: "quiz-1"})
		wantFault(t, err, fault.KeyReused, "journal.key_reused")
		_, err = s.Spend(ctx, points.Spend{Key: "game-1", Account: "m1", Amount: 1})
		wantFault(t, err, fault.KeyReused, "journal.key_reused")
	})
	t.Run("another account has keys of its own", func(t *testing.T) {
		must(t)(s.Award(ctx, points.Award{Key: "game-1", Account: "m2", Amount: 5, Source: points.SourceGame}))
	})
}

func TestWhatIsMalformedIsRefused(t *testing.T) {
	s, _ := newService(t)
	ctx := t.Context()
	ok := points.Award{Key: "k", Account: "m1", Amount: 10, Source: points.SourceGame}
	for _, c := range []struct {
		why    string
		change func(*points.Award)
		key    string
	}{
		{"no points", func(a *points.Award) { a.Amount = 0 }, "points.amount"},
		{"less than none", func(a *points.Award) { a.Amount = -5 }, "points.amount"},
		{"too many", func(a *points.Award) { a.Amount = points.MaxAmount + 1 }, "points.amount"},
		{"no source", func(a *points.Award) { a.Source = "luck" }, "points.source"},
		{"no key", func(a *points.Award) { a.Key = "" }, "points.key"},
		{"no account", func(a *points.Award) { a.Account = "" }, "points.account"},
		{"over before it begins", func(a *points.Award) { a.Expires = s.Now().Add(-48 * time.Hour) }, "points.dates"},
		{"a month to come", func(a *points.Award) { a.Month = calendar.Month{Year: 2026, Mon: 4} }, "points.month"},
		{"a game that is undelivered", func(a *points.Award) { a.Undelivered = true }, "points.source"},
		{"a correction without a reason", func(a *points.Award) { a.Manual = true }, "points.reason"},
	} {
		t.Run(c.why, func(t *testing.T) {
			a := ok
			c.change(&a)
			_, err := s.Award(ctx, a)
			wantFault(t, err, fault.Invalid, c.key)
		})
	}
	t.Run("a large correction needs a second person", func(t *testing.T) {
		a := points.Award{
			Key: "c", Actor: "ann", Account: "m1", Amount: 5000, Source: points.SourceGrant, Manual: true, Ref: "lost game", Second: "ann",
		}
		_, err := s.Award(ctx, a)
		wantFault(t, err, fault.Forbidden, "points.second")
		a.Second = "bob"
		must(t)(s.Award(ctx, a))
	})
}

func TestAHoldEndsOnce(t *testing.T) {
	s, _ := newService(t)
	ctx := t.Context()
	granted(t, s, "g", 100)
	hold := points.HoldRequest{Key: "bid-1", Account: "m1", Amount: 60, Ref: "auction-1"}
	must(t)(s.Hold(ctx, hold))
	if v := balance(t, s); v.Alive != 40 || v.Held != 60 || len(v.Holds) != 1 || v.Holds[0].Ref != "auction-1" {
		t.Errorf("after the hold %+v", v)
	}
	_, err := s.Spend(ctx, points.Spend{Key: "s", Account: "m1", Amount: 50})
	wantFault(t, err, fault.Conflict, "points.short")
	if f := fault.As(err); f.Args["short"] != int64(10) || f.Args["have"] != int64(40) {
		t.Errorf("short by %v", f.Args)
	}
	end := points.End{Key: "won", Account: "m1", Hold: "bid-1"}
	must(t)(s.Capture(ctx, end))
	t.Run("captured again by the same key, the answer is the stored one", func(t *testing.T) {
		if again := must(t)(s.Capture(ctx, end)); !again.Record.Replayed || again.Moved != 60 {
			t.Errorf("answered %+v", again)
		}
	})
	t.Run("released or captured again by another, it has ended", func(t *testing.T) {
		end.Key = "other"
		_, err := s.Release(ctx, end)
		wantFault(t, err, fault.Conflict, "points.hold_ended")
		_, err = s.Capture(ctx, end)
		wantFault(t, err, fault.Conflict, "points.hold_ended")
		_, err = s.Resize(ctx, points.Resize{Key: "late", Account: "m1", Hold: "bid-1", Amount: 50})
		wantFault(t, err, fault.Conflict, "points.hold_ended")
	})
	t.Run("a hold that never was is missing", func(t *testing.T) {
		_, err := s.Release(ctx, points.End{Key: "x", Account: "m1", Hold: "nope"})
		wantFault(t, err, fault.NotFound, "points.hold_missing")
	})
}

// One's own bid is raised, and lowered again, in one record.
func TestAHoldIsResized(t *testing.T) {
	s, _ := newService(t)
	ctx := t.Context()
	granted(t, s, "g", 100)
	must(t)(s.Hold(ctx, points.HoldRequest{Key: "bid-1", Account: "m1", Amount: 60}))
	must(t)(s.Resize(ctx, points.Resize{Key: "bid-2", Account: "m1", Hold: "bid-1", Amount: 90}))
	if v := balance(t, s); v.Alive != 10 || v.Held != 90 {
		t.Errorf("raised %+v", v)
	}
	_, err := s.Resize(ctx, points.Resize{Key: "bid-3", Account: "m1", Hold: "bid-1", Amount: 101})
	wantFault(t, err, fault.Conflict, "points.short")
	must(t)(s.Resize(ctx, points.Resize{Key: "bid-4", Account: "m1", Hold: "bid-1", Amount: 30}))
	if v := balance(t, s); v.Alive != 70 || v.Held != 30 {
		t.Errorf("lowered %+v", v)
	}
}

func TestOnlyPointsOfTheMonthAreHeld(t *testing.T) {
	s, clock := newService(t)
	ctx := t.Context()
	played(t, s, "march", 20)
	clock.Add(31 * 24 * time.Hour)
	played(t, s, "april", 7)
	month := calendar.Month{Year: 2026, Mon: 4}
	_, err := s.Hold(ctx, points.HoldRequest{Key: "h4", Account: "m1", Amount: 8, Month: month})
	wantFault(t, err, fault.Conflict, "points.short")
	must(t)(s.Hold(ctx, points.HoldRequest{Key: "h5", Account: "m1", Amount: 7, Month: month}))
}

func TestAVoidedKeyStaysVoid(t *testing.T) {
	s, _ := newService(t)
	ctx := t.Context()
	granted(t, s, "g", 100)
	t.Run("a hold that comes after its void is refused", func(t *testing.T) {
		must(t)(s.Void(ctx, "m1", "late", "sweep"))
		_, err := s.Hold(ctx, points.HoldRequest{Key: "late", Account: "m1", Amount: 10})
		wantFault(t, err, fault.Conflict, "points.voided")
		again := must(t)(s.Void(ctx, "m1", "late", "another sweep"))
		if again.Op.Kind != points.KindVoid || !again.Record.Replayed {
			t.Errorf("voided again: %+v", again)
		}
	})
	t.Run("a hold that came first is handed back, to be released", func(t *testing.T) {
		must(t)(s.Hold(ctx, points.HoldRequest{Key: "early", Account: "m1", Amount: 10}))
		r := must(t)(s.Void(ctx, "m1", "early", "sweep"))
		if r.Op.Kind != points.KindHold || !r.Record.Replayed || r.Moved != 10 {
			t.Errorf("void answered %+v", r)
		}
		must(t)(s.Release(ctx, points.End{Key: "undo", Account: "m1", Hold: "early"}))
		if v := balance(t, s); v.Alive != 100 || v.Held != 0 {
			t.Errorf("after the release %+v", v)
		}
	})
	t.Run("an account can begin with a void", func(t *testing.T) {
		must(t)(s.Void(ctx, "new", "late", "sweep"))
		_, err := s.Award(ctx, points.Award{Key: "late", Account: "new", Amount: 10, Source: points.SourceGame})
		wantFault(t, err, fault.Conflict, "points.voided")
	})
}

func TestNoPointComesBackTwice(t *testing.T) {
	s, clock := newService(t)
	ctx := t.Context()
	granted(t, s, "g", 100)
	must(t)(s.Spend(ctx, points.Spend{Key: "mug", Account: "m1", Amount: 60}))
	refund := points.Refund{Key: "r1", Account: "m1", Spend: "mug", Amount: 20}
	must(t)(s.Refund(ctx, refund))
	if again := must(t)(s.Refund(ctx, refund)); !again.Record.Replayed {
		t.Error("the same refund acted twice")
	}
	if rest := must(t)(s.Refund(ctx, points.Refund{Key: "r2", Account: "m1", Spend: "mug"})); rest.Moved != 40 || rest.Balance() != 100 {
		t.Errorf("the rest %+v", rest)
	}
	_, err := s.Refund(ctx, points.Refund{Key: "r3", Account: "m1", Spend: "mug"})
	wantFault(t, err, fault.Conflict, "points.refunded")
	_, err = s.Refund(ctx, points.Refund{Key: "r4", Account: "m1", Spend: "g"})
	wantFault(t, err, fault.NotFound, "points.spend_missing")
	_, err = s.Refund(ctx, points.Refund{Key: "r5", Account: "m1", Spend: "nothing"})
	wantFault(t, err, fault.NotFound, "points.spend_missing")

	t.Run("a captured hold can be refunded, past its end for the days of grace", func(t *testing.T) {
		must(t)(s.Hold(ctx, points.HoldRequest{Key: "h", Account: "m1", Amount: 30}))
		must(t)(s.Capture(ctx, points.End{Key: "c", Account: "m1", Hold: "h"}))
		clock.Set(time.Date(2026, 7, 1, 9, 0, 0, 0, time.UTC))
		must(t)(s.Refund(ctx, points.Refund{Key: "r6", Account: "m1", Spend: "c"}))
		v := balance(t, s)
		if v.Alive != 30 || v.Totals.Spent != 0 || v.Totals.Expired != 70 || len(v.Ends) != 1 {
			t.Fatalf("after the refund %+v", v)
		}
		if want := time.Date(2026, 7, 8, 21, 0, 0, 0, time.UTC); !v.Ends[0].At.Equal(want) {
			t.Errorf("ends at %s, want %s", v.Ends[0].At, want)
		}
	})
}

func TestMonthsRankWhatWasWon(t *testing.T) {
	s, clock := newService(t)
	ctx := t.Context()
	march := calendar.Month{Year: 2026, Mon: 3}
	first := played(t, s, "g1", 100)
	clock.Add(time.Hour)
	must(t)(s.Spend(ctx, points.Spend{Key: "mug", Account: "m1", Amount: 60}))
	must(t)(s.Award(ctx, points.Award{Key: "o", Account: "m1", Amount: 500, Source: points.SourcePurchase}))
	last := must(t)(s.Hold(ctx, points.HoldRequest{Key: "bid", Account: "m1", Amount: 10}))

	t.Run("spending, holding and buying never move it", func(t *testing.T) {
		total, since, changes := last.After.Won(march, clock.Now())
		if total != 100 || !since.Equal(first.Record.At) || !changes.Equal(time.Date(2026, 5, 31, 21, 0, 0, 0, time.UTC)) {
			t.Errorf("won %d since %s, changes at %s", total, since, changes)
		}
	})
	t.Run("what expired no longer counts; what was spent or is held does", func(t *testing.T) {
		state, err := points.StateOf(last.Record)
		if err != nil {
			t.Fatal(err)
		}
		end := time.Date(2026, 5, 31, 21, 0, 0, 0, time.UTC)
		total, since, changes := state.Won(march, end)
		if total != 70 || !since.Equal(end) || !changes.IsZero() {
			t.Errorf("won %d since %s, changes at %s", total, since, changes)
		}
	})
	t.Run("another month is nothing", func(t *testing.T) {
		if total, since, _ := last.After.Won(march.Next(), clock.Now()); total != 0 || !since.IsZero() {
			t.Errorf("won %d since %s", total, since)
		}
	})
	t.Run("only the newest months are kept", func(t *testing.T) {
		for i := range 16 {
			clock.Add(31 * 24 * time.Hour)
			last = played(t, s, strings.Repeat("n", i+1), 10)
		}
		if n := len(last.After.Months); n != points.MonthsKept {
			t.Errorf("%d months are kept", n)
		}
	})
}

func TestStatementTellsEveryPoint(t *testing.T) {
	s, clock := newService(t)
	ctx := t.Context()
	if v := balance(t, s); v.Seq != 0 || v.Alive != 0 || v.Account != "m1" {
		t.Errorf("an account that does not exist: %+v", v)
	}
	must(t)(s.Award(ctx, points.Award{Key: "a", Account: "m1", Amount: 30, Source: points.SourceGrant, Expires: clock.Now().Add(24 * time.Hour)}))
	must(t)(s.Award(ctx, points.Award{Key: "b", Account: "m1", Amount: 50, Source: points.SourcePurchase, From: clock.Now().Add(48 * time.Hour)}))
	clock.Add(72 * time.Hour)
	must(t)(s.Spend(ctx, points.Spend{Key: "c", Account: "m1", Amount: 20, Ref: "mug"}))
	must(t)(s.Award(ctx, points.Award{Key: "d", Account: "m1", Amount: 4, Source: points.SourceGrant, Expires: clock.Now().Add(time.Hour)}))
	clock.Add(24 * time.Hour)

	lines, err := s.Statement(ctx, "m1", 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	want := []points.Line{
		{Kind: "expires", Amount: -4, Balance: 30, Source: points.SourceGrant, Unwritten: true},
		{Seq: 4, Kind: "award", Amount: 4, Balance: 34, Source: points.SourceGrant},
		{Seq: 3, Kind: "spend", Amount: -20, Balance: 30, Source: points.SourcePurchase},
		{Seq: 3, Kind: "active", Amount: 50, Balance: 50, Source: points.SourcePurchase},
		{Seq: 3, Kind: "expires", Amount: -30, Balance: 0, Source: points.SourceGrant},
		{Seq: 2, Kind: "award", Amount: 0, Balance: 30, Source: points.SourcePurchase},
		{Seq: 1, Kind: "award", Amount: 30, Balance: 30, Source: points.SourceGrant},
	}
	if len(lines) != len(want) {
		t.Fatalf("%d lines: %+v", len(lines), lines)
	}
	for i, w := range want {
		l := lines[i]
		if l.Seq != w.Seq || l.Kind != w.Kind || l.Amount != w.Amount || l.Balance != w.Balance || l.Source != w.Source || l.Unwritten != w.Unwritten {
			t.Errorf("line %d is %+v, want %+v", i, l, w)
		}
		if i > 0 && l.At.After(lines[i-1].At) {
			t.Errorf("line %d is newer than the one above it", i)
		}
	}
}

func TestStatementPagesFollowOneAnother(t *testing.T) {
	s, _ := newService(t)
	for _, key := range []string{"a", "b", "c"} {
		granted(t, s, key, 10)
	}
	var before int64
	for _, want := range []int64{3, 2, 1} {
		page, err := s.Statement(t.Context(), "m1", before, 1)
		if err != nil || len(page) != 1 || page[0].Seq != want {
			t.Fatalf("page before %d: %+v, %v", before, page, err)
		}
		before = page[0].Seq
	}
	if page, err := s.Statement(t.Context(), "m1", before, 10); err != nil || len(page) != 0 {
		t.Errorf("behind the first record %+v, %v", page, err)
	}
}
