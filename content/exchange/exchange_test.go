package exchange_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"golang.org/x/text/encoding/charmap"

	"firebrand/content"
	"firebrand/content/exchange"
	"firebrand/internal/fault"
	"firebrand/internal/testenv"
)

// sample reads a real file that lies beside the project, where it does.
func sample(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "samples", "quiz", name))
	if err != nil {
		testenv.Skip(t, "the sample files are not beside the project")
	}
	return data
}

// wants checks the kind and the key of a fault.
func wants(t testing.TB, err error, kind fault.Kind, key string) {
	t.Helper()
	if f := fault.As(err); f == nil || f.Kind != kind || f.Key != key {
		t.Fatalf("error %v, want %v %s", err, kind, key)
	}
}

// told lists what a result says of its rows: "line taken|key [notes]".
func told(res exchange.Result) string {
	var b strings.Builder
	for _, row := range res.Rows {
		b.WriteString(strings.TrimSpace(strings.Join([]string{strconv.Itoa(row.Line), row.Problem.Key, keys(row.Notes)}, " ")) + "\n")
	}
	return b.String()
}

func keys(notes []content.Problem) string {
	var all []string
	for _, n := range notes {
		all = append(all, "("+n.Key+")")
	}
	return strings.Join(all, "")
}

const drills = "Сколько вольт?\nA) 12\nB. 220\nANSWER: B\n"

func TestAiken(t *testing.T) {
	t.Run("Moodle's own file gives its two questions", func(t *testing.T) {
		res, err := exchange.Parse("aiken_moodle_questions.txt", sample(t, "aiken_moodle_questions.txt"), "en")
		if err != nil || res.Taken() != 2 || len(res.Rows) != 2 {
			t.Fatalf("%+v %v", res, err)
		}
		first := res.Questions[0]
		if first.Text["en"] != "The Moodle project was started by:" || len(first.Options) != 4 || !first.Options[1].Right ||
			first.Options[1].Text["en"] != "Martin Dougiamas" || first.Kind != content.Single || first.Seconds != 30 || first.Weight != 10 {
			t.Fatalf("first %+v", first)
		}
		if second := res.Rows[1]; second.Line != 8 || !second.Taken || !strings.HasPrefix(second.Title, `Moodle's abilities`) {
			t.Fatalf("second %+v", second)
		}
	})
	for _, c := range []struct{ why, text, want string }{
		{"a question is taken", drills, "1\n"},
		{"lines end as they like", strings.ReplaceAll(drills, "\n", "\r") + strings.ReplaceAll(drills, "\n", "\r\n"), "1\n5\n"},
		{"short lines are none", "?\n\nЧто?\n-\nA) да\nB) нет\n\nANSWER: A", "3\n"},
		{"one answer is too few", "Что?\nA) да\nANSWER: A\n" + drills, "1 exchange.answers_few\n4\n"},
		{"an answer before its question", "A) да\nB) нет\nANSWER: A\n" + drills, "1 exchange.option_first\n4\n"},
		{"a right answer before its question", "ANSWER: A\n" + drills, "1 exchange.answer_first\n2\n"},
		{"the next question before the answer", "Что?\nA) да\nB) нет\n" + drills, "1 exchange.question_too_early\n4\n"},
		{"the last answer is missing", drills + "Что?\nA) да\nB) нет\n", "1\n5 exchange.answer_line_missing\n"},
		{"a right answer that is not there", "Что?\nA) да\nB) нет\nANSWER: C\n", "1 exchange.right_unknown\n"},
		{"a right answer that is not said", "Что?\nA) да\nB) нет\nANSWER:\n", "1 exchange.right_unknown\n"},
		{"one letter twice", "Что?\nA) да\nA) нет\nB) ?!\nANSWER: A\n" + drills, "1 exchange.letter_twice\n6\n"},
		{"an empty answer", "Что?\nA)  \nB) нет\nANSWER: B\n", "1 content.option_text_missing\n"},
		{"a question that is too long", strings.Repeat("я", 301) + "\nA) да\nB) нет\nANSWER: B\n", "1 content.text_long\n"},
	} {
		t.Run(c.why, func(t *testing.T) {
			res, err := exchange.ParseAiken([]byte(c.text), "ru")
			if err != nil || told(res) != c.want {
				t.Errorf("%q %v, want %q", told(res), err, c.want)
			}
		})
	}
	t.Run("the 61st question is left and said", func(t *testing.T) {
		res, err := exchange.ParseAiken([]byte(strings.Repeat(drills, 61)), "ru")
		if err != nil || res.Taken() != 60 || len(res.Rows) != 61 || res.Rows[60].Problem.Key != "exchange.full" {
			t.Fatalf("%d of %d, %v", res.Taken(), len(res.Rows), err)
		}
	})
	t.Run("its encoding is found, and a guess is said", func(t *testing.T) {
		windows, err := charmap.Windows1251.NewEncoder().Bytes([]byte(drills))
		if err != nil {
			t.Fatal(err)
		}
		units := append([]uint16{0xFEFF}, utf16.Encode([]rune(drills))...)
		for name, c := range map[string]struct {
			data []byte
			note string
		}{
			"UTF-8 with its mark": {[]byte("\uFEFF" + drills), ""},
			"UTF-16, low first":   {encode(binary.LittleEndian, units), ""},
			"UTF-16, high first":  {encode(binary.BigEndian, units), ""},
			"Windows-1251":        {windows, "(exchange.read_as_1251)"},
		} {
			res, err := exchange.ParseAiken(c.data, "ru")
			if err != nil || res.Taken() != 1 || res.Questions[0].Text["ru"] != "Сколько вольт?" || keys(res.Notes) != c.note {
				t.Errorf("%s: %+v %v", name, res, err)
			}
		}
	})
}

