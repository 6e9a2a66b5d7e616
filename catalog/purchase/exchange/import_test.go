package exchange_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"firebrand/catalog/purchase"
	"firebrand/catalog/purchase/exchange"
)

const file = "Номер заказа;Дата;Код клиента;Артикул;Группа;Кол-во;Цена;Сумма;Статус;Примечание\n" +
	"V-1;24.11.2026;C-1;P-10;paint;2;150,50;301,00;доставлен;так\n" +
	"V-1;24.11.2026;C-1;P-20;primer;1;1 200,00;1 200,00;доставлен;\n" +
	";;;;;;;;;\n" +
	"V-2;2026-11-23 15:30;C-9;P-10;paint;3;;100;;\n"

func TestImport(t *testing.T) {
	w := newWorld(t)
	t.Run("a dry run tells every row and writes nothing", func(t *testing.T) {
		for range 2 {
			r := w.reports(file, "2:taken 3:taken 5:taken", exchange.Options{DryRun: true})
			if r.Orders != 2 || r.Rows != 3 || !r.DryRun || fmt.Sprint(r.Ignored) != "[Примечание]" {
				t.Fatalf("%+v", r)
			}
		}
		if _, err := w.Order(w.ctx, "V-1"); err == nil {
			t.Fatal("it was written")
		}
	})
	t.Run("the orders are taken with their lines", func(t *testing.T) {
		r := w.reports(file, "2:taken 3:taken 5:taken", exchange.Options{})
		if r.Outcomes[purchase.Taken] != 2 || r.First.Format("2006-01-02T15:04") != "2026-11-23T13:30" {
			t.Errorf("%+v", r)
		}
		o := w.order("V-1")
		if len(o.Lines) != 2 || o.Lines[0].Net() != 30100 || o.Lines[1].Price != 120000 || o.State != purchase.Delivered ||
			!o.Buyer.Known() || o.Placed.Format("2006-01-02T15:04") != "2026-11-23T22:00" {
			t.Errorf("%+v", o)
		}
		o = w.order("V-2")
		if o.Lines[0].Net() != 10000 || o.Buyer.Known() || o.State != purchase.Placed {
			t.Errorf("%+v", o)
		}
	})
	t.Run("the same file again changes nothing", func(t *testing.T) {
		for _, dry := range []bool{true, false} {
			r := w.reports(file, "2:repeated 3:repeated 5:repeated", exchange.Options{DryRun: dry})
			if r.Outcomes[purchase.Repeated] != 2 {
				t.Errorf("%+v", r)
			}
		}
		if o := w.order("V-1"); o.Revision != 1 {
			t.Errorf("revision %d", o.Revision)
		}
	})
	t.Run("what differs is the next revision, and that file repeats too", func(t *testing.T) {
		changed := strings.Replace(file, "V-2;2026-11-23 15:30;C-9;P-10;paint;3;;100;;", "V-2;2026-11-23 15:30;C-9;P-10;paint;4;;100;delivered;", 1)
		w.reports(changed, "2:repeated 3:repeated 5:taken", exchange.Options{})
		w.reports(changed, "2:repeated 3:repeated 5:repeated", exchange.Options{})
		if o := w.order("V-2"); o.Revision != 2 || o.Lines[0].Quantity != 4 || o.State != purchase.Delivered {
			t.Errorf("%+v", o)
		}
	})
}

