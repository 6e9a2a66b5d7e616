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

	"firebrand/content"
	"firebrand/internal/calendar"
	"firebrand/internal/member"
	"firebrand/internal/notify"
	"firebrand/internal/points"
	"firebrand/leaderboard"
)

// november is the month in which tests of the site begin.
var november = calendar.Month{Year: 2026, Mon: time.November}

// crowd is a month with people on its boards: two companies of one size and a single trader. The last of them has won
// least, and nobody has moved yet.
type crowd struct {
	*site
	staff []member.Member
	// me is one of the staff, who can sign in.
	me member.Member
}

func newCrowd(t testing.TB) *crowd {
	t.Helper()
	s := newSite(t)
	s.publishMonth(t, "2026-11", 2)
	c := &crowd{site: s}
	ctx := context.Background()
	for i, name := range []string{"Stroymarket", "Budcenter", "Kiosk"} {
		size := ""
		if i < 2 {
			size = "M"
		}
		company, err := s.Members.CreateCompany(ctx, s.Admin, member.Company{Name: name, Region: "Kyiv", Size: size})
		must(t, err)
		for j := range []int{14, 10, 1}[i] {
			m, err := s.Members.Create(ctx, s.Admin, member.Member{
				Role: member.RoleMember, Company: company.ID, Name: fmt.Sprintf("Person %d-%d", i, j), Email: fmt.Sprintf("p%d-%d@example.com", i, j), Lang: "en",
			})
			must(t, err)
			c.staff = append(c.staff, m)
			c.plays(m, int64(500-10*len(c.staff)))
		}
		if i == 0 {
			c.me = s.person(member.RoleMember, company.ID, "Olena Koval", "olena@example.com", "en")
			c.plays(c.me, 30)
		}
	}
	must(t, s.Boards.CatchUp(ctx))
	return c
}

// plays lets a member finish the month's quiz, as far as boards notice.
func (c *crowd) plays(m member.Member, amount int64) {
	c.t.Helper()
	_, err := c.Points.Award(context.Background(), points.Award{
		Key: uuid.NewString(), Account: m.ID, Amount: amount, Source: points.SourceGame, Played: true, Ref: "play/seams/2026-11/" + m.ID, Month: november,
	})
	must(c.t, err)
}

// prizes promises points for places of the month's boards.
func (c *crowd) prizes(prizes ...content.BoardPrize) {
	c.t.Helper()
	e, err := c.Content.Edition(context.Background(), november)
	must(c.t, err)
	e.Prizes = prizes
	_, err = c.Content.SaveEdition(context.Background(), c.Admin.ID, e, e.Version)
	must(c.t, err)
}