func encode(order binary.AppendByteOrder, units []uint16) []byte {
	var b []byte
	for _, u := range units {
		b = order.AppendUint16(b, u)
	}
	return b
}

func TestHostileFiles(t *testing.T) {
	for _, c := range []struct {
		why, name string
		data      []byte
		key       string
	}{
		{"a large file", "a.txt", make([]byte, exchange.MaxBytes+1), "exchange.large"},
		{"an empty file", "a.txt", nil, "exchange.empty"},
		{"bytes that are no text", "a.txt", []byte("a\x00b"), "exchange.not_text"},
		{"half a letter of UTF-16", "a.txt", []byte("\xFF\xFEa"), "exchange.not_text"},
		{"a spreadsheet of 1997", "a.xls", []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), "exchange.old_excel"},
		{"another tool's file", "a.gift", []byte("::q:: x {=a}"), "exchange.format_unknown"},
		{"text that is called a spreadsheet", "a.xlsx", []byte(drills), "exchange.not_a_spreadsheet"},
	} {
		t.Run(c.why, func(t *testing.T) {
			_, err := exchange.Parse(c.name, c.data, "ru")
			wants(t, err, fault.Invalid, c.key)
		})
	}
	t.Run("a language that is none", func(t *testing.T) {
		_, err := exchange.Parse("a.txt", []byte(drills), "Russian!")
		wants(t, err, fault.Invalid, "exchange.language_unknown")
	})
	t.Run("100 MB on the disk are refused unread", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "large.xlsx")
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Truncate(100 << 20); err != nil {
			t.Fatal(err)
		}
		f.Close()
		_, err = exchange.ReadFile(path, "ru")
		wants(t, err, fault.Invalid, "exchange.large")
	})
	t.Run("a spreadsheet that claims to be large is not even looked at", func(t *testing.T) {
		_, err := exchange.ParseKahoot(untouchable{t}, 100<<20, "ru")
		wants(t, err, fault.Invalid, "exchange.large")
	})
	t.Run("a file that is not there", func(t *testing.T) {
		_, err := exchange.ReadFile(filepath.Join(t.TempDir(), "none.txt"), "ru")
		wants(t, err, fault.Invalid, "exchange.file_unreadable")
	})
	t.Run("a file on the disk is read", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "drills.txt")
		if err := os.WriteFile(path, []byte(drills), 0o600); err != nil {
			t.Fatal(err)
		}
		if res, err := exchange.ReadFile(path, "ru"); err != nil || res.Taken() != 1 {
			t.Fatalf("%+v %v", res, err)
		}
	})
}

// untouchable fails the test that reads it.
type untouchable struct{ t *testing.T }

func (u untouchable) ReadAt([]byte, int64) (int, error) {
	u.t.Error("it was read")
	return 0, os.ErrInvalid
}

func FuzzAiken(f *testing.F) {
	f.Add([]byte(drills))
	f.Add([]byte("\xFF\xFE" + drills))
	f.Add([]byte("Что?\rA) да\rA) нет\rANSWER: A\r" + drills))
	f.Add([]byte("ANSWER: A\nA) \n\xff\nB) x\nANSWER: B"))
	f.Fuzz(func(t *testing.T, data []byte) {
		res, err := exchange.ParseAiken(data, "ru")
		sound(t, res, err)
	})
}

// sound checks what holds of every result.
func sound(t *testing.T, res exchange.Result, err error) {
	t.Helper()
	if err != nil {
		if fault.KindOf(err) != fault.Invalid {
			t.Fatal(err)
		}
		return
	}
	taken := 0
	for _, row := range res.Rows {
		if row.Taken != (row.Problem.Key == "") || row.Line < 1 || len([]rune(row.Title)) > 80 {
			t.Fatalf("row %+v", row)
		}
		if row.Taken {
			if problems := content.QuestionProblems(res.Questions[taken], 1); len(problems) > 0 {
				t.Fatalf("taken, and yet %+v", problems)
			}
			taken++
		}
	}
	if taken != res.Taken() || len(res.Rows) == 0 {
		t.Fatalf("%d rows taken, %d questions", taken, res.Taken())
	}
}
