package exchange

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"firebrand/content"
	"firebrand/internal/fault"
)

var (
	aikenOption = regexp.MustCompile(`^([A-Z])[).][ \t]?(.*)$`)
	aikenAnswer = regexp.MustCompile(`^ANSWER:\s*(.*)$`)
)

// ParseAiken reads Moodle's Aiken text: a question's line, two lines or more "A) …", and "ANSWER: B", which ends it.
// Lines of fewer than two characters are none, as in Moodle. Every question has one right answer and DefaultSeconds.
//
// The text is UTF-8, UTF-16 where a byte order mark says so, else Windows-1251, which a note tells. It fails with
// fault.Invalid: "exchange.large", "exchange.language_unknown", "exchange.not_text" and "exchange.empty".
func ParseAiken(data []byte, lang string) (Result, error) {
	if err := checkSize(int64(len(data))); err != nil {
		return Result{}, err
	}
	if err := checkLang(lang); err != nil {
		return Result{}, err
	}
	text, notes, err := decode(data)
	if err != nil {
		return Result{}, err
	}
	a := aiken{lang: lang, Result: Result{Notes: notes}}
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	n := 0
	for line := range strings.SplitSeq(text, "\n") {
		n++
		a.line(n, strings.TrimSpace(line))
	}
	a.leave("exchange.answer_line_missing", a.open.line)
	return a.done()
}

// aiken is a file half read.
type aiken struct {
	Result
	lang string
	// open is the question being read; it has a line where there is one.
	open drafted
	// letters are those of its options.
	letters []string
	// broken says that the question was reported already and the rest of it is passed over.
	broken bool
}

func (a *aiken) line(n int, line string) {
	if utf8.RuneCountInString(line) < 2 {
		return
	}
	if m := aikenOption.FindStringSubmatch(line); m != nil {
		a.option(n, line, m[1], m[2])
		return
	}
	if m := aikenAnswer.FindStringSubmatch(line); m != nil {
		a.answer(n, line, strings.TrimSpace(m[1]))
		return
	}
	a.leave("exchange.question_too_early", n)
	a.open = drafted{line: n, text: line, seconds: DefaultSeconds}
}

func (a *aiken) option(n int, line, letter, text string) {
	switch {
	case a.broken:
	case a.open.line == 0:
		a.refuse(n, line, "exchange.option_first", "line", n)
		a.broken = true
	case slices.Contains(a.letters, letter):
		a.leave("exchange.letter_twice", n)
		a.broken = true
	default:
		a.letters = append(a.letters, letter)
		a.open.options = append(a.open.options, text)
	}
}

func (a *aiken) answer(n int, line, letter string) {
	switch {
	case a.broken:
	case a.open.line == 0:
		a.refuse(n, line, "exchange.answer_first", "line", n)
	case len(a.letters) < 2:
		a.leave("exchange.answers_few", n)
	case !slices.Contains(a.letters, letter):
		a.leave("exchange.right_unknown", n)
	default:
		a.open.right = []int{slices.Index(a.letters, letter)}
		a.judge(a.open, a.lang)
	}
	a.open, a.letters, a.broken = drafted{}, nil, false
}

// leave gives the open question up, where there is one, because of what stands in line n.
func (a *aiken) leave(key string, n int) {
	if a.open.line > 0 {
		a.refuse(a.open.line, a.open.text, key, "line", n)
	}
	a.open, a.letters, a.broken = drafted{}, nil, false
}

// decode gives the text of a file and says what it was taken for where that is a guess.
func decode(data []byte) (string, []content.Problem, error) {
	switch {
	case bytes.HasPrefix(data, []byte("\xFF\xFE")):
		return utf16Text(data[2:], 0)
	case bytes.HasPrefix(data, []byte("\xFE\xFF")):
		return utf16Text(data[2:], 1)
	}
	data = bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF"))
	if bytes.IndexByte(data, 0) >= 0 {
		return "", nil, fault.New(fault.Invalid, "exchange.not_text")
	}
	if utf8.Valid(data) {
		return string(data), nil, nil
	}
	text, err := charmap.Windows1251.NewDecoder().Bytes(data)
	if err != nil {
		return "", nil, unreadable("exchange.not_text", err)
	}
	return string(text), []content.Problem{content.NewProblem("", "exchange.read_as_1251")}, nil
}

// utf16Text decodes pairs of bytes of which the one at place low, 0 or 1, is the lower.
func utf16Text(data []byte, low int) (string, []content.Problem, error) {
	if len(data)%2 != 0 {
		return "", nil, fault.New(fault.Invalid, "exchange.not_text")
	}
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = uint16(data[2*i+low]) | uint16(data[2*i+1-low])<<8
	}
	text := string(utf16.Decode(units))
	if strings.ContainsRune(text, 0) {
		return "", nil, fault.New(fault.Invalid, "exchange.not_text")
	}
	return text, nil, nil
}
