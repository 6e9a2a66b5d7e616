package web_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"firebrand/catalog"
	"firebrand/content"
	"firebrand/internal/calendar"
	"firebrand/internal/member"
	"firebrand/web"
)

// program calls the API: it keeps the session's cookie and says where it comes from.
type program struct {
	t      testing.TB
	site   *site
	client *http.Client
	// Origin and Lang are sent as they stand.
	Origin, Lang string
}

// called is what came back of a call.
type called struct {
	Status int
	Raw    string
	Header http.Header
}

func (s *site) program(t testing.TB) *program {
	jar, _ := cookiejar.New(nil) // it fails with options only
	return &program{t: t, site: s, client: &http.Client{Jar: jar, Timeout: 2 * time.Minute}, Origin: s.URL, Lang: "en"}
}

// programOf is a program that has signed in.
func (s *site) programOf(t testing.TB, m member.Member) *program {
	t.Helper()
	p := s.program(t)
	p.change("POST", "/session", map[string]any{"login": m.Email, "password": password}).is(t, http.StatusOK)
	return p
}

// with is the same program in the hands of a subtest.
func (p *program) with(t testing.TB) *program { c := *p; c.t = t; return &c }

func (p *program) get(path string) called {
	p.t.Helper()
	return p.call("GET", path, "", nil)
}

// change sends a call under a key of its own.
func (p *program) change(method, path string, body any) called {
	p.t.Helper()
	return p.call(method, path, uuid.NewString(), body)
}

func (p *program) post(path string, body any) called {
	p.t.Helper()
	return p.change("POST", path, body)
}

// call sends body as JSON, a string as it stands; an empty key is left out.
func (p *program) call(method, path, key string, body any) called {
	p.t.Helper()
	var reader io.Reader
	if text, ok := body.(string); ok {
		reader = strings.NewReader(text)
	} else if body != nil {
		raw, err := json.Marshal(body)
		must(p.t, err)
		reader = strings.NewReader(string(raw))
	}
	req, err := http.NewRequest(method, p.site.URL+"/api/v1"+path, reader)
	must(p.t, err)
	if reader != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for name, value := range map[string]string{"Origin": p.Origin, "Accept-Language": p.Lang, "Idempotency-Key": key} {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	resp, err := p.client.Do(req)
	must(p.t, err)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	must(p.t, err)
	return called{resp.StatusCode, string(raw), resp.Header}
}

// is checks the status and gives the answer as it was decoded.
func (a called) is(t testing.TB, status int) map[string]any {
	t.Helper()
	if a.Status != status {
		t.Fatalf("status %d, want %d\n%s", a.Status, status, a.Raw)
	}
	if a.Raw == "" {
		return nil
	}
	var v map[string]any
	if err := json.Unmarshal([]byte(a.Raw), &v); err != nil {
		t.Fatalf("%v\n%s", err, a.Raw)
	}
	return v
}

// problem checks that the answer is a problem with this status and code.
func (a called) problem(t testing.TB, status int, code string) web.Problem {
	t.Helper()
	var p web.Problem
	a.is(t, status)
	must(t, json.Unmarshal([]byte(a.Raw), &p))
	if p.Code != code || p.Status != status || p.Kind == "" || p.Title == "" || p.Title == code {
		t.Fatalf("problem %+v, want %d %s in words", p, status, code)
	}
	if kind := a.Header.Get("Content-Type"); kind != "application/problem+json" {
		t.Errorf("a problem came as %q", kind)
	}
	return p
}

// at walks into an answer: field names and indexes.
func at(t testing.TB, v any, steps ...any) any {
	t.Helper()
	for _, step := range steps {
		switch step := step.(type) {
		case string:
			object, ok := v.(map[string]any)
			if !ok {
				t.Fatalf("no object with %q: %v", step, v)
			}
			v = object[step]
		case int:
			list, ok := v.([]any)
			if !ok || step >= len(list) {
				t.Fatalf("no list with %d: %v", step, v)
			}
			v = list[step]
		}
	}
	return v
}

// holds checks one place of an answer; numbers are float64 in JSON.
func holds(t testing.TB, v any, want any, steps ...any) {
	t.Helper()
	if n, ok := want.(int); ok {
		want = float64(n)
	}
	if got := at(t, v, steps...); got != want {
		t.Errorf("%v is %v, want %v", steps, got, want)
	}
}

// apiText is a text in three languages.
func apiText(text string) content.Text {
	return content.Text{"en": text, "ru": text + " (ru)", "uk": text + " (uk)"}
}

// publishMonth schedules an edition of an article and a quiz of n questions, the first option of each being right, and
// puts a reward for 50 points on the shelf.
func (s *site) publishMonth(t testing.TB, month string, n int) {
	t.Helper()
	ctx := context.Background()
	m, err := calendar.ParseMonth(month)
	must(t, err)
	_, err = s.Content.SaveArticle(ctx, "marketer", content.Article{
		ID: "seams-guide", Title: apiText("Clean seams"), Summary: apiText("In three steps"), Body: apiText("Press it in.\n\nDraw it off. <script>x</script>"), Topic: "glue",
	})
	must(t, err)
	quiz := content.Quiz{ID: "seams", Article: "seams-guide", Title: apiText("Seams"), SpeedShare: 250, Participation: 5}
	for i := range n {
		quiz.Questions = append(quiz.Questions, content.Question{
			Kind: content.Single, Text: apiText("Question " + strconv.Itoa(i)), Seconds: 20, Weight: 100, Paragraph: 1, Explanation: apiText("Because of the glue"),
			Options: []content.Option{{Text: apiText("right"), Right: true}, {Text: apiText("left")}, {Text: apiText("wrong")}},
		})
	}
	_, err = s.Content.SaveQuiz(ctx, "marketer", quiz)
	must(t, err)
	e, err := s.Content.EnsureEdition(ctx, "marketer", m)
	must(t, err)
	e.Title, e.Articles, e.Quizzes = apiText("The month of seams"), []string{"seams-guide"}, []string{"seams"}
	e, err = s.Content.SaveEdition(ctx, "marketer", e, e.Version)
	must(t, err)
	for _, state := range []content.State{content.Review, content.Scheduled} {
		e, _, err = s.Content.SetState(ctx, "marketer", m, state, e.Version)
		must(t, err)
	}
	_, err = s.Catalog.SaveReward(ctx, "marketer", catalog.Reward{ID: "gun", Name: apiText("A sealant gun"), Price: 50, State: catalog.Published}, 0)
	must(t, err)
	_, err = s.Catalog.AddStock(ctx, "marketer", "gun", 10, "first")
	must(t, err)
}

// pickOption is the shown id of the open question's option with this text.
func pickOption(t testing.TB, view any, text string) string {
	t.Helper()
	options, _ := at(t, view, "open", "options").([]any)
	for _, o := range options {
		if at(t, o, "text") == text {
			return at(t, o, "id").(string)
		}
	}
	t.Fatalf("no option %q in %v", text, view)
	return ""
}
