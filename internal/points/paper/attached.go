package paper

import (
	"bytes"
	"compress/zlib"
	"io"
	"regexp"
	"strconv"
)

// embedded is how an attached file begins in the PDFs that PDF writes. Nothing else need be understood: pages that are
// not exactly those drawn from what is found here are refused anyway.
var embedded = regexp.MustCompile(`<< /Type /EmbeddedFile /Length (\d{1,9}) /Filter /FlateDecode /Params << /CheckSum <[0-9a-f]{32}> /Size \d{1,10} >> >>\s*stream\n`)

// attached is the CSV within a PDF; what it unpacks to is bounded like every paper.
func attached(file []byte) ([]byte, error) {
	at := embedded.FindSubmatchIndex(file)
	if at == nil {
		return nil, misfit(0, "carries no table: it is no statement of this program")
	}
	length, err := strconv.Atoi(string(file[at[2]:at[3]]))
	if err != nil || length > len(file)-at[1] {
		return nil, misfit(0, "is cut off: the file is not whole")
	}
	packed, err := zlib.NewReader(bytes.NewReader(file[at[1] : at[1]+length]))
	if err != nil {
		return nil, misfit(0, "carries a table that cannot be unpacked: %v", err)
	}
	csv, err := io.ReadAll(io.LimitReader(packed, MostBytes+1))
	if err != nil {
		return nil, misfit(0, "carries a table that cannot be unpacked: %v", err)
	}
	if len(csv) > MostBytes {
		return nil, misfit(0, "is longer than %d MiB", MostBytes>>20)
	}
	return csv, nil
}
