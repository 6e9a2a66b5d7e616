//go:build !race

package load_test

import (
	"strings"
	"testing"

	"firebrand/cmd/firebrand/load"
)

// The race detector makes the demo that this needs twelve times dearer; what it watches for is in the other loads too.
func TestStart(t *testing.T) {
	lines := drive(t, load.Command{Name: "start"})
	for i, name := range []string{"start.first_page", "start.cpu", "play.bundle_gz", "idle.rss", "idle.own"} {
		if i >= len(lines) || !strings.HasPrefix(lines[i], name+" ") {
			t.Fatalf("line %d is not %s:\n%s", i+1, name, strings.Join(lines, "\n"))
		}
	}
}
