//go:build !race

package points

// lawRuns is how many seeded runs hold the laws; the race detector makes each some ten times slower.
const lawRuns = 300
