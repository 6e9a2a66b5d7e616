package points

import (
	"fmt"
	"time"
)

// choose is one random operation, malformed ones among them.
func (r *run) choose() Op {
	op := Op{Key: fmt.Sprint("k", len(r.stream), "-", r.rnd.IntN(1000)), Account: r.account, Amount: int64(1 + r.rnd.IntN(100))}
	funding := []string{"", "brand", "fund"}[r.rnd.IntN(3)]
	switch r.rnd.IntN(18) {
	case 0, 1, 2:
		op.Kind, op.Source, op.Played, op.Funding = KindAward, SourceGame, r.rnd.IntN(4) > 0, funding
		if r.rnd.IntN(3) == 0 {
			op.Cap = Cap{[]string{"rule-1", "rule-2"}[r.rnd.IntN(2)], int64(r.rnd.IntN(150))}
		}
		if r.rnd.IntN(10) == 0 {
			op.Refused = "autumn"
		}
	case 3:
		op.Kind, op.Source, op.Funding, op.Idles = KindAward, SourceChallenge, funding, r.rnd.IntN(2) == 0
		op.From = r.now.Add(time.Duration(r.rnd.IntN(10)-5) * 24 * time.Hour)
		op.Month = r.zone.Month(r.now).Add(-r.rnd.IntN(2))
	case 4:
		op.Kind, op.Source, op.Funding = KindAward, SourceGrant, funding
		op.Expires = r.now.Add(time.Duration(1+r.rnd.IntN(40)) * 12 * time.Hour)
	case 5:
		op.Kind, op.Source, op.Funding, op.Undelivered = KindAward, SourcePurchase, funding, r.rnd.IntN(2) == 0
	case 6:
		op.Kind, op.Funding, op.Delivered = KindDeliver, funding, r.now.Add(-time.Duration(r.rnd.IntN(60))*24*time.Hour)
	case 7:
		op.Kind = KindPlayed
		op.Amount, op.Played = 0, true
	case 8:
		op.Kind = KindSpend
	case 9:
		op.Kind, op.Sole = KindHold, r.rnd.IntN(4) == 0
		if r.rnd.IntN(2) == 0 {
			op.Month = r.zone.Month(r.now)
		}
	case 10, 11:
		r.chooseHold(&op)
	case 12:
		op.Kind, op.Source = KindForfeit, SourceGame
	case 13:
		op.Kind, op.Ref = KindCorrect, "a mistake"
		if r.rnd.IntN(2) == 0 {
			op.Amount = -op.Amount
		}
	case 14:
		op.Kind, op.Amount = KindSettle, 0
	default:
		r.chooseUndo(&op)
	}
	return op
}

func (r *run) chooseHold(op *Op) {
	op.Kind = []Kind{KindResize, KindCapture, KindRelease}[r.rnd.IntN(3)]
	switch {
	case len(r.ended) > 0 && r.rnd.IntN(4) == 0:
		op.Hold = r.ended[r.rnd.IntN(len(r.ended))]
	case len(r.state.Holds) > 0:
		op.Hold = r.state.Holds[r.rnd.IntN(len(r.state.Holds))].ID
	}
	if op.Kind == KindResize && r.rnd.IntN(3) == 0 {
		op.As = op.Key
	}
}

func (r *run) chooseUndo(op *Op) {
	switch n := r.rnd.IntN(5); {
	case n == 0 && len(r.spends) > 0:
		op.Kind = KindRefund
		r.undoing(op, r.spends[r.rnd.IntN(len(r.spends))])
		op.Amount *= int64(r.rnd.IntN(2))
	case n < 3 && len(r.awards) > 0:
		op.Kind, op.Ref = KindReverse, "why"
		r.undoing(op, r.awards[r.rnd.IntN(len(r.awards))])
		op.Mode = []Mode{"", ModePending, ModeBalance, ModeDebt}[r.rnd.IntN(4)]
	case n == 3:
		op.Kind, op.Amount = KindVoid, 0
	default:
		op.Kind, op.Amount = KindWarn, 0
	}
}

// undoing does what the service does: it brings what the record moved, and how much of it the journal says was undone.
func (r *run) undoing(op *Op, of Change) {
	op.Of, op.OfSeq, op.OfAt = of.Op.Key, of.After.Seq, of.After.At
	op.Pieces, op.Caps, op.CapMonth = of.undoable(op.Kind)
	op.Before = r.undone[of.After.Seq]
}
