package points

import (
	"fmt"
	"testing"
	"time"
)

// twelveLots is an account of a year of play and purchases: 12 lots, 6 months, a hold.
func twelveLots(t testing.TB) (*book, Change) {
	b := newBook(t, DefaultPolicy())
	for i := range 12 {
		at := fmt.Sprintf("2026-03-%02dT12:00:00Z", i+1)
		op := Op{Kind: KindAward, Amount: 100, Source: SourceGame, Funding: "brand-7", Played: true, Ref: "may/quiz-12/m1"}
		op.Expires = instantOf(t, at).AddDate(0, 2, 0)
		if i%3 == 0 {
			op.Source, op.Played = SourcePurchase, false
			op.From = instantOf(t, at)
		}
		b.do(at, op)
	}
	c := b.do("2026-03-13T12:00:00Z", Op{Kind: KindHold, Key: "auction-9/m1", Amount: 50, Ref: "auction-9"})
	if len(c.After.Lots) != 12 {
		t.Fatalf("%d lots", len(c.After.Lots))
	}
	return b, c
}

// BenchmarkSpend is what a spend costs in this package: reading the last record, the rule, encoding the next record.
func BenchmarkSpend(b *testing.B) {
	book, c := twelveLots(b)
	rec := recordOf(b, c)
	at := c.After.At.Add(time.Minute)
	op := Op{Kind: KindSpend, Key: "s", Account: "m1", Amount: 30, Ref: "redemption-77"}
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := StateOf(rec); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("rule", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Apply(c.After, op, at, book.policy, book.zone); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encode", func(b *testing.B) {
		b.ReportAllocs()
		spent, _ := Apply(c.After, op, at, book.policy, book.zone)
		for b.Loop() {
			b.SetBytes(int64(len(spent.body())))
		}
	})
}
