//go:build race

package auction_test

// seededAuctions under the race detector, which makes each some ten times slower.
const seededAuctions = 50