func TestColumns(t *testing.T) {
	w := newWorld(t)
	t.Run("columns are mapped by name and by number", func(t *testing.T) {
		m, err := exchange.ParseMapping("id=Док; placed=Когда;company=3; product=4;quantity=5;total=6")
		w.ok(err)
		w.reports("Док,Когда,К,Т,Ш,С\nA-1,2026-11-20,C-1,P,1,5\n", "2:taken", exchange.Options{Map: m})
		if o := w.order("A-1"); o.Lines[0].Net() != 500 || !o.Buyer.Known() {
			t.Errorf("%+v", o)
		}
	})
	t.Run("a file without a header is mapped by numbers", func(t *testing.T) {
		m, err := exchange.ParseMapping("id=1;placed=2;company=3;product=4;quantity=5;total=6")
		w.ok(err)
		w.reports("A-2,2026-11-20,C-1,P,1,5\nA-3,2026-11-20,C-1,P,1,5\n", "1:taken 2:taken", exchange.Options{Map: m})
	})
	t.Run("what was mapped wins over what is recognised", func(t *testing.T) {
		m, err := exchange.ParseMapping("total=Итого к оплате;price=")
		w.ok(err)
		w.reports("номер,дата,товар,количество,цена,Итого к оплате\nA-4,2026-11-20,P,2,7,20\n", "2:taken", exchange.Options{Map: m})
		if o := w.order("A-4"); o.Lines[0].Net() != 2000 {
			t.Errorf("%+v", o.Lines)
		}
	})
	for name, c := range map[string]struct{ data, mapped, key string }{
		"no number of orders":    {"дата,товар\n2026-11-20,P\n", "", "orders_in.header"},
		"no quantity":            {"номер,товар,цена\nA,P,1\n", "", "orders_in.quantity_column"},
		"neither price nor sum":  {"номер,товар,количество\nA,P,1\n", "", "orders_in.price_column"},
		"a mapped column absent": {"номер,статус\nA,новый\n", "placed=Когда", "orders_in.map_missing"},
		"an empty file":          {"", "", "orders_in.header"},
		"no text at all":         {"\x89PNG\x00\x00", "", "orders_in.encoding"},
		"a workbook cut off":     {"PK\x03\x04 and then nothing", "", "orders_in.unreadable"},
	} {
		t.Run(name+" is refused as a whole", func(t *testing.T) {
			m, err := exchange.ParseMapping(c.mapped)
			w.ok(err)
			_, _, err = w.takes(c.data, exchange.Options{Map: m})
			w.fails(err, c.key)
		})
	}
	for mapped, key := range map[string]string{"id": "orders_in.map_unreadable", "weight=Вес": "orders_in.map_column"} {
		_, err := exchange.ParseMapping(mapped)
		w.fails(err, key)
	}
}

func TestRowsAreRefusedWithTheirColumn(t *testing.T) {
	w := newWorld(t)
	const head = "id,date,company,product,quantity,price,total,status,returned\n"
	for row, want := range map[string]string{
		"A,31.12.26,C-1,P,1,1,,,":              "2:refused=date@placed",
		"A,12/31/2025,C-1,P,1,1,,,":            "2:refused=date_slashes@placed",
		"A,2026-02-30,C-1,P,1,1,,,":            "2:refused=date@placed",
		"A,2036-11-20,C-1,P,1,1,,,":            "2:refused=date_ahead@placed",
		"A,2026-11-20,C-1,P,x,1,,,":            "2:refused=number@quantity",
		"A,2026-11-20,C-1,P,1.5,1,,,":          "2:refused=number@quantity",
		"A,2026-11-20,C-1,P,-1,1,,,":           "2:refused=quantity@quantity",
		"A,2026-11-20,C-1,P,9999999999,1,,,":   "2:refused=quantity@quantity",
		"A,2026-11-20,C-1,P,1,-1,,,":           "2:refused=price@price",
		"A,2026-11-20,C-1,P,1,,-5,,":           "2:refused=negative@total",
		"A,2026-11-20,C-1,P,1,,,,":             "2:refused=no_price@price",
		"A,2026-11-20,C-1,P,1,1.234,,,":        "2:refused=number_ambiguous@price",
		"A,2026-11-20,C-1,P,2,10,30,,":         "2:refused=total_differs@total",
		"A,2026-11-20,C-1,,1,1,,,":             "2:refused=product@product",
		"A,2026-11-20,C-1,P,1,1,,lost,":        "2:refused=state@state",
		"A,2026-11-20,C-1,P,1,1,,,2":           "2:refused=returned_more@returned",
		",2026-11-20,C-1,P,1,1,,,":             "2:refused=no_id@id",
		"A,2026-11-20,C-1,P,1,\"1,,,":          "2:refused=flaw_quotes",
		"A,2026-11-20,C-1,P,1,1,,,\nA,,,Q,0,,": "",
	} {
		if want == "" {
			continue
		}
		w.reports(head+row+"\n", want, exchange.Options{})
	}
	t.Run("an order is taken with all of its rows or not at all", func(t *testing.T) {
		w.reports(head+"B,2026-11-20,C-1,P,1,1,,,\nB,2026-11-20,C-1,Q,x,1,,,\nC,2026-11-20,C-1,P,1,1,,,\n",
			"2:refused=with 3:refused=number@quantity 4:taken", exchange.Options{})
	})
	t.Run("rows of one order may not contradict each other", func(t *testing.T) {
		w.reports(head+"D,2026-11-20,C-1,P,1,1,,,\nD,2026-11-21,C-1,Q,1,1,,,\n", "2:refused=with 3:refused=differs@id", exchange.Options{})
	})
	t.Run("a month first is read where that is said", func(t *testing.T) {
		w.reports(head+"E,10/31/2026,C-1,P,1,1,,,\n", "2:taken", exchange.Options{MonthFirst: true})
		if o := w.order("E"); o.Placed.Format("2006-01-02") != "2026-10-30" {
			t.Error(o.Placed)
		}
	})
	t.Run("numbers as people write them", func(t *testing.T) {
		for written, want := range map[string]int64{
			"1 234,50": 123450, "1.234,50": 123450, "\"1,234.50\"": 123450, "$29.33": 2933, "29,3 грн": 2930, "1 234": 123400, "0.125": -1, "7": 700,
		} {
			id := fmt.Sprintf("N%d", want)
			_, report, err := w.takes("номер;дата;товар;количество;цена\n"+id+";2026-11-20;P;1;"+written+"\n", exchange.Options{})
			w.ok(err)
			if want < 0 {
				if report.RefusedRows != 1 {
					t.Errorf("%s was taken", written)
				}
			} else if o := w.order(id); o.Lines[0].Price != want {
				t.Errorf("%s is %d", written, o.Lines[0].Price)
			}
		}
	})
}

