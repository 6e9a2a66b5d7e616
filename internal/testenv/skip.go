package testenv

import (
	"os"
	"testing"
)

// Skip leaves a test out because something is absent on this machine, and says what. With FIREBRAND_NO_SKIP=1 it fails
// the test instead: where everything is installed, nothing may be left out unnoticed.
func Skip(t testing.TB, reason string) {
	t.Helper()
	if os.Getenv("FIREBRAND_NO_SKIP") == "1" {
		t.Fatalf("skipped, which FIREBRAND_NO_SKIP forbids: %s", reason)
	}
	t.Skip(reason)
}
