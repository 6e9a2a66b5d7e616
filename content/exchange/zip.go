package exchange

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"firebrand/internal/fault"
)

const (
	// maxUnpacked bounds what a spreadsheet holds unpacked; read, it may take fifty times as much memory.
	maxUnpacked = 4 << 20
	// maxParts bounds how many files it is made of.
	maxParts = 1000
)

// checkZip refuses a spreadsheet by its table of contents, before anything is unpacked. The sizes that it claims hold:
// the unpacker stops at them. It then reads the sheets once, since the reader of spreadsheets takes broken XML for the
// end of a sheet, and rows would be missing that nobody hears of.
func checkZip(r io.ReaderAt, size int64) error {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return unreadable("exchange.not_a_spreadsheet", err)
	}
	unpacked := uint64(0)
	for _, f := range z.File {
		unpacked += min(f.UncompressedSize64, maxUnpacked+1)
	}
	if unpacked > maxUnpacked || len(z.File) > maxParts {
		return fault.New(fault.Invalid, "exchange.unpacked_large", "max", maxUnpacked>>20)
	}
	for _, f := range z.File {
		if name := strings.ToLower(f.Name); !strings.HasPrefix(name, "xl/worksheets/") || !strings.HasSuffix(name, ".xml") {
			continue
		}
		if err := wellFormed(f); err != nil {
			return unreadable("exchange.not_a_spreadsheet", err)
		}
	}
	return nil
}

// wellFormed reads a part to its end.
func wellFormed(f *zip.File) error {
	part, err := f.Open()
	if err != nil {
		return err
	}
	defer part.Close()
	d := xml.NewDecoder(part)
	// Only the form is looked at, so that bytes of another encoding may pass as they are.
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	for {
		if _, err := d.RawToken(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}
