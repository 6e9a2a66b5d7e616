package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"firebrand/cmd/firebrand/app"
	"firebrand/internal/points"
	"firebrand/internal/points/paper"
)

// statementFolder is a data folder with one account in it, and that account's statement as a file of both kinds.
func statementFolder(t *testing.T) (folder, csv, pdf string) {
	t.Helper()
	folder = filepath.Join(t.TempDir(), "data")
	a, err := app.Open(t.Context(), app.Settings{Data: folder, Zone: "Europe/Kyiv"})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close() //nolint:errcheck // the test is over
	for _, key := range []string{"first", "second", "third"} {
		_, err := a.Points.Award(t.Context(), points.Award{Key: key, Account: "olena", Amount: 120, Source: points.SourceGrant, Ref: "a present"})
		if err != nil {
			t.Fatal(err)
		}
	}
	story, err := a.Points.Story(t.Context(), "olena", time.Time{}, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	d := paper.Of(story, time.Time{}, time.Time{})
	d.Lang, d.Brand, d.Holder, d.Zone, d.Made = "en", "Velmar", "Olena", a.Zone, a.Now()
	var table, pages bytes.Buffer
	if err := paper.Write(&table, d); err != nil {
		t.Fatal(err)
	}
	if err := paper.PDF(&pages, d); err != nil {
		t.Fatal(err)
	}
	csv, pdf = filepath.Join(t.TempDir(), "statement.csv"), filepath.Join(t.TempDir(), "statement.pdf")
	for name, file := range map[string][]byte{csv: table.Bytes(), pdf: pages.Bytes()} {
		if err := os.WriteFile(name, file, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder, csv, pdf
}

func TestVerifyStatement(t *testing.T) {
	folder, csv, pdf := statementFolder(t)
	t.Run("a whole one holds from the file alone, and against the store", func(t *testing.T) {
		for _, file := range []string{csv, pdf} {
			for _, args := range [][]string{{"verify", "--statement", file}, {"verify", "--statement", file, "--data", folder}} {
				out, err := run(t, args...)
				if err != nil || !strings.Contains(out, "account olena, 3 records, 3 lines: whole") || !strings.Contains(out, "0 at the start, 360 at the end") {
					t.Errorf("%v: %v\n%s", args, err, out)
				}
			}
		}
	})
	t.Run("a changed amount ends with 1 and the line", func(t *testing.T) {
		raw, err := os.ReadFile(csv)
		if err != nil {
			t.Fatal(err)
		}
		changed := filepath.Join(t.TempDir(), "changed.csv")
		if err := os.WriteFile(changed, bytes.Replace(raw, []byte(",120,120,240,"), []byte(",120,120,900,"), 1), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := run(t, "verify", "--statement", changed)
		if err == nil || !strings.Contains(out, "line 13 ") || !strings.Contains(out, ",120,120,240,") {
			t.Errorf("%v\n%s", err, out)
		}
	})
	t.Run("a statement of another store holds by itself and not against this one", func(t *testing.T) {
		_, other, _ := statementFolder(t)
		if out, err := run(t, "verify", "--statement", other); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		out, err := run(t, "verify", "--statement", other, "--data", folder)
		if err == nil || !strings.Contains(out, "is stored with the seal") {
			t.Errorf("%v\n%s", err, out)
		}
	})
}
