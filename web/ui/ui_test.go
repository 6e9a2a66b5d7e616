package ui_test

import (
	"testing"

	"firebrand/internal/calendar"
	"firebrand/web/ui"
)

func TestNew(t *testing.T) {
	u, err := ui.New(calendar.Zone{}, "Velmar")
	if err != nil {
		t.Fatal(err)
	}
	_ = u
}
