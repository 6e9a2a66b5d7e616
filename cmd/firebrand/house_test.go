package main

import (
	"os/exec"
	"strings"
	"testing"
)

// floors is the house from the top down: each line may import only lines below it, and rooms on one line never import
// each other. A folder inside a room belongs to the room unless it has a line of its own.
var floors = [][]string{
	{"cmd/firebrand"},
	{"web"},
	{"leaderboard", "catalog/auction", "catalog/purchase"},
	{"web/live"},
	{"game", "catalog"},
	{"content/exchange"},
	{"content", "internal/points"},
	{"internal/notify"},
	{"web/ui"},
	{"internal/member"},
	{"internal/journal"},
	{"internal/store"},
	{"internal/calendar", "internal/fault", "internal/sheet"},
}

// testRooms are imported by tests only; testenv itself knows the journal and the store.
var testRooms = map[string]bool{"internal/testenv": true, "internal/store/storetest": true}

// roomOf is the room that a package belongs to and its floor, counted from the top; -1 where it is in no room.
func roomOf(pkg string) (room string, floor int) {
	floor = -1
	for i, rooms := range floors {
		for _, r := range rooms {
			if (pkg == r || strings.HasPrefix(pkg, r+"/")) && len(r) > len(room) {
				room, floor = r, i
			}
		}
	}
	return room, floor
}

func TestArrowsPointDown(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}}{{range .Imports}} {{.}}{{end}}`, "firebrand/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		for i := range fields {
			fields[i] = strings.TrimPrefix(fields[i], "firebrand/")
		}
		from := fields[0]
		room, floor := roomOf(from)
		if floor < 0 {
			if !testRooms[from] {
				t.Errorf("%s is in no room of the house", from)
			}
			continue
		}
		for _, to := range fields[1:] {
			below, lower := roomOf(to)
			switch {
			case testRooms[to] && !testRooms[from]:
				t.Errorf("%s imports %s, which is for tests", from, to)
			case lower >= 0 && below != room && lower <= floor:
				t.Errorf("%s may not import %s: arrows point down", from, to)
			}
		}
	}
}