func TestBoards(t *testing.T) {
	c := newCrowd(t)
	ctx := context.Background()
	c.prizes(content.BoardPrize{Board: "all", From: 1, To: 3, Points: 700}, content.BoardPrize{Board: "league:M", From: 1, To: 1, Points: 40})
	phone := c.as(c.me)
	t.Run("below the first rows is where I am, among my neighbours", func(t *testing.T) {
		a := phone.get("/board")
		shows(t, a, http.StatusOK, "The month's board", "26", "place of 26", "Around you", "26 people on the board", "places 1–3", "700 points", "26 of 26 among those who joined this month")
		if strings.Contains(a.Body, c.staff[0].ID) {
			t.Error("the page tells the id of somebody else")
		}
	})
	t.Run("each board that concerns me is one tap away", func(t *testing.T) {
		for _, b := range []string{"week", leaderboard.New, leaderboard.RegionBoard("Kyiv"), leaderboard.QuizBoard("seams")} {
			shows(t, phone.get("/board?b="+url.QueryEscape(b)), http.StatusOK, "place of 26", `aria-current="page"`)
		}
		shows(t, phone.get("/board?b=quiz%3Aseams"), http.StatusOK, "Quizzes", "Seams", "The quiz’s board", "What was won in this quiz counts")
		shows(t, phone.get("/board?b=week"), http.StatusOK, "The week’s board", "What was won by playing this week counts")
	})
	t.Run("a new day tells who climbed", func(t *testing.T) {
		c.Clock.Add(24 * time.Hour)
		c.plays(c.me, 455)
		must(t, c.Boards.CatchUp(ctx))
		shows(t, phone.get("/board"), http.StatusOK, "up 24 places since yesterday", "Climbed most since yesterday", "24 places")
		shows(t, phone.get("/board/around?b=all"), http.StatusOK, `data-part="mine"`, "up 24 places")
	})
	t.Run("companies are reckoned out with real figures", func(t *testing.T) {
		a := phone.get("/board/league")
		shows(t, a, http.StatusOK, "Companies’ league", "Size: M", "Stroymarket", "Budcenter", "your team", "Your team, reckoned out", "(staff + 5)", "40 points each")
	})
	t.Run("what is no board is not found", func(t *testing.T) {
		for _, path := range []string{"/board?b=nothing", "/board?month=2026-13", "/board?b=week%3Ax", "/board?month=2031-01"} {
			shows(t, phone.get(path), http.StatusNotFound)
		}
	})
	t.Run("a marketer sees boards and stands on none", func(t *testing.T) {
		m := c.as(c.person(member.RoleMarketer, "", "Iryna Marchenko", "iryna@example.com", "en"))
		a := m.get("/board")
		shows(t, a, http.StatusOK, "Stroymarket")
		if strings.Contains(a.Body, "bd-place") {
			t.Error("she has a place")
		}
		shows(t, m.get("/board/league"), http.StatusOK, "Budcenter")
	})
	t.Run("a principal, who stands on no board, is led to the league and not told to play for a place", func(t *testing.T) {
		a := c.as(c.person(member.RolePrincipal, c.me.Company, "Andriy Ponomarenko", "andriy@example.com", "en")).get("/")
		shows(t, a, http.StatusOK, "how your team stands", `href="/board/league"`)
		if strings.Contains(a.Body, `href="/board"`) {
			t.Error("the first page leads to a place that there is none of")
		}
	})
	t.Run("a closed month stays as it was, with what it brought", func(t *testing.T) {
		c.Clock.Set(time.Date(2026, time.December, 1, 0, 30, 0, 0, time.UTC))
		must(t, c.Boards.CatchUp(ctx))
		t.Run("who joined before is told whose the newcomers' board is", func(t *testing.T) {
			shows(t, phone.get("/board?b="+leaderboard.New), http.StatusOK, "Here stand those who joined this month, among themselves.")
		})
		must(t, c.Boards.Sweep(ctx))
		a := phone.get("/board?month=2026-11")
		shows(t, a, http.StatusOK, "How November 2026 ended", "Prizes are paid", "700 points", "To this month")
		shows(t, phone.get("/board/league?month=2026-11"), http.StatusOK, "Budcenter")
		shows(t, phone.get("/messages"), http.StatusOK)
		closed := c.programOf(t, c.me).get("/boards/all/closed?month=2026-11").is(t, http.StatusOK)
		holds(t, closed, 700, "prizes", 0, "points")
		holds(t, closed, true, "closed")
	})
}

func TestAFailedPrizeIsForMarketers(t *testing.T) {
	c := newCrowd(t)
	ctx := t.Context()
	c.prizes(content.BoardPrize{Board: leaderboard.All, From: 1, To: 2, Points: 700})
	first := c.staff[0]
	_, err := c.Points.Void(ctx, first.ID, "board/2026-11/all/1", "admin")
	must(t, err)
	c.Clock.Set(time.Date(2026, time.December, 1, 0, 30, 0, 0, time.UTC))
	must(t, c.Boards.Sweep(ctx))
	path := "/boards/all/closed?month=2026-11"
	marketer := c.programOf(t, c.person(member.RoleMarketer, "", "Maria Bondar", "maria@example.com", "en")).get(path).is(t, http.StatusOK)
	holds(t, marketer, 1, "failed", 0, "rank")
	holds(t, marketer, first.ID, "failed", 0, "member")
	holds(t, marketer, "points.voided", "failed", 0, "why")
	if seen := c.programOf(t, c.me).get(path).is(t, http.StatusOK); strings.Contains(fmt.Sprint(seen), "points.voided") {
		t.Errorf("dealer staff read %v", seen)
	}
}