func TestGathering(t *testing.T) {
	w := newWorld(t)
	const head = "id,date,company,product,quantity,price,revision,status\n"
	t.Run("rows of an order that stand apart are gathered", func(t *testing.T) {
		w.reports(head+"A,2026-11-20,C-1,P,1,1,,\nB,2026-11-20,C-1,P,1,1,,\nA,2026-11-20,C-1,Q,1,1,,\nC,2026-11-20,C-1,P,1,1,,\nA,,,R,1,1,,\n",
			"3:taken 5:taken 2:taken 4:taken 6:taken", exchange.Options{})
		if o := w.order("A"); len(o.Lines) != 3 || o.Revision != 1 {
			t.Errorf("%+v", o)
		}
	})
	t.Run("revisions of one order are taken in their order, an older one is superseded", func(t *testing.T) {
		w.reports(head+"R,2026-11-20,C-1,P,1,1,2,placed\nR,2026-11-20,C-1,P,5,1,3,delivered\nR,2026-11-20,C-1,P,9,1,1,placed\n",
			"2:taken 3:taken 4:superseded", exchange.Options{})
		if o := w.order("R"); o.Revision != 3 || o.Lines[0].Quantity != 5 {
			t.Errorf("%+v", o)
		}
	})
	t.Run("states alone may be told", func(t *testing.T) {
		w.reports("номер;статус\nB;Отменён\n", "2:taken", exchange.Options{})
		if o := w.order("B"); o.State != purchase.Cancelled || len(o.Lines) != 1 {
			t.Errorf("%+v", o)
		}
	})
	t.Run("numbers in Cyrillic, with slashes and spaces", func(t *testing.T) {
		w.reports("номер;дата;товар;количество;сумма\nЗК 00/1;2026-11-20;P;1;5\n", "2:taken", exchange.Options{})
		w.reports("номер;дата;товар;количество;сумма\nЗК 00-1;2026-11-20;P;1;6\n", "2:taken", exchange.Options{})
		for id, total := range map[string]int64{"ZK-00-1~287e6d": 500, "ZK-00-1~05fb50": 600} {
			if o := w.order(id); o.Net() != total {
				t.Errorf("%+v", o)
			}
		}
	})
}

func TestAFileThatWasCutOff(t *testing.T) {
	const head = "id,date,company,product,quantity,price,status\n"
	whole := head
	for i := range 40 {
		whole += fmt.Sprintf("V-%d,2026-11-20,C-1,P,%d,12.50,placed\nV-%[1]d,2026-11-20,C-1,Q,1,3.00,placed\n", i, i+1)
	}
	clean := newWorld(t)
	if _, _, err := clean.takes(whole, exchange.Options{}); err != nil {
		t.Fatal(err)
	}
	for _, at := range []int{len(head) + 1, len(head) + 45, len(whole) / 2, len(whole)/2 + 7, len(whole)/2 + 13, len(whole) - 4, len(whole) - 1} {
		t.Run(fmt.Sprintf("at byte %d it is told, and the whole file brings the same state", at), func(t *testing.T) {
			w := newWorld(t)
			_, r, err := w.takes(whole[:at], exchange.Options{Workers: 3})
			w.ok(err)
			if !r.CutOff && whole[at-1] != '\n' {
				t.Error("nobody is told")
			}
			_, _, err = w.takes(whole, exchange.Options{Workers: 5})
			w.ok(err)
			for i := range 40 {
				id := fmt.Sprintf("V-%d", i)
				a, b := clean.order(id), w.order(id)
				if len(a.Lines) != len(b.Lines) || a.Lines[0].Quantity != b.Lines[0].Quantity || a.Lines[1].Price != b.Lines[1].Price || a.State != b.State {
					t.Fatalf("%+v\n%+v", a, b)
				}
			}
			again, r, err := w.takes(whole, exchange.Options{})
			w.ok(err)
			if r.Outcomes[purchase.Repeated] != 40 {
				t.Error(again)
			}
		})
	}
}

