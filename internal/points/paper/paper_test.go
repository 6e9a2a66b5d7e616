package paper_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/points"
	"firebrand/internal/points/paper"
	"firebrand/internal/testenv"
)

// account is one account over a real store with a clock set by hand.
type account struct {
	t     testing.TB
	clock *testenv.Clock
	*points.Service
}

const olena = "olena"

func newAccount(t testing.TB) account {
	t.Helper()
	zone, err := calendar.Load("Europe/Kyiv")
	must(t, err)
	clock := testenv.At("2026-09-03T10:00:00Z")
	j := testenv.Journal(t, testenv.Engine(t), clock.Now, points.Family)
	policy := points.DefaultPolicy()
	policy.Caps = []points.SourceCap{{Source: points.SourceGrant, Month: 300}}
	return account{t, clock, &points.Service{Journal: j, Zone: zone, Policy: policy, Now: clock.Now}}
}

func (a account) at(instant string) {
	a.t.Helper()
	at, err := time.Parse(time.RFC3339, instant)
	must(a.t, err)
	a.clock.Set(at)
}

func (a account) award(key string, amount int64, source points.Source, ref string) {
	a.t.Helper()
	_, err := a.Award(context.Background(), points.Award{
		Key: key, Account: olena, Amount: amount, Source: source, Ref: ref, Played: source == points.SourceGame,
	})
	must(a.t, err)
}

// autumn is three months of an account in which nearly everything happens.
func autumn(t testing.TB) account {
	t.Helper()
	ctx := context.Background()
	a := newAccount(t)
	a.award("g1", 120, points.SourceGame, "play/spring/2026-09/olena")
	a.award("p1", 640, points.SourcePurchase, "order/V-31007")
	a.at("2026-10-15T09:00:00Z")
	a.award("g2", 200, points.SourceGame, "play/autumn/2026-10/olena")
	_, err := a.Spend(ctx, points.Spend{Key: "s1", Account: olena, Amount: 300, Ref: "redemption/r1"})
	must(t, err)
	a.at("2026-11-02T09:00:00Z")
	_, err = a.Refund(ctx, points.Refund{Key: "f1", Account: olena, Spend: "s1", Ref: "redemption/r1"})
	must(t, err)
	a.award("n1", 250, points.SourceGrant, "a present")
	a.award("n2", 250, points.SourceGrant, "another present")
	a.award("n3", 80, points.SourceGrant, "a third present")
	_, err = a.Forfeit(ctx, points.Forfeit{Key: "l1", Account: olena, Amount: 70, Source: points.SourceGame, Ref: "play/winter/2026-11/olena"})
	must(t, err)
	_, err = a.Hold(ctx, points.HoldRequest{Key: "h1", Account: olena, Amount: 50, Ref: "redemption/r2"})
	must(t, err)
	a.at("2026-11-24T10:00:00Z")
	return a
}

// document is the account's statement of a period in a language.
func (a account) document(lang, period string) paper.Document {
	a.t.Helper()
	known, from, to := paper.Period(period, a.Zone, a.Now())
	if known != period {
		a.t.Fatalf("%q is no period", period)
	}
	story, err := a.Story(context.Background(), olena, from, to)
	must(a.t, err)
	d := paper.Of(story, from, to)
	d.Lang, d.Brand, d.Holder, d.Account, d.Zone, d.Made = lang, "Velmar", "Олена Ґалаґан", olena, a.Zone, a.Now()
	d.Names = map[string]string{"play/spring/2026-09/olena": "Їжа весни — щедрий ґрунт", "redemption/r1": "Термос, «синий»", "order/V-31007": "V-31007"}
	return d
}

func written(t testing.TB, d paper.Document) []byte {
	t.Helper()
	var file bytes.Buffer
	must(t, paper.Write(&file, d))
	return file.Bytes()
}