func TestBoardsByAPI(t *testing.T) {
	c := newCrowd(t)
	p := c.programOf(t, c.me)
	t.Run("the first rows are the same bytes for everyone, and known by their tag", func(t *testing.T) {
		b := c.as(c.me)
		first := b.get("/api/v1/boards/all?top=20")
		shows(t, first, http.StatusOK, `"total":26`)
		tag := first.Header.Get("ETag")
		req, err := http.NewRequest(http.MethodGet, c.URL+"/api/v1/boards/all?top=20", nil)
		must(t, err)
		req.Header.Set("If-None-Match", tag)
		resp, err := b.client.Do(req)
		must(t, err)
		must(t, resp.Body.Close())
		if resp.StatusCode != http.StatusNotModified || tag == "" {
			t.Errorf("asked again with %q: %d", tag, resp.StatusCode)
		}
	})
	t.Run("my row is marked where I am in it", func(t *testing.T) {
		holds(t, p.get("/boards/all?top=100").is(t, http.StatusOK), true, "rows", 25, "me")
	})
	t.Run("a visitor is told to sign in, and a key has no place here", func(t *testing.T) {
		resp, err := http.Get(c.URL + "/api/v1/boards/all")
		must(t, err)
		must(t, resp.Body.Close())
		if resp.StatusCode != http.StatusUnauthorized || !strings.Contains(resp.Header.Get("Content-Type"), "problem") {
			t.Errorf("%d %s", resp.StatusCode, resp.Header.Get("Content-Type"))
		}
	})
	t.Run("companies, those who climbed, and my own places", func(t *testing.T) {
		holds(t, p.get("/boards/league").is(t, http.StatusOK), "M", "classes", 0, "name")
		p.get("/boards/movers").is(t, http.StatusOK)
		mine := p.get("/boards/mine").is(t, http.StatusOK)
		holds(t, mine, member.Who(c.me.ID), "who")
		holds(t, mine, 26, "standings", 0, "rank")
		holds(t, p.get("/boards/all/around?rows=3").is(t, http.StatusOK), true, "rows", 2, "me")
	})
	t.Run("what is wrong is a problem", func(t *testing.T) {
		p.get("/boards/all/closed?month=2026-11").problem(t, http.StatusNotFound, "leaderboard.not_closed")
		p.get("/boards/all?top=0").problem(t, http.StatusUnprocessableEntity, "fault.form")
		p.get("/boards/all/around?rows=x").problem(t, http.StatusUnprocessableEntity, "fault.form")
	})
}

func TestAnEmptyBoardSaysWhatToDo(t *testing.T) {
	s := newSite(t)
	dealer := s.company("Stroymarket", "Kyiv")
	phone := s.as(s.person(member.RoleMember, dealer.ID, "Olena Koval", "olena@example.com", "en"))
	t.Run("while it is being drawn", func(t *testing.T) {
		shows(t, phone.get("/board"), http.StatusServiceUnavailable, "being drawn")
	})
	must(t, s.Boards.CatchUp(context.Background()))
	t.Run("while nobody has played", func(t *testing.T) {
		shows(t, phone.get("/board"), http.StatusOK, "Nobody has played this month yet", "You are not on the board yet")
		shows(t, phone.get("/board/league"), http.StatusOK, "No team has its 3 players yet")
	})
}

func TestMessages(t *testing.T) {
	s := newSite(t)
	ctx := context.Background()
	dealer := s.company("Stroymarket", "Kyiv")
	olena := s.person(member.RoleMember, dealer.ID, "Olena Koval", "olena@example.com", "en")
	phone := s.as(olena)
	t.Run("without any it says what will stand there", func(t *testing.T) {
		shows(t, phone.get("/messages"), http.StatusOK, "No messages yet", "Messages: 0 new")
	})
	send := func(id, key string, args map[string]any) {
		must(t, s.Messages.Send(ctx, notify.Message{ID: id, Member: olena.ID, Key: key, Args: args, Link: "/board"}))
	}
	send("one", "flame.burns", map[string]any{"points": 120, "when": content.Text{"en": "tonight", "ru": "вечером"}})
	send("two", "nobody.knows_this", nil)
	t.Run("words, numbers and names are in her language", func(t *testing.T) {
		shows(t, phone.get("/messages"), http.StatusOK, "120 points burn tonight", "There is news for you", "Messages: 2 new", `href="/board"`)
		shows(t, phone.get("/"), http.StatusOK, "Messages: 2 new")
	})
	t.Run("a prize names its month and its week in words", func(t *testing.T) {
		mykola := s.person(member.RoleMember, dealer.ID, "Mykola Bondar", "mykola@example.com", "uk")
		for key, of := range map[string]string{"leaderboard.prize_region": "Kyiv", "leaderboard.prize_week": "2026-10-05"} {
			must(t, s.Messages.Send(ctx, notify.Message{ID: key, Member: mykola.ID, Key: key, Args: map[string]any{
				"month": "2026-10", "rank": int64(1), "n": int64(100), "of": of,
			}}))
		}
		shows(t, s.as(mykola).get("/messages"), http.StatusOK, "у регіоні Kyiv за жовтень 2026 принесло", "за тиждень з 5 жовтня принесло вам 100 балів")
	})
	t.Run("what the page showed is marked, and nothing else", func(t *testing.T) {
		leadsTo(t, phone.post("/messages/read", url.Values{"id": {"one"}}), "/messages?said=said.messages_read")
		shows(t, phone.get("/messages"), http.StatusOK, "Messages: 1 new")
	})
	t.Run("those of others are nobody's business", func(t *testing.T) {
		other := s.as(s.person(member.RoleMember, dealer.ID, "Petro Lys", "petro@example.com", "en"))
		shows(t, other.get("/messages"), http.StatusOK, "No messages yet")
		shows(t, other.post("/messages/read", url.Values{"id": {"two"}}), http.StatusNotFound)
	})
	t.Run("there are pages of them", func(t *testing.T) {
		for i := range 40 {
			s.Clock.Add(time.Minute)
			send(fmt.Sprintf("more-%d", i), "messages.unknown", nil)
		}
		a := phone.get("/messages")
		_, rest, found := strings.Cut(a.Body, `href="/messages?before=`)
		if !found {
			t.Fatal("there is no way to earlier ones")
		}
		before, _, _ := strings.Cut(rest, `"`)
		shows(t, phone.get("/messages?before="+before), http.StatusOK, "120 points burn tonight", "To the newest")
	})
}