func TestWorkbook(t *testing.T) {
	w := newWorld(t)
	book := excelize.NewFile()
	defer book.Close() //nolint:errcheck // in memory
	for cell, value := range map[string]any{
		"A1": "Заказы", "A3": "Номер", "B3": "Дата", "C3": "Товар", "D3": "Кол-во", "E3": "Сумма",
		"A4": 20417, "B4": 46346, "C4": "P", "D4": 2, "E4": 29.33, "A5": 20418, "B5": 46346.75, "C5": "P", "D5": 3.0, "E5": 1234.56,
	} {
		w.ok(book.SetCellValue("Sheet1", cell, value))
	}
	var buf bytes.Buffer
	w.ok(book.Write(&buf))
	w.reports(buf.String(), "4:taken 5:taken", exchange.Options{})
	w.reports(buf.String(), "4:repeated 5:repeated", exchange.Options{})
	if o := w.order("20417"); o.Lines[0].Net() != 2933 || o.Placed.Format("2006-01-02T15:04") != "2026-11-19T22:00" {
		t.Errorf("%+v", o)
	}
	if o := w.order("20418"); o.Lines[0].Net() != 123456 || o.Placed.Format("2006-01-02T15:04") != "2026-11-20T16:00" {
		t.Errorf("%+v", o)
	}
}

func TestAHeaderIsNoOrder(t *testing.T) {
	w := newWorld(t)
	mapped := func(s string) exchange.Options {
		m, err := exchange.ParseMapping(s)
		w.ok(err)
		return exchange.Options{Map: m, DryRun: true}
	}
	const all = "id=1;placed=2;company=3;product=4;quantity=5;total=6;state=7;channel=8"
	t.Run("nor is it one where every column is mapped by its number", func(t *testing.T) {
		for _, head := range []string{
			"Номер заказа,Дата,Код клиента,Товар,Кол-во,Сумма,Статус,Канал", "Док,Когда,Кто,Что,Штук,Рублей,Как,Где",
			"Отчёт\nID 2026,Date,Customer,SKU,Qty,Total,State,Channel",
		} {
			line := 2 + strings.Count(head, "\n")
			w.reports(head+"\nA-1,2026-11-20,C-1,P,1,5,новый,app\n", fmt.Sprintf("%d:taken", line), mapped(all))
		}
		w.reports("Док,Как\nA-1,новый\n", "2:taken", mapped("id=1;state=2;placed="))
	})
	t.Run("and an order is no header, though its words are titles too", func(t *testing.T) {
		w.reports("A-1,2026-11-20,C-1,P,1,5,доставлено,phone\nA-2,2026-11-20,C-1,item,1,5,returned,phone\n", "1:taken 2:taken", mapped(all))
		w.reports("A-1,доставлено\n", "1:taken", mapped("id=1;state=2"))
	})
	t.Run("what is missing is said in words", func(t *testing.T) {
		const head = "id,product,quantity,price\n"
		w.reports(head+"A,P,1,\nB,P,,1\n,P,1,1\n", "2:refused=no_price@price 3:refused=no_quantity@quantity 4:refused=no_id@id", exchange.Options{})
	})
}

func TestABuyersColumnIsReadByItsCells(t *testing.T) {
	w := newWorld(t)
	for _, title := range []string{"Покупець", "Покупатель", "Buyer", "Customer", "Клієнт"} {
		data := "id," + title + ",product,quantity,price\nA,C-1,P,1,1\nB,+380 50 123-45-67,P,1,1\nC,x@example.com,P,1,1\nD,1234567890,P,1,1\n"
		r := w.reports(data, "2:taken 3:taken 4:taken 5:taken", exchange.Options{DryRun: true})
		if r.Unknown != 3 || len(r.Ignored) != 0 {
			t.Errorf("%s: %+v", title, r)
		}
	}
	m, err := exchange.ParseMapping("buyer=Кому")
	w.ok(err)
	w.reports("id,Кому,product,quantity,price\nE,C-1,P,1,1\nF,1234567890,P,1,1\nG,x@example.com,P,1,1\n", "2:taken 3:taken 4:taken", exchange.Options{Map: m})
	if e, f, g := w.order("E").Buyer, w.order("F").Buyer, w.order("G").Buyer; !e.Known() || f.Code != "1234567890" || g.Code != "" || g.Known() {
		t.Errorf("%+v %+v %+v", e, f, g)
	}
	w.reports("id,Код клиента,Клиент,product,quantity,price\nH,C-1,Солнце,P,1,1\n", "2:taken", exchange.Options{})
	if !w.order("H").Buyer.Known() {
		t.Error("the company's name took its number's place")
	}
}
