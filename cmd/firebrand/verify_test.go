package main

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	_ "modernc.org/sqlite"
)

func TestVerifyNamesTheRecord(t *testing.T) {
	folder := demoFolder(t)
	if out, err := run(t, "verify", "--data", folder); err != nil {
		t.Fatalf("a whole folder does not verify: %v\n%s", err, out)
	}
	db, err := sql.Open("sqlite", filepath.Join(folder, "firebrand.db"))
	if err != nil {
		t.Fatal(err)
	}
	var id string
	if err := db.QueryRow(`SELECT _id FROM journal_points WHERE seq = 2 LIMIT 1`).Scan(&id); err != nil {
		t.Fatal(err)
	}
	// One letter of what it says that it is.
	change := `UPDATE journal_points SET _body = CAST(replace(CAST(_body AS TEXT), '"kind":"', '"kind":"x') AS BLOB) WHERE _id = ?`
	if _, err := db.Exec(change, id); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	out, err := run(t, "verify", "--data", folder)
	if err == nil || !strings.Contains(out, id) {
		t.Errorf("a changed byte of %s was not named: %v\n%s", id, err, out)
	}
}
