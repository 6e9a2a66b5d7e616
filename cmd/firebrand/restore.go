package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"firebrand/cmd/firebrand/app"
	"firebrand/internal/member"
	"firebrand/internal/store/sqlite"
)

// restoreCommand brings a backup back into an empty folder.
type restoreCommand struct {
	File string `arg:"" type:"existingfile" help:"Backup to bring back."`
	Data string `default:"firebrand-data" env:"FIREBRAND_DATA" type:"path" help:"Data folder; it must be empty or absent."`
	Zone string `default:"Europe/Kyiv" env:"FIREBRAND_ZONE" help:"The programme's IANA time zone."`
}

// restoring is the folder within the data folder in which a restore is made; only a whole one leaves it.
const restoring = "restoring"

// Run unpacks the backup, checks its checksum and then everything that was ever written, as verify does. Only then the
// database takes its place; a run that fails leaves the folder empty.
func (r *restoreCommand) Run(ctx context.Context) (err error) {
	if err := r.empty(); err != nil {
		return err
	}
	if err := os.MkdirAll(r.Data, 0o700); err != nil {
		return err
	}
	work, free, err := workFolder(filepath.Join(r.Data, restoring))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, free(), settle(r.Data)) }()
	m, err := r.unpack(ctx, filepath.Join(work, sqlite.File))
	if err != nil {
		return err
	}
	fmt.Printf("unpacked    %s of %s: checksum holds\n", inMB(m.Size), m.Made.Format("2006-01-02 15:04:05 MST"))
	if err := r.check(ctx, work); err != nil {
		return fmt.Errorf("%s was not brought back: %w", r.File, err)
	}
	if err := os.Rename(filepath.Join(work, sqlite.File), filepath.Join(r.Data, sqlite.File)); err != nil {
		return err
	}
	fmt.Println("restored   ", r.Data)
	return nil
}

// empty refuses a folder in which anything lies but what a killed restore or a fresh disk left there.
func (r *restoreCommand) empty() error {
	entries, err := os.ReadDir(r.Data)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		if e.Name() != restoring && e.Name() != "lost+found" {
			return fmt.Errorf("%s is not empty, it holds %s: name another folder with --data", r.Data, e.Name())
		}
	}
	return err
}

func (r *restoreCommand) unpack(ctx context.Context, to string) (manifest, error) {
	file, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return manifest{}, err
	}
	m, err := unpack(ctx, r.File, file)
	if err == nil {
		err = file.Sync()
	}
	err = errors.Join(err, file.Close())
	if errors.Is(err, syscall.ENOSPC) {
		err = fmt.Errorf("no room in %s for %s; nothing was left there", r.Data, inMB(m.Size))
	}
	return m, err
}

// check opens what was unpacked, verifies it and tells what it is.
func (r *restoreCommand) check(ctx context.Context, work string) (err error) {
	if err := sqlite.Check(ctx, filepath.Join(work, sqlite.File)); err != nil {
		return err
	}
	a, err := app.Open(ctx, app.Settings{Data: work, Zone: r.Zone})
	if err != nil {
		return err
	}
	// Closing folds the log into the file, so that the one file is everything.
	defer func() { err = errors.Join(err, a.Close(), folded(work)) }()
	if err := a.Verify(ctx, func(line string) { fmt.Println(line) }); err != nil {
		return err
	}
	companies, err := a.Members.Companies(ctx)
	if err != nil {
		return err
	}
	people := 0
	err = a.Members.All(ctx, func(member.Member) error { people++; return nil })
	fmt.Printf("holds       %d companies, %d people\n", len(companies), people)
	return err
}

// folded reports a log that was left beside the database.
func folded(work string) error {
	info, err := os.Stat(filepath.Join(work, sqlite.File+"-wal"))
	if err == nil && info.Size() > 0 {
		return fmt.Errorf("the log beside the database could not be folded into it")
	}
	return nil
}
