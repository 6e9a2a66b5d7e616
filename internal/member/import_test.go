package member_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"pgregory.net/rapid"

	"firebrand/internal/fault"
	"firebrand/internal/member"
	"firebrand/internal/store/sqlite"
)

const file = "Компания;Регион;ФИО;Телефон;E-mail;Роль;Язык;Примечание\n" +
	"ТОВ \"Зоря\";Київ;Олена Коваленко;050 111-22-33;olena@zorya.example;владелец;uk;так\n" +
	"ТОВ «Зоря»;;Петро Бойко;0502223344;;;;\n" +
	";;;;;;;\n" +
	"Sun;South;Ира Лось;;ira@sun.example;сотрудник;рус;\n"

func (w *world) imports(data string, dry bool) member.Report {
	w.Helper()
	r, err := w.Import(w.ctx, w.admin, strings.NewReader(data), member.ImportOptions{DryRun: dry})
	w.ok(err)
	return r
}

// outcome writes a report down in short: each row's line with what became of it.
func outcome(r member.Report) string {
	var rows []string
	for _, row := range r.Rows {
		s := fmt.Sprintf("%d:%s", row.Line, row.Outcome)
		if row.CompanyOutcome != "" {
			s += "/" + string(row.CompanyOutcome)
		}
		if row.Fault != nil {
			s += "=" + strings.TrimPrefix(row.Fault.Key, "member.")
			if row.Fault.Field != "" {
				s += "@" + row.Fault.Field
			}
		}
		rows = append(rows, s)
	}
	return strings.Join(rows, " ")
}

