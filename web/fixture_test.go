package web_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"firebrand/catalog"
	"firebrand/catalog/auction"
	"firebrand/catalog/purchase"
	"firebrand/catalog/purchase/cases"
	"firebrand/catalog/purchase/challenge"
	"firebrand/catalog/purchase/rule"
	"firebrand/content"
	"firebrand/game"
	"firebrand/internal/calendar"
	"firebrand/internal/member"
	"firebrand/internal/notify"
	"firebrand/internal/points"
	"firebrand/internal/points/budget"
	"firebrand/internal/points/correction"
	"firebrand/internal/store"
	"firebrand/internal/testenv"
	"firebrand/leaderboard"
	"firebrand/web"
	"firebrand/web/live"
	"firebrand/web/ui"
)

// password is what everybody in tests signs in with.
const password = "synia kava zranku"

// site is the whole site over real services and stores of its own, with a clock set by hand.
type site struct {
	t     testing.TB
	URL   string
	Clock *testenv.Clock
	web.Rooms
	Admin member.Member
}

// newSite serves a programme in Kyiv's zone on a port of its own, at noon of 24 November 2026. It has an administrator
// who has come in and nobody else.
func newSite(t testing.TB) *site {
	t.Helper()
	ctx := context.Background()
	zone, err := calendar.Load("Europe/Kyiv")
	must(t, err)
	clock := testenv.At("2026-11-24T10:00:00Z")
	engine := testenv.Engine(t)
	journal := testenv.Journal(t, engine, clock.Now, "points", "play", "stock", "redemption", "consent", "budget", "order", "buyer", "challenge", "auction", "board")
	redis, err := store.OpenRedis(ctx, "")
	must(t, err)
	t.Cleanup(func() { _ = redis.Close() })

	rooms := web.Rooms{Live: live.New(live.Options{Now: clock.Now, Person: web.PersonOf})}
	rooms.Messages, err = notify.Open(ctx, engine, clock.Now)
	must(t, err)
	rooms.Messages.Changed = func(id string) { rooms.Live.Changed(live.Personal + id) }
	rooms.Members, err = member.Open(ctx, engine, clock.Now)
	must(t, err)
	rooms.Members.Journal = journal
	rooms.Members.Cost = member.Cost{Memory: 64, Passes: 1, Lanes: 1} // tests hash many passwords
	rooms.Points = &points.Service{Journal: journal, Zone: zone, Policy: points.DefaultPolicy(), Now: clock.Now}
	rooms.Points.Policies, err = points.OpenPolicies(ctx, engine, clock.Now)
	must(t, err)
	rooms.Budgets, err = budget.Open(ctx, engine, journal, rooms.Points, zone, clock.Now)
	must(t, err)
	rooms.Points.Budget = rooms.Budgets
	rooms.Corrections, err = correction.Open(ctx, engine, rooms.Points, clock.Now)
	must(t, err)
	rooms.Content, err = content.Open(ctx, engine, zone, clock.Now)
	must(t, err)
	rooms.Game, err = game.Open(ctx, engine, game.Service{
		Journal: journal, Content: rooms.Content, Points: rooms.Points, Zone: zone, Now: clock.Now, Random: rand.Reader,
	})
	must(t, err)
	rooms.Catalog, err = catalog.New(ctx, engine, journal, rooms.Points, clock.Now, rand.Reader)
	must(t, err)
	rooms.Auctions, err = auction.Open(ctx, engine, auction.Service{
		Journal: journal, Points: rooms.Points, Catalog: rooms.Catalog, Game: auction.Played{Journal: journal, Content: rooms.Content},
		Members: rooms.Members, Notify: rooms.Messages, Hub: rooms.Live, Zone: zone, Now: clock.Now,
	})
	must(t, err)
	rooms.Rules, err = rule.OpenVersions(ctx, engine, clock.Now)
	must(t, err)
	rooms.Orders, err = purchase.Open(ctx, engine, purchase.Service{
		Journal: journal, Points: rooms.Points, Buyers: rooms.Members, Rules: rooms.Rules, Zone: zone, Now: clock.Now,
	})
	must(t, err)
	rooms.Challenges, err = challenge.Open(ctx, engine, &challenge.Service{
		Journal: journal, Points: rooms.Points, People: challenge.Folk{Members: rooms.Members},
		Purchases: challenge.Orders{Purchases: rooms.Orders}, Plays: challenge.Games{Content: rooms.Content, Journal: journal},
		Reads: challenge.Articles{Content: rooms.Content}, Zone: zone, Now: clock.Now,
	})
	must(t, err)
	rooms.Cases, err = cases.Open(ctx, engine, &cases.Service{
		Journal: journal, Orders: cases.Ledger{Purchases: rooms.Orders, Rules: rooms.Rules, Points: rooms.Points, Zone: zone},
		Steps: cases.Challenges{}, Zone: zone, Now: clock.Now,
	})
	must(t, err)
	tables, err := leaderboard.OpenTables(ctx, engine)
	must(t, err)
	rooms.Boards = leaderboard.Open(leaderboard.Config{
		Journal: journal, Redis: redis, People: rooms.Members, Hub: rooms.Live, Zone: zone, Now: clock.Now,
		Tables: tables, Points: rooms.Points, Editions: rooms.Content, Messages: rooms.Messages,
	})
	s := &site{t: t, Clock: clock, Rooms: rooms}
	s.serve(zone)
	s.Admin = s.firstAdmin()
	return s
}

