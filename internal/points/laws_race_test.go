//go:build race

package points

// lawRuns under the race detector: the pure rules share nothing, so a tenth is enough there.
const lawRuns = 20
