package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"firebrand/catalog"
	"firebrand/catalog/auction"
	"firebrand/cmd/firebrand/app"
	"firebrand/content"
	"firebrand/internal/member"
	"firebrand/internal/points"
)

const (
	// fairPurse is what everybody at a fair may bid from, in points.
	fairPurse = 1_000_000
	// fairQuestions are asked in each quiz.
	fairQuestions = 4
	// lot is the auction at a fair.
	lot = "lot"
)

// fair is a small programme that is played and bid in: a few people of a company each, some quizzes and one auction.
type fair struct {
	where   app.Settings
	people  []*caller
	quizzes []string
}

// openFair makes the programme in a store of the test's own; the auction is put up later, by sell.
func openFair(t *testing.T, where app.Settings, people int, lasts time.Duration) *fair {
	t.Helper()
	quizzes := min(int(lasts/(2*time.Second))+2, 50) // more than anybody can play meanwhile, and as many as an edition may have
	where.Zone = "Europe/Kyiv"
	f := &fair{where: where}
	a := f.open(t)
	defer f.close(t, a)
	a.Members.Cost = member.Cost{Memory: 64, Passes: 1, Lanes: 1} // what is tested is not the hashing
	for i := range quizzes {
		f.quizzes = append(f.quizzes, fmt.Sprintf("quiz-%d", i+1))
	}
	for _, id := range f.quizzes {
		must(t, f.write(t, a, id))
	}
	edition, err := a.Content.EnsureEdition(t.Context(), "test", a.Zone.Month(a.Now()))
	must(t, err)
	edition.Title, edition.Quizzes = allSay("A month"), f.quizzes
	edition, err = a.Content.SaveEdition(t.Context(), "test", edition, edition.Version)
	must(t, err)
	for _, state := range []content.State{content.Review, content.Scheduled} {
		edition, _, err = a.Content.SetState(t.Context(), "test", edition.Month, state, edition.Version)
		must(t, err)
	}
	for i := range people {
		f.people = append(f.people, f.enter(t, a, fmt.Sprintf("person-%d", i+1)))
	}
	return f
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (f *fair) open(t *testing.T) *app.App {
	t.Helper()
	a, err := app.Open(t.Context(), f.where)
	must(t, err)
	return a
}

func (f *fair) close(t *testing.T, a *app.App) {
	t.Helper()
	if err := a.Close(); err != nil {
		t.Errorf("closing: %v", err)
	}
}

func allSay(text string) content.Text { return content.Text{"en": text, "ru": text, "uk": text} }

// write saves a quiz in which the time for a question never matters.
func (f *fair) write(t *testing.T, a *app.App, id string) error {
	q := content.Quiz{ID: id, Title: allSay("A quiz"), SpeedShare: 250, Participation: 10}
	for n := range fairQuestions {
		one := content.Question{
			ID: fmt.Sprintf("q%d", n+1), Kind: content.Single, Topic: "primers", Seconds: content.MaxSeconds, Weight: 100,
			Text: allSay("Which primer?"), Explanation: allSay("That one."),
		}
		for o := range 3 {
			one.Options = append(one.Options, content.Option{ID: fmt.Sprintf("o%d", o+1), Text: allSay(fmt.Sprint("Primer ", o+1)), Right: o == n%3})
		}
		q.Questions = append(q.Questions, one)
	}
	_, err := a.Content.SaveQuiz(t.Context(), "test", q)
	return err
}

// enter adds somebody with a company, a session and a purse.
func (f *fair) enter(t *testing.T, a *app.App, id string) *caller {
	t.Helper()
	ctx, admin := t.Context(), member.Member{ID: "test", Role: member.RoleAdmin}
	_, err := a.Members.CreateCompany(ctx, admin, member.Company{ID: id, Name: "Dealer " + id, Region: "south", Size: "1", Industry: "retail"})
	must(t, err)
	m, err := a.Members.Create(ctx, admin, member.Member{
		ID: id, Role: member.RoleMember, Company: id, Name: "Person " + id, Lang: "en", Email: id + "@example.com",
	})
	must(t, err)
	link, _, err := a.Members.Invite(ctx, admin, m.ID)
	must(t, err)
	m, session, err := a.Members.Accept(ctx, link, member.Acceptance{Password: uuid.NewString()}, member.Device{})
	must(t, err)
	_, err = a.Points.Award(ctx, points.Award{Key: "purse", Account: m.ID, Amount: fairPurse, Source: points.SourceGrant, Ref: "test"})
	must(t, err)
	return &caller{m, session}
}

// sell puts one prize up for auction, from now until lasts is over.
func (f *fair) sell(t *testing.T, a *app.App, lasts time.Duration) {
	t.Helper()
	ctx, now := t.Context(), a.Now()
	_, err := a.Catalog.SaveReward(ctx, "test", catalog.Reward{ID: "prize", Name: allSay("A prize"), Price: 100, State: catalog.Published}, 0)
	must(t, err)
	_, err = a.Catalog.AddStock(ctx, "test", "prize", 1, "stock")
	must(t, err)
	_, err = a.Auctions.Save(ctx, "test", auction.Auction{
		ID: lot, Title: allSay("A prize"), Reward: "prize", Units: 1, Start: 100, Step: 10, Opens: now, Closes: now.Add(lasts),
		Window: 2 * time.Second, Extension: time.Second, Cap: 3 * time.Second, AnyPoints: true, NoGameNeeded: true,
	}, 0)
	must(t, err)
	_, err = a.Auctions.Schedule(ctx, "test", lot)
	must(t, err)
}

// flags are how the program is told where the fair is.
func (f *fair) flags() []string {
	args := []string{"--data", f.where.Data}
	if f.where.Mongo != "" {
		args = []string{"--mongo", f.where.Mongo}
	}
	if f.where.Redis != "" {
		args = append(args, "--redis", f.where.Redis)
	}
	return args
}

// fleet are the running processes of one fair.
type fleet struct {
	t     *testing.T
	args  []string
	addrs []string
	// mu guards what people read while a process is started again.
	mu    sync.Mutex
	sites []*site
	log   *saidInAll
}

// serve starts n processes at once, each on a port that it keeps.
func (f *fair) serve(t *testing.T, n int) *fleet {
	t.Helper()
	v := &fleet{t: t, args: f.flags(), sites: make([]*site, n), log: &saidInAll{}}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the programs said:\n%s", v.log.worst())
		}
	})
	for i := range n {
		v.addrs = append(v.addrs, freePort(t))
		v.start(i)
	}
	return v
}

