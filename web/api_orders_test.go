package web_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"firebrand/internal/member"
)

// ordersBy makes a key with scopes and returns what sends requests with it.
func (s *site) ordersBy(scopes ...string) func(method, path, kind string, body io.Reader) answer {
	s.t.Helper()
	_, token, err := s.Members.MakeAPIKey(context.Background(), s.Admin, member.APIKey{Name: "ERP", Scopes: scopes})
	must(s.t, err)
	client := &http.Client{Timeout: 2 * time.Minute}
	return func(method, path, kind string, body io.Reader) answer {
		s.t.Helper()
		req, err := http.NewRequest(method, s.URL+path, body)
		must(s.t, err)
		req.Header.Set("Authorization", "Bearer "+token)
		req.Header.Set("Content-Type", kind)
		req.Header.Set("Accept-Language", "en")
		resp, err := client.Do(req)
		must(s.t, err)
		defer resp.Body.Close()
		raw, err := io.ReadAll(resp.Body)
		must(s.t, err)
		return answer{Status: resp.StatusCode, Body: string(raw), Header: resp.Header}
	}
}

func orderJSON(id string, revision, quantity int) string {
	return fmt.Sprintf(`{"id":%q,"revision":%d,"state":"placed","placed":"2026-11-20T10:00:00Z","buyer":{"company":"C-1"},`+
		`"lines":[{"id":"1","product":"P","quantity":%d,"price":1000}]}`, id, revision, quantity)
}