func TestStudioPrizes(t *testing.T) {
	c := newCrowd(t)
	desk := c.as(c.person(member.RoleMarketer, "", "Iryna Marchenko", "iryna@example.com", "en"))
	at := "/studio/2026-11/prizes"
	version := func() string {
		e, err := c.Content.Edition(context.Background(), november)
		must(t, err)
		return fmt.Sprint(e.Version)
	}
	t.Run("the month leads to them, and a line lies ready", func(t *testing.T) {
		shows(t, desk.get("/studio/2026-11"), http.StatusOK, at)
		shows(t, desk.get(at), http.StatusOK, "Board prizes", "Companies of the size M", "Quiz: Seams")
	})
	line := func(i int, board, from, to, amount string) url.Values {
		field := fmt.Sprintf("/prizes/%d", i)
		return url.Values{field + "/board": {board}, field + "/from": {from}, field + "/to": {to}, field + "/points": {amount}}
	}
	form := func(op string, lines ...url.Values) url.Values {
		v := url.Values{"op": {op}, "/version": {version()}}
		for _, l := range lines {
			for k, s := range l {
				v[k] = s
			}
		}
		return v
	}
	t.Run("what is typed is kept, one place where only one is named", func(t *testing.T) {
		leadsTo(t, desk.post(at, form("save", line(0, "all", "1", "", "500"), line(1, "region", "1", "3", "50"), line(2, "all", "", "", ""))), at+"?said=said.studio_prizes")
		e, err := c.Content.Edition(context.Background(), november)
		must(t, err)
		if len(e.Prizes) != 2 || e.Prizes[0] != (content.BoardPrize{Board: "all", From: 1, To: 1, Points: 500}) {
			t.Errorf("%+v", e.Prizes)
		}
		shows(t, desk.get(at), http.StatusOK, "500 points in all", "in each region", "All together: 650 points")
	})
	t.Run("a place named twice is said beside its line", func(t *testing.T) {
		shows(t, desk.post(at, form("save", line(0, "all", "1", "3", "500"), line(1, "all", "2", "2", "50"))), http.StatusUnprocessableEntity, `aria-invalid="true"`)
	})
	t.Run("a line is added and taken away", func(t *testing.T) {
		shows(t, desk.post(at, form("add", line(0, "all", "1", "3", "500"))), http.StatusOK, `value="4"`)
		leadsTo(t, desk.post(at, form("drop:0", line(0, "all", "1", "3", "500"), line(1, "new", "1", "1", "70"))), at+"?said=said.studio_prizes")
		e, err := c.Content.Edition(context.Background(), november)
		must(t, err)
		if len(e.Prizes) != 1 || e.Prizes[0].Board != "new" {
			t.Errorf("%+v", e.Prizes)
		}
	})
	t.Run("a number that is none is said where it stands", func(t *testing.T) {
		shows(t, desk.post(at, form("save", line(0, "all", "first", "3", "500"))), http.StatusUnprocessableEntity, `value="first"`)
	})
}
