package web_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/uuid"

	"firebrand/internal/member"
	"firebrand/web"
)

func TestAPIPlayer(t *testing.T) {
	s := newSite(t)
	s.publishMonth(t, "2026-11", 2)
	dealer := s.company("Stroymarket", "Київ")
	olena := s.person(member.RoleMember, dealer.ID, "Olena Koval", "olena@example.com", "en")
	desk := s.person(member.RoleDesk, "", "Petro Haidai", "petro@example.com", "en")
	p := s.programOf(t, olena)

	t.Run("she signs in and reads who she is", func(t *testing.T) {
		me := p.with(t).get("/me").is(t, http.StatusOK)
		holds(t, me, "Olena Koval", "name")
		holds(t, me, "member", "role")
		holds(t, me, "Stroymarket", "company", "name")
		holds(t, me, "en", "lang")
		holds(t, me, 100, "pace")
		holds(t, me, 0, "balance", "alive")
	})
	t.Run("the month, its article and that she has read it", func(t *testing.T) {
		p := p.with(t)
		month := p.get("/edition").is(t, http.StatusOK)
		holds(t, month, "2026-11", "month")
		holds(t, month, "The month of seams", "title")
		holds(t, month, false, "articles", 0, "read")
		holds(t, month, "new", "quizzes", 0, "state")
		holds(t, month, 205, "quizzes", 0, "most")
		article := p.get("/articles/seams-guide").is(t, http.StatusOK)
		if html := at(t, article, "html").(string); !strings.Contains(html, `id="p2"`) || strings.Contains(html, "script") {
			t.Errorf("html %q", html)
		}
		holds(t, article, "Press it in.", "blocks", 0)
		p.post("/articles/seams-guide/read", nil).is(t, http.StatusNoContent)
		holds(t, p.get("/edition").is(t, http.StatusOK), true, "articles", 0, "read")
		p.get("/articles/nothing").problem(t, http.StatusNotFound, "content.article_missing")
		p.post("/articles/nothing/read", nil).problem(t, http.StatusNotFound, "content.article_missing")
	})
	t.Run("before the start a quiz is an offer", func(t *testing.T) {
		quiz := p.with(t).get("/quizzes/seams").is(t, http.StatusOK)
		holds(t, quiz, 2, "offer", "questions")
		holds(t, quiz, nil, "attempt")
		p.with(t).get("/quizzes/nothing").problem(t, http.StatusNotFound, "game.not_live")
		p.with(t).post("/quizzes/seams/next", nil).problem(t, http.StatusNotFound, "game.not_started")
	})
	t.Run("she plays, and the key is in no answer before hers", func(t *testing.T) { s.playByAPI(t, p.with(t)) })
	t.Run("her account and its story", func(t *testing.T) {
		p := p.with(t)
		balance := p.get("/balance").is(t, http.StatusOK)
		holds(t, balance, 105, "alive")
		holds(t, balance, 105, "ends", 0, "points")
		holds(t, balance, "expires", "ends", 0, "why")
		page := p.get("/statement?limit=1").is(t, http.StatusOK)
		holds(t, page, 105, "lines", 0, "amount")
		holds(t, page, "game", "lines", 0, "source")
		holds(t, p.get("/me").is(t, http.StatusOK), 105, "balance", "alive")
	})
	t.Run("her place on the boards", func(t *testing.T) {
		p := p.with(t)
		p.get("/boards/all").problem(t, http.StatusServiceUnavailable, "leaderboard.drawing")
		must(t, s.Boards.CatchUp(context.Background()))
		holds(t, p.get("/boards/all?top=3").is(t, http.StatusOK), true, "rows", 0, "me")
		region := p.get("/boards/"+url.PathEscape("region:Київ")+"?month=2026-11").is(t, http.StatusOK)
		holds(t, region, "region:Київ", "board")
		holds(t, p.get("/boards/all/around?rows=3").is(t, http.StatusOK), 105, "rows", 0, "points")
		mine := p.get("/boards/mine").is(t, http.StatusOK)
		holds(t, mine, 1, "standings", 0, "rank")
		p.get("/boards/nothing").problem(t, http.StatusNotFound, "leaderboard.no_board")
		p.get("/boards/all?top=101&month=2026-13").problem(t, http.StatusUnprocessableEntity, "fault.form")
	})
	t.Run("she redeems, once a key, and the desk hands out, once", func(t *testing.T) {
		s.redeemByAPI(t, p.with(t), s.programOf(t, desk))
	})
	t.Run("she signs out", func(t *testing.T) {
		p := p.with(t)
		p.change("DELETE", "/session", nil).is(t, http.StatusNoContent)
		p.get("/me").problem(t, http.StatusUnauthorized, "fault.signed_out")
	})
}

