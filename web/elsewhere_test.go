package web_test

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"firebrand/internal/calendar"
	"firebrand/internal/member"
	"firebrand/web"
)

// several puts three processes behind a proxy that hands them the requests in turn; it takes the site's place.
func (s *site) several() {
	s.t.Helper()
	zone, err := calendar.Load("Europe/Kyiv")
	must(s.t, err)
	var asked sync.Map
	var addresses []string
	for range 3 {
		server, err := web.New(s.Rooms, web.Settings{
			Brand: "Velmar", Zone: zone, Now: s.Clock.Now, Ready: func(context.Context) error { return nil },
			Log: slog.New(slog.NewTextHandler(testLog{s.t}, nil)), Several: true,
			First: func(_ context.Context, key string) (bool, error) {
				_, before := asked.LoadOrStore(key, true)
				return !before, nil
			},
		})
		must(s.t, err)
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		must(s.t, err)
		addresses = append(addresses, listener.Addr().String())
		go func() { _ = server.Serve(listener) }()
		s.t.Cleanup(func() {
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			_ = server.Shutdown(ctx)
		})
	}
	var turn atomic.Int64
	proxy := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.Out.URL.Scheme, r.Out.URL.Host = "http", addresses[turn.Add(1)%3]
		r.Out.Host = r.In.Host
	}})
	s.t.Cleanup(proxy.Close)
	s.URL = proxy.URL
}

// follows lets a browser follow what sends it to the same page again, and nothing else.
func (b *browser) follows() *browser {
	b.client.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if r.Response.StatusCode == http.StatusTemporaryRedirect {
			return nil
		}
		return http.ErrUseLastResponse
	}
	return b
}

// TestSeveralProcesses has what one process keeps to itself asked of any of three.
func TestSeveralProcesses(t *testing.T) {
	s := newSite(t)
	s.several()
	b := s.as(s.person(member.RoleMarketer, "", "Mary", "mary@example.com", "en")).follows()
	t.Run("a file of orders is found, tried and taken", func(t *testing.T) {
		run := b.sendsOrders(ordersFile)
		for range 3 {
			shows(t, b.get(run), http.StatusOK, "V-1", "Try the rows")
		}
		b.post(run, url.Values{"do": {"try"}})
		shows(t, b.awaits(run), http.StatusOK, "What would become of it")
		if a := b.get(run + "/report.csv"); a.Status != 200 || !strings.Contains(a.Body, "V-3") {
			t.Errorf("%d %s", a.Status, a.Body)
		}
		b.post(run, url.Values{"do": {"take"}})
		shows(t, b.awaits(run), http.StatusOK, "The file is in")
	})
	t.Run("what nobody has is gone after some looking, and says so", func(t *testing.T) {
		for _, path := range []string{"/studio/orders/import/", "/studio/replay/"} {
			shows(t, b.get(path+uuid.NewString()), http.StatusNotFound)
		}
	})
	t.Run("a form with a link that is opened again at another process makes no second link", func(t *testing.T) {
		company := s.company("Sun", "Kyiv")
		m, err := s.Members.Create(t.Context(), s.Admin, member.Member{
			Role: member.RoleMember, Company: company.ID, Name: "Ann", Email: "ann@example.com", Lang: "en",
		})
		must(t, err)
		admin, form := s.as(s.Admin), url.Values{"key": {uuid.NewString()}}
		shows(t, admin.post("/people/"+m.ID+"/link", form), http.StatusOK, "/i/")
		for range 3 {
			if a := admin.post("/people/"+m.ID+"/link", form); !strings.HasSuffix(a.Location, "?said=said.people_link_shown") {
				t.Errorf("made again: %d %s", a.Status, a.Location)
			}
		}
	})
}