func (s *site) serve(zone calendar.Zone) {
	figures := prometheus.NewRegistry()
	gauge := prometheus.NewGauge(prometheus.GaugeOpts{Name: "test_gauge"})
	gauge.Set(7)
	figures.MustRegister(gauge)
	server, err := web.New(s.Rooms, web.Settings{
		Metrics: figures,
		Brand:   "Velmar", Zone: zone, Now: s.Clock.Now, Ready: func(context.Context) error { return nil },
		Log: slog.New(slog.NewTextHandler(testLog{s.t}, nil)),
	})
	must(s.t, err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(s.t, err)
	s.URL = "http://" + listener.Addr().String()
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	s.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := server.Shutdown(ctx); err != nil {
			s.t.Errorf("shutting down: %v", err)
		}
		<-ended
	})
}

func (s *site) firstAdmin() member.Member {
	s.t.Helper()
	token, made, err := s.Members.FirstAdmin(context.Background())
	must(s.t, err)
	if !made {
		s.t.Fatal("there is an administrator already")
	}
	m, _, err := s.Members.Accept(context.Background(), token,
		member.Acceptance{Password: password, Lang: "en", Login: "admin@example.com"}, member.Device{})
	must(s.t, err)
	return m
}

// company adds a company.
func (s *site) company(name, region string) member.Company {
	s.t.Helper()
	c, err := s.Members.CreateCompany(context.Background(), s.Admin, member.Company{Name: name, Region: region})
	must(s.t, err)
	return c
}

// person enters somebody who has come in with the password of tests.
func (s *site) person(role member.Role, company, name, email, lang string) member.Member {
	s.t.Helper()
	ctx := context.Background()
	m, err := s.Members.Create(ctx, s.Admin, member.Member{Role: role, Company: company, Name: name, Email: email, Lang: lang})
	must(s.t, err)
	token, _, err := s.Members.Invite(ctx, s.Admin, m.ID)
	must(s.t, err)
	m, _, err = s.Members.Accept(ctx, token, member.Acceptance{Password: password}, member.Device{})
	must(s.t, err)
	return m
}

// texts are the site's catalogues, for tests that look for a sentence.
func (s *site) texts() *ui.Texts {
	s.t.Helper()
	u, err := ui.New(calendar.Zone{}, "Velmar")
	must(s.t, err)
	return u.Texts
}

// browser keeps cookies and sends what a browser sends; it follows no redirect.
type browser struct {
	site   *site
	client *http.Client
	// Agent, Lang and Origin are sent as they stand; Origin is the site's own unless a test changes it.
	Agent, Lang, Origin string
}

// answer is what came back.
type answer struct {
	Status   int
	Body     string
	Location string
	Header   http.Header
}

func (s *site) browser() *browser {
	jar, _ := cookiejar.New(nil) // it fails with options only
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &browser{
		site: s, client: &http.Client{Jar: jar, CheckRedirect: stay, Timeout: 2 * time.Minute}, Lang: "en", Origin: s.URL,
		Agent: "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36",
	}
}

// as is a browser in which a person has signed in.
func (s *site) as(m member.Member) *browser {
	s.t.Helper()
	b := s.browser()
	name := m.Email
	if name == "" {
		name = m.Phone
	}
	if a := b.post("/sign-in", url.Values{"login": {name}, "password": {password}}); a.Status != http.StatusSeeOther {
		s.t.Fatalf("signing in as %s: %d\n%s", m.Name, a.Status, a.Body)
	}
	return b
}

func (b *browser) get(path string) answer {
	b.site.t.Helper()
	return b.do(http.MethodGet, path, "", nil)
}

// post sends a form; it bears a key of its own unless values have one.
func (b *browser) post(path string, values url.Values) answer {
	b.site.t.Helper()
	if values == nil {
		values = url.Values{}
	}
	if !values.Has("key") {
		values.Set("key", uuid.NewString())
	}
	return b.do(http.MethodPost, path, "application/x-www-form-urlencoded", strings.NewReader(values.Encode()))
}

// upload sends a form with a file in the field "file".
func (b *browser) upload(path string, values url.Values, name string, file []byte) answer {
	b.site.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	if !values.Has("key") {
		must(b.site.t, form.WriteField("key", uuid.NewString()))
	}
	for field, all := range values {
		must(b.site.t, form.WriteField(field, all[0]))
	}
	part, err := form.CreateFormFile("file", name)
	must(b.site.t, err)
	_, err = part.Write(file)
	must(b.site.t, err)
	must(b.site.t, form.Close())
	return b.do(http.MethodPost, path, form.FormDataContentType(), &body)
}

func (b *browser) do(method, path, kind string, body io.Reader) answer {
	b.site.t.Helper()
	req, err := http.NewRequest(method, b.site.URL+path, body)
	must(b.site.t, err)
	req.Header.Set("User-Agent", b.Agent)
	req.Header.Set("Accept-Language", b.Lang)
	if method != http.MethodGet {
		req.Header.Set("Content-Type", kind)
		req.Header.Set("Origin", b.Origin)
	}
	resp, err := b.client.Do(req)
	must(b.site.t, err)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	must(b.site.t, err)
	return answer{Status: resp.StatusCode, Body: string(raw), Location: resp.Header.Get("Location"), Header: resp.Header}
}

// testLog sends what the site logs to the test that runs it.
type testLog struct{ t testing.TB }

func (l testLog) Write(p []byte) (int, error) {
	l.t.Logf("%s", bytes.TrimSpace(p))
	return len(p), nil
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
