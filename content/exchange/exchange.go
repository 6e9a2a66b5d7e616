// Package exchange brings other tools' question files in: Kahoot's spreadsheet and Moodle's Aiken text.
//
// The rule that matters most: every row is reported, as taken or with the reason why not, and whatever is read in
// another way than it was written is said. Nothing is dropped and nothing is changed in silence.
//
// The parsers are pure and take hostile files: they refuse by size before they read, and by what a file claims before
// they unpack it. Import then puts what they found into a quiz.
package exchange

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"

	"firebrand/content"
	"firebrand/internal/fault"
)

// MaxBytes bounds a question file; a spreadsheet of sixty questions has some dozens of kilobytes.
const MaxBytes = 5 << 20

// What a question weighs and how long it runs where its file does not say.
const (
	DefaultWeight  = 10
	DefaultSeconds = 30
)

// Result is what a file held.
type Result struct {
	// Questions have no ids yet; their texts are in the language that the parser was given.
	Questions []content.Question
	// Rows stand in the order of the file; those that were taken are Questions, one after the other.
	Rows []Row
	// Notes are about the file as a whole, such as the encoding that it was read in.
	Notes []content.Problem
}

// Row is one question of the file, or what stood in a question's place.
type Row struct {
	// Line is the row's or the line's number as the file's own program shows it, from 1.
	Line int
	// Title is how the question begins.
	Title string
	Taken bool
	// Problem is why it was not taken; its Key is empty where it was.
	Problem content.Problem
	// Notes say what was read in another way than it was written.
	Notes []content.Problem
}

// Taken counts the rows that were taken.
func (r Result) Taken() int { return len(r.Questions) }

// ReadFile parses a file of the disk; one that is too large is refused unread. Its faults are Parse's.
func ReadFile(path, lang string) (Result, error) {
	f, err := os.Open(path)
	if err != nil {
		return Result{}, unreadable("exchange.file_unreadable", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return Result{}, unreadable("exchange.file_unreadable", err)
	}
	if err := checkSize(info.Size()); err != nil {
		return Result{}, err
	}
	// What is no plain file may hold more than it says.
	data, err := io.ReadAll(io.LimitReader(f, MaxBytes+1))
	if err != nil {
		return Result{}, unreadable("exchange.file_unreadable", err)
	}
	return Parse(filepath.Base(path), data, lang)
}

// Parse reads a question file whose texts are in lang. What it is follows from its content, and for text from its
// name as well. It fails with fault.Invalid: "exchange.large", "exchange.language_unknown", "exchange.format_unknown",
// "exchange.old_excel" and those of ParseKahoot and ParseAiken.
func Parse(name string, data []byte, lang string) (Result, error) {
	if err := checkSize(int64(len(data))); err != nil {
		return Result{}, err
	}
	ext := strings.ToLower(filepath.Ext(name))
	switch {
	case bytes.HasPrefix(data, []byte("PK\x03\x04")) || ext == ".xlsx":
		return ParseKahoot(bytes.NewReader(data), int64(len(data)), lang)
	case bytes.HasPrefix(data, []byte("\xD0\xCF\x11\xE0")):
		return Result{}, fault.New(fault.Invalid, "exchange.old_excel")
	case ext == ".txt" || ext == ".aiken" || ext == "":
		return ParseAiken(data, lang)
	}
	return Result{}, fault.New(fault.Invalid, "exchange.format_unknown", "extension", cut(ext, 12))
}

func checkSize(size int64) error {
	if size > MaxBytes {
		return fault.New(fault.Invalid, "exchange.large", "max", MaxBytes>>20)
	}
	return nil
}

func checkLang(lang string) error {
	if !content.ValidLang(lang) {
		return fault.New(fault.Invalid, "exchange.language_unknown").On("lang")
	}
	return nil
}

func unreadable(key string, cause error) error {
	return fault.New(fault.Invalid, key).Because(cause)
}
