package sheet_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"firebrand/internal/sheet"
)

// named scores rows by how many of these columns they name.
func named(columns ...string) func([]string) int {
	return func(cells []string) (n int) {
		for _, cell := range cells {
			for _, c := range columns {
				if strings.EqualFold(strings.TrimSpace(cell), c) {
					n++
				}
			}
		}
		return n
	}
}

// read writes a file down in short: each row's line with its cells or its flaw.
func read(t testing.TB, data string, o sheet.Options) (string, *sheet.Reader) {
	t.Helper()
	r, err := sheet.Open(strings.NewReader(data), int64(len(data)), o)
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, fmt.Sprintf("%d:%s%s", row.Line, strings.Join(row.Cells, "|"), row.Flaw))
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(rows, " "), r
}

const list = "Номер;Сума\nА-1;10,50\nА-2;Їжак\n"

func TestTexts(t *testing.T) {
	encoded := func(data []byte, err error) string {
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	o := sheet.Options{Score: named("номер", "сума")}
	const want = "2:А-1|10,50 3:А-2|Їжак"
	for name, data := range map[string]string{
		"UTF-8":                       list,
		"UTF-8 with its mark":         "\uFEFF" + list,
		"tabs":                        strings.ReplaceAll(list, ";", "\t"),
		"Windows line ends":           strings.ReplaceAll(list, "\n", "\r\n"),
		"old Mac line ends":           strings.ReplaceAll(list, "\n", "\r"),
		"no end of the last line":     strings.TrimSuffix(list, "\n"),
		"Windows-1251":                encoded(charmap.Windows1251.NewEncoder().Bytes([]byte(list))),
		"UTF-16 as spreadsheets save": encoded(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().Bytes([]byte(list))),
	} {
		t.Run(name+" is read", func(t *testing.T) {
			got, r := read(t, data, o)
			if got != want || r.Header().Line != 1 || r.Done() < 0.99 {
				t.Errorf("%s, header %+v, done %g", got, r.Header(), r.Done())
			}
			if r.CutOff() != (name == "no end of the last line") {
				t.Error("the end of the last line is told wrongly")
			}
		})
	}
	for name, c := range map[string]struct{ data, want string }{
		"a title stands above":                    {"sep=;\nОтчёт;;\n\nНомер;Сумма\nA;1\n", "5:A|1"},
		"a quoted cell runs over lines":           {"номер,сума\n\"a\nb\",2\nc,3\n", "2:a\nb|2 4:c|3"},
		"doubled marks are marks":                 {"номер,сума\n\"ТОВ \"\"Зоря\"\"\",2\n", "2:ТОВ \"Зоря\"|2"},
		"marks within a cell stand":               {"номер,сума\nТОВ \"Зоря\",2\n", "2:ТОВ \"Зоря\"|2"},
		"a mark that is not closed breaks a line": {"номер,сума\n\"a,1\nb,2\n", "2:quotes 3:b|2"},
		"bad bytes break their line":              {"номер,сума\n" + strings.Repeat("дім,1\n", 20) + "\xff\xfe,2\nb,3\n", strings.TrimSpace(lines(2, 20, "дім|1")) + " 22:encoding 23:b|3"},
		"a line beyond the bound is passed over":  {"номер,сума\n" + strings.Repeat("x", sheet.MaxLine+1) + ",1\nb,2\n", "2:long 3:b|2"},
		"there is no header at all":               {"a,b\nc,d\n", "1:a|b 2:c|d"},
		"runs of spaces separate":                 {" 00004 0001 19970101  2   29.33\r\n 00004 0001 19970118  2   29.73\r\n", "1:00004|0001|19970101|2|29.33 2:00004|0001|19970118|2|29.73"},
		"Windows-1251 shows only late":            {"id,sum\n" + strings.Repeat("a,1\n", 70_000) + encoded(charmap.Windows1251.NewEncoder().Bytes([]byte("Київ,2\n"))), ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, _ := read(t, c.data, sheet.Options{Score: named("номер", "сума", "сумма"), Spaces: true})
			if c.want == "" {
				got, c.want = got[len(got)-len("70002:Київ|2"):], "70002:Київ|2"
			}
			if got != c.want {
				t.Errorf("got  %.300q\nwant %.300q", got, c.want)
			}
		})
	}
	for name, data := range map[string]string{
		"KOI8":      encoded(charmap.KOI8R.NewEncoder().Bytes([]byte("Компания;Регион\nЗаря;Москва\n"))),
		"CP866":     encoded(charmap.CodePage866.NewEncoder().Bytes([]byte("Компания;Регион\nЗаря;Москва\n"))),
		"a picture": "\x89PNG\r\n\x1a\n\x00\x00\x00",
	} {
		t.Run(name+" is refused", func(t *testing.T) {
			if _, err := sheet.Open(strings.NewReader(data), int64(len(data)), sheet.Options{}); !errors.Is(err, sheet.ErrEncoding) {
				t.Error(err)
			}
		})
	}
}

func lines(from, n int, text string) (all string) {
	for i := range n {
		all += fmt.Sprintf("%d:%s ", from+i, text)
	}
	return all
}

