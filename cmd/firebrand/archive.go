package main

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"firebrand/internal/store/sqlite"
)

// archiveFormat names how a backup is written: a packed tar with the manifest first and the database behind it, so that
// in need any tar can take the database out.
const archiveFormat = "firebrand-backup/1"

// manifestName is the first file of a backup.
const manifestName = "manifest.json"

// manifest says what a backup holds.
type manifest struct {
	Format string `json:"format"`
	// Made is the instant just before the copy began: everything acknowledged until then is in it.
	Made time.Time `json:"made"`
	// Program is the revision that made it, where the build tells.
	Program string `json:"program,omitempty"`
	// Size and SHA256 are the database's, unpacked.
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// revision is the source revision that this program was built from, or empty.
func revision() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	return ""
}

// describe reads a database file and writes its manifest.
func describe(ctx context.Context, db string, made time.Time) (manifest, error) {
	file, err := os.Open(db)
	if err != nil {
		return manifest{}, err
	}
	defer file.Close() //nolint:errcheck // it is only read
	sum := sha256.New()
	size, err := io.Copy(sum, while{ctx, file})
	return manifest{archiveFormat, made.UTC(), revision(), size, hex.EncodeToString(sum.Sum(nil))}, err
}

// pack writes the database file and its manifest to a new file and returns once it is on the disk.
func pack(ctx context.Context, m manifest, db, to string) (err error) {
	from, err := os.Open(db)
	if err != nil {
		return err
	}
	defer from.Close() //nolint:errcheck // it is only read
	file, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	packed, err := gzip.NewWriterLevel(file, gzip.BestSpeed)
	if err != nil {
		return err
	}
	all := tar.NewWriter(packed)
	head := func(name string, size int64) error {
		return all.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: size, ModTime: m.Made, Format: tar.FormatPAX})
	}
	if err = head(manifestName, int64(len(text))); err == nil {
		_, err = all.Write(text)
	}
	if err == nil {
		err = head(sqlite.File, m.Size)
	}
	if err == nil {
		_, err = io.Copy(all, while{ctx, from})
	}
	if err != nil {
		return err
	}
	if err = errors.Join(all.Close(), packed.Close()); err != nil {
		return err
	}
	return file.Sync()
}

// unpack reads a backup to its last byte, writes the database into, and fails where anything is not as the manifest says.
func unpack(ctx context.Context, path string, into io.Writer) (m manifest, err error) {
	file, err := os.Open(path)
	if err != nil {
		return m, err
	}
	defer file.Close() //nolint:errcheck // it is only read
	packed, err := gzip.NewReader(bufio.NewReader(while{ctx, file}))
	if err != nil {
		return m, notWhole(path, err)
	}
	all := tar.NewReader(packed)
	if err := next(all, manifestName); err != nil {
		return m, notWhole(path, err)
	}
	if err := json.NewDecoder(io.LimitReader(all, 1<<20)).Decode(&m); err != nil {
		return m, notWhole(path, err)
	}
	if m.Format != archiveFormat {
		return m, fmt.Errorf("%s is a backup of the form %q; this program reads %q", path, m.Format, archiveFormat)
	}
	if err := next(all, sqlite.File); err != nil {
		return m, notWhole(path, err)
	}
	sum, written := sha256.New(), &counted{to: into}
	size, err := io.Copy(io.MultiWriter(sum, written), all)
	if written.err != nil || ctx.Err() != nil {
		return m, errors.Join(written.err, ctx.Err())
	}
	if err != nil {
		return m, notWhole(path, err)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); size != m.Size || got != m.SHA256 {
		return m, notWhole(path, fmt.Errorf("%d bytes with SHA-256 %s, the manifest says %d bytes with %s", size, got, m.Size, m.SHA256))
	}
	// The packing has a checksum of its own behind the last file.
	if _, err := io.Copy(io.Discard, packed); err != nil {
		return m, notWhole(path, err)
	}
	return m, nil
}

// next goes to the archive's next file, which must have this name.
func next(all *tar.Reader, name string) error {
	head, err := all.Next()
	if err == nil && head.Name != name {
		err = fmt.Errorf("%s stands where %s should", head.Name, name)
	}
	return err
}

func notWhole(path string, why error) error {
	return fmt.Errorf("%s is not a whole backup: %w", path, why)
}

// while reads until ctx ends.
type while struct {
	ctx  context.Context
	from io.Reader
}

func (w while) Read(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.from.Read(p)
}

// counted tells an error of the writer from one of what is read.
type counted struct {
	to  io.Writer
	err error
}

func (c *counted) Write(p []byte) (int, error) {
	n, err := c.to.Write(p)
	c.err = err
	return n, err
}

// settle makes sure that a folder's list of names is on the disk. Where a folder cannot be opened like a file, as on
// Windows, the system sees to it.
func settle(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return nil
	}
	defer d.Close() //nolint:errcheck // it is only read
	if err := d.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, os.ErrInvalid) {
		return fmt.Errorf("%s: %w", filepath.Base(dir), err)
	}
	return nil
}

// inMB is a size for people.
func inMB(bytes int64) string { return fmt.Sprintf("%.1f MB", float64(bytes)/1e6) }