// playByAPI plays the quiz of two questions, the first one right and the second one wrong.
func (s *site) playByAPI(t *testing.T, p *program) {
	closed := func(a called) {
		t.Helper()
		for _, tell := range []string{"right_options", "Because of", `"right":`} {
			if strings.Contains(a.Raw, tell) {
				t.Errorf("%q is told before the answer: %s", tell, a.Raw)
			}
		}
	}
	key := uuid.NewString()
	start := p.call("POST", "/quizzes/seams/start", key, nil)
	closed(start)
	holds(t, p.call("POST", "/quizzes/seams/start", key, nil).is(t, http.StatusOK), at(t, start.is(t, http.StatusOK), "commitment"), "commitment")

	asked := p.post("/quizzes/seams/next", nil)
	closed(asked)
	closed(p.get("/quizzes/seams"))
	closed(p.get("/edition"))
	view := asked.is(t, http.StatusOK)
	p.post("/quizzes/seams/pause", nil).problem(t, http.StatusConflict, "game.pause_open")
	p.post("/quizzes/seams/answers", map[string]any{"n": 1, "choice": []string{"nothing"}}).problem(t, http.StatusUnprocessableEntity, "game.choice_unknown")
	p.post("/quizzes/seams/answers", map[string]any{"n": 2, "choice": []string{"1"}}).problem(t, http.StatusConflict, "game.not_asked")

	first := map[string]any{"n": 1, "choice": []string{pickOption(t, view, "right")}, "sure": true}
	key = uuid.NewString()
	for range 2 {
		answered := p.call("POST", "/quizzes/seams/answers", key, first).is(t, http.StatusOK)
		holds(t, answered, true, "result", "right")
		holds(t, answered, 100, "points")
		holds(t, answered, 1, "asked")
	}
	next := p.post("/quizzes/seams/next", nil).is(t, http.StatusOK)
	second := map[string]any{"n": 2, "choice": []string{pickOption(t, next, "wrong")}}
	p.call("POST", "/quizzes/seams/answers", key, second).problem(t, http.StatusConflict, "journal.key_reused")
	done := p.post("/quizzes/seams/answers", second).is(t, http.StatusOK)
	holds(t, done, "finished", "state")
	holds(t, done, 105, "points")
	holds(t, done, "Because of the glue", "result", "explanation")
	holds(t, p.get("/quizzes/seams").is(t, http.StatusOK), "finished", "attempt", "state")
	holds(t, p.post("/quizzes/seams/leave", nil).is(t, http.StatusOK), "finished", "state")
}

