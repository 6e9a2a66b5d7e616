package leaderboard_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"firebrand/content"
	"firebrand/internal/calendar"
	"firebrand/internal/journal"
	"firebrand/internal/member"
	"firebrand/internal/notify"
	"firebrand/internal/points"
	"firebrand/internal/store"
	"firebrand/internal/testenv"
	"firebrand/leaderboard"
)

// world is a programme with people, accounts and boards on real stores.
type world struct {
	t       testing.TB
	clock   *testenv.Clock
	zone    calendar.Zone
	journal *journal.Journal
	points  *points.Service
	members *member.Service
	redis   *store.Redis
	content *content.Service
	notes   *notify.Service
	tables  *leaderboard.Tables
	boards  *leaderboard.Service
	admin   member.Member
	north   member.Company
	south   member.Company
	keys    int
}

var november = calendar.Month{Year: 2026, Mon: time.November}

// newWorld begins on 10 November 2026, 12:00 in Kyiv; points burn after seven idle days, without a warning.
func newWorld(t testing.TB, redisURL string) *world {
	t.Helper()
	zone, err := calendar.Load("Europe/Kyiv")
	if err != nil {
		t.Fatal(err)
	}
	clock := testenv.At("2026-11-10T10:00:00Z")
	return newWorldOn(t, testenv.Engine(t), clock, zone, redisURL)
}

// newWorldOn is newWorld on a store, with a clock and in a zone of the test's own.
func newWorldOn(t testing.TB, engine store.Engine, clock *testenv.Clock, zone calendar.Zone, redisURL string) *world {
	t.Helper()
	j := testenv.Journal(t, engine, clock.Now, points.Family, leaderboard.Family)
	w := &world{t: t, clock: clock, zone: zone, journal: j}
	var err error
	policy := points.DefaultPolicy()
	policy.Warnings = false
	w.points = &points.Service{Journal: w.journal, Zone: zone, Policy: policy, Now: clock.Now}
	if w.members, err = member.Open(t.Context(), engine, clock.Now); err != nil {
		t.Fatal(err)
	}
	if w.content, err = content.Open(t.Context(), engine, zone, clock.Now); err != nil {
		t.Fatal(err)
	}
	if w.notes, err = notify.Open(t.Context(), engine, clock.Now); err != nil {
		t.Fatal(err)
	}
	if w.tables, err = leaderboard.OpenTables(t.Context(), engine); err != nil {
		t.Fatal(err)
	}
	w.admin = member.Member{ID: "admin", Role: member.RoleAdmin}
	w.north, w.south = w.company("Northern Tools", "North: 1"), w.company("Southern Paints", "South")
	w.open(redisURL)
	return w
}

// open opens the Redis of this url and boards on it, as another process would.
func (w *world) open(redisURL string) {
	w.t.Helper()
	r, err := store.OpenRedis(w.t.Context(), redisURL)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = r.Close() })
	w.redis = r
	w.boards = leaderboard.Open(w.config())
}

// config is that of boards as a process opens them.
func (w *world) config() leaderboard.Config {
	return leaderboard.Config{
		Journal: w.journal, Redis: w.redis, People: w.members, Zone: w.zone, Now: w.clock.Now,
		Tables: w.tables, Points: w.points, Editions: published{w.content}, Messages: w.notes,
	}
}

// published are editions as they are once they were scheduled.
type published struct{ *content.Service }

func (p published) Edition(ctx context.Context, m calendar.Month) (content.Edition, error) {
	e, err := p.Service.Edition(ctx, m)
	e.State = content.Scheduled
	return e, err
}

func (w *world) company(name, region string) member.Company {
	w.t.Helper()
	c, err := w.members.CreateCompany(w.t.Context(), w.admin, member.Company{Name: name, Region: region})
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// person enters dealer staff with this id, who joined in October.
func (w *world) person(id string, c member.Company) member.Member {
	w.t.Helper()
	return w.enter(member.Member{ID: id, Role: member.RoleMember, Company: c.ID, Joined: w.zone.StartOfMonth(november).Add(-48 * time.Hour)})
}

func (w *world) enter(m member.Member) member.Member {
	w.t.Helper()
	m.Name, m.Email = "Person "+m.ID, m.ID+"@dealer.example"
	made, err := w.members.Create(w.t.Context(), w.admin, m)
	if err != nil {
		w.t.Fatal(err)
	}
	return made
}

// win gives game points of the running month; a millisecond passes, so that no two are won at once.
func (w *world) win(id string, amount int64) {
	w.t.Helper()
	w.clock.Add(time.Millisecond)
	w.winNow(id, amount)
}

func (w *world) winNow(id string, amount int64) {
	w.t.Helper()
	w.keys++
	_, err := w.points.Award(w.t.Context(), points.Award{
		Key: fmt.Sprint("win-", w.keys), Account: id, Amount: amount, Source: points.SourceGame, Funding: "brand", Played: true, Ref: "quiz",
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// draw lets the boards catch up.
func (w *world) draw() {
	w.t.Helper()
	if err := w.boards.CatchUp(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) top(m calendar.Month, board string, n int) leaderboard.Board {
	w.t.Helper()
	b, err := w.boards.Top(w.t.Context(), m, board, n)
	if err != nil {
		w.t.Fatal(err)
	}
	return b
}

// line writes rows as "1 a 30, 2 b 20" with the ids of these people.
func line(rows []leaderboard.Row, ids ...string) string {
	var out []string
	for _, r := range rows {
		who := r.Who
		for _, id := range ids {
			if member.Who(id) == who {
				who = id
			}
		}
		if r.Me {
			who += "*"
		}
		out = append(out, fmt.Sprintf("%d %s %d", r.Rank, who, r.Points))
	}
	return strings.Join(out, ", ")
}

// computed is what a board must say: the accounts' own answers, sorted. It does not use this room.
func (w *world) computed(m calendar.Month, on func(member.Member) bool) string {
	w.t.Helper()
	type standing struct {
		id    string
		total int64
		since time.Time
	}
	var all []standing
	err := w.members.All(w.t.Context(), func(p member.Member) error {
		if p.Role != member.RoleMember || !p.Active() || on != nil && !on(p) {
			return nil
		}
		rec, err := w.journal.Last(w.t.Context(), points.Stream(p.ID))
		if err != nil {
			return err
		}
		state, err := points.StateOf(rec)
		if err != nil {
			return err
		}
		if total, since, _ := state.Won(m, w.clock.Now()); total > 0 {
			all = append(all, standing{p.ID, total, since})
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	slices.SortFunc(all, func(a, b standing) int {
		return cmp.Or(-cmp.Compare(a.total, b.total), a.since.Compare(b.since), -strings.Compare(a.id, b.id))
	})
	var rows []leaderboard.Row
	for i, s := range all {
		rows = append(rows, leaderboard.Row{Rank: i + 1, Who: member.Who(s.id), Points: s.total})
	}
	return line(rows)
}

// onBoth runs a story on the embedded Redis and on a real one.
func onBoth(t *testing.T, story func(t *testing.T, url string)) {
	t.Run("embedded", func(t *testing.T) { story(t, "") })
	t.Run("real", func(t *testing.T) { story(t, testenv.RedisURL(t)) })
}

func (w *world) do(args ...any) {
	w.t.Helper()
	if err := w.redis.Do(context.Background(), args...).Err(); err != nil {
		w.t.Fatal(err)
	}
}