func drawn(t testing.TB, d paper.Document) []byte {
	t.Helper()
	var file bytes.Buffer
	must(t, paper.PDF(&file, d))
	return file.Bytes()
}

// rows are the table of a CSV by its first two columns' heading.
func rows(t testing.TB, file []byte) [][]string {
	t.Helper()
	r := csv.NewReader(bytes.NewReader(file))
	r.FieldsPerRecord = -1
	all, err := r.ReadAll()
	must(t, err)
	i := slices.IndexFunc(all, func(row []string) bool { return len(row) == 7 && row[0] == "Date" })
	all = all[i+1:]
	return all[:slices.IndexFunc(all, func(row []string) bool { return len(row) != 7 })]
}

func TestPaper(t *testing.T) {
	a := autumn(t)
	t.Run("every point is told, oldest first, and what was cut says by which limit", func(t *testing.T) {
		var told []string
		for _, row := range rows(t, written(t, a.document("en", ""))) {
			told = append(told, row[2])
		}
		for _, want := range []string{
			"Game “Їжа весни — щедрий ґрунт” finished", "Bonus for order V-31007: 640 points pending", "Purchase bonuses became yours to spend",
			"Prize “Термос, «синий»”", "“Термос, «синий»” was cancelled, points returned", "Granted: a present",
			"Granted: another present. 50 of 250 points: the most a month is 300 points",
			"Granted: a third present. 80 points were not given: the most a month is 300 points, and it is reached",
			"A game left unfinished: 70 points burned", "Set aside",
		} {
			if !slices.Contains(told, want) {
				t.Errorf("%q is not told; there is\n%s", want, strings.Join(told, "\n"))
			}
		}
	})
	t.Run("the balance of each line follows from the one before, and from the opening one", func(t *testing.T) {
		for _, period := range []string{"", "month", "last", "2026"} {
			result, err := paper.Verify(bytes.NewReader(written(t, a.document("en", period))))
			must(t, err)
			balance := result.Open
			for _, row := range rows(t, written(t, a.document("en", period))) {
				var change, after int64
				_, _ = fmt.Sscan(row[4], &change) // empty is none
				_, err := fmt.Sscan(row[5], &after)
				must(t, err)
				if balance += change; balance != after {
					t.Errorf("%q: %v stands after %d", period, row, balance-change)
				}
			}
			if balance != result.Close {
				t.Errorf("%q ends at %d, its lines at %d", period, result.Close, balance)
			}
		}
	})
	t.Run("the end of one month is the beginning of the next", func(t *testing.T) {
		last, err := paper.Verify(bytes.NewReader(written(t, a.document("en", "last"))))
		must(t, err)
		month, err := paper.Verify(bytes.NewReader(written(t, a.document("en", "month"))))
		must(t, err)
		if last.Close != month.Open || last.Head() != month.Opening.Hash {
			t.Errorf("October ends at %d under %s, November begins at %d under %s", last.Close, last.Head(), month.Open, month.Opening.Hash)
		}
		view, err := a.Balance(context.Background(), olena)
		must(t, err)
		if month.Close != view.Alive {
			t.Errorf("the statement ends at %d, the balance is %d", month.Close, view.Alive)
		}
	})
	t.Run("in every language and narrowed to every kind it holds, as CSV and as PDF, with the same bytes each time", func(t *testing.T) {
		for _, lang := range []string{"ru", "uk", "en"} {
			lines := 0
			for _, what := range paper.Whats {
				d := a.document(lang, "")
				d.What = what
				result, err := paper.Verify(bytes.NewReader(written(t, d)))
				must(t, err)
				if !result.Words {
					t.Errorf("the words of %s were not compared", lang)
				}
				if what == paper.All {
					lines -= result.Lines
				}
				lines += result.Lines
				if what != paper.All && what != paper.Spent {
					continue
				}
				pdf := drawn(t, d)
				if !bytes.Equal(pdf, drawn(t, d)) {
					t.Errorf("%s: two PDFs of one document differ", lang)
				}
				if _, err := paper.Verify(bytes.NewReader(pdf)); err != nil {
					t.Errorf("%s, %q: %v", lang, what, err)
				}
			}
			if lines < 0 {
				t.Errorf("%d lines are of no kind", -lines)
			}
		}
	})
	t.Run("an account without records has a paper too", func(t *testing.T) {
		d := paper.Document{Lang: "uk", Brand: "Velmar", Holder: "Тарас", Account: "taras", Zone: a.Zone, Made: a.Now()}
		result, err := paper.Verify(bytes.NewReader(written(t, d)))
		must(t, err)
		if result.Lines != 0 || result.Close != 0 || result.Head() != "" {
			t.Errorf("it says %+v", result)
		}
		_, err = paper.Verify(bytes.NewReader(drawn(t, d)))
		must(t, err)
	})
	t.Run("a name that is no name for a table breaks nothing", func(t *testing.T) {
		d := a.document("en", "")
		d.Holder = "=HYPERLINK(\"http://evil\")\r\nrecord,1"
		d.Names["play/autumn/2026-10/olena"] = "fire \U0001f525 and\x00 {pages} \u202f" + strings.Repeat("ґ", 500)
		file := written(t, d)
		if bytes.Contains(file, []byte("\n=")) || bytes.Contains(file, []byte(",=")) || bytes.Contains(file, []byte(",\"=")) {
			t.Error("a cell begins like a formula")
		}
		_, err := paper.Verify(bytes.NewReader(file))
		must(t, err)
		_, err = paper.Verify(bytes.NewReader(drawn(t, d)))
		must(t, err)
	})
	t.Run("a reason of several lines, or one that is a formula, stays in its cell", func(t *testing.T) {
		a := newAccount(t)
		a.award("n1", 10, points.SourceGrant, "=1+1\r\nand more\n")
		a.award("n2", 10, points.SourceGrant, "a\rb\u2028c")
		for _, file := range [][]byte{written(t, a.document("en", "")), drawn(t, a.document("uk", ""))} {
			_, err := paper.Verify(bytes.NewReader(file))
			must(t, err)
		}
	})
	t.Run("what cannot be put on paper is refused", func(t *testing.T) {
		for name, change := range map[string]func(*paper.Document){
			"language": func(d *paper.Document) { d.Lang = "de" },
			"account":  func(d *paper.Document) { d.Account = "" },
			"stranger": func(d *paper.Document) { d.Account = "taras" },
			"period":   func(d *paper.Document) { d.From = a.Now() },
		} {
			d := a.document("en", "")
			change(&d)
			if err := paper.Write(io.Discard, d); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// tampering is a change of one line of a whole CSV.
type tampering struct {
	name string
	// change gets the lines and returns others, with the number of the first one that does not fit.
	change func(lines []string) ([]string, int)
}

// find is the place of the first line that holds all of these.
func find(lines []string, texts ...string) int {
	return slices.IndexFunc(lines, func(line string) bool {
		return !slices.ContainsFunc(texts, func(text string) bool { return !strings.Contains(line, text) })
	})
}

func tamperings() []tampering {
	replace := func(old, new string, texts ...string) func([]string) ([]string, int) {
		return func(lines []string) ([]string, int) {
			i := find(lines, texts...)
			lines[i] = strings.Replace(lines[i], old, new, 1)
			return lines, i + 1
		}
	}
	remove := func(texts ...string) func([]string) ([]string, int) {
		return func(lines []string) ([]string, int) {
			i := find(lines, texts...)
			return slices.Delete(lines, i, i+1), i + 1
		}
	}
	swap := func(a, b string) func([]string) ([]string, int) {
		return func(lines []string) ([]string, int) {
			i, j := find(lines, a), find(lines, b)
			lines[i], lines[j] = lines[j], lines[i]
			return lines, min(i, j) + 1
		}
	}
	return []tampering{
		{"a changed amount", replace("120,120,", "900,900,", "Game “Їжа")},
		{"a changed balance", replace(",660,", ",661,", "Prize")},
		{"a changed day", replace("2026-09-03", "2026-09-04", "Game “Їжа")},
		{"a changed sentence", replace("Granted: a present", "Granted: a gift", "Granted: a present")},
		{"another opening", replace(`",0`, `",1`, "To spend at the start")},
		{"a removed row of the table", remove("Bonus for order V-31007")},
		{"an added row", func(lines []string) ([]string, int) {
			i := find(lines, "Granted: a present")
			return slices.Insert(lines, i, lines[i]), i + 2
		}},
		{"swapped rows of the table", swap("Granted: a present", "Granted: another present")},
		{"a removed record", remove("record,3,")},
		{"swapped records", swap("record,2,", "record,3,")},
		{"a changed record body", replace(`""n"":200`, `""n"":900`, "record,3,")},
		{"a changed record kind", replace(",spend,", ",award,", "record,4,")},
		{"a changed hash", func(lines []string) ([]string, int) {
			i := find(lines, "record,3,")
			cells := strings.SplitN(lines[i], ",", 10)
			cells[8] = strings.Repeat("0", 64)
			lines[i] = strings.Join(cells, ",")
			return lines, i + 1
		}},
		{"another head", func(lines []string) ([]string, int) {
			i := find(lines, "end,")
			lines[i] = "end,10," + strings.Repeat("a", 64)
			return lines, i + 1
		}},
		{"another seal above", func(lines []string) ([]string, int) {
			i := find(lines, "Seal of the last record")
			lines[i] = "Seal of the last record," + strings.Repeat("a", 64)
			return lines, i + 1
		}},
		{"another account", replace(`""account"":""olena""`, `""account"":""taras""`, "firebrand-statement")},
		{"another zone", replace("Europe/Kyiv", "Nowhere/City", "firebrand-statement")},
		{"something behind the end", func(lines []string) ([]string, int) { return append(lines, "record,1"), len(lines) + 1 }},
	}
}

func TestVerifyNamesTheLine(t *testing.T) {
	a := autumn(t)
	whole := strings.TrimSuffix(string(written(t, a.document("en", ""))), "\r\n")
	for _, test := range tamperings() {
		t.Run(test.name, func(t *testing.T) {
			lines, want := test.change(strings.Split(whole, "\r\n"))
			_, err := paper.Verify(strings.NewReader(strings.Join(lines, "\r\n") + "\r\n"))
			var f *paper.Fault
			if !errors.As(err, &f) {
				t.Fatalf("it holds, or fails by %v", err)
			}
			if f.Line != want && test.name != "another account" {
				t.Errorf("line %d is named, want %d: %v", f.Line, want, err)
			}
		})
	}
	t.Run("a file cut off anywhere does not hold, and says so", func(t *testing.T) {
		file := written(t, a.document("en", "month"))
		for n := 0; n < len(file); n += 1 + len(file)/200 {
			if _, err := paper.Verify(bytes.NewReader(file[:n])); err == nil {
				t.Fatalf("the first %d bytes of %d hold", n, len(file))
			}
		}
	})
	t.Run("other ends of lines are no fault", func(t *testing.T) {
		_, err := paper.Verify(strings.NewReader(strings.ReplaceAll(whole, "\r\n", "\n") + "\n"))
		must(t, err)
	})
	t.Run("a paper of other texts is held to its figures", func(t *testing.T) {
		words := strings.Replace(whole, `""words"":""`, `""words"":""older`, 1)
		words = strings.Replace(words, "Granted: a present", "Awarded: a present", 1) + "\r\n"
		result, err := paper.Verify(strings.NewReader(words))
		must(t, err)
		if result.Words {
			t.Error("it says that the words were compared")
		}
		if _, err := paper.Verify(strings.NewReader(strings.Replace(words, "120,120,", "900,900,", 1))); err == nil {
			t.Error("a changed figure holds")
		}
		for _, forged := range []string{"120,\u2212120,", "120,12'0,", "120,120 of 1,"} {
			if _, err := paper.Verify(strings.NewReader(strings.Replace(words, "120,120,", forged, 1))); err == nil {
				t.Errorf("the figures %q hold", forged)
			}
		}
	})
	t.Run("a PDF whose pages say something else does not hold", func(t *testing.T) {
		file := drawn(t, a.document("en", ""))
		at := bytes.Index(file, []byte("/CreationDate"))
		file[at+20] ^= 1
		if _, err := paper.Verify(bytes.NewReader(file)); err == nil {
			t.Error("it holds")
		}
		if _, err := paper.Verify(bytes.NewReader(file[:len(file)/2])); err == nil {
			t.Error("half of it holds")
		}
	})
	t.Run("a file of nothing but ends of lines takes no memory to speak of", func(t *testing.T) {
		file := bytes.Repeat([]byte("\n"), paper.MostBytes)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := paper.Verify(bytes.NewReader(file)); err == nil {
			t.Error("it holds")
		}
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; used > 8*paper.MostBytes {
			t.Errorf("%d MiB were taken", used>>20)
		}
	})
	t.Run("a file without end is read no further than a paper can be long", func(t *testing.T) {
		read := &endless{}
		if _, err := paper.Verify(read); err == nil {
			t.Error("it holds")
		}
		if read.n > paper.MostBytes+1<<16 {
			t.Errorf("%d bytes were read", read.n)
		}
	})
}

// endless gives one letter for ever.
type endless struct{ n int }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	e.n += len(p)
	return len(p), nil
}

func BenchmarkPaper(b *testing.B) {
	a := autumn(b)
	d := a.document("uk", "")
	file, pages := written(b, d), drawn(b, d)
	for name, do := range map[string]func() error{
		"csv":        func() error { return paper.Write(io.Discard, d) },
		"pdf":        func() error { return paper.PDF(io.Discard, d) },
		"verify csv": func() error { _, err := paper.Verify(bytes.NewReader(file)); return err },
		"verify pdf": func() error { _, err := paper.Verify(bytes.NewReader(pages)); return err },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				must(b, do())
			}
		})
	}
}