// redeemByAPI redeems the reward and has it handed out.
func (s *site) redeemByAPI(t *testing.T, p, desk *program) {
	holds(t, p.get("/rewards").is(t, http.StatusOK), 10, "rewards", 0, "left")
	p.post("/rewards/gun/redemptions", map[string]any{"price": 49}).problem(t, http.StatusConflict, "catalog.price_changed")
	p.post("/rewards/nothing/redemptions", map[string]any{"price": 50}).problem(t, http.StatusNotFound, "catalog.reward_missing")
	key := uuid.NewString()
	first := p.call("POST", "/rewards/gun/redemptions", key, map[string]any{"price": 50}).is(t, http.StatusCreated)
	again := p.call("POST", "/rewards/gun/redemptions", key, map[string]any{"price": 50}).is(t, http.StatusCreated)
	id, voucher := first["id"].(string), first["voucher"].(string)
	holds(t, again, id, "id")
	holds(t, p.get("/balance").is(t, http.StatusOK), 55, "alive")
	p.call("POST", "/rewards/gun/redemptions", key, map[string]any{"price": 51}).problem(t, http.StatusConflict, "journal.key_reused")
	other := p.post("/rewards/gun/redemptions", map[string]any{"price": 50}).is(t, http.StatusCreated)
	short := p.post("/rewards/gun/redemptions", map[string]any{"price": 50}).problem(t, http.StatusConflict, "points.short")
	if short.Args["short"] != float64(45) {
		t.Errorf("args %v", short.Args)
	}
	list := p.get("/redemptions").is(t, http.StatusOK)
	placed := slices.DeleteFunc(list["redemptions"].([]any), func(r any) bool { return at(t, r, "state") != "placed" })
	if len(placed) != 2 {
		t.Errorf("%d placed, want 2: %v", len(placed), list)
	}
	holds(t, p.get("/redemptions/"+id).is(t, http.StatusOK), voucher, "voucher")

	desk = desk.with(t)
	page := desk.get("/desk/redemptions?limit=1")
	if strings.Contains(page.Raw, "voucher") || strings.Contains(page.Raw, voucher) {
		t.Errorf("the desk's list tells vouchers: %s", page.Raw)
	}
	next := page.is(t, http.StatusOK)["next"].(string)
	holds(t, desk.get("/desk/redemptions?limit=1&after="+next).is(t, http.StatusOK), nil, "next")
	holds(t, desk.get("/desk/redemptions/by-code/"+url.PathEscape(" "+strings.ToLower(voucher))).is(t, http.StatusOK), id, "id")
	desk.get("/desk/redemptions/by-code/7K3").problem(t, http.StatusUnprocessableEntity, "catalog.code")
	desk.get("/desk/redemptions/by-code/00000000").problem(t, http.StatusNotFound, "catalog.code_unknown")
	key = uuid.NewString()
	for range 2 {
		holds(t, desk.call("POST", "/desk/redemptions/"+id+"/issue", key, nil).is(t, http.StatusOK), "issued", "state")
	}
	desk.post("/desk/redemptions/"+id+"/issue", nil).problem(t, http.StatusConflict, "catalog.issued")
	cancelled := desk.post("/desk/redemptions/"+other["id"].(string)+"/cancel", map[string]any{"reason": "Broken in transit"}).is(t, http.StatusOK)
	holds(t, cancelled, "Stroymarket", "where")
	holds(t, p.get("/redemptions/"+other["id"].(string)).is(t, http.StatusOK), "Broken in transit", "reason")
	holds(t, p.get("/balance").is(t, http.StatusOK), 55, "alive")
	desk.get("/redemptions").problem(t, http.StatusForbidden, "fault.forbidden")
}

