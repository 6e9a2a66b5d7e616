package catalog

import (
	"strings"
	"time"

	"firebrand/internal/journal"
	"firebrand/internal/store"
)

// The journal families of this room; journal.Open must name them, and points.Family.
const (
	StockFamily      = "stock"
	RedemptionFamily = "redemption"
)

// StockStream is the stream of a reward's stock.
func StockStream(reward string) string { return StockFamily + "/" + reward }

// LimitStream is the stream of what one member took of a reward that is limited a member. Reward ids have no slash, so
// that it is never the stream of a stock.
func LimitStream(reward, member string) string { return StockFamily + "/" + reward + "/" + member }

// RedemptionStream is the stream of one redemption.
func RedemptionStream(id string) string { return RedemptionFamily + "/" + id }

// isLimit tells the streams of the stock family apart.
func isLimit(stream string) bool { return strings.Count(stream, "/") >= 2 }

// shadowRow is a redemption as lists read it. The follower's checkpoint is a row of the same collection, so that it is
// gone when the rows are.
type shadowRow struct {
	Redemption Redemption     `json:"redemption"`
	Mark       journal.Cursor `json:"mark"`
}

// markID is the checkpoint's row; no redemption has such an id.
const markID = "mark"

// voucher says which redemption a code was claimed for. The code is its id.
type voucher struct {
	Redemption string    `json:"redemption"`
	At         time.Time `json:"at"`
}

var (
	rewardSpec = store.Spec{Name: "rewards", Indexes: []store.Index{
		{Name: "state_price", Fields: []string{"state", "price"}},
	}}
	// pastRewardSpec keeps every version but the newest, under "id@version".
	pastRewardSpec = store.Spec{Name: "rewards_past"}
	voucherSpec    = store.Spec{Name: "vouchers"}
	shadowSpec     = store.Spec{Name: "redemptions", Indexes: []store.Index{
		{Name: "member_at", Fields: []string{"redemption.member", "redemption.at"}},
		{Name: "state_at", Fields: []string{"redemption.state", "redemption.at"}},
		{Name: "state_changed", Fields: []string{"redemption.state", "redemption.changed"}},
		{Name: "code", Fields: []string{"redemption.code"}, Unique: true},
	}}
)