func workbook(t testing.TB) []byte {
	t.Helper()
	book := excelize.NewFile()
	defer book.Close() //nolint:errcheck // in memory
	if _, err := book.NewSheet("Замовлення"); err != nil {
		t.Fatal(err)
	}
	for cell, value := range map[string]any{
		"A1": "Список", "A3": "Номер", "B3": "Сума", "A4": "A-1", "B4": 380501112233.0, "A6": "A-2", "B6": 10.5,
	} {
		if err := book.SetCellValue("Замовлення", cell, value); err != nil {
			t.Fatal(err)
		}
	}
	var buf bytes.Buffer
	if err := book.Write(&buf); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestWorkbooks(t *testing.T) {
	book := workbook(t)
	o := sheet.Options{Score: named("номер", "сума")}
	t.Run("the sheet with the header is read, its numbers whole", func(t *testing.T) {
		if got, r := read(t, string(book), o); got != "4:A-1|380501112233 6:A-2|10.5" || r.Kind() != sheet.Workbook {
			t.Error(got)
		}
	})
	t.Run("one that is cut off or damaged is refused and harms nothing", func(t *testing.T) {
		for at := 4; at < len(book); at += 61 {
			bad := bytes.Clone(book)
			bad[at] ^= 0xFF
			for _, data := range [][]byte{bad, book[:at]} {
				if err := drain(data, o); err != nil && !errors.Is(err, sheet.ErrUnreadable) && !errors.Is(err, sheet.ErrTooLarge) {
					t.Fatalf("byte %d: %v", at, err)
				}
			}
		}
	})
	t.Run("one that unfolds without end is refused before", func(t *testing.T) {
		var buf bytes.Buffer
		z := zip.NewWriter(&buf)
		f, err := z.Create("xl/worksheets/sheet1.xml")
		for range 65 {
			if err == nil {
				_, err = f.Write(bytes.Repeat([]byte(" "), 1<<20))
			}
		}
		if err := errors.Join(err, z.Close()); err != nil {
			t.Fatal(err)
		}
		if err := drain(buf.Bytes(), o); !errors.Is(err, sheet.ErrTooLarge) {
			t.Error(err)
		}
	})
	t.Run("one piece that fills the memory is refused before it is held", func(t *testing.T) {
		for part, head := range map[string]string{
			"xl/worksheets/sheet1.xml": `<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>`,
			"xl/sharedStrings.xml":     `<sst><si><t>`, "xl/styles.xml": `<styleSheet>`, "xl/theme/theme1.xml": `<a b="`,
		} {
			var before, after runtime.MemStats
			data := spoiled(t, book, part, head, 65<<20)
			runtime.ReadMemStats(&before)
			err := drain(data, sheet.Options{Score: o.Score, MaxUnpacked: 512 << 20})
			runtime.ReadMemStats(&after)
			if took := (after.TotalAlloc - before.TotalAlloc) >> 20; !errors.Is(err, sheet.ErrTooLarge) || took > 24 {
				t.Errorf("%s: %v after %d MB", part, err, took)
			}
		}
	})
	t.Run("cells without end are refused", func(t *testing.T) {
		if err := drain(book, sheet.Options{Score: o.Score, MaxCells: 3}); !errors.Is(err, sheet.ErrTooLarge) {
			t.Error(err)
		}
	})
}

// spoiled is a workbook of which one part is a text without end.
func spoiled(t *testing.T, book []byte, part, head string, long int) []byte {
	t.Helper()
	was, err := zip.NewReader(bytes.NewReader(book), int64(len(book)))
	if err != nil {
		t.Fatal(err)
	}
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for _, f := range was.File {
		if f.Name != part {
			err = errors.Join(err, z.Copy(f))
		}
	}
	f, created := z.Create(part)
	err = errors.Join(err, created)
	for text, left := []byte(strings.Repeat("x", 1<<20)), long; err == nil && left > 0; left -= len(text) {
		_, err = f.Write(append([]byte(head), text...))
		head = ""
	}
	if err := errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func drain(data []byte, o sheet.Options) error {
	r, err := sheet.Open(bytes.NewReader(data), int64(len(data)), o)
	if err != nil {
		return err
	}
	for err == nil {
		_, err = r.Next()
	}
	if closed := r.Close(); closed != nil {
		return closed
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// endless is a text of n equal lines that takes no memory.
type endless struct {
	head, line string
	size       int64
}

func (e endless) ReadAt(p []byte, off int64) (n int, err error) {
	for n < len(p) {
		at := off + int64(n)
		switch {
		case at >= e.size:
			return n, io.EOF
		case at < int64(len(e.head)):
			n += copy(p[n:], e.head[at:])
		default:
			n += copy(p[n:], e.line[(at-int64(len(e.head)))%int64(len(e.line)):])
		}
		if over := off + int64(n) - e.size; over > 0 {
			n -= int(over)
		}
	}
	return n, nil
}

func TestMemoryStaysFlatOverAMillionRows(t *testing.T) {
	const rows = 1_000_000
	e := endless{head: "номер,сума,товар\n", line: "\"V-20417\",1234.50,Ґрунтовка глибокого проникнення 10 л\n"}
	e.size = int64(len(e.head) + rows*len(e.line))
	r, err := sheet.Open(e, e.size, sheet.Options{Score: named("номер", "сума", "товар")})
	if err != nil {
		t.Fatal(err)
	}
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before, n := heap(), 0
	for ; ; n++ {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil || len(row.Cells) != 3 {
			t.Fatal(row, err)
		}
	}
	if after := heap(); n != rows || after > before+4<<20 {
		t.Errorf("%d rows, heap from %d to %d", n, before, after)
	}
}