func TestAPIRefusals(t *testing.T) {
	s := newSite(t)
	s.publishMonth(t, "2026-11", 2)
	dealer := s.company("Stroymarket", "Kyiv")
	olena := s.person(member.RoleMember, dealer.ID, "Olena Koval", "olena@example.com", "uk")
	p := s.programOf(t, olena)

	t.Run("a visitor is told to sign in, whatever they send", func(t *testing.T) {
		visitor := s.program(t)
		visitor.get("/me").problem(t, http.StatusUnauthorized, "fault.signed_out")
		visitor.call("POST", "/quizzes/seams/answers", "", "{").problem(t, http.StatusUnauthorized, "fault.signed_out")
	})
	t.Run("a wrong password opens nothing and is said in the caller's language", func(t *testing.T) {
		visitor := s.program(t)
		visitor.Lang = "ru"
		a := visitor.post("/session", map[string]any{"login": olena.Email, "password": "not this one"})
		if p := a.problem(t, http.StatusUnprocessableEntity, "member.wrong_sign_in"); p.Title != s.texts().Say("ru", "member.wrong_sign_in", nil) {
			t.Errorf("title %q", p.Title)
		}
		if len(a.Header.Values("Set-Cookie")) > 0 {
			t.Error("a cookie was set")
		}
	})
	t.Run("roles keep to their own", func(t *testing.T) {
		p := p.with(t)
		for _, path := range []string{"/team", "/desk/redemptions", "/editions"} {
			p.get(path).problem(t, http.StatusForbidden, "fault.forbidden")
		}
		admin := s.programOf(t, s.Admin)
		admin.get("/balance").problem(t, http.StatusForbidden, "fault.forbidden")
		holds(t, admin.get("/editions").is(t, http.StatusOK), "live", "editions", 0, "phase")
		if quizzes := at(t, admin.get("/edition").is(t, http.StatusOK), "quizzes").([]any); len(quizzes) != 0 {
			t.Errorf("an administrator plays: %v", quizzes)
		}
	})
	t.Run("what nobody has heard of is not found", func(t *testing.T) {
		p.with(t).get("/nothing").problem(t, http.StatusNotFound, "fault.not_found")
		p.with(t).get("/redemptions/nothing").problem(t, http.StatusNotFound, "catalog.redemption_missing")
	})
	t.Run("a cookie alone may not change anything", func(t *testing.T) {
		for origin, code := range map[string]string{"": "fault.origin_missing", "https://evil.example": "fault.origin"} {
			foreign := p.with(t)
			foreign.Origin = origin
			foreign.post("/quizzes/seams/start", nil).problem(t, http.StatusForbidden, code)
		}
		holds(t, p.with(t).get("/quizzes/seams").is(t, http.StatusOK), nil, "attempt")
	})
	t.Run("a change without its key names the header", func(t *testing.T) {
		problem := p.with(t).call("POST", "/quizzes/seams/start", "", nil).problem(t, http.StatusUnprocessableEntity, "fault.key_missing")
		if problem.Field != "Idempotency-Key" || problem.Kind != "invalid" {
			t.Errorf("problem %+v", problem)
		}
		problem = p.with(t).call("POST", "/quizzes/seams/start", strings.Repeat("k", 65), nil).problem(t, http.StatusUnprocessableEntity, "fault.key_missing")
		if problem.Field != "Idempotency-Key" {
			t.Errorf("problem %+v", problem)
		}
		p.with(t).call("POST", "/quizzes/seams/start", strings.Repeat("k", 64), nil).is(t, http.StatusOK)
	})
	t.Run("everything that is wrong with a call is in one problem", func(t *testing.T) {
		body := map[string]any{"n": 0, "choice": []any{7}, "what": "secret-of-hers"}
		a := p.with(t).call("POST", "/quizzes/seams/answers", "", body)
		problem := a.problem(t, http.StatusUnprocessableEntity, "fault.form")
		var fields []string
		for _, e := range problem.Errors {
			fields = append(fields, e.In+" "+e.Field)
		}
		for _, want := range []string{"header Idempotency-Key", "body n", "body choice[0]", "body what"} {
			if !slices.Contains(fields, want) {
				t.Errorf("%q is not in %q", want, fields)
			}
		}
		if strings.Contains(a.Raw, "secret-of-hers") {
			t.Error("what was sent is told back")
		}
	})
	t.Run("what is no JSON, too much of it, or nothing is the caller's fault", func(t *testing.T) {
		p := p.with(t)
		p.post("/quizzes/seams/answers", `{"n":`).problem(t, http.StatusBadRequest, "fault.form")
		nothing := p.post("/quizzes/seams/answers", nil).problem(t, http.StatusBadRequest, "fault.form")
		if want := s.texts().Say("uk", "api_problem.json", nil); nothing.Title != want {
			t.Errorf("title %q, want %q", nothing.Title, want)
		}
		long := `{"choice":["` + strings.Repeat("x", 70<<10) + `"]}`
		large := p.post("/quizzes/seams/answers", long).problem(t, http.StatusRequestEntityTooLarge, "fault.form")
		if large.Title != "Запит більший за 64 КБ." {
			t.Errorf("title %q", large.Title)
		}
	})
	t.Run("a number that is too large is told its bound as people write it", func(t *testing.T) {
		body := map[string]any{"amount": 10_000_001}
		problem := p.with(t).post("/auctions/lamp/bids", body).problem(t, http.StatusUnprocessableEntity, "fault.form")
		at := slices.IndexFunc(problem.Errors, func(e web.FieldError) bool { return e.Field == "amount" })
		if at < 0 || problem.Errors[at].Message != "expected number <= 10000000" || problem.Title != "amount: не більше 10000000." {
			t.Errorf("problem %+v", problem)
		}
	})
	t.Run("an address that takes other methods says so, not that there is nothing", func(t *testing.T) {
		problem := p.with(t).change("DELETE", "/quizzes/seams", nil).problem(t, http.StatusMethodNotAllowed, "fault.method")
		if problem.Title != "This address takes no DELETE requests." || problem.Kind != "invalid" {
			t.Errorf("problem %+v", problem)
		}
	})
	t.Run("our own fault has a number and no text", func(t *testing.T) {
		broken := newSite(t)
		broken.publishMonth(t, "2026-11", 2)
		person := broken.programOf(t, broken.person(member.RoleMember, broken.company("Budmax", "Lviv").ID, "Ihor Bondar", "ihor@example.com", "en"))
		broken.Game.Random = iotest.ErrReader(errors.New("the clock fell down"))
		start := person.post("/quizzes/seams/start", nil)
		broken.Content.Now = func() time.Time { panic("the clock fell down") }
		for _, a := range []called{start, person.get("/edition")} {
			if p := a.problem(t, http.StatusInternalServerError, "fault.unexpected"); p.Kind != "unexpected" || p.Args["id"] == "" || strings.Contains(a.Raw, "clock") {
				t.Errorf("problem %s", a.Raw)
			}
		}
	})
}

