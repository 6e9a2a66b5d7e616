package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/gofrs/flock"

	"firebrand/internal/fault"
	"firebrand/internal/store/sqlite"
)

// backupCommand copies a data folder into one file, also while another process serves it: pictures, journal and
// everything else lie in its database. What is drawn from the journal on a Redis is drawn again after a restore.
type backupCommand struct {
	File string `arg:"" type:"path" help:"File to write. It must not exist."`
	Data string `default:"firebrand-data" env:"FIREBRAND_DATA" type:"path" help:"Data folder; it may be served meanwhile."`
}

// Run writes the file under its name only once it is whole, on the disk and read back. A run that fails leaves nothing;
// one that is killed leaves a folder FILE.partial, which the next run to that file clears.
func (b *backupCommand) Run(ctx context.Context) (err error) {
	if _, err := os.Lstat(b.File); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(fmt.Errorf("%s is there already: name another file", b.File), err)
	}
	work, free, err := workFolder(b.File + ".partial")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, free()) }()
	made := time.Now()
	m, packed, err := b.write(ctx, work, made)
	if err != nil {
		return b.explained(err)
	}
	if err := os.Rename(packed, b.File); err != nil {
		return err
	}
	if err := settle(filepath.Dir(b.File)); err != nil {
		return err
	}
	info, err := os.Stat(b.File)
	if err != nil {
		return err
	}
	fmt.Printf("copied      %s as of %s\n", b.Data, made.Format(time.RFC3339))
	fmt.Printf("written     %s, %s (%s unpacked), read back whole\n", b.File, inMB(info.Size()), inMB(m.Size))
	fmt.Printf("sha256      %s of the database\n", m.SHA256)
	return nil
}

// write makes the copy, checks it, packs it and reads the pack again.
func (b *backupCommand) write(ctx context.Context, work string, made time.Time) (m manifest, packed string, err error) {
	db, packed := filepath.Join(work, sqlite.File), filepath.Join(work, "packed")
	if err = sqlite.Copy(ctx, b.Data, db); err != nil {
		return m, packed, err
	}
	if err = sqlite.Check(ctx, db); err != nil {
		return m, packed, err
	}
	if m, err = describe(ctx, db, made); err == nil {
		err = pack(ctx, m, db, packed)
	}
	if err == nil {
		_, err = unpack(ctx, packed, io.Discard)
	}
	return m, packed, err
}

// explained says what an error means for whoever makes the backup.
func (b *backupCommand) explained(err error) error {
	f := fault.As(err)
	switch {
	case f != nil && f.Key == "store.missing" && os.Getenv("FIREBRAND_MONGO") != "":
		return fmt.Errorf("%s holds no programme, and the one on the MongoDB that FIREBRAND_MONGO names is copied with mongodump: see docs/operations.md", b.Data)
	case f != nil && f.Key == "store.missing":
		return fmt.Errorf("%s holds no programme", b.Data)
	case f != nil && f.Key == "store.broken":
		return fmt.Errorf("what %s holds is damaged, so no backup was made of it: %v", b.Data, f.Args["why"])
	case f != nil && f.Key == "store.full", errors.Is(err, syscall.ENOSPC):
		need := "the size of the database, and as much again"
		if info, err := os.Stat(filepath.Join(b.Data, sqlite.File)); err == nil {
			need = "up to " + inMB(2*info.Size())
		}
		return fmt.Errorf("no room in %s: a backup needs %s while it is made; nothing was left there", filepath.Dir(b.File), need)
	}
	return err
}

// workFolder makes a folder for this run alone and clears what a killed run left in it. Free removes it.
func workFolder(dir string) (work string, free func() error, err error) {
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", nil, err
	}
	lock := flock.New(filepath.Join(dir, "lock"))
	if taken, err := lock.TryLock(); err != nil || !taken {
		return "", nil, errors.Join(fmt.Errorf("%s is in use by another run", dir), err)
	}
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if e.Name() != "lock" && err == nil {
			err = os.RemoveAll(filepath.Join(dir, e.Name()))
		}
	}
	// Removed while it is still held, so that nobody takes a folder that is about to go.
	free = func() error { return errors.Join(os.RemoveAll(dir), lock.Unlock()) }
	if err != nil {
		return "", nil, errors.Join(err, lock.Unlock())
	}
	return dir, free, nil
}