func FuzzVerify(f *testing.F) {
	// Seeds by hand: a store in every fuzzing process would take most of the time.
	head := `firebrand-statement,"{""version"":1,""lang"":""en"",""words"":"""",""brand"":""V"",""holder"":""O"",""account"":""olena"",` +
		`""zone"":""Europe/Kyiv"",""from"":0,""to"":0,""made"":1792054800000,""what"":""won"",""records"":1,""names"":{""play/q"":""Q""}}"`
	record := `record,1,1788429600000,award,g1,,278a,,9612,"{""op"":{""n"":120,""s"":""game""},""moved"":120,""after"":{""l"":[""120 1 2 0 0 game ""]}}"`
	f.Add([]byte("Statement,V\r\n\r\nDate,Time\r\n\r\n" + head + "\r\n" + record + "\r\nend,1,9612\r\n"))
	f.Add([]byte(strings.Replace(head, `""records"":1`, `""records"":0`, 1) + "\nopening" + strings.TrimPrefix(record, "record") + "\nend,1,9612\n"))
	f.Add([]byte("%PDF-1.3\n<< /Type /EmbeddedFile /Length 3 /Filter /FlateDecode /Params << /CheckSum <00000000000000000000000000000000> /Size 1 >> >>\nstream\nxyz"))
	f.Add([]byte("firebrand-statement,\"{}\"\nend,0,\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		if _, err := paper.Verify(bytes.NewReader(file)); err != nil {
			var fault *paper.Fault
			if !errors.As(err, &fault) {
				t.Errorf("it fails by %T: %v", err, err)
			}
		}
	})
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