func TestAPITeam(t *testing.T) {
	s := newSite(t)
	dealer, rival := s.company("Stroymarket", "Kyiv"), s.company("Budmax", "Lviv")
	boss := s.programOf(t, s.person(member.RolePrincipal, dealer.ID, "Ihor Bondar", "ihor@example.com", "en"))
	stranger := s.programOf(t, s.person(member.RolePrincipal, rival.ID, "Roman Lys", "roman@example.com", "en"))
	olena := map[string]any{"name": "Olena  Koval", "phone": "050 111 22 33"}
	var id string

	t.Run("the same key enters one person", func(t *testing.T) {
		boss := boss.with(t)
		first := boss.call("POST", "/team", "k1", olena).is(t, http.StatusCreated)
		holds(t, boss.call("POST", "/team", "k1", olena).is(t, http.StatusCreated), first["id"], "id")
		holds(t, first, "entered", "standing")
		holds(t, first, "+380501112233", "phone")
		boss.call("POST", "/team", "k1", map[string]any{"name": "Another", "phone": "050 111 22 99"}).problem(t, http.StatusConflict, "journal.key_reused")
		boss.call("POST", "/team", "k2", olena).problem(t, http.StatusConflict, "member.phone_taken")
		boss.call("POST", "/team", "k3", map[string]any{"name": "Nobody"}).problem(t, http.StatusUnprocessableEntity, "member.contact_needed")
		if people := at(t, boss.get("/team").is(t, http.StatusOK), "people").([]any); len(people) != 2 {
			t.Errorf("%d people, want 2", len(people))
		}
		id = first["id"].(string)
	})
	t.Run("another principal's same key is another person", func(t *testing.T) {
		other := stranger.with(t).call("POST", "/team", "k1", map[string]any{"name": "Nina Rud", "email": "nina@example.com"}).is(t, http.StatusCreated)
		if other["id"] == id {
			t.Error("two principals share a key")
		}
		stranger.with(t).post("/team/"+id+"/invitation", nil).problem(t, http.StatusNotFound, "member.unknown")
	})
	t.Run("the link brings the person in", func(t *testing.T) {
		link := boss.with(t).post("/team/"+id+"/invitation", nil).is(t, http.StatusCreated)
		holds(t, link, false, "reset")
		path := strings.TrimPrefix(link["url"].(string), s.URL)
		shows(t, s.browser().get(path), http.StatusOK, "Olena Koval")
	})
}

func TestAPIDocument(t *testing.T) {
	s := newSite(t)
	a := s.program(t).get("/openapi.json")
	doc := a.is(t, http.StatusOK)
	if version, _ := doc["openapi"].(string); !strings.HasPrefix(version, "3.1") {
		t.Errorf("openapi %q", version)
	}
	if strings.Contains(a.Raw, "$schema") {
		t.Error("there is a $schema")
	}
	ids := map[string]bool{}
	for path, methods := range doc["paths"].(map[string]any) {
		for method, op := range methods.(map[string]any) {
			name := method + " " + path
			id, _ := at(t, op, "operationId").(string)
			if id == "" || ids[id] || at(t, op, "summary") == "" || len(at(t, op, "tags").([]any)) == 0 {
				t.Errorf("%s is not described: %v", name, op)
			}
			ids[id] = true
			holds(t, op, "#/components/schemas/Problem", "responses", "500", "content", "application/problem+json", "schema", "$ref")
			// An order's id and revision are its key.
			want := method != "get" && id != "reportOrder" && id != "reportOrders"
			if keyed := strings.Contains(fmt.Sprint(op), "name:Idempotency-Key"); keyed != want {
				t.Errorf("%s bears a key: %v", name, keyed)
			}
		}
	}
	for _, want := range []string{
		"signIn", "signOut", "getMe", "getEdition", "getArticle", "markRead", "listEditions", "getQuiz", "startQuiz", "nextQuestion",
		"answerQuestion", "pauseQuiz", "leaveQuiz", "getBoard", "getBoardAround", "getStandings", "getMovers", "getLeague", "getClosedBoard", "getBalance", "getStatement", "listRewards",
		"redeemReward", "listRedemptions", "getRedemption", "listWaiting", "getByCode", "issueRedemption", "cancelRedemption", "getTeam",
		"enterPerson", "invitePerson", "listAuctions", "getAuction", "bid", "buyNow", "getAuctionLog", "reportOrder", "reportOrders", "getOrder", "getOrdersReport",
	} {
		if !ids[want] {
			t.Errorf("%s is missing", want)
		}
		delete(ids, want)
	}
	if len(ids) > 0 {
		t.Errorf("%v are not in this list", ids)
	}
}
