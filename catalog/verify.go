package catalog

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"firebrand/internal/journal"
	"firebrand/internal/points"
)

// CheckStock is the law of one stream of the stock family, over all of its records: each number follows from the one
// before and what the record did, no stock is ever below zero, a redemption takes or is void once, and only what was
// taken comes back, once. It returns a *journal.Broken that names the first record that does not hold. The chain itself
// is checked by journal.Verify, whose function for each stream this is.
func CheckStock(stream string, recs []journal.Record) error {
	var before StockAfter
	stands := map[string]string{}
	for _, rec := range recs {
		var b StockRecord
		if err := json.Unmarshal(rec.Body, &b); err != nil {
			return &journal.Broken{ID: rec.ID(), Why: err.Error()}
		}
		want, why := followStock(before, rec.Kind, b, stands)
		if why == "" && isLimit(stream) {
			// A limit is the reward's at that moment: what may still be taken does not follow from the record before.
			want.Left = b.After.Left
		}
		switch {
		case why != "":
			return &journal.Broken{ID: rec.ID(), Why: why}
		case b.After != want:
			return &journal.Broken{ID: rec.ID(), Why: fmt.Sprintf("says %+v, where %+v follows", b.After, want)}
		case want.Left < 0 && !isLimit(stream), want.Out < 0:
			return &journal.Broken{ID: rec.ID(), Why: "is below zero"}
		}
		before = want
	}
	return nil
}

// followStock is the state that a record must leave, or why it may not stand here. Stands keeps each redemption's last
// kind.
func followStock(after StockAfter, kind string, b StockRecord, stands map[string]string) (StockAfter, string) {
	before := stands[b.Redemption]
	switch kind {
	case StockAdded:
		after.Left += b.Added
		return after, ""
	case StockTaken, StockVoid:
		if before != "" {
			return after, fmt.Sprintf("%s after %s of one redemption", kind, before)
		}
	case StockReturned:
		if before != StockTaken {
			return after, "returns what was not taken"
		}
	default:
		return after, fmt.Sprintf("has the unknown kind %q", kind)
	}
	stands[b.Redemption] = kind
	switch kind {
	case StockTaken:
		after.Left--
		after.Out++
	case StockReturned:
		after.Left++
		after.Out--
	}
	return after, ""
}

// ways are the states that may follow each.
var ways = map[State][]State{
	"": {Requested}, Requested: {Placed, Refused}, Placed: {Issued, Cancelling}, Cancelling: {Cancelled},
}

// CheckRedemption is the law of one redemption's stream, over all of its records: each state may follow the one before,
// and who ordered what for how much never changes. It returns a *journal.Broken.
func CheckRedemption(stream string, recs []journal.Record) error {
	var before Redemption
	for _, rec := range recs {
		r, err := StateOf(rec)
		switch {
		case err != nil:
			return &journal.Broken{ID: rec.ID(), Why: err.Error()}
		case RedemptionStream(r.ID) != stream || r.Seq != rec.Seq || string(r.State) != rec.Kind:
			return &journal.Broken{ID: rec.ID(), Why: "tells of another record"}
		case !slices.Contains(ways[before.State], r.State):
			return &journal.Broken{ID: rec.ID(), Why: fmt.Sprintf("%s follows %q", r.State, before.State)}
		case before.Seq > 0 && (r.Member != before.Member || r.Account != before.Account || r.Reward != before.Reward || r.Price != before.Price || r.Auction != before.Auction):
			return &journal.Broken{ID: rec.ID(), Why: "changes what was ordered"}
		}
		before = r
	}
	return nil
}

// agreement is what each state that is no open one must have left in the account, in the stock and, where the reward is
// limited, in the member's limit.
var agreement = map[State]struct{ points, stock, limit []string }{
	Placed:    {[]string{"hold capture"}, []string{"taken"}, []string{"taken"}},
	Issued:    {[]string{"hold capture"}, []string{"taken"}, []string{"taken"}},
	Cancelled: {[]string{"hold capture refund"}, []string{"taken returned"}, []string{"taken returned"}},
	Refused:   {[]string{"void", "hold release"}, []string{"void"}, []string{"void", "taken returned"}},
}

// wonPoints are agreement's points where the redemption was won in an auction: its hold was made there and only took the
// redemption's id and price.
var wonPoints = map[State][]string{
	Placed: {"resize capture"}, Issued: {"resize capture"}, Cancelled: {"resize capture refund"},
}

// Agree checks the invariant of flow.go for one redemption: that points, stock and state tell the same. It reads the
// journal only. A redemption with open steps agrees until they are ended.
func (s *Service) Agree(ctx context.Context, r Redemption) error {
	if r.State.Open() {
		return nil
	}
	want := agreement[r.State]
	if r.Auction != "" {
		want.points = wonPoints[r.State]
	}
	err := s.left(ctx, r, points.Stream(r.Payer()), want.points, r.ID, captureKey(r.ID), releaseKey(r.ID), refundKey(r.ID))
	if err != nil {
		return err
	}
	if err := s.left(ctx, r, StockStream(r.Reward), want.stock, r.ID, backKey(r.ID)); err != nil || r.Limit == 0 {
		return err
	}
	return s.left(ctx, r, LimitStream(r.Reward, r.Member), want.limit, r.ID, backKey(r.ID))
}

// recordOf finds the record that a key made in a stream. What is done to an account that was merged into another is done
// there.
func (s *Service) recordOf(ctx context.Context, stream, key string) (journal.Record, bool, error) {
	if account := points.AccountOf(stream); account != "" {
		return s.Points.Record(ctx, account, key)
	}
	return s.Journal.ByKey(ctx, stream, key)
}

// left checks which kinds of record the keys of a redemption left in a stream, and that any points are its price.
func (s *Service) left(ctx context.Context, r Redemption, stream string, want []string, keys ...string) error {
	var kinds []string
	for _, key := range keys {
		rec, found, err := s.recordOf(ctx, stream, key)
		if err != nil {
			return err
		}
		if !found {
			continue
		}
		kinds = append(kinds, rec.Kind)
		if journal.Family(stream) != points.Family || rec.Kind == string(points.KindVoid) || rec.Kind == string(points.KindResize) {
			continue
		}
		change, err := points.ChangeOf(rec)
		if err != nil {
			return err
		}
		if change.Moved != r.Price {
			return &journal.Broken{ID: rec.ID(), Why: fmt.Sprintf("moves %d points for a redemption of %d", change.Moved, r.Price)}
		}
	}
	if got := strings.Join(kinds, " "); !slices.Contains(want, got) {
		return &journal.Broken{ID: RedemptionStream(r.ID), Why: fmt.Sprintf("is %s, but %s holds %q for it", r.State, stream, got)}
	}
	return nil
}