// start starts the i-th process, where it was before; it serves when start returns.
func (v *fleet) start(i int) {
	v.t.Helper()
	begun := time.Now()
	s := startSaying(v.t, v.log, append([]string{"serve", "--listen", v.addrs[i]}, v.args...)...)
	slowest = max(slowest, time.Since(begun))
	v.mu.Lock()
	defer v.mu.Unlock()
	v.sites[i] = s
}

func (v *fleet) site(i int) *site {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.sites[i]
}

// at is the i-th process's URL, whether it runs or not.
func (v *fleet) at(i int) string { return "http://" + v.addrs[i%len(v.addrs)] }

// killAll ends every process as a power cut would.
func (v *fleet) killAll() {
	for i := range v.addrs {
		v.site(i).kill()
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	return l.Addr().String()
}

// saidInAll is what several processes log.
type saidInAll struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (s *saidInAll) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all.Write(b)
}

func (s *saidInAll) has(text string) bool { return strings.Contains(s.last(1<<30), text) }

func (s *saidInAll) last(most int) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := s.all.String()
	return text[max(0, len(text)-most):]
}

// worst is every error that was logged, and the end of the rest.
func (s *saidInAll) worst() string {
	var errors strings.Builder
	for line := range strings.Lines(s.last(1 << 30)) {
		if strings.Contains(line, "level=ERROR") && errors.Len() < 6000 {
			errors.WriteString(line)
		}
	}
	return errors.String() + "...\n" + s.last(1500)
}

// fairFolder is a data folder for a fair that needs no MongoDB.
func fairFolder(t *testing.T) string { return filepath.Join(t.TempDir(), "data") }

// slowest is how long a process of this run took to serve, at most. Nothing here runs in parallel.
var slowest time.Duration

// busyStarts is how many starts a crowd is at it on a machine that is busy with other things: a lot must not end before
// what a test does to its processes.
const busyStarts = 12

// lasting is how long the crowd is at it: a whole minute where FIREBRAND_LONG asks for it, and longer than asked for where
// the processes that run already took long to start.
func lasting(short time.Duration) time.Duration {
	if os.Getenv("FIREBRAND_LONG") == "1" {
		short = time.Minute
	}
	return max(short, min(busyStarts*slowest, 2*time.Minute))
}
