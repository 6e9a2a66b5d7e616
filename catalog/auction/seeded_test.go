//go:build !race

package auction_test

// seededAuctions is how many seeded auctions are played.
const seededAuctions = 1000
