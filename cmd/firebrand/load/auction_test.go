package load_test

import (
	"testing"

	"firebrand/cmd/firebrand/load"
)

func TestAuction(t *testing.T) {
	found := figures(t, drive(t, load.Command{Name: "auction", JSON: true}))
	above(t, found, "auction.embedded_bids", "auction.embedded_bid_cpu", "auction.embedded_refused_cpu")
	if f := found["auction.embedded_held_after"]; f.Value != 0 || f.Holds == nil || !*f.Holds {
		t.Errorf("%+v", f)
	}
}