func TestOrdersByAPI(t *testing.T) {
	s := newSite(t)
	_, err := s.Members.CreateCompany(context.Background(), s.Admin, member.Company{Name: "Sun", Region: "Kyiv", Code: "C-1"})
	must(t, err)
	erp := s.ordersBy(member.ScopeOrdersWrite, member.ScopeOrdersRead, member.ScopeReportsRead)
	t.Run("an order is taken once, however often it is told", func(t *testing.T) {
		for _, outcome := range []string{"taken", "repeated"} {
			a := erp("POST", "/api/v1/orders", "application/json", strings.NewReader(orderJSON("V-1", 1, 2)))
			if a.Status != 200 || !strings.Contains(a.Body, `"outcome":"`+outcome+`"`) || !strings.Contains(a.Body, `"known":true`) {
				t.Fatalf("%d %s", a.Status, a.Body)
			}
		}
		a := erp("POST", "/api/v1/orders", "application/json", strings.NewReader(orderJSON("V-1", 1, 3)))
		if a.Status != 409 || !strings.Contains(a.Body, `"kind":"key_reused"`) {
			t.Errorf("%d %s", a.Status, a.Body)
		}
	})
	t.Run("it is read, and the report tells of it", func(t *testing.T) {
		if a := erp("GET", "/api/v1/orders/V-1", "", nil); a.Status != 200 || !strings.Contains(a.Body, `"net":2000`) {
			t.Errorf("%d %s", a.Status, a.Body)
		}
		if a := erp("GET", "/api/v1/orders/V-9", "", nil); a.Status != 404 {
			t.Errorf("%d %s", a.Status, a.Body)
		}
		if a := erp("GET", "/api/v1/orders/report", "", nil); a.Status != 200 || !strings.Contains(a.Body, `"units":2`) {
			t.Errorf("%d %s", a.Status, a.Body)
		}
	})
	t.Run("what is wrong with it is told with its field", func(t *testing.T) {
		for body, want := range map[string]string{
			orderJSON("V-2", 1, -1): "quantity", orderJSON("V 2", 1, 1): `"field":"id"`, orderJSON("V-2", 0, 1): "revision",
			`{"id":"V-2"`: "", `{"id":"V-2","revision":1,"state":"lost"}`: "state",
		} {
			a := erp("POST", "/api/v1/orders", "application/json", strings.NewReader(body))
			if a.Status < 400 || a.Status >= 500 || !strings.Contains(a.Body, want) {
				t.Errorf("%s: %d %s", body, a.Status, a.Body)
			}
		}
	})
	t.Run("no word of Go is told, but what is expected, in the sender's language", func(t *testing.T) {
		for body, wanted := range map[string]string{
			strings.Replace(orderJSON("V-2", 1, 1), `"quantity":1`, `"quantity":1.5`, 1): "lines[0].quantity: a whole number is expected.",
			strings.Replace(orderJSON("V-2", 1, 1), `"V-2"`, `7`, 1):                     "id: a text is expected.",
			`{"id":"V-2","revision":1,"state":"lost"}`:                                   "placed, changed, delivered, cancelled, returned",
			`{"id":"V-2","revision":1}`:                                                  "state is missing.",
			`{"id":"V-2"`:                                                                "whole JSON",
		} {
			a := erp("POST", "/api/v1/orders", "application/json", strings.NewReader(body))
			if !strings.Contains(a.Body, wanted) || strings.Contains(a.Body, "Go ") || strings.Contains(a.Body, "json:") {
				t.Errorf("%s: %d %s", body, a.Status, a.Body)
			}
		}
		a := erp("POST", "/api/v1/orders/bulk", "application/x-ndjson", strings.NewReader(strings.Replace(orderJSON("V-2", 1, 1), `"quantity":1`, `"quantity":1.5`, 1)))
		if !strings.Contains(a.Body, "lines.quantity: a whole number is expected.") {
			t.Error(a.Body)
		}
		a = erp("POST", "/api/v1/orders", "application/json", strings.NewReader(orderJSON("V-0", 1, 0)))
		if !strings.Contains(a.Body, "purchase.note_no_quantity") {
			t.Error(a.Body)
		}
	})
	t.Run("a key that may only write reads nothing by writing", func(t *testing.T) {
		writer := s.ordersBy(member.ScopeOrdersWrite)
		a := writer("POST", "/api/v1/orders", "application/json", strings.NewReader(`{"id":"V-1","revision":2,"state":"changed"}`))
		if a.Status != 200 || !strings.Contains(a.Body, `"outcome":"taken"`) || !strings.Contains(a.Body, `"lines":[],"notes":`) ||
			strings.Contains(a.Body, `"company"`) {
			t.Errorf("%d %s", a.Status, a.Body)
		}
	})
	t.Run("a key without the scope, and a dealer, are kept out", func(t *testing.T) {
		reader := s.ordersBy(member.ScopeOrdersRead)
		dealer := s.as(s.person(member.RoleMember, s.company("Moon", "Lviv").ID, "Olena", "olena@example.com", "en"))
		for _, path := range []string{"/api/v1/orders", "/api/v1/orders/bulk"} {
			if a := reader("POST", path, "application/json", strings.NewReader(orderJSON("V-3", 1, 1))); a.Status != 403 {
				t.Errorf("%s: %d %s", path, a.Status, a.Body)
			}
			if a := dealer.do("POST", path, "application/json", strings.NewReader(orderJSON("V-3", 1, 1))); a.Status != 403 {
				t.Errorf("%s: %d %s", path, a.Status, a.Body)
			}
		}
	})
}

