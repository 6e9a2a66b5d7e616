package exchange_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"firebrand/content"
	"firebrand/content/exchange"
	"firebrand/internal/fault"
)

var kahootHeader = []any{nil, "Question - max 120 characters", "Answer 1 - max 75 characters", "Answer 2 - max 75 characters",
	"Answer 3 - max 75 characters", "Answer 4 - max 75 characters", "Time limit (sec) – 5, 10, 20", "Correct answer(s) - choose at least one"}

// sheet makes a spreadsheet with the rows from row 8 on.
func sheet(t testing.TB, rows ...[]any) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	if err := f.SetCellValue("Sheet1", "B2", "Quiz template"); err != nil {
		t.Fatal(err)
	}
	for i, row := range rows {
		cell, err := excelize.CoordinatesToCellName(1, 8+i)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.SetSheetRow("Sheet1", cell, &row); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func kahoot(data []byte) (exchange.Result, error) {
	return exchange.ParseKahoot(bytes.NewReader(data), int64(len(data)), "ru")
}

func TestKahoot(t *testing.T) {
	t.Run("a real file gives its thirty questions", func(t *testing.T) {
		res, err := exchange.Parse("kahoot_flowstate.xlsx", sample(t, "kahoot_flowstate.xlsx"), "th")
		if err != nil || res.Taken() != 30 || len(res.Rows) != 30 {
			t.Fatalf("%d of %d, %v\n%s", res.Taken(), len(res.Rows), err, told(res))
		}
		q, row := res.Questions[29], res.Rows[29]
		if row.Line != 38 || q.Seconds != 30 || len(q.Options) != 4 || !q.Options[3].Right || q.Kind != content.Single ||
			q.Text["th"] != "แนวคิดใหญ่ของงานนี้เหมาะกับประโยคใดที่สุด?" {
			t.Fatalf("last %+v %+v", row, q)
		}
		if second := res.Questions[1]; second.Options[0].Text["th"] != "Mind & Performance" || len(res.Rows[1].Notes) != 0 {
			t.Fatalf("second %+v", second)
		}
	})
	for _, c := range []struct {
		why  string
		row  []any
		want string
		kind content.Kind
		secs int
		// right are the right options, from 1.
		right []int
	}{
		{"one right answer", []any{1, "Что?", "а", "б", "в", "г", 20, 3}, "9\n", content.Single, 20, []int{3}},
		{"several right answers", []any{1, "Что?", "а", "б", "в", nil, 60, "1,3"}, "9\n", content.Several, 60, []int{1, 3}},
		{"an answer left out in the middle", []any{1, "Что?", "а", nil, "в", nil, 20, "3"}, "9\n", content.Single, 20, []int{2}},
		{"a list that became a number", []any{1, "Что?", "а", "б", "в", nil, 20, 1.3}, "9  (exchange.right_read_as)\n", content.Several, 20, []int{1, 3}},
		{"a number with nothing behind the point", []any{1, "Что?", "а", "б", nil, nil, "20.0", "2.0"}, "9\n", content.Single, 20, []int{2}},
		{"answers that are numbers", []any{1, "2+2?", 3, 4, nil, nil, 20, 2}, "9\n", content.Single, 20, []int{2}},
		{"a time that is too short", []any{1, "Что?", "а", "б", nil, nil, 2, 1}, "9  (exchange.time_changed)\n", content.Single, 5, []int{1}},
		{"a time that is too long", []any{1, "Что?", "а", "б", nil, nil, 1e30, 1}, "9  (exchange.time_changed)\n", content.Single, 240, []int{1}},
		{"a time that is none", []any{1, "Что?", "а", "б", nil, nil, "soon", 1}, "9  (exchange.time_unreadable)\n", content.Single, 20, []int{1}},
		{"no time", []any{1, "Что?", "а", "б", nil, nil, nil, 1}, "9  (exchange.time_missing)\n", content.Single, 20, []int{1}},
		{"no right answer", []any{1, "Что?", "а", "б", nil, nil, 20, nil}, "9 exchange.right_unreadable\n", "", 0, nil},
		{"a right answer in words", []any{1, "Что?", "а", "б", nil, nil, 20, "all"}, "9 exchange.right_unreadable\n", "", 0, nil},
		{"a right answer that is empty", []any{1, "Что?", "а", "б", nil, nil, 20, 4}, "9 exchange.right_empty\n", "", 0, nil},
		{"one answer", []any{1, "Что?", "а", nil, nil, nil, 20, 1}, "9 content.options_few\n", "", 0, nil},
		{"no question", []any{1, nil, "а", "б", nil, nil, 20, 1}, "9 content.question_text_missing\n", "", 0, nil},
		{"an answer that is too long", []any{1, "Что?", strings.Repeat("я", 201), "б", nil, nil, 20, 1}, "9 content.text_long\n", "", 0, nil},
	} {
		t.Run(c.why, func(t *testing.T) {
			res, err := kahoot(sheet(t, kahootHeader, c.row, []any{2}, []any{3}))
			if err != nil || told(res) != c.want {
				t.Fatalf("%q %v, want %q", told(res), err, c.want)
			}
			if c.kind == "" {
				return
			}
			q := res.Questions[0]
			var right []int
			for i, o := range q.Options {
				if o.Right {
					right = append(right, i+1)
				}
			}
			if q.Kind != c.kind || q.Seconds != c.secs || len(right) != len(c.right) || right[0] != c.right[0] {
				t.Errorf("%s, %d s, right %v", q.Kind, q.Seconds, right)
			}
		})
	}
	t.Run("columns may stand elsewhere", func(t *testing.T) {
		res, err := kahoot(sheet(t, []any{"Correct", "question", "answer 1", "answer 2"}, []any{2, "Что?", "а", "б"}))
		if err != nil || res.Taken() != 1 || !res.Questions[0].Options[1].Right {
			t.Fatalf("%+v %v", res, err)
		}
	})
	t.Run("no header, no guess", func(t *testing.T) {
		_, err := kahoot(sheet(t, []any{1, "Что?", "а", "б", nil, nil, 20, 1}))
		wants(t, err, fault.Invalid, "exchange.header_missing")
	})
	t.Run("a header alone is empty", func(t *testing.T) {
		_, err := kahoot(sheet(t, kahootHeader, []any{1}, []any{2}))
		wants(t, err, fault.Invalid, "exchange.empty")
	})
}

func TestHostileSpreadsheets(t *testing.T) {
	good := sheet(t, kahootHeader, []any{1, "Что?", "а", "б", nil, nil, 20, 1})
	t.Run("one that is cut off", func(t *testing.T) {
		for _, n := range []int{4, len(good) / 2, len(good) - 1} {
			_, err := kahoot(good[:n])
			wants(t, err, fault.Invalid, "exchange.not_a_spreadsheet")
		}
	})
	t.Run("a zip that is none of Excel's", func(t *testing.T) {
		_, err := kahoot(zipped(t, "readme.txt", strings.NewReader("hello")))
		wants(t, err, fault.Invalid, "exchange.not_a_spreadsheet")
	})
	t.Run("a bomb is refused by its table of contents", func(t *testing.T) {
		bomb := zipped(t, "xl/worksheets/sheet1.xml", io.LimitReader(zeros{}, 20<<20))
		if len(bomb) > exchange.MaxBytes {
			t.Fatalf("the bomb is no bomb: %d bytes", len(bomb))
		}
		_, err := kahoot(bomb)
		wants(t, err, fault.Invalid, "exchange.unpacked_large")
	})
	t.Run("a bomb that lies about its size is not unpacked further than it claims", func(t *testing.T) {
		bomb := zipped(t, "xl/worksheets/sheet1.xml", io.LimitReader(zeros{}, 20<<20))
		directory := bytes.LastIndex(bomb, []byte("PK\x01\x02"))
		copy(bomb[directory+24:], []byte{0xE8, 3, 0, 0})
		_, err := kahoot(bomb)
		wants(t, err, fault.Invalid, "exchange.not_a_spreadsheet")
	})
	t.Run("a sheet that breaks off does not lose its rows in silence", func(t *testing.T) {
		_, err := kahoot(rewritten(t, good, "xl/worksheets/sheet1.xml", func(xml string) string { return xml[:len(xml)*2/3] }))
		wants(t, err, fault.Invalid, "exchange.not_a_spreadsheet")
	})
	t.Run("rows that name their last cell alone do not unfold without end", func(t *testing.T) {
		_, err := kahoot(rewritten(t, good, "xl/worksheets/sheet1.xml", func(xml string) string {
			var wide strings.Builder
			for n := range 5000 {
				fmt.Fprintf(&wide, `<row r="%d"><c r="XFD%[1]d" t="str"><v>a</v></c></row>`, 100+n)
			}
			return strings.Replace(xml, "</sheetData>", wide.String()+"</sheetData>", 1)
		}))
		wants(t, err, fault.Invalid, "exchange.not_a_spreadsheet")
	})
	t.Run("more rows than anybody asks questions are said", func(t *testing.T) {
		rows := make([][]any, 2001)
		rows[0] = kahootHeader
		rows[1] = []any{1, "Что?", "а", "б", nil, nil, 20, 1}
		rows[2000] = []any{1, "Ещё?", "а", "б", nil, nil, 20, 1}
		res, err := kahoot(sheet(t, rows...))
		if err != nil || res.Taken() != 1 || len(res.Rows) != 2 || res.Rows[1].Problem.Key != "exchange.rows_many" {
			t.Fatalf("%+v %v", res.Rows, err)
		}
	})
}

// zeros gives zero bytes without end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func zipped(t testing.TB, name string, from io.Reader) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	part, err := z.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(part, from); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// rewritten is a spreadsheet with one part changed.
func rewritten(t testing.TB, data []byte, name string, change func(string) string) []byte {
	t.Helper()
	in, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	out := zip.NewWriter(&b)
	for _, f := range in.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if f.Name == name {
			body = []byte(change(string(body)))
		}
		w, err := out.Create(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(body); err != nil {
			t.Fatal(err)
		}
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// FuzzKahoot changes the bytes of a whole file; FuzzKahootSheet changes the sheet within a sound one.
func FuzzKahoot(f *testing.F) {
	f.Add(sheet(f, kahootHeader, []any{1, "Что?", "а", "б", nil, nil, 20, 1}))
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, data []byte) {
		res, err := kahoot(data)
		sound(t, res, err)
	})
}

func FuzzKahootSheet(f *testing.F) {
	good := sheet(f, kahootHeader, []any{1, "Что?", "а", "б", nil, nil, 20, "1,2"})
	rewritten(f, good, "xl/worksheets/sheet1.xml", func(xml string) string { f.Add(xml); return xml })
	f.Add(`<worksheet><sheetData><row r="8"><c r="XFD8" t="inlineStr"><is><t>question</t></is></c><c r="A9" t="s"><v>99</v></c></row></sheetData></worksheet>`)
	f.Fuzz(func(t *testing.T, xml string) {
		res, err := kahoot(rewritten(t, good, "xl/worksheets/sheet1.xml", func(string) string { return xml }))
		sound(t, res, err)
	})
}
