package auction

import (
	"time"

	"firebrand/internal/store"
)

// roomPrefix and an auction's id name its room.
const roomPrefix = "auction:"

// Room is the name of an auction's live room.
func Room(id string) string { return roomPrefix + id }

// Stream is an auction's stream. It is the Ref of every hold for it too.
func Stream(id string) string { return Family + "/" + id }

// ClaimStream is the stream of what one member won in a month, where winning is bounded. Auction ids have no slash, so
// that it is never the stream of an auction.
func ClaimStream(month, member string) string { return Family + "/won/" + month + "/" + member }

// party says that somebody tried to bid for an auction: it is written before their first hold, so that no hold can be
// left where nobody looks. Its id is "auction/member".
type party struct {
	Auction string    `json:"auction"`
	Member  string    `json:"member"`
	At      time.Time `json:"at"`
}

func partyID(auction, member string) string { return auction + "/" + member }

var (
	auctionSpec = store.Spec{Name: "auctions", Indexes: []store.Index{
		{Name: "stage_closes", Fields: []string{"stage", "closes"}},
		{Name: "saved", Fields: []string{"saved"}},
	}}
	partySpec = store.Spec{Name: "auction_parties", Indexes: []store.Index{
		{Name: "auction", Fields: []string{"auction"}},
	}}
)
