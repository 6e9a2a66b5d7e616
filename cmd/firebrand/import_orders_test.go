package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"firebrand/internal/testenv"
)

// cdnow is the sample of CDNOW's orders, which is not ours to keep in the project.
func cdnow(t *testing.T) string {
	t.Helper()
	path := filepath.Join("..", "..", "..", "shared", "samples", "purchases", "CDNOW_sample.txt")
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		testenv.Skip(t, "the sample of orders is not here")
	}
	return path
}

// totals are what is known of the sample.
var totals = []string{
	"Bought from 1997-01-01 to 1998-06-30:", "orders 6,919", "units 16,479", "money 244,091.94", "customers 2,357", "customer-days 6,696",
	"customers of one day only 1,218", "repeat purchase rate 0.4832", "customers after 1997-09-30 684",
}

// says fails for every line that is not in what the program printed, whatever spaces stand in it.
func says(t *testing.T, out string, lines ...string) {
	t.Helper()
	out = strings.Join(strings.Fields(out), " ")
	for _, line := range lines {
		if !strings.Contains(out, line) {
			t.Errorf("it does not say %q:\n%s", line, out)
		}
	}
}

func TestImportOrders(t *testing.T) {
	sample, folder := cdnow(t), t.TempDir()
	report := filepath.Join(t.TempDir(), "report.csv")
	t.Run("a dry run writes nothing", func(t *testing.T) {
		out, err := run(t, "import", sample, "--orders", "--data", folder, "--dry-run", "--report", report)
		if err != nil {
			t.Fatal(err, out)
		}
		says(t, out, "CDNOW's format", "6,919 would be taken (dry run: nothing was written)", "0 repeated")
		rows, err := os.ReadFile(report)
		if err != nil || strings.Count(string(rows), "\n") != 6920 || !strings.Contains(string(rows), "6919,CDNOW-23569-19970325-1,taken,,,") {
			t.Errorf("%v, %d bytes of report", err, len(rows))
		}
	})
	t.Run("killed in the middle and run again it ends in the known totals", func(t *testing.T) {
		cmd := program(t, "import", sample, "--orders", "--data", folder)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(700 * time.Millisecond)
		_ = cmd.Process.Kill() // it may have ended already
		var killed *exec.ExitError
		if err := cmd.Wait(); err != nil && !errors.As(err, &killed) {
			t.Fatal(err)
		}
		out, err := run(t, "import", sample, "--orders", "--data", folder)
		if err != nil {
			t.Fatal(err, out)
		}
		says(t, out, totals...)
		t.Log(out)
	})
	t.Run("again it repeats, to the same totals", func(t *testing.T) {
		out, err := run(t, "import", sample, "--orders", "--data", folder, "--since", "1997-09-30")
		if err != nil {
			t.Fatal(err, out)
		}
		says(t, out, append(totals, "0 taken, 6,919 repeated")...)
	})
	t.Run("all of it verifies", func(t *testing.T) {
		if out, err := run(t, "verify", "--data", folder); err != nil || !strings.Contains(out, "6919") {
			t.Error(err, out)
		}
	})
}

func TestImportOrdersWithColumns(t *testing.T) {
	file := filepath.Join(t.TempDir(), "orders.csv")
	if err := os.WriteFile(file, []byte("Док;Когда;Кто;Что;Шт;Руб\nA-1;11/20/2025;C-1;P;2;10,50\nA-2;11/21/2025;C-2;P;x;1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if out, err := run(t, "import", file, "--orders", "--data", folder); err == nil || !strings.Contains(out, "No column has the order's number") {
		t.Error(err, out)
	}
	out, err := run(t, "import", file, "--orders", "--data", folder, "--month-first",
		"--map", "id=Док; placed=Когда; company=Кто; product=Что; quantity=5; total=Руб")
	if err != nil {
		t.Fatal(err, out)
	}
	says(t, out, "3 NOT TAKEN A-2 quantity: “x” is no such number.", "2 rows, 2 orders: 1 taken", "money 10.50")
	out, err = run(t, "import", file, "--orders", "--data", t.TempDir(), "--month-first", "--map", "id=1; placed=2; buyer=3; product=4; quantity=5; total=6")
	if err != nil {
		t.Fatal(err, out)
	}
	says(t, out, "2 rows, 2 orders: 1 taken", "Orders whose buyer was not found: 1.")
	if out, err := run(t, "import", file, "--data", folder); err == nil || !strings.Contains(out, "questions need --quiz and --lang") {
		t.Error(err, out)
	}
}
