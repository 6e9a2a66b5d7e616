package testenv

import (
	"testing"
	"time"
)

// patience is how long Eventually waits: as long as the busiest machine may take.
const patience = 3 * time.Minute

// Eventually waits until something is so, and fails the test where it is not within three minutes. It asks every ten
// milliseconds at first, and less and less often up to four times a second.
func Eventually(t testing.TB, what string, so func() bool) {
	t.Helper()
	wait := 10 * time.Millisecond
	for begun := time.Now(); time.Since(begun) < patience; time.Sleep(wait) {
		if so() {
			return
		}
		wait = min(wait*11/10, 250*time.Millisecond)
	}
	t.Fatalf("not within %s: %s", patience, what)
}