func TestBulkOrders(t *testing.T) {
	s := newSite(t)
	erp := s.ordersBy(member.ScopeOrdersWrite)
	t.Run("a line for each line, and the sum", func(t *testing.T) {
		a := erp("POST", "/api/v1/orders/bulk", "application/x-ndjson", strings.NewReader(
			orderJSON("B-1", 1, 1)+"\n\n"+`{"id":"B-2","revison":1}`+"\n"+orderJSON("B-3", 1, -1)+"\r\n"+orderJSON("B-1", 1, 1)))
		lines := strings.Split(strings.TrimSpace(a.Body), "\n")
		if a.Status != 200 || len(lines) != 5 || a.Header.Get("Content-Type") != "application/x-ndjson" {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		for i, want := range []string{
			`"outcome":"taken"`, `"line":3,`, "purchase.quantity", `"outcome":"repeated"`,
			`{"sum":{"lines":4,"taken":1,"repeated":1,"superseded":0,"refused":2`,
		} {
			if !strings.Contains(lines[i], want) {
				t.Errorf("%s lacks %s", lines[i], want)
			}
		}
	})
	t.Run("what stands behind a message is a mistake", func(t *testing.T) {
		for _, more := range []string{"}", "]", "{}", " x"} {
			a := erp("POST", "/api/v1/orders/bulk", "application/x-ndjson", strings.NewReader(orderJSON("B-9", 1, 1)+more))
			if a.Status != 200 || !strings.Contains(a.Body, "orders_in.message") {
				t.Errorf("%q: %d %s", more, a.Status, a.Body)
			}
		}
	})
	t.Run("an empty body is none", func(t *testing.T) {
		if a := erp("POST", "/api/v1/orders/bulk", "application/x-ndjson", strings.NewReader("")); a.Status != 200 || !strings.Contains(a.Body, `"lines":0`) {
			t.Errorf("%d %s", a.Status, a.Body)
		}
	})
	t.Run("one that breaks off keeps what was taken, and is sent again", func(t *testing.T) {
		_, token, err := s.Members.MakeAPIKey(context.Background(), s.Admin, member.APIKey{Name: "Cut", Scopes: []string{member.ScopeOrdersWrite}})
		must(t, err)
		var all strings.Builder
		for i := range 50 {
			all.WriteString(orderJSON(fmt.Sprintf("C-%d", i), 1, 1) + "\n")
		}
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
		must(t, err)
		_, err = fmt.Fprintf(conn, "POST /api/v1/orders/bulk HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s",
			token, all.Len(), all.String()[:all.Len()/2])
		must(t, err)
		must(t, conn.Close())
		a := erp("POST", "/api/v1/orders/bulk", "application/x-ndjson", strings.NewReader(all.String()))
		var last struct {
			Sum struct{ Lines, Taken, Repeated, Refused int }
		}
		lines := strings.Split(strings.TrimSpace(a.Body), "\n")
		must(t, json.Unmarshal([]byte(lines[len(lines)-1]), &last))
		if last.Sum.Taken+last.Sum.Repeated != 50 || last.Sum.Refused != 0 {
			t.Errorf("%+v", last)
		}
	})
}

// counted tells how much of a body was read.
type counted struct {
	io.Reader
	n atomic.Int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// blanks gives lines of spaces.
type blanks struct{ left int64 }

func (e *blanks) Read(p []byte) (int, error) {
	if e.left <= 0 {
		return 0, io.EOF
	}
	for i := range p {
		p[i] = ' '
		if i%1000 == 999 {
			p[i] = '\n'
		}
	}
	n := min(int64(len(p)), e.left)
	e.left -= n
	return int(n), nil
}

// sendBody posts a body of a length, -1 for chunks of unknown number, as the person of a browser.
func (b *browser) sendBody(path, kind string, body io.Reader, length int64) (int, error) {
	b.site.t.Helper()
	req, err := http.NewRequest("POST", b.site.URL+path, body)
	must(b.site.t, err)
	req.ContentLength = length
	req.Header.Set("Content-Type", kind)
	req.Header.Set("Origin", b.site.URL)
	resp, err := (&http.Client{Jar: b.client.Jar, Timeout: 2 * time.Minute, CheckRedirect: b.client.CheckRedirect}).Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, nil
}

// raw sends bytes and reads one answer.
func (s *site) raw(sent string) (*http.Response, error) {
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	must(s.t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, sent)
	must(s.t, err)
	must(s.t, conn.SetDeadline(time.Now().Add(2*time.Minute)))
	return http.ReadResponse(bufio.NewReader(conn), nil)
}

func TestBodies(t *testing.T) {
	s := newSite(t)
	admin := s.as(s.Admin)
	t.Run("an endless body is refused on every route but one, whatever it says it is", func(t *testing.T) {
		for _, path := range []string{
			"/people/import", "/sign-in", "/api/v1/orders", "/api/v1/session", "/studio/orders/import", "/nowhere", "/api/v1/orders/bulk/x",
			"/api/v1/orders/bulk/", "/API/v1/orders/bulk",
		} {
			for _, kind := range []string{"application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"} {
				body := &counted{Reader: &blanks{left: 1 << 30}}
				code, err := admin.sendBody(path, kind, body, -1)
				if err == nil && code != http.StatusRequestEntityTooLarge || body.n.Load() > 40<<20 {
					t.Errorf("%s %s: %d %v after %d MB", path, kind, code, err, body.n.Load()>>20)
				}
			}
		}
	})
	t.Run("one that says that it is too long is refused before it is read", func(t *testing.T) {
		for _, path := range []string{"/people/import", "/api/v1/session"} {
			resp, err := s.raw(fmt.Sprintf("POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 99999999999\r\n\r\n%s",
				path, strings.Repeat("x", 9000)))
			if err != nil || resp.StatusCode != http.StatusRequestEntityTooLarge || !resp.Close {
				t.Errorf("%s: %v %v", path, resp, err)
			}
		}
	})
	t.Run("what fits is taken, chunked or not, and the connection lives on", func(t *testing.T) {
		for _, length := range []int64{-1, int64(len("{}"))} {
			for range 3 {
				if code, err := admin.sendBody("/api/v1/session", "application/json", strings.NewReader("{}"), length); err != nil || code != 422 {
					t.Errorf("%d %v", code, err)
				}
			}
		}
		a := admin.upload("/people/import", url.Values{"dry": {"1"}}, "people.csv", bytes.Repeat([]byte("x"), 11<<20))
		if a.Status != 422 || !strings.Contains(a.Body, "10 MB") {
			t.Errorf("%d %.2000s", a.Status, a.Body)
		}
	})
	t.Run("the API's own bound stands", func(t *testing.T) {
		long := `{"login":"` + strings.Repeat("x", 70<<10) + `","password":"x"}`
		if code, err := admin.sendBody("/api/v1/session", "application/json", strings.NewReader(long), int64(len(long))); err != nil || code != 413 {
			t.Errorf("%d %v", code, err)
		}
	})
	t.Run("a stranger's bulk is refused before it is read", func(t *testing.T) {
		resp, err := s.raw("POST /api/v1/orders/bulk HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
		if err != nil || resp.StatusCode != http.StatusUnauthorized || !resp.Close {
			t.Errorf("%v %v", resp, err)
		}
	})
}

func TestALongBulkTakesNoMemory(t *testing.T) {
	s := newSite(t)
	admin := s.as(s.Admin)
	var stats runtime.MemStats
	inUse := func() uint64 { // what is in use, without what only waits to be collected
		runtime.GC()
		runtime.ReadMemStats(&stats)
		return stats.HeapAlloc
	}
	before := inUse()
	peak, stop := make(chan uint64), make(chan struct{})
	go func() {
		most := uint64(0)
		for {
			select {
			case <-stop:
				peak <- most
				return
			case <-time.After(20 * time.Millisecond):
				most = max(most, inUse())
			}
		}
	}()
	body := io.MultiReader(strings.NewReader(orderJSON("H-1", 1, 1)+"\n"), &blanks{left: 100 << 20}, strings.NewReader("\n"+orderJSON("H-2", 1, 1)))
	code, err := admin.sendBody("/api/v1/orders/bulk", "application/x-ndjson", body, -1)
	close(stop)
	if most := <-peak; err != nil || code != 200 || most > before+48<<20 {
		t.Errorf("%d %v, heap from %d to %d MB", code, err, before>>20, most>>20)
	}
	if _, err := s.Orders.Order(context.Background(), "H-2"); err != nil {
		t.Error(err)
	}
}
