package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"firebrand/internal/member"
)

const ordersFile = "Номер;Дата;Клиент;Товар;Количество;Цена\n" +
	"V-1;2026-11-20;C-1;P-10;2;150,50\nV-2;2026-11-21;C-9;P-10;1;10\nV-3;2026-11-21;C-1;P-10;x;10\n"

// sends a file and returns the address of its run.
func (b *browser) sendsOrders(file string) string {
	b.site.t.Helper()
	a := b.upload("/studio/orders/import", url.Values{"key": {uuid.NewString()}}, "orders.csv", []byte(file))
	if a.Status != http.StatusSeeOther {
		b.site.t.Fatalf("%d %.2000s", a.Status, a.Body)
	}
	return a.Location
}

// awaits a run's end, for a minute at the least.
func (b *browser) awaits(run string) answer {
	b.site.t.Helper()
	for range 3000 {
		if a := b.get(run); a.Header.Get("Refresh") == "" {
			return a
		}
		time.Sleep(20 * time.Millisecond)
	}
	b.site.t.Fatal("it does not end")
	return answer{}
}

func TestOrdersFromAFile(t *testing.T) {
	s := newSite(t)
	_, err := s.Members.CreateCompany(context.Background(), s.Admin, member.Company{Name: "Sun", Region: "Kyiv", Code: "C-1"})
	must(t, err)
	b := s.as(s.person(member.RoleMarketer, "", "Mary", "mary@example.com", "en"))
	run := b.sendsOrders(ordersFile)
	t.Run("the columns are shown as they were understood, with the first rows", func(t *testing.T) {
		shows(t, b.get(run), http.StatusOK, `<option value="3" selected>Клиент</option>`, "V-1", "Try the rows")
	})
	t.Run("a trial tells every row and writes nothing", func(t *testing.T) {
		a := b.post(run, url.Values{"do": {"try"}})
		if a.Status != http.StatusSeeOther {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		shows(t, b.awaits(run), http.StatusOK, "What would become of it", "Quantity.", "is no such number", "Take the orders")
		shows(t, b.get(run+"?rows=all"), http.StatusOK, "V-1", "V-2", "V-3")
		if _, err := s.Orders.Order(context.Background(), "V-1"); err == nil {
			t.Error("it was written")
		}
	})
	t.Run("the report on every row is a file", func(t *testing.T) {
		a := b.get(run + "/report.csv")
		if a.Status != 200 || !strings.HasPrefix(a.Body, "\ufeffRow,Order,") || strings.Count(a.Body, "\n") != 4 || !strings.Contains(a.Body, "4,V-3,Not taken,,Quantity,") {
			t.Errorf("%d %s", a.Status, a.Body)
		}
	})
	t.Run("taken, they are in the list with the figures of their time", func(t *testing.T) {
		b.post(run, url.Values{"do": {"take"}})
		shows(t, b.awaits(run), http.StatusOK, "The file is in", "Bought in the file")
		shows(t, b.get("/studio/orders"), http.StatusOK, "V-1", "V-2", "Sun", "not in the programme", "301")
		for query, want := range map[string][2]string{
			"buyer=C-1": {"V-1", "V-2"}, "buyer=C-9": {"V-2", "V-1"}, "region=kyiv": {"V-1", "V-2"}, "flag=unknown_buyer": {"V-2", "V-1"},
			"from=2026-11-21": {"V-2", "V-1"}, "to=2026-11-20": {"V-1", "V-2"}, "state=cancelled": {"No orders", "V-1"},
		} {
			a := b.get("/studio/orders?" + query)
			if !strings.Contains(a.Body, ">"+want[0]+"<") || strings.Contains(a.Body, ">"+want[1]+"<") {
				t.Errorf("%s does not show %s alone", query, want[0])
			}
		}
		shows(t, b.get("/studio/orders?from=x"), http.StatusUnprocessableEntity, "Check the period")
	})
	t.Run("the list goes on over pages", func(t *testing.T) {
		var all strings.Builder
		all.WriteString("id,date,customer,product,quantity,total\n")
		for i := range 70 {
			fmt.Fprintf(&all, "W-%03d,2026-11-%02d,C-1,P,1,5\n", i, 1+i%20)
		}
		run := b.sendsOrders(all.String())
		b.post(run, url.Values{"do": {"take"}})
		shows(t, b.awaits(run), http.StatusOK, "The file is in")
		seen := 0
		for at := "/studio/orders?buyer=C-1"; at != ""; {
			a := b.get(at)
			seen += strings.Count(a.Body, "/orders/W-")
			_, rest, more := strings.Cut(a.Body, `href="/studio/orders?after=`)
			if at = ""; more {
				next, _, _ := strings.Cut(rest, `"`)
				at = "/studio/orders?after=" + strings.ReplaceAll(next, "&amp;", "&")
			}
		}
		if seen != 70 {
			t.Errorf("%d orders on all pages", seen)
		}
	})
}

func TestOrdersFileThatNeedsHelp(t *testing.T) {
	s := newSite(t)
	b := s.as(s.Admin)
	t.Run("columns that are not known are chosen", func(t *testing.T) {
		run := b.sendsOrders("A;B;C;D;E\nX-1;11/20/2026;P;1;5\n")
		shows(t, b.get(run), http.StatusOK, "No column has the order", "X-1")
		a := b.post(run, url.Values{
			"do": {"try"}, "mapped": {"1"}, "map_id": {"1"}, "map_placed": {"2"}, "map_product": {"3"}, "map_quantity": {"4"}, "map_total": {"5"},
			"month_first": {"1"},
		})
		if a.Status != http.StatusSeeOther {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		shows(t, b.awaits(run), http.StatusOK, "Take the orders")
	})
	t.Run("a header stays one when the columns that were found are sent back, and unknown buyers are told", func(t *testing.T) {
		run := b.sendsOrders("Номер,Дата,Покупатель,Товар,Количество,Цена\nY-1,2026-11-20,+380501234567,P,1,5\n")
		shows(t, b.get(run), http.StatusOK, "Buyer: number, phone or e-mail")
		b.post(run, url.Values{
			"do": {"try"}, "mapped": {"1"}, "map_id": {"1"}, "map_placed": {"2"}, "map_buyer": {"3"}, "map_product": {"4"},
			"map_quantity": {"5"}, "map_price": {"6"},
		})
		shows(t, b.awaits(run), http.StatusOK, "1 row, 1 order", "Buyer not found: 1 order.", "Not one buyer is in the programme")
	})
	t.Run("a file that cannot be read is refused on the form", func(t *testing.T) {
		run := b.sendsOrders("PK\x03\x04 and nothing")
		shows(t, b.get(run), http.StatusUnprocessableEntity, "workbook cannot be read")
		shows(t, b.post("/studio/orders/import", nil), http.StatusUnprocessableEntity, "Choose a file")
	})
	t.Run("CDNOW's format needs no columns", func(t *testing.T) {
		run := b.sendsOrders(" 00004 0001 19970101  2   29.33\r\n 00004 0001 19970118  2   29.73\r\n")
		shows(t, b.get(run), http.StatusOK, "The format is known")
		b.post(run, url.Values{"do": {"take"}})
		shows(t, b.awaits(run), http.StatusOK, "59.06")
	})
	t.Run("a run that was forgotten says what to do", func(t *testing.T) {
		shows(t, b.get("/studio/orders/import/none"), http.StatusNotFound, "not known any more")
	})
}