func (w *world) reports(data, want string) {
	w.Helper()
	if got := outcome(w.imports(data, false)); got != want {
		w.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestImport(t *testing.T) {
	w := newWorld(t)
	const first = "2:created/created 3:created/created 5:created/unchanged"
	t.Run("a dry run tells everything and changes nothing", func(t *testing.T) {
		for range 2 {
			r := w.imports(file, true)
			if outcome(r) != first || !r.DryRun || r.People[member.Created] != 3 || r.Companies[member.Created] != 1 ||
				r.Companies[member.Unchanged] != 1 || fmt.Sprint(r.Ignored) != "[Примечание]" {
				t.Fatalf("%s %+v", outcome(r), r)
			}
		}
	})
	t.Run("the file is taken, people with their roles, companies once", func(t *testing.T) {
		w.reports(file, first)
		found, err := w.Search(w.ctx, w.admin, "зоря", 10)
		w.ok(err)
		if len(found) != 2 || found[0].Role != member.RolePrincipal || found[0].Phone != "+380501112233" ||
			found[0].Lang != "uk" || found[0].Display.Alias == "" || found[0].Standing != member.StandingEntered {
			t.Fatalf("%+v", found)
		}
	})
	t.Run("the same file again changes nothing", func(t *testing.T) {
		w.reports(file, "2:unchanged/unchanged 3:unchanged/unchanged 5:unchanged/unchanged")
	})
	t.Run("what differs is changed, what is empty stays", func(t *testing.T) {
		w.reports("company,size,name,phone,email\n"+
			"тов зоря,large,Олена Іванівна Коваленко,+380501112233,\n"+
			",,,050 222 33 44,petro@zorya.example\n",
			"2:updated/updated 3:updated")
		found, err := w.Search(w.ctx, w.admin, "olena@", 10)
		w.ok(err)
		if len(found) != 1 || found[0].Name != "Олена Іванівна Коваленко" || found[0].Role != member.RolePrincipal {
			t.Fatalf("%+v", found)
		}
		c, err := w.CompanyByID(w.ctx, found[0].Company)
		w.ok(err)
		if c.Region != "Київ" || c.Size != "large" {
			t.Fatalf("%+v", c)
		}
	})
	t.Run("regions keep the spelling that is there", func(t *testing.T) {
		w.reports("company,region\nMars,  київ\n", "2:created/created")
		regions, err := w.Regions(w.ctx)
		w.ok(err)
		if fmt.Sprint(regions) != "[North South Київ]" {
			t.Fatal(regions)
		}
	})
}

func TestImportRefusesRows(t *testing.T) {
	w := newWorld(t)
	gone := w.staff(w.sun)
	w.ok(w.Dismiss(w.ctx, w.admin, gone.ID))
	a := w.enter(member.Member{Role: member.RoleMember, Company: w.sun.ID, Phone: "+380661111111"})
	b := w.enter(member.Member{Role: member.RoleMember, Company: w.sun.ID, Phone: "+380662222222", Email: "b@sun.example"})
	data := "company,region,name,phone,email,role,lang\n" +
		"Sun,,No Contact,,,,\n" +
		"Sun,,Bad Phone,123,,,\n" +
		"Sun,,Bad Mail,,nobody,,\n" +
		"Sun,,King,+380670000001,,king,\n" +
		"Sun,,German,+380670000002,,,de\n" +
		",,Nowhere,+380670000003,,,\n" +
		"Sun,,,+380670000004,,,\n" +
		",Nowhere,,,,,\n" +
		"Sun,,Gone," + gone.Phone + ",,,\n" +
		"Sun,,Two," + a.Phone + "," + b.Email + ",,\n" +
		"Sun,,Good One,+380670000005,,,\n" +
		"Sun,,Good Again,+380670000005,,,\n" +
		"Venus,East,First,+380670000006,,,\n" +
		"Venus,West,Second,+380670000007,,,\n" +
		"Sun,,Brand,+380670000008,,marketer,\n" +
		",,Brand,+380670000018,,marketer,\n" +
		"Pluto,,Bad Phone,12,,,\n" +
		"\"Sun,,Never closed,+380670000009,,,\n" +
		"Sun,,Last \"Quoted\" One,+380670000010,,,\n" +
		"Sun,,\"Two\nLines\",+380670000011,,,\n"
	w.reports(data, "2:refused=contact_needed@phone 3:refused=phone_invalid@phone 4:refused=email_invalid@email "+
		"5:refused=role_unknown@role 6:refused=lang_unknown@lang 7:refused=company_needed@company 8:refused=name_needed@name "+
		"9:refused=company_name_needed@company 10:refused=import_dismissed 11:refused=import_two_people@email "+
		"12:created/unchanged 13:refused=import_twice 14:created/created 15:refused=import_company_differs@region "+
		"16:refused=company_not_here@company 17:created 18:refused=phone_invalid@phone 19:refused=import_quotes "+
		"20:created/unchanged 21:created/unchanged")
	t.Run("a company that only refused rows name is not made", func(t *testing.T) {
		companies, err := w.Companies(w.ctx)
		w.ok(err)
		if len(companies) != 3 {
			t.Fatal(companies)
		}
	})
	t.Run("each row is within what the actor may do by hand", func(t *testing.T) {
		owner := w.enter(member.Member{Role: member.RolePrincipal, Company: w.sun.ID})
		rows := "company,region,name,phone,role\n" +
			"Sun,,Own,+380680000001,\nMoon,,Foreign,+380680000002,\nSun,,Peer,+380680000003,principal\n" +
			"Saturn,,New,+380680000004,\nSun,Elsewhere,Moved,+380680000005,\n"
		r, err := w.Import(w.ctx, owner, strings.NewReader(rows), member.ImportOptions{})
		w.ok(err)
		const want = "2:created/unchanged 3:refused=not_allowed 4:refused=not_allowed 5:refused=company_unknown@company 6:refused=not_allowed"
		if got := outcome(r); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		_, err = w.Import(w.ctx, a, strings.NewReader(rows), member.ImportOptions{})
		w.fails(err, fault.Forbidden, "member.not_allowed")
	})
}

func TestImportFormats(t *testing.T) {
	w := newWorld(t)
	const want = "2:created/created 3:created/created 5:created/unchanged"
	encoded := func(data []byte, err error) string { w.ok(err); return string(data) }
	cp1251 := encoded(charmap.Windows1251.NewEncoder().Bytes([]byte(strings.ReplaceAll(file, "Лось", "Ёлкіна-Їжак"))))
	for name, data := range map[string]string{
		"UTF-8 with its mark":         "\uFEFF" + file,
		"tabs":                        strings.ReplaceAll(file, ";", "\t"),
		"Windows line ends":           strings.ReplaceAll(file, "\n", "\r\n"),
		"old Mac line ends":           strings.ReplaceAll(file, "\n", "\r"),
		"Windows-1251":                cp1251,
		"UTF-16 as spreadsheets save": encoded(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().Bytes([]byte(strings.ReplaceAll(file, ";", "\t")))),
	} {
		t.Run(name+" is read", func(t *testing.T) {
			if got := outcome(w.imports(data, true)); got != want {
				t.Error(got)
			}
		})
	}
	for name, c := range map[string]struct{ data, key string }{
		"KOI8":                     {encoded(charmap.KOI8R.NewEncoder().Bytes([]byte("Компания;Регион\nЗаря;Москва\n"))), "import_encoding"},
		"CP866":                    {encoded(charmap.CodePage866.NewEncoder().Bytes([]byte("Компания;Регион\nЗаря;Москва\n"))), "import_encoding"},
		"a picture":                {"\x89PNG\r\n\x1a\n\x00\x00\x00", "import_encoding"},
		"a file without header":    {"Sun;South;Olena\n", "import_header"},
		"an empty file":            {"", "import_header"},
		"names without contacts":   {"company;name\nSun;Olena\n", "import_contact_column"},
		"two phones":               {"name;phone;телефон\nOlena;1;2\n", "import_column_twice"},
		"more than ten megabytes":  {strings.Repeat("x", 10<<20+1), "import_too_big"},
		"more than 20,000 rows":    {"company\n" + strings.Repeat("a\n", 20_001), "import_too_many_rows"},
		"a workbook that is noise": {"PK\x03\x04 and then nothing", "import_unreadable"},
		"a workbook that unfolds to 65 megabytes": {bomb(t), "import_unreadable"},
	} {
		t.Run(name+" is refused as a whole", func(t *testing.T) {
			_, err := w.Import(w.ctx, w.admin, strings.NewReader(c.data), member.ImportOptions{})
			w.fails(err, fault.Invalid, "member."+c.key)
			if fault.As(err).Field != "file" {
				t.Error(fault.As(err).Field)
			}
		})
	}
	t.Run("a title above the header is passed over", func(t *testing.T) {
		if got := outcome(w.imports("sep=;\nНаши люди;;\n\nИмя;Телефон;Компания\nИра;0505556677;Sun\n", true)); got != "5:created/unchanged" {
			t.Error(got)
		}
	})
}

// bomb is a small workbook whose sheet is 65 MB of spaces.
func bomb(t *testing.T) string {
	t.Helper()
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	f, err := z.Create("xl/worksheets/sheet1.xml")
	if err != nil {
		t.Fatal(err)
	}
	for range 65 {
		if _, err := f.Write(bytes.Repeat([]byte(" "), 1<<20)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.String()
}

// withRows is a workbook with these rows in place of every sheet's own.
func withRows(t *testing.T, book []byte, rows string) string {
	t.Helper()
	from, err := zip.NewReader(bytes.NewReader(book), int64(len(book)))
	if err != nil {
		t.Fatal(err)
	}
	var buf bytes.Buffer
	to := zip.NewWriter(&buf)
	for _, part := range from.File {
		if !strings.HasPrefix(part.Name, "xl/worksheets/") {
			err = errors.Join(err, to.Copy(part))
			continue
		}
		f, _ := to.Create(part.Name)
		_, failed := f.Write([]byte(`<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>` + rows + `</sheetData></worksheet>`))
		err = errors.Join(err, failed)
	}
	if err = errors.Join(err, to.Close()); err != nil {
		t.Fatal(err)
	}
	return buf.String()
}

func TestImportWorkbook(t *testing.T) {
	w := newWorld(t)
	book := excelize.NewFile()
	defer func() { _ = book.Close() }()
	_, err := book.NewSheet("Дилеры")
	w.ok(err)
	for cell, value := range map[string]any{
		"A1": "Список", "A3": "Дилер", "B3": "ФИО *", "C3": "Моб. телефон",
		"A4": "Зоря", "B4": "Олена Коваленко", "C4": int64(380501112233),
		"A6": "Зоря", "B6": "Петро Бойко", "C6": 380502223344.0, "A7": "Зоря", "B7": "Ира", "C7": "без телефона",
	} {
		w.ok(book.SetCellValue("Дилеры", cell, value))
	}
	var buf bytes.Buffer
	w.ok(book.Write(&buf))
	t.Run("the sheet with our header is read, numbers and all", func(t *testing.T) {
		w.reports(buf.String(), "4:created/created 6:created/created 7:refused=phone_invalid@phone")
		w.reports(buf.String(), "4:unchanged/unchanged 6:unchanged/unchanged 7:refused=phone_invalid@phone")
	})
	t.Run("rows that name their last cell alone do not unfold to gigabytes", func(t *testing.T) {
		rows := "<row><c r=\"A1\" t=\"str\"><v>name</v></c><c r=\"B1\" t=\"str\"><v>phone</v></c></row>"
		for n := range 500 {
			rows += fmt.Sprintf("<row r=\"%d\"><c r=\"XFD%[1]d\" t=\"str\"><v>a</v></c></row>", n+2)
		}
		_, err := w.Import(w.ctx, w.admin, strings.NewReader(withRows(t, buf.Bytes(), rows)), member.ImportOptions{DryRun: true})
		w.fails(err, fault.Invalid, "member.import_unreadable")
	})
	t.Run("a damaged workbook is refused and harms nothing", func(t *testing.T) {
		whole := buf.Bytes()
		for at := 4; at < len(whole); at += 97 {
			bad := bytes.Clone(whole)
			bad[at] ^= 0xFF
			_, err := w.Import(w.ctx, w.admin, bytes.NewReader(bad), member.ImportOptions{DryRun: true})
			if err != nil && !fault.Is(err, fault.Invalid) {
				t.Fatalf("byte %d: %v", at, err)
			}
		}
	})
}

// consistent checks what holds of every report.
func consistent(t interface{ Errorf(string, ...any) }, r member.Report) {
	refused := 0
	for _, row := range r.Rows {
		if (row.Outcome == member.Refused) != (row.Fault != nil) || row.Line < 1 || row.Outcome == "" {
			t.Errorf("%+v", row)
		}
		if row.Outcome == member.Refused {
			refused++
		}
	}
	if refused != r.Refused {
		t.Errorf("%d refused, counted %d", refused, r.Refused)
	}
}

func TestImportTwice(t *testing.T) {
	w := newWorld(t)
	pick := func(values ...string) *rapid.Generator[string] { return rapid.SampledFrom(values) }
	row := rapid.Custom(func(t *rapid.T) string {
		return strings.Join([]string{
			pick("", "Sun", "«sun»", "Moon", "Mars", "Venus").Draw(t, "company"), pick("", "", "South", "NORTH", "East").Draw(t, "region"),
			pick("", "", "7", "8", "a1", "A1").Draw(t, "code"),
			pick("", "", "Ann Lee", "Bob Ray").Draw(t, "name"), pick("", "0500000001", "0500000002", "0500000003", "5").Draw(t, "phone"),
			pick("", "", "a@x.example", "B@x.example", "c@x.example", "@").Draw(t, "email"),
			pick("", "", "", "member", "owner", "admin", "king").Draw(t, "role"), pick("", "", "en", "uk", "de").Draw(t, "lang"),
		}, ",") + "\n"
	})
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(row, 1, 8).Draw(t, "rows")
		data := "company,region,code,name,phone,email,role,lang\n" + strings.Join(rows, "")
		var outcomes []string
		for _, dry := range []bool{true, false, false} {
			r, err := w.Import(w.ctx, w.admin, strings.NewReader(data), member.ImportOptions{DryRun: dry})
			if err != nil {
				t.Fatal(err)
			}
			consistent(t, r)
			outcomes = append(outcomes, outcome(r))
		}
		if outcomes[0] != outcomes[1] {
			t.Errorf("the dry run said\n%s\nand it became\n%s", outcomes[0], outcomes[1])
		}
		if strings.Contains(outcomes[2], "created") || strings.Contains(outcomes[2], "updated") {
			t.Errorf("first\n%s\nthen\n%s", outcomes[1], outcomes[2])
		}
	})
}

func TestImportCodes(t *testing.T) {
	t.Run("a company's code comes with the file, by names in three languages", func(t *testing.T) {
		for i, head := range []string{"Customer number", "Номер клиента", "Код компанії", "ERP code", "Код контрагента"} {
			w := newWorld(t)
			w.reports(fmt.Sprintf("company,%s\nSun,C-%d\n", head, i), "2:updated/updated")
			b, err := w.Buyer(w.ctx, member.BuyerRef{Company: fmt.Sprintf("c-%d", i)})
			w.ok(err)
			if b.Company.ID != w.sun.ID {
				t.Errorf("%s: got %+v", head, b)
			}
		}
	})
	t.Run("a code that another company has, or that another row gives away, is refused", func(t *testing.T) {
		w := newWorld(t)
		w.reports("company,code\nSun,1\nMoon,2\n", "2:updated/updated 3:updated/updated")
		w.reports("company,code\nSun,2\nMoon,1\n", "2:refused=code_taken@code 3:refused=code_taken@code")
		w.reports("company,code\nSun,3\nMars,1\n", "2:refused=code_taken@code 3:refused=code_taken@code")
		w.reports("company,code\nMars,5\nVenus,5\nMars,6\n", "2:created/created 3:refused=code_taken@code 4:refused=import_company_differs@code")
	})
}

func FuzzImportCSV(f *testing.F) {
	f.Add([]byte(file))
	f.Add([]byte("name\tphone\n\"Olena\t0501112233\nIra\t0501112234\n"))
	f.Add([]byte("company,region,size,industry,name,phone,email,role,lang\nSun,S,1,x,Ann,+380501112233,a@b.example,owner,ua\n"))
	f.Add([]byte("\xff\xfec\x00o\x00"))
	f.Add([]byte("\xea\xee\xec\xef\xe0\xed\xe8\xff\n\xc7\xe0\xf0\xff\n"))
	ctx, admin := f.Context(), member.Member{Role: member.RoleAdmin}
	engine, err := sqlite.Open(ctx, f.TempDir(), sqlite.Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = engine.Close() })
	s, err := member.Open(ctx, engine, time.Now)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if bytes.HasPrefix(data, []byte("PK")) {
			return
		}
		r, err := s.Import(ctx, admin, bytes.NewReader(data), member.ImportOptions{DryRun: true})
		if err != nil && !fault.Is(err, fault.Invalid) {
			t.Error(err)
		}
		consistent(t, r)
	})
}
